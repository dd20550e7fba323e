use super::sample::{
    ADA, document, expect_whole, fill, filled, load, outcome, snapshot, texts, with_claim,
    with_version,
};
use super::{CollabStoreFixture, Verdict, World, expect, succeed};
use crate::error::{Conflict, ErrorKind};
use crate::ports::{Snapshot, Start};

pub(super) async fn what_was_acknowledged_survives_a_crash<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    fill(1, &*store, document(1), 1..=20).await?;
    succeed(1, store.compact(document(1), snapshot(5)).await)?;
    succeed(1, store.compact(document(1), snapshot(10)).await)?;
    succeed(1, store.note_folded(document(1), 9).await)?;
    fill(1, &*store, document(2), 1..=1).await?;
    succeed(1, store.remove(document(2)).await)?;
    let claimed = store.append(document(1), with_claim("21", 7, ADA)).await;
    succeed(1, claimed)?;
    let brought = store.append(document(1), with_version("22", 0, 3)).await;
    succeed(1, brought)?;
    let before = [
        load(1, &*store, document(1), Start::Newest).await?,
        load(1, &*store, document(1), Start::Previous).await?,
    ];
    world.crash().await?;
    drop(store);
    let store = world.open().await?;
    let after = [
        load(1, &*store, document(1), Start::Newest).await?,
        load(1, &*store, document(1), Start::Previous).await?,
    ];
    expect(1, &after, &before)?;
    expect(1, texts(&after[0].entries), filled(11..=22))?;
    expect(1, succeed(1, store.log(document(2)).await)?, None)?;
    let again = store.append(document(1), with_version("23", 0, 3)).await;
    let stale = Err(ErrorKind::Conflict(Conflict::Revision));
    expect(1, outcome(again), stale)?;
    fill(1, &*store, document(1), 23..=23).await
}

pub(super) async fn a_crash_while_snapshots_are_stored_loses_nothing<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let mut end = 0;
    for round in 1..=5_u64 {
        let store = world.open().await?;
        fill(4, &*store, document(1), end + 1..=end + 20).await?;
        let (compacting, base) = (store.clone(), end);
        end += 20;
        let storing = tokio::spawn(async move {
            for position in base + 1..=base + 20 {
                let state = vec![0; 10_000].into();
                let snapshot = Snapshot { position, state };
                if compacting.compact(document(1), snapshot).await.is_err() {
                    return;
                }
            }
        });
        // A little later in each round.
        for _ in 0..round * 3 {
            succeed(4, store.log(document(1)).await)?;
        }
        world.crash().await?;
        // What is still being stored is stored where nobody looks any more, or fails.
        storing.await?;
        drop(store);
        let store = world.open().await?;
        for from in [Start::Newest, Start::Previous] {
            let stored = load(4, &*store, document(1), from).await?;
            expect(4, stored.log.end, end)?;
            expect_whole(4, &stored)?;
            let first = stored.snapshot.map_or(1, |it| it.position + 1);
            expect(4, texts(&stored.entries), filled(first..=end))?;
        }
    }
    Ok(())
}
