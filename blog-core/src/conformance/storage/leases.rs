use super::sample::{AUTHOR, creation, draft, time};
use super::{StorageFixture, Verdict, World, expect, succeed};
use crate::domain::Seq;
use crate::error::{Conflict, ErrorKind};
use crate::ports::{Checkpoint, IdempotencyRecord};

pub(super) async fn a_stale_lease_is_refused_with_its_commit<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let take = |holder: &'static str, now| {
        let storage = storage.clone();
        async move {
            storage
                .acquire_lease("sweep", holder, time(now), time(now + 10))
                .await
        }
    };
    let first = succeed(7, take("one", 0).await)?;
    expect(7, succeed(7, take("two", 5).await)?, None)?;
    let renewed = succeed(7, take("one", 5).await)?;
    let tokens = (
        first.as_ref().map(|it| it.token),
        renewed.as_ref().map(|it| it.token),
    );
    expect(7, tokens.0 == tokens.1 && tokens.0.is_some(), true)?;
    let second = succeed(7, take("two", 20).await)?;
    expect(7, second.as_ref().map(|it| it.token) > tokens.0, true)?;

    let mut late = creation(&draft(1));
    late.at = time(21);
    late.lease = first;
    let refused = storage
        .commit(late.clone())
        .await
        .map_err(|error| error.kind().clone());
    expect(7, refused, Err(ErrorKind::Conflict(Conflict::Lease)))?;
    late.lease = second;
    succeed(7, storage.commit(late).await).map(|_| ())
}

pub(super) async fn an_idempotency_key_is_taken_once<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let with_key = |number: u32| {
        let view = draft(number);
        let mut changes = creation(&view);
        changes.idempotency = Some(IdempotencyRecord {
            actor: AUTHOR.to_owned(),
            key: "once".to_owned(),
            request_hash: [7; 32],
            post: view.post.id,
            at: view.post.created_at,
        });
        changes
    };
    let first = with_key(1);
    succeed(7, storage.commit(first.clone()).await)?;
    let again = storage
        .commit(with_key(2))
        .await
        .map_err(|error| error.kind().clone());
    expect(
        7,
        again,
        Err(ErrorKind::Conflict(Conflict::Taken("idempotency_key"))),
    )?;
    let kept = succeed(7, storage.idempotency(&AUTHOR.to_owned(), "once").await)?;
    expect(7, kept, first.idempotency)?;
    succeed(7, storage.purge(time(-1), time(60)).await)?;
    expect(
        7,
        succeed(7, storage.idempotency(&AUTHOR.to_owned(), "once").await)?,
        None,
    )
}

pub(super) async fn a_checkpoint_moves_with_its_commit<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    expect(7, succeed(7, storage.checkpoint("rollup").await)?, Seq(0))?;
    let mut changes = creation(&draft(1));
    changes.checkpoint = Some(Checkpoint {
        consumer: "rollup".to_owned(),
        seq: Seq(5),
    });
    succeed(7, storage.commit(changes.clone()).await)?;
    expect(7, succeed(7, storage.checkpoint("rollup").await)?, Seq(5))?;
    changes.checkpoint = Some(Checkpoint {
        consumer: "rollup".to_owned(),
        seq: Seq(6),
    });
    expect(7, storage.commit(changes).await.is_err(), true)?;
    expect(7, succeed(7, storage.checkpoint("rollup").await)?, Seq(5))
}
