//! What passes between a post's versions and the log of its live document: versions are brought into
//! the log, and the document is folded into a version. Either can be repeated, by any node, at any
//! time, after any crash; ARCHITECTURE.md has the reasons.

use std::panic::{AssertUnwindSafe, catch_unwind};

use blog_core::domain::{ASSISTANT, AuthorId, Content, Contributor, LogPosition, Passage, PostId};
use blog_core::ports::{
    Append, Entry, Log, PostView, Snapshot, Start, StoredDocument, VersionStep,
};
use blog_core::services::Fold;
use blog_core::{Conflict, Error, ErrorKind, Result};

use crate::BodyFormat;
use crate::contributors::{Accepted, contributors};
use crate::document::{Document, Edits, News, Refused, Replayed, Soundness};
use crate::fold_of_model::FoldOfModel;
use crate::hub::Shared;

/// What has fewer bytes is done sooner than it is handed to another thread.
const FEW_BYTES: usize = 32 << 10;

/// What taking an entry costs beside its bytes, in bytes.
const ENTRY: usize = 64;

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
    let mut log_after_append = None;
    loop {
        let head = match blog.collab().head(post).await {
            Err(error) if *error.kind() == ErrorKind::NotFound => {
                store.remove(post).await?;
                return Err(error);
            }
            head => head?,
        };
        // A log only grows: what it contained it contains. Where it did not, a fold may have gone further.
        let log = match log_after_append.take() {
            Some(log) if contains(log, &head) => Some(log),
            _ => store.log(post).await?,
        };
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
            // The head is looked at again: it may be another by now, or the post gone.
            Ok(end) => {
                log_after_append = Some(Log {
                    end,
                    version: step.to,
                    version_at: end,
                    folded: log.map_or(0, |log| log.folded),
                });
            }
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
    /// Who has written what damages the document. It is in the log, and not in what the head says.
    pub(crate) damaged_by: Vec<AuthorId>,
}

impl Folded {
    /// Of what was folded before.
    const fn already(head: PostView, position: u64) -> Self {
        Self {
            head,
            position,
            damaged_by: vec![],
        }
    }
}

/// Makes what the live document says the post's head. Where it says so already, nothing is loaded.
///
/// # Errors
/// Not found for a post that is gone; what the ports say.
pub(crate) async fn fold(shared: &Shared, post: PostId) -> Result<Folded> {
    fold_as(shared, post, None).await
}

/// The same once a model has had a part in it, which becomes a version of its own also where another fold
/// has made all of it a version by then.
///
/// # Errors
/// As [`fold`].
pub(crate) async fn fold_as(
    shared: &Shared,
    post: PostId,
    of_model: Option<FoldOfModel>,
) -> Result<Folded> {
    loop {
        let Contained { head, log } = bring_in(shared, post).await?;
        let position = log.end;
        // One that was made and not answered is not made again.
        let of_model = match &of_model {
            Some(it) if !it.is_made(shared, &head).await? => of_model.clone(),
            _ => None,
        };
        if of_model.is_none() && is_folded_at(&head, position) {
            shared.store.note_folded(post, position).await?;
            return Ok(Folded::already(head, position));
        }
        if of_model.is_none() && log.folded >= position {
            return Ok(Folded::already(head, position));
        }
        let opened = open(shared, post, 0).await?;
        match fold_opened(shared, head, opened, of_model).await {
            Err(error) if *error.kind() == ErrorKind::Conflict(Conflict::Revision) => {}
            folded => return folded,
        }
    }
}

/// Makes what a document says the head of its post, whose present one it contains.
async fn fold_opened(
    shared: &Shared,
    head: PostView,
    opened: Opened,
    of_model: Option<FoldOfModel>,
) -> Result<Folded> {
    let (post, position) = (head.post.id, opened.position());
    // What damages it is not to be looked for each time that it is loaded.
    let is_long = opened.stored.entries.len() >= shared.options.compact_from
        || entry_bytes(&opened.stored) >= shared.options.compact_bytes
        || !opened.damaged_by.is_empty();
    let made_from = opened.made_from();
    let known = Known {
        position: last_fold(shared, &head, position).await?,
        content: head.version.content.clone(),
    };
    let accepted = of_model.as_ref().and_then(FoldOfModel::accepted);
    let effort = effort(&opened.stored);
    let reading = move || {
        let mut opened = opened;
        let read = Read::of(&mut opened, &known, accepted.as_ref(), is_long);
        if !matches!(read, Err(Refused::Damaging)) {
            return read;
        }
        let (stored, format) = (opened.stored, opened.document.format());
        opened = Opened::replay(stored, 0, format, Soundness::Reloads, |_| true)?;
        Read::of(&mut opened, &known, accepted.as_ref(), is_long)
    };
    let read = apart(effort, reading).await?.map_err(unreadable)?;
    let authors = read.contributors.iter().map(|it| &it.author);
    let authors = shared.profiles.of(authors);
    let has_assistant = read.contributors.iter().any(|it| it.author == ASSISTANT);
    let fold = Fold {
        post,
        head,
        content: read.content,
        position: LogPosition {
            update: position,
            state_vector: read.state_vector,
        },
        contributors: read.contributors,
        passages: read.passages,
        authors,
        ai_generated: has_assistant,
        by_model: of_model.map(|it| it.by_model),
        even_if_same: read.snapshot.is_some(),
    };
    let head = shared.blog.collab().fold(fold).await?;
    shared.store.note_folded(post, position).await?;
    match read.snapshot {
        // Only a position that was folded into a version is fit for a snapshot: [`last_agreement`] has to
        // be found again from there.
        Some(state) if is_folded_at(&head, position) => {
            let state = state.into();
            let snapshot = Snapshot { position, state };
            let compacted = shared.store.compact(post, snapshot, made_from);
            // It is folded all the same, and the next fold compacts the log.
            if let Err(error) = compacted.await {
                tracing::warn!(%post, %error, "a log cannot be compacted: it is kept");
            }
        }
        None if is_long => {
            tracing::error!(%post, "a live document is not what its snapshot says: its log is kept");
        }
        _ => {}
    }
    Ok(Folded {
        head,
        position,
        damaged_by: read.damaged_by,
    })
}

/// What is a version of the post already.
#[derive(Debug)]
struct Known {
    /// How much of the document's log, if anything.
    position: Option<LogPosition>,
    /// What the head says.
    content: Content,
}

/// What a document says that is folded.
#[derive(Debug)]
struct Read {
    content: Content,
    contributors: Vec<Contributor>,
    passages: Option<Vec<Passage>>,
    state_vector: Vec<u8>,
    /// What may take the place of the log.
    snapshot: Option<Vec<u8>>,
    damaged_by: Vec<AuthorId>,
}

impl Read {
    fn of(
        opened: &mut Opened,
        known: &Known,
        accepted: Option<&Accepted>,
        with_snapshot: bool,
    ) -> Result<Self, Refused> {
        let before = known.position.as_ref();
        let since = before.map_or(0, |before| before.update);
        let entries = opened.stored.entries.iter();
        let entries = entries.filter(|entry| entry.number > since);
        // What others have stored is kept, though nobody can be shown it.
        let snapshot = match with_snapshot && !opened.lacks_others_edits() {
            true => opened.document.snapshot()?,
            false => None,
        };
        let document = &mut opened.document;
        let (contributors, passages) = contributors(document, before, entries, accepted)?;
        Ok(Self {
            content: document.content(&known.content)?,
            contributors,
            passages,
            state_vector: document.state_vector(),
            snapshot,
            damaged_by: opened.damaged_by.clone(),
        })
    }
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

/// A document as it is stored.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) stored: StoredDocument,
    pub(crate) document: Document,
    /// Who has written what damages it, and is not in it.
    pub(crate) damaged_by: Vec<AuthorId>,
}

impl Opened {
    fn replay(
        stored: StoredDocument,
        client: u64,
        format: BodyFormat,
        soundness: Soundness,
        is_wanted: impl Fn(&Entry) -> bool,
    ) -> Result<Self, Refused> {
        let snapshot = stored.snapshot.as_ref().map(|snapshot| &*snapshot.state);
        let entries = stored.entries.iter().filter(|entry| is_wanted(entry));
        let entries: Vec<_> = entries.collect();
        let updates = entries.iter().map(|entry| &*entry.update);
        let Replayed {
            document,
            passed_over,
        } = Document::replay(client, format, snapshot, updates, soundness)?;
        let damaged_by = passed_over
            .iter()
            .map(|place| entries[*place].actor.clone());
        let damaged_by = damaged_by.collect();
        Ok(Self {
            stored,
            document,
            damaged_by,
        })
    }

    /// Whether others have stored what builds on what was passed over, and is not in the document without it.
    fn lacks_others_edits(&self) -> bool {
        let mut others = self.stored.entries.iter();
        !self.damaged_by.is_empty()
            && others.any(|entry| {
                !self.damaged_by.contains(&entry.actor)
                    && Edits::read(&*entry.update)
                        .is_ok_and(|edits| self.document.news(&edits) != News::default())
            })
    }

    /// Number of the last entry in the snapshot that it was loaded from; 0 without one.
    fn made_from(&self) -> u64 {
        let snapshot = self.stored.snapshot.as_ref();
        snapshot.map_or(0, |snapshot| snapshot.position)
    }

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
    match open_from(Start::Newest, shared, post, client, is_wanted).await {
        Err(error) if is_damage(&error) => {
            tracing::error!(%post, %error, "a live document cannot be opened from its newest snapshot: the one before is tried");
            open_from(Start::Previous, shared, post, client, is_wanted).await
        }
        opened => opened,
    }
}

/// Whether an older snapshot may be readable where this was said of a newer one: the store, or yrs, cannot
/// read it.
pub(crate) fn is_damage(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Internal | ErrorKind::Unavailable { retry: false }
    )
}

async fn open_from(
    start: Start,
    shared: &Shared,
    post: PostId,
    client: u64,
    is_wanted: impl Fn(&Entry) -> bool + Send + 'static,
) -> Result<Opened> {
    let format = shared.options.body;
    let stored = shared.store.load(post, start).await?;
    let stored = stored.ok_or_else(|| Error::not_found("document"))?;
    let replayed = apart(effort(&stored), move || {
        Opened::replay(stored, client, format, Soundness::Encodes, is_wanted)
    });
    replayed.await?.map_err(unreadable)
}

pub(crate) fn unreadable(refused: Refused) -> Error {
    Error::internal("a live document cannot be read").with_source(refused)
}

/// Does what may take long where it keeps nobody waiting who is served by this thread. A panic of it ends
/// nothing else.
async fn apart<T: Send + 'static>(
    effort: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    if effort < FEW_BYTES {
        let done = catch_unwind(AssertUnwindSafe(work));
        return done.map_err(|_| Error::internal("a live document cannot be read"));
    }
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::internal("a live document cannot be read").with_source(error))
}

/// How much was loaded.
pub(crate) fn bytes(stored: &StoredDocument) -> usize {
    let snapshot = stored.snapshot.as_ref();
    snapshot.map_or(0, |snapshot| snapshot.state.len()) + entry_bytes(stored)
}

/// How much work it is to read, in bytes.
fn effort(stored: &StoredDocument) -> usize {
    bytes(stored) + stored.entries.len() * ENTRY
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
