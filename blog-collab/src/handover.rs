//! What passes between a post's versions and the log of its live document: versions are brought into
//! the log, and the document is folded into a version. Either can be repeated, by any node, at any
//! time, after any crash; ARCHITECTURE.md has the reasons.

use blog_core::domain::{Content, LogPosition, PostId};
use blog_core::ports::{
    Append, CollabStore, Entry, Log, PostView, Snapshot, Start, StoredDocument, VersionStep,
};
use blog_core::services::Fold;
use blog_core::{Conflict, Error, ErrorKind, Result};

use crate::BodyFormat;
use crate::contributors::contributors;
use crate::document::{Document, Refused};
use crate::hub::Shared;

/// What has fewer bytes is done sooner than it is handed to another thread.
const FEW_BYTES: usize = 32 << 10;

/// The id of who brings versions into logs.
pub(crate) const CARRIER: &str = "collab";

/// A post's head, and how far the log goes that contains it.
#[derive(Debug)]
pub(crate) struct Contained {
    pub(crate) head: PostView,
    pub(crate) log: Log,
}

/// Sees to it that the log contains the post's head. The edits that bring a version in are made on
/// the document as it was when it last said the same as the post, so that they merge with what was
/// written since; the store lets a version in only where the log's is still the one that they were made
/// on. The document of a post that is gone is removed.
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
        let log = store.log(post).await?;
        if let Some(log) = log
            && contains(log, &head)
        {
            return Ok(Contained { head, log });
        }
        // Edits of different versions are made on different documents, and must not be taken for each
        // other. Nobody can guess the id, and claim it first.
        let client = shared.new_client();
        let step = VersionStep {
            from: log.map_or(0, |log| log.version),
            to: head.version.number,
        };
        let mut append = Append::version(blog.clock().now(), step);
        if let Some(edits) = edits_to(shared, &head, log, client).await? {
            append.updates.push((CARRIER.into(), edits.into()));
            append.claims.push((client, CARRIER.into()));
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

/// Whether the log contains the head: it was brought in, or folded from here.
fn contains(log: Log, head: &PostView) -> bool {
    let folded = head.version.log_position.as_ref();
    head.version.number <= log.version || folded.is_some_and(|folded| folded.update <= log.end)
}

/// The edits that bring the head in.
async fn edits_to(
    shared: &Shared,
    head: &PostView,
    log: Option<Log>,
    client: u64,
) -> Result<Option<Vec<u8>>> {
    let to = head.version.content.clone();
    let (mut document, from) = match log {
        Some(log) => last_agreement(shared, head, log, client).await?,
        None => (
            Document::new(client, shared.options.body),
            Content::default(),
        ),
    };
    let bytes = to.body.len().max(from.body.len());
    let edits = apart(bytes, move || document.edit(&from, &to)).await?;
    edits.map_err(unreadable)
}

/// The document as it was when it was last folded, with the versions that were brought in since and
/// nothing else; and what the newest of all these versions says. It is the same, except where a fold
/// kept what the post said, because the document broke a limit.
async fn last_agreement(
    shared: &Shared,
    head: &PostView,
    log: Log,
    client: u64,
) -> Result<(Document, Content)> {
    let (collab, post) = (shared.blog.collab(), head.post.id);
    let fold = collab.last_fold(post, head.version.number, log.end).await?;
    let folded = fold.as_ref().and_then(|fold| fold.log_position.as_ref());
    let folded = folded.map_or(0, |position| position.update);
    let newest = match fold {
        Some(fold) if fold.number > log.version => fold,
        _ => collab.version(post, log.version).await?,
    };
    let agreed = move |entry: &Entry| entry.number <= folded || entry.actor == CARRIER;
    let opened = open_with(shared, post, client, agreed).await?;
    Ok((opened.document, newest.content))
}

/// A post's head, and how much of the log it says.
#[derive(Debug)]
pub(crate) struct Folded {
    pub(crate) head: PostView,
    pub(crate) position: u64,
}

/// Makes what the live document says the post's head. Where it says so already, nothing is loaded.
///
/// # Errors
/// Not found for a post that is gone; what the ports say.
pub(crate) async fn fold(shared: &Shared, post: PostId) -> Result<Folded> {
    loop {
        let Contained { head, log } = bring_in(shared, post).await?;
        let position = log.end;
        if is_folded_at(&head, position) {
            shared.store.note_folded(post, position).await?;
            return Ok(Folded { head, position });
        }
        if log.folded >= position {
            return Ok(Folded { head, position });
        }
        let opened = open(shared, post, 0).await?;
        match fold_opened(shared, head, opened).await {
            Err(error) if *error.kind() == ErrorKind::Conflict(Conflict::Revision) => {}
            folded => return folded,
        }
    }
}

/// Makes what a document says the head of its post, whose present one it contains.
async fn fold_opened(shared: &Shared, head: PostView, opened: Opened) -> Result<Folded> {
    let (post, position) = (head.post.id, opened.position());
    let Opened {
        stored,
        mut document,
    } = opened;
    let is_long = stored.entries.len() >= shared.options.compact_from
        || entry_bytes(&stored) >= shared.options.compact_bytes;
    let before = last_fold(shared, &head, position).await?;
    let (bytes, known) = (bytes(&stored), head.version.content.clone());
    let reading = move || {
        let since = before.as_ref().map_or(0, |before| before.update);
        let entries = stored.entries.iter().filter(|entry| entry.number > since);
        let wrote = contributors(&mut document, before.as_ref(), entries);
        (document.content(&known), wrote, document)
    };
    let (content, (contributors, passages), document) = apart(bytes, reading).await?;
    let authors = contributors.iter().map(|contributor| &contributor.author);
    let authors = shared.profiles.of(authors);
    let fold = Fold {
        post,
        head,
        content,
        position: LogPosition {
            update: position,
            state_vector: document.state_vector(),
        },
        contributors,
        passages,
        authors,
        even_if_same: is_long,
    };
    let head = shared.blog.collab().fold(fold).await?;
    shared.store.note_folded(post, position).await?;
    if is_long && is_folded_at(&head, position) {
        // It is folded all the same, and the next fold compacts the log.
        if let Err(error) = compact(&*shared.store, post, position, document).await {
            tracing::warn!(%post, %error, "a log cannot be compacted: it is kept");
        }
    }
    Ok(Folded { head, position })
}

/// What the newest version that was folded from this log up to `end` contains of it.
async fn last_fold(shared: &Shared, head: &PostView, end: u64) -> Result<Option<LogPosition>> {
    let folded = head.version.log_position.as_ref();
    if let Some(folded) = folded.filter(|folded| folded.update <= end) {
        return Ok(Some(folded.clone()));
    }
    let collab = shared.blog.collab();
    let fold = collab.last_fold(head.post.id, head.version.number, end);
    Ok(fold.await?.and_then(|fold| fold.log_position))
}

fn is_folded_at(head: &PostView, position: u64) -> bool {
    let folded = head.version.log_position.as_ref();
    folded.is_some_and(|folded| folded.update == position)
}

/// Replaces the log up to `position` by a snapshot. Only a position that was folded into a version is
/// fit for it: [`last_agreement`] has to be found again from there.
async fn compact(
    store: &dyn CollabStore,
    post: PostId,
    position: u64,
    document: Document,
) -> Result<()> {
    let encoding = move || {
        let state = document.state()?;
        // What yrs encodes is not always what it can decode.
        let again = Document::replay(0, document.format(), Some(&*state), [])?;
        Ok(again.is_same_as(&document).then_some(state))
    };
    match apart(usize::MAX, encoding).await?.map_err(unreadable)? {
        Some(state) => {
            let state = state.into();
            store.compact(post, Snapshot { position, state }).await
        }
        None => {
            tracing::error!(%post, "a live document is not what its snapshot says: its log is kept");
            Ok(())
        }
    }
}

/// A document as it is stored.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) stored: StoredDocument,
    pub(crate) document: Document,
}

impl Opened {
    /// Number of the last entry that it contains.
    pub(crate) fn position(&self) -> u64 {
        position(&self.stored)
    }
}

/// Loads a document, from the snapshot before the newest if that is broken.
///
/// # Errors
/// Not found if there is none; internal if neither snapshot can be read.
pub(crate) async fn open(shared: &Shared, post: PostId, client: u64) -> Result<Opened> {
    open_with(shared, post, client, |_| true).await
}

/// As [`open`], with those entries only that are wanted of what follows the snapshot.
async fn open_with(
    shared: &Shared,
    post: PostId,
    client: u64,
    is_wanted: impl Fn(&Entry) -> bool + Copy + Send + 'static,
) -> Result<Opened> {
    let (store, format) = (&*shared.store, shared.options.body);
    let newest = load(store, post, Start::Newest).await?;
    if let Ok(opened) = replay(newest, client, format, is_wanted).await? {
        return Ok(opened);
    }
    tracing::error!(%post, "a live document's newest snapshot is broken: the one before is used");
    let previous = load(store, post, Start::Previous).await?;
    let opened = replay(previous, client, format, is_wanted).await?;
    opened.map_err(unreadable)
}

async fn load(store: &dyn CollabStore, post: PostId, from: Start) -> Result<StoredDocument> {
    let stored = store.load(post, from).await?;
    stored.ok_or_else(|| Error::not_found("document"))
}

pub(crate) fn unreadable(refused: Refused) -> Error {
    Error::internal("a live document cannot be read").with_source(refused)
}

async fn replay(
    stored: StoredDocument,
    client: u64,
    format: BodyFormat,
    is_wanted: impl Fn(&Entry) -> bool + Send + 'static,
) -> Result<Result<Opened, Refused>> {
    apart(bytes(&stored), move || {
        let snapshot = stored.snapshot.as_ref().map(|snapshot| &*snapshot.state);
        let entries = stored.entries.iter().filter(|entry| is_wanted(entry));
        let updates = entries.map(|entry| &*entry.update);
        let document = Document::replay(client, format, snapshot, updates)?;
        Ok(Opened { stored, document })
    })
    .await
}

/// Does what may take long where it keeps nobody waiting who is served by this thread.
async fn apart<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    if bytes < FEW_BYTES {
        return Ok(work());
    }
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::internal("a live document cannot be read").with_source(error))
}

/// How much was loaded.
pub(crate) fn bytes(stored: &StoredDocument) -> usize {
    let snapshot = stored.snapshot.as_ref();
    snapshot.map_or(0, |snapshot| snapshot.state.len()) + entry_bytes(stored)
}

/// How much of that is not in the snapshot.
fn entry_bytes(stored: &StoredDocument) -> usize {
    let entries = stored.entries.iter();
    entries.map(|entry| entry.update.len()).sum()
}

fn position(stored: &StoredDocument) -> u64 {
    let snapshot = stored
        .snapshot
        .as_ref()
        .map_or(0, |snapshot| snapshot.position);
    stored.entries.last().map_or(snapshot, |entry| entry.number)
}
