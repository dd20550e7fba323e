//! A store of what models cost that fails now and then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use blog_core::domain::Role;
use blog_core::memory::{MemoryStorage, MemoryUsageStore, ScriptedModel};
use blog_core::ports::{
    Account, CallOutcome, ModelCall, ModelUsage, Reservation, Settlement, UsageStore, UsageTotal,
};
use blog_core::{Blog, Error, ErrorKind, Result};
use chrono::NaiveDate;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use uuid::Uuid;

use crate::world::{about, actor, author, kind, post, says};

/// Reserves and settles nothing while it is away.
#[derive(Debug, Default)]
struct Away {
    store: Arc<MemoryUsageStore>,
    is_away: Arc<AtomicBool>,
    /// Nothing is ever settled.
    hangs: bool,
}

#[async_trait]
impl UsageStore for Away {
    async fn reserve(&self, call: &ModelCall, accounts: &[Account]) -> Result<Reservation> {
        match self.is_away.load(Ordering::Relaxed) {
            true => Err(Error::unavailable("the store is away", true)),
            false => self.store.reserve(call, accounts).await,
        }
    }

    async fn settle(&self, call: Uuid, settlement: &Settlement) -> Result<()> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        match self.is_away.load(Ordering::Relaxed) {
            true => Err(Error::unavailable("the store is away", true)),
            false => self.store.settle(call, settlement).await,
        }
    }

    async fn usage(&self, before: Option<Uuid>, limit: usize) -> Result<Vec<ModelUsage>> {
        self.store.usage(before, limit).await
    }

    async fn totals(&self, from: NaiveDate, to: NaiveDate) -> Result<Vec<UsageTotal>> {
        self.store.totals(from, to).await
    }

    async fn forget(&self, before: NaiveDate) -> Result<()> {
        self.store.forget(before).await
    }
}

/// Counts what is logged as an error.
#[derive(Clone, Default)]
struct Errors(Arc<AtomicUsize>);

impl Subscriber for Errors {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn a_call_that_could_not_be_set_aside_for_is_no_error_later() {
    let errors = Errors::default();
    let _logged = tracing::subscriber::set_default(errors.clone());
    let is_away = Arc::new(AtomicBool::new(true));
    let store = Away {
        is_away: is_away.clone(),
        ..Away::default()
    };
    let blog = Blog::builder(MemoryStorage::default())
        .language_model(ScriptedModel::new([says(&post("Text."))]))
        .usage_store(store)
        .build();
    let failed = blog.ai().generate(&author(), about("a")).await;
    assert_eq!(kind(failed), ErrorKind::Unavailable { retry: true });
    is_away.store(false, Ordering::Relaxed);
    blog.ai().generate(&author(), about("a")).await.unwrap();
    assert_eq!(errors.0.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_call_that_no_budget_limits_waits_for_no_settlement() {
    let blog = Blog::builder(MemoryStorage::default())
        .language_model(ScriptedModel::replying(|_| says(&post("Text."))))
        .usage_store(Away {
            hangs: true,
            ..Away::default()
        })
        .build();
    for _ in 0..2 {
        let (ai, author) = (blog.ai(), author());
        let generating = ai.generate(&author, about("a"));
        let in_time = tokio::time::timeout(Duration::from_secs(10), generating);
        in_time.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_a_call_has_cost_is_written_though_nobody_asks_for_it() {
    let store = Arc::new(MemoryUsageStore::default());
    let blog = Blog::builder(MemoryStorage::default())
        .language_model(ScriptedModel::new([says(&post("Text."))]))
        .usage_store(Away {
            store: store.clone(),
            ..Away::default()
        })
        .build();
    blog.ai().generate(&author(), about("a")).await.unwrap();
    let is_settled = async {
        while store.usage(None, 10).await.unwrap()[0].settlement.is_none() {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(10), is_settled);
    in_time.await.unwrap();
}

#[tokio::test]
async fn a_call_is_answered_while_the_store_is_away_and_settled_once_it_is_back() {
    let is_away = Arc::new(AtomicBool::new(false));
    let store = Away {
        is_away: is_away.clone(),
        ..Away::default()
    };
    let goes_away = is_away.clone();
    let model = ScriptedModel::replying(move |_| {
        goes_away.store(true, Ordering::Relaxed);
        says(&post("Text."))
    });
    let blog = Blog::builder(MemoryStorage::default())
        .language_model(model)
        .usage_store(store)
        .build();
    blog.ai().generate(&author(), about("a")).await.unwrap();
    let (ai, admin) = (blog.ai(), actor(Role::Admin));
    let unknown = ai.usage(&admin, None, 10).await;
    assert_eq!(kind(unknown), ErrorKind::Unavailable { retry: true });
    is_away.store(false, Ordering::Relaxed);
    let usage = ai.usage(&admin, None, 10).await.unwrap();
    let settlement = usage.items[0].settlement.as_ref().unwrap();
    assert_eq!(settlement.outcome, CallOutcome::Answered);
}
