//! Data that is damaged, too new or not to be written: named, and nothing is lost.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

mod server;

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use server::{Server, errors, run, run_json, wait_until, write_posts};

/// Data with 20 posts in it.
fn filled(folder: &Path) -> std::path::PathBuf {
    let (posts, data) = (folder.join("posts"), folder.join("data"));
    write_posts(&posts, 20);
    let output = run(&data, &["import", "--publish", posts.to_str().unwrap()]);
    assert!(output.status.success(), "{}", errors(&output));
    data
}

async fn change(data: &Path, sql: &'static str) {
    let options = SqliteConnectOptions::new().filename(data.join("blog.db"));
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[test]
fn a_data_folder_that_cannot_be_made_or_written_is_named() {
    for data in ["/dev/null/blog", "/proc"] {
        let output = run(Path::new(data), &["serve"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(errors(&output).contains(data), "{}", errors(&output));
    }
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = filled(folder.path());
    change(&data, "INSERT INTO blog_migrations (version) VALUES (999)").await;
    for arguments in [vec!["serve"], vec!["check"], vec!["reindex"]] {
        let output = run(&data, &arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(
            errors(&output).contains("update the program"),
            "{}",
            errors(&output)
        );
    }
    change(&data, "DELETE FROM blog_migrations WHERE version = 999").await;
    assert!(run(&data, &["check"]).status.success());
}

#[test]
fn an_index_that_is_damaged_is_built_anew_and_the_server_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let data = filled(folder.path());
    let search = data.join("search");
    let generation = std::fs::read_to_string(search.join("current")).unwrap();
    for entry in std::fs::read_dir(search.join(generation.trim())).unwrap() {
        let path = entry.unwrap().path();
        std::fs::write(path, b"not what was here before").unwrap();
    }
    let server = Server::start(&data);
    wait_until("it is built anew", || {
        server
            .get("/api/search?q=gondola")
            .1
            .contains("\"total\":20")
    });
    assert!(
        server.log().contains("built from storage"),
        "{}",
        server.log()
    );
    server.stop("-TERM");
    assert!(run(&data, &["check"]).status.success());
}

#[test]
fn an_index_that_is_gone_is_built_anew() {
    let folder = tempfile::tempdir().unwrap();
    let data = filled(folder.path());
    std::fs::remove_dir_all(data.join("search")).unwrap();
    let (code, report) = run_json(&data, &["reindex"]);
    assert_eq!((code, report["posts"].as_u64()), (Some(0), Some(20)));
    assert!(run(&data, &["check"]).status.success());
}

#[tokio::test]
async fn a_check_finds_what_is_not_as_it_should_be() {
    for (damage, problem) in [
        (
            "UPDATE blog_versions SET body = body || '!' WHERE rowid IN \
             (SELECT rowid FROM blog_versions LIMIT 1)",
            "its hash differs",
        ),
        (
            "DELETE FROM blog_audit WHERE seq = 1",
            "is not in the audit trail",
        ),
        (
            "DELETE FROM blog_events WHERE seq = 7",
            "is not in the event log",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let data = filled(folder.path());
        change(&data, damage).await;
        let (code, report) = run_json(&data, &["check"]);
        assert_eq!(code, Some(1), "{report}");
        let found = report["findings"].to_string();
        assert!(found.contains(problem), "{found}");
    }
}

#[tokio::test]
async fn a_check_finds_a_post_that_the_index_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let data = filled(folder.path());
    let copy = folder.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    std::fs::rename(data.join("search"), copy.join("search")).unwrap();
    write_posts(&folder.path().join("posts"), 21);
    filled(folder.path());
    std::fs::remove_dir_all(data.join("search")).unwrap();
    std::fs::rename(copy.join("search"), data.join("search")).unwrap();
    let (code, report) = run_json(&data, &["check"]);
    assert_eq!(code, Some(1), "{report}");
    assert!(
        report["findings"].to_string().contains("events behind"),
        "{report}"
    );
}
