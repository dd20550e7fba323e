//! What the API says of language models, driven as a client drives it, with a model that has a script.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod client;

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use blog_core::domain::Role;
use blog_core::memory::{MemoryStorage, ScriptedModel, ScriptedReply};
use blog_core::ports::StopReason;
use blog_core::services::ai::{Budget, Price};
use blog_core::{Blog, BlogOptions, ErrorKind};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use client::{Answer, Client};

const TEXT: &str = "# Rain\n\nIt was a lovely day, and we all enjoyed the warm rain very much.";

fn post() -> Value {
    json!({
        "title": "Ferris", "body": "## One\n\nText. <script>alert(1)</script>", "excerpt": "On a crab.",
        "tags": ["rust"], "category": "Animals",
        "seo": {"title": "Ferris", "description": "All of it.", "keywords": ["crab"]},
    })
}

fn blog(model: ScriptedModel, set: impl FnOnce(&mut BlogOptions)) -> Blog {
    let mut options = BlogOptions::default();
    let price = Price {
        input: 1_000_000,
        cached_input: 0,
        output: 2_000_000,
    };
    options.ai.prices.insert("scripted".to_owned(), price);
    set(&mut options);
    let blog = Blog::builder(MemoryStorage::default());
    blog.language_model(model).options(options).build()
}

fn client(replies: impl IntoIterator<Item = ScriptedReply>) -> Client {
    Client::of(blog(ScriptedModel::new(replies).unchecked(), |_| ()))
}

async fn ask(client: &Client, path: &str, role: &str, body: &Value) -> Answer {
    let headers = [("x-role", role), ("content-type", "application/json")];
    client
        .raw(Method::POST, path, &headers, &body.to_string())
        .await
}

async fn read(client: &Client, path: &str, role: &str) -> Answer {
    client.raw(Method::GET, path, &[("x-role", role)], "").await
}

#[tokio::test]
async fn a_generated_post_is_answered_with_what_it_cost_and_its_draft() {
    let client = client([ScriptedReply::answer(post().to_string())]);
    let wanted = json!({
        "topic": "Crabs", "style": "essay", "tone": "formal", "length": "brief", "audience": "all",
        "language": "de", "keywords": ["crab"], "outline": false, "save_as_draft": true,
    });
    let answer = ask(&client, "/ai/generate-content", "author", &wanted).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let body = answer.body;
    assert_eq!(body["engine"], "model:scripted");
    let content = json!({
        "title": "Ferris", "body": "## One\n\nText.", "excerpt": "On a crab.", "tags": ["rust"],
        "category": "Animals",
        "seo": {"title": "Ferris", "description": "All of it.", "keywords": ["crab"]},
    });
    assert_eq!(body["content"], content);
    assert_eq!(
        body["usage"],
        json!({"input": 100, "cached_input": 0, "output": 50})
    );
    assert_eq!(body["cost"], json!(0.0002));
    assert_eq!(body["reports"][0]["what"], "markup");
    assert_eq!(body["post"]["status"], "draft");
    assert_eq!(body["post"]["ai_generated"], true);
    assert_eq!(body["post"]["locale"], "de");
}

#[tokio::test]
async fn a_post_is_drawn_from_sources() {
    let model = ScriptedModel::new([ScriptedReply::answer(post().to_string())]);
    let client = Client::of(blog(model.clone(), |_| ()));
    let path = "/ai/generate-content";
    let source = json!({"text": "They walk sideways.", "url": "https://crabs.test/"});
    let wanted = json!({"topic": "Crabs", "sources": [source, {"text": "Some do not."}]});
    let answer = ask(&client, path, "author", &wanted).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let told = &model.requests()[0].messages[0].text;
    assert!(
        told.contains("https://crabs.test/\n\nThey walk sideways.")
            && told.contains("Some do not."),
        "{told}"
    );
    let empty = json!({"topic": "Crabs", "sources": [{"text": ""}]});
    let refused = ask(&client, path, "author", &empty).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.body["errors"][0]["field"], "sources");
}

#[tokio::test]
async fn each_role_has_its_own_day_and_the_lowest_is_the_host_s() {
    let model = ScriptedModel::replying(|_| ScriptedReply::answer(post().to_string()));
    let blog = blog(model.clone(), |options| {
        let ai = &mut options.ai;
        ai.lowest_role = Role::Author;
        ai.budgets.actor_day.tokens = Some(1);
        let day = &mut ai.budgets.actor_day_by_role;
        day.insert(Role::Editor, Budget::default());
    });
    let client = Client::of(blog);
    let wanted = json!({"topic": "Crabs"});
    for (role, status, said) in [
        ("contributor", StatusCode::FORBIDDEN, ""),
        ("author", StatusCode::FORBIDDEN, "budget"),
        ("editor", StatusCode::OK, ""),
    ] {
        let answer = ask(&client, "/ai/generate-content", role, &wanted).await;
        assert_eq!(answer.status, status, "{role}: {}", answer.body);
        let told = answer.body["detail"].as_str().unwrap_or_default();
        assert!(told.contains(said), "{role}: {told}");
    }
    assert_eq!(model.requests().len(), 1);
}

/// The history, the newest version first.
async fn history(client: &Client, post: &str, role: &str) -> Answer {
    read(client, &format!("/api/posts/{post}/versions"), role).await
}

#[tokio::test]
async fn a_version_says_what_wrote_it_to_those_who_see_the_history() {
    let client = client([ScriptedReply::answer(post().to_string())]);
    let wanted = json!({"topic": "Crabs", "save_as_draft": true});
    let draft = ask(&client, "/ai/generate-content", "editor", &wanted).await;
    let id = draft.body["post"]["id"].as_str().unwrap();

    let headers = [
        ("x-role", "editor"),
        ("content-type", "application/json"),
        ("if-match", "\"1\""),
    ];
    let words = json!({"body": "A person's words."}).to_string();
    let path = format!("/api/posts/{id}");
    let edited = client.raw(Method::PATCH, &path, &headers, &words).await;
    assert_eq!(edited.body["ai_generated"], true, "{}", edited.body);
    let publish = format!("/api/posts/{id}/publish");
    let published = ask(&client, &publish, "editor", &json!({})).await;
    assert_eq!(published.status, StatusCode::OK, "{}", published.body);

    let versions = history(&client, id, "editor").await.body;
    let [person, model] = &versions["items"].as_array().unwrap()[..] else {
        panic!("two versions: {versions}");
    };
    assert_eq!(
        (&person["kind"], &person["provenance"]),
        (&json!("manual"), &Value::Null)
    );
    assert_eq!(model["kind"], "ai");
    let provenance = &model["provenance"];
    let members = json!({
        "model": "scripted", "prompt": "generate 2", "input_tokens": 100, "output_tokens": 50,
        "cost_micros": 200, "requester": "ada",
        "request_hash": provenance["request_hash"], "answer_hash": provenance["answer_hash"],
    });
    assert_eq!(*provenance, members);
    for hash in ["request_hash", "answer_hash"] {
        assert_eq!(provenance[hash].as_str().unwrap().len(), 64);
    }
    let one = |number: u32| format!("/api/posts/{id}/versions/{number}");
    let first = read(&client, &one(1), "editor").await.body;
    assert_eq!(first["provenance"], *provenance);

    let shown = read(&client, &one(2), "reader").await;
    assert_eq!(shown.body["provenance"], Value::Null);
    assert_eq!(
        history(&client, id, "reader").await.status,
        StatusCode::FORBIDDEN
    );
    let public = read(&client, &format!("/api/posts/{id}"), "reader").await;
    assert_eq!(public.body["ai_generated"], true);
}

#[tokio::test]
async fn readers_of_what_a_model_wrote_are_not_told_what_it_cost() {
    let client = client([ScriptedReply::answer(post().to_string())]);
    let wanted = json!({"topic": "Crabs", "save_as_draft": true});
    let draft = ask(&client, "/ai/generate-content", "editor", &wanted).await;
    let id = draft.body["post"]["id"].as_str().unwrap();
    let publish = format!("/api/posts/{id}/publish");
    ask(&client, &publish, "editor", &json!({})).await;
    let version = format!("/api/posts/{id}/versions/1");
    let shown = read(&client, &version, "reader").await;
    assert_eq!(
        (&shown.body["kind"], &shown.body["provenance"]),
        (&json!("ai"), &Value::Null)
    );
    let seen = read(&client, &version, "editor").await;
    assert_eq!(seen.body["provenance"]["requester"], "ada");
}

#[tokio::test]
async fn without_a_draft_there_is_no_post_and_without_a_price_no_cost() {
    let model = ScriptedModel::new([ScriptedReply::answer(post().to_string())]);
    let client = Client::of(blog(model, |options| options.ai.prices.clear()));
    let answer = ask(
        &client,
        "/ai/generate-content",
        "author",
        &json!({"topic": "Crabs"}),
    )
    .await;
    assert_eq!(answer.body["cost"], Value::Null);
    let members = answer.body.as_object().unwrap();
    assert!(!members.contains_key("post"));
}

/// A request for a stream of events.
fn streamed(topic: &str) -> Request<Body> {
    as_events("/ai/generate-content", &json!({"topic": topic}))
}

fn as_events(path: &str, body: &Value) -> Request<Body> {
    Request::post(path)
        .header("x-role", "author")
        .header("content-type", "application/json")
        .header("accept", "text/event-stream")
        .body(Body::from(body.to_string()))
        .unwrap()
}

fn in_pieces(pieces: &[&str], pause: Duration) -> ScriptedReply {
    ScriptedReply::Answer {
        pieces: pieces.iter().map(|&piece| piece.to_owned()).collect(),
        pause,
        stop: StopReason::Finished,
        usage: None,
    }
}

/// The events of a stream: their names and data.
fn events(text: &str) -> Vec<(String, Value)> {
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

/// The next part of a body.
async fn next_part(body: &mut Body) -> String {
    let frame = body.frame().await.unwrap().unwrap();
    String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
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

#[tokio::test]
async fn texts_are_looked_at_by_the_model() {
    let reasoned = |value: Value| json!({"value": value, "why": "So."});
    let client = client([
        ScriptedReply::answer(json!({"summary": "Rain."}).to_string()),
        ScriptedReply::answer(json!({"summary": "<b>Rain."}).to_string()),
        ScriptedReply::answer(
            json!({"score": 0.8, "confidence": 0.9, "paragraphs": [0.7]}).to_string(),
        ),
        ScriptedReply::answer(
            json!({
                "title": reasoned(json!("Rain")), "description": reasoned(json!("Warm rain.")),
                "keywords": reasoned(json!(["rain"])), "slug": reasoned(json!("warm-rain")),
            })
            .to_string(),
        ),
    ]);
    let text = json!({"text": TEXT});
    let summary = ask(&client, "/ai/summarize", "author", &text).await;
    assert_eq!(
        summary.body,
        json!({"engine": "model:scripted", "summary": "Rain."})
    );
    let guarded = ask(&client, "/ai/summarize", "author", &text).await.body;
    assert_eq!(guarded["summary"], "Rain.");
    assert_eq!(
        guarded["reports"],
        json!([{"field": "summary", "what": "markup", "text": "<b>"}])
    );
    let sentiment = ask(&client, "/ai/sentiment", "author", &text).await.body;
    assert_eq!(sentiment["engine"], "model:scripted");
    assert_eq!(
        (&sentiment["label"], &sentiment["score"]),
        (&json!("positive"), &json!(0.8))
    );
    assert_eq!(sentiment["confidence"], 0.9);
    assert_eq!(sentiment["paragraphs"][0]["score"], 0.7);
    let seo = ask(&client, "/ai/seo", "author", &text).await.body;
    assert_eq!(seo["slug"], json!({"value": "warm-rain", "why": "So."}));
    assert!(
        seo["findings"].is_array() && seo["score"].is_number(),
        "{seo}"
    );
}

#[tokio::test]
async fn what_needs_no_model_is_answered_without_one() {
    let client = Client::new();
    let text = json!({"text": TEXT, "sentences": 1});
    let summary = ask(&client, "/ai/summarize", "author", &text).await;
    assert_eq!(summary.body["engine"], "local");
    let text = json!({"text": TEXT});
    for path in ["/ai/sentiment", "/ai/seo"] {
        let found = ask(&client, path, "author", &text).await;
        assert_eq!(
            (found.status, &found.body["engine"]),
            (StatusCode::OK, &json!("local"))
        );
    }
    let seo = ask(&client, "/ai/seo", "author", &text).await.body;
    assert_eq!(seo["language"]["language"], "en", "{seo}");
    assert!(seo["language"]["confidence"].is_number(), "{seo}");
    assert_eq!(seo["readability"]["sentences"], 1, "{seo}");
    assert!(seo["readability"]["grade"].is_string(), "{seo}");
    let phrases = seo["key_phrases"].as_array().unwrap();
    assert!(phrases.iter().any(|it| it["text"] == "rain"), "{seo}");
    let answer = ask(
        &client,
        "/ai/generate-content",
        "author",
        &json!({"topic": "a"}),
    )
    .await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("no language model is configured"),
        "{detail}"
    );
    assert!(!answer.headers.contains_key("retry-after"));
}

/// What is asked that is answered by one event, and how a model answers each.
fn found_as_one_event() -> [(&'static str, Value, Value); 5] {
    let reasoned = |value: Value| json!({"value": value, "why": "So."});
    let text = || json!({"text": TEXT});
    let seo = json!({
        "title": reasoned(json!("Rain")), "description": reasoned(json!("Warm rain.")),
        "keywords": reasoned(json!(["rain"])), "slug": reasoned(json!("warm-rain")),
    });
    [
        ("/ai/summarize", text(), json!({"summary": "Rain."})),
        (
            "/ai/sentiment",
            text(),
            json!({"score": 0.8, "confidence": 0.9, "paragraphs": [0.7]}),
        ),
        ("/ai/seo", text(), seo),
        (
            "/ai/suggest",
            json!({"text": TEXT, "kinds": ["titles"]}),
            json!({"titles": ["Warm rain"]}),
        ),
        (
            "/ai/translate",
            json!({"text": TEXT, "to": "de"}),
            json!({"parts": [{"number": 0, "text": "Regen"}, {"number": 1, "text": "Schön."}]}),
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn what_is_found_comes_as_one_event_to_those_who_accept_events() {
    for (path, body, answer) in found_as_one_event() {
        let said = answer.to_string();
        let pause = Duration::from_secs(20);
        let client = client([
            ScriptedReply::answer(said.as_str()),
            ScriptedReply::answer(said.as_str()),
            in_pieces(&[said.as_str()], pause),
            in_pieces(&["No JSON."], pause),
        ]);
        let plain = ask(&client, path, "author", &body).await;
        assert_eq!(plain.status, StatusCode::OK, "{path} {}", plain.body);
        for is_slow in [false, true] {
            let response = client.response(as_events(path, &body)).await;
            assert_eq!(response.headers()["content-type"], "text/event-stream");
            let bytes = response.into_body().collect().await.unwrap().to_bytes();
            let text = std::str::from_utf8(&bytes).unwrap();
            assert_eq!(text.starts_with(":\n\n"), is_slow, "{path} {text}");
            let events = events(text);
            let [(name, data)] = &events[..] else {
                panic!("{path} {events:?}")
            };
            let mut data = data.clone();
            if is_slow && path == "/ai/translate" {
                // This script does not say how many tokens it took.
                for member in ["usage", "cost"] {
                    data[member] = plain.body[member].clone();
                }
            }
            assert_eq!((name.as_str(), &data), ("done", &plain.body), "{path}");
        }
        let response = client.response(as_events(path, &body)).await;
        assert_eq!(response.status(), StatusCode::OK);
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let events = events(std::str::from_utf8(&bytes).unwrap());
        let [(name, problem)] = &events[..] else {
            panic!("{path} {events:?}")
        };
        assert_eq!((name.as_str(), &problem["status"]), ("error", &json!(503)));
    }
}

#[tokio::test]
async fn what_is_refused_at_once_is_no_event() {
    let client = client([]);
    for (path, mut body, _) in found_as_one_event() {
        let failed = client.send(as_events(path, &body)).await;
        assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        body["text"] = json!("");
        let refused = client.send(as_events(path, &body)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert_eq!(refused.header("content-type"), "application/problem+json");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_wait_for_what_is_found_ends_the_model_s_call() {
    let model = ScriptedModel::new([ScriptedReply::Stall, ScriptedReply::Stall]);
    let client = Client::of(blog(model.clone(), |_| ()));
    let ask = || client.response(as_events("/ai/summarize", &json!({"text": TEXT})));
    let response = ask().await;
    assert_eq!((response.status(), model.open_calls()), (StatusCode::OK, 1));
    drop(response);
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(model.open_calls(), 0);
    // Who does not read either is waited for no longer than others.
    let response = ask().await;
    tokio::time::sleep(Duration::from_secs(240)).await;
    assert_eq!(model.open_calls(), 0);
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let events = events(std::str::from_utf8(&bytes).unwrap());
    assert_eq!(
        (events[0].0.as_str(), &events[0].1["status"]),
        ("error", &json!(503))
    );
}

#[tokio::test]
async fn a_caller_may_let_this_program_answer_for_a_model_that_fails() {
    let client = client([]);
    let failed = ask(&client, "/ai/summarize", "author", &json!({"text": TEXT})).await;
    assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE);
    let allowed = json!({"text": TEXT, "fall_back": true});
    let found = ask(&client, "/ai/summarize", "author", &allowed).await;
    assert_eq!(found.body["engine"], "local");
}

#[tokio::test]
async fn a_post_is_looked_at_by_those_who_see_it() {
    let client = Client::new();
    let created = client.create(json!({"title": "Rain", "body": TEXT})).await;
    let look = json!({"post": created.body["id"]});
    let found = ask(&client, "/ai/summarize", "editor", &look).await;
    assert_eq!(found.status, StatusCode::OK);
    let headers = [
        ("x-role", "author"),
        ("x-user", "eve"),
        ("content-type", "application/json"),
    ];
    let hidden = client
        .raw(Method::POST, "/ai/seo", &headers, &look.to_string())
        .await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn each_role_gets_what_it_may_have() {
    let client = client([]);
    let wanted = json!({"topic": ""});
    for (role, status) in [
        ("", 401),
        ("reader", 403),
        ("contributor", 422),
        ("author", 422),
        ("admin", 422),
    ] {
        for path in [
            "/ai/generate-content",
            "/ai/summarize",
            "/ai/sentiment",
            "/ai/seo",
        ] {
            let body = if path.ends_with("content") {
                wanted.clone()
            } else {
                json!({"text": ""})
            };
            let answer = ask(&client, path, role, &body).await;
            assert_eq!(
                answer.status.as_u16(),
                status,
                "{role} {path}: {}",
                answer.body
            );
        }
        for path in ["/ai/usage", "/ai/usage/totals"] {
            let answer = read(&client, path, role).await;
            let wanted = match role {
                "" => 401,
                "admin" => 200,
                _ => 403,
            };
            assert_eq!(answer.status.as_u16(), wanted, "{role} {path}");
        }
    }
}

#[tokio::test]
async fn bad_input_is_named() {
    let client = client([]);
    for (path, body, field) in [
        ("/ai/generate-content", json!({}), "topic"),
        (
            "/ai/generate-content",
            json!({"topic": "a", "stile": "b"}),
            "stile",
        ),
        (
            "/ai/generate-content",
            json!({"topic": "a", "style": "haiku"}),
            "style",
        ),
        ("/ai/generate-content", json!({"topic": "a\0"}), "topic"),
        (
            "/ai/generate-content",
            json!({"topic": "a", "language": "x"}),
            "language",
        ),
        (
            "/ai/generate-content",
            json!({"topic": "a", "keywords": "b"}),
            "keywords",
        ),
        (
            "/ai/generate-content",
            json!({"topic": "a".repeat(10_001)}),
            "topic",
        ),
        ("/ai/summarize", json!({}), "text"),
        (
            "/ai/summarize",
            json!({"text": "a", "post": "01890a5d-ac96-774b-bcce-b302099a8057"}),
            "post",
        ),
        (
            "/ai/summarize",
            json!({"text": "a", "sentences": 21}),
            "sentences",
        ),
        ("/ai/sentiment", json!({"post": "1"}), "post"),
        ("/ai/seo", json!({"text": "\0"}), "text"),
    ] {
        let answer = ask(&client, path, "author", &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(
            answer.body["errors"][0]["field"], field,
            "{path} {body}: {}",
            answer.body
        );
    }
}

#[tokio::test]
async fn a_budget_that_is_spent_says_when_it_begins_again() {
    let replies = ScriptedModel::replying(|_| ScriptedReply::answer(post().to_string()));
    let client = Client::of(blog(replies, |options| {
        options.ai.budgets.actor_day.tokens = Some(5_000);
    }));
    let mut answer = ask(
        &client,
        "/ai/generate-content",
        "author",
        &json!({"topic": "a"}),
    )
    .await;
    for _ in 0..100 {
        if answer.status != StatusCode::OK {
            break;
        }
        answer = ask(
            &client,
            "/ai/generate-content",
            "author",
            &json!({"topic": "a"}),
        )
        .await;
    }
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=86_400).contains(&seconds));
}

#[tokio::test]
async fn admins_see_what_models_cost() {
    let replies = ScriptedModel::replying(|_| ScriptedReply::answer(post().to_string()));
    let client = Client::of(blog(replies, |_| ()));
    for _ in 0..3 {
        ask(
            &client,
            "/ai/generate-content",
            "author",
            &json!({"topic": "a"}),
        )
        .await;
    }
    let page = read(&client, "/ai/usage?limit=2", "admin").await.body;
    let call = &page["items"][0];
    assert_eq!(
        (&call["actor"], &call["purpose"]),
        (&json!("ada"), &json!("generate"))
    );
    assert_eq!(
        (&call["model"], &call["outcome"]),
        (&json!("scripted"), &json!("answered"))
    );
    assert_eq!(call["amount"], json!({"tokens": 150, "cost": 0.0002}));
    let next = page["next"].as_str().unwrap();
    let rest = read(
        &client,
        &format!("/ai/usage?limit=2&cursor={next}"),
        "admin",
    )
    .await
    .body;
    assert_eq!(
        (rest["items"].as_array().unwrap().len(), &rest["next"]),
        (1, &Value::Null)
    );
    let totals = read(&client, "/ai/usage/totals", "admin").await.body;
    assert_eq!(totals["items"][0]["calls"], 3);
    assert_eq!(totals["items"][0]["amount"]["tokens"], 450);
    let wrong = read(
        &client,
        "/ai/usage/totals?from=2026-02-01&to=2026-01-01",
        "admin",
    )
    .await;
    assert_eq!(
        (wrong.status, &wrong.body["errors"][0]["field"]),
        (StatusCode::BAD_REQUEST, &json!("from"))
    );
    let wrong = read(&client, "/ai/usage?cursor=zz", "admin").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}
