use std::time::Duration;

use blog_collab::{Admitted, Close, Outgoing, serve_documents};
use blog_core::domain::{Actor, PostId};
use blog_core::{Error, ErrorKind};
use bytes::Bytes;
use futures::StreamExt;
use futures::channel::mpsc;
use tokio::time::timeout;
use yrs::encoding::read::Read;
use yrs::encoding::write::Write;
use yrs::sync::{Message, SyncMessage};
use yrs::updates::decoder::DecoderV1;
use yrs::updates::encoder::Encode;

use crate::world::{Node, ada, ben, vera};
use crate::yjs::{Yjs, messages};

/// Who hears nothing for so long will hear nothing.
const SILENCE: Duration = Duration::from_millis(500);

/// A token that ends after a minute, as all do that are taken here.
pub(crate) const LIFE: Duration = Duration::from_secs(60);

/// One connection of a client of Hocuspocus.
pub(crate) struct Connection {
    to_server: mpsc::UnboundedSender<Result<Bytes, Close>>,
    from_server: mpsc::UnboundedReceiver<Outgoing>,
}

/// What comes over it.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    LetIn(String, &'static str),
    Denied(String, String),
    Status(String, bool),
    Said(String, Message),
    DocumentClosed(String, String),
    Ping,
    Closed(Close),
}

impl Connection {
    pub(crate) fn new(node: &Node) -> Self {
        let (to_server, incoming) = mpsc::unbounded();
        let (outgoing, from_server) = mpsc::unbounded();
        let (hub, post) = (node.hub.clone(), node.post);
        tokio::spawn(async move {
            let admit = |name, token| admit(post, name, token);
            serve_documents(&hub, admit, incoming, outgoing).await;
        });
        Self {
            to_server,
            from_server,
        }
    }

    fn send(&self, address: &str, message: &[u8]) {
        let mut frame = vec![];
        frame.write_string(address);
        frame.extend_from_slice(message);
        // A connection that is closed takes nothing.
        let _ = self.to_server.unbounded_send(Ok(frame.into()));
    }

    /// Asks to be let into a document.
    pub(crate) fn show_token(&self, address: &str, token: &str) {
        let mut message = vec![2, 0];
        message.write_string(token);
        self.send(address, &message);
    }

    pub(crate) fn say(&self, address: &str, message: SyncMessage) {
        self.send(address, &Message::Sync(message).encode_v1());
    }

    pub(crate) fn update(&self, address: &str, update: Vec<u8>) {
        self.say(address, SyncMessage::Update(update));
    }

    pub(crate) fn leave(&self, address: &str) {
        self.send(address, &[7]);
    }

    /// Answers a ping.
    pub(crate) fn pong(&self) {
        // A connection that is closed takes nothing.
        let _ = self.to_server.unbounded_send(Ok(vec![10].into()));
    }

    /// Whether somebody serves it still.
    pub(crate) fn is_open(&self) -> bool {
        !self.to_server.is_closed()
    }

    /// Says goodbye.
    pub(crate) fn close(&self) {
        self.to_server.close_channel();
    }

    /// As a client that opens a document which it has this much of.
    pub(crate) async fn open(&mut self, address: &str, token: &str, yjs: &Yjs) -> Vec<Heard> {
        self.show_token(address, token);
        self.say(address, SyncMessage::SyncStep1(yjs.known()));
        self.sync(address, yjs).await
    }

    /// Listens, and answers and takes what is said of the document as a client does.
    pub(crate) async fn sync(&mut self, address: &str, yjs: &Yjs) -> Vec<Heard> {
        let mut heard = vec![];
        while let Some(next) = self.next_within(SILENCE).await {
            match &next {
                Heard::Said(name, Message::Sync(message)) if name == address => match message {
                    SyncMessage::SyncStep1(known) => {
                        let lacking = yjs.lacking(known);
                        self.say(address, SyncMessage::SyncStep2(lacking));
                    }
                    SyncMessage::SyncStep2(update) | SyncMessage::Update(update) => {
                        yjs.apply(update);
                    }
                },
                _ => {}
            }
            heard.push(next);
        }
        heard
    }

    /// Listens, and answers nothing.
    pub(crate) async fn listen(&mut self) -> Vec<Heard> {
        let mut heard = vec![];
        while let Some(next) = self.next_within(SILENCE).await {
            heard.push(next);
        }
        heard
    }

    /// The next that comes within so long.
    pub(crate) async fn next_within(&mut self, patience: Duration) -> Option<Heard> {
        loop {
            let next = timeout(patience, self.from_server.next()).await;
            match next.ok()?? {
                Outgoing::Frame(frame) => return Some(read(&frame)),
                Outgoing::Close(close) => return Some(Heard::Closed(close)),
                Outgoing::Ping => {}
            }
        }
    }
}

/// Tokens are names, and what may go wrong.
async fn admit(post: PostId, name: String, token: String) -> blog_core::Result<Admitted> {
    let actor: Actor = match &*token {
        "ada" => ada(),
        "ben" => ben(),
        "vera" => vera(),
        "slow" | "slow and refused" => {
            tokio::time::sleep(Duration::from_secs(5)).await;
            if token != "slow" {
                return Err(no_token());
            }
            ada()
        }
        "later" => return Err(Error::unavailable("nobody knows", true)),
        "often" => {
            let retry_after = Duration::from_secs(1);
            return Err(Error::new(
                ErrorKind::RateLimited { retry_after },
                "too often",
            ));
        }
        _ => return Err(no_token()),
    };
    let post = match &*name {
        "post" => post,
        "left" => post,
        other => other.parse().map_err(|_| Error::not_found("post"))?,
    };
    Ok(Admitted {
        actor,
        post,
        expires_after: Some(LIFE),
    })
}

fn no_token() -> Error {
    Error::new(ErrorKind::Unauthenticated, "no token")
}

fn read(frame: &[u8]) -> Heard {
    if frame == [9] {
        return Heard::Ping;
    }
    let mut decoder = DecoderV1::from(frame);
    let address = decoder.read_string().unwrap().to_owned();
    let message = &frame[address.len() + 1..];
    let text = |from: usize| String::from_utf8(message[from..].to_vec()).unwrap();
    match message {
        b"\x02\x02\x0aread-write" => Heard::LetIn(address, "read-write"),
        b"\x02\x02\x08readonly" => Heard::LetIn(address, "readonly"),
        [2, 1, ..] => Heard::Denied(address, text(3)),
        [7, ..] => Heard::DocumentClosed(address, text(2)),
        [8, is_stored] => Heard::Status(address, *is_stored == 1),
        message => Heard::Said(address, messages(message).remove(0)),
    }
}
