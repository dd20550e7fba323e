use blog_core::domain::{Actor, AuthorProfile, Transition};
use blog_core::ports::{PostQuery, View};
use blog_core::services::{IdempotencyKey, ImportOutcome, ImportedPost, Lookup, NewPost, PostEdit};
use blog_core::{Blog, Conflict, ErrorKind};
use chrono::DateTime;

use crate::scene::{Scene, body, editor, kind, scene, text};

#[tokio::test]
async fn a_repeated_request_is_answered_with_the_first_post() {
    let Scene { blog, .. } = scene();
    let keyed = |hash| NewPost {
        idempotency_key: Some(IdempotencyKey {
            key: "k".into(),
            request_hash: [hash; 32],
        }),
        ..text("Once", "")
    };
    let first = blog.posts().create(&editor(), keyed(1)).await.unwrap();
    let again = blog.posts().create(&editor(), keyed(1)).await.unwrap();
    assert_eq!(first, again);
    assert!(matches!(
        kind(blog.posts().create(&editor(), keyed(2)).await),
        ErrorKind::Invalid(_)
    ));
}

#[tokio::test]
async fn an_import_can_be_repeated() {
    let Scene { blog, .. } = scene();
    let service = Actor::service("import");
    let profile = |id: &str| AuthorProfile {
        id: id.into(),
        name: id.into(),
        bio: None,
        links: vec![],
    };
    let found = |body: &str| ImportedPost {
        source: "2015/hello.md".into(),
        content: text("Hello", body).content,
        aliases: vec!["/2015/05/15/Hello.html".into()],
        authors: vec![profile("ann"), profile("bob")],
        date: Some(DateTime::UNIX_EPOCH),
        publish: true,
        ..ImportedPost::default()
    };
    let import = |body: &str| {
        let (blog, service, post) = (blog.clone(), service.clone(), found(body));
        async move { blog.import().post(&service, post).await }
    };
    let ImportOutcome::Created(id) = import("one").await.unwrap() else {
        panic!()
    };
    assert_eq!(import("one").await.unwrap(), ImportOutcome::Unchanged(id));
    assert_eq!(import("two").await.unwrap(), ImportOutcome::Updated(id));
    assert_eq!(import("two").await.unwrap(), ImportOutcome::Unchanged(id));
    let head = blog.posts().get(&editor(), id, View::Head).await.unwrap();
    blog.posts()
        .save(&editor(), id, head.post.revision, body("ours"))
        .await
        .unwrap();
    let conflict = kind(import("three").await);
    assert!(matches!(conflict, ErrorKind::Conflict(Conflict::Edit(_))));

    let reader = Actor::anonymous();
    let post = blog
        .posts()
        .by_alias(&reader, "2015/05/15/Hello.html")
        .await
        .unwrap();
    assert_eq!(post.published_at, Some(DateTime::UNIX_EPOCH));
    assert_eq!(
        (post.author.as_str(), post.coauthors[0].as_str()),
        ("ann", "bob")
    );
    let list = blog
        .posts()
        .list(&reader, &PostQuery::default())
        .await
        .unwrap();
    assert_eq!(list.items.len(), 1);
}

#[tokio::test]
async fn an_import_that_publishes_shows_readers_what_nobody_has_edited_since() {
    let blog = Blog::in_memory();
    let service = Actor::service("import");
    let import = |body: &str, publish: bool| {
        let post = ImportedPost {
            source: "a.md".into(),
            content: text("A", body).content,
            publish,
            ..ImportedPost::default()
        };
        let (blog, service) = (blog.clone(), service.clone());
        async move { blog.import().post(&service, post).await.unwrap() }
    };
    let reads = async || {
        let found = blog
            .posts()
            .by_slug(&Actor::anonymous(), "a", None, View::Reader)
            .await;
        match found {
            Ok(Lookup::Found(view)) => Some(view.version.content.body.clone()),
            _ => None,
        }
    };
    let ImportOutcome::Created(id) = import("one", false).await else {
        panic!()
    };
    assert_eq!(reads().await, None);
    assert_eq!(import("one", true).await, ImportOutcome::Updated(id));
    assert_eq!(reads().await.as_deref(), Some("one"));
    assert_eq!(import("one", true).await, ImportOutcome::Unchanged(id));
    import("two", true).await;
    assert_eq!(reads().await.as_deref(), Some("two"));

    let head = blog.posts().get(&editor(), id, View::Head).await.unwrap();
    let edit = PostEdit {
        title: Some("Draft of a title".into()),
        ..PostEdit::default()
    };
    let posts = blog.posts();
    posts
        .save(&editor(), id, head.post.revision, edit)
        .await
        .unwrap();
    import("three", true).await;
    assert_eq!(
        reads().await.as_deref(),
        Some("two"),
        "a draft is not shown"
    );
    posts
        .change_status(&editor(), id, Transition::Unpublish, None)
        .await
        .unwrap();
    import("four", true).await;
    assert_eq!(reads().await, None, "what was taken back stays so");
}

#[tokio::test]
async fn what_a_model_had_a_part_in_stays_so_from_the_import_that_says_it() {
    let blog = Blog::in_memory();
    let service = Actor::service("import");
    let import = |body: &str, ai_generated: bool| {
        let post = ImportedPost {
            source: "a.md".into(),
            content: text("A", body).content,
            publish: true,
            ai_generated,
            ..ImportedPost::default()
        };
        let (blog, service) = (blog.clone(), service.clone());
        async move { blog.import().post(&service, post).await.unwrap() }
    };
    let ImportOutcome::Created(id) = import("one", false).await else {
        panic!()
    };
    let said = async || {
        let head = blog.posts().get(&editor(), id, View::Head).await.unwrap();
        (head.post.ai_generated, head.post.published_ai_generated)
    };
    assert_eq!(said().await, (false, false));
    import("two", true).await;
    assert_eq!(said().await, (true, true));
    import("three", false).await;
    assert_eq!(said().await, (true, true));
}

/// Has a file imported that says nothing but this, and is published.
async fn import_one(blog: &Blog, ai_generated: bool) -> ImportOutcome {
    let post = ImportedPost {
        source: "a.md".into(),
        content: text("A", "one").content,
        publish: true,
        ai_generated,
        ..ImportedPost::default()
    };
    let service = Actor::service("import");
    blog.import().post(&service, post).await.unwrap()
}

#[tokio::test]
async fn a_source_that_says_nothing_new_but_that_a_model_had_a_part_in_it_is_believed() {
    let blog = Blog::in_memory();
    let ImportOutcome::Created(id) = import_one(&blog, false).await else {
        panic!()
    };
    let before = blog.posts().get(&editor(), id, View::Head).await.unwrap();
    let told = import_one(&blog, true).await;
    assert_eq!(told, ImportOutcome::Updated(id));
    let head = blog.posts().get(&editor(), id, View::Head).await.unwrap();
    assert!(head.post.ai_generated && head.post.published_ai_generated);
    assert_eq!(head.version.number, before.version.number);
    assert!(head.post.public_revision > before.post.public_revision);
    for ai_generated in [true, false] {
        let outcome = import_one(&blog, ai_generated).await;
        assert_eq!(outcome, ImportOutcome::Unchanged(id));
    }
}

#[tokio::test]
async fn a_source_that_tells_of_a_model_late_says_nothing_of_what_was_served_before_it() {
    let blog = Blog::in_memory();
    let ImportOutcome::Created(id) = import_one(&blog, false).await else {
        panic!()
    };
    let posts = blog.posts();
    let ours = PostEdit {
        title: Some("Ours".into()),
        ..PostEdit::default()
    };
    posts.save(&editor(), id, 1, ours).await.unwrap();
    for ai_generated in [false, true] {
        let post = ImportedPost {
            source: "a.md".into(),
            content: text("A", "two").content,
            publish: true,
            ai_generated,
            ..ImportedPost::default()
        };
        let service = Actor::service("import");
        let merged = blog.import().post(&service, post).await.unwrap();
        assert_eq!(merged, ImportOutcome::Updated(id));
    }
    let head = posts.get(&editor(), id, View::Head).await.unwrap();
    assert_eq!(head.version.content.body, "two");
    let served = posts.get(&editor(), id, View::Reader).await.unwrap();
    assert_eq!(served.version.content.body, "one");
    assert!(head.post.ai_generated && !served.post.published_ai_generated);
}

#[tokio::test]
async fn a_source_that_tells_of_a_model_late_tells_readers_and_leaves_what_was_edited_meanwhile() {
    let blog = Blog::in_memory();
    let ImportOutcome::Created(id) = import_one(&blog, false).await else {
        panic!()
    };
    let posts = blog.posts();
    posts.save(&editor(), id, 1, body("ours")).await.unwrap();
    let told = import_one(&blog, true).await;
    assert_eq!(told, ImportOutcome::Updated(id));
    let again = import_one(&blog, true).await;
    assert_eq!(again, ImportOutcome::Unchanged(id));
    let head = posts.get(&editor(), id, View::Head).await.unwrap();
    assert_eq!(head.version.content.body, "ours");
    let served = posts.get(&editor(), id, View::Reader).await.unwrap();
    assert_eq!(served.version.content.body, "one");
    assert!(head.post.ai_generated && served.post.published_ai_generated);
}
