//! A room: one task that holds one document on one node, whoever is in it.

mod actors;
mod admission;
mod awareness;
mod command;
mod entrance;
mod journal;
mod log;
mod members;
mod nodes;
mod oversized;
mod presence;
mod size;
mod states;
mod stored;
mod unloading;
mod updates;
mod versions;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use blog_core::domain::{AuthorId, Content, Post, PostId};
use blog_core::ports::{Delivery, PostView, Subscription};
use blog_core::{Error, Result};
use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, timeout};

use self::actors::Actors;
use self::admission::Admissions;
use self::awareness::Awareness;
pub(crate) use self::command::{Command, Dialect, Newcomer, ProgramEdit};
pub(crate) use self::entrance::{Entrance, Requests};
use self::journal::{Effect, Journal};
use self::members::Members;
use self::nodes::NodeMessage;
use self::presence::ToldPresence;
use self::size::Size;
use self::states::Standing;
use self::versions::BroughtIn;
use crate::Close;
use crate::document::Document;
use crate::handover::{self, Folded, Opened};
use crate::hub::Shared;
use crate::wire::message::{EMPTY_AWARENESS_FRAME, Message};

/// How often a room looks after itself.
const TICK: Duration = Duration::from_secs(1);

type Job<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// The state of a room's task.
pub(crate) struct Room {
    shared: Arc<Shared>,
    post: PostId,
    requests: Requests,
    members: Members,
    awareness: Awareness,
    presence: ToldPresence,
    document: Document,
    /// The state vector of a document that is not here now.
    unloaded: Option<Vec<u8>>,
    /// When the document was last needed.
    needed_at: Instant,
    size: Size,
    /// Who has made the document too large.
    oversized: Actors,
    /// Who has stored what damages it.
    damagers: Actors,
    /// What the post said when it was last looked at: what `meta` is compared with.
    known: Content,
    /// The newest of the post that was seen: who may do what.
    seen: Post,
    claims: HashMap<u64, AuthorId>,
    journal: Journal,
    /// Every entry up to this one is in the document.
    position: u64,
    /// The last entry that is said to be in the log.
    end: u64,
    /// Something was said to be in it since entries were last asked for.
    is_told_more: bool,
    /// Entries beyond it that are in the document as well: this room's own.
    own: BTreeSet<u64>,
    standing: Standing,
    others: Option<Subscription>,
    subscribing: Option<Job<Subscription>>,
    /// What other nodes are to be told; while one message is on its way, the next ones wait.
    to_tell: VecDeque<Bytes>,
    telling: Option<Job<()>>,
    /// When changes of awareness are told.
    spread_at: Option<Instant>,
    /// When the entries that are missing are read from the store.
    read_at: Option<Instant>,
    reading: Option<Job<log::Missing>>,
    /// What is there now may not be in what is being read: it is read again.
    read_again: bool,
    folding: Option<Job<Folded>>,
    admissions: Admissions,
    bringing_in: Option<Job<BroughtIn>>,
    /// As `read_again`.
    bring_in_again: bool,
    /// Who asked for the fold that is under way, and who for the next: it may have begun before they
    /// wrote what they want to see in it.
    fold_asked: Vec<oneshot::Sender<Result<PostView>>>,
    next_fold_asked: Vec<oneshot::Sender<Result<PostView>>>,
    /// Up to which entry a fold has been asked for.
    folded: u64,
    /// Bytes of what was written since the last fold began.
    unfolded_bytes: usize,
    /// An entry of the log has damaged the document.
    is_damaged: bool,
    /// The post has been deleted.
    is_gone: bool,
    /// The server stops.
    is_stopping: bool,
    /// The room cannot go on.
    has_failed: bool,
    folded_at: Instant,
    written_at: Instant,
    heard_at: Instant,
}

impl std::fmt::Debug for Room {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut room = formatter.debug_struct("Room");
        room.field("post", &self.post)
            .field("position", &self.position);
        room.finish_non_exhaustive()
    }
}

/// Whether a room goes on.
#[derive(Debug)]
enum Next {
    GoOn,
    Close,
}

impl Room {
    /// Loads the document, and brings the post's head into it. Listens to other nodes from before.
    pub(crate) async fn open(
        shared: Arc<Shared>,
        post: PostId,
        requests: Requests,
    ) -> Result<Self, (Error, Requests)> {
        match shared.patiently(Self::load(&shared, post)).await {
            Ok((others, head, opened)) => {
                let now = Instant::now();
                let position = opened.position();
                let size = Size::of(&opened, shared.options.document_bytes);
                let Opened {
                    stored, document, ..
                } = opened;
                Ok(Self {
                    members: Members::default(),
                    awareness: Awareness::default(),
                    presence: ToldPresence::default(),
                    document,
                    unloaded: None,
                    needed_at: now,
                    size,
                    oversized: Actors::default(),
                    damagers: Actors::default(),
                    known: head.version.content,
                    seen: head.post,
                    claims: stored.claims.into_iter().collect(),
                    journal: Journal::new(),
                    position,
                    end: position,
                    is_told_more: false,
                    own: BTreeSet::new(),
                    standing: Standing::default(),
                    others,
                    subscribing: None,
                    to_tell: VecDeque::new(),
                    telling: None,
                    spread_at: None,
                    read_at: None,
                    reading: None,
                    read_again: false,
                    folding: None,
                    admissions: Admissions::default(),
                    bringing_in: None,
                    bring_in_again: false,
                    fold_asked: vec![],
                    next_fold_asked: vec![],
                    folded: stored.log.folded,
                    unfolded_bytes: 0,
                    is_damaged: false,
                    is_gone: false,
                    is_stopping: false,
                    has_failed: false,
                    folded_at: now,
                    written_at: now,
                    heard_at: now,
                    shared,
                    post,
                    requests,
                })
            }
            Err(error) => Err((error, requests)),
        }
    }

    async fn load(
        shared: &Shared,
        post: PostId,
    ) -> Result<(Option<Subscription>, PostView, Opened)> {
        let others = match &shared.transport {
            Some(transport) => transport.subscribe(&nodes::topic(post)).await.ok(),
            None => None,
        };
        let contained = handover::bring_in(shared, post).await?;
        let opened = handover::open(shared, post, shared.new_client()).await?;
        Ok((others, contained.head, opened))
    }

    /// Serves until nobody is left and everything is written. If it cannot go on, it says why, and
    /// who still asks for it.
    pub(crate) async fn run(mut self) -> Result<(), (Error, Requests)> {
        let mut tick = tokio::time::interval_at(Instant::now() + TICK, TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.tell_nodes(NodeMessage::Query);
        self.tell_state();
        loop {
            let append_at = self.journal.due_at();
            // In this order: commands come without end, the others do not.
            let next = tokio::select! {
                biased;
                appended = self.journal.appended() => match appended {
                    Ok((group, end)) => self.on_appended(group, end),
                    Err(error) => self.on_refused(&error).await,
                },
                // Wakes the room; the append is begun below.
                () = due(append_at) => Next::GoOn,
                // Before the tick, at which the room may end.
                () = self.requests.changed.notified() => { self.bring_in(); Next::GoOn }
                _ = tick.tick() => self.on_tick(),
                () = due(self.read_at) => { self.read(); Next::GoOn }
                () = due(self.spread_at) => { self.spread_awareness(); Next::GoOn }
                entries = job(&mut self.reading) => self.on_entries(entries).await,
                brought_in = job(&mut self.bringing_in) => self.on_brought_in(brought_in),
                folded = job(&mut self.folding) => self.on_folded(folded).await,
                told = job(&mut self.telling) => self.on_told(told),
                told = self.presence.told() => self.on_presence_told(told),
                answer = self.admissions.answer() => self.on_admission(answer),
                others = job(&mut self.subscribing) => self.on_subscribed(others),
                delivery = next_delivery(&mut self.others) => self.on_delivery(delivery),
                command = self.requests.commands.recv() => match command {
                    Some(command) => self.on_command(command).await,
                    None => Next::Close,
                },
            };
            self.mend().await;
            self.agree().await;
            self.journal
                .start_if_due(&self.shared.store, self.post, &self.shared.blog);
            self.spread_awareness_soon();
            if self.has_failed {
                let message = "what was written could not be stored";
                return Err((Error::unavailable(message, true), self.requests));
            }
            if matches!(next, Next::Close) {
                return Ok(());
            }
        }
    }

    async fn on_command(&mut self, command: Command) -> Next {
        if command.needs_document() {
            self.load_again().await;
            if self.has_failed {
                // Who waits for an answer sees that there is none.
                return Next::GoOn;
            }
        }
        match command {
            Command::Join(newcomer) => self.on_join(newcomer),
            Command::Frame(member, frame, space) => {
                self.on_frame(member, &frame).await;
                self.journal.hold(space);
            }
            Command::Leave(member) => self.on_leave(member),
            Command::Edit(edit) => self.on_edit(edit).await,
            Command::Read(answer) => match self.content().await {
                Ok(content) => self.do_when_durable(Effect::Read(answer, Box::new(content))),
                // Who waits for an answer sees that there is none.
                Err(error) => {
                    tracing::error!(post = %self.post, %error, "a live document says nothing");
                }
            },
            // Nobody may wait for the answer any more.
            Command::Who(answer) => drop(answer.send(self.awareness.who())),
            Command::Fold(answer) => {
                self.next_fold_asked.push(answer);
                self.fold_if_due();
            }
            Command::Recheck(done) => self.recheck_all(done),
            Command::Revoke(actor, done) => {
                self.revoke(&actor);
                let _ = done.send(());
            }
            Command::Stop => {
                self.is_stopping = true;
                self.members.close_all(Close::GoingAway);
            }
        }
        Next::GoOn
    }

    fn on_join(&mut self, newcomer: Newcomer) {
        let Newcomer {
            number,
            actor,
            on_behalf_of,
            post,
            dialect,
            outbox,
            joined,
        } = newcomer;
        // With a revision that is known nothing has changed for the others: the policy is asked about all of
        // them for a newer one, and with every look.
        if post.revision > self.seen.revision {
            self.see(*post);
        }
        let rights_of = on_behalf_of.as_deref().unwrap_or(&actor);
        let Some(access) = self.access_of(rights_of) else {
            let _ = joined.send(Err(Error::not_found("post")));
            return;
        };
        if self.members.count() >= self.shared.options.participants {
            let _ = joined.send(Err(Error::unavailable("the room is full", true)));
            return;
        }
        if self.is_stopping {
            outbox.close(Close::GoingAway);
        }
        let who = (actor, on_behalf_of);
        self.members.add(number, who, access, (dialect, outbox));
        // Others are asked when they have asked.
        if dialect == Dialect::YWebsocket {
            self.ask(number);
        }
        if let Some(everybody) = self.awareness.everybody() {
            self.members
                .send(number, frame(Message::Awareness(&everybody)));
        }
        // Who no longer waits leaves by dropping the place.
        let _ = joined.send(Ok(()));
    }

    fn on_leave(&mut self, member: u64) {
        self.members.remove(member);
        self.awareness.leave(member);
        self.fold_if_due();
    }

    fn on_tick(&mut self) -> Next {
        if self.journal.waits() >= self.shared.options.store_patience {
            return self.fail(&log::too_slow());
        }
        for left in self.members.left() {
            self.on_leave(left);
        }
        self.awareness.expire();
        self.ask_who_has_room();
        self.subscribe();
        if self.heard_at.elapsed() >= self.shared.options.look_every {
            self.heard_at = Instant::now();
            self.read();
            self.bring_in();
            self.ask_admission();
            self.tell_new_state();
        }
        self.tell_presence();
        self.keep_alive();
        self.fold_if_due();
        self.unload_if_unused();
        if self.is_done() && self.shared.forget(self.post, &mut self.requests) {
            Next::Close
        } else {
            Next::GoOn
        }
    }

    fn keep_alive(&mut self) {
        let nothing = Bytes::from_static(EMPTY_AWARENESS_FRAME);
        self.members.keep_alive(&nothing);
    }

    /// What the store answers, or that it does not. Nobody takes the room for dead meanwhile.
    async fn patiently<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut work = pin!(timeout(self.shared.options.store_patience, work));
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done.unwrap_or_else(|_| Err(log::too_slow())),
                _ = tick.tick() => self.keep_alive(),
            }
        }
    }

    /// Nobody is here, and everything is where it belongs. Who was told that the post has changed looks at it
    /// first: it may be gone, and its document with it.
    fn is_done(&self) -> bool {
        if self.is_gone {
            return self.members.is_empty();
        }
        self.members.is_empty()
            && self.journal.is_empty()
            && self.presence.is_told()
            && self.bringing_in.is_none()
            && self.folding.is_none()
            && self.next_fold_asked.is_empty()
            && self.position <= self.folded
    }
}

async fn next_delivery(others: &mut Option<Subscription>) -> Delivery {
    match others {
        Some(subscription) => match subscription.next().await {
            Some(delivery) => delivery,
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

/// The outcome of a job, once it is done; never, while there is none.
async fn job<T>(job: &mut Option<Job<T>>) -> Result<T> {
    match job {
        Some(running) => {
            let outcome = running.await;
            *job = None;
            outcome
        }
        None => std::future::pending().await,
    }
}

/// At this time; never, if there is none.
pub(crate) async fn due(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn frame(message: Message<'_>) -> Bytes {
    message.to_frame().into()
}
