use std::time::Duration;

use async_trait::async_trait;
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt, stream};

use crate::decorate::{from_now, held_until};
use crate::error::Result;

use super::fields::Fields;
use super::guard::{Leaks, Withheld};
use super::listener::Listener;
use super::{Generated, GenerationEvent, GenerationStream};

/// Events that wait for whoever reads the stream.
const WAITING: usize = 8;

/// Passes on what a model says while it says it.
#[derive(Debug)]
pub(super) struct Deltas {
    events: mpsc::Sender<Result<GenerationEvent>>,
    fields: Fields,
    /// What is held back of the fields that are passed on.
    withheld: [(&'static str, Withheld); 2],
}

impl Deltas {
    fn new(events: mpsc::Sender<Result<GenerationEvent>>) -> Self {
        Self {
            events,
            fields: Fields::default(),
            withheld: ["title", "body"].map(|field| (field, Withheld::default())),
        }
    }

    /// Passes on more of one field; the others have ended.
    async fn pass_on(&mut self, name: &str, text: &str) {
        for (field, withheld) in &mut self.withheld {
            let text = if *field == name {
                withheld.push(text)
            } else {
                withheld.rest()
            };
            if !text.is_empty() {
                let delta = GenerationEvent::Delta { field, text };
                // Nobody to hear it drops all of this, too.
                let _ = self.events.send(Ok(delta)).await;
            }
        }
    }
}

#[async_trait]
impl Listener for Deltas {
    fn keep_back(&mut self, leaks: &Leaks) {
        self.fields = Fields::default();
        for (_, withheld) in &mut self.withheld {
            *withheld = Withheld::new(leaks);
        }
    }

    async fn push(&mut self, piece: &str) {
        for (name, text) in self.fields.push(piece) {
            self.pass_on(&name, &text).await;
        }
    }
}

/// The events of a post that is written by `write`: while the stream is read, and for so long at most.
pub(super) fn of<F>(
    longest: Duration,
    write: impl FnOnce(Deltas) -> F + Send + 'static,
) -> GenerationStream
where
    F: Future<Output = (Deltas, Result<Generated>)> + Send + 'static,
{
    let (events, received) = mpsc::channel(WAITING);
    let deltas = Deltas::new(events);
    let written = async move {
        let (mut deltas, written) = write(deltas).await;
        deltas.pass_on("", "").await;
        let end = written.map(|generated| GenerationEvent::Done(Box::new(generated)));
        let _ = deltas.events.send(end).await;
    };
    let writing = stream::once(written).filter_map(|()| async { None });
    held_until(from_now(longest), stream::select(received, writing).boxed())
}
