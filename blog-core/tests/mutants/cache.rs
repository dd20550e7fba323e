use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use blog_core::conformance::cache_cases;
use blog_core::memory::MemoryCache;
use blog_core::ports::Cache;
use blog_core::{Error, Result};
use bytes::Bytes;
use tokio::task::yield_now;
use tokio::time::Instant;

use crate::node::{Faults, Mutant, Node};
use crate::{each_is_caught, passes};
use Fault::*;

/// One way in which a cache breaks its promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    KeepsTheFirstPut,
    KeepsACopyOnEachNode,
    FoldsTheCaseOfKeys,
    CutsKeys,
    CutsValues,
    CarriesTextsOnly,
    WritesValuesInHalves,
    RemovesNothing,

    KeepsForEver,
    KeepsTheFirstTime,
    RefusesLongTimes,
    TakesNoTimeForEver,

    AnswersNothingWhileAway,
    HangsWhileAway,
    StaysAway,
}

/// What is broken, the promise that this breaks, and the case that finds it.
const MUTANTS: &[(Fault, u8, &str)] = &[
    (
        KeepsTheFirstPut,
        1,
        "values::the_last_put_of_a_key_is_got_on_every_node",
    ),
    (
        KeepsACopyOnEachNode,
        1,
        "values::the_last_put_of_a_key_is_got_on_every_node",
    ),
    (
        KeepsACopyOnEachNode,
        1,
        "faults::what_was_forgotten_is_nothing_and_can_be_put_again",
    ),
    (FoldsTheCaseOfKeys, 1, "values::no_key_answers_for_another"),
    (CutsKeys, 1, "values::no_key_answers_for_another"),
    (CutsValues, 1, "values::bytes_come_back_as_they_were"),
    (CarriesTextsOnly, 1, "values::bytes_come_back_as_they_were"),
    (
        WritesValuesInHalves,
        1,
        "values::of_puts_at_once_one_is_got_whole",
    ),
    (
        RemovesNothing,
        1,
        "values::what_is_removed_is_gone_on_every_node",
    ),
    (KeepsForEver, 2, "expiry::an_entry_is_gone_after_its_time"),
    (
        KeepsTheFirstTime,
        2,
        "expiry::a_put_brings_a_time_of_its_own",
    ),
    (RefusesLongTimes, 2, "expiry::any_time_can_be_asked_for"),
    (TakesNoTimeForEver, 2, "expiry::any_time_can_be_asked_for"),
    (
        AnswersNothingWhileAway,
        3,
        "faults::a_cache_that_is_away_says_so_and_works_again",
    ),
    (
        StaysAway,
        3,
        "faults::a_cache_that_is_away_says_so_and_works_again",
    ),
    (HangsWhileAway, 3, "faults::a_frozen_cache_holds_no_call_up"),
];

#[tokio::test(start_paused = true)]
async fn each_mutant_is_caught_by_its_case() {
    each_is_caught(MUTANTS, &cache_cases(), |fault| Mutant::with(Some(fault))).await;
}

#[tokio::test(start_paused = true)]
async fn without_a_fault_every_case_passes() {
    passes(&cache_cases(), &Mutant::<Fault>::with(None)).await;
}

#[derive(Debug, Default)]
struct Home {
    cache: Mutex<MemoryCache>,
    first_times: Mutex<HashMap<String, Instant>>,
}

impl Faults for Fault {
    const HANGS: Self = HangsWhileAway;
    const STAYS_AWAY: Self = StaysAway;

    type Port = dyn Cache;
    type Home = Home;

    fn open(node: Node<Self>) -> Arc<dyn Cache> {
        let copies = Mutex::default();
        Arc::new(Broken { node, copies })
    }

    fn is_emptied(home: &Home) {
        *home.cache.lock().unwrap() = MemoryCache::default();
    }
}

#[derive(Debug)]
struct Broken {
    node: Node<Fault>,
    copies: Mutex<HashMap<String, Bytes>>,
}

impl Broken {
    fn cache(&self) -> MemoryCache {
        self.node.home().cache.lock().unwrap().clone()
    }

    fn key(&self, key: &str) -> String {
        if self.node.has(FoldsTheCaseOfKeys) {
            key.to_lowercase()
        } else if self.node.has(CutsKeys) {
            key.chars().take(250).collect()
        } else {
            key.to_owned()
        }
    }

    fn value(&self, value: Bytes) -> Bytes {
        if self.node.has(CutsValues) {
            value.slice(..value.len().min(1 << 16))
        } else if self.node.has(CarriesTextsOnly) {
            String::from_utf8_lossy(&value).into_owned().into()
        } else {
            value
        }
    }

    fn time(&self, key: &str, keep: Duration) -> Result<Duration> {
        let home = self.node.home();
        match () {
            () if self.node.has(KeepsForEver) => Ok(Duration::MAX),
            () if self.node.has(TakesNoTimeForEver) && keep < Duration::from_millis(1) => {
                Ok(Duration::MAX)
            }
            () if self.node.has(RefusesLongTimes) && keep > Duration::from_hours(720) => {
                Err(Error::invalid_field("keep", "is longer than 30 days"))
            }
            () if self.node.has(KeepsTheFirstTime) => {
                let mut first = home.first_times.lock().unwrap();
                let now = Instant::now();
                Ok(*first.entry(key.to_owned()).or_insert(now + keep) - now)
            }
            () => Ok(keep),
        }
    }
}

#[async_trait]
impl Cache for Broken {
    async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        let reached = self.node.reach().await;
        if reached.is_err() && self.node.has(AnswersNothingWhileAway) {
            return Ok(None);
        }
        reached?;
        let (cache, key) = (self.cache(), self.key(key));
        if self.node.has(WritesValuesInHalves) {
            let halves = [cache.get(&key).await?, cache.get(&second(&key)).await?];
            let [Some(first), Some(second)] = halves else {
                return Ok(None);
            };
            return Ok(Some([first, second].concat().into()));
        }
        if self.node.has(KeepsACopyOnEachNode)
            && let Some(copy) = self.copies.lock().unwrap().get(&key)
        {
            return Ok(Some(copy.clone()));
        }
        cache.get(&key).await
    }

    async fn put(&self, key: &str, value: Bytes, keep: Duration) -> Result<()> {
        self.node.reach().await?;
        let (cache, key, value) = (self.cache(), self.key(key), self.value(value));
        let keep = self.time(&key, keep)?;
        if self.node.has(KeepsTheFirstPut) && cache.get(&key).await?.is_some() {
            return Ok(());
        }
        if self.node.has(WritesValuesInHalves) {
            let middle = value.len() / 2;
            cache.put(&key, value.slice(..middle), keep).await?;
            yield_now().await;
            return cache.put(&second(&key), value.slice(middle..), keep).await;
        }
        if self.node.has(KeepsACopyOnEachNode) {
            let mut copies = self.copies.lock().unwrap();
            copies.insert(key.clone(), value.clone());
        }
        cache.put(&key, value, keep).await
    }

    async fn remove(&self, key: &str) -> Result<()> {
        self.node.reach().await?;
        if self.node.has(RemovesNothing) {
            return Ok(());
        }
        self.cache().remove(&self.key(key)).await
    }
}

fn second(key: &str) -> String {
    format!("{key}, second half")
}
