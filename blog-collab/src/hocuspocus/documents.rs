use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Weak};

use futures::StreamExt;
use futures::stream::{BoxStream, unfold};

use crate::{Close, Outgoing, Participant};

/// Documents that one connection may have open.
const MOST: usize = 64;

/// A document that a client has been let into.
#[derive(Debug)]
pub(super) struct Document {
    /// What the client calls it.
    pub(super) address: String,
    pub(super) place: Participant,
    /// The client needs it no more.
    is_left: AtomicBool,
    /// How often the room has asked for what it lacks.
    questions: AtomicU32,
    /// How many of those are behind marks.
    settled: AtomicU32,
}

impl Document {
    pub(super) const fn may_edit(&self) -> bool {
        self.place.may_edit
    }

    pub(super) fn is_left(&self) -> bool {
        self.is_left.load(Ordering::Relaxed)
    }

    /// Notes that the room asks for what it lacks: at first, and where an update could not be taken.
    pub(super) fn note_question(&self) {
        self.questions.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether a mark confirms an update. It does not after a question but the first: the answer brings
    /// a mark of its own.
    pub(super) fn confirm(&self) -> bool {
        let asked_again = self.questions.load(Ordering::Relaxed).saturating_sub(1);
        if self.settled.load(Ordering::Relaxed) < asked_again {
            self.settled.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        true
    }

    /// What its room says, with the close last.
    pub(super) fn spoken(self: Arc<Self>) -> BoxStream<'static, (Arc<Self>, Outgoing)> {
        unfold(Some(self), |document| async {
            let document = document?;
            let next = document.place.next().await;
            let rest = (!matches!(next, Outgoing::Close(_))).then(|| Arc::clone(&document));
            Some(((document, next), rest))
        })
        .boxed()
    }
}

/// The open documents of a connection, by what the client calls them. They are held by who listens to
/// them: one that its room has closed is gone.
#[derive(Debug, Default)]
pub(super) struct Documents(HashMap<String, Weak<Document>>);

impl Documents {
    pub(super) fn have_room_for(&mut self, address: &str) -> bool {
        self.0.retain(|_, document| document.strong_count() > 0);
        self.0.len() < MOST || self.0.contains_key(address)
    }

    /// Takes the place of the one that was open under this address, if any was.
    pub(super) fn open(&mut self, address: &str, place: Participant) -> Arc<Document> {
        self.leave(address);
        let document = Arc::new(Document {
            address: address.to_owned(),
            place,
            is_left: AtomicBool::new(false),
            questions: AtomicU32::new(0),
            settled: AtomicU32::new(0),
        });
        self.0.insert(address.to_owned(), Arc::downgrade(&document));
        document
    }

    pub(super) fn get(&self, address: &str) -> Option<Arc<Document>> {
        self.0.get(address)?.upgrade()
    }

    pub(super) fn leave(&mut self, address: &str) {
        if let Some(document) = self
            .0
            .remove(address)
            .and_then(|document| document.upgrade())
        {
            document.is_left.store(true, Ordering::Relaxed);
            document.place.close(Close::GoingAway);
        }
    }
}
