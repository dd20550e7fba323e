//! What the services promise, on the in-memory backends with a clock that the test moves.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use blog_core::domain::{
    Actor, AuthorProfile, Content, LogPosition, PostId, Role, Status, Transition, VersionKind,
};
use blog_core::memory::{ManualClock, MemoryStorage};
use blog_core::ports::{AuditQuery, LiveDocuments, PostQuery, PostView, SearchQuery, View};
use blog_core::services::{
    Fold, IdempotencyKey, ImportOutcome, ImportedPost, Lookup, NewPost, PostEdit,
};
use blog_core::{Blog, Conflict, Error, ErrorKind};
use chrono::{DateTime, TimeDelta};

struct Scene {
    blog: Blog,
    clock: Arc<ManualClock>,
}

fn scene() -> Scene {
    let start = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
    let clock = Arc::new(ManualClock::at(start));
    let blog = Blog::builder(MemoryStorage::default())
        .clock(clock.clone())
        .build();
    Scene { blog, clock }
}

fn editor() -> Actor {
    Actor::user("ed", "Ed", Role::Editor)
}

fn author(id: &str) -> Actor {
    Actor::user(id, id, Role::Author)
}

fn text(title: &str, body: &str) -> NewPost {
    let content = Content {
        title: title.into(),
        body: body.into(),
        ..Content::default()
    };
    NewPost {
        content,
        ..NewPost::default()
    }
}

fn body(text: &str) -> PostEdit {
    PostEdit {
        body: Some(text.into()),
        ..PostEdit::default()
    }
}

async fn published(blog: &Blog, title: &str, body: &str) -> PostView {
    let view = blog
        .posts()
        .create(&editor(), text(title, body))
        .await
        .unwrap();
    blog.posts()
        .change_status(&editor(), view.post.id, Transition::Publish, None)
        .await
        .unwrap()
}

/// Makes a field of that size.
type Fill = fn(&mut Content, usize);

fn kind<T: std::fmt::Debug>(answer: Result<T, Error>) -> ErrorKind {
    answer.unwrap_err().kind().clone()
}

#[tokio::test]
async fn posts_of_one_title_get_slugs_of_their_own() {
    let Scene { blog, .. } = scene();
    let mut slugs = Vec::new();
    for _ in 0..12 {
        let view = blog
            .posts()
            .create(&editor(), text("Same", ""))
            .await
            .unwrap();
        slugs.push(view.post.slug.to_string());
    }
    assert_eq!(slugs[..3], ["same", "same-2", "same-3"]);
    slugs.sort();
    slugs.dedup();
    assert_eq!(slugs.len(), 12);
}

#[tokio::test]
async fn a_slug_that_was_asked_for_and_is_taken_is_a_conflict() {
    let Scene { blog, .. } = scene();
    let wanted = || NewPost {
        slug: Some("mine".into()),
        ..text("A", "")
    };
    blog.posts().create(&editor(), wanted()).await.unwrap();
    let refused = blog.posts().create(&editor(), wanted()).await;
    assert_eq!(kind(refused), ErrorKind::Conflict(Conflict::Taken("slug")));
}

#[tokio::test]
async fn a_draft_of_a_published_post_changes_nothing_for_readers_until_it_is_published() {
    let Scene { blog, .. } = scene();
    let view = published(&blog, "Post", "first").await;
    let id = view.post.id;
    blog.posts()
        .save(&editor(), id, view.post.revision, body("second"))
        .await
        .unwrap();
    let reader = Actor::anonymous();
    let read = || async {
        blog.posts()
            .get(&reader, id, View::Reader)
            .await
            .unwrap()
            .version
            .content
            .body
            .clone()
    };
    assert_eq!(read().await, "first");
    blog.posts()
        .change_status(&editor(), id, Transition::Publish, None)
        .await
        .unwrap();
    assert_eq!(read().await, "second");
    assert_eq!(
        kind(blog.posts().get(&reader, id, View::Head).await),
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn edits_that_cross_in_different_places_are_merged() {
    let Scene { blog, .. } = scene();
    let view = blog
        .posts()
        .create(&editor(), text("Title", "a\nb\nc\nd\n"))
        .await
        .unwrap();
    let (id, base) = (view.post.id, view.post.revision);
    blog.posts()
        .save(&editor(), id, base, body("A\nb\nc\nd\n"))
        .await
        .unwrap();
    let title = PostEdit {
        title: Some("New".into()),
        ..body("a\nb\nc\nD\n")
    };
    let merged = blog.posts().save(&editor(), id, base, title).await.unwrap();
    assert_eq!(merged.version.content.body, "A\nb\nc\nD\n");
    assert_eq!(merged.version.content.title, "New");
    assert_eq!(merged.version.kind, VersionKind::Merge);
    assert_eq!(merged.version.number, 3);
}

#[tokio::test]
async fn edits_of_one_place_conflict_and_write_nothing() {
    let Scene { blog, .. } = scene();
    let view = blog
        .posts()
        .create(&editor(), text("Title", "a\n"))
        .await
        .unwrap();
    let (id, base) = (view.post.id, view.post.revision);
    blog.posts()
        .save(&editor(), id, base, body("head\n"))
        .await
        .unwrap();
    let refused = kind(
        blog.posts()
            .save(&editor(), id, base, body("theirs\n"))
            .await,
    );
    let ErrorKind::Conflict(Conflict::Edit(conflict)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(conflict.base.body, "a\n");
    assert_eq!(conflict.head.body, "head\n");
    assert_eq!(conflict.theirs.body, "theirs\n");
    assert_eq!(conflict.conflicts[0].field, "body");
    let head = blog.posts().get(&editor(), id, View::Head).await.unwrap();
    assert_eq!(
        (head.post.revision, head.version.content.body.as_str()),
        (2, "head\n")
    );
}

#[tokio::test]
async fn fields_that_cross_are_merged_one_by_one() {
    let Scene { blog, .. } = scene();
    let view = blog
        .posts()
        .create(&editor(), text("Title", ""))
        .await
        .unwrap();
    let (id, base) = (view.post.id, view.post.revision);
    let object = |value: serde_json::Value| value.as_object().cloned();
    let one = PostEdit {
        tags: Some(vec!["a".into()]),
        custom: object(serde_json::json!({"one": 1})),
        excerpt: Some(Some("Short".into())),
        ..PostEdit::default()
    };
    let other = PostEdit {
        tags: Some(vec!["b".into()]),
        custom: object(serde_json::json!({"two": 2})),
        category: Some(Some("c".into())),
        ..PostEdit::default()
    };
    blog.posts().save(&editor(), id, base, one).await.unwrap();
    let content = blog
        .posts()
        .save(&editor(), id, base, other)
        .await
        .unwrap()
        .version
        .content;
    assert_eq!(content.tags, ["a", "b"]);
    assert_eq!(
        content.custom,
        object(serde_json::json!({"one": 1, "two": 2})).unwrap()
    );
    assert_eq!(
        (content.excerpt.as_deref(), content.category.as_deref()),
        (Some("Short"), Some("c"))
    );
}

#[tokio::test]
async fn a_restored_version_is_a_new_one_and_history_stays() {
    let Scene { blog, .. } = scene();
    let view = blog
        .posts()
        .create(&editor(), text("Title", "first"))
        .await
        .unwrap();
    let id = view.post.id;
    blog.posts()
        .save(&editor(), id, 1, body("second"))
        .await
        .unwrap();
    let restored = blog
        .versions()
        .restore(&editor(), id, 1, None)
        .await
        .unwrap();
    assert_eq!(restored.version.content.body, "first");
    let history = blog
        .versions()
        .history(&editor(), id, None, 10)
        .await
        .unwrap();
    let kinds: Vec<_> = history
        .items
        .iter()
        .map(|it| (it.number, it.kind))
        .collect();
    let (manual, restore) = (VersionKind::Manual, VersionKind::Restore);
    assert_eq!(kinds, [(3, restore), (2, manual), (1, manual)]);
    let diff = blog.versions().diff(&editor(), id, 1, 2).await.unwrap();
    assert_eq!(diff.hunks.len(), 1);
}

#[tokio::test]
async fn a_slug_that_was_public_leads_to_its_post_after_a_rename_and_back() {
    let Scene { blog, .. } = scene();
    let view = published(&blog, "Old", "").await;
    let id = view.post.id;
    let reader = Actor::anonymous();
    for (slug, former) in [("new", "old"), ("old", "new")] {
        let revision = blog
            .posts()
            .get(&editor(), id, View::Head)
            .await
            .unwrap()
            .post
            .revision;
        let rename = PostEdit {
            slug: Some(slug.into()),
            ..PostEdit::default()
        };
        blog.posts()
            .save(&editor(), id, revision, rename)
            .await
            .unwrap();
        let posts = blog.posts();
        let look_up = |slug| posts.by_slug(&reader, slug, None, View::Reader);
        assert!(matches!(look_up(slug).await, Ok(Lookup::Found(_))));
        match look_up(former).await.unwrap() {
            Lookup::Moved(post) => assert_eq!(post.slug.as_str(), slug),
            Lookup::Found(_) => panic!("{former} is no slug any more"),
        }
    }
    let versions = blog
        .versions()
        .history(&editor(), id, None, 10)
        .await
        .unwrap();
    assert_eq!(versions.items.len(), 1, "a rename writes no version");
}

#[tokio::test]
async fn the_table_of_transitions_is_what_posts_follow() {
    let Scene { blog, .. } = scene();
    let view = blog
        .posts()
        .create(&editor(), text("Title", ""))
        .await
        .unwrap();
    let id = view.post.id;
    let mut status = Status::Draft;
    for transition in Transition::ALL.repeat(3) {
        let answer = if transition == Transition::Schedule {
            let at = blog.clock().now() + TimeDelta::hours(1);
            blog.posts().schedule(&editor(), id, at, None).await
        } else {
            blog.posts()
                .change_status(&editor(), id, transition, None)
                .await
        };
        match status.after(transition) {
            Some(next) => {
                assert_eq!(answer.unwrap().post.status, next);
                status = next;
            }
            None => assert_eq!(kind(answer), ErrorKind::Conflict(Conflict::Status)),
        }
    }
}

#[tokio::test]
async fn a_due_post_is_published_once_however_many_nodes_try() {
    let Scene { blog, clock } = scene();
    let view = blog
        .posts()
        .create(&editor(), text("Title", ""))
        .await
        .unwrap();
    let at = clock_time(&blog) + TimeDelta::hours(1);
    blog.posts()
        .schedule(&editor(), view.post.id, at, None)
        .await
        .unwrap();
    assert_eq!(blog_core::consumers::publish_due(&blog).await.unwrap(), 0);
    clock.advance(TimeDelta::hours(2));
    let nodes: Vec<_> = (0..8)
        .map(|_| {
            let blog = blog.clone();
            tokio::spawn(async move { blog_core::consumers::publish_due(&blog).await.unwrap() })
        })
        .collect();
    let mut published = 0;
    for node in nodes {
        published += node.await.unwrap();
    }
    assert_eq!(published, 1);
    let post = blog
        .posts()
        .get(&Actor::anonymous(), view.post.id, View::Reader)
        .await
        .unwrap();
    assert_eq!(post.post.status, Status::Published);
}

/// Somebody types all the time: whoever looks finds more than the post says.
#[derive(Debug)]
struct Typing(Blog);

#[async_trait]
impl LiveDocuments for Typing {
    async fn settle(&self, post: PostId) -> Result<bool, Error> {
        let collab = self.0.collab();
        let head = collab.head(post).await?;
        let mut content = head.version.content.clone();
        content.body.push('.');
        let position = LogPosition {
            update: u64::from(head.post.head),
            state_vector: vec![],
        };
        let fold = Fold {
            post,
            head,
            content,
            position,
            contributors: vec![],
            passages: None,
            authors: vec![],
            even_if_same: false,
        };
        collab.fold(fold).await.map(|_| true)
    }

    fn is_open(&self, _: PostId) -> bool {
        true
    }
}

#[tokio::test]
async fn a_scheduled_post_is_published_at_its_time_also_while_somebody_types() {
    let Scene { blog, clock } = scene();
    let posts = blog.posts();
    let post = posts.create(&editor(), text("Post", "text")).await;
    let id = post.unwrap().post.id;
    let live: Arc<dyn LiveDocuments> = Arc::new(Typing(blog.clone()));
    blog.collab().attach(&live);
    let at = clock_time(&blog) + TimeDelta::hours(1);
    posts.schedule(&editor(), id, at, None).await.unwrap();

    assert_eq!(blog_core::consumers::publish_due(&blog).await.unwrap(), 0);
    clock.advance(TimeDelta::hours(1));
    assert_eq!(blog_core::consumers::publish_due(&blog).await.unwrap(), 1);
    let shown = posts.get(&Actor::anonymous(), id, View::Reader).await;
    let shown = shown.unwrap();
    assert_eq!(shown.post.status, Status::Published);
    assert!(shown.version.content.body.starts_with("text."));
}

/// The live document of one post does not answer.
#[derive(Debug)]
struct Hanging(PostId);

#[async_trait]
impl LiveDocuments for Hanging {
    async fn settle(&self, post: PostId) -> Result<bool, Error> {
        match post == self.0 {
            true => Err(Error::unavailable("it does not answer", true)),
            false => Ok(false),
        }
    }

    fn is_open(&self, post: PostId) -> bool {
        post == self.0
    }
}

#[tokio::test]
async fn a_scheduled_post_that_cannot_be_published_now_keeps_no_other_back() {
    let Scene { blog, clock } = scene();
    let posts = blog.posts();
    let at = clock_time(&blog) + TimeDelta::hours(1);
    let mut ids = vec![];
    for title in ["First", "Second", "Third"] {
        let post = posts.create(&editor(), text(title, "")).await.unwrap();
        ids.push(post.post.id);
        let scheduled = posts.schedule(&editor(), post.post.id, at, None).await;
        scheduled.unwrap();
        clock.advance(TimeDelta::minutes(1));
    }
    let live: Arc<dyn LiveDocuments> = Arc::new(Hanging(ids[0]));
    blog.collab().attach(&live);
    clock.advance(TimeDelta::hours(2));
    let answer = blog_core::consumers::publish_due(&blog).await;
    assert_eq!(kind(answer), ErrorKind::Unavailable { retry: true });
    let (reader, mut shown) = (Actor::anonymous(), vec![]);
    for id in &ids {
        shown.push(posts.get(&reader, *id, View::Reader).await.is_ok());
    }
    assert_eq!(shown, [false, true, true]);

    drop(live);
    let published = blog_core::consumers::publish_due(&blog).await.unwrap();
    assert_eq!(published, 1);
}

fn clock_time(blog: &Blog) -> DateTime<chrono::Utc> {
    blog.clock().now()
}

#[tokio::test]
async fn authors_act_on_their_own_posts_and_contributors_do_not_publish() {
    let Scene { blog, .. } = scene();
    let (ann, bob) = (author("ann"), author("bob"));
    let carl = Actor::user("carl", "Carl", Role::Contributor);
    let posts = blog.posts();
    let hers = posts.create(&ann, text("Hers", "")).await.unwrap().post.id;
    let his = posts.create(&carl, text("His", "")).await.unwrap().post.id;

    assert_eq!(
        kind(posts.get(&bob, hers, View::Reader).await),
        ErrorKind::NotFound
    );
    assert_eq!(
        kind(posts.save(&bob, hers, 1, body("x")).await),
        ErrorKind::NotFound
    );
    posts
        .change_status(&ann, hers, Transition::Publish, None)
        .await
        .unwrap();
    assert_eq!(
        kind(posts.save(&bob, hers, 1, body("x")).await),
        ErrorKind::Forbidden
    );
    posts
        .change_status(&carl, his, Transition::Submit, None)
        .await
        .unwrap();
    let refused = posts
        .change_status(&carl, his, Transition::Publish, None)
        .await;
    assert_eq!(kind(refused), ErrorKind::Forbidden);
    posts
        .change_status(&ann, hers, Transition::Trash, None)
        .await
        .unwrap();
    assert_eq!(
        kind(posts.delete(&ann, hers, None).await),
        ErrorKind::Forbidden
    );
    let nobody = Actor::anonymous();
    let refused = posts.create(&nobody, text("X", "")).await;
    assert_eq!(kind(refused), ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn the_audit_trail_tells_admins_what_was_done_and_what_was_refused() {
    let Scene { blog, .. } = scene();
    let view = published(&blog, "Title", "").await;
    let refused = blog
        .posts()
        .save(&author("eve"), view.post.id, 1, body("x"))
        .await;
    assert_eq!(kind(refused), ErrorKind::Forbidden);
    let query = AuditQuery {
        limit: 10,
        ..AuditQuery::default()
    };
    assert_eq!(
        kind(blog.audit().read(&editor(), &query).await),
        ErrorKind::Forbidden
    );
    let admin = Actor::user("root", "Root", Role::Admin);
    let trail = blog.audit().read(&admin, &query).await.unwrap().items;
    let told: Vec<_> = trail
        .iter()
        .map(|(_, entry)| (entry.actor.as_str(), entry.action.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("ed", "read_audit"),
            ("eve", "edit"),
            ("ed", "post_published"),
            ("ed", "post_created")
        ]
    );
}

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
async fn limits_hold_at_their_edge_and_name_the_field() {
    let Scene { blog, .. } = scene();
    let create = |change: Fill, size: usize| {
        let blog = blog.clone();
        async move {
            let mut new = text("Title", "");
            change(&mut new.content, size);
            blog.posts().create(&editor(), new).await
        }
    };
    let fields: [(&str, Fill, usize); 4] = [
        (
            "title",
            |content, size| content.title = "é".repeat(size),
            300,
        ),
        (
            "body",
            |content, size| content.body = "x".repeat(size),
            1 << 20,
        ),
        (
            "tags",
            |content, size| content.tags = (0..size).map(|n| n.to_string()).collect(),
            50,
        ),
        (
            "custom",
            |content, size| {
                let filler = "x".repeat(size - r#"{"k":""}"#.len());
                content.custom.insert("k".into(), filler.into());
            },
            64 << 10,
        ),
    ];
    for (field, change, limit) in fields {
        create(change, limit - 1).await.unwrap();
        create(change, limit).await.unwrap();
        match kind(create(change, limit + 1).await) {
            ErrorKind::Invalid(errors) => assert_eq!(errors[0].field, field),
            other => panic!("{field}: {other:?}"),
        }
    }
    let nul = create(|content, _| content.title = "a\0b".into(), 0).await;
    assert!(matches!(kind(nul), ErrorKind::Invalid(errors) if errors[0].field == "title"));
    let mixed = create(|content, _| content.body = "a\r\nb\rc".into(), 0)
        .await
        .unwrap();
    assert_eq!(mixed.version.content.body, "a\nb\nc");
}

#[tokio::test]
async fn what_was_committed_is_found_after_waiting_for_it() {
    let blog = Blog::in_memory();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let runner = tokio::spawn({
        let blog = blog.clone();
        async move { blog.run(async { drop(stopped.await) }).await }
    });
    let view = published(&blog, "Findable", "a needle in hay").await;
    let seq = blog.storage().last_event().await.unwrap();
    blog.wait_for(seq, Duration::from_secs(10)).await.unwrap();
    let query = SearchQuery {
        text: "needle".into(),
        limit: 10,
        ..SearchQuery::default()
    };
    let found = blog
        .search()
        .search(&Actor::anonymous(), &query)
        .await
        .unwrap();
    assert_eq!(found.total, 1);
    assert_eq!(found.hits[0].post.post.id, view.post.id);
    stop.send(()).unwrap();
    runner.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_search_shows_readers_what_readers_see() {
    let Scene { blog, .. } = scene();
    let view = published(&blog, "Post", "public words").await;
    blog.posts()
        .save(&editor(), view.post.id, 2, body("hidden words"))
        .await
        .unwrap();
    blog_core::consumers::catch_up(&blog).await.unwrap();
    let total = |actor: Actor, text: &str| {
        let query = SearchQuery {
            text: text.into(),
            limit: 10,
            ..SearchQuery::default()
        };
        let blog = blog.clone();
        async move { blog.search().search(&actor, &query).await.unwrap().total }
    };
    assert_eq!(total(Actor::anonymous(), "hidden").await, 0);
    assert_eq!(total(Actor::anonymous(), "public").await, 1);
    assert_eq!(total(editor(), "hidden").await, 1);
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
async fn what_is_to_appear_by_itself_is_changed_by_who_may_publish_alone() {
    let Scene { blog, clock } = scene();
    let cleo = Actor::user("cleo", "Cleo", Role::Contributor);
    let draft = blog.posts().create(&cleo, text("Plan", "Approved")).await;
    let id = draft.unwrap().post.id;
    let at = blog.clock().now() + TimeDelta::hours(1);
    let scheduled = blog.posts().schedule(&editor(), id, at, None).await;
    let revision = scheduled.unwrap().post.revision;

    let saved = blog
        .posts()
        .save(&cleo, id, revision, body("Unapproved"))
        .await;
    assert_eq!(kind(saved), ErrorKind::Forbidden);
    let restored = blog.versions().restore(&cleo, id, 1, None).await;
    assert_eq!(kind(restored), ErrorKind::Forbidden);
    clock.advance(TimeDelta::hours(2));
    blog_core::consumers::publish_due(&blog).await.unwrap();
    let shown = blog
        .posts()
        .get(&Actor::anonymous(), id, View::Reader)
        .await;
    assert_eq!(shown.unwrap().version.content.body, "Approved");

    let rename = PostEdit {
        slug: Some("elsewhere".into()),
        ..PostEdit::default()
    };
    let now = blog.posts().get(&cleo, id, View::Head).await.unwrap();
    let renamed = blog
        .posts()
        .save(&cleo, id, now.post.revision, rename)
        .await;
    assert_eq!(kind(renamed), ErrorKind::Forbidden);
    // A draft of it readers do not see.
    let draft = blog
        .posts()
        .save(&cleo, id, now.post.revision, body("Next"))
        .await;
    draft.unwrap();
}

#[tokio::test]
async fn an_edit_from_before_the_coauthors_changed_does_not_bring_the_old_ones_back() {
    let Scene { blog, .. } = scene();
    let mallory = author("mallory");
    let hers = blog.posts().create(&mallory, text("Hers", "")).await;
    hers.unwrap();
    let mut new = text("Post", "");
    new.coauthors = vec!["mallory".into()];
    let view = blog.posts().create(&editor(), new).await.unwrap();
    let (id, first) = (view.post.id, view.post.revision);
    let coauthors = |ids: &[&str]| PostEdit {
        coauthors: Some(ids.iter().map(|id| (*id).to_owned()).collect()),
        ..body("text")
    };
    let alone = blog
        .posts()
        .save(&editor(), id, first, coauthors(&[]))
        .await;
    alone.unwrap();
    let late = blog
        .posts()
        .save(&editor(), id, first, coauthors(&["mallory"]))
        .await;
    assert_eq!(kind(late), ErrorKind::Conflict(Conflict::Revision));
    let now = blog.posts().get(&editor(), id, View::Head).await.unwrap();
    assert!(now.post.coauthors.is_empty());
}

#[tokio::test]
async fn custom_fields_nest_to_their_limit_and_numbers_stay_exact() {
    let Scene { blog, .. } = scene();
    let nested = |depth: usize| {
        let mut new = text("Deep", "");
        let json = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let value = serde_json::from_str(&json).unwrap();
        new.content.custom.insert("a".into(), value);
        new
    };
    blog.posts().create(&editor(), nested(32)).await.unwrap();
    let refused = blog.posts().create(&editor(), nested(33)).await;
    let ErrorKind::Invalid(fields) = kind(refused) else {
        unreachable!("deeper than the limit");
    };
    assert_eq!(fields[0].field, "custom");

    // A number that a hasty parser reads as its neighbour.
    let number: f64 = 122.416_294_033_786_59;
    let json = serde_json::to_string(&number).unwrap();
    let read: f64 = serde_json::from_str(&json).unwrap();
    assert_eq!(read.to_bits(), number.to_bits());
}

#[tokio::test]
async fn an_index_that_is_not_of_this_log_is_built_anew() {
    let index = blog_core::memory::MemoryIndex::default();
    let old = Blog::builder(MemoryStorage::default())
        .search_index(index.clone())
        .build();
    for number in 0..3 {
        published(&old, &format!("Old {number}"), "").await;
    }
    blog_core::consumers::catch_up(&old).await.unwrap();

    let restored = Blog::builder(MemoryStorage::default())
        .search_index(index)
        .build();
    published(&restored, "New", "").await;
    blog_core::consumers::catch_up(&restored).await.unwrap();
    let query = SearchQuery {
        limit: 10,
        ..SearchQuery::default()
    };
    let found = restored.search().search(&Actor::anonymous(), &query).await;
    assert_eq!(found.unwrap().total, 1);
}
