use std::collections::BTreeSet;

use super::sample::{ADA, BOB, all, document, fill, filled, one, outcome, texts};
use super::{CollabStoreFixture, Verdict, World, broke, expect, succeed};
use crate::conformance::storage::sample::time;
use crate::ports::{Append, Entry, Log, VersionStep};

pub(super) async fn entries_are_numbered_from_one_without_a_gap<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    for number in 1..=20_u64 {
        let writer = &nodes[usize::from(number % 2 == 0)];
        fill(1, &**writer, document(1), number..=number).await?;
    }
    for node in &nodes {
        expect(1, all(1, &**node, document(1)).await?, filled(1..=20))?;
        let log = succeed(1, node.log(document(1)).await)?;
        let expected = Log {
            end: 20,
            version: 0,
            version_at: 0,
            folded: 0,
        };
        expect(1, log, Some(expected))?;
    }
    Ok(())
}

pub(super) async fn an_append_brings_its_updates_together_in_order<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    fill(1, &*store, document(1), 1..=1).await?;
    let updates = [(BOB, "two"), (ADA, "three"), (BOB, "four")];
    let append = Append {
        updates: updates
            .map(|(actor, text)| (actor.to_owned(), text.into()))
            .into(),
        at: time(60),
        ..one("")
    };
    expect(1, succeed(1, store.append(document(1), append).await)?, 4)?;
    let entries = succeed(1, store.entries(document(1), 1, 10).await)?;
    let expected: Vec<_> = (2..)
        .zip(updates)
        .map(|(number, (actor, text))| Entry {
            number,
            actor: actor.to_owned(),
            at: time(60),
            update: text.into(),
        })
        .collect();
    expect(1, entries, expected)
}

pub(super) async fn an_append_may_bring_no_update<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    let empty = |version| Append {
        updates: vec![],
        version,
        ..one("")
    };
    let step = |from, to| empty(Some(VersionStep { from, to }));
    let ends = [(step(0, 1), 0), (one("1"), 1), (step(1, 2), 1)];
    for (append, end) in ends {
        expect(1, outcome(store.append(document(1), append).await), Ok(end))?;
    }
    let expected = Log {
        end: 1,
        version: 2,
        version_at: 1,
        folded: 0,
    };
    let log = succeed(1, store.log(document(1)).await)?;
    expect(1, log, Some(expected))?;
    expect(1, all(1, &*store, document(1)).await?, filled(1..=1))
}

pub(super) async fn numbers_have_no_gap_under_many_appenders<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let tasks: Vec<_> = (0..16_usize)
        .map(|appender| {
            let node = nodes[appender % 2].clone();
            tokio::spawn(async move {
                let mut ends = Vec::new();
                for number in 0..20 {
                    let mut append = one(&format!("{appender} says {number}"));
                    append.updates.extend(one("and so on").updates);
                    ends.push(node.append(document(1), append).await?);
                }
                Ok::<_, crate::Error>(ends)
            })
        })
        .collect();
    let mut ends = BTreeSet::new();
    for (appender, task) in tasks.into_iter().enumerate() {
        for (number, end) in succeed(1, task.await?)?.into_iter().enumerate() {
            ends.insert(end);
            let said = succeed(1, nodes[0].entries(document(1), end - 2, 2).await)?;
            let first = (end - 1, format!("{appender} says {number}"));
            expect(1, texts(&said), vec![first, (end, "and so on".to_owned())])?;
        }
    }
    expect(1, ends, (2..=640).step_by(2).collect())?;
    let order = all(1, &*nodes[0], document(1)).await?;
    let numbers: Vec<_> = order.iter().map(|(number, _)| *number).collect();
    expect(1, numbers, (1..=640).collect())?;
    expect(1, all(1, &*nodes[1], document(1)).await?, order)
}

pub(super) async fn an_entry_is_never_seen_before_those_below_it<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    const APPENDERS: u64 = 8;
    const EACH: u64 = 25;
    let nodes = [world.open().await?, world.open().await?];
    let reader = world.open().await?;
    for appender in 0..APPENDERS {
        let node = nodes[usize::from(appender % 2 == 0)].clone();
        tokio::spawn(async move {
            for _ in 0..EACH {
                node.append(document(1), one("news")).await?;
            }
            Ok::<_, crate::Error>(())
        });
    }
    let mut seen = 0;
    while seen < APPENDERS * EACH {
        let news = succeed(1, reader.entries(document(1), seen, 1_000).await)?;
        let numbers: Vec<_> = news.iter().map(|entry| entry.number).collect();
        let expected: Vec<_> = (seen + 1..).take(numbers.len()).collect();
        expect(1, numbers, expected)?;
        let end = succeed(1, reader.log(document(1)).await)?.map_or(0, |log| log.end);
        seen += news.len() as u64;
        if end < seen {
            return Err(broke(1, format!("an end from {seen} on"), end.to_string()));
        }
        tokio::task::yield_now().await;
    }
    Ok(())
}

pub(super) async fn entries_are_paged_in_order<F: CollabStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    fill(1, &*store, document(1), 1..=10).await?;
    let mut together = one("11");
    for text in ["12", "13", "14"] {
        together.updates.extend(one(text).updates);
    }
    succeed(1, store.append(document(1), together).await)?;
    for after in 0..=15 {
        for limit in [0, 1, 2, 3, 14, 15] {
            let page = succeed(1, store.entries(document(1), after, limit).await)?;
            let last = (after + limit as u64).min(14);
            expect(1, texts(&page), filled(after + 1..=last))?;
        }
    }
    let beyond = succeed(1, store.entries(document(1), u64::MAX, 1).await)?;
    expect(1, texts(&beyond), vec![])
}
