use chrono::NaiveDate;

use super::sample::{
    amount, call, day, exceeded, expect_held, expect_reservation, id, ids, limited, recorded,
    reserve, spent, unlimited,
};
use super::{UsageStoreFixture, Verdict, World, broke, expect, succeed};
use crate::error::ErrorKind;
use crate::ports::{ModelUsage, Reservation, UsageStore};

pub(super) async fn a_call_that_is_reserved_again_counts_once<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let accounts = [limited("day", 25), unlimited("total")];
    let tasks: Vec<_> = (0..16_u64)
        .map(|task| {
            let (node, accounts) = (nodes[task as usize % 2].clone(), accounts.clone());
            tokio::spawn(async move { node.reserve(&call(task / 8, 10), &accounts).await })
        })
        .collect();
    for task in tasks {
        expect(2, succeed(2, task.await?)?, Reservation::Reserved)?;
    }
    reserve(2, &*nodes[0], &call(2, 5), &accounts).await?;
    // The day is full, and what is reserved already needs no room.
    reserve(2, &*nodes[1], &call(0, 10), &accounts).await?;
    reserve(2, &*nodes[0], &call(1, 10), &accounts).await?;
    expect(2, ids(2, &*nodes[0]).await?, vec![id(2), id(1), id(0)])?;
    for name in ["day", "total"] {
        expect_held(2, &*nodes[1], name, amount(25, 0)).await?;
    }
    Ok(())
}

pub(super) async fn a_call_that_is_settled_is_not_reserved_again<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let accounts = [limited("day", 15)];
    reserve(2, &*nodes[0], &call(1, 10), &accounts).await?;
    let settlement = spent(amount(15, 0));
    succeed(2, nodes[0].settle(id(1), &settlement).await)?;
    for node in &nodes {
        // Although the day is full.
        expect_reservation(2, &**node, &call(1, 10), &accounts, Reservation::Settled).await?;
    }
    expect_held(2, &*nodes[1], "day", amount(15, 0)).await
}

pub(super) async fn a_call_that_was_given_up_is_not_reserved_later<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let accounts = [limited("day", 15)];
    cannot_be_settled(&*nodes[0], 1).await?;
    for node in &nodes {
        expect_reservation(2, &**node, &call(1, 10), &accounts, Reservation::Settled).await?;
        cannot_be_settled(&**node, 1).await?;
    }
    expect(2, recorded(2, &*nodes[0]).await?, vec![])?;
    expect_held(2, &*nodes[0], "day", amount(0, 0)).await
}

/// Whichever of the two comes first: either the call counts with what was spent, or it never does.
pub(super) async fn a_call_that_is_reserved_and_given_up_at_once_is_not_left<
    F: UsageStoreFixture,
>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let mut calls = Vec::new();
    for number in 0..24_u64 {
        let (node, other) = (nodes[0].clone(), nodes[1].clone());
        let reserve = async move { node.reserve(&call(number, 10), &[unlimited("day")]).await };
        let settle = async move { other.settle(id(number), &spent(amount(0, 0))).await };
        calls.push(if number % 2 == 0 {
            let reserved = tokio::spawn(reserve);
            (reserved, tokio::spawn(settle))
        } else {
            let settled = tokio::spawn(settle);
            (tokio::spawn(reserve), settled)
        });
    }
    for (reserved, settled) in calls {
        let reserved = succeed(2, reserved.await?)?;
        let expected = match settled.await?.map_err(|error| error.kind().clone()) {
            Ok(()) => Reservation::Reserved,
            Err(ErrorKind::NotFound) => Reservation::Settled,
            Err(kind) => return Err(broke(2, "not found", format!("{kind:?}"))),
        };
        expect(2, reserved, expected)?;
    }
    expect_held(2, &*nodes[0], "day", amount(0, 0)).await
}

/// Accounts of one order are charged in another by others.
pub(super) async fn calls_that_are_settled_crosswise_do_not_wait_in_a_circle<
    F: UsageStoreFixture,
>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let mut accounts = ["a", "b", "c", "d"].map(unlimited).to_vec();
    for number in 0..48_u64 {
        accounts.rotate_left(1);
        if number % 3 == 0 {
            accounts.reverse();
        }
        reserve(2, &*nodes[0], &call(number, 10), &accounts).await?;
    }
    let tasks: Vec<_> = (0..48_u64)
        .map(|number| {
            let node = nodes[number as usize % 2].clone();
            tokio::spawn(async move { node.settle(id(number), &spent(amount(number, 1))).await })
        })
        .collect();
    for task in tasks {
        succeed(2, task.await?)?;
    }
    for name in ["a", "b", "c", "d"] {
        expect_held(2, &*nodes[1], name, amount(48 * 47 / 2, 48)).await?;
    }
    Ok(())
}

pub(super) async fn a_call_that_did_not_fit_may_be_reserved_later<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    let accounts = [limited("day", 10)];
    reserve(2, &*store, &call(1, 8), &accounts).await?;
    let late = call(2, 5);
    expect_reservation(2, &*store, &late, &accounts, exceeded("day")).await?;
    let settlement = spent(amount(5, 0));
    succeed(2, store.settle(id(1), &settlement).await)?;
    reserve(2, &*store, &late, &accounts).await?;
    expect_held(2, &*store, "day", amount(10, 0)).await
}

pub(super) async fn what_was_spent_counts_be_it_less_or_more<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let accounts = [limited("day", 20), unlimited("total")];
    reserve(2, &*nodes[0], &call(1, 10), &accounts).await?;
    reserve(2, &*nodes[0], &call(2, 10), &accounts).await?;
    reserve(2, &*nodes[0], &call(3, 7), &[unlimited("other")]).await?;
    let less = spent(amount(4, 300));
    succeed(2, nodes[1].settle(id(1), &less).await)?;
    for name in ["day", "total"] {
        expect_held(2, &*nodes[0], name, amount(14, 300)).await?;
    }
    let more = spent(amount(50, 0));
    succeed(2, nodes[1].settle(id(2), &more).await)?;
    for name in ["day", "total"] {
        expect_held(2, &*nodes[0], name, amount(54, 300)).await?;
    }
    let refused = exceeded("day");
    expect_reservation(2, &*nodes[0], &call(4, 0), &accounts, refused).await?;
    expect_held(2, &*nodes[0], "other", amount(7, 0)).await
}

pub(super) async fn the_first_settlement_stays<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let accounts = [unlimited("day"), unlimited("total")];
    reserve(2, &*nodes[0], &call(1, 10), &accounts).await?;
    let first = spent(amount(3, 30));
    for settlement in [&first, &first, &spent(amount(8, 80))] {
        for node in &nodes {
            succeed(2, node.settle(id(1), settlement).await)?;
        }
    }
    let expected = ModelUsage {
        call: call(1, 10),
        settlement: Some(first),
    };
    expect(2, recorded(2, &*nodes[1]).await?, vec![expected])?;
    for name in ["day", "total"] {
        expect_held(2, &*nodes[0], name, amount(3, 30)).await?;
    }
    Ok(())
}

pub(super) async fn of_settlements_at_once_one_counts<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    reserve(2, &*nodes[0], &call(1, 100), &[unlimited("a")]).await?;
    let tasks: Vec<_> = (0..16_u64)
        .map(|task| {
            let node = nodes[task as usize % 2].clone();
            tokio::spawn(async move { node.settle(id(1), &spent(amount(task, 7))).await })
        })
        .collect();
    for task in tasks {
        succeed(2, task.await?)?;
    }
    let calls = recorded(2, &*nodes[0]).await?;
    let settlement = calls.into_iter().find_map(|usage| usage.settlement);
    let stays = settlement.map_or(amount(100, 0), |it| it.spent);
    expect(2, stays.micros, 7)?;
    expect_held(2, &*nodes[1], "a", stays).await
}

/// Fails unless there is no such call.
async fn cannot_be_settled(store: &dyn UsageStore, number: u64) -> Verdict {
    let answer = store.settle(id(number), &spent(amount(1, 1))).await;
    let kind = answer.map_err(|error| error.kind().clone());
    expect(2, kind, Err(ErrorKind::NotFound))
}

pub(super) async fn a_call_that_was_not_reserved_cannot_be_settled<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    cannot_be_settled(&*store, 3).await?;
    let accounts = [limited("a", 5)];
    expect_reservation(2, &*store, &call(1, 6), &accounts, exceeded("a")).await?;
    cannot_be_settled(&*store, 1).await?;
    expect(2, recorded(2, &*store).await?, vec![])?;
    let totals = succeed(2, store.totals(NaiveDate::default(), day(9)).await)?;
    expect(2, totals, vec![])?;
    reserve(2, &*store, &call(2, 5), &accounts).await?;
    cannot_be_settled(&*store, 1).await?;
    expect_held(2, &*store, "a", amount(5, 0)).await
}
