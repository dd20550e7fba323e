//! What passes between a post's versions and the log of its live document: versions are brought into
//! the log, and the document is folded into a version. Either can be repeated, by any node, at any
//! time, after any crash; ARCHITECTURE.md has the reasons.

use blog_core::domain::{Actor, AuthorId, LogPosition, PostId};
use blog_core::ports::{Append, CollabStore, Entry, PostView, Snapshot, Start, StoredDocument};
use blog_core::services::Fold;
use blog_core::{Blog, Conflict, Error, ErrorKind, Result};

use crate::document::{Document, Refused};
use crate::hub::Shared;

/// Who brings versions into logs.
pub(crate) fn carrier() -> Actor {
    Actor::service("collab")
}

/// A post's head, and a document that contains it.
#[derive(Debug)]
pub(crate) struct Contained {
    pub(crate) head: PostView,
    pub(crate) stored: StoredDocument,
}

impl Contained {
    /// Number of the last entry that was loaded.
    pub(crate) fn position(&self) -> u64 {
        position(&self.stored)
    }
}

/// Sees to it that the log contains the post's head. The edits that bring a version in are made on
/// the document as it was when it last said the same as the post, so that they merge with what was
/// written since; the store lets each version in once. The document of a post that is gone is removed.
///
/// # Errors
/// Not found for a post that is gone; what the ports say.
pub(crate) async fn bring_in(shared: &Shared, post: PostId) -> Result<Contained> {
    let (blog, store) = (&shared.blog, &*shared.store);
    loop {
        let head = match blog.collab().head(post).await {
            Err(error) if *error.kind() == ErrorKind::NotFound => {
                store.remove(post).await?;
                return Err(error);
            }
            head => head?,
        };
        let stored = store.load(post, Start::Newest).await?;
        if let Some(stored) = stored.clone()
            && contains(&stored, &head)
        {
            return Ok(Contained { head, stored });
        }
        // Edits of different versions are made on different documents, and must not be taken for each
        // other. Nobody can guess the id, and claim it first.
        let client = shared.new_client();
        let mut document = match stored {
            Some(stored) => last_agreement(blog, &head, &stored, client).await?,
            None => Document::new(client),
        };
        let mut append = Append::version(blog.clock().now(), head.version.number);
        if let Some(edits) = document.edit_to(&head.version.content) {
            append.updates.push((carrier().id, edits.into()));
            append.claims.push((client, carrier().id));
        }
        match store.append(post, append).await {
            // Looked at again: the head may be another by now.
            Ok(_) => {}
            Err(error) => match error.kind() {
                ErrorKind::Conflict(Conflict::Revision | Conflict::Taken(_)) => {}
                _ => return Err(error),
            },
        }
    }
}

/// A post's head, and how much of the log it says.
#[derive(Debug)]
pub(crate) struct Folded {
    pub(crate) head: PostView,
    pub(crate) position: u64,
}

/// Makes what the live document says the post's head.
///
/// # Errors
/// Not found for a post that is gone; what the ports say.
pub(crate) async fn fold(shared: &Shared, post: PostId) -> Result<Folded> {
    let (blog, store) = (&shared.blog, &*shared.store);
    loop {
        let contained = bring_in(shared, post).await?;
        let document = open(store, post, &contained.stored, 0).await?;
        let position = contained.position();
        let known = contained.head.version.log_position.as_ref();
        let since = known.map_or(0, |known| known.update);
        let head = if since == position {
            contained.head.clone()
        } else {
            let entries = contained.stored.entries.iter();
            let fold = Fold {
                post,
                content: document.content(&contained.head.version.content),
                position: LogPosition {
                    update: position,
                    state_vector: document.state_vector(),
                },
                contributors: contributors(entries.filter(|entry| entry.number > since)),
                message: None,
                head: contained.head.clone(),
            };
            match blog.collab().fold(fold).await {
                Ok(head) => head,
                Err(error) if *error.kind() == ErrorKind::Conflict(Conflict::Revision) => continue,
                Err(error) => return Err(error),
            }
        };
        store.note_folded(post, position).await?;
        let is_folded_here = |known: &LogPosition| known.update == position;
        if contained.stored.entries.len() >= shared.options.compact_from
            && head
                .version
                .log_position
                .as_ref()
                .is_some_and(is_folded_here)
        {
            compact(store, post, position, &document).await?;
        }
        return Ok(Folded { head, position });
    }
}

/// Replaces the log up to `position` by a snapshot. Only a position that was folded into a version is
/// fit for it: [`last_agreement`] has to be found again from there.
async fn compact(
    store: &dyn CollabStore,
    post: PostId,
    position: u64,
    document: &Document,
) -> Result<()> {
    let state = document.state().map_err(unreadable)?;
    // What yrs encodes is not always what it can decode.
    let again = Document::replay(0, Some(&*state), []).map_err(unreadable)?;
    if !again.is_same_as(document) {
        tracing::error!(%post, "a live document is not what its snapshot says: its log is kept");
        return Ok(());
    }
    let state = state.into();
    store.compact(post, Snapshot { position, state }).await
}

/// The document that was loaded; if its snapshot is broken, from the one before.
///
/// # Errors
/// Internal if neither can be read.
pub(crate) async fn open(
    store: &dyn CollabStore,
    post: PostId,
    stored: &StoredDocument,
    client: u64,
) -> Result<Document> {
    if let Ok(document) = replay(stored, client, |_| true) {
        return Ok(document);
    }
    tracing::error!(%post, "a live document's newest snapshot is broken: the one before is used");
    let previous = store.load(post, Start::Previous).await?;
    let previous = previous.ok_or_else(|| Error::not_found("document"))?;
    replay(&previous, client, |_| true).map_err(unreadable)
}

fn unreadable(refused: Refused) -> Error {
    Error::internal("a live document cannot be read").with_source(refused)
}

fn replay(
    stored: &StoredDocument,
    client: u64,
    is_wanted: impl Fn(&Entry) -> bool,
) -> Result<Document, Refused> {
    let snapshot = stored.snapshot.as_ref().map(|snapshot| &*snapshot.state);
    let entries = stored.entries.iter().filter(|entry| is_wanted(entry));
    Document::replay(client, snapshot, entries.map(|entry| &*entry.update))
}

fn position(stored: &StoredDocument) -> u64 {
    let snapshot = stored
        .snapshot
        .as_ref()
        .map_or(0, |snapshot| snapshot.position);
    stored.entries.last().map_or(snapshot, |entry| entry.number)
}

/// Whether what was loaded contains the head: it was brought in, or folded from here.
fn contains(stored: &StoredDocument, head: &PostView) -> bool {
    let loaded = position(stored);
    let log = &stored.log;
    let was_brought_in = head.version.number <= log.version && log.version_at <= loaded;
    let folded = head.version.log_position.as_ref();
    was_brought_in || folded.is_some_and(|position| position.update <= loaded)
}

/// The document as it was when it was last folded, with the versions that were brought in since and
/// nothing else: so it said what the newest of them says.
async fn last_agreement(
    blog: &Blog,
    head: &PostView,
    stored: &StoredDocument,
    client: u64,
) -> Result<Document> {
    let (post, number) = (head.post.id, head.version.number);
    let folded = blog
        .collab()
        .last_fold(post, number, position(stored))
        .await?;
    let folded = folded.map_or(0, |position| position.update);
    let carrier = carrier().id;
    let agreed = |entry: &Entry| entry.number <= folded || entry.actor == carrier;
    replay(stored, client, agreed).map_err(unreadable)
}

/// Who made these entries, whoever wrote most first.
fn contributors<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<AuthorId> {
    let mut written: Vec<(AuthorId, usize)> = vec![];
    for entry in entries.filter(|entry| entry.actor != carrier().id) {
        let bytes = entry.update.len();
        match written.iter_mut().find(|(actor, _)| *actor == entry.actor) {
            Some((_, sum)) => *sum += bytes,
            None => written.push((entry.actor.clone(), bytes)),
        }
    }
    written.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    written.into_iter().map(|(actor, _)| actor).collect()
}
