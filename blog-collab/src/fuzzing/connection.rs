#![expect(clippy::unwrap_used, reason = "what fuzzing finds is a panic")]

use std::time::Duration;

use blog_core::Blog;
use blog_core::domain::{Actor, Content, PostId, Role};
use blog_core::memory::MemoryCollabStore;
use blog_core::services::NewPost;
use bytes::Bytes;
use tokio::time::{sleep, timeout};
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{Doc, GetString, ReadTxn, Transact, Update};

use crate::wire::message::{Message, messages};
use crate::{Close, Hub, Outgoing, Participant};

/// Time stands still while anybody has something to do: after this, all of it is done.
pub(super) const MOMENT: Duration = Duration::from_millis(1);

/// Whatever two participants bring, a third who is in the room with them has what the document says, and
/// so has whoever comes afterwards, also once it is loaded anew; and nobody else is closed.
///
/// The bytes are frames, one behind the other: a byte that says whose it is, two with its length, the first
/// of them the lower, and the frame. What is too short for its length is a frame as well.
pub fn connection(bytes: &[u8]) {
    without_waiting(run(frames(bytes)));
}

/// Runs it to its end, on a clock that moves on once nobody has anything to do.
pub(super) fn without_waiting(run: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build();
    runtime.unwrap().block_on(run);
}

pub(super) fn frames(mut bytes: &[u8]) -> Vec<(usize, Bytes)> {
    let mut frames = vec![];
    while let [who, low, high, rest @ ..] = bytes {
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let (frame, after) = rest.split_at(length.min(rest.len()));
        frames.push((usize::from(who % 2), Bytes::copy_from_slice(frame)));
        bytes = after;
    }
    frames
}

async fn run(frames: Vec<(usize, Bytes)>) {
    let mut room = Room::open().await;
    let [ada, ben] = ["ada", "ben"].map(editor);
    let mut places = [None, None];
    for (who, frame) in frames {
        let place = match places[who].take() {
            Some(place) => place,
            None => room.hub.join([&ada, &ben][who], room.post).await.unwrap(),
        };
        place.receive(frame).await;
        sleep(MOMENT).await;
        // Who was closed comes again with the next frame.
        places[who] = hear(&place, |_| {}).await.is_none().then_some(place);
        room.witness.listen().await;
    }
    room.expect_the_same_for_all().await;
}

pub(super) fn editor(id: &str) -> Actor {
    Actor::user(id, id, Role::Editor)
}

/// A room, and somebody who is in it and only listens.
pub(super) struct Room {
    blog: Blog,
    store: MemoryCollabStore,
    pub(super) hub: Hub,
    pub(super) post: PostId,
    pub(super) witness: Witness,
}

impl Room {
    pub(super) async fn open() -> Self {
        let blog = Blog::in_memory();
        let content = Content {
            title: "A post".to_owned(),
            body: "Once.\n".to_owned(),
            ..Content::default()
        };
        let new = NewPost {
            content,
            ..NewPost::default()
        };
        let created = blog.posts().create(&editor("ada"), new).await;
        let post = created.unwrap().post.id;
        let store = MemoryCollabStore::default();
        let hub = Hub::builder(blog.clone(), store.clone());
        let hub = hub.incarnation(1).build();
        let witness = Witness::join(&hub, post).await;
        Self {
            blog,
            store,
            hub,
            post,
            witness,
        }
    }

    /// Fails unless the witness has what the document says, and so has whoever comes now, also once it is
    /// loaded anew.
    pub(super) async fn expect_the_same_for_all(mut self) {
        let (post, ada) = (self.post, editor("ada"));
        let said = self.hub.content(&ada, post).await.unwrap();
        self.witness.listen().await;
        let text = self.witness.text();
        assert_eq!(Witness::join(&self.hub, post).await.text(), text);
        self.hub.fold(post).await.unwrap();
        let second = Hub::builder(self.blog, self.store);
        let second = second.incarnation(2).build();
        assert_eq!(second.content(&ada, post).await.unwrap(), said);
        assert_eq!(Witness::join(&second, post).await.text(), text);
        // An empty one may stand beside a body in another format.
        if !text.is_empty() {
            assert_eq!(said.body, text);
        }
    }
}

/// Somebody who only listens.
pub(super) struct Witness {
    place: Participant,
    doc: Doc,
}

impl Witness {
    async fn join(hub: &Hub, post: PostId) -> Self {
        let place = hub.join(&editor("cyd"), post).await.unwrap();
        let doc = Doc::with_client_id(1);
        let known = doc.transact().state_vector().encode_v1();
        let ask = Message::SyncStep1(&known).to_frame();
        place.receive(ask.into()).await;
        sleep(MOMENT).await;
        let mut witness = Self { place, doc };
        witness.listen().await;
        witness
    }

    /// Takes whatever has come.
    async fn listen(&mut self) {
        let doc = &self.doc;
        let closed = hear(&self.place, |message| match message {
            Message::SyncStep2(update) | Message::Update(update) => {
                let update = Update::decode_v1(update).unwrap();
                doc.transact_mut().apply_update(update).unwrap();
            }
            _ => {}
        });
        assert_eq!(closed.await, None);
        assert!(!self.doc.transact().has_missing_updates());
    }

    fn text(&self) -> String {
        let body = self.doc.get_or_insert_text("body");
        body.get_string(&self.doc.transact())
    }
}

/// Takes whatever has come, until the close if that has come as well.
async fn hear(place: &Participant, mut take: impl FnMut(Message<'_>)) -> Option<Close> {
    while let Ok(outgoing) = timeout(Duration::ZERO, place.next()).await {
        match outgoing {
            Outgoing::Frame(frame) => messages(&frame).map(Result::unwrap).for_each(&mut take),
            Outgoing::Ping => {}
            Outgoing::Close(close) => return Some(close),
        }
    }
    None
}
