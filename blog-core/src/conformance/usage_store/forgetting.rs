use super::sample::{amount, call, day, expect_held, id, ids, recorded, reserve, spent, unlimited};
use super::{UsageStoreFixture, Verdict, World, expect, succeed};
use crate::conformance::storage::sample::time;
use crate::error::ErrorKind;
use crate::ports::ModelCall;

pub(super) async fn what_is_forgotten_is_gone_and_accounts_stay<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let nodes = [world.open().await?, world.open().await?];
    for number in 1..=6_u32 {
        let call = ModelCall {
            at: time(i64::from(number) / 2 * 86_400),
            ..call(u64::from(number), 10)
        };
        reserve(6, &*nodes[0], &call, &[unlimited("total")]).await?;
    }
    let settlement = spent(amount(4, 0));
    succeed(6, nodes[0].settle(id(2), &settlement).await)?;
    succeed(6, nodes[0].forget(day(0)).await)?;
    expect(6, recorded(6, &*nodes[1]).await?.len(), 6)?;
    // Those of the days 0 and 1: one, and two of which one is settled.
    succeed(6, nodes[0].forget(day(2)).await)?;
    for node in &nodes {
        expect(6, ids(6, &**node).await?, [6, 5, 4].map(id).into())?;
        let totals = succeed(6, node.totals(day(0), day(9)).await)?;
        let days: Vec<_> = totals.iter().map(|it| (it.day, it.calls)).collect();
        expect(6, days, vec![(day(2), 2), (day(3), 1)])?;
    }
    let forgotten = nodes[1].settle(id(3), &settlement).await;
    let kind = forgotten.map_err(|error| error.kind().clone());
    expect(6, kind, Err(ErrorKind::NotFound))?;
    succeed(6, nodes[1].settle(id(4), &settlement).await)?;
    expect_held(6, &*nodes[1], "total", amount(48, 0)).await
}
