use std::collections::BTreeSet;

use chrono::{Duration, NaiveDate};

use super::sample::{ADA, BOB, amount, call, day, id, ids, limited, recorded, reserve, spent};
use super::{UsageStoreFixture, Verdict, World, expect, succeed};
use crate::conformance::storage::sample::time;
use crate::ports::{Amount, ModelCall, ModelUsage, UsageTotal};

pub(super) async fn every_node_sees_every_call_at_once<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    for number in 1..=10_u64 {
        let turn = number as usize % 2;
        let (writer, reader) = (&nodes[turn], &nodes[1 - turn]);
        reserve(3, &**writer, &call(number, 10), &[]).await?;
        let mut usage = ModelUsage {
            call: call(number, 10),
            settlement: None,
        };
        let last = succeed(3, reader.usage(None, 1).await)?;
        expect(3, last, vec![usage.clone()])?;
        let settlement = spent(amount(number, 0));
        succeed(3, writer.settle(id(number), &settlement).await)?;
        usage.settlement = Some(settlement);
        let last = succeed(3, reader.usage(None, 1).await)?;
        expect(3, last, vec![usage])?;
        let totals = succeed(3, reader.totals(day(0), day(0)).await)?;
        expect(3, totals.first().map(|total| total.calls), Some(number))?;
    }
    Ok(())
}

pub(super) async fn pages_have_each_call_once_while_others_are_added<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    // Ids say what came first, whatever the order in which they are reserved.
    for number in (1..=50).rev() {
        reserve(4, &*nodes[0], &call(number, 1), &[]).await?;
    }
    let (mut seen, mut before, mut added) = (vec![], None, 100);
    for _ in 0..20 {
        let page = succeed(4, nodes[1].usage(before, 7).await)?;
        expect(4, page.len() <= 7, true)?;
        let Some(last) = page.last() else {
            break;
        };
        before = Some(last.call.id);
        seen.extend(page.into_iter().map(|usage| usage.call.id));
        added += 1;
        reserve(4, &*nodes[0], &call(added, 1), &[]).await?;
    }
    expect(4, seen, (1..=50).rev().map(id).collect())?;
    expect(4, ids(4, &*nodes[0]).await?.len() as u64, added - 50)?;
    for (before, limit, expected) in [
        (None, 0, vec![]),
        (Some(id(3)), 1, vec![id(2)]),
        (Some(id(3)), usize::MAX, vec![id(2), id(1)]),
        (Some(id(1)), 10, vec![]),
        // Not a call that is there.
        (Some(id(60)), 1, vec![id(50)]),
    ] {
        let page = succeed(4, nodes[0].usage(before, limit).await)?;
        let page: Vec<_> = page.into_iter().map(|usage| usage.call.id).collect();
        expect(4, page, expected)?;
    }
    Ok(())
}

/// The total of a day, and of the sample's model.
fn total(day: NaiveDate, actor: &str, purpose: &str, calls: u64, amount: Amount) -> UsageTotal {
    UsageTotal {
        day,
        actor: actor.to_owned(),
        purpose: purpose.to_owned(),
        model: "large".to_owned(),
        calls,
        amount,
    }
}

pub(super) async fn totals_are_the_sums_of_the_calls<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    let of = |number, actor: &str, purpose: &str, days: i64| ModelCall {
        at: time(days * 86_400),
        actor: actor.to_owned(),
        purpose: purpose.to_owned(),
        ..call(number, 10)
    };
    let calls = [
        of(1, BOB, "summarize", 1),
        of(2, ADA, "summarize", 1),
        of(3, ADA, "generate", 1),
        of(4, ADA, "generate", 1),
        of(5, ADA, "generate", 0),
        of(6, "Zoe", "generate", 1),
    ];
    for call in &calls {
        reserve(4, &*store, call, &[]).await?;
    }
    let small = ModelCall {
        model: "small".to_owned(),
        ..of(7, ADA, "generate", 1)
    };
    reserve(4, &*store, &small, &[]).await?;
    let refused = store.reserve(&call(8, 10), &[limited("a", 1)]).await;
    succeed(4, refused)?;
    for (number, spent_on_it) in [(1, amount(4, 40)), (3, amount(30, 300))] {
        let settlement = spent(spent_on_it);
        succeed(4, store.settle(id(number), &settlement).await)?;
    }
    let totals = succeed(4, store.totals(day(0), day(1)).await)?;
    let expected = vec![
        total(day(0), ADA, "generate", 1, amount(10, 0)),
        total(day(1), "Zoe", "generate", 1, amount(10, 0)),
        total(day(1), ADA, "generate", 2, amount(40, 300)),
        UsageTotal {
            model: "small".to_owned(),
            ..total(day(1), ADA, "generate", 1, amount(10, 0))
        },
        total(day(1), ADA, "summarize", 1, amount(10, 0)),
        total(day(1), BOB, "summarize", 1, amount(4, 40)),
    ];
    expect(4, &totals, &expected)?;
    let recorded = recorded(4, &*store).await?;
    let sum: u64 = totals.iter().map(|total| total.calls).sum();
    expect(4, recorded.len() as u64, sum)
}

pub(super) async fn days_of_totals_are_included<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    let first = time(0)
        .date_naive()
        .and_time(chrono::NaiveTime::MIN)
        .and_utc();
    let moments = [
        first - Duration::microseconds(1),
        first,
        first + Duration::days(1) - Duration::microseconds(1),
        first + Duration::days(1),
        // Before the first day that is counted from.
        chrono::DateTime::UNIX_EPOCH - Duration::microseconds(1),
    ];
    for (number, at) in (1..).zip(moments) {
        let call = ModelCall {
            at,
            ..call(number, 10)
        };
        reserve(4, &*store, &call, &[]).await?;
    }
    let epoch = NaiveDate::default();
    for (from, to, calls) in [
        (day(0), day(0), 2),
        (day(-1), day(0), 3),
        (day(0), day(1), 3),
        (day(1), day(0), 0),
        (day(2), NaiveDate::MAX, 0),
        (NaiveDate::MIN, epoch - Duration::days(2), 0),
        (NaiveDate::MIN, epoch - Duration::days(1), 1),
        (NaiveDate::MIN, NaiveDate::MAX, 5),
    ] {
        let totals = succeed(4, store.totals(from, to).await)?;
        let days: BTreeSet<_> = totals.iter().map(|total| total.day).collect();
        expect(4, days.len(), totals.len())?;
        let is_within = totals.iter().all(|it| from <= it.day && it.day <= to);
        let sum: u64 = totals.iter().map(|total| total.calls).sum();
        expect(4, (from, to, sum, is_within), (from, to, calls, true))?;
    }
    Ok(())
}
