//! People who write together, over WebSockets, as any Yjs client does.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use blog_axum::{JwtAuthenticator, RouterOptions};
use blog_collab::Hub;
use blog_core::Blog;
use blog_core::domain::PostId;
use blog_storage_sqlite::SqliteStorage;
use bytes::Bytes;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use yrs::{Doc, Text, TextRef, Transact};

use super::http::{KEY, blocking, serve, token};
use super::{blog_in, new_post, runtime, samples, writer};
use crate::Plan;
use crate::limits::sqlite::{GroupWriter, LogEntry, log_writer};
use crate::load::{in_milliseconds, percentile};
use crate::report::Row;

const ROOMS: usize = 50;
const PEOPLE: usize = 4;
/// One of them in each room writes so often.
const PAUSE: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(10);
/// What each of them writes first is not counted, on either side: rooms are still being opened, and client
/// ids claimed.
const WARM_UP: u32 = 5;

/// From the sending of a keystroke until each of the others has received it, by when it is durable.
/// The limit is a bare commit of each keystroke, together with those that wait meanwhile, and nobody
/// who hears of it.
pub(super) fn run(plan: &Plan) -> Result<Vec<Row>> {
    let server = runtime()?;
    let (blog, storage, posts) = server.block_on(blog(plan))?;
    let token = token(&blog)?;
    let hub = Hub::builder(blog.clone(), storage.collab_store()).build();
    let options = RouterOptions::default()
        .with_authenticator(JwtAuthenticator::hs256(KEY))
        .with_hub(hub.clone());
    let address = server.block_on(serve(blog_axum::router(blog, options)))?;
    let bare = log_writer(&plan.dir.path().join("live-limit.db"))?;
    let [mut ours, mut limit] = [const { [vec![], vec![]] }; 2];
    for _ in 0..plan.rounds {
        let waits = blocking(together(plan, address, &token, &posts))?;
        let bare_waits = blocking(alone(plan, &bare))?;
        for (place, share) in [0.5, 0.99].into_iter().enumerate() {
            ours[place].push(percentile(waits.clone(), share));
            limit[place].push(percentile(bare_waits.clone(), share));
        }
    }
    server.block_on(async {
        hub.run(async {}).await?;
        storage.close().await;
        anyhow::Ok(())
    })?;
    let ([ours_median, ours_tail], [limit_median, limit_tail]) = (ours, limit);
    Ok(vec![
        Row::time("live", "p50", ours_median, limit_median),
        Row::time("live", "p99", ours_tail, limit_tail),
    ])
}

async fn blog(plan: &Plan) -> Result<(Blog, SqliteStorage, Vec<PostId>)> {
    let (blog, storage) = blog_in(&plan.dir.path().join("live-ours.db")).await?;
    let mut posts = vec![];
    for post in samples(ROOMS) {
        let view = blog.posts().create(&writer(), new_post(post)).await?;
        posts.push(view.post.id);
    }
    Ok((blog, storage, posts))
}

/// What waits were seen in all rooms, in milliseconds.
async fn together(
    plan: &Plan,
    address: SocketAddr,
    token: &str,
    posts: &[PostId],
) -> Result<Vec<f64>> {
    let mut rooms = vec![];
    for post in posts {
        let mut people = vec![];
        for _ in 0..PEOPLE {
            people.push(enter(address, token, *post).await?);
        }
        rooms.push(people);
    }
    let (rooms, length) = (rooms.into_iter(), writing_time(plan));
    let rooms: Vec<_> = rooms
        .enumerate()
        .map(|(number, people)| tokio::spawn(room(people, begin(number), length)))
        .collect();
    let mut waits = vec![];
    for room in rooms {
        waits.extend(room.await??);
    }
    Ok(waits)
}

/// The rooms do not all write at the same moment.
fn begin(number: usize) -> tokio::time::Instant {
    let late = PAUSE * u32::try_from(number).unwrap_or_default() / ROOMS as u32;
    tokio::time::Instant::now() + late
}

type Socket = WebSocketStream<TcpStream>;

async fn enter(address: SocketAddr, token: &str, post: PostId) -> Result<Socket> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let url = format!("ws://{address}/ws/collaborate/{post}?token={token}");
    Ok(tokio_tungstenite::client_async(url, stream).await?.0)
}

async fn room(
    people: Vec<Socket>,
    begin: tokio::time::Instant,
    length: Duration,
) -> Result<Vec<f64>> {
    let sent = Arc::new(Sent::default());
    let mut people: Vec<_> = people.into_iter().map(StreamExt::split).collect();
    let (sink, stream) = people.pop().context("an empty room")?;
    let writer = tokio::spawn(write(sink, Arc::clone(&sent), begin, length));
    // It does not read its own screen, only its socket, so that the server can go on.
    let echoes = tokio::spawn(stream.for_each(async |_| {}));
    let readers: Vec<_> = people
        .into_iter()
        .map(|(sink, stream)| tokio::spawn(read(sink, stream, Arc::clone(&sent))))
        .collect();
    let mut sink = writer.await??;
    let mut waits = vec![];
    for reader in readers {
        let seen = tokio::time::timeout(PATIENCE, reader);
        waits.extend(seen.await.context("a keystroke did not arrive")???);
    }
    sink.close().await?;
    echoes.await?;
    Ok(waits)
}

/// When each frame was sent, and how many there will be.
#[derive(Debug, Default)]
struct Sent {
    at: Mutex<HashMap<Bytes, Instant>>,
    number: tokio::sync::SetOnce<usize>,
}

impl Sent {
    fn at(&self) -> MutexGuard<'_, HashMap<Bytes, Instant>> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write(
    mut sink: SplitSink<Socket, Message>,
    sent: Arc<Sent>,
    begin: tokio::time::Instant,
    length: Duration,
) -> Result<SplitSink<Socket, Message>> {
    let mut keyboard = Keyboard::default();
    let mut beat = tokio::time::interval_at(begin, PAUSE);
    let mut number = 0;
    while beat.tick().await < begin + length {
        let frame = keyboard.press();
        sent.at().insert(frame.clone(), Instant::now());
        sink.send(Message::Binary(frame)).await?;
        number += 1;
    }
    sent.number.set(number)?;
    Ok(sink)
}

async fn read(
    mut sink: SplitSink<Socket, Message>,
    mut stream: SplitStream<Socket>,
    sent: Arc<Sent>,
) -> Result<Vec<f64>> {
    let mut waits = vec![];
    while sent.number.get().is_none_or(|number| waits.len() < *number) {
        let message = tokio::select! {
            message = stream.next() => message,
            _ = sent.number.wait(), if !sent.number.initialized() => continue,
        };
        let message = message.context("the room was closed")??;
        ensure!(!message.is_close(), "the room was closed: {message}");
        // Whatever else is said, none of it is one of these frames.
        if let Some(at) = sent.at().get(&message.into_data()) {
            waits.push(in_milliseconds(at.elapsed()));
        }
    }
    sink.close().await?;
    Ok(counted(waits))
}

/// How long somebody writes.
fn writing_time(plan: &Plan) -> Duration {
    PAUSE * WARM_UP + plan.turn
}

/// What is counted of somebody's waits.
fn counted(waits: Vec<f64>) -> Vec<f64> {
    waits.into_iter().skip(WARM_UP as usize).collect()
}

/// Somebody who writes at the end of what they have written.
struct Keyboard {
    document: Doc,
    body: TextRef,
}

impl Default for Keyboard {
    fn default() -> Self {
        let document = Doc::new();
        let body = document.get_or_insert_text("body");
        Self { document, body }
    }
}

impl Keyboard {
    /// The frame of y-websocket's `update` that nine more characters make.
    fn press(&mut self) -> Bytes {
        let mut transaction = self.document.transact_mut();
        self.body.push(&mut transaction, "keystroke");
        let update = transaction.encode_update_v1();
        // An update of so few bytes has its length in one.
        let mut frame = vec![0, 2, update.len() as u8];
        frame.extend(update);
        frame.into()
    }
}

/// As many writers, and a bare log for each.
async fn alone(plan: &Plan, log: &GroupWriter<LogEntry>) -> Result<Vec<f64>> {
    let length = writing_time(plan);
    let writers: Vec<_> = (0..ROOMS)
        .map(|number| {
            let (log, begin) = (log.clone(), begin(number));
            tokio::spawn(async move {
                let mut keyboard = Keyboard::default();
                let mut beat = tokio::time::interval_at(begin, PAUSE);
                let mut waits = vec![];
                while beat.tick().await < begin + length {
                    let entry = LogEntry {
                        log: number,
                        bytes: keyboard.press(),
                    };
                    let pressed = Instant::now();
                    log.write(entry).await?;
                    waits.push(in_milliseconds(pressed.elapsed()));
                }
                anyhow::Ok(counted(waits))
            })
        })
        .collect();
    let mut waits = vec![];
    for writer in writers {
        waits.extend(writer.await??);
    }
    Ok(waits)
}
