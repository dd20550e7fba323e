use std::io::Read;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::StatusCode;
use axum::http::request::Parts;
use blog_axum::Authenticator;
use blog_core::Blog;
use blog_core::domain::Actor;
use flate2::read::GzDecoder;

use crate::browser::{Browser, cookie, draft, options};

const DIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/web/dist");

/// A host's users who are never found.
#[derive(Debug)]
struct Slow;

#[async_trait]
impl Authenticator for Slow {
    async fn authenticate(&self, _: &Parts) -> blog_core::Result<Actor> {
        std::future::pending().await
    }
}

async fn build(browser: &Browser) -> String {
    let page = browser
        .get_as(&cookie("ada", "author"), "/blog/admin")
        .await;
    page.said("build").to_owned()
}

#[tokio::test]
async fn every_built_file_is_served_and_may_be_kept_for_ever() {
    let blog = Blog::in_memory();
    let browser = Browser::new(&blog, options(&blog));
    let build = build(&browser).await;
    for file in std::fs::read_dir(DIST).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        // Has an address of its own.
        if name == "worker.js" {
            continue;
        }
        let path = format!("/blog/admin/assets/{build}/{name}");
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
        let kind = if name.ends_with(".css") {
            "css"
        } else {
            "javascript"
        };
        let kind = format!("text/{kind}; charset=utf-8");
        assert_eq!(answer.header("content-type"), kind, "{name}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let kept = answer.header("cache-control");
        assert_eq!(kept, "public, max-age=31536000, immutable", "{name}");
        let expected = std::fs::read_to_string(file.path()).unwrap();
        assert!(answer.text == expected.replace("&#x2f;", "/"), "{name}");
    }
}

#[tokio::test]
async fn a_file_is_sent_compressed_to_whoever_takes_it_so() {
    let blog = Blog::in_memory();
    let browser = Browser::new(&blog, options(&blog));
    let path = format!("/blog/admin/assets/{}/editor.js", build(&browser).await);
    let plain = browser.get(&path).await;
    assert!(!plain.headers.contains_key("content-encoding"));
    assert_eq!(plain.header("vary"), "accept-encoding");
    for (accepted, encoding) in [
        ("gzip, deflate, br, zstd", Some("gzip")),
        ("deflate, gzip", Some("gzip")),
        ("gzip;q=0", None),
        ("identity", None),
    ] {
        let headers = [("accept-encoding", accepted)];
        let answer = browser.send("GET", &path, &headers, "").await;
        let got = answer.headers.get("content-encoding");
        assert_eq!(got.map(|it| it.to_str().unwrap()), encoding, "{accepted}");
        let mut text = String::new();
        match encoding {
            Some(_) => GzDecoder::new(&answer.bytes[..]).read_to_string(&mut text),
            None => (&answer.bytes[..]).read_to_string(&mut text),
        }
        .unwrap();
        assert_eq!(text.as_bytes(), plain.bytes, "{accepted}");
    }
}

/// The names that stand in a text behind `before`, up to a quotation mark.
fn named<'a>(text: &'a str, before: &str) -> impl Iterator<Item = &'a str> {
    let behind = text.split(before).skip(1);
    behind.filter_map(|rest| rest.split(['"', '`', '\'']).next())
}

/// What a browser that has nothing yet brings for a page: the names of the files, in order, and how many bytes
/// they and the page have, compressed.
async fn brought(browser: &Browser, path: &str) -> (Vec<String>, usize) {
    let ada = cookie("ada", "author");
    let headers = [("cookie", ada.as_str()), ("accept-encoding", "gzip")];
    let page = browser.get_as(&ada, path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}");
    let mut bytes = browser.send("GET", path, &headers, "").await.bytes.len();
    let folder = format!("/blog/admin/assets/{}/", page.said("build"));
    let mut left: Vec<String> = named(&page.text, &folder).map(str::to_owned).collect();
    let mut files = Vec::new();
    while let Some(name) = left.pop() {
        if files.contains(&name) {
            continue;
        }
        let path = format!("{folder}{name}");
        let answer = browser.send("GET", &path, &headers, "").await;
        assert_eq!(answer.header("content-encoding"), "gzip", "{name}");
        bytes += answer.bytes.len();
        let text = browser.get(&path).await.text;
        let imported = named(&text, "\"./").filter(|name| name.ends_with(".js"));
        left.extend(imported.map(str::to_owned));
        files.push(name);
    }
    files.sort();
    (files, bytes)
}

#[tokio::test]
async fn the_pages_are_small() {
    let blog = Blog::in_memory();
    let browser = Browser::new(&blog, options(&blog));
    let post = format!("/blog/admin/posts/{}", draft(&blog, "ada").await);
    for (path, script, most) in [
        ("/blog/admin", "list.js", 60_000),
        (&format!("{post}/history"), "history.js", 60_000),
        (&format!("{post}/edit"), "editor.js", 250_000),
    ] {
        let (files, bytes) = brought(&browser, path).await;
        assert_eq!(files, ["admin.css", script, "shared.js"], "{path}");
        assert!(bytes <= most, "{path} brings {bytes} bytes");
    }
}

#[tokio::test]
async fn the_files_of_another_build_lead_to_this_one_and_are_not_kept() {
    let blog = Blog::in_memory();
    let browser = Browser::new(&blog, options(&blog));
    let build = build(&browser).await;
    let answer = browser.get("/blog/admin/assets/older/editor.js").await;
    assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
    let here = format!("/blog/admin/assets/{build}/editor.js");
    assert_eq!(answer.header("location"), here);
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn the_service_worker_stays_at_its_address_and_is_asked_for_anew() {
    let blog = Blog::in_memory();
    let browser = Browser::new(&blog, options(&blog));
    let worker = browser.get("/blog/admin/worker.js").await;
    assert_eq!(worker.status, StatusCode::OK);
    let kind = worker.header("content-type");
    assert_eq!(kind, "text/javascript; charset=utf-8");
    assert_eq!(worker.header("cache-control"), "no-cache");
    let policy = worker.header("content-security-policy");
    assert_eq!(policy, "default-src 'none'; connect-src 'self'");
    let expected = std::fs::read_to_string(format!("{DIST}/worker.js")).unwrap();
    assert_eq!(worker.text, expected);
}

#[tokio::test]
async fn no_other_file_is_served() {
    let blog = Blog::in_memory();
    let browser = Browser::new(&blog, options(&blog));
    let build = build(&browser).await;
    for file in [
        "none.js",
        "..%2f..%2fCargo.toml",
        "%2e%2e",
        "editor.js%00",
        "Editor.js",
    ] {
        for build in [build.as_str(), "older"] {
            let answer = browser
                .get(&format!("/blog/admin/assets/{build}/{file}"))
                .await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{file}");
        }
    }
}

#[tokio::test]
async fn every_answer_of_the_api_and_every_page_says_which_build_the_pages_have() {
    let blog = Blog::in_memory();
    let browser = Browser::new(&blog, options(&blog));
    let build = build(&browser).await;
    for (method, path) in [
        ("GET", "/blog/api/posts"),
        ("GET", "/blog/api/posts/none"),
        ("GET", "/blog/api/posts?limit=0"),
        ("POST", "/blog/api/posts"),
        ("DELETE", "/blog/api/posts"),
        ("POST", "/blog/admin/preview"),
        ("GET", "/blog/admin"),
        ("GET", "/blog/admin/sign-in"),
    ] {
        let answer = browser.send(method, path, &[], "{}").await;
        assert_eq!(answer.header("x-blog-build"), build, "{method} {path}");
    }
    // Also where no handler answers.
    let mut hurried = options(&blog).with_authenticator(Slow);
    hurried.timeout = Duration::from_millis(20);
    let late = Browser::new(&blog, hurried).get("/blog/api/posts").await;
    assert_eq!(late.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(late.header("x-blog-build"), build);
    let readers = browser.get("/blog").await;
    assert!(!readers.headers.contains_key("x-blog-build"));
}
