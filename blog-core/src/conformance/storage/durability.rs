use super::sample::{
    AUTHOR, by_id, by_slug, creation, deletion, draft, edited, everything, renamed, time,
};
use super::{StorageFixture, Verdict, World, expect, succeed};
use crate::domain::Seq;
use crate::ports::{AuditQuery, Checkpoint, DeadLetter, IdempotencyRecord, PostKey, View};

pub(super) async fn what_was_acknowledged_survives_a_crash<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    for number in 0..20 {
        succeed(1, storage.commit(creation(&draft(number))).await)?;
    }
    world.crash().await?;
    drop(storage);
    let storage = world.open().await?;
    for number in 0..20 {
        let view = draft(number);
        let key = PostKey::Id(view.post.id);
        expect(
            1,
            succeed(1, storage.post(&everything(), &key, View::Head).await)?,
            Some(view),
        )?;
    }
    expect(1, succeed(1, storage.last_event().await)?.0, 20)
}

pub(super) async fn what_was_changed_and_deleted_stays_so_after_a_crash<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let (first, gone) = (draft(1), draft(2));
    for view in [&first, &gone] {
        succeed(1, storage.commit(creation(view)).await)?;
    }
    let (second, edit) = edited(&first, "second");
    let (third, rename) = renamed(&second, &draft(3).post.slug);
    for changes in [edit, rename, deletion(&gone)] {
        succeed(1, storage.commit(changes).await)?;
    }
    world.crash().await?;
    drop(storage);
    let storage = world.open().await?;
    let stored = storage
        .post(&everything(), &by_id(&first), View::Head)
        .await;
    expect(1, succeed(1, stored)?.as_ref(), Some(&third))?;
    let version = storage.version(&everything(), first.post.id, 1).await;
    expect(1, succeed(1, version)?.as_ref(), Some(&first.version))?;
    let leads_to = storage
        .redirect(&everything(), &by_slug(&first.post.slug))
        .await;
    expect(1, succeed(1, leads_to)?.as_ref(), Some(&third.post))?;
    let stored = storage.post(&everything(), &by_id(&gone), View::Head).await;
    expect(1, succeed(1, stored)?, None)?;
    let (_, next) = edited(&third, "after the crash");
    expect(1, succeed(1, storage.commit(next).await)?.seq, Seq(6))
}

pub(super) async fn what_travelled_in_a_commit_survives_a_crash<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let view = draft(1);
    let lease = storage
        .acquire_lease("sweep", "one", time(0), time(600))
        .await;
    let lease = succeed(1, lease)?;
    let mut changes = creation(&view);
    changes.lease = lease.clone();
    changes.idempotency = Some(IdempotencyRecord {
        actor: AUTHOR.to_owned(),
        key: "once".to_owned(),
        request_hash: [7; 32],
        post: view.post.id,
        at: view.post.created_at,
    });
    changes.checkpoint = Some(Checkpoint {
        consumer: "rollup".to_owned(),
        seq: Seq(1),
    });
    succeed(1, storage.commit(changes.clone()).await)?;
    let letters: Vec<_> = succeed(1, storage.events(Seq(0), 1).await)?
        .into_iter()
        .map(|event| DeadLetter {
            consumer: "webhooks".to_owned(),
            event,
            error: "no answer".to_owned(),
            at: time(60),
        })
        .collect();
    for letter in &letters {
        succeed(1, storage.bury(letter).await)?;
    }
    world.crash().await?;
    drop(storage);
    let storage = world.open().await?;
    let kept = storage.idempotency(&AUTHOR.to_owned(), "once").await;
    expect(1, succeed(1, kept)?, changes.idempotency)?;
    expect(1, succeed(1, storage.checkpoint("rollup").await)?, Seq(1))?;
    expect(1, succeed(1, storage.dead_letters().await)?, letters)?;
    let trail = AuditQuery {
        limit: 9,
        ..AuditQuery::default()
    };
    expect(1, succeed(1, storage.audit(&trail).await)?.len(), 1)?;
    let taken = storage
        .acquire_lease("sweep", "two", time(60), time(600))
        .await;
    expect(1, succeed(1, taken)?, None)?;
    let mut held = creation(&draft(2));
    held.lease = lease;
    succeed(1, storage.commit(held).await).map(|_| ())
}
