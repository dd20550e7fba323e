use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::sample::{creation, draft, time};
use super::{StorageFixture, Verdict, Violation, World, expect, succeed};
use crate::domain::Seq;

const WRITERS: u32 = 16;
const POSTS: u32 = 10;

pub(super) async fn numbers_have_no_holes_under_many_writers<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let done = Arc::new(AtomicBool::new(false));
    let reader = {
        let (storage, done) = (storage.clone(), done.clone());
        tokio::spawn(async move {
            let mut seen = Vec::new();
            loop {
                let finished = done.load(Ordering::SeqCst);
                let after = seen.last().copied().unwrap_or_default();
                let events = storage.events(after, 7).await?;
                if events.is_empty() && finished {
                    return Ok::<_, crate::Error>(seen);
                }
                seen.extend(events.into_iter().map(|event| event.seq));
                tokio::task::yield_now().await;
            }
        })
    };
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let storage = storage.clone();
            tokio::spawn(async move {
                for post in 0..POSTS {
                    storage
                        .commit(creation(&draft(writer * POSTS + post)))
                        .await?;
                }
                Ok::<_, crate::Error>(())
            })
        })
        .collect();
    for writer in writers {
        succeed(2, joined(writer.await)?)?;
    }
    done.store(true, Ordering::SeqCst);
    let seen = succeed(2, joined(reader.await)?)?;
    let expected: Vec<_> = (1..=u64::from(WRITERS * POSTS)).map(Seq).collect();
    expect(2, seen, expected)
}

fn joined<T>(task: Result<T, tokio::task::JoinError>) -> Result<T, Violation> {
    task.map_err(|error| Violation::Broke {
        promise: 2,
        expected: "no panic".to_owned(),
        saw: error.to_string(),
    })
}

pub(super) async fn reading_resumes_anywhere<F: StorageFixture>(world: &World<'_, F>) -> Verdict {
    let storage = world.open().await?;
    for number in 0..5 {
        let committed = succeed(2, storage.commit(creation(&draft(number))).await)?;
        expect(2, committed.seq, Seq(u64::from(number) + 1))?;
    }
    let numbers = |events: Vec<crate::domain::Event>| -> Vec<u64> {
        events.into_iter().map(|event| event.seq.0).collect()
    };
    expect(
        2,
        numbers(succeed(2, storage.events(Seq(3), 10).await)?),
        vec![4, 5],
    )?;
    expect(
        2,
        numbers(succeed(2, storage.events(Seq(1), 2).await)?),
        vec![2, 3],
    )?;
    expect(
        2,
        numbers(succeed(2, storage.events(Seq(5), 2).await)?),
        vec![],
    )?;
    expect(
        2,
        numbers(succeed(2, storage.events(Seq(u64::MAX), 2).await)?),
        vec![],
    )
}

pub(super) async fn the_events_of_a_commit_stand_together_in_order<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let tasks: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let mut changes = creation(&draft(writer));
            for revision in 2..=4 {
                let mut event = changes.events[0].clone();
                event.revision = revision;
                changes.events.push(event);
            }
            let (storage, written) = (storage.clone(), changes.events.clone());
            tokio::spawn(async move { (storage.commit(changes).await, written) })
        })
        .collect();
    for task in tasks {
        let (committed, written) = joined(task.await)?;
        let last = succeed(2, committed)?.seq.0;
        let after = Seq(last.saturating_sub(4));
        let events = succeed(2, storage.events(after, 4).await)?;
        let seen: Vec<_> = events
            .into_iter()
            .map(|event| {
                let (kind, post, revision) = (event.kind, event.post, event.revision);
                let actor = event.actor;
                crate::domain::NewEvent {
                    kind,
                    post,
                    revision,
                    actor,
                }
            })
            .collect();
        expect(2, seen, written)?;
    }
    Ok(())
}

pub(super) async fn every_reader_sees_one_order<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let storage = nodes[writer as usize % nodes.len()].clone();
            tokio::spawn(async move { storage.commit(creation(&draft(writer))).await })
        })
        .collect();
    for writer in writers {
        succeed(2, joined(writer.await)?)?;
    }
    let mut orders = Vec::new();
    for node in &nodes {
        orders.push(succeed(2, node.events(Seq(0), 100).await)?);
        expect(2, succeed(2, node.last_event().await)?.0, WRITERS.into())?;
        expect(2, succeed(2, node.first_event().await)?, Seq(1))?;
    }
    expect(2, orders[0].len(), WRITERS as usize)?;
    expect(2, orders[0] == orders[1], true)
}

pub(super) async fn purging_keeps_the_numbers<F: StorageFixture>(world: &World<'_, F>) -> Verdict {
    let storage = world.open().await?;
    expect(2, succeed(2, storage.first_event().await)?, Seq(0))?;
    expect(2, succeed(2, storage.last_event().await)?, Seq(0))?;
    for number in 0..5 {
        succeed(2, storage.commit(creation(&draft(number))).await)?;
    }
    // The third has the time that is named, and stays.
    succeed(2, storage.purge(time(2), time(0)).await)?;
    expect(2, succeed(2, storage.first_event().await)?, Seq(3))?;
    expect(2, succeed(2, storage.last_event().await)?, Seq(5))?;
    let kept = succeed(2, storage.events(Seq(0), 10).await)?;
    let kept: Vec<_> = kept.into_iter().map(|event| event.seq.0).collect();
    expect(2, kept, vec![3, 4, 5])?;

    succeed(2, storage.purge(time(60), time(0)).await)?;
    expect(2, succeed(2, storage.first_event().await)?, Seq(0))?;
    expect(2, succeed(2, storage.last_event().await)?, Seq(5))?;
    expect(2, succeed(2, storage.events(Seq(0), 10).await)?, vec![])?;
    drop(storage);
    let storage = world.open().await?;
    let committed = succeed(2, storage.commit(creation(&draft(6))).await)?;
    expect(2, committed.seq, Seq(6))?;
    expect(2, succeed(2, storage.first_event().await)?, Seq(6))
}
