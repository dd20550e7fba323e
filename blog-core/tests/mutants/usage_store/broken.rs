use std::sync::Mutex;

use async_trait::async_trait;
use blog_core::memory::MemoryUsageStore;
use blog_core::ports::{
    Account, Amount, ModelCall, ModelUsage, Reservation, Settlement, UsageStore, UsageTotal,
};
use blog_core::{Conflict, Error, Result};
use chrono::{DateTime, Days, Duration, NaiveDate, SubsecRound};
use tokio::task::yield_now;
use uuid::Uuid;

use super::Fault::{self, *};
use super::place::{Change, Place, replay};

/// A store with at most one fault.
#[derive(Debug)]
pub(crate) struct Broken {
    place: Place,
    fault: Option<Fault>,
    own: MemoryUsageStore,
    copy: Mutex<Option<Vec<ModelUsage>>>,
}

/// Ids from here on are of calls that are not shown.
const HIDDEN: u128 = u128::MAX - 1_000_000;

fn unlimited(account: &Account) -> Account {
    Account {
        name: account.name.clone(),
        tokens: None,
        micros: None,
    }
}

fn cut(text: &str) -> String {
    text.chars().take(255).collect()
}

/// As a number of 53 bits says it.
fn rounded(tokens: u64) -> u64 {
    let (ulp, above) = (1 << 11, tokens >> 53 > 0);
    match above {
        true => ((tokens + ulp / 2) / ulp * ulp).min(Amount::MOST),
        false => tokens,
    }
}

fn least(amount: Amount) -> Amount {
    Amount {
        tokens: amount.tokens.min(Amount::MOST),
        micros: amount.micros.min(Amount::MOST),
    }
}

impl Broken {
    pub(crate) fn new(place: Place, fault: Option<Fault>) -> Self {
        let (own, copy) = Default::default();
        Self {
            place,
            fault,
            own,
            copy,
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn store(&self) -> MemoryUsageStore {
        match self.fault {
            Some(CountsOnEachNode) => self.own.clone(),
            _ => self.place.home().store.clone(),
        }
    }

    fn changes(&self) -> Vec<Change> {
        self.place.home().changes.clone()
    }

    /// The call and the accounts that are stored instead.
    fn instead(&self, call: &ModelCall, accounts: &[Account]) -> (ModelCall, Vec<Account>) {
        let (mut call, mut accounts) = (call.clone(), accounts.to_vec());
        let each = |accounts: &mut Vec<Account>, change: fn(&mut Account)| {
            accounts.iter_mut().for_each(change);
        };
        match self.fault {
            Some(AllowsOneMore) => each(&mut accounts, |it| it.tokens = it.tokens.map(|it| it + 1)),
            Some(IgnoresMoney) => each(&mut accounts, |it| it.micros = None),
            Some(ChargesLimitedAccountsOnly) => {
                accounts.retain(|it| it.tokens.or(it.micros).is_some());
            }
            Some(NamesTheLastFullAccount) => accounts.reverse(),
            Some(FoldsTheCaseOfAccounts) => {
                each(&mut accounts, |it| it.name = it.name.to_lowercase());
            }
            Some(CutsAccounts) => each(&mut accounts, |it| it.name = cut(&it.name)),
            Some(CutsTimes) => call.at = call.at.trunc_subsecs(3),
            Some(CutsTexts) => call.model = cut(&call.model),
            Some(ForgetsPosts) => call.post = None,
            Some(CutsAmounts) => call.reserved = least(call.reserved),
            Some(RemovesNul) => call.actor = call.actor.replace('\0', ""),
            Some(TakesTheFirstOfTwoAccounts) => {
                let mut names = std::collections::HashSet::new();
                accounts.retain(|it| names.insert(it.name.clone()));
            }
            Some(CountsInFloats) => call.reserved.tokens = rounded(call.reserved.tokens),
            _ => {}
        }
        (call, accounts)
    }

    /// Charges what no record shows.
    async fn charge(&self, amount: Amount, call: &ModelCall, accounts: &[Account]) -> Result<()> {
        let mut hidden = call.clone();
        hidden.reserved = amount;
        let number = {
            let mut home = self.place.home();
            home.hidden += 1;
            home.hidden
        };
        hidden.id = Uuid::from_u128(HIDDEN + number);
        let accounts: Vec<_> = accounts.iter().map(unlimited).collect();
        self.store().reserve(&hidden, &accounts).await.map(|_| ())
    }

    /// Records a call that was never reserved.
    async fn show(&self, id: Uuid, settlement: &Settlement) -> Result<()> {
        let call = ModelCall {
            id,
            at: DateTime::UNIX_EPOCH,
            actor: String::new(),
            purpose: String::new(),
            post: None,
            model: String::new(),
            reserved: Amount::default(),
        };
        self.store().reserve(&call, &[]).await?;
        self.store().settle(id, settlement).await
    }

    /// The full account, by counts that may be old.
    async fn looked(&self, call: &ModelCall, accounts: &[Account]) -> Option<String> {
        let counted = self.place.home().counted.clone();
        yield_now().await;
        let held = |it: &Account| counted.get(&it.name).copied().unwrap_or(0);
        let is_full = |it: &&Account| {
            it.tokens
                .is_some_and(|most| held(it) + call.reserved.tokens > most)
        };
        let full = accounts.iter().find(is_full);
        if full.is_none() {
            let mut home = self.place.home();
            for account in accounts {
                *home.counted.entry(account.name.clone()).or_default() += call.reserved.tokens;
            }
        }
        full.map(|it| it.name.clone())
    }

    /// A call that was reserved, and its accounts.
    fn reserved(&self, id: Uuid) -> Option<(ModelCall, Vec<Account>)> {
        self.changes().into_iter().find_map(|change| match change {
            Change::Reserve(call, accounts) if call.id == id => Some((call, accounts)),
            _ => None,
        })
    }

    fn is_settled(&self, id: Uuid) -> bool {
        let is_it = |change: &Change| matches!(change, Change::Settle(call, _) if *call == id);
        self.changes().iter().any(is_it)
    }
}

#[async_trait]
impl UsageStore for Broken {
    async fn reserve(&self, call: &ModelCall, accounts: &[Account]) -> Result<Reservation> {
        let (call, mut accounts) = self.instead(call, accounts);
        let before = self.reserved(call.id);
        match self.fault {
            Some(LooksBeforeItCounts) => {
                if let Some(account) = self.looked(&call, &accounts).await {
                    return Ok(Reservation::Exceeded { account });
                }
                accounts = accounts.iter().map(unlimited).collect();
            }
            Some(CountsARepeatedCallAgain) if before.is_some() => {
                self.charge(call.reserved, &call, &accounts).await?;
            }
            Some(RefusesARepeatedCall) if before.is_some() => {
                return Err(Error::conflict(Conflict::Taken("id")));
            }
            Some(RemembersWhatDidNotFit) if self.place.home().refused.contains(&call.id) => {
                let account = accounts[0].name.clone();
                return Ok(Reservation::Exceeded { account });
            }
            _ => {}
        }
        let reservation = self.store().reserve(&call, &accounts).await?;
        match &reservation {
            Reservation::Reserved if before.is_none() => {
                let change = Change::Reserve(call, accounts);
                self.place.home().changes.push(change);
            }
            Reservation::Settled if self.has(ReservesWhatIsSettled) => {
                return Ok(Reservation::Reserved);
            }
            Reservation::Reserved | Reservation::Settled => {}
            Reservation::Exceeded { account } => {
                self.place.home().refused.insert(call.id);
                if self.has(ChargesUntilAnAccountIsFull) {
                    let fitting = accounts.iter().take_while(|it| it.name != *account);
                    let fitting: Vec<_> = fitting.cloned().collect();
                    self.charge(call.reserved, &call, &fitting).await?;
                }
            }
        }
        Ok(reservation)
    }

    async fn settle(&self, id: Uuid, settlement: &Settlement) -> Result<()> {
        let mut settlement = settlement.clone();
        let spent = &mut settlement.spent;
        let before = self.reserved(id);
        match (self.fault, &before) {
            (Some(GivesNothingBack), Some((call, _))) => {
                spent.tokens = spent.tokens.max(call.reserved.tokens);
            }
            (Some(CapsWhatWasSpent), Some((call, _))) => {
                spent.tokens = spent.tokens.min(call.reserved.tokens);
            }
            (Some(CountsEachSettlement), Some((call, accounts))) if self.is_settled(id) => {
                self.charge(*spent, call, accounts).await?;
            }
            (Some(SettlesWhatIsNotThere), None) => return Ok(()),
            (Some(ForgetsWhatWasGivenUp), None) => return Err(Error::not_found("call")),
            (Some(ShowsWhatWasGivenUp), None) => {
                self.show(id, &settlement).await?;
                return Err(Error::not_found("call"));
            }
            _ => {}
        }
        self.store().settle(id, &settlement).await?;
        let mut home = self.place.home();
        home.last_settlements.insert(id, settlement.clone());
        home.changes.push(Change::Settle(id, settlement));
        Ok(())
    }

    async fn usage(&self, before: Option<Uuid>, limit: usize) -> Result<Vec<ModelUsage>> {
        let before = match (self.fault, before) {
            (Some(PagesFromTheCallItself), Some(before)) => {
                Some(Uuid::from_u128(before.as_u128() + 1))
            }
            _ => before,
        };
        let limit = if self.has(IgnoresLimits) { 100 } else { limit };
        if self.has(OrdersByReservation) {
            let all = self.store().usage(None, usize::MAX).await?;
            let mut changes = self.changes();
            changes.reverse();
            let calls = changes.into_iter().filter_map(|change| match change {
                Change::Reserve(call, _) => Some(call.id),
                _ => None,
            });
            let calls = calls.filter_map(|id| all.iter().find(|usage| usage.call.id == id));
            let calls = calls.skip_while(|usage| before.is_some_and(|it| usage.call.id != it));
            let skipped = usize::from(before.is_some());
            return Ok(calls.skip(skipped).take(limit).cloned().collect());
        }
        let mut calls = self.store().usage(before, usize::MAX).await?;
        calls.retain(|usage| usage.call.id.as_u128() < HIDDEN);
        calls.truncate(limit);
        if self.has(ShowsTheLastSettlement) {
            let last = self.place.home().last_settlements.clone();
            for usage in &mut calls {
                usage.settlement = last.get(&usage.call.id).cloned();
            }
        }
        if self.has(KeepsACopyOfThePage) {
            return Ok(self.copy.lock().unwrap().get_or_insert(calls).clone());
        }
        Ok(calls)
    }

    async fn totals(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<UsageTotal>> {
        let mut changes = self.changes();
        let store = match self.fault {
            Some(SumsWhatIsSettled) => {
                changes.retain(|change| match change {
                    Change::Reserve(call, _) => self.is_settled(call.id),
                    _ => true,
                });
                replay(&changes).await
            }
            Some(CountsDaysElsewhere) => {
                for change in &mut changes {
                    if let Change::Reserve(call, _) = change {
                        call.at += Duration::hours(1);
                    }
                }
                replay(&changes).await
            }
            _ => self.store(),
        };
        let to = match self.fault {
            Some(LeavesOutTheLastDay) => to - Days::new(1),
            _ => to,
        };
        let mut totals = store.totals(from, to).await?;
        match self.fault {
            Some(DoesNotSortTotals) => totals.reverse(),
            Some(FailsWhereSumsAreTooLarge)
                if totals.iter().any(|it| it.amount.tokens == Amount::MOST) =>
            {
                return Err(Error::internal("integer overflow"));
            }
            _ => {}
        }
        Ok(totals)
    }

    async fn forget(&self, before: NaiveDate) -> Result<()> {
        match self.fault {
            Some(ForgetsNothing) => return Ok(()),
            Some(ForgetsTheDayItself) => {
                return self.store().forget(before + Days::new(1)).await;
            }
            _ => {}
        }
        self.store().forget(before).await?;
        self.place.home().changes.push(Change::Forget(before));
        if self.has(EmptiesAccounts) {
            let mut changes = self.changes();
            changes.retain(|change| match change {
                Change::Reserve(call, _) => call.at.date_naive() >= before,
                _ => true,
            });
            let store = replay(&changes).await;
            self.place.home().store = store;
        }
        Ok(())
    }
}
