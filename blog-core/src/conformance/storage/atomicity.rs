use super::sample::{
    AUTHOR, by_id, creation, deletion, draft, edited, everything, former_slug, profile,
};
use super::{StorageFixture, Verdict, World, expect, outcome, succeed};
use crate::domain::Seq;
use crate::error::{Conflict, ErrorKind};
use crate::ports::{
    AuditQuery, Changes, Checkpoint, IdempotencyRecord, PostKey, PostWrite, Redirect, View,
};

fn path() -> String {
    "old/address".to_owned()
}

fn trail() -> AuditQuery {
    AuditQuery {
        limit: 10,
        ..AuditQuery::default()
    }
}

/// A new post, and with it one of everything that may travel in a commit.
fn creation_with_all(number: u32) -> Changes {
    let view = draft(number);
    let mut changes = creation(&view);
    changes.authors.push(profile("grace"));
    changes.redirects.push(Redirect::Path {
        path: path(),
        post: view.post.id,
    });
    changes.idempotency = Some(IdempotencyRecord {
        actor: AUTHOR.to_owned(),
        key: "once".to_owned(),
        request_hash: [7; 32],
        post: view.post.id,
        at: view.post.created_at,
    });
    changes.checkpoint = Some(Checkpoint {
        consumer: "rollup".to_owned(),
        seq: Seq(3),
    });
    changes
}

pub(super) async fn a_commit_is_written_whole<F: StorageFixture>(world: &World<'_, F>) -> Verdict {
    let storage = world.open().await?;
    let mut changes = creation_with_all(1);
    let views = [draft(1), draft(2), draft(3)];
    for view in &views[1..] {
        let more = creation(view);
        changes.posts.extend(more.posts);
        changes.versions.extend(more.versions);
        changes.events.extend(more.events);
        changes.audit.extend(more.audit);
    }
    let expected = changes.clone();
    let committed = succeed(1, storage.commit(changes).await)?;
    expect(1, committed.seq, Seq(3))?;
    for view in &views {
        let stored = storage.post(&everything(), &by_id(view), View::Head).await;
        expect(1, succeed(1, stored)?.as_ref(), Some(view))?;
    }
    expect(1, succeed(1, storage.last_event().await)?, Seq(3))?;
    let entries = succeed(1, storage.audit(&trail()).await)?;
    let entries: Vec<_> = entries.into_iter().rev().map(|(_, entry)| entry).collect();
    expect(1, entries, expected.audit)?;
    let profiles = storage
        .profiles(&["grace".to_owned(), AUTHOR.to_owned()])
        .await;
    let both = vec![profile("grace"), profile(AUTHOR)];
    expect(1, succeed(1, profiles)?, both)?;
    let path = storage
        .redirect(&everything(), &PostKey::Path(path()))
        .await;
    expect(1, succeed(1, path)?.as_ref(), Some(&views[0].post))?;
    let kept = storage.idempotency(&AUTHOR.to_owned(), "once").await;
    expect(1, succeed(1, kept)?, expected.idempotency)?;
    expect(1, succeed(1, storage.checkpoint("rollup").await)?, Seq(3))?;

    // Nothing but a checkpoint, and no event: the answer is the log's end.
    let mut quiet = Changes::at(views[0].post.created_at);
    quiet.checkpoint = Some(Checkpoint {
        consumer: "rollup".to_owned(),
        seq: Seq(4),
    });
    expect(1, succeed(1, storage.commit(quiet).await)?.seq, Seq(3))
}

pub(super) async fn a_commit_that_fails_keeps_nothing_that_travels_in_it<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    succeed(1, storage.commit(creation(&draft(9))).await)?;
    let mut failing = creation_with_all(1);
    failing.redirects.push(former_slug(&draft(2).post));
    let refused = outcome(storage.commit(failing).await);
    expect(1, refused, Err(ErrorKind::NotFound))?;

    let post = storage
        .post(&everything(), &by_id(&draft(1)), View::Head)
        .await;
    expect(1, succeed(1, post)?, None)?;
    let path = storage
        .redirect(&everything(), &PostKey::Path(path()))
        .await;
    expect(1, succeed(1, path)?, None)?;
    let profiles = storage.profiles(&["grace".to_owned()]).await;
    expect(1, succeed(1, profiles)?, vec![])?;
    let key = storage.idempotency(&AUTHOR.to_owned(), "once").await;
    expect(1, succeed(1, key)?, None)?;
    expect(1, succeed(1, storage.checkpoint("rollup").await)?, Seq(0))?;
    expect(1, succeed(1, storage.last_event().await)?, Seq(1))?;
    expect(1, succeed(1, storage.audit(&trail()).await)?.len(), 1)?;
    succeed(1, storage.commit(creation_with_all(1)).await).map(|_| ())
}

pub(super) async fn nothing_refers_to_what_the_commit_deletes<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let view = draft(1);
    succeed(1, storage.commit(creation(&view)).await)?;
    let mut with_redirect = deletion(&view);
    with_redirect.redirects.push(Redirect::Path {
        path: path(),
        post: view.post.id,
    });
    let mut with_version = deletion(&view);
    with_version
        .versions
        .push(edited(&view, "too late").0.version);
    for changes in [with_redirect, with_version] {
        let refused = outcome(storage.commit(changes).await);
        expect(1, refused, Err(ErrorKind::NotFound))?;
    }
    let stored = storage.post(&everything(), &by_id(&view), View::Head).await;
    expect(1, succeed(1, stored)?, Some(view))
}

pub(super) async fn a_commit_that_fails_leaves_nothing<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    succeed(1, storage.commit(creation(&draft(1))).await)?;
    let (good, taken) = (draft(2), draft(1));
    let mut both = creation(&good);
    let last = creation(&taken);
    both.posts.extend(last.posts);
    both.versions.extend(last.versions);
    both.events.extend(last.events);
    let kind = storage
        .commit(both)
        .await
        .map_err(|error| error.kind().clone());
    expect(1, kind.is_err(), true)?;

    let key = PostKey::Id(good.post.id);
    expect(
        1,
        succeed(1, storage.post(&everything(), &key, View::Head).await)?,
        None,
    )?;
    expect(
        1,
        succeed(1, storage.version(&everything(), good.post.id, 1).await)?,
        None,
    )?;
    expect(1, succeed(1, storage.events(Seq(0), 10).await)?.len(), 1)?;
    expect(1, succeed(1, storage.audit(&trail()).await)?.len(), 1)
}

pub(super) async fn a_deleted_post_takes_its_versions_along<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let view = draft(1);
    succeed(1, storage.commit(creation(&view)).await)?;
    let (view, changes) = edited(&view, "second");
    succeed(1, storage.commit(changes).await)?;
    let mut deletion = super::sample::update(&view);
    deletion.posts = vec![PostWrite::Delete {
        id: view.post.id,
        expected: 1,
    }];
    let stale = storage
        .commit(deletion.clone())
        .await
        .map_err(|error| error.kind().clone());
    expect(1, stale, Err(ErrorKind::Conflict(Conflict::Revision)))?;
    deletion.posts = vec![PostWrite::Delete {
        id: view.post.id,
        expected: 2,
    }];
    succeed(1, storage.commit(deletion).await)?;
    expect(
        1,
        succeed(1, storage.version(&everything(), view.post.id, 1).await)?,
        None,
    )?;
    succeed(1, storage.commit(creation(&draft(1))).await).map(|_| ())
}
