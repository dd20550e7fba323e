//! Summaries of what is too long, or has been asked for before.

use std::time::Duration;

use blog_model_server::{Problem, Reply};
use serde_json::json;

use crate::model::{Model, generate, usage};
use crate::server::{Answer, Server, request, token};

fn summarize(server: &Server, token: &str, text: &str) -> Answer {
    let text = json!({"text": text}).to_string();
    request(&server.address, token, "POST", "/ai/summarize", &text).unwrap()
}

#[test]
fn a_text_that_is_too_long_for_the_model_is_shortened_and_the_answer_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::ZERO);
    model.stand_in.reply([Reply::problem(Problem::TooLong)]);
    let server = model.serve(folder.path(), &[]);
    let token = token(folder.path(), "author");
    let section = |number| format!("## Day {number}\n\n{}\n\n", "It rained. ".repeat(200));
    let text: String = (1..=10).map(section).collect();
    let answer = summarize(&server, &token, &text);
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["shortened"], true);
    let asked = model.stand_in.asked();
    let sizes: Vec<_> = asked.iter().map(|it| it.body.to_string().len()).collect();
    assert_eq!(sizes.len(), 2);
    assert!(
        sizes[0] > text.len() && sizes[1] < text.len() * 2 / 3,
        "{sizes:?}"
    );
    let short = summarize(&server, &token, "It rained all day. Nobody minded.");
    assert_eq!(short.json().get("shortened"), None);
    server.stop("-TERM");
}

#[test]
fn the_same_summary_is_asked_for_once_where_summaries_are_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::ZERO);
    let server = model.serve(folder.path(), &["--ai-remembered", "summarize seo"]);
    let token = token(folder.path(), "author");
    let text = "It rained all day. We stayed inside. Nobody minded.";
    let first = summarize(&server, &token, text);
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!(first.json(), summarize(&server, &token, text).json());
    assert_eq!(model.stand_in.asked().len(), 1);
    for _ in 0..2 {
        assert_eq!(generate(&server.address, &token).unwrap().status, 200);
    }
    assert_eq!(model.stand_in.asked().len(), 3);
    assert_eq!(usage(&server, folder.path()).len(), 3);
    server.stop("-TERM");
}
