use blog_core::domain::{Actor, Transition, VersionKind};
use blog_core::ports::View;
use blog_core::services::PostEdit;
use blog_core::{Conflict, ErrorKind};

use crate::scene::{Scene, author, body, editor, kind, published, scene, text};

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
