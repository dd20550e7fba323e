//! Calls that wait for the same account hold up nobody else.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod postgres;

use std::time::Duration;

use blog_core::Blog;
use blog_core::ports::{
    Account, Amount, CallOutcome, ModelCall, Reservation, Settlement, UsageStore,
};
use blog_storage_postgres::{PostgresStorage, PostgresUsageStore};
use chrono::DateTime;
use postgres::run::Way;
use postgres::{TestSchema, ada, new};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::time::timeout;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(10);

fn call(number: u128) -> ModelCall {
    ModelCall {
        id: Uuid::from_u128(number),
        at: DateTime::UNIX_EPOCH,
        actor: "ada".to_owned(),
        purpose: "generate".to_owned(),
        post: None,
        model: "large".to_owned(),
        reserved: Amount {
            tokens: 10,
            micros: 0,
        },
    }
}

fn account(name: &str, tokens: Option<u64>) -> Account {
    Account {
        name: name.to_owned(),
        tokens,
        micros: None,
    }
}

struct Scene {
    schema: TestSchema,
    storage: PostgresStorage,
    usage: PostgresUsageStore,
    other: PgConnection,
}

/// A total that holds ten tokens, and a connection of somebody else's.
async fn scene() -> Scene {
    let schema = TestSchema::new(Way::Direct).await.unwrap();
    let config = schema.config().unwrap();
    let storage = PostgresStorage::connect_with(&config).await.unwrap();
    let usage = storage.usage_store();
    let total = [account("total", None)];
    usage.reserve(&call(1), &total).await.unwrap();
    Scene {
        storage,
        usage,
        other: PgConnection::connect(&config.url).await.unwrap(),
        schema,
    }
}

/// Locks the total's row.
async fn locked(scene: &mut Scene) -> sqlx::PgTransaction<'_> {
    let lock = format!(
        "SELECT FROM \"{}\".usage_accounts WHERE name = 'total' FOR UPDATE",
        scene.schema.name()
    );
    let mut transaction = scene.other.begin().await.unwrap();
    let locked = sqlx::query(AssertSqlSafe(lock));
    locked.execute(&mut *transaction).await.unwrap();
    transaction
}

/// How often PostgreSQL has ended a wait in a circle by an error.
async fn circles(connection: &mut PgConnection) -> i64 {
    let circles = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    sqlx::query_scalar(circles)
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn calls_that_wait_for_an_account_leave_connections_to_others() {
    let mut scene = scene().await;
    let (storage, usage) = (scene.storage.clone(), scene.usage.clone());
    let lock = locked(&mut scene).await;
    let calls = (2..10).map(|number| {
        // Each of them may be a request of its own, with a handle of its own.
        let usage = storage.usage_store();
        tokio::spawn(async move {
            usage
                .reserve(&call(number), &[account("total", None)])
                .await
        })
    });
    let calls: Vec<_> = calls.collect();
    let (blog, ada) = (Blog::builder(storage).build(), ada());
    let posts = blog.posts();
    for title in ["First", "Second"] {
        let written = posts.create(&ada, new(title));
        // If the calls held all connections, it would be as late as they are.
        timeout(Duration::from_secs(4), written)
            .await
            .unwrap()
            .unwrap();
    }
    lock.rollback().await.unwrap();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), Reservation::Reserved);
    }
    assert_eq!(usage.usage(None, 100).await.unwrap().len(), 9);
    scene.schema.remove().await.unwrap();
}

#[tokio::test]
async fn calls_that_are_given_up_while_they_wait_leave_connections_to_others() {
    let mut scene = scene().await;
    let (storage, usage) = (scene.storage.clone(), scene.usage.clone());
    let lock = locked(&mut scene).await;
    for number in 2..12 {
        let (call, total) = (call(number), [account("total", None)]);
        let waiting = usage.reserve(&call, &total);
        let given_up = timeout(Duration::from_millis(50), waiting).await;
        assert!(given_up.is_err());
    }
    let blog = Blog::builder(storage).build();
    let (posts, ada) = (blog.posts(), ada());
    let written = posts.create(&ada, new("First"));
    let written = timeout(Duration::from_secs(4), written).await;
    written.unwrap().unwrap();
    lock.rollback().await.unwrap();
    scene.schema.remove().await.unwrap();
}

#[tokio::test]
async fn a_budget_that_is_spent_is_told_without_a_write() {
    let mut scene = scene().await;
    let usage = scene.usage.clone();
    let lock = locked(&mut scene).await;
    let spent = [account("day", None), account("total", Some(19))];
    let (call, exceeded) = (call(2), account("total", None).name);
    let refused = timeout(PATIENCE, usage.reserve(&call, &spent)).await;
    let expected = Reservation::Exceeded { account: exceeded };
    assert_eq!(refused.unwrap().unwrap(), expected);
    lock.rollback().await.unwrap();
    scene.schema.remove().await.unwrap();
}

#[tokio::test]
async fn calls_that_are_settled_crosswise_never_wait_in_a_circle() {
    let mut scene = scene().await;
    let config = scene.schema.config().unwrap();
    let second = PostgresStorage::connect_with(&config).await.unwrap();
    let nodes = [scene.usage.clone(), second.usage_store()];
    let before = circles(&mut scene.other).await;
    let mut accounts = ["a", "b", "total"].map(|name| account(name, None)).to_vec();
    let mut calls = vec![];
    for number in 100..160_u128 {
        accounts.reverse();
        let (node, accounts) = (nodes[number as usize % 2].clone(), accounts.clone());
        calls.push(tokio::spawn(async move {
            let call = call(number);
            node.reserve(&call, &accounts).await?;
            let settlement = Settlement {
                model: "large".to_owned(),
                spent: Amount::default(),
                milliseconds: 1,
                outcome: CallOutcome::Answered,
            };
            node.settle(call.id, &settlement).await
        }));
    }
    for call in calls {
        timeout(PATIENCE, call).await.unwrap().unwrap().unwrap();
    }
    // Whoever leaves tells what they have counted.
    for storage in [scene.storage, second] {
        storage.close().await;
    }
    assert_eq!(circles(&mut scene.other).await, before);
    scene.schema.remove().await.unwrap();
}
