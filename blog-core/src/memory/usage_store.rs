use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::NaiveDate;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::ports::{
    Account, Amount, ModelCall, ModelUsage, Reservation, Settlement, UsageStore, UsageTotal,
    day_of_call,
};

/// What models have cost in memory, gone with the last clone.
#[derive(Debug, Clone, Default)]
pub struct MemoryUsageStore(Arc<Mutex<Usage>>);

#[derive(Debug, Default)]
struct Usage {
    calls: BTreeMap<Uuid, Charged>,
    /// Calls that were settled before they were reserved.
    given_up: HashSet<Uuid>,
    accounts: HashMap<String, Sum>,
}

/// A call, and the accounts that it is charged to.
#[derive(Debug)]
struct Charged {
    usage: ModelUsage,
    accounts: Vec<String>,
}

impl Charged {
    /// What it counts for.
    fn amount(&self) -> Amount {
        let settlement = self.usage.settlement.as_ref();
        settlement.map_or(self.usage.call.reserved, |it| it.spent)
    }
}

/// Any number of amounts together.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    tokens: u128,
    micros: u128,
}

impl Sum {
    const fn plus(self, amount: Amount) -> Self {
        Self {
            tokens: self.tokens + amount.tokens as u128,
            micros: self.micros + amount.micros as u128,
        }
    }

    const fn minus(self, amount: Amount) -> Self {
        Self {
            tokens: self.tokens - amount.tokens as u128,
            micros: self.micros - amount.micros as u128,
        }
    }

    fn exceeds(self, account: &Account) -> bool {
        let is_above = |limit: Option<u64>, sum| limit.is_some_and(|limit| sum > u128::from(limit));
        is_above(account.tokens, self.tokens) || is_above(account.micros, self.micros)
    }

    /// The most that is told is [`Amount::MOST`].
    fn told(self) -> Amount {
        let told = |sum| u64::try_from(sum).map_or(Amount::MOST, |sum| sum.min(Amount::MOST));
        Amount {
            tokens: told(self.tokens),
            micros: told(self.micros),
        }
    }
}

impl Usage {
    fn reserve(&mut self, call: &ModelCall, accounts: &[Account]) -> Reservation {
        match self.calls.get(&call.id) {
            Some(charged) if charged.usage.settlement.is_some() => return Reservation::Settled,
            Some(_) => return Reservation::Reserved,
            None if self.given_up.contains(&call.id) => return Reservation::Settled,
            None => {}
        }
        let after = |account: &Account| self.held(&account.name).plus(call.reserved);
        if let Some(account) = accounts.iter().find(|it| after(it).exceeds(it)) {
            let account = account.name.clone();
            return Reservation::Exceeded { account };
        }
        let accounts: Vec<_> = accounts.iter().map(|it| it.name.clone()).collect();
        for name in &accounts {
            let held = self.held(name).plus(call.reserved);
            self.accounts.insert(name.clone(), held);
        }
        let usage = ModelUsage {
            call: call.clone(),
            settlement: None,
        };
        self.calls.insert(call.id, Charged { usage, accounts });
        Reservation::Reserved
    }

    fn settle(&mut self, call: Uuid, settlement: &Settlement) -> Result<()> {
        let Some(charged) = self.calls.get_mut(&call) else {
            self.given_up.insert(call);
            return Err(Error::not_found("call"));
        };
        if charged.usage.settlement.is_none() {
            charged.usage.settlement = Some(settlement.clone());
            let reserved = charged.usage.call.reserved;
            for name in &charged.accounts {
                let held = self.accounts.entry(name.clone()).or_default();
                *held = held.plus(settlement.spent).minus(reserved);
            }
        }
        Ok(())
    }

    fn held(&self, account: &str) -> Sum {
        self.accounts.get(account).copied().unwrap_or_default()
    }

    fn totals(&self, from: NaiveDate, to: NaiveDate) -> Vec<UsageTotal> {
        let mut sums = BTreeMap::<_, (u64, Sum)>::new();
        for charged in self.calls.values() {
            let call = &charged.usage.call;
            let day = call.at.date_naive();
            if from <= day && day <= to {
                let key = (day, &call.actor, &call.purpose, &call.model);
                let (calls, sum) = sums.entry(key).or_default();
                *calls += 1;
                *sum = sum.plus(charged.amount());
            }
        }
        let total = |((day, actor, purpose, model), (calls, sum)): (_, (_, Sum))| {
            let (actor, purpose, model): (&String, &String, &String) = (actor, purpose, model);
            UsageTotal {
                day,
                actor: actor.clone(),
                purpose: purpose.clone(),
                model: model.clone(),
                calls,
                amount: sum.told(),
            }
        };
        sums.into_iter().map(total).collect()
    }
}

impl MemoryUsageStore {
    fn all(&self) -> MutexGuard<'_, Usage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl UsageStore for MemoryUsageStore {
    async fn reserve(&self, call: &ModelCall, accounts: &[Account]) -> Result<Reservation> {
        call.check(accounts)?;
        Ok(self.all().reserve(call, accounts))
    }

    async fn settle(&self, call: Uuid, settlement: &Settlement) -> Result<()> {
        settlement.check()?;
        self.all().settle(call, settlement)
    }

    async fn usage(&self, before: Option<Uuid>, limit: usize) -> Result<Vec<ModelUsage>> {
        let usage = self.all();
        let calls = usage.calls.iter().rev();
        Ok(calls
            .filter(|(id, _)| before.is_none_or(|before| **id < before))
            .map(|(_, charged)| charged.usage.clone())
            .take(limit)
            .collect())
    }

    async fn totals(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<UsageTotal>> {
        Ok(self.all().totals(from, to))
    }

    async fn forget(&self, before: NaiveDate) -> Result<()> {
        let is_kept = |charged: &Charged| charged.usage.call.at.date_naive() >= before;
        let mut usage = self.all();
        usage.calls.retain(|_, charged| is_kept(charged));
        usage.given_up.retain(|call| day_of_call(*call) >= before);
        Ok(())
    }
}
