//! Requests for events, and how those are read.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use blog_core::memory::ScriptedReply;
use blog_core::ports::StopReason;
use http_body_util::BodyExt;
use serde_json::{Value, json};

/// A request for a stream of events.
pub(crate) fn streamed(topic: &str) -> Request<Body> {
    as_events("/ai/generate-content", &json!({"topic": topic}))
}

pub(crate) fn as_events(path: &str, body: &Value) -> Request<Body> {
    Request::post(path)
        .header("x-role", "author")
        .header("content-type", "application/json")
        .header("accept", "text/event-stream")
        .body(Body::from(body.to_string()))
        .unwrap()
}

pub(crate) fn in_pieces(pieces: &[&str], pause: Duration) -> ScriptedReply {
    ScriptedReply::Answer {
        pieces: pieces.iter().map(|&piece| piece.to_owned()).collect(),
        pause,
        stop: StopReason::Finished,
        usage: None,
    }
}

/// The events of a stream: their names and data.
pub(crate) fn events(text: &str) -> Vec<(String, Value)> {
    let blocks = text.split("\n\n").filter(|block| block.contains("event: "));
    blocks
        .map(|block| {
            let line = |name: &str| {
                let mut lines = block.lines();
                lines
                    .find_map(|line| line.strip_prefix(name))
                    .unwrap()
                    .to_owned()
            };
            (
                line("event: "),
                serde_json::from_str(&line("data: ")).unwrap(),
            )
        })
        .collect()
}

/// The next part of a body.
pub(crate) async fn next_part(body: &mut Body) -> String {
    let frame = body.frame().await.unwrap().unwrap();
    String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
}
