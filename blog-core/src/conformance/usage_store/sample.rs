//! Calls, accounts and settlements for the cases.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Verdict, Violation, expect, succeed};
use crate::conformance::storage::sample::time;
use crate::error::{Error, ErrorKind};
use crate::ports::{
    Account, Amount, CallOutcome, ModelCall, ModelUsage, Reservation, Settlement, UsageStore,
};

pub(super) const ADA: &str = "ada";
pub(super) const BOB: &str = "bob";

/// The id of the call number `number`: ids are in the order of the numbers.
pub(super) fn id(number: u64) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(number))
}

/// The call number `number`, which may cost so many tokens.
pub(super) fn call(number: u64, tokens: u64) -> ModelCall {
    ModelCall {
        id: id(number),
        at: time(0),
        actor: ADA.to_owned(),
        purpose: "generate".to_owned(),
        post: None,
        model: "large".to_owned(),
        reserved: amount(tokens, 0),
    }
}

pub(super) const fn amount(tokens: u64, micros: u64) -> Amount {
    Amount { tokens, micros }
}

/// An account of at most so many tokens.
pub(super) fn limited(name: &str, tokens: u64) -> Account {
    Account {
        tokens: Some(tokens),
        ..unlimited(name)
    }
}

pub(super) fn unlimited(name: &str) -> Account {
    Account {
        name: name.to_owned(),
        tokens: None,
        micros: None,
    }
}

/// An answer that has cost this.
pub(super) fn spent(spent: Amount) -> Settlement {
    Settlement {
        model: "large-2026-11-01".to_owned(),
        spent,
        milliseconds: 1_234,
        outcome: CallOutcome::Answered,
    }
}

pub(super) fn exceeded(account: &str) -> Reservation {
    let account = account.to_owned();
    Reservation::Exceeded { account }
}

/// Fails unless the call is answered so.
pub(super) async fn expect_reservation(
    promise: u8,
    store: &dyn UsageStore,
    call: &ModelCall,
    accounts: &[Account],
    expected: Reservation,
) -> Verdict {
    let saw = succeed(promise, store.reserve(call, accounts).await)?;
    expect(promise, (call.id, saw), (call.id, expected))
}

/// Fails unless the call is reserved.
pub(super) async fn reserve(
    promise: u8,
    store: &dyn UsageStore,
    call: &ModelCall,
    accounts: &[Account],
) -> Verdict {
    expect_reservation(promise, store, call, accounts, Reservation::Reserved).await
}

/// Fails unless the account holds this: what costs nothing fits if its limit is that, and does not if
/// its limit is lower. Leaves a call that costs nothing.
pub(super) async fn expect_held(
    promise: u8,
    store: &dyn UsageStore,
    name: &str,
    held: Amount,
) -> Verdict {
    static NEXT: AtomicU64 = AtomicU64::new(1 << 32);
    let fits = |tokens, micros| {
        let free = call(NEXT.fetch_add(1, Ordering::Relaxed), 0);
        let account = Account {
            tokens,
            micros,
            ..unlimited(name)
        };
        async move {
            let answer = succeed(promise, store.reserve(&free, &[account]).await)?;
            Ok::<_, Violation>(answer == Reservation::Reserved)
        }
    };
    let fits_all = fits(Some(held.tokens), Some(held.micros)).await?;
    let what = format!("{name} holds at most {held:?}");
    expect(promise, (&what, fits_all), (&what, true))?;
    let what = format!("{name} holds no less than {held:?}");
    for (tokens, micros) in [
        (held.tokens.checked_sub(1), None),
        (None, held.micros.checked_sub(1)),
    ] {
        if tokens.or(micros).is_some() {
            let fits_less = fits(tokens, micros).await?;
            expect(promise, (&what, fits_less), (&what, false))?;
        }
    }
    Ok(())
}

/// The calls that are recorded, the last first.
pub(super) async fn recorded(
    promise: u8,
    store: &dyn UsageStore,
) -> Result<Vec<ModelUsage>, Violation> {
    succeed(promise, store.usage(None, 10_000).await)
}

/// The ids of the calls that are recorded, the last first.
pub(super) async fn ids(promise: u8, store: &dyn UsageStore) -> Result<Vec<Uuid>, Violation> {
    let calls = recorded(promise, store).await?;
    Ok(calls.into_iter().map(|usage| usage.call.id).collect())
}

/// The day so many days after the one of the calls.
pub(super) fn day(number: i64) -> NaiveDate {
    time(number * 86_400).date_naive()
}

/// The fields that are invalid, or the error itself.
pub(super) fn fields<T>(answer: Result<T, Error>) -> Result<Vec<String>, String> {
    match answer {
        Ok(_) => Err("success".to_owned()),
        Err(error) => match error.kind() {
            ErrorKind::Invalid(fields) => Ok(fields.iter().map(|it| it.field.clone()).collect()),
            _ => Err(format!("{error:?}")),
        },
    }
}
