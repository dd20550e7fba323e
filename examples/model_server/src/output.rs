use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use tokio::time::{Instant, sleep};

use crate::call::OpenCall;
use crate::line::On;

/// In an event, it becomes the microseconds since the stand-in was started, as the event is sent.
const SENT: &str = "{sent}";

/// An answer on its way: what is sent, and what becomes of the connection then.
#[derive(Debug)]
pub(crate) struct Output {
    status: u16,
    content_type: &'static str,
    headers: Vec<(&'static str, String)>,
    frames: Vec<Frame>,
    then: Then,
}

#[derive(Debug)]
struct Frame {
    bytes: Bytes,
    pause: Duration,
    says_when: bool,
}

impl Frame {
    fn sent(self, started: Instant) -> Bytes {
        match str::from_utf8(&self.bytes) {
            Ok(event) if self.says_when => {
                let now = started.elapsed().as_micros().to_string();
                event.replace(SENT, &now).into()
            }
            _ => self.bytes,
        }
    }
}

/// What follows.
#[derive(Debug)]
pub(crate) enum Then {
    /// The end.
    End,
    /// The connection is closed in the middle.
    Cut,
    /// It is reset.
    Reset,
    /// Nothing.
    Stall,
    /// This, for ever, after a pause each.
    Repeat(Bytes, Duration),
}

impl Output {
    pub(crate) const fn json() -> Self {
        Self::new(200, "application/json")
    }

    pub(crate) const fn events() -> Self {
        Self::new(200, "text/event-stream")
    }

    pub(crate) const fn new(status: u16, content_type: &'static str) -> Self {
        Self {
            status,
            content_type,
            headers: Vec::new(),
            frames: Vec::new(),
            then: Then::End,
        }
    }

    pub(crate) fn with_headers(mut self, headers: Vec<(&'static str, String)>) -> Self {
        self.headers = headers;
        self
    }

    pub(crate) fn then(mut self, then: Then) -> Self {
        self.then = then;
        self
    }

    pub(crate) fn send(mut self, bytes: impl Into<Bytes>, pause: Duration) -> Self {
        let bytes = bytes.into();
        self.frames.push(Frame {
            says_when: str::from_utf8(&bytes).is_ok_and(|text| text.contains(SENT)),
            bytes,
            pause,
        });
        self
    }

    pub(crate) fn into_response(self, on: On, call: OpenCall, started: Instant) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let frames = stream::iter(self.frames).then(move |frame| async move {
            pause(frame.pause).await;
            Ok(frame.sent(started))
        });
        let body = frames.chain(rest(self.then, on)).map(move |frame| {
            let _ = &call;
            frame
        });
        let mut response = (status, Body::from_stream(body)).into_response();
        let headers = [(CONTENT_TYPE.as_str(), self.content_type.to_owned())];
        for (name, value) in headers.into_iter().chain(self.headers) {
            if let Ok(value) = value.parse() {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

fn rest(then: Then, on: On) -> BoxStream<'static, io::Result<Bytes>> {
    let end = |on: On, is_reset: bool| {
        stream::once(async move {
            if let (Some(line), true) = (&on.0, is_reset) {
                line.reset_at_end();
            }
            // What came before is sent while this waits, or it would be lost with the line.
            tokio::task::yield_now().await;
            Err(io::Error::other("the line is cut"))
        })
    };
    match then {
        Then::End => stream::empty().boxed(),
        Then::Cut => end(on, false).boxed(),
        Then::Reset => end(on, true).boxed(),
        Then::Stall => stream::pending().boxed(),
        Then::Repeat(bytes, after) => stream::repeat(bytes)
            .then(move |bytes| async move {
                pause(after).await;
                Ok(bytes)
            })
            .boxed(),
    }
}

async fn pause(time: Duration) {
    if !time.is_zero() {
        sleep(time).await;
    }
}
