//! The server and a language model: a stand-in that speaks as OpenAI and as Anthropic do.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

mod server;

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use blog_model_server::{Options, Problem, Reply, StandIn};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use server::cluster::{Database, Way, node_under};
use server::{
    Answer, Server, command, errors, request, run, run_json, token, token_of, wait_until,
};

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
        serve(&self.as_openai(), data, options)
    }

    /// The environment of a server that asks it as OpenAI.
    fn as_openai(&self) -> Vec<String> {
        vec![
            format!("OPENAI_BASE_URL={}", self.stand_in.openai_url()),
            format!("OPENAI_API_KEY={KEY}"),
            "OPENAI_MODEL=stand-in".to_owned(),
            "BLOG_OPENAI_DIALECT=openai".to_owned(),
        ]
    }

    /// The environment of a server that asks it as Anthropic.
    fn as_anthropic(&self) -> Vec<String> {
        vec![
            format!("ANTHROPIC_BASE_URL={}", self.stand_in.anthropic_url()),
            format!("ANTHROPIC_API_KEY={KEY}"),
            "ANTHROPIC_MODEL=stand-in".to_owned(),
        ]
    }

    /// Where it was asked, call by call.
    fn paths(&self) -> Vec<String> {
        let asked = self.stand_in.asked().into_iter();
        asked.map(|asked| asked.uri.path().to_owned()).collect()
    }

    fn waits_for_calls(&self, count: usize) {
        wait_until("the model is asked, or no longer", || {
            self.stand_in.open_calls() == count
        });
    }
}

fn serve(environment: &[String], data: &Path, options: &[&str]) -> Server {
    let program: Vec<_> = ["env"]
        .into_iter()
        .chain(environment.iter().map(String::as_str))
        .collect();
    Server::start_under(&program, data, options)
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
fn a_role_has_a_budget_of_its_own_and_those_below_the_lowest_have_none() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::ZERO);
    let mut environment = model.as_openai();
    environment.push("BLOG_AI_ROLE_DAY_TOKENS=author=1 editor=100000".to_owned());
    let options = ["--ai-lowest-role", "author", "--ai-actor-day-tokens", "1"];
    let server = serve(&environment, folder.path(), &options);
    for (role, status) in [
        ("contributor", 403),
        ("author", 403),
        ("editor", 200),
        // As everybody.
        ("admin", 403),
    ] {
        let token = token_of(folder.path(), role, role);
        let answer = generate(&server.address, &token).unwrap();
        assert_eq!(answer.status, status, "{role}: {}", answer.text);
    }
    assert_eq!(model.stand_in.asked().len(), 1);
    server.stop("-TERM");
}

#[test]
fn of_two_servers_that_want_the_last_of_a_budget_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::from_millis(20));
    let budget = ["--ai-day-tokens", "8000"];
    let servers = [(); 2].map(|()| model.serve(folder.path(), &budget));
    one_gets_the_last(&model, servers, &token(folder.path(), "author"));
}

#[test]
fn of_two_nodes_on_one_postgresql_that_want_the_last_of_a_budget_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::from_millis(20));
    let token = token(folder.path(), "author");
    let database = Database::new("budget");
    let url = database.url(Way::Direct);
    let options = ["--database-url", &url, "--ai-day-tokens", "8000"];
    let environment = model.as_openai();
    let program = ["env"].into_iter();
    let program: Vec<_> = program
        .chain(environment.iter().map(String::as_str))
        .collect();
    let servers = ["one", "two"].map(|name| node_under(&program, folder.path(), name, &options));
    one_gets_the_last(&model, servers, &token);
    database.remove();
}

/// Both are asked at once by somebody who has enough for one.
fn one_gets_the_last(model: &Model, servers: [Server; 2], token: &str) {
    let asking = servers.each_ref().map(|server| {
        let (address, token) = (server.address.clone(), token.to_owned());
        std::thread::spawn(move || generate(&address, &token).unwrap().status)
    });
    let mut statuses = asking.map(|asking| asking.join().unwrap());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 429]);
    assert_eq!(model.stand_in.asked().len(), 1);
    servers.into_iter().for_each(|server| server.stop("-TERM"));
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

/// A command on a data folder that asks this model.
fn ask(model: &Model, data: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = command([&["ai"], arguments].concat());
    let environment = model.as_openai();
    let environment = environment.iter().filter_map(|it| it.split_once('='));
    let output = command.envs(environment).arg("--data").arg(data).output();
    let output = output.unwrap();
    let said = String::from_utf8(output.stdout.clone()).unwrap();
    (output.status.code(), said, errors(&output))
}

fn ask_json(model: &Model, data: &Path, arguments: &[&str]) -> Value {
    let (code, said, errors) = ask(model, data, &[arguments, &["--json"]].concat());
    assert_eq!(code, Some(0), "{errors}");
    serde_json::from_str(&said).unwrap()
}

#[test]
fn a_draft_is_asked_for_and_looked_at_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let model = Model::start(Duration::ZERO);
    let written = ask_json(&model, &data, &["generate", "Crabs", "--draft"]);
    assert_eq!(written["engine"], "model:stand-in");
    assert_eq!(written["post"]["status"], "draft");
    let post = written["post"]["id"].as_str().unwrap();
    for (arguments, found) in [
        (vec!["summarize", "--post", post], "summary"),
        (vec!["sentiment", "--post", post], "label"),
        (vec!["seo", "--post", post], "findings"),
    ] {
        let answer = ask_json(&model, &data, &arguments);
        assert_eq!(answer["engine"], "model:stand-in", "{arguments:?}");
        assert!(answer.get(found).is_some(), "{arguments:?}");
    }
    let usage = ask_json(&model, &data, &["usage"]);
    let calls = usage["items"].as_array().unwrap().iter();
    let purposes: Vec<_> = calls.map(|it| it["purpose"].as_str().unwrap()).collect();
    assert_eq!(purposes, ["generate", "sentiment", "seo", "summarize"]);
    let (_, said, _) = ask(&model, &data, &["usage"]);
    assert_eq!(said.lines().count(), 5, "{said}");
}

const TEXT: &str = "# Crabs\n\n\
    We walked along the beach for a whole afternoon, and met nothing but a crab behind a stone.\n\n\
    ![](/crab.jpg)\n\n\
    The crab walked sideways towards the sea, as crabs do when somebody comes too near to them.\n\n\
    Nobody in our family had ever seen so large a crab, and all of us talked about it for days.\n";

#[test]
fn whatever_a_model_does_with_a_text_is_asked_for_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let path = folder.path().join("crabs.md");
    std::fs::write(&path, TEXT).unwrap();
    let file = path.to_str().unwrap();
    let model = Model::start(Duration::ZERO);
    for (arguments, told, said) in [
        (
            vec!["suggest", file, "--kind", "titles", "--count", "1"],
            "/titles/0",
            "titles: A stand-in",
        ),
        (
            vec!["translate", file, "--to", "de"],
            "/content/body",
            "# A stand-in",
        ),
        (
            vec!["rewrite", file, "--instruction", "Plainly"],
            "/paragraphs/0/after",
            "- We walked",
        ),
        (
            vec!["shorten", file, "--share", "0.6"],
            "/paragraphs/1/after",
            "+ A stand-in",
        ),
        (
            vec!["alt-text", file],
            "/images/0/alt",
            "/crab.jpg: A stand-in",
        ),
        (vec!["moderate", file], "/label", "("),
    ] {
        let answer = ask_json(&model, &data, &arguments);
        assert_eq!(answer["engine"], "model:stand-in", "{arguments:?}");
        let found = answer.pointer(told).and_then(Value::as_str);
        assert!(found.is_some(), "{arguments:?}: {answer}");
        let (code, shown, errors) = ask(&model, &data, &arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {errors}");
        assert!(shown.contains(said), "{arguments:?}: {shown}");
    }
    let asked = model.stand_in.asked();
    assert!(asked[4].body.to_string().contains("Plainly"));
}

#[test]
fn a_post_is_translated_into_a_draft_and_drawn_from_sources_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let source = folder.path().join("source.txt");
    std::fs::write(&source, "Crabs walk sideways.").unwrap();
    let model = Model::start(Duration::ZERO);
    let from = ["--source", source.to_str().unwrap(), "--draft"];
    let written = ask_json(&model, &data, &[&["generate", "Crabs"][..], &from].concat());
    assert!(
        model.stand_in.asked()[0]
            .body
            .to_string()
            .contains("Crabs walk sideways.")
    );
    let post = written["post"]["id"].as_str().unwrap();
    let arguments = [
        "translate",
        "--post",
        post,
        "--to",
        "de",
        "--draft",
        "--as",
        "Ada",
    ];
    let translated = ask_json(&model, &data, &arguments);
    assert_eq!(translated["post"]["locale"], "de");
    assert_eq!(translated["post"]["author"]["name"], "Ada");
}

#[test]
fn a_text_is_looked_at_without_a_model_and_a_post_says_what_to_set() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("post.md");
    std::fs::write(
        &file,
        "We had a wonderful day at the beach with our children. They laughed and played.",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let (code, answer) = run_json(&data, &["ai", "summarize", file, "--sentences", "1"]);
    assert_eq!((code, &answer["engine"]), (Some(0), &json!("local")));
    let said = run(&data, &["ai", "sentiment", file]).stdout;
    assert!(said.starts_with(b"positive (+"), "{said:?}");
    let (code, answer) = run_json(&data, &["ai", "suggest", file]);
    assert_eq!((code, &answer["engine"]), (Some(0), &json!("local")));
    let said = String::from_utf8(run(&data, &["ai", "seo", file]).stdout).unwrap();
    assert!(
        said.starts_with("title: ") && said.contains("score: "),
        "{said}"
    );

    for (arguments, code, named) in [
        (vec!["ai", "generate", "Crabs"], 1, "OPENAI_MODEL"),
        (vec!["ai", "generate", ""], 2, "topic must not be empty"),
        (
            vec!["ai", "generate", "Crabs", "--source", "/nowhere"],
            2,
            "/nowhere",
        ),
        (
            vec!["ai", "translate", file, "--to", "de"],
            1,
            "OPENAI_MODEL",
        ),
        (vec!["ai", "translate", file], 2, "--to"),
        (
            vec!["ai", "shorten", file, "--to", "9", "--share", "0.5"],
            2,
            "--share",
        ),
        (vec!["ai", "summarize"], 2, "<FILE>"),
        (vec!["ai", "summarize", "/nowhere.md"], 2, "/nowhere.md"),
        (
            vec!["ai", "summarize", file, "--sentences", "0"],
            2,
            "sentences must be from 1",
        ),
        (
            vec![
                "ai",
                "seo",
                "--post",
                "0192d3c0-0000-7000-8000-000000000000",
            ],
            1,
            "no such post",
        ),
    ] {
        let output = run(&data, &arguments);
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(named), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_flag_before_the_command_goes_before_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::ZERO);
    let mut environment = model.as_openai();
    environment.push("BLOG_AI_DAY_TOKENS=1000000".to_owned());
    let environment = environment.iter().filter_map(|it| it.split_once('='));
    let mut command = command(["--ai-day-tokens", "1", "ai", "generate", "Crabs", "--data"]);
    let output = command
        .envs(environment)
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("budget"), "{}", errors(&output));
    assert!(model.stand_in.asked().is_empty());
}

#[test]
fn a_draft_from_the_command_line_is_whose_it_is_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let model = Model::start(Duration::ZERO);
    for (arguments, id, name) in [
        (
            &["generate", "Crabs", "--draft"][..],
            "command-line",
            "Command line",
        ),
        (
            &["generate", "Crabs", "--draft", "--as", "Ada L"],
            "ada-l",
            "Ada L",
        ),
    ] {
        let written = ask_json(&model, &data, arguments);
        assert_eq!(written["post"]["author"], json!({"id": id, "name": name}));
    }
}

#[test]
fn a_command_that_is_told_to_stop_settles_its_call() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let model = Model::start(Duration::ZERO);
    model.stand_in.reply([Reply::Stall { pieces: vec![] }]);
    let environment = model.as_openai();
    let environment = environment.iter().filter_map(|it| it.split_once('='));
    let mut asking = command(["ai", "generate", "Crabs", "--data"]);
    let mut asking = asking.envs(environment).arg(&data).spawn().unwrap();
    model.waits_for_calls(1);
    let mut stop = Command::new("kill");
    let stop = stop.args(["-INT", &asking.id().to_string()]);
    assert!(stop.status().unwrap().success());
    assert_eq!(asking.wait().unwrap().code(), Some(1));
    let server = model.serve(&data, &[]);
    let calls = usage(&server, &data);
    assert_eq!(
        (calls.len(), &calls[0]["outcome"]),
        (1, &json!("cancelled"))
    );
    server.stop("-TERM");
}

#[test]
fn a_text_that_is_too_large_is_not_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["ai", "seo", "/dev/zero"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        errors(&output).contains("more than 16 MiB"),
        "{}",
        errors(&output)
    );
}

#[test]
fn budgets_in_money_need_prices_and_hold_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::ZERO);
    let ask = |settings: &[&str]| {
        let mut command = command(settings);
        let environment = model.as_openai();
        let environment = environment.iter().filter_map(|it| it.split_once('='));
        command
            .envs(environment)
            .args(["ai", "generate", "Crabs", "--json", "--data"]);
        command.arg(folder.path()).output().unwrap()
    };
    let without = ask(&["--ai-day-cost", "5"]);
    assert!(
        errors(&without).contains("has no price"),
        "{}",
        errors(&without)
    );
    let prices = ["--ai-day-cost", "5", "--ai-prices", "stand-in=2/1/4"];
    let answered = ask(&prices);
    let answer: Value = serde_json::from_slice(&answered.stdout).unwrap();
    assert!(answer["cost"].as_f64().unwrap() > 0.0);
    let spent = ask(&["--ai-day-cost", "0.001", "--ai-prices", "stand-in=2/1/4"]);
    assert!(errors(&spent).contains("budget"), "{}", errors(&spent));
    assert_eq!(spent.status.code(), Some(1));
}
