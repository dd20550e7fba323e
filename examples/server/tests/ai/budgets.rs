//! What models may cost, on one server and on several.

use std::time::Duration;

use blog_model_server::Reply;
use serde_json::{Value, json};

use crate::model::{Model, generate, serve, usage};
use crate::server::cluster::{Database, Way, node_under};
use crate::server::{Server, command, errors, request_with, token, token_of};

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
fn what_is_still_being_written_when_the_server_is_stopped_is_settled() {
    let folder = tempfile::tempdir().unwrap();
    let model = Model::start(Duration::ZERO);
    let mut server = model.serve(folder.path(), &[]);
    let token = token(folder.path(), "author");
    let accepted = ["text/event-stream", "application/json"];
    model.stand_in.reply(accepted.map(|_| Reply::Stall {
        pieces: vec!["{\"title\": \"Crabs\", \"body\": \"Some ".to_owned()],
    }));
    let asking = accepted.map(|accepted| {
        let (address, token) = (server.address.clone(), token.clone());
        let (accept, wanted) = (format!("accept: {accepted}\r\n"), json!({"topic": "Crabs"}));
        std::thread::spawn(move || {
            let path = "/ai/generate-content";
            request_with(&address, &token, "POST", path, &accept, &wanted.to_string());
        })
    });
    model.waits_for_calls(2);
    server.tell("-TERM");
    server.child.wait().unwrap();
    asking.into_iter().for_each(|asking| asking.join().unwrap());
    model.waits_for_calls(0);

    let server = model.serve(folder.path(), &[]);
    let calls = usage(&server, folder.path());
    let outcomes: Vec<_> = calls.iter().map(|call| &call["outcome"]).collect();
    assert_eq!(outcomes, ["cancelled", "cancelled"]);
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
