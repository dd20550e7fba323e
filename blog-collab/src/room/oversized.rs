//! Who has brought what made the document too large. To find that out the document was changed, and had to
//! be loaded anew; and their client comes again with the same. So from here on they are taken only what
//! surely fits: beyond that they look on until the document has shrunk.

use blog_core::domain::{ASSISTANT, AuthorId};

use super::{Room, frame};
use crate::document::Growth;
use crate::wire::hocuspocus::sync_status;
use crate::wire::message::Message;

impl Room {
    /// Takes note of who made the document too large. An assistant ends by being closed.
    pub(super) fn note_oversized(&mut self, actor: &AuthorId) {
        if actor != ASSISTANT {
            self.oversized.insert(actor);
        }
    }

    /// Whether something of an actor is not to be tried, because it may make the document too large once
    /// more.
    pub(super) fn is_too_much(&mut self, actor: &AuthorId, growth: Growth) -> bool {
        self.oversized.contains(actor) && !self.has_room_for(growth)
    }

    /// Tells a member that something of theirs has no room, and asks for it once it has.
    pub(super) fn put_off(&mut self, member: u64, growth: Growth) {
        let denied = match self.members.owed(member) {
            Some(_) => sync_status(false),
            None => frame(Message::PermissionDenied("the document would be too large")),
        };
        self.members.send(member, denied);
        self.members.wait_for_room(member, growth);
    }

    /// Asks those for what was not taken from them for whom there is room by now.
    pub(super) fn ask_who_has_room(&mut self) {
        if self.unloaded.is_some() {
            return;
        }
        for (member, growth) in self.members.waiting_for_room() {
            if self.has_room_for(growth) {
                self.members.need_not_wait(member);
                self.ask(member);
            }
        }
    }

    /// Whether the document surely is not too large with so much more.
    fn has_room_for(&mut self, growth: Growth) -> bool {
        let Growth {
            text_bytes,
            shared_types,
            bytes,
        } = growth;
        let (body_bytes, document_types, document_bytes) = (
            self.shared.blog.limits().body_bytes,
            self.shared.options.document_types,
            self.shared.options.document_bytes,
        );
        let has_room_for_text = text_bytes == 0
            || (text_bytes <= body_bytes && self.document.excess(body_bytes - text_bytes) == 0);
        has_room_for_text
            && (shared_types == 0 || self.document.shared_types() + shared_types <= document_types)
            && (bytes == 0 || self.has_room_for_bytes(bytes, document_bytes))
    }

    fn has_room_for_bytes(&mut self, bytes: usize, limit: usize) -> bool {
        if !self.size.has_room_for(bytes, limit)
            && !self.size.is_exact()
            && let Ok(state) = self.document.state()
        {
            self.size.measure(state.len());
        }
        self.size.has_room_for(bytes, limit)
    }
}
