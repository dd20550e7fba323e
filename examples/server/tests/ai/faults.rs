//! What clients are told where a model fails, and what was charged for it.

use std::time::Duration;

use blog_core::memory::ScriptedReply;
use blog_core::ports::{StopReason, TokenUsage};
use blog_model_server::{Problem, Reply};
use serde_json::{Value, json};

use crate::model::{KEY, Model, generate, serve, usage};
use crate::server::{Answer, request, request_with, token};

fn answer(text: &str, stop: StopReason) -> Reply {
    Reply::Scripted(ScriptedReply::Answer {
        pieces: vec![text.to_owned()],
        pause: Duration::ZERO,
        stop,
        usage: Some(TokenUsage {
            input: 100,
            cached_input: 0,
            output: 50,
        }),
    })
}

/// How each call ended, and its tokens.
fn charged(calls: &[Value]) -> Vec<(&str, u64)> {
    let charged = calls.iter().map(|call| {
        let tokens = call["amount"]["tokens"].as_u64().unwrap();
        (call["outcome"].as_str().unwrap(), tokens)
    });
    charged.collect()
}

/// What a post is asked for with, and what comes of it.
fn failing(replies: impl IntoIterator<Item = Reply>) -> (Answer, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::ZERO);
    model.stand_in.reply(replies);
    let server = model.serve(folder.path(), &[]);
    let token = token(folder.path(), "author");
    let answer = generate(&server.address, &token).unwrap();
    let calls = usage(&server, folder.path());
    assert_eq!(model.stand_in.asked().len(), calls.len());
    server.stop("-TERM");
    (answer, calls)
}

#[track_caller]
fn check_problem(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text);
    let head = answer.head.to_lowercase();
    assert!(
        head.contains("content-type: application/problem+json"),
        "{head}"
    );
    let problem = answer.json();
    assert_eq!(problem["type"], "about:blank");
    assert_eq!(problem["status"], status);
    assert!(!problem["detail"].as_str().unwrap().is_empty());
}

#[test]
fn a_vendor_that_is_asked_too_often_says_when_to_come_back_and_costs_nothing() {
    let (answer, calls) = failing([Reply::Problem {
        problem: Problem::TooOften,
        headers: vec![("retry-after", "3600".to_owned())],
    }]);
    check_problem(&answer, 429);
    assert!(answer.head.to_lowercase().contains("retry-after: 3600"));
    assert_eq!(charged(&calls), [("failed", 0)]);
}

#[test]
fn a_refusal_names_the_field_and_is_paid_for() {
    let no = StopReason::Refused(Some("I would rather not.".to_owned()));
    let (refused, calls) = failing([answer("", no)]);
    check_problem(&refused, 422);
    let error = &refused.json()["errors"][0];
    assert_eq!(error["field"], "topic");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("I would rather not."), "{message}");
    assert_eq!(charged(&calls), [("unusable", 150)]);
}

#[test]
fn an_answer_that_stays_half_a_post_is_a_failure_and_each_of_them_is_paid_for() {
    let half = || answer("{\"title\": \"Half", StopReason::Finished);
    let (failed, calls) = failing((0..10).map(|_| half()));
    check_problem(&failed, 503);
    assert!(calls.len() > 1);
    assert!(charged(&calls).iter().all(|(_, tokens)| *tokens == 150));
}

#[test]
fn a_stream_that_is_cut_ends_in_a_problem_and_what_came_is_paid_for() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::ZERO);
    let pieces = vec!["{\"title\": \"Crabs\", \"body\": \"They walk".to_owned()];
    let cut = Reply::Scripted(ScriptedReply::Cut { pieces });
    model.stand_in.reply([cut]);
    let server = model.serve(folder.path(), &[]);
    let token = token(folder.path(), "author");
    let wanted = json!({"topic": "Crabs"}).to_string();
    let accept = "accept: text/event-stream\r\n";
    let path = "/ai/generate-content";
    let answer = request_with(&server.address, &token, "POST", path, accept, &wanted).unwrap();
    assert_eq!(answer.status, 200);
    let (said, end) = answer.text.split_once("event: error").unwrap();
    assert!(
        said.contains("event: delta") && said.contains("They walk"),
        "{said}"
    );
    assert!(
        end.contains("\"type\":\"about:blank\"") && end.contains("\"status\":503"),
        "{end}"
    );
    let calls = usage(&server, folder.path());
    let [("failed", tokens)] = charged(&calls)[..] else {
        panic!("{calls:?}")
    };
    assert!(tokens > 0);
    server.stop("-TERM");
}

#[test]
fn a_wrong_key_is_told_to_nobody_and_not_logged_though_the_vendor_repeats_it() {
    let wrong = "sk-wrong-0123456789";
    let (openai, anthropic) = (Model::start(Duration::ZERO), Model::start(Duration::ZERO));
    for (model, environment) in [
        (&openai, openai.as_openai()),
        (&anthropic, anthropic.as_anthropic()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let environment = environment.iter().map(|it| it.replace(KEY, wrong));
        let environment: Vec<_> = environment.chain(["RUST_LOG=trace".to_owned()]).collect();
        let server = serve(&environment, folder.path(), &[]);
        let token = token(folder.path(), "author");
        let answer = generate(&server.address, &token).unwrap();
        check_problem(&answer, 503);
        let told = [answer.head, answer.text].concat();
        let log = server.log();
        assert!(log.contains("TRACE"), "{log}");
        assert!(!told.contains(wrong) && !log.contains(wrong));
        assert_eq!(model.stand_in.asked().len(), 1);
        let calls = usage(&server, folder.path());
        assert_eq!(charged(&calls), [("failed", 0)]);
        server.stop("-TERM");
    }
}

#[test]
fn a_key_is_not_logged_while_a_model_answers() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::ZERO);
    let mut environment = model.as_openai();
    environment.push("RUST_LOG=trace".to_owned());
    let server = serve(&environment, folder.path(), &[]);
    let token = token(folder.path(), "author");
    assert_eq!(generate(&server.address, &token).unwrap().status, 200);
    let log = server.log();
    assert!(log.contains("TRACE") && !log.contains(KEY));
    server.stop("-TERM");
}

#[test]
fn whatever_the_stand_in_makes_up_never_claims_to_be_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::ZERO);
    let server = model.serve(folder.path(), &[]);
    let token = token(folder.path(), "author");
    let text = "Crabs walk, as everybody knows who has ever been by the sea at low tide, and looked.\n\n\
        ![A crab](/crab.png)\n\n\
        They walk sideways, mostly, and nobody has ever found out why they do not walk as others do.";
    for (path, wanted) in [
        ("/ai/generate-content", json!({"topic": "Crabs"})),
        ("/ai/summarize", json!({"text": text})),
        ("/ai/seo", json!({"text": text})),
        ("/ai/suggest", json!({"text": text})),
        ("/ai/rewrite", json!({"text": text})),
        ("/ai/shorten", json!({"text": text})),
        ("/ai/translate", json!({"text": text, "to": "de"})),
        ("/ai/alt-text", json!({"text": text})),
        ("/ai/moderate", json!({"text": text})),
    ] {
        let wanted = wanted.to_string();
        let answer = request(&server.address, &token, "POST", path, &wanted).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        assert_eq!(answer.json()["engine"], "model:stand-in", "{path}");
        let denies = answer.text.contains("which no model has written");
        assert!(denies, "{path}: {}", answer.text);
    }
    server.stop("-TERM");
}
