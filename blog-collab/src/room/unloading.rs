//! A document takes many times what its text does. Where nobody has needed it for long, the room lets
//! go of it, and loads it again when somebody does: cursors and presence need none.

use std::sync::Arc;

use blog_core::ErrorKind;
use tokio::time::Instant;

use super::size::Size;
use super::{Command, Room};
use crate::Close;
use crate::document::Document;
use crate::handover;
use crate::wire::message::{Message, messages};

impl Command {
    /// Whether the document is needed to do it.
    pub(super) fn needs_document(&self) -> bool {
        match self {
            Self::Join(_) | Self::Edit(_) | Self::Read(_) => true,
            Self::Frame(_, frame, _) => messages(frame).any(|message| {
                !matches!(message, Ok(Message::Awareness(_) | Message::QueryAwareness))
            }),
            Self::Leave(_)
            | Self::Who(_)
            | Self::Fold(_)
            | Self::Recheck(_)
            | Self::Revoke(..)
            | Self::Stop => false,
        }
    }
}

impl Room {
    /// Lets go of the document, if nobody has needed it for long and all of it is in the post.
    pub(super) fn unload_if_unused(&mut self) {
        let is_quiet = self.needed_at.elapsed() >= self.shared.options.unload_after
            && self.journal.is_empty()
            && self.reading.is_none()
            && self.position == self.end
            && self.position <= self.folded;
        if is_quiet && self.unloaded.is_none() {
            self.unloaded = Some(self.document.state_vector());
            self.document = Document::new(self.document.client(), self.document.format());
        }
    }

    /// Sees to it that the document is there, with what others have written meanwhile. The room fails
    /// if it cannot be loaded.
    pub(super) async fn load_again(&mut self) {
        self.needed_at = Instant::now();
        let Some(known) = self.unloaded.take() else {
            return;
        };
        // All that it wrote under its client id is stored.
        let client = self.document.client();
        let (shared, post) = (Arc::clone(&self.shared), self.post);
        let opened = self.patiently(handover::open(&shared, post, client));
        let opened = match opened.await {
            Ok(opened) => opened,
            Err(error) => {
                if *error.kind() == ErrorKind::NotFound {
                    self.members.close_all(Close::NotFound);
                }
                self.fail(&error);
                return;
            }
        };
        let position = opened.position();
        self.size = Size::of(&opened, self.shared.options.document_bytes);
        self.document = opened.document;
        if position > self.position {
            self.send_difference(&known);
            if self.has_failed {
                return;
            }
            self.position = position;
            self.end = self.end.max(position);
            self.note_written(0);
            self.advance();
        }
    }
}
