//! Live editing over a plain tokio-tungstenite server: any Yjs client connects to
//! `/ws/collaborate/{post}`.

mod http;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use blog_collab::{Close, Handshake, Hub, Outgoing, Participant};
use blog_core::domain::Actor;
use blog_core::{Error, ErrorKind};
use bytes::Bytes;
use cookie::Cookie;
use futures::future::ready;
use futures::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{Request, create_response};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};

/// Connections at a time; the next ones wait to be accepted.
const CONNECTIONS: usize = 10_000;
/// How long connections may take to end once the server stops.
const DRAIN: Duration = Duration::from_secs(10);

/// Who may come into which rooms.
#[derive(Debug)]
pub struct Rooms {
    /// The rooms.
    pub hub: Hub,
    /// Who has which secret, as a token or in the cookie `session`.
    pub users: HashMap<String, Actor>,
    /// Scheme and authority of the pages whose scripts may use that cookie.
    pub origin: String,
}

/// Serves until `shutdown` is ready. Then all are closed, and what they wrote is in their posts.
///
/// # Errors
/// As [`Hub::run`].
pub async fn serve(
    listener: TcpListener,
    rooms: Rooms,
    shutdown: impl Future<Output = ()>,
) -> blog_core::Result<()> {
    let rooms = Arc::new(rooms);
    let (stop, stopped) = oneshot::channel::<()>();
    let accepting = accept(listener, Arc::clone(&rooms), stopped);
    // Nobody comes any more before the rooms close.
    let running = rooms.hub.run(async move {
        shutdown.await;
        drop(stop);
    });
    tokio::join!(accepting, running).1
}

async fn accept(listener: TcpListener, rooms: Arc<Rooms>, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < CONNECTIONS => match accepted {
                Ok((stream, _)) => drop(connections.spawn(connect(stream, Arc::clone(&rooms)))),
                Err(error) => {
                    tracing::warn!(%error, "a connection is not accepted");
                    sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    // Those that are left go with the set.
    let _ = timeout(DRAIN, ended).await;
}

async fn connect(mut stream: TcpStream, rooms: Arc<Rooms>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (request, rest) = http::read_request(&mut stream).await?;
    let upgrade = match create_response(&request) {
        Ok(upgrade) => upgrade,
        Err(error) => return http::refuse_request(&mut stream, &error.to_string()).await,
    };
    let place = match admit(&rooms, &request).await {
        Ok(place) => place,
        Err(error) => return http::refuse(&mut stream, &error).await,
    };
    http::answer(&mut stream, &upgrade).await?;
    let limit = Some(rooms.hub.options().message_bytes);
    // Each connection keeps as many bytes to read into, and makes them zero before each read.
    let limits = WebSocketConfig::default().read_buffer_size(4 << 10);
    let limits = limits.max_message_size(limit).max_frame_size(limit);
    let (role, limits) = (Role::Server, Some(limits));
    let socket = WebSocketStream::from_partially_read(stream, rest, role, limits).await;
    pump(socket, place).await;
    Ok(())
}

/// Everything is checked before the upgrade: a client that is let in and then closed comes again at
/// once, and one that gets an error waits.
async fn admit(rooms: &Rooms, request: &Request) -> blog_core::Result<Participant> {
    let header = |name: &str| request.headers().get(name)?.to_str().ok();
    let origin = request.headers().get("origin");
    let handshake = Handshake {
        query: request.uri().query(),
        authorization: header("authorization"),
        origin: origin.map(|origin| origin.as_bytes()),
        host: header("host"),
    };
    handshake.check_origin(&rooms.origin)?;
    let session = || {
        let cookies = Cookie::split_parse(header("cookie")?);
        let session = cookies.flatten().find(|cookie| cookie.name() == "session");
        session.map(|cookie| cookie.value().to_owned().into())
    };
    let secret = handshake.token().or_else(session);
    let actor = secret.and_then(|secret| rooms.users.get(&*secret));
    let actor = actor.ok_or_else(|| Error::new(ErrorKind::Unauthenticated, "sign in first"))?;
    let post = request.uri().path().strip_prefix("/ws/collaborate/");
    let post = post.and_then(|post| post.parse().ok());
    let post = post.ok_or_else(|| Error::not_found("post"))?;
    rooms.hub.join(actor, post).await
}

async fn pump(socket: WebSocketStream<TcpStream>, place: Participant) {
    let (sink, stream) = socket.split();
    let outgoing = sink.with(|outgoing| ready(Ok::<_, tungstenite::Error>(message(outgoing))));
    let incoming = stream.filter_map(|message| ready(payload(message)));
    place.serve(incoming, outgoing).await;
}

fn message(outgoing: Outgoing) -> Message {
    match outgoing {
        Outgoing::Frame(frame) => Message::Binary(frame),
        Outgoing::Ping => Message::Ping(Bytes::new()),
        Outgoing::Close(close) => Message::Close(Some(CloseFrame {
            code: close.code().into(),
            reason: close.reason().into(),
        })),
    }
}

/// What a message brings the room. Tungstenite answers pings and closes by itself.
fn payload(message: tungstenite::Result<Message>) -> Option<Result<Bytes, Close>> {
    match message {
        Ok(Message::Binary(frame)) => Some(Ok(frame)),
        Ok(Message::Text(_)) => Some(Err(Close::Malformed)),
        Ok(Message::Ping(_) | Message::Pong(_)) => Some(Ok(Bytes::new())),
        Ok(_) => None,
        Err(tungstenite::Error::Capacity(_)) => Some(Err(Close::TooLarge)),
        Err(_) => Some(Err(Close::Malformed)),
    }
}
