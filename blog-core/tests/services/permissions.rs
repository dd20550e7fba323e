use blog_core::ErrorKind;
use blog_core::domain::{Actor, Role, Transition};
use blog_core::ports::{AuditQuery, View};
use blog_core::services::PostEdit;
use chrono::TimeDelta;

use crate::scene::{Scene, author, body, editor, kind, published, scene, text};

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
