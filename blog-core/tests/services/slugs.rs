use blog_core::domain::Actor;
use blog_core::ports::View;
use blog_core::services::{Lookup, NewPost, PostEdit};
use blog_core::{Conflict, ErrorKind};

use crate::scene::{Scene, editor, kind, published, scene, text};

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
