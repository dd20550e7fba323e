use super::sample::{
    ADA, BOB, all, document, expect_whole, fill, filled, load, one, outcome, snapshot, with_claim,
    with_version,
};
use super::{CollabStoreFixture, Verdict, World, expect, succeed};
use crate::error::{Conflict, ErrorKind};
use crate::ports::{CollabStore, Log, Start};

pub(super) async fn documents_share_nothing<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let (store, elsewhere) = (world.open().await?, world.elsewhere().await?);
    let documents = [
        (&store, document(1), ADA),
        (&store, document(2), BOB),
        (&elsewhere, document(1), BOB),
    ];
    for (store, document, actor) in documents {
        for (append, end) in [(with_version("1", 0, 1), 1), (with_claim("2", 7, actor), 2)] {
            expect(5, outcome(store.append(document, append).await), Ok(end))?;
        }
    }
    succeed(5, store.compact(document(1), snapshot(1), 0).await)?;
    succeed(5, store.compact(document(1), snapshot(2), 1).await)?;
    succeed(5, store.note_folded(document(1), 2).await)?;
    succeed(5, store.remove(document(2)).await)?;
    fill(5, &*store, document(1), 3..=4).await?;
    let stored = load(5, &*store, document(1), Start::Newest).await?;
    expect(5, stored.snapshot, Some(snapshot(2)))?;
    expect(5, stored.claims, vec![(7, ADA.to_owned())])?;
    let there = load(5, &*elsewhere, document(1), Start::Newest).await?;
    expect(5, there.snapshot, None)?;
    expect(5, there.claims, vec![(7, BOB.to_owned())])?;
    let expected = Log {
        end: 2,
        version: 1,
        version_at: 1,
        folded: 0,
    };
    expect(5, there.log, expected)
}

pub(super) async fn a_refused_append_undoes_no_neighbour<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    for number in 0..8 {
        let first = with_version("1", 0, 1);
        succeed(5, nodes[0].append(document(number), first).await)?;
        let claimed = with_claim("2", 7, ADA);
        succeed(5, nodes[0].append(document(number), claimed).await)?;
    }
    // To each document: two appends that are fine, one of a stale version, one of a stolen id.
    let tasks: Vec<_> = (0..32_u8)
        .map(|number| {
            let node = nodes[usize::from(number / 4 % 2)].clone();
            let append = match number % 4 {
                0 => with_version("stale", 1, 1),
                1 => with_claim("stolen", 7, BOB),
                _ => with_claim("3", 100 + u64::from(number), BOB),
            };
            tokio::spawn(async move { outcome(node.append(document(number / 4), append).await) })
        })
        .collect();
    for (number, task) in tasks.into_iter().enumerate() {
        let refused = match number % 4 {
            0 => Some(Conflict::Revision),
            1 => Some(Conflict::Taken("client_id")),
            _ => None,
        };
        let refused = refused.map(ErrorKind::Conflict);
        expect(5, (number, task.await?.err()), (number, refused))?;
    }
    for number in 0..8 {
        let texts = ["1", "2", "3", "3"].map(str::to_owned);
        let expected = (1..).zip(texts).collect();
        expect(5, all(5, &*nodes[0], document(number)).await?, expected)?;
        let stored = load(5, &*nodes[1], document(number), Start::Newest).await?;
        expect(5, stored.claims.len(), 3)?;
    }
    Ok(())
}

/// Fails unless nothing is there.
async fn is_nothing(store: &dyn CollabStore) -> Verdict {
    expect(9, succeed(9, store.log(document(1)).await)?, None)?;
    for from in [Start::Newest, Start::Previous] {
        let stored = succeed(9, store.load(document(1), from).await)?;
        expect(9, stored, None)?;
    }
    expect(9, all(9, store, document(1)).await?, vec![])?;
    succeed(9, store.note_folded(document(1), 1).await)?;
    succeed(9, store.remove(document(1)).await)?;
    for position in [0, 1] {
        let answer = store.compact(document(1), snapshot(position), 0).await;
        let kind = answer.map_err(|error| error.kind().clone());
        expect(9, kind, Err(ErrorKind::NotFound))?;
    }
    expect(9, succeed(9, store.unfolded(None, 10).await)?, vec![])
}

pub(super) async fn a_document_that_never_was_is_nothing<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    is_nothing(&*store).await?;
    let zero = store.append(document(1), with_version("1", 0, 0)).await;
    let stale = Err(ErrorKind::Conflict(Conflict::Revision));
    expect(9, outcome(zero), stale)?;
    is_nothing(&*store).await
}

pub(super) async fn a_removed_document_begins_anew<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    fill(9, &*nodes[0], document(1), 1..=5).await?;
    let append = with_claim("6", 7, ADA);
    succeed(9, nodes[0].append(document(1), append).await)?;
    let append = with_version("7", 0, 9);
    succeed(9, nodes[0].append(document(1), append).await)?;
    for (position, made_from) in [(2, 0), (4, 2)] {
        let snapshot = snapshot(position);
        let answer = nodes[0].compact(document(1), snapshot, made_from).await;
        succeed(9, answer)?;
    }
    succeed(9, nodes[0].note_folded(document(1), 4).await)?;
    succeed(9, nodes[1].remove(document(1)).await)?;
    for node in &nodes {
        is_nothing(&**node).await?;
    }
    let anew = with_claim("1", 7, BOB);
    expect(9, outcome(nodes[0].append(document(1), anew).await), Ok(1))?;
    let anew = with_version("2", 0, 1);
    expect(9, outcome(nodes[1].append(document(1), anew).await), Ok(2))?;
    for from in [Start::Newest, Start::Previous] {
        let stored = load(9, &*nodes[0], document(1), from).await?;
        let expected = Log {
            end: 2,
            version: 1,
            version_at: 2,
            folded: 0,
        };
        expect(9, stored.log, expected)?;
        expect(9, stored.snapshot, None)?;
        expect(9, stored.claims, vec![(7, BOB.to_owned())])?;
    }
    expect(9, all(9, &*nodes[1], document(1)).await?, filled(1..=2))?;
    let append = one("3");
    expect(
        9,
        outcome(nodes[0].append(document(1), append).await),
        Ok(3),
    )
}

pub(super) async fn a_removal_beside_the_first_append_leaves_all_or_nothing<
    F: CollabStoreFixture,
>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    for number in 0..100 {
        let [appender, remover] = nodes.clone();
        let appending = tokio::spawn(async move {
            let append = with_claim("1", 7, ADA);
            appender.append(document(number), append).await
        });
        let removing = tokio::spawn(async move { remover.remove(document(number)).await });
        succeed(9, appending.await?)?;
        succeed(9, removing.await?)?;
        let stored = nodes[0].load(document(number), Start::Newest).await;
        if let Some(stored) = succeed(9, stored)? {
            expect_whole(9, &stored)?;
            expect(9, stored.log.end, 1)?;
            expect(9, stored.claims, vec![(7, ADA.to_owned())])?;
        }
    }
    Ok(())
}

pub(super) async fn a_removal_among_other_calls_leaves_nothing_half<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let tasks: Vec<_> = (0..12_u64)
        .map(|task| {
            let node = nodes[usize::from(task % 2 == 0)].clone();
            tokio::spawn(async move {
                for round in 0..15 {
                    if task < 6 {
                        let append = with_claim("news", task * 100 + round, ADA);
                        node.append(document(1), append).await?;
                    } else if task < 10 {
                        let end = node.log(document(1)).await?.map_or(0, |log| log.end);
                        // The document may be gone, or begun anew.
                        let _ = node.compact(document(1), snapshot(end), 0).await;
                    } else if round % 4 == 0 {
                        node.remove(document(1)).await?;
                    }
                }
                Ok::<_, crate::Error>(())
            })
        })
        .collect();
    for task in tasks {
        succeed(9, task.await?)?;
    }
    let end = succeed(9, nodes[0].append(document(1), one("last")).await)?;
    for from in [Start::Newest, Start::Previous] {
        let stored = load(9, &*nodes[1], document(1), from).await?;
        expect(9, stored.log.end, end)?;
        expect_whole(9, &stored)?;
        // What was claimed before the removal is no longer.
        expect(9, stored.claims.len() < end as usize, true)?;
    }
    succeed(9, nodes[0].remove(document(1)).await)?;
    is_nothing(&*nodes[1]).await?;
    fill(9, &*nodes[0], document(1), 1..=2).await?;
    expect(9, all(9, &*nodes[1], document(1)).await?, filled(1..=2))
}
