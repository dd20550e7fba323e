//! What is asked of servers: bodies that are valid against OpenAI's description of its API, and headers as its
//! API reference and Azure's have them.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod description;
mod kit;
#[path = "../../tests/models/question.rs"]
mod question;

use blog_ai_openai::{Dialect, OpenAi, OpenAiConfig, OpenAiEmbedder};
use blog_core::memory::ScriptedReply;
use blog_core::ports::{AnswerFormat, Embedder, LanguageModel, TokenUsage};
use blog_model_server::{Reply, StandIn};
use question::{greeting, request};
use serde_json::{Value, json};

fn model(server: &StandIn, dialect: Dialect) -> OpenAi {
    OpenAi::new("stand-in", &kit::config(server, dialect)).unwrap()
}

async fn asked(dialect: Dialect, format: AnswerFormat, streams: bool) -> Value {
    let server = kit::stand_in().await.unwrap();
    let model = model(&server, dialect);
    if streams {
        drop(model.stream(&request(format)).await.unwrap());
    } else {
        model.complete(&request(format)).await.unwrap();
    }
    bodies(&server).pop().unwrap()
}

/// What the server was asked, all of which is valid.
fn bodies(server: &StandIn) -> Vec<Value> {
    let asked = server.asked().into_iter().map(|asked| {
        let faults = description::faults(asked.uri.path(), &asked.body);
        assert!(faults.is_empty(), "{faults:?} in {}", asked.body);
        asked.body
    });
    asked.collect()
}

#[tokio::test]
async fn openai_describes_each_request() {
    for dialect in [Dialect::OpenAi, Dialect::Azure, Dialect::Compatible] {
        for format in [AnswerFormat::Text, greeting()] {
            for streams in [false, true] {
                asked(dialect, format.clone(), streams).await;
            }
        }
    }
}

#[tokio::test]
async fn the_effort_is_asked_for_where_it_is_set() {
    let server = kit::stand_in().await.unwrap();
    for dialect in [Dialect::OpenAi, Dialect::Azure, Dialect::Compatible] {
        let mut config = kit::config(&server, dialect);
        config.effort = Some("low".to_owned());
        let model = OpenAi::new("stand-in", &config).unwrap();
        model.complete(&request(greeting())).await.unwrap();
        let mut with = bodies(&server).pop().unwrap();
        let effort = with.as_object_mut().unwrap().remove("reasoning_effort");
        assert_eq!(effort, Some(json!("low")));
        assert_eq!(with, asked(dialect, greeting(), false).await);
    }
}

#[tokio::test]
async fn a_request_that_openai_does_not_describe_is_noticed() {
    let chat = asked(Dialect::OpenAi, greeting(), true).await;
    let embeddings = json!({"model": "m", "input": ["Fox"], "encoding_format": "float"});
    let moderation = json!({"model": "m", "input": "Fox"});
    for (path, sound, place, wrong) in [
        ("completions", &chat, "/model", json!(1)),
        ("completions", &chat, "/messages", json!([])),
        ("completions", &chat, "/messages/0/role", json!("robot")),
        ("completions", &chat, "/messages/1/content", Value::Null),
        ("completions", &chat, "/max_completion_tokens", json!("500")),
        ("completions", &chat, "/response_format/type", json!("json")),
        (
            "completions",
            &chat,
            "/response_format/json_schema/name",
            Value::Null,
        ),
        (
            "completions",
            &chat,
            "/response_format/json_schema/schema",
            json!("object"),
        ),
        (
            "completions",
            &chat,
            "/response_format/json_schema/strict",
            json!("yes"),
        ),
        (
            "completions",
            &chat,
            "/stream_options/include_usage",
            json!(1),
        ),
        ("embeddings", &embeddings, "/input", json!([])),
        ("embeddings", &embeddings, "/encoding_format", json!("hex")),
        ("moderations", &moderation, "/input", json!(1)),
        ("images", &moderation, "/input", json!("Fox")),
    ] {
        let mut body = sound.clone();
        *body.pointer_mut(place).unwrap() = wrong;
        assert!(!description::faults(path, &body).is_empty(), "{body}");
    }
    for (path, sound) in [
        ("completions", chat),
        ("embeddings", embeddings),
        ("moderations", moderation),
    ] {
        assert!(description::faults(path, &sound).is_empty(), "{sound}");
        let mut body = sound;
        body["max_tokns"] = json!(1);
        assert!(!description::faults(path, &body).is_empty(), "{body}");
    }
}

#[tokio::test]
async fn openai_is_asked_for_text() {
    let body = asked(Dialect::OpenAi, AnswerFormat::Text, false).await;
    insta::assert_json_snapshot!(body);
}

#[tokio::test]
async fn openai_is_asked_for_json_that_fits() {
    let body = asked(Dialect::OpenAi, greeting(), false).await;
    insta::assert_json_snapshot!(body);
}

#[tokio::test]
async fn openai_is_asked_for_a_stream_that_counts() {
    let body = asked(Dialect::OpenAi, AnswerFormat::Text, true).await;
    insta::assert_json_snapshot!(body);
}

#[tokio::test]
async fn azure_is_asked_as_openai_is() {
    for format in [AnswerFormat::Text, greeting()] {
        let azure = asked(Dialect::Azure, format.clone(), false).await;
        assert_eq!(azure, asked(Dialect::OpenAi, format, false).await);
    }
}

#[tokio::test]
async fn a_compatible_server_is_asked_in_words() {
    let body = asked(Dialect::Compatible, greeting(), false).await;
    insta::assert_json_snapshot!(body);
}

#[tokio::test]
async fn a_compatible_server_is_told_once_what_is_wrong() {
    let server = kit::stand_in().await.unwrap();
    let model = model(&server, Dialect::Compatible);
    let replies = [r#"{"words": 1}"#, r#"{"words": "Ring-ding"}"#];
    server.reply(replies.map(|text| Reply::Scripted(ScriptedReply::answer(text))));
    let answer = model.complete(&request(greeting())).await.unwrap();
    assert_eq!(answer.text, replies[1]);
    let of_the_second = TokenUsage {
        input: 100,
        cached_input: 0,
        output: 50,
    };
    assert_eq!(answer.usage, Some(of_the_second));
    let mut asked = bodies(&server);
    assert_eq!(asked.len(), 2);
    insta::assert_json_snapshot!(asked.pop().unwrap()["messages"]);

    server.reply(
        ["no", "no", r#"{"words": ""}"#].map(|text| Reply::Scripted(ScriptedReply::answer(text))),
    );
    assert!(
        model
            .complete(&request(greeting()))
            .await
            .unwrap_err()
            .is_retryable()
    );
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn who_pays_is_in_the_headers() {
    let server = kit::stand_in().await.unwrap();
    let mut config = kit::config(&server, Dialect::OpenAi);
    config.organization = Some("org-1".to_owned());
    config.project = Some("proj-1".to_owned());
    config.headers = vec![("x-title".to_owned(), "My blog".into())];
    let model = OpenAi::new("stand-in", &config).unwrap();
    model.complete(&request(AnswerFormat::Text)).await.unwrap();
    let asked = server.asked().pop().unwrap();
    let bearer = format!("Bearer {}", kit::KEY);
    for (name, value) in [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("openai-organization", "org-1"),
        ("openai-project", "proj-1"),
        ("x-title", "My blog"),
    ] {
        assert_eq!(asked.header(name), Some(value));
    }
}

#[tokio::test]
async fn azure_has_its_own_path_and_header() {
    let server = kit::stand_in().await.unwrap();
    let mut config = kit::config(&server, Dialect::Azure);
    let address = server.address();
    config.base_url = format!("http://{address}/openai/deployments/writer?api-version=2024-10-21");
    let model = OpenAi::new("stand-in", &config).unwrap();
    model.complete(&request(AnswerFormat::Text)).await.unwrap();
    let asked = server.asked().pop().unwrap();
    assert_eq!(
        asked.uri.to_string(),
        "/openai/deployments/writer/chat/completions?api-version=2024-10-21"
    );
    assert_eq!(asked.header("api-key"), Some(kit::KEY));
    assert_eq!(asked.header("authorization"), None);
}

#[tokio::test]
async fn a_server_of_ones_own_needs_no_key() {
    let server = StandIn::start(blog_model_server::Options::default())
        .await
        .unwrap();
    let mut config = OpenAiConfig::default();
    config.base_url = format!("{}/", server.openai_url());
    let model = OpenAi::new("stand-in", &config).unwrap();
    model.complete(&request(AnswerFormat::Text)).await.unwrap();
    let asked = server.asked().pop().unwrap();
    assert_eq!(asked.uri.path(), "/v1/chat/completions");
    assert_eq!(asked.header("authorization"), None);
}

#[tokio::test]
async fn embeddings_are_asked_for_in_batches() {
    let server = kit::stand_in().await.unwrap();
    let config = kit::config(&server, Dialect::OpenAi);
    let embedder = OpenAiEmbedder::new("stand-in-embedder", &config).unwrap();
    let texts = [&["", "Fox"][..], &["text"; 64]].concat();
    embedder.embed(&texts).await.unwrap();
    let count = |body: &Value| body["input"].as_array().unwrap().len();
    let counts: Vec<_> = bodies(&server).iter().map(count).collect();
    assert_eq!(counts, [64, 2]);
    server.reply([]);
    embedder.embed(&["", "Fox"]).await.unwrap();
    let body = bodies(&server).pop().unwrap();
    let expected = json!({
        "model": "stand-in-embedder", "input": [" ", "Fox"], "encoding_format": "float",
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn moderation_is_asked_and_told() {
    let server = kit::stand_in().await.unwrap();
    let model = model(&server, Dialect::OpenAi);
    let kind = model.moderate("A fox.").await.unwrap();
    let unkind = model.moderate("Please flag this.").await.unwrap();
    assert_eq!((kind.flagged, unkind.flagged), (false, true));
    assert!(unkind.scores["harassment"] > kind.scores["harassment"]);
    let body = bodies(&server).pop().unwrap();
    let expected = json!({"model": "omni-moderation-latest", "input": "Please flag this."});
    assert_eq!(body, expected);
}
