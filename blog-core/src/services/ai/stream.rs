use futures::channel::mpsc;
use futures::{SinkExt, StreamExt, stream};

use crate::error::Result;

use super::fields::Fields;
use super::guard::{Leaks, Withheld};
use super::{Generated, GenerationEvent, GenerationStream};

/// Events that wait for whoever reads the stream.
const WAITING: usize = 8;

/// Passes on what a model says while it says it.
#[derive(Debug)]
pub(super) struct Deltas {
    events: mpsc::Sender<Result<GenerationEvent>>,
    fields: Fields,
    title: Withheld,
    body: Withheld,
}

impl Deltas {
    /// A new answer begins, which must not repeat these.
    pub(super) fn keep_back(&mut self, leaks: &Leaks) {
        self.fields = Fields::default();
        self.title = Withheld::new(leaks);
        self.body = Withheld::new(leaks);
    }

    /// Takes more of the answer.
    pub(super) async fn push(&mut self, piece: &str) {
        for (name, text) in self.fields.push(piece) {
            let (field, withheld) = match name.as_str() {
                "title" => ("title", &mut self.title),
                "body" => ("body", &mut self.body),
                _ => continue,
            };
            let text = withheld.push(&text);
            self.send(field, text).await;
        }
    }

    async fn rest(&mut self) {
        for (field, text) in [("title", self.title.rest()), ("body", self.body.rest())] {
            self.send(field, text).await;
        }
    }

    async fn send(&mut self, field: &'static str, text: String) {
        if !text.is_empty() {
            let delta = GenerationEvent::Delta { field, text };
            // Nobody to hear it drops all of this, too.
            let _ = self.events.send(Ok(delta)).await;
        }
    }
}

/// The events of a post that is written by `write`. Nothing is spawned: it is written while the stream
/// is read, and dropped with it.
pub(super) fn of<F>(write: impl FnOnce(Deltas) -> F + Send + 'static) -> GenerationStream
where
    F: Future<Output = (Deltas, Result<Generated>)> + Send + 'static,
{
    let (events, received) = mpsc::channel(WAITING);
    let deltas = Deltas {
        events,
        fields: Fields::default(),
        title: Withheld::default(),
        body: Withheld::default(),
    };
    let written = async move {
        let (mut deltas, written) = write(deltas).await;
        deltas.rest().await;
        let end = written.map(|generated| GenerationEvent::Done(Box::new(generated)));
        let _ = deltas.events.send(end).await;
    };
    let writing = stream::once(written).filter_map(|()| async { None });
    stream::select(received, writing).boxed()
}
