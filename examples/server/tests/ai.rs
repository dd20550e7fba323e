//! The server and a language model: a stand-in that speaks as OpenAI does.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

mod server;

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use blog_model_server::{Options, Reply, StandIn};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use server::{Answer, Server, request, token, wait_until};

const KEY: &str = "sk-marker";

/// A stand-in, and what runs it.
struct Model {
    stand_in: StandIn,
    _runtime: Runtime,
}

impl Model {
    /// It thinks for so long before each piece of an answer.
    fn start(pause: Duration) -> Self {
        let runtime = Runtime::new().unwrap();
        let mut options = Options::default();
        options.key = Some(KEY.to_owned());
        options.pause = pause;
        let stand_in = runtime.block_on(StandIn::start(options)).unwrap();
        Self {
            stand_in,
            _runtime: runtime,
        }
    }

    /// A server that asks it, told so by the environment.
    fn serve(&self, data: &Path, options: &[&str]) -> Server {
        let base_url = format!("OPENAI_BASE_URL={}", self.stand_in.openai_url());
        let key = format!("OPENAI_API_KEY={KEY}");
        let program = ["env", "OPENAI_MODEL=stand-in", "BLOG_OPENAI_DIALECT=openai"];
        let program = [&program[..], &[&base_url, &key]].concat();
        Server::start_under(&program, data, options)
    }

    fn waits_for_calls(&self, count: usize) {
        wait_until("the model is asked, or no longer", || {
            self.stand_in.open_calls() == count
        });
    }
}

fn generate(address: &str, token: &str) -> Option<Answer> {
    let wanted = json!({"topic": "Crabs", "save_as_draft": true}).to_string();
    request(address, token, "POST", "/ai/generate-content", &wanted)
}

fn usage(server: &Server, data: &Path) -> Vec<Value> {
    let admin = token(data, "admin");
    let answer = request(&server.address, &admin, "GET", "/ai/usage", "").unwrap();
    answer.json()["items"].as_array().unwrap().clone()
}

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
fn empty_settings_count_as_none_and_the_answer_says_what_to_set() {
    let folder = tempfile::tempdir().unwrap();
    let program = [
        "env",
        "OPENAI_MODEL=",
        "OPENAI_API_KEY=",
        "OPENAI_BASE_URL=",
        "BLOG_AI_DAY_TOKENS=",
    ];
    let server = Server::start_under(&program, folder.path(), &[]);
    let token = token(folder.path(), "author");
    let answer = generate(&server.address, &token).unwrap();
    assert_eq!(answer.status, 503);
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("OPENAI_MODEL"), "{detail}");
    let text = json!({"text": "It rained all day. We stayed inside. Nobody minded."}).to_string();
    let summary = request(&server.address, &token, "POST", "/ai/summarize", &text).unwrap();
    assert_eq!(summary.json()["engine"], "local");
    server.stop("-TERM");
}

#[test]
fn what_a_call_may_cost_stays_set_aside_when_the_server_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::ZERO);
    model.stand_in.reply([Reply::Stall { pieces: vec![] }]);
    let budget = ["--ai-day-tokens", "8000"];
    let server = model.serve(folder.path(), &budget);
    let token = token(folder.path(), "author");
    let asking = std::thread::spawn({
        let (address, token) = (server.address.clone(), token.clone());
        move || generate(&address, &token).is_none()
    });
    model.waits_for_calls(1);
    server.kill();
    assert!(asking.join().unwrap());
    model.waits_for_calls(0);

    let server = model.serve(folder.path(), &budget);
    let calls = usage(&server, folder.path());
    assert_eq!((calls.len(), &calls[0]["outcome"]), (1, &Value::Null));
    let answer = generate(&server.address, &token).unwrap();
    assert_eq!(answer.status, 429, "{}", answer.text);
    assert!(answer.head.to_lowercase().contains("retry-after: "));
    server.stop("-TERM");
}

#[test]
fn of_two_servers_that_want_the_last_of_a_budget_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::from_millis(20));
    let budget = ["--ai-day-tokens", "8000"];
    let servers = [(); 2].map(|()| model.serve(folder.path(), &budget));
    let token = token(folder.path(), "author");
    let asking = servers.each_ref().map(|server| {
        let (address, token) = (server.address.clone(), token.clone());
        std::thread::spawn(move || generate(&address, &token).unwrap().status)
    });
    let mut statuses = asking.map(|asking| asking.join().unwrap());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 429]);
    assert_eq!(model.stand_in.asked().len(), 1);
    servers.into_iter().for_each(|server| server.stop("-TERM"));
}

#[test]
fn who_goes_away_while_a_post_is_streamed_ends_the_model_s_call() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::ZERO);
    let begun = vec!["{\"body\": \"Some ".to_owned()];
    model.stand_in.reply([Reply::Stall { pieces: begun }]);
    let server = model.serve(folder.path(), &[]);
    let token = token(folder.path(), "author");
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let body = json!({"topic": "Crabs"}).to_string();
    let head = format!(
        "POST /ai/generate-content HTTP/1.1\r\nhost: blog\r\naccept: text/event-stream\r\n\
         authorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    model.waits_for_calls(1);
    drop(stream);
    model.waits_for_calls(0);
    wait_until("the call is settled", || {
        usage(&server, folder.path())
            .iter()
            .all(|call| call["outcome"] == "cancelled")
    });
    server.stop("-TERM");
}
