//! Random calls of a store, answered as memory answers them.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::sample::{amount, call, day, id, spent, unlimited};
use super::{UsageStoreFixture, Verdict, Violation, World, expect, succeed};
use crate::conformance::storage::sample::time;
use crate::error::ErrorKind;
use crate::memory::MemoryUsageStore;
use crate::ports::{Account, ModelCall, ModelUsage, Reservation, UsageStore, UsageTotal};

const SCRIPTS: usize = 12;
const ACCOUNTS: [&str; 3] = ["ada", "day", "total"];

/// One call of a store.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    /// Call, tokens, and accounts with their limits, in their order.
    Reserve(u64, u64, Vec<(usize, Option<u64>)>),
    /// Call, tokens and money.
    Settle(u64, u64, u64),
    /// The first day that is kept.
    Forget(i64),
}

/// What a step, and what there is after it, are told as.
#[derive(Debug, PartialEq)]
struct Told {
    answer: Result<Option<Reservation>, ErrorKind>,
    usage: Vec<ModelUsage>,
    totals: Vec<UsageTotal>,
}

fn scripts() -> impl Strategy<Value = Vec<Step>> {
    let calls = || 0_u64..12;
    let limits = prop::collection::vec(prop::option::of(0_u64..60), ACCOUNTS.len());
    let accounts = limits.prop_map(|limits| limits.into_iter().enumerate().collect::<Vec<_>>());
    let accounts = accounts
        .prop_shuffle()
        .prop_flat_map(|all| (Just(all), 0..=ACCOUNTS.len()))
        .prop_map(|(mut all, count)| {
            all.truncate(count);
            all
        });
    let step = prop_oneof![
        5 => (calls(), 0_u64..20, accounts).prop_map(|(id, tokens, all)| Step::Reserve(id, tokens, all)),
        4 => (calls(), 0_u64..30, 0_u64..3).prop_map(|(id, tokens, money)| Step::Settle(id, tokens, money)),
        1 => (0_i64..6).prop_map(Step::Forget),
    ];
    prop::collection::vec(step, 1..30)
}

/// Calls of four days, three each.
fn of_a_day(number: u64, tokens: u64) -> ModelCall {
    ModelCall {
        at: time(number as i64 / 3 * 86_400),
        ..call(number, tokens)
    }
}

async fn told(store: &dyn UsageStore, script: usize, step: &Step) -> Result<Told, Violation> {
    let answer = match step {
        Step::Reserve(number, tokens, accounts) => {
            let accounts = accounts.iter().map(|(name, tokens)| Account {
                tokens: *tokens,
                ..unlimited(&format!("{} {script}", ACCOUNTS[*name]))
            });
            let accounts: Vec<_> = accounts.collect();
            let call = of_a_day(*number, *tokens);
            store.reserve(&call, &accounts).await.map(Some)
        }
        Step::Settle(number, tokens, money) => {
            let settlement = spent(amount(*tokens, *money));
            store.settle(id(*number), &settlement).await.map(|()| None)
        }
        Step::Forget(before) => store.forget(day(*before)).await.map(|()| None),
    };
    Ok(Told {
        answer: answer.map_err(|error| error.kind().clone()),
        usage: succeed(2, store.usage(None, 100).await)?,
        totals: succeed(2, store.totals(day(0), day(9)).await)?,
    })
}

pub(super) async fn random_calls_are_answered_as_memory_does<F: UsageStoreFixture>(
    world: &World<'_, F>,
) -> Verdict {
    // The same scripts in every run: what failed once can be run again.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let nodes = [world.open().await?, world.open().await?];
    let memory = MemoryUsageStore::default();
    for number in 0..SCRIPTS {
        let script = scripts().new_tree(&mut runner);
        let mut script = script
            .map_err(|reason| Violation::NotRun(reason.to_string()))?
            .current();
        // What is left of the one before is only in accounts, which are others.
        script.insert(0, Step::Forget(9));
        for (place, step) in script.iter().enumerate() {
            let so_far = &script[..=place];
            let expected = told(&memory, number, step).await?;
            let saw = told(&*nodes[place % 2], number, step).await?;
            expect(2, (so_far, saw), (so_far, expected))?;
        }
    }
    Ok(())
}
