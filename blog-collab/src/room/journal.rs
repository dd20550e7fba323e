use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use blog_core::domain::{AuthorId, Content, PostId};
use blog_core::ports::{Append, CollabStore};
use blog_core::{Blog, Result};
use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::entrance::Space;
use crate::wire::awareness::Entry;

/// From the beginning of one append to the next, at least: also where the store is quicker, edits that come
/// one after the other share a flush of the disk and a write to each connection. Nobody types so fast alone.
const BETWEEN_APPENDS: Duration = Duration::from_millis(2);

/// An update that is in the room's document, and belongs into the store. Once it is durable everybody
/// gets it, its sender too: to them it is the acknowledgement.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) author: AuthorId,
    /// The participant that brought it; none for a program's.
    pub(super) by: Option<u64>,
    pub(super) update: Bytes,
    /// The program that waits for it.
    pub(super) done: Option<oneshot::Sender<Result<()>>>,
}

/// A client id that its owner has shown for the first time.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub(super) client: u64,
    pub(super) owner: AuthorId,
    /// The participant that showed it; none for a room's own.
    pub(super) by: Option<u64>,
}

/// What a room does once what came before it is durable.
#[derive(Debug)]
pub(super) enum Effect {
    /// One participant gets this frame, which they have asked for.
    Answer(u64, Bytes),
    /// One participant hears so often that what they brought is stored.
    Confirm { member: u64, count: usize },
    /// A program gets what the document said when it asked.
    Read(oneshot::Sender<Content>, Box<Content>),
}

/// What a participant shows of itself, as an entry of an awareness message.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) by: u64,
    client: u64,
    clock: u64,
    state: Option<String>,
}

impl Shown {
    fn new(by: u64, entry: Entry<'_>) -> Self {
        Self {
            by,
            client: entry.client,
            clock: entry.clock,
            state: entry.state.map(str::to_owned),
        }
    }

    pub(super) fn entry(&self) -> Entry<'_> {
        Entry {
            client: self.client,
            clock: self.clock,
            state: self.state.as_deref(),
        }
    }
}

impl Effect {
    /// The participant that waits for it.
    const fn member(&self) -> Option<u64> {
        match self {
            Self::Answer(member, _) | Self::Confirm { member, .. } => Some(*member),
            Self::Read(..) => None,
        }
    }
}

/// What is in a group, in order.
#[derive(Debug)]
pub(super) enum Step {
    Write(Written),
    Then(Effect),
}

/// Updates on their way into the store. They go in groups: while one is being appended, or has only just
/// begun to be, the next gathers. What gathers is bounded by the [`Space`] that it takes up.
pub(super) struct Journal {
    gathering: Group,
    appending: Option<Appending>,
    /// When the next group may go.
    not_before: Instant,
}

/// What is appended together, and what follows.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) steps: Vec<Step>,
    /// By their client ids.
    pub(super) claims: BTreeMap<u64, Claim>,
    /// What others get to see once the client ids are their owners': the newest of each.
    pub(super) shown: BTreeMap<u64, Shown>,
    space: Vec<Space>,
    /// Bytes of the frames among the effects.
    frame_bytes: usize,
}

struct Appending {
    group: Group,
    since: Instant,
    answer: Pin<Box<dyn Future<Output = Result<u64>> + Send>>,
}

impl Journal {
    pub(super) fn new() -> Self {
        Self {
            gathering: Group::default(),
            appending: None,
            not_before: Instant::now(),
        }
    }

    pub(super) fn write(&mut self, written: Written) {
        self.gathering.steps.push(Step::Write(written));
    }

    pub(super) fn claim(&mut self, claim: Claim) {
        self.gathering.claims.insert(claim.client, claim);
    }

    /// The group that everything written so far is durable with; none if it is.
    fn last(&mut self) -> Option<&mut Group> {
        if self.gathering.is_empty() {
            self.appending
                .as_mut()
                .map(|appending| &mut appending.group)
        } else {
            Some(&mut self.gathering)
        }
    }

    /// What is to happen after everything that was written so far is durable. Answered at once if it
    /// is.
    pub(super) fn then(&mut self, effect: Effect) -> Option<Effect> {
        let Some(group) = self.last() else {
            return Some(effect);
        };
        if let Effect::Answer(_, frame) = &effect {
            group.frame_bytes += frame.len();
        }
        group.steps.push(Step::Then(effect));
        None
    }

    /// Keeps space taken until everything that was written so far is durable.
    pub(super) fn hold(&mut self, space: Option<Space>) {
        if let Some(group) = self.last() {
            group.space.extend(space);
        }
    }

    /// Bytes of frames that wait for something to be durable.
    pub(super) fn frame_bytes(&self) -> usize {
        let appending = self.appending.as_ref();
        let appending = appending.map_or(0, |appending| appending.group.frame_bytes);
        appending + self.gathering.frame_bytes
    }

    /// Whether everything is durable.
    pub(super) fn is_empty(&self) -> bool {
        self.appending.is_none() && self.gathering.is_empty()
    }

    /// Whether this update is on its way into the store.
    pub(super) fn is_appending(&self, update: &Bytes) -> bool {
        let appending = self.appending.iter();
        let mut written = appending.flat_map(|appending| appending.group.updates());
        written.any(|written| written.update == *update)
    }

    /// How long the store has been taking.
    pub(super) fn waits(&self) -> Duration {
        let appending = self.appending.as_ref();
        appending.map_or(Duration::ZERO, |appending| appending.since.elapsed())
    }

    /// Takes the updates that are not durable yet, in order, into a document that was made anew. One
    /// that cannot be taken any more is forgotten, unless it is on its way already, and so is what was
    /// to follow: answers who brought the one, or waits for the other.
    pub(super) fn replay(&mut self, mut take: impl FnMut(&Bytes) -> bool) -> BTreeSet<u64> {
        let appending = self.appending.iter();
        for step in appending.flat_map(|appending| &appending.group.steps) {
            if let Step::Write(written) = step {
                take(&written.update);
            }
        }
        let mut unanswered = BTreeSet::new();
        let mut is_forgotten = false;
        self.gathering.steps.retain(|step| match step {
            Step::Write(written) => {
                let is_taken = take(&written.update);
                if !is_taken {
                    is_forgotten = true;
                    unanswered.extend(written.by);
                }
                is_taken
            }
            Step::Then(effect) => {
                if is_forgotten {
                    unanswered.extend(effect.member());
                }
                !is_forgotten
            }
        });
        if self.gathering.is_empty() {
            // Nobody would give back its space.
            self.gathering = Group::default();
        }
        unanswered
    }

    /// Does not confirm to a participant what it does not count any more.
    pub(super) fn forget_confirmations(&mut self, of: u64) {
        let appending = self
            .appending
            .iter_mut()
            .map(|appending| &mut appending.group);
        for group in appending.chain([&mut self.gathering]) {
            group.steps.retain(
                |step| !matches!(step, Step::Then(Effect::Confirm { member, .. }) if *member == of),
            );
        }
    }

    /// Keeps what a participant shows under a client id that is being claimed, until that is durable. Whether
    /// it is kept.
    pub(super) fn show(&mut self, by: u64, entry: Entry<'_>) -> bool {
        let appending = self.appending.iter_mut();
        let appending = appending.map(|appending| &mut appending.group);
        let mut groups = appending.chain([&mut self.gathering]);
        let group = groups.find(|group| group.claims.contains_key(&entry.client));
        if let Some(group) = group {
            group.shown.insert(entry.client, Shown::new(by, entry));
            return true;
        }
        false
    }

    /// The claims that are not durable yet.
    pub(super) fn claims(&self) -> impl Iterator<Item = &Claim> {
        let appending = self.appending.iter().map(|appending| &appending.group);
        let groups = appending.chain([&self.gathering]);
        groups.flat_map(|group| group.claims.values())
    }

    /// After a refused append: what these participants brought is taken out, and the rest is appended
    /// with what has gathered. What was to follow is forgotten, as it was made from a document with
    /// theirs in it: answers who waits for a frame.
    pub(super) fn go_on_without(&mut self, is_out: impl Fn(Option<u64>) -> bool) -> BTreeSet<u64> {
        let refused = self.appending.take().map(|appending| appending.group);
        let mut group = refused.unwrap_or_default();
        let gathered = std::mem::take(&mut self.gathering);
        group.steps.extend(gathered.steps);
        group.claims.extend(gathered.claims);
        group.shown.extend(gathered.shown);
        group.space.extend(gathered.space);
        group.frame_bytes = 0;
        group.claims.retain(|_, claim| !is_out(claim.by));
        group.shown.retain(|_, shown| !is_out(Some(shown.by)));
        let mut unanswered = BTreeSet::new();
        group.steps.retain(|step| match step {
            Step::Write(written) => !is_out(written.by),
            Step::Then(effect) => {
                unanswered.extend(effect.member());
                false
            }
        });
        // Nobody would give back the space of an empty group.
        if !group.is_empty() {
            self.gathering = group;
        }
        unanswered
    }

    /// When what has gathered is to be appended; never, while something is on its way already, or nothing
    /// has.
    pub(super) fn due_at(&self) -> Option<Instant> {
        let may_begin = self.appending.is_none() && !self.gathering.is_empty();
        may_begin.then_some(self.not_before)
    }

    /// Has the next group appended as soon as nothing else is on its way.
    pub(super) fn hurry(&mut self) {
        self.not_before = Instant::now();
    }

    /// Begins to append what has gathered, if it is due.
    pub(super) fn start_if_due(&mut self, store: &Arc<dyn CollabStore>, post: PostId, blog: &Blog) {
        let now = Instant::now();
        let is_due = self.due_at().is_some_and(|due_at| due_at <= now);
        if !is_due {
            return;
        }
        self.not_before = now + BETWEEN_APPENDS;
        let group = std::mem::take(&mut self.gathering);
        let updates = group.updates();
        let updates = updates.map(|written| (written.author.clone(), written.update.clone()));
        let mut append = Append::updates(blog.clock().now(), updates.collect());
        let claims = group.claims.values();
        append.claims = claims
            .map(|claim| (claim.client, claim.owner.clone()))
            .collect();
        let store = Arc::clone(store);
        let answer = Box::pin(async move { store.append(post, append).await });
        self.appending = Some(Appending {
            group,
            since: now,
            answer,
        });
    }

    /// The group that is on its way, and the number of its last entry, once it is durable; never, while
    /// none is. Nothing is lost if the future is dropped. After an error the group is still there.
    pub(super) async fn appended(&mut self) -> Result<(Group, u64)> {
        let end = std::future::poll_fn(|context| self.poll(context)).await?;
        let group = self.appending.take().map(|appending| appending.group);
        Ok((group.unwrap_or_default(), end))
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<u64>> {
        match &mut self.appending {
            Some(appending) => appending.answer.as_mut().poll(context),
            None => Poll::Pending,
        }
    }
}

impl Group {
    pub(super) fn updates(&self) -> impl Iterator<Item = &Written> {
        self.steps.iter().filter_map(|step| match step {
            Step::Write(written) => Some(written),
            Step::Then(_) => None,
        })
    }

    /// Whether there is nothing to append.
    fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.claims.is_empty()
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Journal")
            .field("gathering", &self.gathering)
            .finish_non_exhaustive()
    }
}
