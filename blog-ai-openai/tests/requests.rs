//! What is asked of servers: bodies and headers as OpenAI's API reference ("Create chat completion", "Create
//! embeddings", "Create moderation") and Azure's have them.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod kit;

use blog_ai_openai::{Dialect, OpenAi, OpenAiConfig, OpenAiEmbedder};
use blog_core::memory::ScriptedReply;
use blog_core::ports::{
    AnswerFormat, CompletionRequest, Embedder, LanguageModel, Message, Speaker, TokenUsage,
};
use blog_model_server::{Reply, StandIn};
use serde_json::{Value, json};

fn request(format: AnswerFormat) -> CompletionRequest {
    let message = |speaker, text: &str| Message {
        speaker,
        text: text.to_owned(),
    };
    CompletionRequest {
        instructions: "Answer in one sentence.".to_owned(),
        messages: vec![
            message(Speaker::User, "Who is there?"),
            message(Speaker::Model, "A fox."),
            message(Speaker::User, "What does it say?"),
        ],
        format,
        max_output_tokens: 500,
    }
}

fn greeting() -> AnswerFormat {
    AnswerFormat::Json {
        name: "greeting".to_owned(),
        schema: json!({
            "type": "object",
            "properties": {"words": {"type": "string"}},
            "required": ["words"],
            "additionalProperties": false,
        }),
    }
}

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
    server.asked().pop().unwrap().body
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
    let usage = TokenUsage {
        input: 200,
        cached_input: 0,
        output: 100,
    };
    assert_eq!(answer.usage, Some(usage));
    let mut asked = server.asked();
    assert_eq!(asked.len(), 2);
    insta::assert_json_snapshot!(asked.pop().unwrap().body["messages"]);

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
    let asked = server.asked();
    let count = |asked: &blog_model_server::Asked| asked.body["input"].as_array().unwrap().len();
    let counts: Vec<_> = asked.iter().map(count).collect();
    assert_eq!(counts, [64, 2]);
    server.reply([]);
    embedder.embed(&["", "Fox"]).await.unwrap();
    let body = server.asked().pop().unwrap().body;
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
    let body = server.asked().pop().unwrap().body;
    let expected = json!({"model": "omni-moderation-latest", "input": "Please flag this."});
    assert_eq!(body, expected);
}
