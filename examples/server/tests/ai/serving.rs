//! The server, and which model it asks how.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use blog_model_server::{Problem, Reply};
use serde_json::json;

use crate::model::{KEY, Model, generate, serve, usage};
use crate::server::{Server, request, token, wait_until};

#[test]
fn the_model_that_the_environment_names_writes_a_draft() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::ZERO);
    let server = model.serve(folder.path(), &[]);
    let token = token(folder.path(), "author");
    let answer = generate(&server.address, &token).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = answer.json();
    assert!(answer["engine"].as_str().unwrap().starts_with("model:"));
    let post = &answer["post"];
    assert_eq!(
        (&post["status"], &post["ai_generated"]),
        (&json!("draft"), &json!(true))
    );
    let calls = usage(&server, folder.path());
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0]["outcome"], "answered");
    assert!(!server.log().contains(KEY));
    server.stop("-TERM");
}

#[test]
fn a_model_that_thinks_is_asked_for_its_effort_and_given_room_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::ZERO);
    let limits = [None, Some("BLOG_OPENAI_EFFORT=low")].map(|effort| {
        let mut environment = model.as_openai();
        environment.extend(effort.map(str::to_owned));
        let server = serve(&environment, folder.path(), &[]);
        let token = token(folder.path(), "author");
        assert_eq!(generate(&server.address, &token).unwrap().status, 200);
        server.stop("-TERM");
        let asked = model.stand_in.asked().pop().unwrap().body;
        assert_eq!(asked.get("reasoning_effort").is_some(), effort.is_some());
        asked["max_completion_tokens"].as_u64().unwrap()
    });
    assert_eq!(limits[1], limits[0] + 4_000);
}

#[test]
fn anthropic_s_model_writes_a_draft_in_either_way_of_json() {
    for json in ["output-format", "tool-call"] {
        let folder = tempfile::tempdir().unwrap();
        let model = Model::start(Duration::ZERO);
        let mut environment = model.as_anthropic();
        environment.push(format!("BLOG_ANTHROPIC_JSON={json}"));
        environment.push("BLOG_ANTHROPIC_EFFORT=low".to_owned());
        let server = serve(&environment, folder.path(), &[]);
        let token = token(folder.path(), "author");
        let answer = generate(&server.address, &token).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
        let answer = answer.json();
        assert_eq!(answer["engine"], "model:stand-in");
        assert_eq!(answer["post"]["ai_generated"], true);
        let asked = model.stand_in.asked();
        assert_eq!(model.paths(), ["/v1/messages"]);
        assert_eq!(asked[0].body["tools"].is_array(), json == "tool-call");
        assert_eq!(asked[0].body["output_config"]["effort"], "low");
        let calls = usage(&server, folder.path());
        assert_eq!((calls.len(), &calls[0]["outcome"]), (1, &json!("answered")));
        assert!(!server.log().contains(KEY));
        server.stop("-TERM");
    }
}

#[test]
fn where_the_first_of_two_models_fails_the_second_answers() {
    for (first, failing) in [
        ("openai", "/v1/chat/completions"),
        ("anthropic", "/v1/messages"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (openai, anthropic) = (Model::start(Duration::ZERO), Model::start(Duration::ZERO));
        let mut environment = [openai.as_openai(), anthropic.as_anthropic()].concat();
        environment.push(format!("BLOG_AI_FIRST={first}"));
        let (broken, sound) = match first {
            "openai" => (&openai, &anthropic),
            _ => (&anthropic, &openai),
        };
        let failures = (0..10).map(|_| Reply::problem(Problem::Broken));
        broken.stand_in.reply(failures);
        let server = serve(&environment, folder.path(), &[]);
        let token = token(folder.path(), "author");
        let answer = generate(&server.address, &token).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.json()["post"]["ai_generated"], true);
        assert!(!broken.paths().is_empty());
        assert!(broken.paths().iter().all(|path| path == failing));
        assert_eq!(sound.paths().len(), 1);
        assert!(!server.log().contains(KEY));
        server.stop("-TERM");
    }
}

#[test]
fn empty_settings_count_as_none_and_the_answer_says_what_to_set() {
    let folder = tempfile::tempdir().unwrap();
    let program = [
        "env",
        "OPENAI_MODEL=",
        "OPENAI_API_KEY=",
        "OPENAI_BASE_URL=",
        "BLOG_OPENAI_DIALECT=",
        "ANTHROPIC_MODEL=",
        "ANTHROPIC_API_KEY=",
        "ANTHROPIC_BASE_URL=",
        "BLOG_ANTHROPIC_JSON=",
        "BLOG_ANTHROPIC_EFFORT=",
        "BLOG_AI_FIRST=",
        "BLOG_AI_DAY_TOKENS=",
    ];
    let server = Server::start_under(&program, folder.path(), &[]);
    let token = token(folder.path(), "author");
    let answer = generate(&server.address, &token).unwrap();
    assert_eq!(answer.status, 503);
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("OPENAI_MODEL"), "{detail}");
    assert!(detail.contains("ANTHROPIC_MODEL"), "{detail}");
    let text = json!({"text": "It rained all day. We stayed inside. Nobody minded."}).to_string();
    let summary = request(&server.address, &token, "POST", "/ai/summarize", &text).unwrap();
    assert_eq!(summary.json()["engine"], "local");
    server.stop("-TERM");
}

#[test]
fn who_goes_away_while_a_post_is_written_ends_the_model_s_call() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::ZERO);
    let server = model.serve(folder.path(), &[]);
    let token = token(folder.path(), "author");
    for accepted in ["text/event-stream", "application/json"] {
        let begun = vec!["{\"body\": \"Some ".to_owned()];
        model.stand_in.reply([Reply::Stall { pieces: begun }]);
        let mut stream = TcpStream::connect(&server.address).unwrap();
        let body = json!({"topic": "Crabs"}).to_string();
        let head = format!(
            "POST /ai/generate-content HTTP/1.1\r\nhost: blog\r\naccept: {accepted}\r\n\
             authorization: Bearer {token}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        model.waits_for_calls(1);
        drop(stream);
        model.waits_for_calls(0);
    }
    assert_eq!(model.stand_in.asked().len(), 2);
    wait_until("the call is settled", || {
        usage(&server, folder.path())
            .iter()
            .all(|call| call["outcome"] == "cancelled")
    });
    server.stop("-TERM");
}
