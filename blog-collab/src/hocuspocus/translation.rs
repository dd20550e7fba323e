//! Between what clients of Hocuspocus say and what rooms do.

use bytes::Bytes;

use super::documents::Document;
use super::message::ToClient;
use crate::wire::message::{Message, messages};
use crate::{Close, Outgoing};

/// An update that changes nothing. The room answers it once all that came before it is stored.
const MARK: &[u8] = &[0, 0];

/// What the room is given of a message: what is written is followed by a mark, to learn when it is
/// stored. Who may only look on has nothing stored.
pub(super) fn for_room(message: &[u8], may_edit: bool) -> Bytes {
    let mut frame = message.to_vec();
    if may_edit {
        for _ in written(message) {
            Message::Update(MARK).write(&mut frame);
        }
    }
    frame.into()
}

/// Whether it says that the client has nothing that the server lacks.
pub(super) fn is_empty_answer(message: &[u8]) -> bool {
    let mut answers = messages(message);
    // No structs: <https://github.com/yjs/yjs/blob/main/INTERNALS.md>.
    matches!(answers.next(), Some(Ok(Message::SyncStep2([0, ..]))))
}

fn written(message: &[u8]) -> impl Iterator<Item = Message<'_>> {
    messages(message)
        .flatten()
        .filter(|message| matches!(message, Message::SyncStep2(_) | Message::Update(_)))
}

/// What the client is told of what the room says.
pub(super) fn for_client(document: &Document, said: Outgoing) -> Vec<Outgoing> {
    let say = |said: ToClient<'_>| Outgoing::Frame(said.to_frame(&document.address).into());
    match said {
        Outgoing::Close(_) if document.is_left() => vec![],
        // Clients do not come again for a single document.
        Outgoing::Close(
            Close::GoingAway | Close::TryAgainLater | Close::TooLarge | Close::Malformed,
        ) => vec![said],
        Outgoing::Close(close) => vec![say(ToClient::Close(close.reason()))],
        Outgoing::Ping => vec![said],
        Outgoing::Frame(frame) => {
            let said = messages(&frame).flatten();
            said.filter_map(|message| translated(message, document))
                .map(say)
                .collect()
        }
    }
}

fn translated<'a>(message: Message<'a>, document: &Document) -> Option<ToClient<'a>> {
    match message {
        Message::Update(MARK) if document.may_edit() => {
            let is_stored = document.confirm();
            is_stored.then_some(ToClient::SyncStatus { is_stored })
        }
        Message::PermissionDenied(_) => Some(ToClient::SyncStatus { is_stored: false }),
        said => {
            if matches!(said, Message::SyncStep1(_)) {
                document.note_question();
            }
            Some(ToClient::Said(said))
        }
    }
}
