//! The server as a process: what it acknowledged is there after `kill -9`, and it drains.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

mod server;
mod terminal;

use std::sync::{Arc, Mutex};

use serde_json::json;

use server::{Server, request, request_with, run, run_json, token, wait_until, write_posts};
use terminal::Terminal;

#[test]
fn everything_acknowledged_is_there_after_a_kill_and_found_once() {
    let folder = tempfile::tempdir().unwrap();
    let token = Arc::new(token(folder.path(), "editor"));
    let server = Server::start(folder.path());
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let (address, token) = (server.address.clone(), token.clone());
            let acknowledged = acknowledged.clone();
            std::thread::spawn(move || {
                for number in 0.. {
                    let body = json!({"title": format!("{writer} {number}"), "body": "kept"});
                    match request(&address, &token, "POST", "/api/posts", &body.to_string()) {
                        Some(answer) if answer.status == 201 => {
                            let id = answer.json()["id"].as_str().unwrap().to_owned();
                            acknowledged.lock().unwrap().push(id);
                        }
                        _ => return,
                    }
                }
            })
        })
        .collect();
    wait_until("enough is written", || {
        acknowledged.lock().unwrap().len() > 200
    });
    server.kill();
    for writer in writers {
        writer.join().unwrap();
    }

    let server = Server::start(folder.path());
    let acknowledged = acknowledged.lock().unwrap();
    for id in acknowledged.iter() {
        let path = format!("/api/posts/{id}?view=head");
        let post = request(&server.address, &token, "GET", &path, "").unwrap();
        assert_eq!((post.status, &post.json()["body"]), (200, &json!("kept")));
    }
    // Waits for the index, and finds each post in it once and nothing else.
    let (code, report) = run_json(folder.path(), &["check"]);
    assert_eq!(
        (code, &report["problems"]),
        (Some(0), &json!(0)),
        "{report}"
    );
    let found = request(&server.address, &token, "GET", "/api/search?q=kept", "").unwrap();
    let total = usize::try_from(found.json()["total"].as_u64().unwrap()).unwrap();
    // What was written and not answered is there as a whole or not at all.
    assert!(
        (acknowledged.len()..=acknowledged.len() + 8).contains(&total),
        "{total}"
    );
    server.stop("-TERM");
}

#[test]
fn an_import_that_was_killed_is_completed_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let (posts, data) = (folder.path().join("posts"), folder.path().join("data"));
    write_posts(&posts, 400);
    let mut import = server::command(["import", "--publish", "--data"])
        .args([&data, &posts])
        .spawn()
        .unwrap();
    wait_until("it has begun", || data.join("blog.db").exists());
    import.kill().unwrap();
    import.wait().unwrap();
    let (code, report) = run_json(&data, &["import", "--publish", posts.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{report}");
    let (done, before) = (&report["imported"], &report["unchanged"]);
    assert_eq!(done.as_u64().unwrap() + before.as_u64().unwrap(), 400);
    let (code, report) = run_json(&data, &["check"]);
    assert_eq!((code, &report["posts"]), (Some(0), &json!(400)), "{report}");
    assert_eq!(report["indexed"], 400);
}

#[test]
fn a_server_that_is_told_to_stop_drains_and_succeeds() {
    for signal in ["-TERM", "-INT"] {
        let folder = tempfile::tempdir().unwrap();
        Server::start(folder.path()).stop(signal);
    }
}

#[test]
fn a_new_blog_begins_with_welcome_posts_once() {
    let folder = tempfile::tempdir().unwrap();
    let token = token(folder.path(), "admin");
    let server = Server::start(folder.path());
    let (status, home) = server.get("/");
    assert_eq!((status, home.matches("<article").count()), (200, 3));
    let post = server.get("/api/posts/by-slug/writing").1;
    let post: serde_json::Value = serde_json::from_str(&post).unwrap();
    let path = format!("/api/posts/{}/trash", post["id"].as_str().unwrap());
    let trashed = request(&server.address, &token, "POST", &path, "").unwrap();
    assert_eq!(trashed.status, 200);
    assert!(
        !server.log().contains("sign-in"),
        "the link is for terminals"
    );
    server.stop("-TERM");
    let server = Server::start(folder.path());
    assert_eq!(server.get("/").1.matches("<article").count(), 2);
    server.stop("-TERM");
}

#[test]
fn the_link_told_at_a_terminal_signs_in_as_admin_once() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = Terminal::open(folder.path(), "");
    let here = format!("http://{}", terminal.address);
    let link = terminal.link.strip_prefix(&here).unwrap();
    let ask = |method: &str, path: &str, headers: &str| {
        request_with(&terminal.address, "", method, path, headers, "").unwrap()
    };
    for _ in 0..2 {
        assert_eq!(
            ask("HEAD", link, "").status,
            200,
            "to look is not to follow"
        );
    }
    let followed = ask("GET", link, "");
    assert_eq!(followed.status, 303, "{}", followed.head);
    assert_eq!(ask("GET", link, "").status, 410);
    let head = followed.head.lines();
    let mut cookies = head.filter_map(|line| line.strip_prefix("set-cookie: "));
    let cookie = cookies.next_back().unwrap().split(';').next().unwrap();
    let page = ask("GET", "/admin", &format!("cookie: {cookie}\r\n"));
    assert_eq!(page.status, 200);
    assert!(page.text.contains("delete"), "an admin may: {}", page.text);
}

#[test]
fn the_link_told_at_a_terminal_is_at_the_public_address() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = Terminal::open(folder.path(), "--public-url https://example.org/my/blog/");
    let link = terminal.link.strip_prefix("https://example.org").unwrap();
    assert!(link.starts_with("/my/blog/sign-in?code="), "{link}");
    let answer = request(&terminal.address, "", "GET", link, "").unwrap();
    assert_eq!(answer.status, 303, "{}", answer.head);
}

#[test]
fn everything_is_below_the_path_of_the_public_address() {
    let folder = tempfile::tempdir().unwrap();
    let options = [
        "--public-url",
        "https://example.org/my/blog",
        "--title",
        "Mine",
    ];
    let server = Server::start_with(folder.path(), &options);
    for path in ["/my/blog", "/my/blog/posts/hello", "/my/blog/feed.xml"] {
        let (status, page) = server.get(path);
        assert_eq!(status, 200, "{path}");
        assert!(page.contains("Mine"), "{path}");
    }
    assert_eq!(server.get("/my/blog/").0, 308);
    assert_eq!(server.get("/my/blog/admin").0, 303);
    for path in ["/posts/hello", "/admin"] {
        assert_eq!(server.get(path).0, 404, "{path}");
    }
    let alias = request(&server.address, "", "GET", "/my/blog/welcome/hello", "").unwrap();
    assert_eq!(alias.status, 308);
    assert!(
        alias.head.contains("location: /my/blog/posts/hello"),
        "{}",
        alias.head
    );
    server.stop("-TERM");
}

#[test]
fn a_blog_in_memory_is_gone_with_its_server() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(folder.path(), &["--database-url", "memory:"]);
    assert_eq!(server.get("/posts/hello").0, 200);
    server.stop("-TERM");
    assert!(!folder.path().join("blog.db").exists());
}

#[test]
fn commands_work_beside_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let posts = folder.path().join("posts");
    write_posts(&posts, 30);
    let data = folder.path().join("data");
    let token = token(&data, "editor");
    let server = Server::start(&data);
    // The server that writes has the index's lock from then on.
    let body = json!({"title": "First", "body": "zeppelin"}).to_string();
    request(&server.address, &token, "POST", "/api/posts", &body).unwrap();
    let found = |query: &str| {
        let path = format!("/api/search?q={query}");
        let answer = request(&server.address, &token, "GET", &path, "").unwrap();
        answer.json()["total"].as_u64().unwrap()
    };
    wait_until("the server indexes", || found("zeppelin") == 1);
    let (code, report) = run_json(&data, &["import", "--publish", posts.to_str().unwrap()]);
    assert_eq!(
        (code, &report["imported"]),
        (Some(0), &json!(30)),
        "{report}"
    );
    assert_eq!(found("gondola"), 30, "searchable when the import returns");
    let (code, report) = run_json(&data, &["reindex"]);
    assert_eq!((code, &report["posts"]), (Some(0), &json!(34)), "{report}");
    assert!(server.log().contains("built anew"), "{}", server.log());
    assert_eq!(found("gondola"), 30);
    assert!(run(&data, &["check"]).status.success());
    server.stop("-TERM");
}
