use super::sample::{all, document, expect_whole, fill, filled, load, one, snapshot, texts};
use super::{CollabStoreFixture, Verdict, World, broke, expect, succeed};
use crate::error::ErrorKind;
use crate::ports::{CollabStore, Snapshot, Start};

async fn compact(store: &dyn CollabStore, position: u64, made_from: u64) -> Verdict {
    let compacted = store.compact(document(1), snapshot(position), made_from);
    succeed(4, compacted.await)
}

/// Fails unless a document opens from this snapshot, with the entries above it.
async fn opens(
    store: &dyn CollabStore,
    from: Start,
    expected: Option<Snapshot>,
    end: u64,
) -> Verdict {
    let stored = load(4, store, document(1), from).await?;
    expect(4, stored.log.end, end)?;
    let first = expected.as_ref().map_or(1, |it| it.position + 1);
    expect(4, stored.snapshot, expected)?;
    expect(4, texts(&stored.entries), filled(first..=end))
}

pub(super) async fn a_snapshot_stands_beside_the_one_before_it<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let reader = &*nodes[1];
    fill(4, &*nodes[0], document(1), 1..=5).await?;
    opens(reader, Start::Newest, None, 5).await?;
    opens(reader, Start::Previous, None, 5).await?;
    compact(&*nodes[0], 3, 0).await?;
    opens(reader, Start::Newest, Some(snapshot(3)), 5).await?;
    opens(reader, Start::Previous, None, 5).await?;
    fill(4, &*nodes[0], document(1), 6..=9).await?;
    compact(&*nodes[0], 9, 3).await?;
    opens(reader, Start::Newest, Some(snapshot(9)), 9).await?;
    opens(reader, Start::Previous, Some(snapshot(3)), 9).await?;
    fill(4, &*nodes[0], document(1), 10..=12).await?;
    compact(&*nodes[0], 10, 9).await?;
    opens(reader, Start::Newest, Some(snapshot(10)), 12).await?;
    opens(reader, Start::Previous, Some(snapshot(9)), 12).await
}

pub(super) async fn entries_above_the_snapshot_before_are_kept<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    fill(4, &*store, document(1), 1..=10).await?;
    // Each snapshot's position, that of the one that it was made from, and the first entry that is left.
    for (position, made_from, first) in [(4, 0, 1), (6, 4, 5), (9, 6, 7), (10, 9, 10)] {
        compact(&*store, position, made_from).await?;
        expect(4, all(4, &*store, document(1)).await?, filled(first..=10))?;
        let page = succeed(4, store.entries(document(1), first, 2).await)?;
        let last = (first + 2).min(10);
        expect(4, texts(&page), filled(first + 1..=last))?;
    }
    fill(4, &*store, document(1), 11..=12).await?;
    expect(4, all(4, &*store, document(1)).await?, filled(10..=12))
}

pub(super) async fn a_snapshot_stands_beside_the_one_that_it_was_made_from<
    F: CollabStoreFixture,
>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let (store, reader) = (&*nodes[0], &*nodes[1]);
    fill(4, store, document(1), 1..=12).await?;
    compact(store, 3, 0).await?;
    // The first is broken: no entry is gone yet.
    compact(store, 5, 0).await?;
    opens(reader, Start::Newest, Some(snapshot(5)), 12).await?;
    opens(reader, Start::Previous, None, 12).await?;
    compact(store, 7, 5).await?;
    // The newest is broken.
    compact(store, 9, 5).await?;
    opens(reader, Start::Newest, Some(snapshot(9)), 12).await?;
    opens(reader, Start::Previous, Some(snapshot(5)), 12).await?;
    expect(4, all(4, reader, document(1)).await?, filled(6..=12))?;
    compact(store, 10, 9).await?;
    // What it was made from is gone.
    for (position, made_from) in [(11, 0), (12, 5)] {
        compact(store, position, made_from).await?;
        opens(reader, Start::Newest, Some(snapshot(position)), 12).await?;
        let before = Some(snapshot(position - 1));
        opens(reader, Start::Previous, before, 12).await?;
    }
    Ok(())
}

pub(super) async fn a_snapshot_may_end_within_an_append<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    let mut together = one("1");
    for number in 2..=9 {
        together.updates.extend(one(&format!("{number}")).updates);
    }
    succeed(4, store.append(document(1), together).await)?;
    compact(&*store, 2, 0).await?;
    opens(&*store, Start::Newest, Some(snapshot(2)), 9).await?;
    compact(&*store, 5, 2).await?;
    opens(&*store, Start::Newest, Some(snapshot(5)), 9).await?;
    opens(&*store, Start::Previous, Some(snapshot(2)), 9).await?;
    expect(4, all(4, &*store, document(1)).await?, filled(3..=9))?;
    compact(&*store, 8, 5).await?;
    opens(&*store, Start::Newest, Some(snapshot(8)), 9).await?;
    expect(4, all(4, &*store, document(1)).await?, filled(6..=9))
}

pub(super) async fn what_is_not_newer_changes_nothing<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    fill(4, &*store, document(1), 1..=6).await?;
    compact(&*store, 2, 0).await?;
    compact(&*store, 5, 2).await?;
    for position in [5, 4, 2, 0] {
        let other = Snapshot {
            position,
            state: "another state".into(),
        };
        succeed(4, store.compact(document(1), other, 2).await)?;
        opens(&*store, Start::Newest, Some(snapshot(5)), 6).await?;
        opens(&*store, Start::Previous, Some(snapshot(2)), 6).await?;
        expect(4, all(4, &*store, document(1)).await?, filled(3..=6))?;
    }
    Ok(())
}

pub(super) async fn a_snapshot_beyond_the_end_is_invalid<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    fill(4, &*store, document(1), 1..=3).await?;
    compact(&*store, 1, 0).await?;
    for position in [4, u64::MAX] {
        let answer = store.compact(document(1), snapshot(position), 1).await;
        match answer.map_err(|error| error.kind().clone()) {
            Err(ErrorKind::Invalid { .. }) => {}
            other => return Err(broke(4, "Invalid", format!("{other:?}"))),
        }
        opens(&*store, Start::Newest, Some(snapshot(1)), 3).await?;
        opens(&*store, Start::Previous, None, 3).await?;
    }
    compact(&*store, 3, 1).await
}

pub(super) async fn of_snapshots_at_once_the_newest_is_there_at_last<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    fill(4, &*nodes[0], document(1), 1..=24).await?;
    let tasks: Vec<_> = (1..=20_u64)
        .map(|number| {
            let node = nodes[usize::from(number % 2 == 0)].clone();
            // In no order: 7 has no divisor in common with 20.
            let position = number * 7 % 20 + 1;
            tokio::spawn(async move { node.compact(document(1), snapshot(position), 0).await })
        })
        .collect();
    for task in tasks {
        succeed(4, task.await?)?;
    }
    opens(&*nodes[0], Start::Newest, Some(snapshot(20)), 24).await?;
    let before = load(4, &*nodes[1], document(1), Start::Previous).await?;
    expect_whole(4, &before)
}
