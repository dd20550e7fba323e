//! What a host may have wrong, and who may see it.

use std::fmt::Write;

use blog_ai_openai::{Dialect, OpenAi, OpenAiConfig, OpenAiEmbedder};
use blog_core::ports::LanguageModel;
use blog_model_server::Reply;
use serde_json::json;

use crate::faults::{JSON, NEVER, check, raw, request};
use crate::kit;

#[tokio::test]
async fn a_header_that_is_not_the_hosts_is_named() {
    let (one, two) = ("sk-marked", "sk-marked\nsecond line");
    for (name, value, wrong) in [
        ("content-length", one, "cannot be configured"),
        ("Content-Type", one, "cannot be configured"),
        ("Host", one, "cannot be configured"),
        ("TRANSFER-ENCODING", one, "cannot be configured"),
        ("connection", one, "cannot be configured"),
        ("Authorization", one, "is there twice"),
        ("OpenAI-Project", one, "is there twice"),
        ("x-two-lines", two, "has characters that cannot be sent"),
    ] {
        let mut config = OpenAiConfig::default();
        config.key = Some(kit::KEY.into());
        config.project = Some("proj-1".to_owned());
        config.headers = vec![(name.to_owned(), value.into())];
        let told = OpenAi::new("stand-in", &config).unwrap_err();
        check(&told, &NEVER, name);
        let name = name.to_lowercase();
        let expected = format!("the model's server cannot be used: the header {name} {wrong}");
        assert_eq!(told.to_string(), expected);
        assert!(!format!("{told:?}").contains("sk-marked"), "{told:?}");
    }
}

#[tokio::test]
async fn a_secret_in_the_urls_query_is_never_shown() {
    let server = kit::stand_in().await.unwrap();
    let mut config = kit::config(&server, Dialect::OpenAi);
    config.base_url.push_str("?token=sk-marked%2F1");
    let model = OpenAi::new("stand-in", &config).unwrap();
    let embedder = OpenAiEmbedder::new("stand-in", &config).unwrap();
    let repeated = json!({"error": {"message": "no sk-marked%2F1 and no sk-marked/1"}});
    server.reply([
        Reply::Raw {
            status: 400,
            content_type: JSON,
            body: repeated.to_string(),
        },
        Reply::Reset { pieces: Vec::new() },
        raw(JSON, "{"),
        raw(JSON, repeated.to_string()),
    ]);
    let mut shown = format!("{config:?} {model:?} {embedder:?}");
    for _ in 0..4 {
        let told = model.complete(&request()).await.unwrap_err();
        write!(shown, "{told} {told:?}").unwrap();
    }
    config.base_url = "http://127.0.0.1:1/v1?token=sk-marked%2F1".to_owned();
    let away = OpenAi::new("stand-in", &config).unwrap();
    let told = away.complete(&request()).await.unwrap_err();
    write!(shown, "{told} {told:?}").unwrap();
    assert!(!shown.contains("sk-marked"), "{shown}");
    assert!(shown.contains("no … and no …"), "{shown}");
    let asked = server.asked().pop().unwrap();
    assert_eq!(asked.uri.query(), Some("token=sk-marked%2F1"));
}
