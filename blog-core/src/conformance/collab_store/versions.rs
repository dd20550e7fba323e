use super::sample::{ADA, all, document, load, one, outcome, with_claim, with_version};
use super::{CollabStoreFixture, Verdict, World, expect, succeed};
use crate::error::{Conflict, ErrorKind};
use crate::ports::{Append, Log, Start, VersionStep};

const STALE: Result<u64, ErrorKind> = Err(ErrorKind::Conflict(Conflict::Revision));

pub(super) async fn a_version_comes_in_once<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let zero = nodes[0]
        .append(document(1), with_version("zero", 0, 0))
        .await;
    expect(2, outcome(zero), STALE)?;
    let versions = [
        (0, 3, Ok(1)),
        (0, 3, STALE),
        (3, 3, STALE),
        (3, 2, STALE),
        (3, 4, Ok(2)),
        (3, 4, STALE),
    ];
    for (place, (from, to, expected)) in versions.into_iter().enumerate() {
        let append = with_version("version", from, to);
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
    let one = with_version("one", 0, 1);
    succeed(2, store.append(document(1), one).await)?;
    let owned = store.append(document(1), with_claim("two", 7, ADA)).await;
    succeed(2, owned)?;
    let before = load(2, &*store, document(1), Start::Newest).await?;
    // One claim is fine, the other is not: neither changes the answer.
    for id in [8, 7] {
        let stale = Append {
            version: Some(VersionStep { from: 1, to: 1 }),
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
                let text = format!("{version} by {bringer}");
                let append = with_version(&text, version - 1, version);
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

pub(super) async fn of_versions_made_from_the_same_one_comes_in<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let made_from_another = nodes[0].append(document(1), with_version("lost", 1, 2));
    expect(2, outcome(made_from_another.await), STALE)?;
    expect(2, succeed(2, nodes[1].log(document(1)).await)?, None)?;
    let (mut newest, mut texts) = (0, Vec::new());
    for round in 1..=5_u64 {
        let tasks: Vec<_> = (1..=8_u32)
            .map(|above| {
                let node = nodes[above as usize % 2].clone();
                let version = newest + above;
                let append = with_version(&version.to_string(), newest, version);
                let append = async move { outcome(node.append(document(1), append).await) };
                (version, tokio::spawn(append))
            })
            .collect();
        for (version, task) in tasks {
            match task.await? {
                Ok(end) => {
                    newest = version;
                    texts.push((end, version.to_string()));
                }
                refused => expect(2, refused, STALE)?,
            }
        }
        expect(2, texts.len() as u64, round)?;
        expect(2, all(2, &*nodes[0], document(1)).await?, texts.clone())?;
        let log = succeed(2, nodes[1].log(document(1)).await)?;
        expect(2, log.map(|log| log.version), Some(newest))?;
    }
    Ok(())
}
