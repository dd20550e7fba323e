//! The same from the command line.

use std::process::Command;
use std::time::Duration;

use blog_model_server::Reply;
use serde_json::{Value, json};

use crate::model::{Model, ask, ask_json, usage};
use crate::server::{command, errors, run, run_json};

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
