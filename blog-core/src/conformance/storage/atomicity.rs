use super::sample::{creation, draft, edited, everything};
use super::{StorageFixture, Verdict, World, expect, succeed};
use crate::domain::Seq;
use crate::error::{Conflict, ErrorKind};
use crate::ports::{AuditQuery, PostKey, PostWrite, View};

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
    let trail = AuditQuery {
        limit: 10,
        ..AuditQuery::default()
    };
    expect(1, succeed(1, storage.audit(&trail).await)?.len(), 1)
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
