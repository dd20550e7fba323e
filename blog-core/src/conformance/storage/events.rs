use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::sample::{creation, draft};
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
