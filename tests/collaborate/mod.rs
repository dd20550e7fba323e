//! What every example that serves the rooms keeps to, whatever it is built on. Whoever includes this
//! file has `Rooms`, and a `serve` that blocks.

#[path = "../../examples/server/tests/yjs/client.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod client;
#[path = "../../examples/server/tests/yjs/program.rs"]
mod program;
#[path = "../../examples/server/tests/yjs/raw.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod raw;
#[path = "../../examples/server/tests/server/waiting.rs"]
mod waiting;

use std::collections::HashMap;
use std::net::TcpListener;
use std::thread::JoinHandle;

use blog_collab::Hub;
use blog_core::Blog;
use blog_core::domain::{Actor, Content, PostId, Role};
use blog_core::memory::{MemoryCollabStore, MemoryStorage};
use blog_core::ports::{CollabStore, View};
use blog_core::services::NewPost;
use blog_storage_sqlite::SqliteStorage;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use self::client::Client;
use self::raw::{BINARY, CLOSE, PING, PONG, RawSocket, TEXT};
use self::waiting::wait_until;
use crate::{Rooms, serve};

const ORIGIN: &str = "https://blog.example";

/// A server, and a post in its blog.
struct Scene {
    runtime: Runtime,
    blog: Blog,
    post: PostId,
    address: String,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Scene {
    fn new() -> Self {
        Self::with_store(MemoryCollabStore::default())
    }

    fn with_store(store: impl CollabStore + 'static) -> Self {
        let runtime = Runtime::new().unwrap();
        let blog = Blog::builder(MemoryStorage::default()).build();
        let user = |name: &str, role| Actor::user(name.to_lowercase(), name, role);
        let ada = user("Ada", Role::Author);
        let content = Content {
            title: "News".to_owned(),
            body: "first\n".to_owned(),
            ..Content::default()
        };
        let new = NewPost {
            content,
            ..NewPost::default()
        };
        let created = runtime.block_on(blog.posts().create(&ada, new)).unwrap();
        let users = [ada, user("Ben", Role::Editor), user("Rita", Role::Reader)];
        let users = users.map(|user| (format!("secret of {}", user.id), user));
        let in_runtime = runtime.enter();
        let rooms = Rooms {
            hub: Hub::builder(blog.clone(), store).build(),
            users: HashMap::from(users),
            origin: ORIGIN.to_owned(),
        };
        drop(in_runtime);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel();
        let serving = std::thread::spawn(move || serve(listener, rooms, stopped));
        Self {
            runtime,
            blog,
            post: created.post.id,
            address,
            stop,
            serving,
        }
    }

    fn client(&self, user: &str) -> Client {
        let token = format!("secret of {user}");
        let mut client = Client::join(&self.address, &self.post.to_string(), &token);
        wait_until("the client has the document", || client.look().synced);
        client
    }

    fn path(&self) -> String {
        format!("/ws/collaborate/{}", self.post)
    }

    /// A connection of Ada's that keeps to no rule.
    fn raw(&self) -> RawSocket {
        let headers = "authorization: Bearer secret of ada\r\n";
        RawSocket::open(&self.address, &self.path(), headers).unwrap()
    }

    /// The status with which a request is refused.
    fn refusal(&self, path: &str, headers: &str) -> Option<u16> {
        RawSocket::open(&self.address, path, headers).err()
    }

    /// Stops the server, and answers what the post says, as it is stored.
    fn stop(self) -> String {
        self.stop.send(()).unwrap();
        self.serving.join().unwrap();
        let collab = self.blog.collab();
        let head = self.runtime.block_on(collab.head(self.post));
        head.unwrap().version.content.body
    }
}

#[test]
fn all_see_what_each_types_and_so_does_the_post() {
    let scene = Scene::new();
    let (mut ada, mut ben) = (scene.client("ada"), scene.client("ben"));
    ada.type_at("start", "Ada 😀\n");
    ben.type_at("end", "Ben");
    for client in [&mut ada, &mut ben] {
        wait_until("both are there", || client.body() == "Ada 😀\nfirst\nBen");
    }
    let (posts, ada) = (scene.blog.posts(), Actor::user("ada", "Ada", Role::Author));
    let head = scene
        .runtime
        .block_on(posts.get(&ada, scene.post, View::Head));
    assert_eq!(head.unwrap().version.content.body, "Ada 😀\nfirst\nBen");
    scene.stop();
}

#[test]
fn who_may_not_come_in_is_told_so_before_the_upgrade() {
    let scene = Scene::new();
    let path = scene.path();
    let refusal = |headers: &str| scene.refusal(&path, headers);
    assert_eq!(refusal(""), Some(401));
    assert_eq!(refusal("authorization: Bearer nonsense\r\n"), Some(401));
    assert_eq!(
        refusal("authorization: Bearer secret of rita\r\n"),
        Some(404)
    );
    assert_eq!(refusal("authorization: Bearer secret of ada\r\n"), None);
    let query = format!("{path}?token=secret%20of%20ada");
    assert_eq!(
        scene.refusal(&query, "origin: https://evil.example\r\n"),
        None
    );
    let headers = "authorization: Bearer secret of ada\r\n";
    for nowhere in ["nonsense", "00000000-0000-7000-8000-000000000000"] {
        let path = format!("/ws/collaborate/{nowhere}");
        assert_eq!(scene.refusal(&path, headers), Some(404), "{nowhere}");
    }
    scene.stop();
}

#[test]
fn a_session_counts_for_the_sites_own_pages() {
    let scene = Scene::new();
    let from = |origin: &str| {
        let headers = format!("cookie: a=b; session=secret of ada\r\norigin: {origin}\r\n");
        scene.refusal(&scene.path(), &headers)
    };
    assert_eq!(from(ORIGIN), None);
    // The site has HTTPS: what comes over plain HTTP is none of its pages.
    assert_eq!(from(&format!("https://{}", scene.address)), None);
    assert_eq!(from(&format!("http://{}", scene.address)), Some(403));
    assert_eq!(from("https://evil.example"), Some(403));
    scene.stop();
}

#[test]
fn a_store_that_is_away_is_told_before_the_upgrade() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let storage = runtime.block_on(SqliteStorage::open(folder.path().join("blog.db")));
    let storage = storage.unwrap();
    let scene = Scene::with_store(storage.collab_store());
    runtime.block_on(storage.close());
    let headers = "authorization: Bearer secret of ada\r\n";
    assert_eq!(scene.refusal(&scene.path(), headers), Some(503));
    scene.stop();
}

#[test]
fn who_breaks_the_rules_is_closed_with_the_reason_and_others_write_on() {
    let scene = Scene::new();
    let mut ben = scene.client("ben");
    for (kind, payload, code) in [
        (TEXT, vec![b'a'], 1007),
        (BINARY, vec![0, 9, 9], 1007),
        (BINARY, vec![0; (1 << 20) + 1], 1009),
    ] {
        let mut broken = scene.raw();
        broken.send(kind, &payload);
        assert_eq!(broken.close_code(), Some(code));
    }
    ben.type_at("end", "second\n");
    wait_until("it is there", || {
        scene.client("ada").body() == "first\nsecond\n"
    });
    assert!(ben.look().closes.is_empty());
    scene.stop();
}

#[test]
fn pings_and_goodbyes_are_answered() {
    let scene = Scene::new();
    let mut socket = scene.raw();
    socket.send(PING, b"are you there?");
    assert_eq!(socket.next_of(PONG).unwrap(), b"are you there?");
    socket.send(CLOSE, &1000_u16.to_be_bytes());
    assert_eq!(socket.close_code(), Some(1000));
    scene.stop();
}

#[test]
fn a_server_that_stops_closes_all_and_keeps_what_they_wrote() {
    let scene = Scene::new();
    let mut ada = scene.client("ada");
    let waiting = scene.raw();
    ada.type_at("end", "second\n");
    wait_until("it is there", || {
        scene.client("ben").body() == "first\nsecond\n"
    });
    assert_eq!(scene.stop(), "first\nsecond\n");
    assert_eq!(waiting.close_code(), Some(1001));
    wait_until("Ada is told", || ada.look().closes.contains(&1001));
}
