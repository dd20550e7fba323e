use chrono::Duration;

use super::sample::{ADA, document, load};
use super::{CollabStoreFixture, Verdict, World, expect, expect_bytes, succeed, values};
use crate::conformance::storage::sample::time;
use crate::ports::{Append, Snapshot, Start};

pub(super) async fn bytes_and_times_come_back_as_they_were<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    let at = |number| time(number) + Duration::microseconds(number);
    let samples: Vec<_> = (1..).zip(values()).collect();
    let actor = |number: i64| format!("{ADA} é {number}");
    for (number, value) in &samples {
        let append = Append::updates(at(*number), vec![(actor(*number), value.clone())]);
        succeed(7, store.append(document(1), append).await)?;
    }
    let together = Append {
        at: at(0),
        updates: samples
            .iter()
            .map(|(number, value)| (actor(*number), value.clone()))
            .collect(),
        claims: vec![],
        version: None,
    };
    succeed(7, store.append(document(1), together).await)?;
    for (number, state) in (1..).zip(values()) {
        let stored = load(7, &*store, document(1), Start::Newest).await?;
        let first = number - 1;
        let alone = samples.iter().map(|(number, value)| (*number, value));
        let times = samples
            .iter()
            .map(|(number, value)| (*number, at(*number), value));
        let again = alone.map(|(number, value)| (number, at(0), value));
        for (entry, (number, at, value)) in
            stored.entries.iter().zip(times.chain(again).skip(first))
        {
            expect_bytes(7, Some(&entry.update), value)?;
            expect(7, (entry.at, &entry.actor), (at, &actor(number)))?;
        }
        let position = number as u64;
        let snapshot = Snapshot {
            position,
            state: state.clone(),
        };
        succeed(7, store.compact(document(1), snapshot, position - 1).await)?;
        let stored = load(7, &*store, document(1), Start::Newest).await?;
        expect_bytes(7, stored.snapshot.as_ref().map(|it| &it.state), &state)?;
    }
    Ok(())
}
