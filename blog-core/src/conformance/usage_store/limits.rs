use super::sample::{
    amount, call, exceeded, expect_held, expect_reservation, id, ids, limited, reserve, unlimited,
};
use super::{UsageStoreFixture, Verdict, World, expect, succeed};
use crate::conformance::samples::names;
use crate::ports::{Account, ModelCall, Reservation};

pub(super) async fn of_calls_at_once_on_several_nodes_as_many_succeed_as_fit<
    F: UsageStoreFixture,
>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [
        world.open().await?,
        world.open().await?,
        world.open().await?,
    ];
    let tasks: Vec<_> = (0..60_u64)
        .map(|number| {
            let node = nodes[number as usize % 3].clone();
            let day = limited("day", 100);
            tokio::spawn(async move { node.reserve(&call(number, 7), &[day]).await })
        })
        .collect();
    let mut reserved = Vec::new();
    for (number, task) in (0..).zip(tasks) {
        match succeed(1, task.await?)? {
            Reservation::Reserved => reserved.push(id(number)),
            other => expect(1, other, exceeded("day"))?,
        }
    }
    expect(1, reserved.len(), 14)?;
    reserved.reverse();
    for node in &nodes {
        expect(1, ids(1, &**node).await?, reserved.clone())?;
    }
    expect_held(1, &*nodes[0], "day", amount(98, 0)).await
}

pub(super) async fn a_call_is_set_aside_in_all_accounts_or_in_none<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    let accounts = |limit| [unlimited("total"), limited("day", limit), unlimited("ada")];
    reserve(1, &*store, &call(1, 10), &accounts(15)).await?;
    let refused = exceeded("day");
    expect_reservation(1, &*store, &call(2, 6), &accounts(15), refused).await?;
    expect(1, ids(1, &*store).await?, vec![id(1)])?;
    for name in ["total", "day", "ada"] {
        expect_held(1, &*store, name, amount(10, 0)).await?;
    }
    reserve(1, &*store, &call(3, 5), &accounts(15)).await?;
    for name in ["total", "day", "ada"] {
        expect_held(1, &*store, name, amount(15, 0)).await?;
    }
    Ok(())
}

pub(super) async fn calls_whose_accounts_cross_are_whole<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    let tasks: Vec<_> = (0..48_u64)
        .map(|number| {
            let node = nodes[number as usize % 2].clone();
            let mut accounts = vec![limited("a", 300), limited("b", 150), limited("c", 400)];
            accounts.rotate_left(number as usize % 3);
            if number % 4 == 0 {
                accounts.reverse();
            }
            tokio::spawn(async move { node.reserve(&call(number, 10), &accounts).await })
        })
        .collect();
    let mut reserved = 0;
    for task in tasks {
        match succeed(1, task.await?)? {
            Reservation::Reserved => reserved += 1,
            other => expect(1, other, exceeded("b"))?,
        }
    }
    expect(1, reserved, 15)?;
    for name in ["a", "b", "c"] {
        expect_held(1, &*nodes[0], name, amount(150, 0)).await?;
    }
    Ok(())
}

pub(super) async fn tokens_and_money_have_limits_of_their_own<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    let costing = |number, tokens, micros| ModelCall {
        reserved: amount(tokens, micros),
        ..call(number, 0)
    };
    let both = [Account {
        tokens: Some(10),
        micros: Some(1_000),
        ..unlimited("a")
    }];
    for too_much in [costing(1, 11, 0), costing(2, 0, 1_001)] {
        expect_reservation(1, &*store, &too_much, &both, exceeded("a")).await?;
    }
    reserve(1, &*store, &costing(3, 9, 900), &both).await?;
    for too_much in [costing(4, 2, 0), costing(5, 0, 101)] {
        expect_reservation(1, &*store, &too_much, &both, exceeded("a")).await?;
    }
    reserve(1, &*store, &costing(6, 1, 0), &both).await?;
    reserve(1, &*store, &costing(7, 0, 100), &both).await?;
    expect_held(1, &*store, "a", amount(10, 1_000)).await
}

pub(super) async fn an_account_without_a_limit_counts<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    for number in 1..=3 {
        let large = call(number, 1_000_000);
        reserve(1, &*store, &large, &[unlimited("a")]).await?;
    }
    let (more, limit) = (call(4, 1), limited("a", 3_000_000));
    expect_reservation(1, &*store, &more, &[limit], exceeded("a")).await?;
    reserve(1, &*store, &more, &[limited("a", 3_000_001)]).await?;
    reserve(1, &*store, &call(5, 10), &[]).await?;
    expect(1, ids(1, &*store).await?, [5, 4, 3, 2, 1].map(id).into())
}

pub(super) async fn the_first_account_that_is_full_is_named<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    let accounts = [limited("z", 10), limited("y", 5), limited("a", 5)];
    expect_reservation(1, &*store, &call(1, 6), &accounts, exceeded("y")).await?;
    reserve(1, &*store, &call(2, 5), &accounts).await?;
    expect_reservation(1, &*store, &call(3, 1), &accounts, exceeded("y")).await?;
    let reversed = [limited("a", 5), limited("y", 5), limited("z", 10)];
    expect_reservation(1, &*store, &call(4, 6), &reversed, exceeded("a")).await
}

pub(super) async fn accounts_do_not_touch_each_other<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let (store, elsewhere) = (world.open().await?, world.elsewhere().await?);
    let names = names().into_iter().filter(|name| !name.contains('\0'));
    let hostile = ["'; DROP TABLE blog_posts; --", "a\"b", "a\\", "$1", "NULL"];
    let names: Vec<_> = names.chain(hostile.map(str::to_owned)).collect();
    for (number, name) in (1..).zip(&names) {
        let accounts = [limited(name, 1)];
        reserve(1, &*store, &call(number, 1), &accounts).await?;
        let one_more = call(1_000 + number, 1);
        expect_reservation(1, &*store, &one_more, &accounts, exceeded(name)).await?;
    }
    reserve(1, &*elsewhere, &call(2_000, 1), &[limited("a", 1)]).await?;
    expect(1, ids(1, &*store).await?.len(), names.len())
}
