//! A node that is cut off from Redis or from PostgreSQL, while another has both.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

mod server;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use server::cluster::{Database, Way, node, redis};
use server::line::{Line, State};
use server::{Server, request, request_with, token, wait_until};

/// Longer than any of it takes, and shorter than readers would wait.
const SOON: Duration = Duration::from_secs(10);
/// How long a node tries to get an answer from PostgreSQL, and some seconds.
const AT_LAST: Duration = Duration::from_secs(28);

fn within<T>(bound: Duration, what: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = what();
    assert!(start.elapsed() < bound, "took {:?}", start.elapsed());
    result
}

/// Publishes a post of this title.
fn publish(node: &Server, token: &str, title: &str) {
    let post = json!({"title": title, "body": "news"}).to_string();
    let created = request(&node.address, token, "POST", "/api/posts", &post).unwrap();
    let id = created.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/posts/{id}/publish");
    let published = request(&node.address, token, "POST", &path, "").unwrap();
    assert_eq!(published.status, 200, "{}", published.text);
}

/// Whether readers see it.
fn shows(node: &Server, title: &str) -> bool {
    let (status, text) = node.get(&format!("/api/posts/by-slug/{title}"));
    assert!(status == 200 || status == 404, "{text}");
    status == 200
}

fn is_ready(node: &Server) -> bool {
    within(AT_LAST, || node.get("/health/ready").0) == 200
}

fn without_redis(name: &str, state: State) {
    let folder = tempfile::tempdir().unwrap();
    let token = token(folder.path(), "editor");
    let database = Database::new(name);
    let line = Line::to(&redis());
    let by_line = database.options_by(&database.url(Way::Direct), line.url());
    let cut_off = node(folder.path(), "one", &by_line);
    let other = node(folder.path(), "two", &database.options());
    for (when, state) in [
        ("before", State::Whole),
        ("during", state),
        ("after", State::Whole),
    ] {
        line.set(state);
        for (writer, reader, whose) in [(&cut_off, &other, "its"), (&other, &cut_off, "others")] {
            let title = format!("{whose}-{when}");
            // What is not there is remembered, too.
            assert!(!shows(reader, &title));
            within(SOON, || publish(writer, &token, &title));
            within(SOON, || {
                wait_until("the other node shows it", || shows(reader, &title));
            });
        }
        within(SOON, || assert!(is_ready(&cut_off)));
    }
    wait_until("it is back at Redis", || line.connections() > 0);
    cut_off.stop("-TERM");
    other.stop("-TERM");
    database.remove();
}

#[test]
fn a_node_that_redis_refuses_works_on_with_the_others() {
    without_redis("refused_by_redis", State::Cut);
}

#[test]
fn a_node_that_redis_does_not_answer_works_on_with_the_others() {
    without_redis("unanswered_by_redis", State::Silent);
}

/// What writers do.
#[derive(Default)]
struct Writing {
    is_over: AtomicBool,
    written: AtomicUsize,
    /// By writer.
    refused: [AtomicUsize; 4],
}

/// Ends it, also if the test fails.
struct End<'a>(&'a Writing, &'a Line);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::SeqCst);
        self.1.set(State::Whole);
    }
}

/// Writes drafts until it is over, each until it is acknowledged.
fn write(node: &Server, token: &str, writer: usize, writing: &Writing) {
    for number in 0.. {
        if writing.is_over.load(Ordering::SeqCst) {
            return;
        }
        let key = format!("idempotency-key: {writer}-{number}\r\n");
        let post = json!({"title": format!("Draft {writer}-{number}"), "body": "kept"}).to_string();
        loop {
            let answer = within(AT_LAST, || {
                request_with(&node.address, token, "POST", "/api/posts", &key, &post).unwrap()
            });
            match answer.status {
                201 => break,
                503 => writing.refused[writer].fetch_add(1, Ordering::SeqCst),
                _ => panic!("{}", answer.text),
            };
        }
        writing.written.fetch_add(1, Ordering::SeqCst);
    }
}

/// How many drafts there are of each title.
fn drafts(node: &Server, token: &str) -> BTreeMap<String, usize> {
    let mut titles = BTreeMap::new();
    let mut path = "/api/posts?status=draft&limit=100".to_owned();
    loop {
        let page = request(&node.address, token, "GET", &path, "").unwrap();
        for post in page.json()["items"].as_array().unwrap() {
            let title = post["title"].as_str().unwrap().to_owned();
            *titles.entry(title).or_default() += 1;
        }
        match page.json()["next"].as_str() {
            Some(next) => path = format!("/api/posts?status=draft&limit=100&cursor={next}"),
            None => return titles,
        }
    }
}

fn without_postgres(name: &str, state: State) {
    let folder = tempfile::tempdir().unwrap();
    let token = token(folder.path(), "editor");
    let database = Database::new(name);
    let line = Line::to(&database.url(Way::Direct));
    let by_line = database.options_by(line.url(), &redis());
    let cut_off = node(folder.path(), "one", &by_line);
    let other = node(folder.path(), "two", &database.options());
    publish(&other, &token, "before");
    wait_until("the node shows it", || shows(&cut_off, "before"));

    let writing = Writing::default();
    std::thread::scope(|scope| {
        let (cut_off, token, writing) = (&cut_off, &token, &writing);
        for writer in 0..4 {
            scope.spawn(move || write(cut_off, token, writer, writing));
        }
        let end = End(writing, &line);
        let written = || writing.written.load(Ordering::SeqCst);
        // By then the node follows its own log, and remembers what it shows.
        wait_until("some are written", || {
            shows(cut_off, "before") && written() >= 40
        });
        line.set(state);
        assert!(
            within(SOON, || shows(cut_off, "before")),
            "it is remembered"
        );
        wait_until("the node says that it is not ready", || !is_ready(cut_off));
        wait_until("each writer is refused", || {
            let count = |refused: &AtomicUsize| refused.load(Ordering::SeqCst);
            writing.refused.iter().all(|refused| count(refused) > 0)
        });
        within(SOON, || publish(&other, token, "during"));
        assert!(is_ready(&other));

        line.set(State::Whole);
        wait_until("the node is ready again", || is_ready(cut_off));
        wait_until("the node shows what it missed", || shows(cut_off, "during"));
        let before = written();
        wait_until("writers go on", || written() > before + 20);
        drop(end);
    });
    let drafts = drafts(&other, &token);
    assert_eq!(drafts.len(), writing.written.into_inner(), "none is lost");
    assert!(drafts.values().all(|&count| count == 1), "none is doubled");
    cut_off.stop("-TERM");
    other.stop("-TERM");
    database.remove();
}

#[test]
fn a_node_that_postgresql_refuses_says_so_and_loses_and_doubles_nothing() {
    without_postgres("refused_by_postgres", State::Cut);
}

#[test]
fn a_node_that_postgresql_does_not_answer_says_so_and_loses_and_doubles_nothing() {
    without_postgres("unanswered_by_postgres", State::Silent);
}
