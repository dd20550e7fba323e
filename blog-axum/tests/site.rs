//! The site, as a reader's browser asks for it.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use axum::body::Body;
use axum::http::{Request, StatusCode};
use blog_axum::{RouterOptions, router};
use blog_core::Blog;
use blog_core::domain::{Actor, Content, Role, Transition};
use blog_core::services::{ImportedPost, NewPost};
use http_body_util::BodyExt;
use tower::ServiceExt;

async fn get(blog: &Blog, path: &str) -> (StatusCode, String, String) {
    let options =
        RouterOptions::default().with_public_url("https://example.org/blog".parse().unwrap());
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router(blog.clone(), options)
        .oneshot(request)
        .await
        .unwrap();
    let location = response
        .headers()
        .get("location")
        .map(|it| it.to_str().unwrap().to_owned());
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (
        status,
        location.unwrap_or_default(),
        String::from_utf8(bytes.to_vec())
            .unwrap()
            .replace("&#x2f;", "/"),
    )
}

async fn publish(blog: &Blog, content: Content) {
    let editor = Actor::user("ed", "Ed", Role::Editor);
    let new = NewPost {
        content,
        ..NewPost::default()
    };
    let view = blog.posts().create(&editor, new).await.unwrap();
    blog.posts()
        .change_status(&editor, view.post.id, Transition::Publish, None)
        .await
        .unwrap();
    blog_core::consumers::catch_up(blog).await.unwrap();
}

const PAGES: [&str; 5] = [
    "/",
    "/posts/x",
    "/tags/t%3Cscript%3E",
    "/search?q=x",
    "/feed.xml",
];

#[tokio::test]
async fn hostile_text_is_harmless_on_every_page_and_feed() {
    let blog = Blog::in_memory();
    let hostile = "x </title><script>alert(1)</script>\" onload=\"alert(1)\u{1}";
    publish(
        &blog,
        Content {
            title: hostile.into(),
            body: "<script>alert(1)</script>".into(),
            excerpt: Some(hostile.into()),
            tags: vec!["t<script>".into()],
            ..Content::default()
        },
    )
    .await;
    let slug = "x-title-script-alert-1-script-onload-alert-1";
    for page in PAGES {
        let (status, _, html) = get(&blog, &page.replace("/x", &format!("/{slug}"))).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(!html.contains("<script"), "{page}: {html}");
        assert!(!html.contains("\" onload"), "{page}: {html}");
    }
    assert!(!get(&blog, "/feed.xml").await.2.contains('\u{1}'));
}

#[tokio::test]
async fn links_carry_the_prefix_and_addresses_are_absolute() {
    let blog = Blog::in_memory();
    publish(
        &blog,
        Content {
            title: "x".into(),
            ..Content::default()
        },
    )
    .await;
    let home = get(&blog, "/").await.2;
    assert!(home.contains("href=\"/blog/posts/x\""), "{home}");
    let page = get(&blog, "/posts/x").await.2;
    assert!(
        page.contains("rel=\"canonical\" href=\"https://example.org/blog/posts/x\""),
        "{page}"
    );
}

#[tokio::test]
async fn an_imported_address_redirects_and_an_unknown_one_is_not_found() {
    let blog = Blog::in_memory();
    let imported = ImportedPost {
        source: "a.md".into(),
        content: Content {
            title: "A".into(),
            ..Content::default()
        },
        slug: None,
        aliases: vec!["2015/05/15/a.html".into()],
        authors: vec![],
        date: None,
        publish: true,
    };
    blog.import()
        .post(&Actor::service("import"), imported)
        .await
        .unwrap();
    let (status, location, _) = get(&blog, "/2015/05/15/a.html").await;
    assert_eq!(
        (status, location.as_str()),
        (StatusCode::PERMANENT_REDIRECT, "/blog/posts/a")
    );
    for path in ["/nowhere", "/posts/nothing", "/tags/none"] {
        assert_eq!(get(&blog, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}
