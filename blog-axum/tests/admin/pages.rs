use axum::http::StatusCode;
use blog_axum::{RouterOptions, router};
use blog_collab::{Hub, HubOptions};
use blog_core::domain::{Actor, Role, Transition};
use blog_core::memory::{MemoryCollabStore, MemoryStorage, ScriptedModel};
use blog_core::services::PostEdit;
use blog_core::services::ai::{Choice, Length};
use blog_core::{Blog, BlogOptions};
use serde_json::{Value, json};

use crate::browser::{Browser, cookie, draft, options, options_at};

#[tokio::test]
async fn the_pages_say_who_looks_at_them_and_what_they_may_do() {
    let blog = Blog::in_memory();
    let browser = Browser::new(&blog, options(&blog));
    let page = browser
        .get_as(&cookie("ada", "author"), "/blog/admin")
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.said("blog-base"), "/blog");
    assert_eq!(page.said("blog-actor-id"), "ada");
    assert_eq!(page.said("blog-actor-name"), "ada&#x27;s name");
    assert_eq!(
        page.said("blog-may"),
        "create edit submit publish trash use_ai"
    );
    let build = page.said("build");
    let script = format!("src=\"/blog/admin/assets/{build}/list.js\"");
    assert!(page.text.contains(&script), "{}", page.text);
    assert!(page.text.contains("The &lt;Blog&gt;"));
}

#[tokio::test]
async fn the_pages_of_a_post_say_what_may_be_done_to_it() {
    let blog = Blog::in_memory();
    let browser = Browser::new(&blog, options(&blog));
    let post = draft(&blog, "ada").await;
    let path = format!("/blog/admin/posts/{post}/edit");
    let said = async |id: &str, role: &str| {
        let mut said = Vec::new();
        for path in [&path, &path.replace("/edit", "/history")] {
            let page = browser.get_as(&cookie(id, role), path).await;
            assert_eq!(page.said("post-id"), post.to_string());
            let may = page.said("blog-may").to_owned();
            said.push((page.said("blog-may-edit").to_owned(), may));
        }
        assert_eq!(said[0], said[1]);
        said.remove(0)
    };
    let own = "create edit submit publish trash use_ai";
    assert_eq!(said("ada", "author").await, ("true".into(), own.into()));
    let editor = "create edit submit publish trash act_for_others use_ai";
    assert_eq!(said("ed", "editor").await, ("true".into(), editor.into()));

    // A lock leaves the post to its holder, and what the others may do otherwise as it was.
    let ada = Actor::user("ada", "Ada", Role::Author);
    blog.collab().lock(&ada, post).await.unwrap();
    assert_eq!(said("ada", "author").await.0, "true");
    assert_eq!(said("ed", "editor").await, ("false".into(), editor.into()));
    blog.collab().unlock(&ada, post).await.unwrap();

    // What will appear by itself is left to those who may publish.
    let at = blog.clock().now() + chrono::TimeDelta::days(1);
    blog.posts().schedule(&ada, post, at, None).await.unwrap();
    assert_eq!(said("ada", "contributor").await.0, "false");
    assert_eq!(said("ada", "author").await.0, "true");
}

#[tokio::test]
async fn the_editor_says_what_a_model_can_be_asked_for_to_those_who_may_ask_it() {
    let mut options_of_blog = BlogOptions::default();
    let choice = |name: &str| Choice {
        name: name.to_owned(),
        meaning: "for the model alone".to_owned(),
    };
    options_of_blog.ai.lowest_role = Role::Editor;
    options_of_blog.ai.styles = vec![choice("short \"story\""), choice("news")];
    options_of_blog.ai.tones = vec![choice("calm")];
    options_of_blog.ai.lengths = vec![Length {
        name: "brief".to_owned(),
        words: 100,
    }];
    let blog = Blog::builder(MemoryStorage::default())
        .language_model(ScriptedModel::new([]))
        .options(options_of_blog)
        .build();
    let browser = Browser::new(&blog, options(&blog));
    let post = draft(&blog, "ada").await;
    let path = format!("/blog/admin/posts/{post}/edit");
    let page = browser.get_as(&cookie("ed", "editor"), &path).await;
    let said = page.said("blog-ai").replace("&quot;", "\"");
    assert_eq!(
        serde_json::from_str::<Value>(&said).unwrap(),
        json!({
            "styles": ["short \"story\"", "news"], "tones": ["calm"],
            "lengths": [{"name": "brief", "words": 100}],
        })
    );
    let page = browser.get_as(&cookie("ada", "author"), &path).await;
    assert!(!page.text.contains("blog-ai"), "{}", page.text);
}

#[tokio::test]
async fn the_editor_says_nothing_of_a_model_where_there_is_none() {
    let blog = Blog::in_memory();
    let browser = Browser::new(&blog, options(&blog));
    let post = draft(&blog, "ada").await;
    let path = format!("/blog/admin/posts/{post}/edit");
    let page = browser.get_as(&cookie("ed", "editor"), &path).await;
    assert!(!page.text.contains("blog-ai"), "{}", page.text);
}

#[tokio::test]
async fn a_history_says_of_its_post_what_the_newest_version_does() {
    let blog = Blog::in_memory();
    let browser = Browser::new(&blog, options(&blog));
    let post = draft(&blog, "ada").await;
    let path = format!("/blog/admin/posts/{post}/history");
    let said = async || {
        let page = browser.get_as(&cookie("ada", "author"), &path).await;
        let brought = page.text.split_once("id=\"brought\">").unwrap().1;
        let brought = brought.split_once("</script>").unwrap().0;
        serde_json::from_str::<Value>(brought).unwrap()["post"].clone()
    };
    let first = json!({
        "title": "A draft", "locale": "en", "status": "draft", "version": 1, "published_version": null,
    });
    assert_eq!(said().await, first);

    let ada = Actor::user("ada", "Ada", Role::Author);
    let posts = blog.posts();
    let publishing = posts.change_status(&ada, post, Transition::Publish, None);
    let published = publishing.await.unwrap();
    let edit = PostEdit {
        title: Some("Less than <b>".to_owned()),
        ..PostEdit::default()
    };
    let saved = posts.save(&ada, post, published.post.revision, edit);
    saved.await.unwrap();
    let newest = json!({
        "title": "Less than <b>", "locale": "en", "status": "published", "version": 2,
        "published_version": 1,
    });
    assert_eq!(said().await, newest);

    // Others see neither.
    let other = browser.get_as(&cookie("bob", "author"), &path).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_is_not_signed_in_is_sent_to_sign_in_and_then_back() {
    let blog = Blog::in_memory();
    let browser = Browser::new(&blog, options(&blog));
    let post = draft(&blog, "ada").await;
    let next = "/blog/admin/sign-in?next=%2Fblog%2Fadmin";
    for (path, query) in [
        ("/blog/admin".to_owned(), ""),
        (
            "/blog/admin?status=draft&q=a%20b".to_owned(),
            "%3Fstatus%3Ddraft%26q%3Da%2520b",
        ),
        (
            format!("/blog/admin/posts/{post}/edit"),
            &format!("%2Fposts%2F{post}%2Fedit"),
        ),
        (
            format!("/blog/admin/posts/{post}/history"),
            &format!("%2Fposts%2F{post}%2Fhistory"),
        ),
        // Whether there is such a post is nobody's business.
        (
            "/blog/admin/posts/none/edit".to_owned(),
            "%2Fposts%2Fnone%2Fedit",
        ),
    ] {
        let answer = browser.get(&path).await;
        answer.leads_to(&format!("{next}{query}"));
        assert_eq!(answer.header("cache-control"), "no-store");
        let broken = browser.get_as("session=broken", &path).await;
        broken.leads_to(&format!("{next}{query}"));
    }
}

#[tokio::test]
async fn a_post_that_somebody_may_not_see_is_not_there() {
    let blog = Blog::in_memory();
    let browser = Browser::new(&blog, options(&blog));
    let post = draft(&blog, "ada").await.to_string();
    let unknown = "0197f0aa-0000-7000-8000-000000000000";
    for page in ["edit", "history"] {
        for (role, post) in [
            ("author", post.as_str()),
            ("reader", post.as_str()),
            ("admin", unknown),
            ("admin", "none"),
            ("admin", "%00"),
        ] {
            let path = format!("/blog/admin/posts/{post}/{page}");
            let answer = browser.get_as(&cookie("ben", role), &path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path} {role}");
            assert!(answer.text.contains("<h1>No such post"), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn the_editor_says_that_it_needs_live_editing() {
    let blog = Blog::in_memory();
    let mut options = options(&blog);
    options.hub = None;
    let browser = Browser::new(&blog, options);
    let path = format!("/blog/admin/posts/{}/edit", draft(&blog, "ada").await);
    let ada = cookie("ada", "author");
    let answer = browser.get_as(&ada, &path).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(
        answer.text.contains("needs live editing"),
        "{}",
        answer.text
    );
    let history = path.replace("/edit", "/history");
    assert_eq!(browser.get_as(&ada, &history).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_editor_is_not_there_where_posts_are_rich_text() {
    let blog = Blog::in_memory();
    let mut options = options(&blog);
    let hub = Hub::builder(blog.clone(), MemoryCollabStore::default());
    options.hub = Some(hub.options(HubOptions::rich_text()).build());
    let browser = Browser::new(&blog, options);
    let path = format!("/blog/admin/posts/{}/edit", draft(&blog, "ada").await);
    let answer = browser.get_as(&cookie("ada", "author"), &path).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(
        answer.text.contains("The editor writes Markdown"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn a_page_loads_nothing_from_elsewhere_and_is_kept_by_nobody() {
    let blog = Blog::in_memory();
    let browser = Browser::new(&blog, options(&blog));
    let edit = format!("/blog/admin/posts/{}/edit", draft(&blog, "ada").await);
    let ada = cookie("ada", "author");
    for path in [
        "/blog/admin",
        &edit,
        &edit.replace("/edit", "/history"),
        "/blog/admin/posts/none/edit",
        "/blog/admin/sign-in?signed_in=maybe",
    ] {
        let page = browser.get_as(&ada, path).await;
        let policy = page.header("content-security-policy");
        let nonce = policy.split_once("'nonce-").unwrap().1;
        let nonce = nonce.split_once('\'').unwrap().0;
        assert_eq!(nonce.len(), 32);
        let expected = format!(
            "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; \
             connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        assert_eq!(policy, expected);
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert_eq!(page.header("x-frame-options"), "DENY");
    }
    let page = browser.get_as(&ada, &edit).await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains(&format!("'nonce-{}'", page.said("csp-nonce"))));
    let again = browser.get_as(&ada, &edit).await;
    assert_ne!(page.said("csp-nonce"), again.said("csp-nonce"));
}

#[tokio::test]
async fn a_preview_loads_pictures_of_those_alone_whom_the_host_names() {
    let blog = Blog::in_memory();
    let mut options = options(&blog);
    options.preview_pictures = [
        "https://pictures.example/of/mine?x=1",
        "http://127.0.0.1:8080",
        "data:,nobody",
    ]
    .map(|address| address.parse().unwrap())
    .to_vec();
    let browser = Browser::new(&blog, options);
    let edit = format!("/blog/admin/posts/{}/edit", draft(&blog, "ada").await);
    let page = browser.get_as(&cookie("ada", "author"), &edit).await;
    let named = "https://pictures.example http://127.0.0.1:8080";
    let policy = page.header("content-security-policy");
    let expected = format!("; img-src 'self' data: {named}; form-action ");
    assert!(policy.contains(&expected), "{policy}");
    assert_eq!(page.said("blog-pictures"), named);
}

#[tokio::test]
async fn a_host_replaces_one_template_and_the_others_follow() {
    let blog = Blog::in_memory();
    let base = "<p>{{ site.title }} by {{ actor.name }}</p>{% block content %}{% endblock %}";
    let options = options(&blog)
        .with_template("admin/base.html", base)
        .unwrap();
    let browser = Browser::new(&blog, options);
    let page = browser
        .get_as(&cookie("ada", "author"), "/blog/admin")
        .await;
    assert_eq!(page.text, "<p>The &lt;Blog&gt; by ada&#x27;s name</p>");
    let refused = RouterOptions::default().with_template("admin/none.html", "");
    assert!(refused.is_err());
}

#[tokio::test]
async fn pages_that_are_switched_off_are_not_there() {
    let blog = Blog::in_memory();
    let ada = cookie("ada", "admin");
    let off: [fn(&mut RouterOptions); 3] = [
        |options| options.admin = false,
        |options| (options.admin, options.site) = (false, false),
        // They need it.
        |options| options.api = false,
    ];
    for switch in off {
        let mut options = options(&blog);
        switch(&mut options);
        let browser = Browser::new(&blog, options);
        for (method, path) in [
            ("GET", "/blog/admin"),
            ("GET", "/blog/admin/sign-in"),
            ("POST", "/blog/admin/sign-in"),
            ("POST", "/blog/admin/sign-out"),
            ("POST", "/blog/admin/preview"),
            ("GET", "/blog/admin/assets/x/editor.js"),
            ("GET", "/blog/admin/worker.js"),
        ] {
            let headers = [("cookie", ada.as_str()), ("sec-fetch-site", "same-origin")];
            let answer = browser.send(method, path, &headers, "").await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
        }
        let api = browser.get("/blog/api/posts").await;
        assert!(!api.headers.contains_key("x-blog-build"));
    }
}

#[tokio::test]
async fn the_pages_stand_at_the_root_as_well() {
    let blog = Blog::in_memory();
    let options = options_at("http://127.0.0.1:3000", &blog);
    let browser = Browser::from(router(blog, options));
    let page = browser.get_as(&cookie("ada", "author"), "/admin").await;
    assert_eq!((page.status, page.said("blog-base")), (StatusCode::OK, ""));
    let asset = format!("/admin/assets/{}/admin.css", page.said("build"));
    assert!(page.text.contains(&asset));
    assert_eq!(browser.get(&asset).await.status, StatusCode::OK);
    let answer = browser.get("/admin").await;
    answer.leads_to("/admin/sign-in?next=%2Fadmin");
}
