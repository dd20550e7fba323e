use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use blog_collab::{Hub, HubOptions};
use blog_core::domain::{
    Actor, Collaboration, Content, Permission, Policy, Post, PostId, Role, RolePolicy, Visibility,
};
use blog_core::memory::ScriptedModel;
use blog_core::ports::{CollabStore, Snapshot, Start, View};
use blog_core::services::{NewPost, PostEdit};
use blog_core::{Blog, BlogOptions};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::storage::TroubledStorage;
use crate::store::TroubledStore;
use crate::transport::TroubledTransport;
use crate::troubled::{TroubledAdmission, TroubledPresence};

/// What the post says at first.
pub(crate) const BODY: &str = "Once.\n";

/// The post's author.
pub(crate) fn ada() -> Actor {
    Actor::user("ada", "Ada", Role::Author)
}

/// Edits every post.
pub(crate) fn ben() -> Actor {
    Actor::user("ben", "Ben", Role::Editor)
}

/// Edits every post.
pub(crate) fn cyd() -> Actor {
    Actor::user("cyd", "Cyd", Role::Editor)
}

/// A coauthor of the post.
pub(crate) fn dora() -> Actor {
    Actor::user("dora", "Dora", Role::Author)
}

/// Sees every post, and edits none: see [`HostPolicy`].
pub(crate) fn vera() -> Actor {
    Actor::user("vera", "Vera", Role::Reader)
}

/// The roles' policy, except that readers whose id is vera's see drafts, and that ben may be suspended.
#[derive(Debug)]
struct HostPolicy {
    has_suspended_ben: Arc<AtomicBool>,
}

impl Policy for HostPolicy {
    fn allows(&self, actor: &Actor, permission: Permission, post: Option<&Post>) -> bool {
        RolePolicy.allows(actor, permission, post)
    }

    fn visibility(&self, actor: &Actor) -> Visibility {
        match &*actor.id {
            "vera" => Visibility::Everything,
            "ben" if self.has_suspended_ben.load(Ordering::Relaxed) => Visibility::Published,
            _ => RolePolicy.visibility(actor),
        }
    }
}

/// What all nodes share, with one post in it.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) store: TroubledStore,
    pub(crate) storage: TroubledStorage,
    pub(crate) transport: TroubledTransport,
    pub(crate) presence: TroubledPresence,
    pub(crate) admission: TroubledAdmission,
    /// Whether the policy of all nodes lets ben see what is published, and no more.
    pub(crate) has_suspended_ben: Arc<AtomicBool>,
    /// The model of nodes that start from here on.
    pub(crate) model: Option<ScriptedModel>,
    pub(crate) post: PostId,
}

impl World {
    pub(crate) async fn new() -> Self {
        let storage = TroubledStorage::default();
        let content = Content {
            title: "A post".to_owned(),
            body: BODY.to_owned(),
            ..Content::default()
        };
        let new = NewPost {
            content,
            coauthors: vec![dora().id],
            ..NewPost::default()
        };
        let blog = Blog::builder(storage.clone()).build();
        // Only who has written something is known, and can be a coauthor.
        let another = NewPost {
            coauthors: vec![],
            ..new.clone()
        };
        blog.posts().create(&dora(), another).await.unwrap();
        let created = blog.posts().create(&ada(), new).await.unwrap();
        Self {
            store: TroubledStore::default(),
            storage,
            transport: TroubledTransport::default(),
            presence: TroubledPresence::default(),
            admission: TroubledAdmission::default(),
            has_suspended_ben: Arc::default(),
            model: None,
            post: created.post.id,
        }
    }

    /// A node with a hub that runs.
    pub(crate) fn node(&self) -> Node {
        self.node_with(|_| {})
    }

    pub(crate) fn node_with(&self, set: impl FnOnce(&mut HubOptions)) -> Node {
        let mut options = HubOptions::default();
        set(&mut options);
        self.start(options, BlogOptions::default())
    }

    /// A node on which no text may have more bytes.
    pub(crate) fn node_with_limit(&self, body_bytes: usize) -> Node {
        self.node_with_limit_and(body_bytes, |_| {})
    }

    pub(crate) fn node_with_limit_and(
        &self,
        body_bytes: usize,
        set: impl FnOnce(&mut HubOptions),
    ) -> Node {
        let (mut options, mut blog_options) = (HubOptions::default(), BlogOptions::default());
        set(&mut options);
        blog_options.limits.body_bytes = body_bytes;
        self.start(options, blog_options)
    }

    fn start(&self, options: HubOptions, mut blog_options: BlogOptions) -> Node {
        // Of each other's commits nodes get no notice here.
        blog_options.poll_interval = Duration::from_millis(100);
        let blog = Blog::builder(self.storage.clone())
            .policy(HostPolicy {
                has_suspended_ben: Arc::clone(&self.has_suspended_ben),
            })
            .options(blog_options);
        let blog = match &self.model {
            Some(model) => blog.language_model(model.clone()).build(),
            None => blog.build(),
        };
        let hub = Hub::builder(blog.clone(), self.store.clone())
            .transport(self.transport.clone())
            .presence(self.presence.clone())
            .admission(self.admission.clone())
            .options(options)
            .build();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn({
            let hub = hub.clone();
            async move { hub.run(async { stopped.await.unwrap_or(()) }).await }
        });
        Node {
            blog,
            hub,
            post: self.post,
            stop,
            running,
        }
    }

    /// A program that has the storage, and knows nothing of live editing.
    pub(crate) fn outsider(&self) -> Blog {
        Blog::builder(self.storage.clone()).build()
    }

    /// The snapshot of the post's document that it is opened from.
    pub(crate) async fn stored(&self, from: Start) -> Snapshot {
        let stored = self.store.load(self.post, from).await.unwrap().unwrap();
        stored.snapshot.unwrap()
    }

    /// What the storage has as the post's body, whatever is being written live.
    pub(crate) async fn stored_body(&self) -> String {
        let blog = self.outsider();
        let head = blog.collab().head(self.post).await.unwrap();
        head.version.content.body
    }
}

/// A server.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) blog: Blog,
    pub(crate) hub: Hub,
    pub(crate) post: PostId,
    stop: oneshot::Sender<()>,
    running: JoinHandle<blog_core::Result<()>>,
}

impl Node {
    /// Stops the server, and waits until it has.
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.running.await.unwrap().unwrap();
    }

    /// What the blog answers as the post's body.
    pub(crate) async fn body(&self) -> String {
        let head = self.blog.posts().get(&ben(), self.post, View::Head).await;
        head.unwrap().version.content.body.clone()
    }

    /// Whether the post has a room here.
    pub(crate) async fn has_room(&self) -> bool {
        let head = self.blog.collab().head(self.post).await.unwrap();
        self.blog.collab().state(&head.post) == Collaboration::Active
    }

    /// What the live document says as the body.
    pub(crate) async fn content(&self) -> String {
        self.hub.content(&cyd(), self.post).await.unwrap().body
    }

    /// Saves the post over the blog, on top of what it says now.
    pub(crate) async fn save(&self, edit: PostEdit) {
        save(&self.blog, self.post, edit).await;
    }
}

/// Waits until something is so, for a minute at most.
pub(crate) async fn until(is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), waiting);
    assert!(waited.await.is_ok(), "it is not so after a minute");
}

/// Saves a post on top of what it says now.
pub(crate) async fn save(blog: &Blog, post: PostId, edit: PostEdit) {
    let (posts, ben) = (blog.posts(), ben());
    let head = posts.get(&ben, post, View::Head).await.unwrap();
    let saved = posts.save(&ben, post, head.post.revision, edit);
    saved.await.unwrap();
}
