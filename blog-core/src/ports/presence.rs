use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::domain::{AuthorId, PostId};
use crate::error::Result;

/// Who is in the room of which live document, on whichever node: so a node that has no room of a document
/// knows who is there. Where their cursors stand, the rooms tell each other over
/// [`Transport`](super::Transport).
///
/// It is fleeting, and kept apart from posts, their logs and their cache. All of it may be lost at any time:
/// rooms say again and again who is in them.
///
/// # Promises
///
/// 1. **All nodes together, as each said last.** [`who`](Presence::who) answers those whom the nodes have said
///    to be in the document's room when they last did so, each once, in order, on whichever node it is asked.
///    Nobody is there where no node has said so. Ids and names come back as they were.
/// 2. **Who is not renewed is gone.** What a node has said holds for as long as it said then, whatever it or
///    another has said before, and no longer. It may be gone earlier where something fails.
/// 3. **One node's word is not another's**, nor one document's: what a node says changes what that node has
///    said of that document, and nothing else.
/// 4. A call ends within a bounded time; a backend that is away is an `Unavailable` error, and works again by
///    itself once it is back.
#[async_trait]
pub trait Presence: Send + Sync + std::fmt::Debug {
    /// A node says who is in a document's room there, in place of what it has said before. It holds for so
    /// long, unless the node says it again.
    async fn show(
        &self,
        document: PostId,
        node: u64,
        here: &[Present],
        holds: Duration,
    ) -> Result<()>;

    /// Who is in a document's rooms, by id and name.
    async fn who(&self, document: PostId) -> Result<Vec<Present>>;
}

/// Somebody in a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Present {
    /// The actor's id.
    pub id: AuthorId,
    /// What others see.
    pub name: String,
}
