use std::collections::HashMap;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use blog_core::domain::{Actor, AuthorId, Content, EventKind, PostId, Seq};
use blog_core::ports::{CollabStore, LiveDocuments, PostView, Transport};
use blog_core::services::Access;
use blog_core::{Blog, Error, Result};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use crate::handover;
use crate::outbox::Outbox;
use crate::participant::Participant;
use crate::room::{self, Command, Newcomer, ProgramEdit, Room};

/// Commands that wait for a room.
const COMMANDS: usize = 256;
/// How long rooms may take to close once the server stops.
const CLOSING: Duration = Duration::from_secs(10);
/// Documents that are looked at together.
const PAGE: usize = 100;

/// Live editing: the rooms of this node. Cheap to clone; every clone is the same hub.
#[derive(Debug, Clone)]
pub struct Hub(Arc<Shared>);

/// What all rooms have.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) blog: Blog,
    pub(crate) store: Arc<dyn CollabStore>,
    pub(crate) transport: Option<Arc<dyn Transport>>,
    pub(crate) options: HubOptions,
    /// Tells this node's messages from others'.
    pub(crate) node: u64,
    /// Where rooms run.
    runtime: Option<Handle>,
    next: AtomicU64,
    rooms: Mutex<HashMap<PostId, mpsc::Sender<Command>>>,
}

/// What a host may set.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HubOptions {
    /// Bytes of one message.
    pub message_bytes: usize,
    /// How long a document's texts may be together, in UTF-16 units as Yjs counts.
    pub document_units: u32,
    /// How many arrays, maps, texts and XML nodes a document may be given.
    pub document_types: usize,
    /// How many client ids one actor may have in a document, over all its life.
    pub clients_of_one: usize,
    /// Bytes that may wait for a connection that does not read.
    pub outbox_bytes: usize,
    /// How long nobody writes until what was written becomes a version.
    pub idle: Duration,
    /// How often it becomes one while somebody writes.
    pub fold_every: Duration,
    /// How often a room looks for what no message told it.
    pub look_every: Duration,
    /// How long a document's log may become until a fold leaves a snapshot in its place.
    pub compact_from: usize,
}

impl Default for HubOptions {
    fn default() -> Self {
        Self {
            message_bytes: 1 << 20,
            document_units: 1 << 20,
            document_types: 4_096,
            clients_of_one: 10_000,
            outbox_bytes: 4 << 20,
            idle: Duration::from_secs(10),
            fold_every: Duration::from_secs(180),
            look_every: Duration::from_secs(30),
            compact_from: 500,
        }
    }
}

/// Somebody in a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Present {
    /// The actor's id.
    pub id: AuthorId,
    /// What others see.
    pub name: String,
}

/// Puts a [`Hub`] together.
#[derive(Debug, Clone)]
pub struct HubBuilder {
    blog: Blog,
    store: Arc<dyn CollabStore>,
    transport: Option<Arc<dyn Transport>>,
    options: HubOptions,
    node: u64,
}

impl HubBuilder {
    /// Names this node among those that share rooms; a random number otherwise.
    #[must_use]
    pub const fn node(mut self, node: u64) -> Self {
        self.node = node;
        self
    }

    /// Shares rooms with other nodes through this.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Sets the options.
    #[must_use]
    pub fn options(mut self, options: HubOptions) -> Self {
        self.options = options;
        self
    }

    /// The hub. Its rooms are tasks of the runtime that this is called in; outside of any, of the
    /// runtime of whoever opens them, and they end with it.
    #[must_use]
    pub fn build(self) -> Hub {
        let shared = Arc::new(Shared {
            blog: self.blog,
            store: self.store,
            transport: self.transport,
            options: self.options,
            node: self.node,
            runtime: Handle::try_current().ok(),
            next: AtomicU64::new(0),
            rooms: Mutex::default(),
        });
        let live: Arc<dyn LiveDocuments> = Arc::clone(&shared) as _;
        shared.blog.collab().attach(&live);
        Hub(shared)
    }
}

impl Hub {
    /// A hub for the posts of this blog, whose live documents are kept here.
    pub fn builder(blog: Blog, store: impl CollabStore + 'static) -> HubBuilder {
        HubBuilder {
            blog,
            store: Arc::new(store),
            transport: None,
            options: HubOptions::default(),
            node: random(),
        }
    }

    /// What the host has set.
    #[must_use]
    pub fn options(&self) -> &HubOptions {
        &self.0.options
    }

    /// Joins the room of a post, which is opened if nobody is in it yet.
    ///
    /// # Errors
    /// Unauthenticated; not found for whoever may not see the post's head; what the ports say.
    pub async fn join(&self, actor: &Actor, post: PostId) -> Result<Participant> {
        let access = self.0.blog.collab().access(actor, post).await?;
        let limit = self.0.options.outbox_bytes;
        self.enter(actor, access, post, || Outbox::of_bytes(limit))
            .await
    }

    pub(crate) async fn join_as_program(&self, actor: &Actor, post: PostId) -> Result<Participant> {
        let access = self.0.blog.collab().access(actor, post).await?;
        self.enter(actor, access, post, Outbox::of_newest).await
    }

    async fn enter(
        &self,
        actor: &Actor,
        access: Access,
        post: PostId,
        outbox: impl Fn() -> Outbox,
    ) -> Result<Participant> {
        loop {
            let room = self.room(post);
            let number = self.0.next.fetch_add(1, Ordering::Relaxed);
            let outbox = Arc::new(outbox());
            let (joined, answer) = oneshot::channel();
            let newcomer = Newcomer {
                number,
                actor: actor.clone(),
                access,
                outbox: Arc::clone(&outbox),
                joined,
            };
            // A room that is just closing does not answer: the next one is new.
            if room.send(Command::Join(newcomer)).await.is_ok()
                && let Ok(answer) = answer.await
            {
                answer?;
                return Ok(Participant {
                    number,
                    room,
                    outbox,
                });
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
    /// Forbidden for whoever may not edit the post; as [`join`](Self::join).
    pub async fn edit(
        &self,
        actor: &Actor,
        post: PostId,
        edit: impl FnOnce(Content) -> Content + Send + 'static,
    ) -> Result<()> {
        let access = self.0.blog.collab().access(actor, post).await?;
        if access != Access::Edit {
            let kind = blog_core::ErrorKind::Forbidden;
            return Err(Error::new(kind, "you may not edit this post"));
        }
        let place = self.enter(actor, access, post, Outbox::of_newest).await?;
        let (done, answer) = oneshot::channel();
        let edit = ProgramEdit {
            actor: actor.clone(),
            edit: Box::new(edit),
            done,
        };
        let asked = place.room.send(Command::Edit(edit)).await;
        asked.map_err(|_| closing())?;
        answer.await.map_err(|_| closing())?
    }

    /// Makes what a post's live document says its head, if there is one, and answers the head.
    ///
    /// # Errors
    /// Not found for a post that is gone; what the ports say.
    pub async fn fold(&self, post: PostId) -> Result<PostView> {
        self.0.fold(post).await
    }

    /// Who is in a post's room, on whichever node. Where this one has no room, the others are asked,
    /// which takes 200 ms; nobody is there if they cannot be.
    pub async fn presence(&self, post: PostId) -> Vec<Present> {
        let room = self.0.rooms().get(&post).cloned();
        let Some(room) = room else {
            let Some(transport) = &self.0.transport else {
                return vec![];
            };
            let who = room::who(&**transport, post, self.0.node).await;
            return who.unwrap_or_else(|error| {
                tracing::warn!(%post, %error, "other nodes cannot be asked who is there");
                vec![]
            });
        };
        let (answer, who) = oneshot::channel();
        if room.send(Command::Who(answer)).await.is_err() {
            return vec![];
        }
        who.await.unwrap_or_default()
    }

    /// Folds what a crash has left, and brings into open rooms what is written to their posts, until
    /// `shutdown` is ready. Then rooms are closed, and what was written is folded.
    ///
    /// # Errors
    /// None today: what fails is tried again.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) -> Result<()> {
        let work = async {
            tokio::join!(self.follow(), self.sweep());
        };
        tokio::select! {
            () = work => {}
            () = shutdown => {}
        }
        self.close().await;
        Ok(())
    }

    /// Tells rooms that their post has changed, and removes the documents of posts that are gone.
    async fn follow(&self) {
        let mut news = self.0.blog.news();
        let mut seen = self.0.blog.storage().last_event().await.unwrap_or(Seq(0));
        loop {
            match self.0.blog.storage().events(seen, PAGE).await {
                Ok(events) => {
                    for event in &events {
                        seen = event.seq;
                        let room = self.0.rooms().get(&event.post).cloned();
                        if let Some(room) = room {
                            // A room that is too busy looks by itself, a little later.
                            let _ = room.try_send(Command::PostChanged);
                        } else if event.kind == EventKind::PostDeleted
                            && let Err(error) = self.0.store.remove(event.post).await
                        {
                            tracing::warn!(post = %event.post, %error, "a document is not removed");
                        }
                    }
                    if events.len() < PAGE {
                        news.wait().await;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the event log cannot be read; it is tried again");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// Folds documents whose log goes further than their post, such as those of a node that died.
    async fn sweep(&self) {
        loop {
            let mut after = None;
            while let Ok(page) = self.0.store.unfolded(after, PAGE).await {
                for post in &page {
                    if self.0.rooms().contains_key(post) {
                        continue;
                    }
                    if let Err(error) = handover::fold(&self.0, *post).await {
                        tracing::warn!(%post, %error, "a document is folded later");
                    }
                }
                match page.last() {
                    Some(last) if page.len() == PAGE => after = Some(*last),
                    _ => break,
                }
            }
            tokio::time::sleep(self.0.options.look_every).await;
        }
    }

    async fn close(&self) {
        let rooms: Vec<_> = self.0.rooms().values().cloned().collect();
        for room in &rooms {
            // Whoever is closing already needs no word.
            let _ = room.send(Command::Stop).await;
        }
        let closed = async {
            for room in rooms {
                room.closed().await;
            }
        };
        if tokio::time::timeout(CLOSING, closed).await.is_err() {
            tracing::warn!("some rooms are not folded: that is done after the next start");
        }
    }

    /// The room's commands; its task is started if there is none.
    fn room(&self, post: PostId) -> mpsc::Sender<Command> {
        let mut rooms = self.0.rooms();
        if let Some(room) = rooms.get(&post)
            && !room.is_closed()
        {
            return room.clone();
        }
        let (send, commands) = mpsc::channel(COMMANDS);
        rooms.insert(post, send.clone());
        let shared = Arc::clone(&self.0);
        let serving = async move {
            match Room::open(Arc::clone(&shared), post, commands).await {
                Ok(room) => room.run().await,
                Err((error, commands)) => shared.refuse(post, error, commands).await,
            }
        };
        match &self.0.runtime {
            Some(runtime) => drop(runtime.spawn(serving)),
            None => drop(tokio::spawn(serving)),
        }
        send
    }
}

#[async_trait]
impl LiveDocuments for Shared {
    async fn settle(&self, post: PostId) -> Result<bool> {
        match self.store.log(post).await? {
            Some(log) if log.end > log.folded => self.fold(post).await.map(|_| true),
            _ => Ok(false),
        }
    }
}

impl Shared {
    async fn fold(&self, post: PostId) -> Result<PostView> {
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

    fn rooms(&self) -> MutexGuard<'_, HashMap<PostId, mpsc::Sender<Command>>> {
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
    pub(crate) fn forget(&self, post: PostId, commands: &mut mpsc::Receiver<Command>) -> bool {
        let mut rooms = self.rooms();
        if !commands.is_empty() {
            return false;
        }
        commands.close();
        rooms.remove(&post);
        true
    }

    /// Answers all who wait for a room that cannot be opened.
    async fn refuse(&self, post: PostId, error: Error, mut commands: mpsc::Receiver<Command>) {
        self.rooms().remove(&post);
        commands.close();
        let error = Arc::new(error);
        while let Some(command) = commands.recv().await {
            // Who no longer waits needs no answer.
            let shared = Error::shared(Arc::clone(&error));
            match command {
                Command::Join(newcomer) => drop(newcomer.joined.send(Err(shared))),
                Command::Fold(answer) => drop(answer.send(Err(shared))),
                Command::Edit(edit) => drop(edit.done.send(Err(shared))),
                _ => {}
            }
        }
    }
}

fn closing() -> Error {
    Error::unavailable("the room is closing", true)
}

/// 53 bits, so that it may be a client id.
fn random() -> u64 {
    RandomState::new().hash_one(()) >> 11
}
