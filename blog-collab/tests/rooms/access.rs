use std::sync::atomic::Ordering;
use std::time::Duration;

use blog_collab::Close;
use blog_core::domain::{Actor, Collaboration, Content, PostId, Role, Transition};
use blog_core::ports::CollabStore;
use blog_core::services::PostEdit;
use blog_core::{Blog, Conflict, ErrorKind};

use crate::claims::is_claimed_elsewhere;
use crate::client::Client;
use crate::world::{BODY, World, ada, ben, dora, until};

#[tokio::test(start_paused = true)]
async fn a_coauthor_who_is_removed_is_closed_and_others_are_not() {
    let world = World::new().await;
    let node = world.node();
    let mut dora = Client::join(&node, &dora(), 1).await;
    let mut ada = Client::join(&node, &ada(), 2).await;
    dora.write("By a coauthor. ").await;
    dora.listen().await;

    let edit = PostEdit {
        coauthors: Some(vec![]),
        ..PostEdit::default()
    };
    node.save(edit).await;
    assert_eq!(dora.listen().await.close, Some(Close::Unauthorized));
    assert_eq!(Close::Unauthorized.code(), 4401);
    assert_eq!(ada.listen().await.close, None);
    assert!(node.body().await.starts_with("By a coauthor. "));
}

pub(crate) async fn delete(blog: &Blog, post: PostId) {
    let (posts, admin) = (blog.posts(), Actor::user("root", "Root", Role::Admin));
    let trashed = posts.change_status(&admin, post, Transition::Trash, None);
    trashed.await.unwrap();
    posts.delete(&admin, post, None).await.unwrap();
}

/// A post in which somebody has written, and no server that still runs.
async fn left_behind() -> World {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write("Gone soon. ").await;
    ada.listen().await;
    drop(ada);
    node.stop().await;
    world
}

#[tokio::test(start_paused = true)]
async fn when_a_post_is_deleted_all_are_closed_and_its_document_is_removed() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    ada.write("Gone soon. ").await;
    ben.listen().await;

    delete(&node.blog, world.post).await;
    assert_eq!(ada.listen().await.close, Some(Close::NotFound));
    assert_eq!(ben.listen().await.close, Some(Close::NotFound));
    assert_eq!(Close::NotFound.code(), 4404);
    assert_eq!(world.store.log(world.post).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn the_document_of_a_post_that_is_deleted_while_nobody_is_in_its_room_is_removed() {
    let world = left_behind().await;

    let node = world.node();
    tokio::time::sleep(Duration::from_secs(1)).await;
    delete(&node.blog, world.post).await;
    until(async || world.store.log(world.post).await.unwrap().is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn the_document_of_a_post_that_was_deleted_while_no_server_ran_is_removed() {
    let world = left_behind().await;
    let elsewhere = world.outsider();
    delete(&elsewhere, world.post).await;
    assert_ne!(world.store.log(world.post).await.unwrap(), None);

    let _node = world.node();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.store.log(world.post).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn while_a_post_is_locked_only_the_holder_edits_it() {
    let world = World::new().await;
    let node = world.node();
    let mut one = Client::join(&node, &ada(), 1).await;
    let mut two = Client::join(&node, &ben(), 2).await;
    two.write("Before. ").await;
    one.listen().await;
    let (collab, holder) = (node.blog.collab(), ada());
    let locked = collab.lock(&holder, world.post).await.unwrap().post;
    assert_eq!(collab.state(&locked), Collaboration::Locked);
    assert_eq!(Close::Forbidden.code(), 4403);
    assert_eq!(two.listen().await.close, Some(Close::Forbidden));
    one.write("By the holder. ").await;
    assert_eq!(one.listen().await.close, None);
    let body = node.body().await;
    assert!(body.starts_with("By the holder. Before. "));

    // The others look on.
    let mut two = Client::join(&node, &ben(), 3).await;
    two.write("Too late. ").await;
    assert!(two.listen().await.is_refused());
    let edit = |content: Content| Content {
        body: String::new(),
        ..content
    };
    let refused = node.hub.edit(&ben(), world.post, edit).await;
    assert_eq!(*refused.unwrap_err().kind(), ErrorKind::Forbidden);
    let (posts, versions, ben) = (node.blog.posts(), node.blog.versions(), ben());
    let nothing = PostEdit::default();
    let saved = posts.save(&ben, world.post, locked.revision, nothing).await;
    assert_eq!(*saved.unwrap_err().kind(), ErrorKind::Forbidden);
    let restored = versions.restore(&ben, world.post, 1, None).await;
    assert_eq!(*restored.unwrap_err().kind(), ErrorKind::Forbidden);
    let taken = collab.lock(&ben, world.post).await.unwrap_err();
    assert_eq!(*taken.kind(), ErrorKind::Conflict(Conflict::Taken("lock")));
    let refused = collab.unlock(&dora(), world.post).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Forbidden);
    assert_eq!(node.body().await, body);

    // An editor takes it off, and all edit again.
    let unlocked = collab.unlock(&ben, world.post).await.unwrap().post;
    assert_eq!(collab.state(&unlocked), Collaboration::Active);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut two = Client::join(&node, &ben, 4).await;
    two.write("Again. ").await;
    assert_eq!(two.listen().await.updates().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_room_that_fails_comes_again_and_may_do_what_they_may_by_then() {
    let world = World::new().await;
    let patience = Duration::from_secs(10);
    let node = world.node_with(|options| options.store_patience = patience);
    let dora = Client::join(&node, &dora(), 7).await;
    is_claimed_elsewhere(&world, &node, 7).await;
    // The room has to look whose the client id is, and cannot.
    world.store.hold_back_loads(true);
    dora.write("By somebody else. ").await;
    tokio::time::sleep(patience / 2).await;
    let joining = tokio::spawn({
        let (hub, post) = (node.hub.clone(), world.post);
        async move { hub.join(&ben(), post).await }
    });
    tokio::time::sleep(patience / 4).await;
    let elsewhere = world.outsider();
    elsewhere.collab().lock(&ada(), world.post).await.unwrap();
    tokio::time::sleep(patience / 2).await;
    world.store.hold_back_loads(false);
    let refused = joining.await.unwrap().unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Unavailable { retry: true });

    let mut ben = Client::join(&node, &ben(), 2).await;
    ben.write("Too late. ").await;
    assert!(ben.listen().await.is_refused());
    assert_eq!(world.stored_body().await, BODY);
}

#[tokio::test(start_paused = true)]
async fn what_a_program_edits_while_the_post_is_locked_is_refused() {
    let world = World::new().await;
    let node = world.node_with(|options| {
        options.unstored_bytes = 10;
        options.store_patience = Duration::from_secs(3_600);
    });
    let ada = Client::join(&node, &ada(), 1).await;
    world.store.hold_back();
    ada.write("Typed. ").await;
    let edit = tokio::spawn({
        let (hub, post) = (node.hub.clone(), world.post);
        let edit = |content: Content| Content {
            body: "Too late.".to_owned(),
            ..content
        };
        async move { hub.edit(&ben(), post, edit).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let elsewhere = world.outsider();
    let holder = crate::world::ada();
    elsewhere.collab().lock(&holder, world.post).await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    world.store.let_go();

    let refused = edit.await.unwrap().unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Forbidden);
    assert_eq!(node.body().await, format!("Typed. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn a_lock_is_kept_also_while_the_log_cannot_be_looked_at() {
    let world = World::new().await;
    let node = world.node();
    let mut ben = Client::join(&node, &ben(), 1).await;
    world.store.fail_logs(true);
    let elsewhere = world.outsider();
    elsewhere.collab().lock(&ada(), world.post).await.unwrap();
    tokio::time::sleep(2 * node.hub.options().look_every).await;
    assert_eq!(ben.listen().await.close, Some(Close::Forbidden));
}

#[tokio::test(start_paused = true)]
async fn a_post_is_active_while_somebody_is_in_its_room() {
    let world = World::new().await;
    let node = world.node();
    let state = async || {
        let head = node.blog.collab().head(world.post).await.unwrap();
        node.blog.collab().state(&head.post)
    };
    assert_eq!(state().await, Collaboration::Idle);
    let ada = Client::join(&node, &ada(), 1).await;
    assert_eq!(state().await, Collaboration::Active);
    drop(ada);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(state().await, Collaboration::Idle);
}

#[tokio::test(start_paused = true)]
async fn who_may_not_see_the_post_by_the_policy_any_more_is_closed_once_rooms_are_told_to_ask_it() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    node.hub.recheck().await;
    assert_eq!(ben.listen().await.close, None);

    world.has_suspended_ben.store(true, Ordering::Relaxed);
    ben.write("Not suspended as far as the room knows. ").await;
    assert_eq!(ben.listen().await.close, None);
    node.hub.recheck().await;
    ben.write("Too late. ").await;
    assert_eq!(ben.listen().await.close, Some(Close::Unauthorized));
    assert_eq!(ada.listen().await.close, None);
    assert!(!node.content().await.contains("Too late."));
    let refused = node.hub.join(&crate::world::ben(), world.post).await;
    assert_eq!(*refused.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn rooms_ask_the_policy_by_themselves_after_a_while() {
    let world = World::new().await;
    let node = world.node_with(|options| options.look_every = Duration::from_secs(5));
    let mut ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    world.has_suspended_ben.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(ben.listen().await.close, Some(Close::Unauthorized));
    assert_eq!(ada.listen().await.close, None);
}

#[tokio::test(start_paused = true)]
async fn whose_session_is_revoked_is_closed_everywhere_and_may_sign_in_again() {
    let world = World::new().await;
    let node = world.node();
    let mut tabs = [
        Client::join(&node, &ada(), 1).await,
        Client::join(&node, &ada(), 2).await,
    ];
    let mut ben = Client::join(&node, &ben(), 3).await;
    let mut program = node.hub.subscribe(&ada(), world.post).await.unwrap();
    program.next().await.unwrap();
    tabs[0].write("Before. ").await;

    node.hub.revoke(&ada().id).await;
    assert_eq!(Close::Expired.code(), 4401);
    for tab in &mut tabs {
        tab.write("Too late. ").await;
        assert_eq!(tab.listen().await.close, Some(Close::Expired));
    }
    let ended = async {
        loop {
            if let Err(error) = program.next().await {
                return error;
            }
        }
    };
    assert_eq!(*ended.await.kind(), ErrorKind::Unauthenticated);
    assert_eq!(ben.listen().await.close, None);
    assert_eq!(node.content().await, format!("Before. {BODY}"));
    let mut again = Client::join(&node, &ada(), 4).await;
    assert_eq!(again.listen().await.close, None);
}

#[tokio::test(start_paused = true)]
async fn who_is_not_signed_in_is_not_let_in() {
    let world = World::new().await;
    let node = world.node();
    let nobody = Actor::anonymous();
    let refused = node.hub.join(&nobody, world.post).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Unauthenticated);
    let refused = node.hub.content(&nobody, world.post).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Unauthenticated);
}

#[tokio::test(start_paused = true)]
async fn nobody_passes_for_the_rooms_themselves() {
    let world = World::new().await;
    let node = world.node();
    let collab = Actor::user("collab", "Collab", Role::Editor);
    let refused = node.hub.join(&collab, world.post).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Forbidden);
    let edit = |content: Content| content;
    let refused = node.hub.edit(&collab, world.post, edit).await;
    assert_eq!(*refused.unwrap_err().kind(), ErrorKind::Forbidden);
}

#[tokio::test(start_paused = true)]
async fn whose_id_cannot_be_stored_is_refused_and_closes_nobody() {
    let world = World::new().await;
    let node = world.node();
    let mut ben = Client::join(&node, &ben(), 1).await;
    let nul = Actor::user("a\0", "A", Role::Editor);
    let refused = node.hub.join(&nul, world.post).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Forbidden);
    let refused = node.hub.edit(&nul, world.post, |content| content).await;
    assert_eq!(*refused.unwrap_err().kind(), ErrorKind::Forbidden);
    ben.write("Still here. ").await;
    ben.listen().await;
    assert_eq!(ben.yjs.text(), format!("Still here. {BODY}"));
}

#[tokio::test(start_paused = true)]
async fn for_strangers_there_is_no_room_also_of_a_published_post() {
    let world = World::new().await;
    let node = world.node();
    let publish = Transition::Publish;
    let (posts, ben) = (node.blog.posts(), ben());
    let published = posts.change_status(&ben, world.post, publish, None).await;
    published.unwrap();
    for stranger in [
        Actor::user("eve", "Eve", Role::Author),
        Actor::user("joe", "Joe", Role::Reader),
    ] {
        let refused = node.hub.join(&stranger, world.post).await.unwrap_err();
        assert_eq!(*refused.kind(), ErrorKind::NotFound);
        let edit = |content: Content| content;
        let refused = node.hub.edit(&stranger, world.post, edit).await;
        assert_eq!(*refused.unwrap_err().kind(), ErrorKind::NotFound);
    }
    // Nobody has opened it.
    assert_eq!(world.store.loads(), 0);
}
