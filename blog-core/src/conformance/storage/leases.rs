use super::sample::{AUTHOR, creation, draft, time};
use super::{StorageFixture, Verdict, World, expect, outcome, succeed};
use crate::domain::Seq;
use crate::error::{Conflict, ErrorKind};
use crate::ports::{Changes, Checkpoint, IdempotencyRecord};

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
    let first = with_key(1, AUTHOR);
    succeed(7, storage.commit(first.clone()).await)?;
    let again = storage
        .commit(with_key(2, AUTHOR))
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

pub(super) async fn a_lease_is_held_until_it_is_given_back_or_expires<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let (storage, other) = (world.open().await?, world.open().await?);
    let take = |holder: &'static str, now| {
        let other = other.clone();
        async move {
            let lease = other
                .acquire_lease("sweep", holder, time(now), time(now + 10))
                .await;
            succeed(7, lease)
        }
    };
    let first = storage
        .acquire_lease("sweep", "one", time(0), time(10))
        .await;
    let Some(first) = succeed(7, first)? else {
        return expect(7, "no lease", "a free lease");
    };
    expect(7, first.expires_at, time(10))?;
    let another = storage
        .acquire_lease("publish", "two", time(0), time(10))
        .await;
    expect(7, succeed(7, another)?.is_some(), true)?;
    expect(7, take("two", 9).await?, None)?;

    succeed(7, storage.release_lease(&first).await)?;
    let Some(second) = take("two", 5).await? else {
        return expect(7, "no lease", "a lease that was given back");
    };
    expect(7, second.token > first.token, true)?;
    // Whoever has lost it gives nothing back.
    succeed(7, storage.release_lease(&first).await)?;
    expect(7, take("one", 14).await?, None)?;

    let mut changes = creation(&draft(1));
    changes.lease = Some(second.clone());
    changes.at = time(15);
    let late = outcome(storage.commit(changes.clone()).await);
    expect(7, late, Err(ErrorKind::Conflict(Conflict::Lease)))?;
    let Some(third) = take("one", 15).await? else {
        return expect(7, "no lease", "an expired lease");
    };
    expect(7, third.token > second.token, true)?;
    changes.lease = Some(third);
    changes.at = time(24);
    succeed(7, storage.commit(changes).await).map(|_| ())
}

pub(super) async fn one_of_many_takers_of_a_lease_gets_it<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let tasks: Vec<_> = (0..32)
        .map(|taker: usize| {
            let storage = nodes[taker % nodes.len()].clone();
            let holder = format!("taker {taker}");
            tokio::spawn(async move {
                storage
                    .acquire_lease("sweep", &holder, time(0), time(10))
                    .await
            })
        })
        .collect();
    let mut holders = 0;
    for task in tasks {
        holders += usize::from(succeed(7, task.await?)?.is_some());
    }
    expect(7, holders, 1)
}

fn with_key(number: u32, actor: &str) -> Changes {
    let view = draft(number);
    let mut changes = creation(&view);
    changes.idempotency = Some(IdempotencyRecord {
        actor: actor.to_owned(),
        key: "once".to_owned(),
        request_hash: [7; 32],
        post: view.post.id,
        at: view.post.created_at,
    });
    changes
}

pub(super) async fn one_of_many_commits_with_a_key_wins<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let tasks: Vec<_> = (0..32)
        .map(|number| {
            let storage = storage.clone();
            tokio::spawn(async move { storage.commit(with_key(number, AUTHOR)).await.is_ok() })
        })
        .collect();
    let mut winners = Vec::new();
    for (number, task) in (0..).zip(tasks) {
        if task.await.unwrap_or(false) {
            winners.push(draft(number).post.id);
        }
    }
    expect(7, winners.len(), 1)?;
    let kept = succeed(7, storage.idempotency(&AUTHOR.to_owned(), "once").await)?;
    expect(7, kept.map(|record| record.post), winners.pop())?;
    expect(7, succeed(7, storage.last_event().await)?, Seq(1))
}

pub(super) async fn keys_belong_to_their_actor<F: StorageFixture>(world: &World<'_, F>) -> Verdict {
    let storage = world.open().await?;
    for (number, actor) in [(1, "ada"), (2, "grace")] {
        succeed(7, storage.commit(with_key(number, actor)).await)?;
    }
    for (number, actor) in [(1, "ada"), (2, "grace")] {
        let kept = storage.idempotency(&actor.to_owned(), "once").await;
        expect(7, succeed(7, kept)?, with_key(number, actor).idempotency)?;
    }
    let kept = storage.idempotency(&"linus".to_owned(), "once").await;
    expect(7, succeed(7, kept)?, None)
}
