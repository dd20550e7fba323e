use super::sample::{ADA, all, document, load, one, outcome, with_claim, with_version};
use super::{CollabStoreFixture, Verdict, World, expect, succeed};
use crate::error::{Conflict, ErrorKind};
use crate::ports::{Append, Log, Start};

const STALE: Result<u64, ErrorKind> = Err(ErrorKind::Conflict(Conflict::Revision));

pub(super) async fn a_version_comes_in_once<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let zero = nodes[0].append(document(1), with_version("zero", 0)).await;
    expect(2, outcome(zero), STALE)?;
    let versions = [(3, Ok(1)), (3, STALE), (2, STALE), (4, Ok(2)), (4, STALE)];
    for (place, (version, expected)) in versions.into_iter().enumerate() {
        let append = with_version("version", version);
        let answer = nodes[place % 2].append(document(1), append).await;
        expect(2, outcome(answer), expected)?;
    }
    let answer = nodes[0].append(document(1), one("edit")).await;
    expect(2, outcome(answer), Ok(3))?;
    let log = succeed(2, nodes[1].log(document(1)).await)?;
    let expected = Log {
        end: 3,
        version: 4,
        version_at: 2,
        folded: 0,
    };
    expect(2, log, Some(expected))
}

pub(super) async fn a_stale_version_leaves_nothing<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    succeed(2, store.append(document(1), with_version("one", 1)).await)?;
    let owned = store.append(document(1), with_claim("two", 7, ADA)).await;
    succeed(2, owned)?;
    let before = load(2, &*store, document(1), Start::Newest).await?;
    // One claim is fine, the other is not: neither changes the answer.
    for id in [8, 7] {
        let stale = Append {
            version: Some(1),
            ..with_claim("stale", id, "carol")
        };
        expect(2, outcome(store.append(document(1), stale).await), STALE)?;
        let after = load(2, &*store, document(1), Start::Newest).await?;
        expect(2, &after, &before)?;
    }
    let next = store.append(document(1), with_claim("three", 8, ADA)).await;
    expect(2, outcome(next), Ok(3))
}

pub(super) async fn one_of_many_that_bring_a_version_wins<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    for version in 1..=5 {
        let tasks: Vec<_> = (0..16_usize)
            .map(|bringer| {
                let node = nodes[bringer % 2].clone();
                let append = with_version(&format!("{version} by {bringer}"), version);
                tokio::spawn(async move { outcome(node.append(document(1), append).await) })
            })
            .collect();
        let mut winners = Vec::new();
        for (bringer, task) in tasks.into_iter().enumerate() {
            match task.await? {
                Ok(end) => winners.push((end, format!("{version} by {bringer}"))),
                refused => expect(2, refused, STALE)?,
            }
        }
        expect(2, winners.len(), 1)?;
        let entries = all(2, &*nodes[0], document(1)).await?;
        expect(2, entries.len(), version as usize)?;
        expect(2, entries.last(), winners.last())?;
    }
    Ok(())
}
