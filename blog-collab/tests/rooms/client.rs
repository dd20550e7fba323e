use std::time::Duration;

use blog_collab::{Close, Outgoing, Participant};
use blog_core::ErrorKind;
use blog_core::domain::Actor;
use yrs::ClientID;
use yrs::sync::awareness::AwarenessUpdateEntry;
use yrs::sync::{AwarenessUpdate, Message, SyncMessage};
use yrs::updates::encoder::Encode;

use crate::world::Node;
use crate::yjs::{Yjs, messages};

/// Time stands still while anybody has something to do: who hears nothing for so long will hear
/// nothing.
const SILENCE: Duration = Duration::from_millis(500);

/// Somebody's editor, in a room.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) yjs: Yjs,
    pub(crate) place: Participant,
}

impl Client {
    /// Joins with an empty document and this client id, and gets what is there.
    pub(crate) async fn join(node: &Node, actor: &Actor, client: u64) -> Self {
        let mut client = Self::bring(node, actor, Yjs::new(client)).await;
        client.ask().await;
        client.listen().await;
        client
    }

    /// Joins with this document, and says nothing. Comes again where a room has just failed.
    pub(crate) async fn bring(node: &Node, actor: &Actor, yjs: Yjs) -> Self {
        let refused = match node.hub.join(actor, node.post).await {
            Ok(place) => return Self { yjs, place },
            Err(refused) => refused,
        };
        assert_eq!(*refused.kind(), ErrorKind::Unavailable { retry: true });
        tokio::time::sleep(Duration::from_secs(2)).await;
        let place = node.hub.join(actor, node.post).await.unwrap();
        Self { yjs, place }
    }

    pub(crate) async fn send(&self, message: Message) {
        self.place.receive(message.encode_v1().into()).await;
    }

    pub(crate) async fn send_update(&self, update: &[u8]) {
        self.send(Message::Sync(SyncMessage::Update(update.to_vec())))
            .await;
    }

    /// Asks for what it lacks.
    pub(crate) async fn ask(&self) {
        let known = SyncMessage::SyncStep1(self.yjs.known());
        self.send(Message::Sync(known)).await;
    }

    /// Types at the beginning, and answers the update.
    pub(crate) async fn write(&self, text: &str) -> Vec<u8> {
        let update = self.yjs.insert(0, text);
        self.send_update(&update).await;
        update
    }

    /// Shows where it is, under its own client id.
    pub(crate) async fn show(&self, clock: u32, state: &str) {
        let client = self.yjs.doc.client_id().get();
        self.send(presence([(client, clock, state)])).await;
    }

    /// Takes whatever comes until nothing comes any more, and answers as clients do.
    pub(crate) async fn listen(&mut self) -> Heard {
        self.listen_for(SILENCE).await
    }

    /// Listens until nothing came for so long.
    pub(crate) async fn listen_for(&mut self, silence: Duration) -> Heard {
        let mut heard = Heard::default();
        while let Ok(outgoing) = tokio::time::timeout(silence, self.place.next()).await {
            match outgoing {
                Outgoing::Frame(frame) => {
                    for message in messages(&frame) {
                        self.take(&message).await;
                        heard.messages.push(message);
                    }
                }
                Outgoing::Ping => {}
                Outgoing::Close(close) => {
                    heard.close = Some(close);
                    break;
                }
            }
        }
        heard
    }

    async fn take(&self, message: &Message) {
        match message {
            Message::Sync(SyncMessage::SyncStep1(known)) => {
                let lacking = SyncMessage::SyncStep2(self.yjs.lacking(known));
                self.send(Message::Sync(lacking)).await;
            }
            Message::Sync(SyncMessage::SyncStep2(update) | SyncMessage::Update(update)) => {
                self.yjs.apply(update);
            }
            _ => {}
        }
    }
}

/// What came over a connection.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) messages: Vec<Message>,
    pub(crate) close: Option<Close>,
}

impl Heard {
    pub(crate) fn updates(&self) -> Vec<&[u8]> {
        let updates = self.messages.iter().filter_map(|message| match message {
            Message::Sync(SyncMessage::Update(update)) => Some(&**update),
            _ => None,
        });
        updates.collect()
    }

    /// How many requests were answered.
    pub(crate) fn answers(&self) -> usize {
        let is_answer =
            |message: &&Message| matches!(message, Message::Sync(SyncMessage::SyncStep2(_)));
        self.messages.iter().filter(is_answer).count()
    }

    /// Whether it was asked for what is missing.
    pub(crate) fn is_asked(&self) -> bool {
        let is_request =
            |message: &Message| matches!(message, Message::Sync(SyncMessage::SyncStep1(_)));
        self.messages.iter().any(is_request)
    }

    pub(crate) fn is_refused(&self) -> bool {
        let is_refusal = |message: &Message| matches!(message, Message::Auth(Some(_)));
        self.messages.iter().any(is_refusal)
    }

    /// Clocks and states of a client, in the order in which they came.
    pub(crate) fn shown_by(&self, client: u64) -> Vec<(u32, &str)> {
        let shown = self.messages.iter().filter_map(|message| match message {
            Message::Awareness(states) => {
                let entry = states.clients.get(&ClientID::new(client))?;
                Some((entry.clock, &*entry.json))
            }
            _ => None,
        });
        shown.collect()
    }
}

/// An awareness message of these clients, clocks and states.
pub(crate) fn presence<'a>(states: impl IntoIterator<Item = (u64, u32, &'a str)>) -> Message {
    let clients = states.into_iter().map(|(client, clock, state)| {
        let json = state.into();
        (ClientID::new(client), AwarenessUpdateEntry { clock, json })
    });
    Message::Awareness(AwarenessUpdate {
        clients: clients.collect(),
    })
}
