//! WebSockets (RFC 6455): who asks for one, and what is read and written over it.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderValue;
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, HeaderName, ORIGIN};
use axum::http::request::Parts;
use blog_collab::{Close, Handshake, Hub, Outgoing};
use blog_core::Error;
use blog_core::domain::Actor;
use bytes::Bytes;
use futures::future::ready;
use futures::{Sink, SinkExt, Stream, StreamExt};

use crate::auth::{PAGE_OF, actor};
use crate::problem::Problem;
use crate::router::AppState;

/// Bytes that each connection keeps to read into. It is made zero before each read.
const READ_AT_ONCE: usize = 2 << 10;

/// What a request says of who sends it.
pub(crate) fn handshake(request: &Parts) -> Handshake<'_> {
    let header = |name: HeaderName| request.headers.get(name)?.to_str().ok();
    Handshake {
        query: request.uri.query(),
        authorization: header(AUTHORIZATION),
        origin: request.headers.get(ORIGIN).map(HeaderValue::as_bytes),
        host: header(HOST),
    }
}

/// Forgets what browsers send by themselves, where a page of another site has them ask. A token of the
/// address, and whom it says that the page is of, count as said in the headers.
pub(crate) fn settle_credentials(parts: &mut Parts, own: &str) {
    let handshake = handshake(parts);
    let is_foreign = handshake.is_foreign(own);
    let token = handshake.token().as_deref().and_then(bearer_header);
    if is_foreign {
        parts.headers.remove(COOKIE);
        parts.headers.remove(AUTHORIZATION);
    }
    if let Some(token) = token {
        parts.headers.entry(AUTHORIZATION).or_insert(token);
    }
    if let Some(id) = page_of(parts) {
        parts.headers.entry(PAGE_OF).or_insert(id);
    }
}

/// The `actor` of an address, percent-encoded as it is.
fn page_of(parts: &Parts) -> Option<HeaderValue> {
    let mut pairs = parts.uri.query()?.split('&');
    let id = pairs.find_map(|pair| pair.strip_prefix("actor="))?;
    HeaderValue::try_from(id).ok()
}

/// A token as the header has it; none, if no header can.
pub(crate) fn bearer_header(token: &str) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("Bearer {token}")).ok()
}

/// Who has sent a request, and for how long what says so holds.
pub(crate) async fn who(
    state: &AppState,
    parts: &Parts,
) -> blog_core::Result<(Actor, Option<Duration>)> {
    let actor = actor(parts, state).await?;
    let expires = state.options.authenticator.expires(parts).await?;
    let left = expires.map(|expires| expires - state.blog.clock().now());
    Ok((actor, left.map(|left| left.to_std().unwrap_or_default())))
}

/// The rooms, where there are any.
pub(crate) fn hub(state: &AppState) -> blog_core::Result<&Hub> {
    let hub = state.options.hub.as_ref();
    hub.ok_or_else(|| Error::not_found("live editing"))
}

/// The upgrade to a WebSocket that reads no more than a room would take.
pub(crate) async fn upgrade(
    parts: &mut Parts,
    state: &AppState,
) -> Result<WebSocketUpgrade, Problem> {
    let upgrade = WebSocketUpgrade::from_request_parts(parts, state)
        .await
        .map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))?;
    let limit = hub(state)?.options().message_bytes;
    Ok(upgrade
        .read_buffer_size(READ_AT_ONCE)
        .max_message_size(limit)
        .max_frame_size(limit))
}

/// What comes over a socket, and what goes.
pub(crate) fn halves(
    socket: WebSocket,
) -> (
    impl Stream<Item = Result<Bytes, Close>>,
    impl Sink<Outgoing, Error = axum::Error>,
) {
    let (sink, stream) = socket.split();
    let outgoing = sink.with(|outgoing| ready(Ok::<_, axum::Error>(message(outgoing))));
    let incoming = stream.filter_map(|message| ready(payload(message)));
    (incoming, outgoing)
}

fn message(outgoing: Outgoing) -> Message {
    match outgoing {
        Outgoing::Frame(frame) => Message::Binary(frame),
        Outgoing::Ping => Message::Ping(Bytes::new()),
        Outgoing::Close(close) => Message::Close(Some(CloseFrame {
            code: close.code(),
            reason: close.reason().into(),
        })),
    }
}

/// What a message brings the room. Pings and closes are answered below, and a close ends the stream.
fn payload(message: Result<Message, axum::Error>) -> Option<Result<Bytes, Close>> {
    match message {
        Ok(Message::Binary(frame)) => Some(Ok(frame)),
        Ok(Message::Text(_)) => Some(Err(Close::Malformed)),
        Ok(Message::Ping(_) | Message::Pong(_)) => Some(Ok(Bytes::new())),
        Ok(Message::Close(_)) => None,
        Err(error) => Some(Err(why(error))),
    }
}

fn why(error: axum::Error) -> Close {
    match error.into_inner().downcast_ref() {
        Some(tungstenite::Error::Capacity(_)) => Close::TooLarge,
        _ => Close::Malformed,
    }
}
