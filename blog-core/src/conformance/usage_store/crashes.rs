use super::sample::{
    amount, call, day, exceeded, expect_held, expect_reservation, id, ids, limited, recorded,
    reserve, spent,
};
use super::{UsageStoreFixture, Verdict, World, expect, succeed};

pub(super) async fn what_was_acknowledged_survives_a_crash<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    let accounts = [limited("day", 100), limited("total", 1_000)];
    for number in 1..=9 {
        reserve(3, &*store, &call(number, 10), &accounts).await?;
    }
    for number in 1..=3 {
        let settlement = spent(amount(4, 40));
        succeed(3, store.settle(id(number), &settlement).await)?;
    }
    let before = recorded(3, &*store).await?;
    world.crash().await?;
    drop(store);
    let store = world.open().await?;
    expect(3, recorded(3, &*store).await?, before)?;
    let more = call(10, 29);
    expect_reservation(3, &*store, &more, &accounts, exceeded("day")).await?;
    reserve(3, &*store, &call(11, 28), &accounts).await?;
    for name in ["day", "total"] {
        expect_held(3, &*store, name, amount(100, 120)).await?;
    }
    succeed(3, store.forget(day(1)).await)?;
    world.crash().await?;
    drop(store);
    let store = world.open().await?;
    expect(3, ids(3, &*store).await?, vec![])?;
    expect_held(3, &*store, "day", amount(100, 120)).await
}
