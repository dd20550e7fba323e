//! Posts that come while they are written.

use std::time::Duration;

use axum::http::StatusCode;
use blog_core::ErrorKind;
use blog_core::memory::ScriptedReply;
use http_body_util::BodyExt;
use serde_json::json;

use crate::events::{as_events, events, in_pieces, next_part, streamed};
use crate::world::{client, post, read};

#[tokio::test]
async fn a_post_is_streamed_while_it_is_written() {
    let pieces = ["{\"body\": \"Some ", "text\", \"title\": \"", "Ferris\"}"];
    let client = client([in_pieces(&pieces, Duration::ZERO)]);
    let response = client.response(streamed("Crabs")).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let events = events(std::str::from_utf8(&bytes).unwrap());
    // Of the first piece all that cannot be the beginning of what is not to be said.
    let (name, first) = &events[0];
    let text = first["text"].as_str().unwrap();
    assert_eq!((name.as_str(), &first["field"]), ("delta", &json!("body")));
    assert!(!text.is_empty() && "Some ".starts_with(text), "{text}");
    let (done, deltas) = events.split_last().unwrap();
    let said = |field: &str| -> String {
        let deltas = deltas
            .iter()
            .filter(|(name, data)| name == "delta" && data["field"] == field);
        deltas
            .map(|(_, data)| data["text"].as_str().unwrap())
            .collect()
    };
    assert_eq!(
        (said("body"), said("title")),
        ("Some text".to_owned(), "Ferris".to_owned())
    );
    assert_eq!(
        (done.0.as_str(), &done.1["content"]["body"]),
        ("done", &json!("Some text"))
    );
}

#[tokio::test]
async fn a_stream_that_breaks_off_ends_with_a_problem() {
    let cut = ScriptedReply::Cut {
        pieces: vec!["{\"body\": \"Some ".to_owned()],
    };
    let client = client([cut]);
    let response = client.response(streamed("Crabs")).await;
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let events = events(std::str::from_utf8(&bytes).unwrap());
    let ((name, problem), deltas) = events.split_last().unwrap();
    assert_eq!((name.as_str(), &problem["status"]), ("error", &json!(503)));
    assert!(deltas.iter().all(|(name, _)| name == "delta"));
}

#[tokio::test]
async fn what_fails_before_a_stream_begins_has_a_status_of_its_own() {
    let limited = ErrorKind::RateLimited {
        retry_after: Duration::from_secs(7),
    };
    let client = client([ScriptedReply::Fail(limited)]);
    let answer = client.send(streamed("Crabs")).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.header("retry-after"), "7");
    let answer = client.send(streamed(" ")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(start_paused = true)]
async fn a_stream_begins_before_the_model_says_anything_and_shows_that_it_lives() {
    let outline = in_pieces(
        &[r#"{"sections": [{"heading": "One", "points": []}]}"#],
        Duration::from_secs(170),
    );
    let text = post().to_string();
    let (client, began) = (
        client([outline, in_pieces(&[&text], Duration::from_secs(170))]),
        tokio::time::Instant::now(),
    );
    let wanted = json!({"topic": "Crabs", "outline": true});
    let response = client
        .response(as_events("/ai/generate-content", &wanted))
        .await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(
        began.elapsed() <= Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    let mut body = response.into_body();
    // A comment, which is no event.
    assert_eq!(next_part(&mut body).await, ":\n\n");
    assert!(
        began.elapsed() <= Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );
    let bytes = body.collect().await.unwrap().to_bytes();
    // Longer than a request may take that is answered at once.
    assert!(began.elapsed() > Duration::from_secs(240));
    let events = events(std::str::from_utf8(&bytes).unwrap());
    assert_eq!(events.last().unwrap().0, "done");
}

#[tokio::test(start_paused = true)]
async fn what_fails_once_a_stream_has_begun_is_an_event() {
    let cut = in_pieces(&["{\"body\": \"\"}"], Duration::from_secs(5));
    let client = client([cut]);
    let response = client.response(streamed("Crabs")).await;
    assert_eq!(response.status(), StatusCode::OK);
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let events = events(std::str::from_utf8(&bytes).unwrap());
    let (name, problem) = events.last().unwrap();
    assert_eq!((name.as_str(), &problem["status"]), ("error", &json!(503)));
}

#[tokio::test]
async fn whoever_goes_away_ends_the_model_s_call() {
    let pieces = ["{\"body\": \"Some ", "text\"}"];
    let client = client([in_pieces(&pieces, Duration::from_millis(5))]);
    let response = client.response(streamed("Crabs")).await;
    let mut body = response.into_body();
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(frame.starts_with(b"event: delta"));
    drop(body);
    let usage = read(&client, "/ai/usage", "admin").await;
    assert_eq!(usage.body["items"][0]["outcome"], "cancelled");
}
