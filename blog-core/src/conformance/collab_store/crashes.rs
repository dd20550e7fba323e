use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::task::JoinHandle;

use super::sample::{
    ADA, document, expect_whole, fill, filled, load, outcome, snapshot, texts, with_claim,
    with_version,
};
use super::{CollabStoreFixture, Verdict, World, expect, succeed};
use crate::conformance::storage::sample::time;
use crate::error::{Conflict, ErrorKind};
use crate::ports::{Append, Snapshot, Start};

pub(super) async fn what_was_acknowledged_survives_a_crash<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    fill(1, &*store, document(1), 1..=20).await?;
    succeed(1, store.compact(document(1), snapshot(5), 0).await)?;
    succeed(1, store.compact(document(1), snapshot(10), 5).await)?;
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

pub(super) async fn a_crash_leaves_an_append_whole_or_not_at_all<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    for round in 1..=3 {
        let store = world.open().await?;
        let acknowledged = Arc::new(Mutex::new(vec![]));
        let appending: Vec<_> = (0..6)
            .map(|appender| {
                let (store, acknowledged) = (store.clone(), Arc::clone(&acknowledged));
                tokio::spawn(async move {
                    for number in 0..10 {
                        let said = format!("{appender} says {number}");
                        let append = in_three(&said);
                        if store.append(document(round), append).await.is_err() {
                            return;
                        }
                        lock(&acknowledged).push(said);
                    }
                })
            })
            .collect();
        // A little later in each round.
        let enough = usize::from(round) * 5;
        while lock(&acknowledged).len() < enough && !appending.iter().all(JoinHandle::is_finished) {
            tokio::task::yield_now().await;
        }
        let acknowledged = lock(&acknowledged).clone();
        expect(1, acknowledged.len() >= enough, true)?;
        world.crash().await?;
        for appender in appending {
            appender.await?;
        }
        drop(store);
        let store = world.open().await?;
        let stored = load(1, &*store, document(round), Start::Newest).await?;
        expect_whole(1, &stored)?;
        let entries = texts(&stored.entries);
        let mut there = BTreeSet::new();
        for append in entries.chunks(3) {
            let said: Vec<_> = append.iter().map(|(_, text)| text.clone()).collect();
            let first = said.first().cloned().unwrap_or_default();
            expect(1, &said, &THREE.map(|part| first.clone() + part).to_vec())?;
            there.insert(first);
        }
        let lost = acknowledged.iter().find(|said| !there.contains(*said));
        expect(1, lost, None)?;
        let next = stored.log.end + 1;
        fill(1, &*store, document(round), next..=next).await?;
    }
    Ok(())
}

/// What the updates of an append end with.
const THREE: [&str; 3] = ["", ", and so on", ", and no more"];

/// An append of so many updates.
fn in_three(said: &str) -> Append {
    let updates = THREE.map(|part| (ADA.to_owned(), Bytes::from(said.to_owned() + part)));
    Append::updates(time(0), updates.into())
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
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
                let compacted = compacting.compact(document(1), snapshot, position - 1);
                if compacted.await.is_err() {
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
