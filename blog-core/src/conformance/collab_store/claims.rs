use super::sample::{ADA, BOB, document, load, one, outcome, with_claim};
use super::{CollabStoreFixture, Verdict, World, broke, expect, succeed};
use crate::error::{Conflict, ErrorKind};
use crate::ports::{Append, Start, VersionStep};

const TAKEN: Result<u64, ErrorKind> = Err(ErrorKind::Conflict(Conflict::Taken("client_id")));

pub(super) async fn the_first_to_claim_an_id_owns_it_for_ever<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let calls = [
        (7, ADA, Ok(1)),
        (7, ADA, Ok(2)),
        (7, BOB, TAKEN),
        (8, BOB, Ok(3)),
        (8, ADA, TAKEN),
        (7, ADA, Ok(4)),
    ];
    for (place, (id, actor, expected)) in calls.into_iter().enumerate() {
        let append = with_claim("edit", id, actor);
        let answer = nodes[place % 2].append(document(1), append).await;
        expect(3, outcome(answer), expected)?;
    }
    let stored = load(3, &*nodes[1], document(1), Start::Newest).await?;
    let owners = vec![(7, ADA.to_owned()), (8, BOB.to_owned())];
    expect(3, stored.claims, owners)
}

pub(super) async fn an_append_with_anothers_id_leaves_nothing<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    succeed(3, store.append(document(1), with_claim("1", 7, ADA)).await)?;
    let before = load(3, &*store, document(1), Start::Newest).await?;
    let both = Append {
        claims: [6, 7, 8].map(|id| (id, BOB.to_owned())).into(),
        version: Some(VersionStep { from: 0, to: 1 }),
        ..one("stolen")
    };
    expect(3, outcome(store.append(document(1), both).await), TAKEN)?;
    let after = load(3, &*store, document(1), Start::Newest).await?;
    expect(3, after, before)
}

pub(super) async fn who_cannot_be_stored_claims_nothing<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    for actor in ["\0", "a\0da", "ada\0"] {
        let append = with_claim("1", 7, actor);
        match outcome(store.append(document(1), append).await) {
            Err(ErrorKind::Invalid(fields)) if fields[0].field == "claims" => {}
            other => return Err(broke(3, "Invalid, of the claims", format!("{other:?}"))),
        }
    }
    expect(3, succeed(3, store.log(document(1)).await)?, None)?;
    let append = with_claim("1", 7, ADA);
    expect(3, outcome(store.append(document(1), append).await), Ok(1))
}

pub(super) async fn an_id_goes_to_one_actor_within_an_append<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    let claiming = |claims: [(u64, &str); 2]| Append {
        claims: claims.map(|(id, actor)| (id, actor.to_owned())).into(),
        ..one("1")
    };
    let split = claiming([(7, ADA), (7, BOB)]);
    expect(3, outcome(store.append(document(1), split).await), TAKEN)?;
    expect(3, succeed(3, store.log(document(1)).await)?, None)?;
    let twice = claiming([(7, ADA), (7, ADA)]);
    expect(3, outcome(store.append(document(1), twice).await), Ok(1))?;
    let stored = load(3, &*store, document(1), Start::Newest).await?;
    expect(3, stored.claims, vec![(7, ADA.to_owned())])
}

pub(super) async fn one_of_many_claimants_gets_an_id<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    for id in 1..=5_u64 {
        let tasks: Vec<_> = (0..16_usize)
            .map(|number| {
                let node = nodes[number % 2].clone();
                let append = with_claim("edit", id, &format!("actor {number}"));
                tokio::spawn(async move { outcome(node.append(document(1), append).await) })
            })
            .collect();
        let mut winners = Vec::new();
        for (number, task) in tasks.into_iter().enumerate() {
            match task.await? {
                Ok(_) => winners.push((id, format!("actor {number}"))),
                refused => expect(3, refused, TAKEN)?,
            }
        }
        expect(3, winners.len(), 1)?;
        let stored = load(3, &*nodes[0], document(1), Start::Newest).await?;
        expect(3, stored.log.end, id)?;
        expect(3, stored.claims.last(), winners.last())?;
    }
    Ok(())
}

pub(super) async fn every_number_is_an_id<F: CollabStoreFixture>(world: &World<'_, F>) -> Verdict {
    let store = world.open().await?;
    let ids = [0, 1, u64::from(u32::MAX), 1 << 53, 1 << 63, u64::MAX];
    let owners = ids.map(|id| (id, ADA.to_owned()));
    let append = Append {
        claims: owners.iter().rev().cloned().collect(),
        ..one("1")
    };
    succeed(3, store.append(document(1), append).await)?;
    for id in ids {
        let answer = store.append(document(1), with_claim("2", id, BOB)).await;
        expect(3, outcome(answer), TAKEN)?;
    }
    let stored = load(3, &*store, document(1), Start::Newest).await?;
    expect(3, stored.claims, owners.into())
}
