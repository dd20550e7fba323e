//! Nodes wake each other, also where there is a pooler.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod postgres;

use std::time::Duration;

use blog_core::Blog;
use blog_core::ports::Storage;
use blog_storage_postgres::{PostgresConfig, PostgresStorage};
use postgres::run::{Way, execute};
use postgres::{CONSOLE, TestSchema, ada, new};

async fn open(config: &PostgresConfig) -> PostgresStorage {
    PostgresStorage::connect_with(config).await.unwrap()
}

/// Waits until the other node hears of a commit.
async fn is_woken(by: PostgresStorage, other: &PostgresStorage) {
    let mut notices = other.notices().unwrap();
    let blog = Blog::builder(by).build();
    let told = async {
        // The other node may not listen yet.
        loop {
            blog.posts().create(&ada(), new("News")).await.unwrap();
            let soon = Duration::from_millis(100);
            if tokio::time::timeout(soon, notices.changed()).await.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), told)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_commit_wakes_the_other_nodes() {
    let schema = TestSchema::new(Way::Direct).await.unwrap();
    let config = schema.config().unwrap();
    is_woken(open(&config).await, &open(&config).await).await;
    schema.remove().await.unwrap();
}

#[tokio::test]
async fn a_pooler_is_noticed_and_notices_are_heard_around_it_or_not_promised() {
    let schema = TestSchema::new(Way::PgBouncer).await.unwrap();
    let config = schema.config().unwrap();
    let mut with_direct_url = config.clone();
    with_direct_url.direct_url = Some(Way::Direct.to(schema.name()).unwrap());
    // One that drops what it does not know, and one that refuses it.
    for dropped in ["extra_float_digits, options", ""] {
        let set = format!("SET ignore_startup_parameters = '{dropped}'");
        let console = Way::PgBouncer.to(CONSOLE).unwrap();
        execute(&console, &[&set]).await.unwrap();
        let node = open(&config).await;
        assert!(node.notices().is_none());
        is_woken(node, &open(&with_direct_url).await).await;
    }
    schema.remove().await.unwrap();
}
