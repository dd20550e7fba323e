//! Two futures as one task, each polled only when it has been woken itself: who sends to 200
//! connections does not look 200 times for what has come from them.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures::task::AtomicWaker;

/// What the first of them to be done comes to.
pub(crate) async fn first<T>(one: impl Future<Output = T>, other: impl Future<Output = T>) -> T {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let task = Arc::new(AtomicWaker::new());
    let [call_one, call_other] = [Call::new(&task), Call::new(&task)];
    let [wake_one, wake_other] = [&call_one, &call_other].map(|call| Waker::from(Arc::clone(call)));
    poll_fn(|context| {
        task.register(context.waker());
        if call_one.is_new()
            && let done @ Poll::Ready(_) = one.as_mut().poll(&mut Context::from_waker(&wake_one))
        {
            return done;
        }
        if call_other.is_new() {
            return other.as_mut().poll(&mut Context::from_waker(&wake_other));
        }
        Poll::Pending
    })
    .await
}

/// That one of them has been woken.
struct Call {
    is_new: AtomicBool,
    task: Arc<AtomicWaker>,
}

impl Call {
    /// Each is polled once to begin with.
    fn new(task: &Arc<AtomicWaker>) -> Arc<Self> {
        Arc::new(Self {
            is_new: AtomicBool::new(true),
            task: Arc::clone(task),
        })
    }

    fn is_new(&self) -> bool {
        self.is_new.swap(false, Ordering::AcqRel)
    }
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_new.store(true, Ordering::Release);
        self.task.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn what_happens_to_one_does_not_poll_the_other() {
        let (sender, mut receiver) = mpsc::channel(1);
        let polls = Cell::new(0);
        let counting = poll_fn(|_| {
            polls.set(polls.get() + 1);
            Poll::<usize>::Pending
        });
        let receiving = async {
            let mut sum = 0;
            while let Some(number) = receiver.recv().await {
                sum += number;
            }
            sum
        };
        let sending = async {
            for number in 1..=10 {
                sender.send(number).await.unwrap();
            }
            drop(sender);
        };
        let (sum, ()) = tokio::join!(first(counting, receiving), sending);
        assert_eq!((sum, polls.get()), (55, 1));
    }
}
