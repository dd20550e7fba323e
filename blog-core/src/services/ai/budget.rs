//! What tokens cost, and which accounts a call is charged to.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveTime, Utc};

use crate::Blog;
use crate::domain::Actor;
use crate::error::{Error, ErrorKind};
use crate::ports::{Account, Amount, CompletionRequest, ModelCall, TokenUsage};

use super::options::{Budget, Price};

/// The account of everything.
const TOTAL: &str = "total";

/// The accounts that a call is charged to, the longest-lived first.
pub(super) fn accounts(blog: &Blog, actor: &Actor, at: DateTime<Utc>) -> [Account; 3] {
    let budgets = &blog.options().ai.budgets;
    let of_role = budgets.actor_day_by_role.get(&actor.highest_role());
    let account = |name: String, budget: &Budget| Account {
        name,
        tokens: budget.tokens,
        micros: budget.micros,
    };
    let day = at.date_naive();
    [
        account(TOTAL.to_owned(), &budgets.total),
        account(format!("day {day}"), &budgets.day),
        account(
            format!("actor {day} {}", actor.id),
            of_role.unwrap_or(&budgets.actor_day),
        ),
    ]
}

/// Whether there is a budget that may refuse a call of this actor.
pub(super) fn is_limited(blog: &Blog, actor: &Actor) -> bool {
    let accounts = accounts(blog, actor, blog.clock().now());
    accounts.iter().any(Account::is_limited)
}

/// Why a call may not be made that would exceed this account.
pub(super) fn exceeded(accounts: &[Account], name: &str, call: &ModelCall) -> Error {
    let account = accounts.iter().find(|account| account.name == name);
    let is_too_much = |account: &Account| {
        let is_above = |limit: Option<u64>, wanted| limit.is_some_and(|limit| wanted > limit);
        is_above(account.tokens, call.reserved.tokens)
            || is_above(account.micros, call.reserved.micros)
    };
    if account.is_some_and(is_too_much) {
        let message = "this alone may cost more than the budget for language models";
        return Error::new(ErrorKind::Forbidden, message);
    }
    if name == TOTAL {
        let message = "the budget for language models is spent";
        return Error::new(ErrorKind::Forbidden, message);
    }
    let retry_after = until_tomorrow(call.at);
    let message = "today's budget for language models is spent";
    Error::new(ErrorKind::RateLimited { retry_after }, message)
}

/// How long until the next day begins (UTC).
fn until_tomorrow(now: DateTime<Utc>) -> Duration {
    let tomorrow = now.date_naive().checked_add_days(Days::new(1));
    let tomorrow = tomorrow.map(|day| day.and_time(NaiveTime::MIN).and_utc());
    tomorrow
        .and_then(|tomorrow| (tomorrow - now).to_std().ok())
        .unwrap_or(Duration::from_secs(24 * 3600))
}

/// The most that a call can have used: a token for each byte of the request, and what vendors put around it;
/// the longest answer that is sold, with what was thought for it, if that is more than was asked for.
pub(super) fn at_most(request: &CompletionRequest) -> TokenUsage {
    /// Tokens of templates, of tools and of a schema in a vendor's own words.
    const AROUND: u64 = 10_000;
    /// Tokens: 128,000 in 2026.
    const LONGEST_ANSWER: u64 = 128 << 10;
    let input = request.bytes().saturating_add(AROUND);
    TokenUsage {
        input,
        cached_input: input,
        output: LONGEST_ANSWER.max(request.max_output_tokens.into()),
    }
}

/// Tokens, and what they cost.
pub(super) fn amount(price: Option<Price>, usage: TokenUsage) -> Amount {
    let Price {
        input,
        cached_input,
        output,
    } = price.unwrap_or_default();
    let cost = |tokens: u64, price: u64| u128::from(tokens) * u128::from(price);
    let cached = usage.cached_input.min(usage.input);
    let sum = cost(usage.input - cached, input)
        .saturating_add(cost(cached, cached_input))
        .saturating_add(cost(usage.output, output));
    let most = |sum: u128| u64::try_from(sum).unwrap_or(u64::MAX).min(Amount::MOST);
    Amount {
        tokens: usage.input.saturating_add(usage.output).min(Amount::MOST),
        micros: most(sum.div_ceil(1_000_000)),
    }
}
