use chrono::Duration;

use super::sample::{
    amount, call, day, exceeded, expect_held, expect_reservation, fields, id, limited, recorded,
    reserve, spent, unlimited,
};
use super::{UsageStoreFixture, Verdict, World, expect, succeed};
use crate::conformance::samples::names;
use crate::conformance::storage::sample::{draft, time};
use crate::ports::{Account, Amount, CallOutcome, ModelCall, ModelUsage, Settlement};

const MOST: u64 = Amount::MOST;

pub(super) async fn values_come_back_as_they_were<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    let texts = names().into_iter().filter(|name| !name.contains('\0'));
    let longest = ["'\"\\; --🦀\u{202e}".to_owned(), "é".repeat(500)];
    let mut expected = Vec::new();
    for (number, text) in (1_u32..).zip(texts.chain(longest)) {
        let call = ModelCall {
            id: id(u64::from(number)),
            at: time(i64::from(number)) + Duration::microseconds(i64::from(number)),
            actor: text.clone(),
            purpose: text.clone(),
            post: (number % 2 == 0).then(|| draft(number).post.id),
            model: text.clone(),
            reserved: amount(MOST - u64::from(number), MOST),
        };
        reserve(5, &*store, &call, &[]).await?;
        let outcome = CallOutcome::ALL.into_iter().cycle().nth(number as usize);
        let settlement = Settlement {
            model: text,
            spent: amount(MOST, u64::from(number)),
            milliseconds: MOST,
            outcome: outcome.unwrap_or(CallOutcome::Failed),
        };
        succeed(5, store.settle(call.id, &settlement).await)?;
        let settlement = Some(settlement);
        expected.push(ModelUsage { call, settlement });
    }
    expected.reverse();
    for (saw, expected) in recorded(5, &*store).await?.into_iter().zip(&expected) {
        expect(5, &saw, expected)?;
    }
    expect(5, recorded(5, &*store).await?.len(), expected.len())
}

pub(super) async fn what_is_too_large_is_refused_by_field<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    for (reserved, field) in [
        (amount(MOST + 1, 0), "reserved.tokens"),
        (amount(0, u64::MAX), "reserved.micros"),
    ] {
        let call = ModelCall {
            reserved,
            ..call(1, 0)
        };
        let answer = store.reserve(&call, &[unlimited("a")]).await;
        expect(5, fields(answer), Ok(vec![field.to_owned()]))?;
    }
    let micros = Account {
        micros: Some(MOST + 1),
        ..unlimited("a")
    };
    for (account, field) in [
        (limited("a", u64::MAX), "accounts.tokens"),
        (micros, "accounts.micros"),
    ] {
        let answer = store.reserve(&call(1, 1), &[account]).await;
        expect(5, fields(answer), Ok(vec![field.to_owned()]))?;
    }
    expect(5, recorded(5, &*store).await?, vec![])?;
    reserve(5, &*store, &call(1, 1), &[unlimited("a")]).await?;
    let long = Settlement {
        milliseconds: MOST + 1,
        ..spent(amount(1, 1))
    };
    for (settlement, field) in [
        (spent(amount(MOST + 1, 0)), "spent.tokens"),
        (spent(amount(0, MOST + 1)), "spent.micros"),
        (long, "milliseconds"),
    ] {
        let answer = store.settle(id(1), &settlement).await;
        expect(5, fields(answer), Ok(vec![field.to_owned()]))?;
    }
    let settled = recorded(5, &*store).await?.into_iter();
    expect(5, settled.filter_map(|usage| usage.settlement).count(), 0)?;
    expect_held(5, &*store, "a", amount(1, 0)).await
}

pub(super) async fn texts_that_cannot_be_stored_are_refused_by_field<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    reserve(5, &*store, &call(1, 1), &[unlimited("a")]).await?;
    for text in ["a\0b".to_owned(), "\0".to_owned(), "é".repeat(501)] {
        let with = |change: fn(&mut ModelCall, String)| {
            let mut call = call(2, 1);
            change(&mut call, text.clone());
            call
        };
        for (call, field) in [
            (with(|call, text| call.actor = text), "actor"),
            (with(|call, text| call.purpose = text), "purpose"),
            (with(|call, text| call.model = text), "model"),
        ] {
            let answer = store.reserve(&call, &[unlimited("a")]).await;
            expect(5, fields(answer), Ok(vec![field.to_owned()]))?;
        }
        let accounts = [unlimited("a"), unlimited(&text)];
        let answer = store.reserve(&call(2, 1), &accounts).await;
        expect(5, fields(answer), Ok(vec!["accounts.name".to_owned()]))?;
        let settlement = Settlement {
            model: text,
            ..spent(amount(0, 0))
        };
        let answer = store.settle(id(1), &settlement).await;
        expect(5, fields(answer), Ok(vec!["model".to_owned()]))?;
    }
    let usage = ModelUsage {
        call: call(1, 1),
        settlement: None,
    };
    expect(5, recorded(5, &*store).await?, vec![usage])?;
    expect_held(5, &*store, "a", amount(1, 0)).await
}

pub(super) async fn an_account_that_is_named_twice_is_refused<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    let accounts = [unlimited("a"), unlimited("b"), limited("a", 5)];
    let answer = store.reserve(&call(1, 1), &accounts).await;
    expect(5, fields(answer), Ok(vec!["accounts.name".to_owned()]))?;
    expect(5, recorded(5, &*store).await?, vec![])
}

pub(super) async fn the_largest_amounts_count_exactly<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    let accounts = [limited("a", MOST)];
    reserve(5, &*store, &call(1, MOST - 1), &accounts).await?;
    let more = call(2, 2);
    expect_reservation(5, &*store, &more, &accounts, exceeded("a")).await?;
    reserve(5, &*store, &call(3, 1), &accounts).await?;
    let more = call(4, 1);
    expect_reservation(5, &*store, &more, &accounts, exceeded("a")).await?;
    reserve(5, &*store, &call(5, 0), &accounts).await?;
    let settlement = spent(amount(MOST - 3, 0));
    succeed(5, store.settle(id(1), &settlement).await)?;
    expect_held(5, &*store, "a", amount(MOST - 2, 0)).await?;
    let settlement = spent(amount(0, 0));
    succeed(5, store.settle(id(3), &settlement).await)?;
    expect_held(5, &*store, "a", amount(MOST - 3, 0)).await?;
    let totals = succeed(5, store.totals(day(0), day(0)).await)?;
    let sums: Vec<_> = totals.iter().map(|total| total.amount).collect();
    expect(5, sums, vec![amount(MOST - 3, 0)])
}

pub(super) async fn sums_above_the_largest_are_told_as_that<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let store = world.open().await?;
    for number in 1..=3 {
        let call = ModelCall {
            reserved: amount(MOST, MOST),
            ..call(number, 0)
        };
        reserve(5, &*store, &call, &[unlimited("a")]).await?;
    }
    let totals = succeed(5, store.totals(day(0), day(0)).await)?;
    let sums: Vec<_> = totals.iter().map(|it| (it.calls, it.amount)).collect();
    expect(5, sums, vec![(3, amount(MOST, MOST))])?;
    let full = [limited("a", MOST)];
    let settlement = spent(amount(MOST, MOST));
    for number in 1..=3 {
        let more = call(10 + number, 1);
        expect_reservation(5, &*store, &more, &full, exceeded("a")).await?;
        reserve(5, &*store, &more, &[unlimited("a")]).await?;
        succeed(5, store.settle(id(number), &settlement).await)?;
    }
    expect_reservation(5, &*store, &call(4, 1), &full, exceeded("a")).await
}
