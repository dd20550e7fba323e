use async_trait::async_trait;

use crate::domain::{Actor, PostId};
use crate::error::Result;

/// Whether those who are in rooms may still be there, and who they are by now: what a host knows of its users,
/// and a connection that was let in an hour ago does not. Rooms ask when somebody comes, and again while they
/// are there.
///
/// They ask about all who are there, also about the host's own programs, and whose rights an assistant has.
/// What is answered counts in place of what the actor came in as: whose token has fewer roles than their account
/// has those of the account from then on, unless the answer has fewer, too.
/// What such an actor may do in a room, the [`Policy`](crate::domain::Policy) says.
///
/// # Promises
///
/// 1. **As it is now.** An answer contains what has changed before the call: other roles or another name, that
///    what let the actor in holds no longer, or that it does again.
/// 2. **The same actor.** What is answered has the id that was asked about.
/// 3. **One actor's trouble is no other's.** What changes for one changes nothing for another, and many may be
///    asked about at once.
/// 4. **An error says nothing of the actor.** Where the host's knowledge is away, the answer is `Unavailable`,
///    neither yes nor no: who is in a room stays until it is back, and who comes waits.
#[async_trait]
pub trait Admission: Send + Sync + std::fmt::Debug {
    /// Who an actor is by now that came in as this one; `None` if they may not be in the document's room,
    /// whatever their roles: their account is gone, or suspended. All connections of an id are alike here; a
    /// single session ends with its token.
    async fn admit(&self, actor: &Actor, document: PostId) -> Result<Option<Actor>>;
}
