use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::domain::{AuthorId, PostId};
use crate::error::{Error, Result};

/// The logs of live documents: for each post that was ever edited live, the Yjs updates that make up
/// its document. What an update says is none of the store's concern.
///
/// # Promises
///
/// 1. **Durable and in order.** The entries of a document are numbered 1, 2, 3 … without a gap, the
///    same for every reader; those of one append stand together, in its order. When
///    [`append`](CollabStore::append) returns, its entries survive a power cut and every reader sees
///    them; an entry is never seen before those below it. After an error none of them is there,
///    except after `Unavailable` from a lost connection, when all of them may be. What the other
///    calls wrote survives as well once they have returned.
/// 2. **A version comes in once, on the one it was made from.** An append whose [`Append::version`]
///    does not go from the newest that the log contains (0 at first) to one above it is refused as
///    `Conflict(Revision)`, whatever it claims, and leaves nothing. So of several nodes that bring
///    versions in at once, the same or different ones, one succeeds, and a repeated call changes
///    nothing.
/// 3. **A client id has one owner.** The first append that claims an id for an actor makes it theirs
///    in that document, for ever; an append that claims another actor's id, or one id for two
///    actors, is refused as `Conflict(Taken("client_id"))` and leaves nothing. Claiming one's own id
///    again is no error. Every `u64` is an id. What [`Append::check`] refuses leaves nothing.
/// 4. **The only good copy is never replaced.** [`compact`](CollabStore::compact) stores a snapshot
///    beside what is there. The snapshot that it was made from is kept, be it the newest or, where
///    that is broken, the one before it; and so is every entry above the kept one, or every entry if
///    there is none. Everything else is dropped. Where other nodes have stored others meanwhile, so that
///    it is neither of the two, the newest is kept. A crash leaves the old state or the new. A snapshot that is
///    not newer than the newest changes nothing, so that of several nodes that store one at once the
///    newest is there at last; one of a position that the log has not reached is invalid.
/// 5. **One document's trouble is no other's.** Documents share no numbers, versions, claims and
///    snapshots. A refused append undoes no neighbour, however many are written together.
/// 6. **Reads are whole.** A read sees every call that had returned before it began, through
///    whichever handle. [`load`](CollabStore::load) is of one moment, however many append and
///    compact meanwhile: its entries go from its snapshot to the end of its log, without a gap.
/// 7. **Bytes come back as they were**, in updates and in states; times in microseconds.
/// 8. **What is folded stays so.** What is noted as folded only rises, and never beyond the log's
///    end: a position beyond it notes the end.
/// 9. **What is not there is nothing.** A document that never was, or was removed, has no log, no
///    entries and nothing to note or to remove, is not listed, and no snapshot can be stored for it:
///    not found. An append that was refused makes no document. After a removal, the next append begins
///    anew.
#[async_trait]
pub trait CollabStore: Send + Sync + std::fmt::Debug {
    /// Adds entries to a document's log, all or none (promises 1 to 3), and answers where the log
    /// ends. The first append makes the document. An append may bring a version or claims without
    /// any update.
    async fn append(&self, document: PostId, append: Append) -> Result<u64>;

    /// How far a document's log goes; `None` for a document that never was.
    async fn log(&self, document: PostId) -> Result<Option<Log>>;

    /// Everything that it takes to open a document: a snapshot, the entries above it, and who owns
    /// which client id. `None` for a document that never was.
    async fn load(&self, document: PostId, from: Start) -> Result<Option<StoredDocument>>;

    /// At most `limit` entries above `after`, in order. Entries that a snapshot replaced are gone:
    /// then the first one given is not `after + 1`.
    async fn entries(&self, document: PostId, after: u64, limit: usize) -> Result<Vec<Entry>>;

    /// Stores a snapshot that was made from the one at `made_from`, or from entries alone if that is 0,
    /// and drops the entries that the kept one contains (promise 4).
    async fn compact(&self, document: PostId, snapshot: Snapshot, made_from: u64) -> Result<()>;

    /// Notes that the post contains the log up to `position` (promise 8).
    async fn note_folded(&self, document: PostId, position: u64) -> Result<()>;

    /// At most `limit` documents above `after` whose log goes further than what is noted as folded,
    /// by id.
    async fn unfolded(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>>;

    /// At most `limit` documents above `after`, by id, whatever is folded.
    async fn documents(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>>;

    /// Forgets a document, its claims and snapshots included; nothing happens if there is none.
    async fn remove(&self, document: PostId) -> Result<()>;
}

/// What an append brings.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Append {
    /// The time of the append.
    pub at: DateTime<Utc>,
    /// The updates, each with who made it.
    pub updates: Vec<(AuthorId, Bytes)>,
    /// Client ids that the updates show for the first time, and whose they are.
    pub claims: Vec<(u64, AuthorId)>,
    /// The post's version that the document contains from here on.
    pub version: Option<VersionStep>,
}

/// From the version that a log contains to a newer one (promise 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionStep {
    /// The [`Log::version`] that the edits were made on; 0 where there is no log yet.
    pub from: u32,
    /// The version that the log contains with them.
    pub to: u32,
}

impl Append {
    /// A version of the post, with no edits yet.
    #[must_use]
    pub const fn version(at: DateTime<Utc>, version: VersionStep) -> Self {
        Self {
            at,
            updates: vec![],
            claims: vec![],
            version: Some(version),
        }
    }

    /// One update of one actor.
    #[must_use]
    pub fn one(at: DateTime<Utc>, actor: AuthorId, update: Bytes) -> Self {
        Self::updates(at, vec![(actor, update)])
    }

    /// Updates, each with who made it.
    #[must_use]
    pub const fn updates(at: DateTime<Utc>, updates: Vec<(AuthorId, Bytes)>) -> Self {
        Self {
            at,
            updates,
            claims: vec![],
            version: None,
        }
    }

    /// Checks what every store refuses to append (promise 3 of [`CollabStore`]).
    ///
    /// # Errors
    /// Invalid, naming the claims if one of them is for an actor whose id contains U+0000.
    pub fn check(&self) -> Result<()> {
        let mut claims = self.claims.iter();
        if claims.any(|(_, actor)| actor.contains('\0')) {
            let message = "an actor's id must not contain U+0000";
            return Err(Error::invalid_field("claims", message));
        }
        Ok(())
    }
}

/// An update in a document's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the log.
    pub number: u64,
    /// Who made it.
    pub actor: AuthorId,
    /// When it was appended.
    pub at: DateTime<Utc>,
    /// A Yjs update, encoding v1.
    pub update: Bytes,
}

/// How far a log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// Number of the last entry.
    pub end: u64,
    /// The newest version that an append brought in; 0 if none did.
    pub version: u32,
    /// Where the log ended with the append that brought it.
    pub version_at: u64,
    /// Up to which entry the post is noted to contain the log.
    pub folded: u64,
}

/// Which snapshot a document is opened from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Start {
    /// The newest.
    #[default]
    Newest,
    /// The one before it, for when the newest turns out to be broken.
    Previous,
}

/// A document's state in one piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Number of the last entry that it contains.
    pub position: u64,
    /// A Yjs update, encoding v1, that makes the whole state.
    pub state: Bytes,
}

/// A document as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// Where its log ends.
    pub log: Log,
    /// The state that the entries go on from; without one they begin with the first.
    pub snapshot: Option<Snapshot>,
    /// The entries above the snapshot, in order.
    pub entries: Vec<Entry>,
    /// Who owns which client id, by id.
    pub claims: Vec<(u64, AuthorId)>,
}
