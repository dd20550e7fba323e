//! Live editing over WebSocket (RFC 6455): the y-websocket protocol at `/ws/collaborate/{post_id}`,
//! where any Yjs client connects.

use std::time::Duration;

use axum::Router;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use blog_collab::{Close, Outgoing, Participant};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};

use crate::api::post_id;
use crate::auth::RequestActor;
use crate::problem::Problem;
use crate::router::AppState;

/// How long one frame may take to be sent. Whoever does not read for so long is gone.
const PATIENCE: Duration = Duration::from_secs(10);

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
    take_token_from_query(&mut parts);
    check_origin(&parts.headers, state.options.origin())?;
    let RequestActor(actor) = RequestActor::from_request_parts(&mut parts, &state).await?;
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &state)
        .await
        .map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))?;
    let place = hub.join(&actor, post_id(&post)?).await?;
    let limit = hub.options().message_bytes;
    Ok(upgrade
        .max_message_size(limit)
        .max_frame_size(limit)
        .on_upgrade(move |socket| serve(socket, place)))
}

/// Browsers cannot send headers with a WebSocket: their token comes as `?token=`.
fn take_token_from_query(parts: &mut Parts) {
    let query = parts.uri.query().unwrap_or_default();
    let token = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token");
    if let Some((_, token)) = token
        && let Ok(value) = HeaderValue::try_from(format!("Bearer {token}"))
    {
        parts.headers.entry(AUTHORIZATION).or_insert(value);
    }
}

/// A browser sends cookies with whatever WebSocket a page opens, so without a token the page has to
/// be one of ours.
fn check_origin(headers: &HeaderMap, public: &str) -> Result<(), Problem> {
    let Some(origin) = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()) else {
        return Ok(());
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let is_host = |origin: &str| origin.split_once("://").map(|(_, name)| name) == host;
    if headers.contains_key(AUTHORIZATION) || origin == public || is_host(origin) {
        return Ok(());
    }
    let message = "pages of other sites need a token";
    Err(Problem::new(StatusCode::FORBIDDEN, message))
}

async fn serve(socket: WebSocket, place: Participant) {
    let (sink, stream) = socket.split();
    tokio::select! {
        () = send(sink, &place) => {}
        () = receive(stream, &place) => {}
    }
}

/// Until the room closes the connection, or the client does not read any more.
async fn send(mut sink: SplitSink<WebSocket, Message>, place: &Participant) {
    loop {
        let (message, is_last) = match place.next().await {
            Outgoing::Frame(frame) => (Message::Binary(frame), false),
            Outgoing::Close(close) => (Message::Close(Some(close_frame(close))), true),
        };
        let sent = tokio::time::timeout(PATIENCE, sink.send(message)).await;
        if is_last || !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
}

fn close_frame(close: Close) -> CloseFrame {
    CloseFrame {
        code: close.code(),
        reason: close.reason().into(),
    }
}

/// Until the client closes the connection. One that cannot be read any more is closed by
/// [`send`], with the reason.
async fn receive(mut stream: SplitStream<WebSocket>, place: &Participant) {
    while let Some(message) = stream.next().await {
        match message {
            Ok(Message::Binary(frame)) => place.receive(frame).await,
            Ok(Message::Text(_)) => place.close(Close::Malformed),
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            Ok(Message::Close(_)) => return,
            Err(error) => {
                place.close(why(error));
                return std::future::pending().await;
            }
        }
    }
}

fn why(error: axum::Error) -> Close {
    match error.into_inner().downcast_ref() {
        Some(tungstenite::Error::Capacity(_)) => Close::TooLarge,
        _ => Close::Malformed,
    }
}
