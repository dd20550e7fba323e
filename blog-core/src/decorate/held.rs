use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use futures::stream::{self, BoxStream, StreamExt};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::deadline::late;
use crate::error::Result;

/// A stream until it has to end.
type Held<T> = Mutex<Option<BoxStream<'static, Result<T>>>>;

/// The same stream, which is late at `ends`, and dropped then: whoever does not read it must not keep others
/// from the model, nor what is set aside for it.
pub(crate) fn held_until<T: Send + 'static>(
    ends: Instant,
    stream: BoxStream<'static, Result<T>>,
) -> BoxStream<'static, Result<T>> {
    let held = Arc::new(Mutex::new(Some(stream)));
    let mut timer = JoinSet::new();
    let late_one = Arc::downgrade(&held);
    timer.spawn(async move {
        sleep_until(ends).await;
        if let Some(held) = late_one.upgrade() {
            let stream = stream_of(&held).take();
            drop(stream);
        }
    });
    // Whoever drops the stream drops its timer, too.
    let in_time = stream::try_unfold((held, timer), move |(held, timer)| async move {
        // A stream that never makes anybody wait would outrun a timer.
        if Instant::now() >= ends {
            return Err(late());
        }
        let next = poll_fn(|context| match stream_of(&held).as_mut() {
            Some(stream) => stream.poll_next_unpin(context),
            None => Poll::Ready(Some(Err(late()))),
        });
        match timeout_at(ends, next).await {
            Ok(Some(event)) => Ok(Some((event?, (held, timer)))),
            Ok(None) => Ok(None),
            Err(_) => Err(late()),
        }
    });
    in_time.boxed()
}

fn stream_of<T>(held: &Held<T>) -> MutexGuard<'_, Option<BoxStream<'static, Result<T>>>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
