//! The commands: what they print, and their exit codes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

mod server;

use serde_json::json;

use server::{Server, command, errors, request_with, run, run_json, token, write_posts};

#[test]
fn an_import_names_the_files_that_failed_and_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let (posts, data) = (folder.path().join("posts"), folder.path().join("data"));
    write_posts(&posts, 3);
    for (name, bytes) in [
        (
            "bad.md",
            b"+++\ntitle = \"Bad\"\ndate = ?\n+++\n".as_slice(),
        ),
        ("bytes.md", b"+++\ntitle = \"Bytes\"\n+++\n\xff\n"),
        (
            "long.markdown",
            format!("---\ntitle: {}\n---\n", "x".repeat(301)).as_bytes(),
        ),
        ("section/_index.md", b"+++\ntitle = \"Section\"\n+++\n"),
    ] {
        let path = posts.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let import = || run_json(&data, &["import", "--publish", posts.to_str().unwrap()]);
    let (code, report) = import();
    assert_eq!(
        (code, &report["imported"]),
        (Some(1), &json!(3)),
        "{report}"
    );
    assert_eq!(report["skipped"], 1);
    let failed: Vec<_> = report["failed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|failure| {
            let (file, error) = (&failure["file"], &failure["error"]);
            format!("{}: {}", file.as_str().unwrap(), error.as_str().unwrap())
        })
        .collect();
    assert!(failed[0].starts_with("bad.md: line 3: "), "{failed:?}");
    assert_eq!(failed[1], "bytes.md: line 4: the text is not UTF-8");
    assert_eq!(
        failed[2],
        "long.markdown: line 2: title must have at most 300 characters"
    );
    let (_, report) = import();
    assert_eq!(
        (&report["imported"], &report["unchanged"]),
        (&json!(0), &json!(3))
    );

    std::fs::write(
        posts.join("0000.md"),
        "+++\ntitle = \"Post 0\"\n+++\nOther words\n",
    )
    .unwrap();
    let (_, report) = import();
    assert_eq!(
        (&report["updated"], &report["unchanged"]),
        (&json!(1), &json!(2))
    );
}

#[test]
fn two_files_with_one_alias_are_not_both_imported() {
    let folder = tempfile::tempdir().unwrap();
    let (posts, data) = (folder.path().join("posts"), folder.path().join("data"));
    std::fs::create_dir_all(&posts).unwrap();
    for name in ["a", "b"] {
        let text = format!("+++\ntitle = \"{name}\"\naliases = [\"same\"]\n+++\n");
        std::fs::write(posts.join(format!("{name}.md")), text).unwrap();
    }
    let (code, report) = run_json(&data, &["import", posts.to_str().unwrap()]);
    assert_eq!(
        (code, &report["imported"]),
        (Some(1), &json!(1)),
        "{report}"
    );
    let error = report["failed"][0]["error"].as_str().unwrap();
    assert!(
        error.starts_with("the alias same leads to the post "),
        "{error}"
    );
}

#[test]
fn what_is_used_wrongly_is_named_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let config = folder.path().join("blog.toml");
    std::fs::write(&config, "title = \"A\"\ncolour = \"red\"\n").unwrap();
    for (arguments, named) in [
        (vec!["serve", "--colour", "red"], "--colour"),
        (
            vec!["serve", "--config", config.to_str().unwrap()],
            "colour",
        ),
        (vec!["serve", "--config", "/nowhere.toml"], "/nowhere.toml"),
        (vec!["serve", "--database-url", "postgres://"], "postgres"),
        (vec!["check", "--database-url", "memory:"], "memory:"),
        (vec!["import", "/nowhere"], "/nowhere"),
        (vec!["token", "--role", "king", "--name", "A"], "king"),
        (
            vec!["token", "--role", "admin", "--name", "A", "--ttl", "soon"],
            "--ttl",
        ),
    ] {
        let output = run(&data, &arguments);
        assert_eq!(
            output.status.code(),
            Some(2),
            "{arguments:?}: {}",
            errors(&output)
        );
        assert!(
            errors(&output).contains(named),
            "{arguments:?}: {}",
            errors(&output)
        );
        assert!(output.stdout.is_empty());
    }
    assert!(!data.exists());
}

#[test]
fn settings_come_from_the_environment_and_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("blog.toml");
    let (by_file, by_environment) = (folder.path().join("file"), folder.path().join("env"));
    std::fs::write(&config, format!("data = {by_file:?}\n")).unwrap();
    let token = ["token", "--role", "admin", "--name", "A"];
    let output = command(token).env("BLOG_CONFIG", &config).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert!(by_file.join("jwt.key").exists());
    let mut command = command(token);
    command
        .env("BLOG_CONFIG", &config)
        .env("BLOG_DATA", &by_environment);
    assert!(command.output().unwrap().status.success());
    assert!(by_environment.join("jwt.key").exists());
}

#[test]
fn a_signing_key_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["token", "--role", "admin", "--name", "A"]);
    let mode = std::fs::metadata(folder.path().join("jwt.key")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_import_merges_with_what_was_edited_here() {
    let folder = tempfile::tempdir().unwrap();
    let (posts, data) = (folder.path().join("posts"), folder.path().join("data"));
    std::fs::create_dir_all(&posts).unwrap();
    let write = |body: &str| {
        std::fs::write(
            posts.join("a.md"),
            format!("+++\ntitle = \"A\"\n+++\n{body}"),
        )
        .unwrap();
    };
    let import = || run_json(&data, &["import", "--publish", posts.to_str().unwrap()]);
    write("one\ntwo\nthree\n");
    assert_eq!(import().1["imported"], 1);

    let token = token(&data, "editor");
    let server = Server::start(&data);
    let ask = |method: &str, path: &str, headers: &str, body: &str| {
        request_with(&server.address, &token, method, path, headers, body).unwrap()
    };
    let edit = |etag: &str, line: &str| {
        let post = ask("GET", "/api/posts/by-slug/a?view=head", "", "").json();
        let path = format!("/api/posts/{}", post["id"].as_str().unwrap());
        let if_match = format!("if-match: {etag}\r\n");
        let edited = ask(
            "PATCH",
            &path,
            &if_match,
            &json!({"body": line}).to_string(),
        );
        assert_eq!(edited.status, 200, "{}", edited.text);
    };
    edit("\"1\"", "ONE\ntwo\nthree\n");
    write("one\ntwo\nTHREE\n");
    assert_eq!(import().1["updated"], 1);
    assert_eq!(import().1["unchanged"], 1);
    let head = ask("GET", "/api/posts/by-slug/a?view=head", "", "").json();
    assert_eq!(head["body"], "ONE\ntwo\nTHREE\n");
    let reader = ask("GET", "/api/posts/by-slug/a", "", "").json();
    assert_eq!(
        reader["body"], "one\ntwo\nthree\n",
        "the edit was not published"
    );

    write("eins\ntwo\nTHREE\n");
    let (code, report) = import();
    assert_eq!(
        (code, &report["failed"][0]["file"]),
        (Some(1), &json!("a.md"))
    );
    let kept = ask("GET", "/api/posts/by-slug/a?view=head", "", "").json();
    assert_eq!(kept["body"], "ONE\ntwo\nTHREE\n");
    assert!(run(&data, &["check"]).status.success());
    server.stop("-TERM");
}

#[test]
fn what_a_model_had_a_part_in_says_so_after_an_import() {
    let folder = tempfile::tempdir().unwrap();
    let (posts, data) = (folder.path().join("posts"), folder.path().join("data"));
    std::fs::create_dir_all(&posts).unwrap();
    let write = |name: &str, text: &str| std::fs::write(posts.join(name), text).unwrap();
    let import = || run_json(&data, &["import", "--publish", posts.to_str().unwrap()]);
    write("hugo.md", "---\ntitle: A\nai_generated: true\n---\nText\n");
    write(
        "zola.md",
        "+++\ntitle = \"B\"\n[extra]\nai_generated = true\n+++\nText\n",
    );
    write("own.md", "---\ntitle: C\n---\nText\n");
    write("later.md", "---\ntitle: D\n---\nText\n");
    assert_eq!(import().1["imported"], 4);
    write(
        "later.md",
        "---\ntitle: D\nai_generated: true\n---\nOther text\n",
    );
    write("hugo.md", "---\ntitle: A\n---\nOther text\n");
    assert_eq!(import().1["updated"], 2);

    let server = Server::start(&data);
    for (slug, is_ai_generated) in [
        ("hugo", true),
        ("zola", true),
        ("own", false),
        ("later", true),
    ] {
        let (status, post) = server.get(&format!("/api/posts/by-slug/{slug}"));
        assert_eq!(status, 200, "{slug}: {post}");
        let post: serde_json::Value = serde_json::from_str(&post).unwrap();
        assert_eq!(post["ai_generated"], is_ai_generated, "{slug}");
    }
    server.stop("-TERM");
}
