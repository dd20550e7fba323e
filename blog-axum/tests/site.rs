//! The site, as a reader's browser asks for it.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use blog_axum::{RouterOptions, router};
use blog_core::Blog;
use blog_core::domain::{Actor, AuthorProfile, Content, Role, Seo, Transition};
use blog_core::services::{ImportedPost, NewPost};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

struct Page {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Page {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// The part between two texts.
    fn between(&self, start: &str, end: &str) -> &str {
        let rest = self.text.split_once(start).unwrap().1;
        rest.split_once(end).unwrap().0
    }
}

fn options() -> RouterOptions {
    RouterOptions::default().with_public_url("https://example.org/blog".parse().unwrap())
}

async fn ask(blog: &Blog, options: RouterOptions, request: Request<Body>) -> Page {
    let response = router(blog.clone(), options)
        .oneshot(request)
        .await
        .unwrap();
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Page {
        status: head.status,
        headers: head.headers,
        text: String::from_utf8(bytes.to_vec())
            .unwrap()
            .replace("&#x2f;", "/"),
    }
}

async fn get(blog: &Blog, path: &str) -> Page {
    let request = Request::get(path).body(Body::empty()).unwrap();
    ask(blog, options(), request).await
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

fn titled(title: &str) -> Content {
    Content {
        title: title.into(),
        ..Content::default()
    }
}

const HOSTILE: &str =
    "x </title><script>alert(1)</script>\" onload=\"alert(1) ]]>\u{202e}𝕏'; DROP\u{1}";

/// A post with hostile text in every field, by an author with a hostile name.
async fn hostile_blog() -> Blog {
    let blog = Blog::in_memory();
    let hostile = || HOSTILE.to_owned();
    let content = Content {
        title: hostile(),
        body: format!("# {HOSTILE}\n\n<script>alert(1)</script>\n\n[a](javascript:alert(1))"),
        excerpt: Some(hostile()),
        tags: vec!["t<script>".into()],
        category: Some("c<script>/d\"><script>".into()),
        cover: Some("javascript:alert(1)".into()),
        seo: Seo {
            title: Some(hostile()),
            description: Some(hostile()),
            keywords: vec![hostile()],
            canonical_url: Some("https://a/\"><script>".into()),
        },
        custom: [(hostile(), hostile().into())].into_iter().collect(),
    };
    let imported = ImportedPost {
        source: "x.md".into(),
        content,
        slug: Some("x".into()),
        authors: vec![AuthorProfile {
            id: "a<script>".into(),
            name: hostile(),
            bio: Some(hostile()),
            links: vec![],
        }],
        publish: true,
        ..ImportedPost::default()
    };
    let importer = Actor::service("import");
    blog.import().post(&importer, imported).await.unwrap();
    blog_core::consumers::catch_up(&blog).await.unwrap();
    blog
}

#[tokio::test]
async fn hostile_text_is_harmless_on_every_page() {
    let blog = hostile_blog().await;
    for path in [
        "/",
        "/posts/x",
        "/tags/t%3Cscript%3E",
        "/categories/c%3Cscript%3E",
        "/categories/c%3Cscript%3E/d%22%3E%3Cscript%3E",
        "/authors/a%3Cscript%3E",
        "/search?q=x",
        "/search?q=%3Cscript%3E&tag=t%3Cscript%3E&author=a%3Cscript%3E",
    ] {
        let page = get(&blog, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let html = page
            .text
            .replace("<script type=\"application/ld+json\">", "");
        assert!(!html.contains("<script"), "{path}: {html}");
        let mut tags = html
            .split('<')
            .map(|piece| piece.split('>').next().unwrap());
        assert!(!tags.any(|tag| tag.contains("\" onload")), "{path}: {html}");
        assert!(!html.contains("javascript:"), "{path}: {html}");
        assert!(!page.headers["content-security-policy"].is_empty());
    }
}

#[tokio::test]
async fn feeds_and_sitemap_are_well_formed_whatever_the_text() {
    let blog = hostile_blog().await;
    for path in ["/feed.xml", "/rss.xml", "/sitemap.xml"] {
        let feed = get(&blog, path).await;
        let document = roxmltree::Document::parse(&feed.text).unwrap();
        assert!(
            !document
                .descendants()
                .any(|node| node.tag_name().name() == "script")
        );
        assert!(feed.header("content-type").contains("xml"), "{path}");
    }
    let feed: Value = serde_json::from_str(&get(&blog, "/feed.json").await.text).unwrap();
    assert_eq!(feed["items"][0]["title"], HOSTILE);
}

#[tokio::test]
async fn feeds_carry_the_whole_post() {
    let blog = Blog::in_memory();
    publish(
        &blog,
        Content {
            body: "All *of* it".into(),
            ..titled("Whole")
        },
    )
    .await;
    for path in ["/feed.xml", "/rss.xml"] {
        let feed = get(&blog, path).await;
        let document = roxmltree::Document::parse(&feed.text).unwrap();
        let texts: Vec<_> = document
            .descendants()
            .filter_map(|node| node.text())
            .collect();
        assert!(
            texts
                .iter()
                .any(|text| text.contains("<p>All <em>of</em> it</p>")),
            "{path}: {texts:?}"
        );
        assert!(feed.text.contains("https://example.org/blog/posts/whole"));
    }
    let feed: Value = serde_json::from_str(&get(&blog, "/feed.json").await.text).unwrap();
    let item = &feed["items"][0];
    assert_eq!(item["content_html"], "<p>All <em>of</em> it</p>\n");
    assert_eq!(item["url"], "https://example.org/blog/posts/whole");
}

#[tokio::test]
async fn a_post_describes_itself_to_search_engines_and_previews() {
    let blog = Blog::in_memory();
    publish(
        &blog,
        Content {
            tags: vec!["rust".into()],
            category: Some("news/releases".into()),
            cover: Some("/media/a.png".into()),
            seo: Seo {
                description: Some("Short".into()),
                ..Seo::default()
            },
            ..titled("A <b> & c")
        },
    )
    .await;
    let page = get(&blog, "/posts/a-b-c").await;
    let data = page.between("<script type=\"application/ld+json\">", "</script>");
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["@type"], "BlogPosting");
    assert_eq!(data["headline"], "A <b> & c");
    assert_eq!(data["image"], "https://example.org/media/a.png");
    for (property, content) in [
        ("og:title", "A &lt;b&gt; &amp; c"),
        ("og:description", "Short"),
        ("og:url", "https://example.org/blog/posts/a-b-c"),
        ("og:image", "https://example.org/media/a.png"),
        ("article:section", "news/releases"),
        ("article:tag", "rust"),
    ] {
        let meta = format!("<meta property=\"{property}\" content=\"{content}\">");
        assert!(page.text.contains(&meta), "{meta}: {}", page.text);
    }
    let canonical = "<link rel=\"canonical\" href=\"https://example.org/blog/posts/a-b-c\">";
    assert!(page.text.contains(canonical), "{}", page.text);
    assert!(
        page.text
            .contains("href=\"/blog/categories/news/releases\"")
    );
}

#[tokio::test]
async fn a_category_shows_what_is_in_it_and_below_it() {
    let blog = Blog::in_memory();
    publish(
        &blog,
        Content {
            category: Some("a/b".into()),
            ..titled("Inside")
        },
    )
    .await;
    publish(&blog, titled("Outside")).await;
    for path in ["/categories/a", "/categories/a/b"] {
        let page = get(&blog, path).await;
        assert!(page.text.contains("Inside") && !page.text.contains("Outside"));
    }
}

#[tokio::test]
async fn an_author_has_a_page_with_their_name() {
    let blog = Blog::in_memory();
    publish(&blog, titled("Mine")).await;
    let page = get(&blog, "/authors/ed").await;
    assert_eq!(page.between("<h1 dir=\"auto\">", "</h1>"), "Ed");
    assert!(page.text.contains("Mine"));
    assert_eq!(
        get(&blog, "/authors/no").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_list_goes_on_where_the_page_before_ended() {
    let blog = Blog::in_memory();
    for number in 0..25 {
        publish(&blog, titled(&format!("Post {number}"))).await;
    }
    let first = get(&blog, "/").await;
    let next = first.between("<a rel=\"next\" href=\"/blog", "\"");
    let second = get(&blog, &format!("/{next}")).await;
    assert_eq!(first.text.matches("<article").count(), 20);
    assert_eq!(second.text.matches("<article").count(), 5);
    assert!(second.text.contains("Post 0<"));
    let page = get(&blog, "/?cursor=garbage").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(
        page.text.contains("<h1>invalid input: cursor</h1>"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn a_search_marks_what_it_found_and_can_be_narrowed_down_and_widened() {
    let blog = Blog::in_memory();
    for (title, tag) in [("Apple pie", "cake"), ("Apple tree", "garden")] {
        publish(
            &blog,
            Content {
                tags: vec![tag.into()],
                ..titled(title)
            },
        )
        .await;
    }
    let all = get(&blog, "/search?q=apple").await;
    assert!(all.text.contains("2 posts found"));
    assert!(all.text.contains("<mark>Apple</mark> pie"));
    let cakes = "/search?q=apple&amp;tag=cake";
    assert!(
        all.text.contains(&format!("href=\"/blog{cakes}\"")),
        "{}",
        all.text
    );
    let some = get(&blog, &cakes.replace("&amp;", "&")).await;
    assert!(some.text.contains("1 post found"));
    assert!(
        some.text
            .contains("class=\"chosen\" href=\"/blog/search?q=apple\"")
    );
}

#[tokio::test]
async fn the_sitemap_lists_published_posts_and_robots_find_it() {
    let blog = Blog::in_memory();
    publish(&blog, titled("Seen")).await;
    let draft = NewPost {
        content: titled("Unseen"),
        ..NewPost::default()
    };
    let editor = Actor::user("ed", "Ed", Role::Editor);
    blog.posts().create(&editor, draft).await.unwrap();
    let map = get(&blog, "/sitemap.xml").await;
    assert!(
        map.text
            .contains("<loc>https://example.org/blog/posts/seen</loc>")
    );
    assert!(!map.text.contains("unseen"));
    let robots = get(&blog, "/robots.txt").await;
    assert!(
        robots
            .text
            .contains("Sitemap: https://example.org/blog/sitemap.xml")
    );
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let blog = Blog::in_memory();
    publish(&blog, titled("Same")).await;
    for path in ["/", "/posts/same", "/feed.xml", "/sitemap.xml", "/site.css"] {
        let first = get(&blog, path).await;
        let request = Request::get(path)
            .header("if-none-match", first.header("etag"))
            .body(Body::empty())
            .unwrap();
        let second = ask(&blog, options(), request).await;
        assert_eq!(second.status, StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(second.header("etag"), first.header("etag"));
        assert_eq!(
            second.header("cache-control"),
            first.header("cache-control")
        );
        assert!(second.text.is_empty());
    }
}

#[tokio::test]
async fn a_host_replaces_one_template_and_keeps_the_rest() {
    let blog = Blog::in_memory();
    publish(&blog, titled("Mine")).await;
    let page = "{% extends 'base.html' %}{% block content %}My {{ post.title }}{% endblock %}";
    let options = options().with_template("post.html", page).unwrap();
    let request = Request::get("/posts/mine").body(Body::empty()).unwrap();
    let page = ask(&blog, options, request).await;
    assert!(page.text.contains("My Mine") && page.text.contains("<footer"));
}

#[test]
fn a_template_that_is_unknown_or_broken_is_refused_by_name_and_line() {
    let unknown = RouterOptions::default().with_template("pots.html", "");
    let broken = RouterOptions::default().with_template("post.html", "\n{% if %}");
    assert!(unknown.unwrap_err().to_string().contains("pots.html"));
    let error = broken.unwrap_err();
    let blog_core::ErrorKind::Invalid(fields) = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(fields[0].field, "post.html");
    assert!(fields[0].message.starts_with("line 2: "), "{fields:?}");
}

#[tokio::test]
async fn links_carry_the_prefix_and_addresses_are_absolute() {
    let blog = Blog::in_memory();
    publish(&blog, titled("x")).await;
    let home = get(&blog, "/").await;
    assert!(
        home.text.contains("href=\"/blog/posts/x\""),
        "{}",
        home.text
    );
    let canonical = "rel=\"canonical\" href=\"https://example.org/blog\"";
    assert!(home.text.contains(canonical), "{}", home.text);
}

#[tokio::test]
async fn an_imported_address_redirects_and_an_unknown_one_is_not_found() {
    let blog = Blog::in_memory();
    let imported = ImportedPost {
        source: "a.md".into(),
        content: titled("A"),
        aliases: vec!["2015/05/15/a.html".into(), "alt/ä b".into()],
        publish: true,
        ..ImportedPost::default()
    };
    blog.import()
        .post(&Actor::service("import"), imported)
        .await
        .unwrap();
    for path in ["/2015/05/15/a.html", "/alt/%C3%A4%20b/"] {
        let page = get(&blog, path).await;
        assert_eq!(page.status, StatusCode::PERMANENT_REDIRECT);
        assert_eq!(page.header("location"), "/blog/posts/a");
    }
    for path in [
        "/nowhere",
        "/posts/nothing",
        "/tags/none",
        "/categories/no/ne",
    ] {
        assert_eq!(
            get(&blog, path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_long_post_is_a_page_under_fifty_kilobytes() {
    let blog = Blog::in_memory();
    publish(
        &blog,
        Content {
            body: "## Heading\n\nText\n\n".repeat(100),
            tags: (0..50).map(|tag| format!("tag {tag}")).collect(),
            ..titled("Long")
        },
    )
    .await;
    let page = get(&blog, "/posts/long").await;
    assert!(page.text.len() < 50_000, "{}", page.text.len());
}
