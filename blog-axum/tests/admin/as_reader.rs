//! A post's page before readers are shown it.

use axum::http::StatusCode;
use blog_core::Blog;
use blog_core::domain::{Actor, Content, PostId, Role, Transition};
use blog_core::services::NewPost;

use crate::browser::{self, Browser, cookie, options};

fn ada() -> Actor {
    Actor::user("ada", "Ada", Role::Author)
}

/// A draft of Ada's and Bob's.
async fn draft(blog: &Blog) -> PostId {
    // Who has written something is known.
    browser::draft(blog, "bob").await;
    let new = NewPost {
        content: Content {
            title: "A <post>".to_owned(),
            body: "The *sea* is calm.".to_owned(),
            tags: vec!["sea".to_owned()],
            cover: Some("https://pictures.example/sea.jpg".to_owned()),
            ..Content::default()
        },
        coauthors: vec!["bob".to_owned()],
        ..NewPost::default()
    };
    blog.posts().create(&ada(), new).await.unwrap().post.id
}

async fn publish(blog: &Blog, post: PostId) {
    let (posts, ada) = (blog.posts(), ada());
    let publishing = posts.change_status(&ada, post, Transition::Publish, None);
    publishing.await.unwrap();
}

fn path(post: PostId) -> String {
    format!("/blog/admin/posts/{post}/preview")
}

#[tokio::test]
async fn a_draft_is_shown_as_readers_would_see_it_with_what_is_being_written() {
    let blog = Blog::in_memory();
    let options = options(&blog);
    let hub = options.hub.clone().unwrap();
    let browser = Browser::new(&blog, options);
    let post = draft(&blog).await;
    let live = |content: Content| Content {
        body: format!("{} Now it rains.", content.body),
        ..content
    };
    hub.edit(&ada(), post, live).await.unwrap();

    let page = browser.get_as(&cookie("ada", "author"), &path(post)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for part in [
        "<h1 dir=\"auto\">A &lt;post&gt;</h1>",
        "<p>The <em>sea</em> is calm. Now it rains.</p>",
        "<img class=\"cover\" src=\"https://pictures.example/sea.jpg\" alt=\"\">",
        "<a rel=\"tag\" href=\"/blog/tags/sea\" dir=\"auto\">sea</a>",
        "<a href=\"/blog/authors/ada\" dir=\"auto\">Ada</a>, <a href=\"/blog/authors/bob\"",
        ">Preview: ",
    ] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    assert_eq!(page.header("x-robots-tag"), "noindex");
    assert_eq!(page.header("cache-control"), "no-store");

    // It is the readers' own page, with their policy.
    publish(&blog, post).await;
    let page = browser.get_as(&cookie("ada", "author"), &path(post)).await;
    let readers = browser.get("/blog/posts/a-post").await;
    let policy = readers.header("content-security-policy");
    assert_eq!(page.header("content-security-policy"), policy);
    let note = page.text.lines().find(|line| line.contains(">Preview: "));
    let without = page.text.replace(&format!("{}\n", note.unwrap()), "");
    assert_eq!(without, readers.text);
    assert!(!readers.headers.contains_key("x-robots-tag"));
}

#[tokio::test]
async fn what_readers_are_not_shown_is_previewed_for_whoever_may_see_it() {
    let blog = Blog::in_memory();
    let browser = Browser::new(&blog, options(&blog));
    let post = draft(&blog).await;
    let status = async |id: &str, role: &str| {
        let page = browser.get_as(&cookie(id, role), &path(post)).await;
        page.status
    };
    for is_published in [false, true] {
        if is_published {
            publish(&blog, post).await;
        }
        for (id, role, expected) in [
            ("ada", "author", StatusCode::OK),
            ("bob", "author", StatusCode::OK),
            ("ed", "editor", StatusCode::OK),
            ("cleo", "author", StatusCode::NOT_FOUND),
            ("rea", "reader", StatusCode::NOT_FOUND),
        ] {
            assert_eq!(status(id, role).await, expected, "{id} {is_published}");
        }
        let anonymous = browser.get(&path(post)).await;
        let back = format!("%2Fblog%2Fadmin%2Fposts%2F{post}%2Fpreview");
        anonymous.leads_to(&format!("/blog/admin/sign-in?next={back}"));
    }
}

#[tokio::test]
async fn a_preview_is_made_with_the_hosts_template() {
    let blog = Blog::in_memory();
    let own = options(&blog)
        .with_template(
            "post.html",
            "Mine: {{ post.title }}{% if is_preview %}, soon{% endif %}",
        )
        .unwrap();
    let browser = Browser::new(&blog, own);
    let post = draft(&blog).await;
    let page = browser.get_as(&cookie("ada", "author"), &path(post)).await;
    assert_eq!(page.text, "Mine: A &lt;post&gt;, soon");
}

#[tokio::test]
async fn where_there_are_no_pages_for_readers_none_is_previewed() {
    let blog = Blog::in_memory();
    let post = draft(&blog).await;
    let ada = cookie("ada", "author");
    let edit = path(post).replace("/preview", "/edit");
    for has_site in [true, false] {
        let mut options = options(&blog);
        options.site = has_site;
        let browser = Browser::new(&blog, options);
        let page = browser.get_as(&ada, &path(post)).await;
        assert_eq!(page.status == StatusCode::OK, has_site);
        let editor = browser.get_as(&ada, &edit).await;
        assert_eq!(editor.text.contains("blog-has-site"), has_site);
    }
}
