mod admission;
mod builder;
mod nodes;
mod profiles;
mod seats;
mod upkeep;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use blog_core::domain::{ASSISTANT, Actor, Content, Post, PostId};
use blog_core::ports::{
    Admission, CollabStore, LiveDocuments, PostView, Presence, Present, Transport,
};
use blog_core::services::Access;
use blog_core::{Blog, Error, ErrorKind, Result};
use futures::FutureExt;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout_at};

pub(crate) use self::admission::Entrant;
pub use self::builder::HubBuilder;
use self::profiles::Profiles;
pub(crate) use self::seats::Seat;
use self::seats::Seats;
use crate::assistant::Runs;
use crate::outbox::Outbox;
use crate::participant::Participant;
use crate::room::{Command, Dialect, Entrance, Newcomer, ProgramEdit, Requests, Room};
use crate::{HubOptions, handover};

/// How long a room stays closed that could not go on: who comes meanwhile is refused before their
/// connection is there, waits longer each time, and the store is not asked for each of them.
const REST: Duration = Duration::from_secs(1);

/// Live editing: the rooms of this node. Cheap to clone; every clone is the same hub.
#[derive(Debug, Clone)]
pub struct Hub(pub(crate) Arc<Shared>);

/// What all rooms have.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) blog: Blog,
    pub(crate) store: Arc<dyn CollabStore>,
    pub(crate) transport: Option<Arc<dyn Transport>>,
    pub(crate) presence: Arc<dyn Presence>,
    admission: Arc<dyn Admission>,
    /// How many more may be asked about again at once.
    asking: Semaphore,
    pub(crate) options: HubOptions,
    /// Tells this run of this node from others, and from earlier ones.
    pub(crate) node: u64,
    /// Where rooms run.
    runtime: Option<Handle>,
    next: AtomicU64,
    rooms: Mutex<HashMap<PostId, Entrance>>,
    seats: Arc<Seats>,
    pub(crate) profiles: Profiles,
    pub(crate) runs: Runs,
    /// No room is opened any more.
    is_closing: AtomicBool,
}

impl Hub {
    /// A hub for the posts of this blog, whose live documents are kept here.
    pub fn builder(blog: Blog, store: impl CollabStore + 'static) -> HubBuilder {
        HubBuilder::new(blog, Arc::new(store), random())
    }

    /// What the host has set.
    #[must_use]
    pub fn options(&self) -> &HubOptions {
        &self.0.options
    }

    /// Joins the room of a post, which is opened if nobody is in it yet.
    ///
    /// # Errors
    /// Unauthenticated; not found for whoever may not see the post's head; forbidden for an actor whose
    /// id is `collab` or `assistant`, which are the rooms' own, or contains U+0000, which no store keeps;
    /// rate limited for whoever has as many connections as they may have; unavailable where there are as many
    /// rooms, or as many in this one, as there may be, where the store has just refused what was written in
    /// it, or once [`run`](Self::run) was told to shut down; what the ports say.
    pub async fn join(&self, actor: &Actor, post: PostId) -> Result<Participant> {
        self.join_speaking(Dialect::YWebsocket, actor, post).await
    }

    /// As [`join`](Self::join), for a client that speaks this protocol.
    pub(crate) async fn join_speaking(
        &self,
        dialect: Dialect,
        actor: &Actor,
        post: PostId,
    ) -> Result<Participant> {
        let Entrant { actor, post, .. } = self.let_in(actor, post).await?;
        let options = &self.0.options;
        let seat = self.0.seats.take(&actor.id, options.connections_of_one)?;
        let outbox = || (dialect, Outbox::of_bytes(options.outbox_bytes));
        let place = self.enter(&actor, None, post, outbox).await?;
        Ok(place.on(seat))
    }

    pub(crate) async fn join_as_program(&self, actor: &Actor, post: PostId) -> Result<Participant> {
        let Entrant { actor, post, .. } = self.let_in(actor, post).await?;
        self.enter(&actor, None, post, program).await
    }

    /// A place in the room, for an actor or for an assistant on somebody's behalf.
    pub(crate) async fn enter(
        &self,
        actor: &Actor,
        on_behalf_of: Option<&Actor>,
        post: Post,
        outbox: impl Fn() -> (Dialect, Outbox),
    ) -> Result<Participant> {
        let is_own = actor.id == handover::CARRIER || actor.id == ASSISTANT;
        if is_own && on_behalf_of.is_none() {
            let message = "this id is the rooms' own";
            return Err(Error::new(ErrorKind::Forbidden, message));
        }
        if actor.id.contains('\0') {
            let message = "an id with U+0000 cannot be stored";
            return Err(Error::new(ErrorKind::Forbidden, message));
        }
        let entered = self.wait_for_place(actor, on_behalf_of, post, outbox);
        self.0.patiently(entered).await
    }

    async fn wait_for_place(
        &self,
        actor: &Actor,
        on_behalf_of: Option<&Actor>,
        post: Post,
        outbox: impl Fn() -> (Dialect, Outbox),
    ) -> Result<Participant> {
        let options = &self.0.options;
        loop {
            let room = self.room(post.id)?;
            let number = self.0.next.fetch_add(1, Ordering::Relaxed);
            let (dialect, outbox) = outbox();
            let outbox = Arc::new(outbox);
            let (joined, answer) = oneshot::channel();
            let newcomer = Newcomer {
                number,
                actor: actor.clone(),
                on_behalf_of: on_behalf_of.map(|it| Box::new(it.clone())),
                post: Box::new(post.clone()),
                dialect,
                outbox: Arc::clone(&outbox),
                joined,
            };
            // A room that is just closing does not answer: the next one is new.
            if room.send(Command::Join(newcomer)).await.is_ok()
                && let Ok(answer) = answer.await
            {
                answer?;
                return Ok(Participant::new(number, room, outbox, options));
            }
        }
    }

    /// What a post's live document says. The room is opened if nobody is in it.
    ///
    /// # Errors
    /// As [`join`](Self::join).
    pub async fn content(&self, actor: &Actor, post: PostId) -> Result<Content> {
        self.join_as_program(actor, post).await?.content().await
    }

    /// Edits a post's live document: `edit` gets what it says and answers what it shall say. Only
    /// what is different is changed, so that others may write at the same time. Durable once it
    /// returns.
    ///
    /// # Errors
    /// Forbidden for whoever may not edit the post; invalid for a body that is too long; too large for
    /// what a client would be closed for; as [`join`](Self::join).
    pub async fn edit(
        &self,
        actor: &Actor,
        post: PostId,
        edit: impl FnOnce(Content) -> Content + Send + 'static,
    ) -> Result<()> {
        let Entrant {
            actor,
            post,
            access,
        } = self.let_in(actor, post).await?;
        if access != Access::Edit {
            return Err(may_not_edit());
        }
        let place = self.enter(&actor, None, post, program).await?;
        // How large the edit is, nobody knows yet.
        let space = place.room.space_for(self.0.options.message_bytes).await;
        let (done, answer) = oneshot::channel();
        let edit = ProgramEdit {
            by: place.number,
            actor,
            edit: Box::new(edit),
            space,
            done,
        };
        let asked = place.room.send(Command::Edit(edit)).await;
        asked.map_err(|_| closing())?;
        answer.await.map_err(|_| closing())?
    }

    /// Makes what a post's live document says its head, if there is one, and answers the head.
    ///
    /// # Errors
    /// Not found for a post that is gone; unavailable after [`HubOptions::store_patience`]; what the
    /// ports say.
    pub async fn fold(&self, post: PostId) -> Result<PostView> {
        self.0.fold(post).await
    }

    /// Who is in a post's room, on whichever node; nobody, if that cannot be found out. A node that has no room
    /// of it knows what [`HubBuilder::presence`] does.
    pub async fn presence(&self, post: PostId) -> Vec<Present> {
        if let Some(who) = self.presence_here(post).await {
            return who;
        }
        let who = self.0.patiently(self.0.presence.who(post)).await;
        who.unwrap_or_else(|error| {
            tracing::warn!(%post, %error, "it cannot be found out who is there");
            vec![]
        })
    }

    /// What this node's room knows; nothing where there is none, it is just closing, or does not
    /// answer.
    async fn presence_here(&self, post: PostId) -> Option<Vec<Present>> {
        let room = self.0.rooms().get(&post).cloned()?;
        let (answer, who) = oneshot::channel();
        let asked = async {
            let asked = room.send(Command::Who(answer)).await;
            asked.map_err(|_| closing())?;
            who.await.map_err(|_| closing())
        };
        self.0.patiently(asked).await.ok()
    }

    /// The way into the room; its task is started if there is none.
    fn room(&self, post: PostId) -> Result<Entrance> {
        let mut rooms = self.0.rooms();
        let count = rooms.len();
        let place = match rooms.entry(post) {
            Entry::Occupied(room) if !room.get().is_closed() => return Ok(room.get().clone()),
            _ if self.0.is_closing.load(Ordering::Relaxed) => {
                return Err(Error::unavailable("the server is stopping", true));
            }
            Entry::Vacant(_) if count >= self.0.options.rooms => {
                return Err(Error::unavailable("too many rooms are open", true));
            }
            place => place,
        };
        let (room, requests) = Entrance::new(self.0.options.unstored_bytes);
        place.insert_entry(room.clone());
        let shared = Arc::clone(&self.0);
        let serving = async move {
            // Dropped after the room, however that ends.
            let _listed = Listed {
                shared: Arc::clone(&shared),
                post,
            };
            let refused = match Room::open(shared, post, requests).await {
                Ok(room) => room.run().await.err(),
                Err(refused) => Some(refused),
            };
            if let Some((error, requests)) = refused {
                refuse(error, requests).await;
            }
        };
        self.0.spawn(serving);
        Ok(room)
    }
}

/// A room's place in the list of rooms.
struct Listed {
    shared: Arc<Shared>,
    post: PostId,
}

impl Drop for Listed {
    fn drop(&mut self) {
        let mut rooms = self.shared.rooms();
        // Another may have been opened meanwhile.
        if rooms.get(&self.post).is_some_and(Entrance::is_closed) {
            rooms.remove(&self.post);
        }
    }
}

#[async_trait]
impl LiveDocuments for Shared {
    async fn settle(&self, post: PostId) -> Result<bool> {
        match self.patiently(self.store.log(post)).await? {
            Some(log) if log.end > log.folded => self.fold(post).await.map(|_| true),
            _ => Ok(false),
        }
    }

    fn is_open(&self, post: PostId) -> bool {
        self.rooms().contains_key(&post)
    }
}

impl Shared {
    /// Does this in a task where rooms run.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        match &self.runtime {
            Some(runtime) => drop(runtime.spawn(work)),
            None => drop(tokio::spawn(work)),
        }
    }

    pub(crate) async fn fold(&self, post: PostId) -> Result<PostView> {
        self.patiently(self.fold_at_last(post)).await
    }

    async fn fold_at_last(&self, post: PostId) -> Result<PostView> {
        let room = self.rooms().get(&post).cloned();
        if let Some(room) = room {
            let (answer, folded) = oneshot::channel();
            if room.send(Command::Fold(answer)).await.is_ok()
                && let Ok(folded) = folded.await
            {
                return folded;
            }
        }
        let folded = handover::fold(self, post).await?;
        Ok(folded.head)
    }

    /// What this comes to, or that it takes longer than a store may. A panic over one document is an error:
    /// who looks after all of them goes on.
    pub(crate) async fn patiently<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let work = AssertUnwindSafe(work).catch_unwind();
        let done = tokio::time::timeout(self.options.store_patience, work).await;
        let done =
            done.map_err(|_| Error::unavailable("the live document does not answer", true))?;
        done.unwrap_or_else(|_| Err(Error::internal("a live document cannot be read")))
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<PostId, Entrance>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A client id for a room's own edits, which no other room and no other node has.
    pub(crate) fn new_client(&self) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let hash = blake3::hash(format!("{} {number}", self.node).as_bytes());
        let mut client = [0; 8];
        client[..6].copy_from_slice(&hash.as_bytes()[..6]);
        u64::from_le_bytes(client)
    }

    /// Takes a room off the list, unless somebody has asked for something meanwhile.
    pub(crate) fn forget(&self, post: PostId, requests: &mut Requests) -> bool {
        let mut rooms = self.rooms();
        if !requests.commands.is_empty() {
            return false;
        }
        requests.commands.close();
        rooms.remove(&post);
        true
    }
}

/// Answers all who come to a room that cannot be opened, or cannot go on. Where the reason may pass, it
/// is [`REST`] until the next one is opened.
async fn refuse(error: Error, requests: Requests) {
    let mut commands = requests.commands;
    let error = Arc::new(error);
    let may_pass = matches!(
        error.kind(),
        ErrorKind::Unavailable { .. } | ErrorKind::Internal
    );
    if may_pass {
        let rested = Instant::now() + REST;
        while let Ok(Some(command)) = timeout_at(rested, commands.recv()).await {
            refuse_one(&error, command);
        }
    }
    commands.close();
    while let Some(command) = commands.recv().await {
        refuse_one(&error, command);
    }
}

fn refuse_one(error: &Arc<Error>, command: Command) {
    // Who no longer waits needs no answer.
    let shared = Error::shared(Arc::clone(error));
    match command {
        Command::Join(newcomer) => drop(newcomer.joined.send(Err(shared))),
        Command::Edit(edit) => drop(edit.done.send(Err(shared))),
        // Who wants a fold and gets no answer folds without a room.
        _ => {}
    }
}

/// What a program listens with.
fn program() -> (Dialect, Outbox) {
    (Dialect::YWebsocket, Outbox::of_newest())
}

/// What a program hears that may only look on.
pub(crate) fn may_not_edit() -> Error {
    Error::new(ErrorKind::Forbidden, "you may not edit this post")
}

/// What whoever waits for a room hears that has gone meanwhile.
pub(crate) fn closing() -> Error {
    Error::unavailable("the room is closing", true)
}

/// 53 bits, so that it may be a client id.
fn random() -> u64 {
    RandomState::new().hash_one(()) >> 11
}
