//! Live editing over WebSocket (RFC 6455): the y-websocket protocol at `/ws/collaborate/{post_id}`,
//! where any Yjs client connects.

use axum::Router;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, HeaderName, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use blog_collab::{Close, Handshake, Outgoing, Participant};
use bytes::Bytes;
use futures::future::ready;
use futures::{SinkExt, StreamExt};

use crate::api::post_id;
use crate::auth::RequestActor;
use crate::problem::Problem;
use crate::router::AppState;

/// Bytes that each connection keeps to read into. It is made zero before each read.
const READ_AT_ONCE: usize = 4 << 10;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/ws/collaborate/{post}", get(collaborate))
}

/// Everything is checked before the upgrade: a client that is let in and then closed comes again at
/// once, and one that gets an error waits.
async fn collaborate(
    State(state): State<AppState>,
    Path(post): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let hub = state.options.hub.clone();
    let hub = hub.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no live editing here"))?;
    let handshake = handshake(&parts);
    handshake.check_origin(state.options.origin())?;
    let is_foreign = handshake.is_foreign(state.options.origin());
    let token = handshake
        .token()
        .and_then(|token| HeaderValue::try_from(format!("Bearer {token}")).ok());
    if is_foreign {
        // A browser sends them by itself.
        parts.headers.remove(COOKIE);
        parts.headers.remove(AUTHORIZATION);
    }
    if let Some(token) = token {
        parts.headers.entry(AUTHORIZATION).or_insert(token);
    }
    let RequestActor(actor) = RequestActor::from_request_parts(&mut parts, &state).await?;
    let expires = state.options.authenticator.expires(&parts).await?;
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &state)
        .await
        .map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))?;
    let mut place = hub.join(&actor, post_id(&post)?).await?;
    if let Some(expires) = expires {
        let left = expires - state.blog.clock().now();
        place = place.expiring(left.to_std().unwrap_or_default());
    }
    let limit = hub.options().message_bytes;
    Ok(upgrade
        .read_buffer_size(READ_AT_ONCE)
        .max_message_size(limit)
        .max_frame_size(limit)
        .on_upgrade(move |socket| serve(socket, place)))
}

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

async fn serve(socket: WebSocket, place: Participant) {
    let (sink, stream) = socket.split();
    let outgoing = sink.with(|outgoing| ready(Ok::<_, axum::Error>(message(outgoing))));
    let incoming = stream.filter_map(|message| ready(payload(message)));
    place.serve(incoming, outgoing).await;
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
