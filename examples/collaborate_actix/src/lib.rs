//! Live editing in an actix-web application: any Yjs client connects to `/ws/collaborate/{post}`.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::TcpListener;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    AUTHORIZATION, HOST, HeaderName, ORIGIN, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, ResponseError, rt, web};
use actix_ws::{AggregatedMessage, CloseReason, Message, ProtocolError, Session};
use anyhow::Result;
use blog_collab::{Close, Handshake, Hub, Outgoing};
use blog_core::domain::Actor;
use blog_core::{Error, ErrorKind};
use bytes::Bytes;
use futures::future::ready;
use futures::{SinkExt, StreamExt};

/// Connections of one worker at a time; the next ones wait to be accepted.
const CONNECTIONS: usize = 10_000;

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
/// As [`HttpServer::run`] and [`Hub::run`].
pub async fn serve(
    listener: TcpListener,
    rooms: Rooms,
    shutdown: impl Future<Output = ()>,
) -> Result<()> {
    let rooms = web::Data::new(rooms);
    let hub = rooms.hub.clone();
    let app = move || {
        let collaborate = web::get().to(collaborate);
        let app = App::new().app_data(rooms.clone());
        app.route("/ws/collaborate/{post}", collaborate)
    };
    let server = HttpServer::new(app)
        .tcp_nodelay(true)
        .max_connections(CONNECTIONS)
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    // Nobody comes any more before the rooms close. The server waits for all connections to end.
    let running = hub.run(async move {
        shutdown.await;
        drop(handle.stop(true));
    });
    let (served, closed) = tokio::join!(server, running);
    served?;
    Ok(closed?)
}

/// Everything is checked before the upgrade: a client that is let in and then closed comes again at
/// once, and one that gets an error waits.
async fn collaborate(
    request: HttpRequest,
    body: web::Payload,
    post: web::Path<String>,
    rooms: web::Data<Rooms>,
) -> actix_web::Result<HttpResponse> {
    let (upgrade, session, stream) = actix_ws::handle(&request, body)?;
    let actor = rooms.actor(&request).map_err(Refusal)?;
    let post = post
        .parse()
        .map_err(|_| Refusal(Error::not_found("post")))?;
    let place = rooms.hub.join(actor, post).await.map_err(Refusal)?;
    let limit = rooms.hub.options().message_bytes;
    let stream = stream
        .max_frame_size(limit)
        .aggregate_continuations()
        .max_continuation_size(limit);
    let answers = session.clone();
    let incoming = stream.filter_map(move |message| payload(message, answers.clone()));
    let outgoing = session.with(|outgoing| ready(Ok::<_, actix_ws::Closed>(message(outgoing))));
    rt::spawn(place.serve(incoming, outgoing));
    Ok(upgrade)
}

impl Rooms {
    fn actor(&self, request: &HttpRequest) -> blog_core::Result<&Actor> {
        let header = |name: HeaderName| request.headers().get(name)?.to_str().ok();
        let origin = request.headers().get(ORIGIN);
        let handshake = Handshake {
            query: Some(request.query_string()),
            authorization: header(AUTHORIZATION),
            origin: origin.map(|origin| origin.as_bytes()),
            host: header(HOST),
        };
        handshake.check_origin(&self.origin)?;
        let session = || {
            let cookie = request.cookie("session")?;
            Some(cookie.value().to_owned().into())
        };
        let secret = handshake.token().or_else(session);
        let actor = secret.and_then(|secret| self.users.get(&*secret));
        actor.ok_or_else(|| Error::new(ErrorKind::Unauthenticated, "sign in first"))
    }
}

fn message(outgoing: Outgoing) -> Message {
    match outgoing {
        Outgoing::Frame(frame) => Message::Binary(frame),
        Outgoing::Ping => Message::Ping(Bytes::new()),
        Outgoing::Close(close) => Message::Close(Some(CloseReason {
            code: close.code().into(),
            description: Some(close.reason().to_owned()),
        })),
    }
}

/// What a message brings the room. Pings and closes are answered here.
async fn payload(
    message: Result<AggregatedMessage, ProtocolError>,
    mut session: Session,
) -> Option<Result<Bytes, Close>> {
    match message {
        Ok(AggregatedMessage::Binary(frame)) => return Some(Ok(frame)),
        Ok(AggregatedMessage::Text(_)) => return Some(Err(Close::Malformed)),
        // Whoever has gone meanwhile needs no answer.
        Ok(AggregatedMessage::Ping(bytes)) => {
            drop(session.pong(&bytes).await);
            return Some(Ok(Bytes::new()));
        }
        Ok(AggregatedMessage::Close(reason)) => drop(session.close(reason).await),
        Ok(AggregatedMessage::Pong(_)) => return Some(Ok(Bytes::new())),
        Err(error) => return Some(Err(why(&error))),
    }
    None
}

fn why(error: &ProtocolError) -> Close {
    match error {
        ProtocolError::Overflow => Close::TooLarge,
        // Of many small frames.
        ProtocolError::Io(error) if error.kind() == io::ErrorKind::Other => Close::TooLarge,
        _ => Close::Malformed,
    }
}

/// Why a client may not come in.
#[derive(Debug)]
struct Refusal(Error);

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.client_message())
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        let status = StatusCode::from_u16(self.0.kind().http_status());
        status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.0.http_retry_after() {
            answer.insert_header((RETRY_AFTER, seconds));
        }
        if *self.0.kind() == ErrorKind::Unauthenticated {
            answer.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        answer.body(self.to_string())
    }
}
