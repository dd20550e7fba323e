use std::time::Duration;

use blog_collab::{Close, Outgoing, Participant};
use bytes::Bytes;
use futures::StreamExt;
use futures::channel::mpsc;
use tokio::time::timeout;
use yrs::StateVector;
use yrs::sync::{Message, SyncMessage};
use yrs::updates::encoder::Encode;

use crate::client::Client;
use crate::world::{World, ada, ben};

/// Longer than a client may be silent.
const LONG: Duration = Duration::from_secs(200);

/// The client's side of a connection.
struct Connection {
    to_server: mpsc::UnboundedSender<Result<Bytes, Close>>,
    from_server: mpsc::Receiver<Outgoing>,
}

impl Connection {
    fn new(place: Participant) -> Self {
        let (to_server, incoming) = mpsc::unbounded();
        // What the client has not taken is not sent.
        let (outgoing, from_server) = mpsc::channel(0);
        tokio::spawn(place.serve(incoming, outgoing));
        Self {
            to_server,
            from_server,
        }
    }

    /// What comes until the server ends the connection, or for so long; pings are answered or not.
    async fn listen(&mut self, answers: bool, patience: Duration) -> Vec<Outgoing> {
        let mut heard = vec![];
        let listening = async {
            while let Some(outgoing) = self.from_server.next().await {
                if answers && outgoing == Outgoing::Ping {
                    self.to_server.unbounded_send(Ok(Bytes::new())).unwrap();
                }
                heard.push(outgoing);
            }
        };
        // What was heard counts, however it ended.
        let _ = timeout(patience, listening).await;
        heard
    }

    fn is_open(&self) -> bool {
        !self.to_server.is_closed()
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_vanished_without_a_word_is_noticed_and_one_that_is_only_quiet_stays() {
    let world = World::new().await;
    let node = world.node();
    let mut dead = Connection::new(node.hub.join(&ada(), world.post).await.unwrap());
    let mut quiet = Connection::new(node.hub.join(&ben(), world.post).await.unwrap());
    let (heard, _) = tokio::join!(dead.listen(false, LONG), quiet.listen(true, LONG));
    assert!(heard.contains(&Outgoing::Ping));
    assert!(!dead.is_open());
    assert!(quiet.is_open());
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_closed_when_what_let_it_in_expires() {
    let world = World::new().await;
    let node = world.node();
    let place = node.hub.join(&ada(), world.post).await.unwrap();
    let mut connection = Connection::new(place.expiring(LONG));
    connection.listen(true, LONG - Duration::from_secs(1)).await;
    assert!(connection.is_open());
    let heard = connection.listen(true, Duration::from_secs(10)).await;
    assert!(heard.contains(&Outgoing::Close(Close::Expired)));
    assert_eq!(Close::Expired.code(), 4401);
    assert!(!connection.is_open());
}

#[tokio::test(start_paused = true)]
async fn a_large_frame_may_take_longer_than_a_small_one() {
    let world = World::new().await;
    let node = world.node();
    let writer = Client::join(&node, &ada(), 1).await;
    writer.write(&"x".repeat(900 << 10)).await;
    let mut slow = Connection::new(node.hub.join(&ben(), world.post).await.unwrap());
    slow.from_server.next().await;
    let everything = Message::Sync(SyncMessage::SyncStep1(StateVector::default()));
    let everything = everything.encode_v1().into();
    slow.to_server.unbounded_send(Ok(everything)).unwrap();

    tokio::time::sleep(Duration::from_secs(20)).await;
    let Some(Outgoing::Frame(large)) = slow.from_server.next().await else {
        panic!("not a frame")
    };
    assert!(large.len() > 900 << 10);
    assert!(slow.is_open());
    // A small one follows, or a ping.
    tokio::time::sleep(Duration::from_secs(40)).await;
    assert!(!slow.is_open());
}

#[tokio::test(start_paused = true)]
async fn who_gets_something_all_the_time_is_asked_for_a_sign_of_life_too() {
    let world = World::new().await;
    let node = world.node();
    let writer = Client::join(&node, &ada(), 1).await;
    let mut reader = Connection::new(node.hub.join(&ben(), world.post).await.unwrap());
    let writing = async {
        for _ in 0..100 {
            writer.write("x").await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let ((), heard) = tokio::join!(writing, reader.listen(false, Duration::from_secs(100)));
    let pings = heard.iter().filter(|it| **it == Outgoing::Ping);
    assert_eq!((pings.count(), heard.len() > 100), (3, true));
}
