//! A host's database stays the host's, and its transactions carry posts.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod postgres;

use std::time::Duration;

use blog_core::domain::Seq;
use blog_core::ports::{Storage, View};
use blog_core::{Blog, ErrorKind};
use blog_storage_postgres::{PostgresConfig, PostgresStorage};
use postgres::run::Way;
use postgres::{TestSchema, ada, new};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Row};

struct Scene {
    schema: TestSchema,
    pool: PgPool,
    storage: PostgresStorage,
    blog: Blog,
}

/// A blog in a host's pool, whose author has written before.
async fn scene() -> Scene {
    let schema = TestSchema::new(Way::Direct).await.unwrap();
    let pool = PgPoolOptions::new()
        .max_connections(12)
        .connect(&schema.config().unwrap().url)
        .await
        .unwrap();
    let storage = PostgresStorage::from_pool(pool.clone(), schema.name())
        .await
        .unwrap();
    let blog = Blog::builder(storage.clone()).build();
    blog.posts().create(&ada(), new("First")).await.unwrap();
    Scene {
        schema,
        pool,
        storage,
        blog,
    }
}

#[tokio::test]
async fn a_post_and_the_hosts_rows_are_written_together_or_not_at_all() {
    let Scene {
        schema,
        pool,
        storage,
        blog,
    } = scene().await;
    let orders = format!("\"{}\".orders", schema.name());
    let sql = |text: &str| AssertSqlSafe(text.replace("orders", &orders));
    sqlx::raw_sql(sql("CREATE TABLE orders (name text)"))
        .execute(&pool)
        .await
        .unwrap();
    for commits in [false, true] {
        let prepared = blog.posts().prepare_create(&ada(), new("Order")).await;
        let prepared = prepared.unwrap();
        let mut transaction = pool.begin().await.unwrap();
        sqlx::query(sql("INSERT INTO orders VALUES ('one')"))
            .execute(&mut *transaction)
            .await
            .unwrap();
        storage
            .commit_in(&mut transaction, &prepared.changes)
            .await
            .unwrap();
        if commits {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        let rows = sqlx::query(sql("SELECT count(*) FROM orders"))
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(rows.get::<i64, _>(0), i64::from(commits));
        let id = prepared.view.post.id;
        let stored = blog.posts().get(&ada(), id, View::Head).await;
        assert_eq!(stored.is_ok(), commits);
        let events = storage.events(Seq(0), 100).await.unwrap();
        assert_eq!(events.iter().any(|event| event.post == id), commits);
    }
    schema.remove().await.unwrap();
}

#[tokio::test]
async fn a_hosts_open_transactions_hold_back_neither_writers_nor_the_log() {
    let Scene {
        schema,
        pool,
        storage,
        blog,
    } = scene().await;
    // One that has written no row of the blog, and one that has.
    let mut foreign = pool.begin().await.unwrap();
    sqlx::query("SELECT pg_current_xact_id()")
        .execute(&mut *foreign)
        .await
        .unwrap();
    let slow = blog.posts().prepare_create(&ada(), new("Slow")).await;
    let slow = slow.unwrap();
    let mut writing = pool.begin().await.unwrap();
    storage
        .commit_in(&mut writing, &slow.changes)
        .await
        .unwrap();

    let writers: Vec<_> = (0..16)
        .map(|writer| {
            let blog = blog.clone();
            tokio::spawn(async move {
                for number in 0..20 {
                    let title = format!("Post {writer} {number}");
                    blog.posts().create(&ada(), new(&title)).await.unwrap();
                }
            })
        })
        .collect();
    let reader = tokio::spawn({
        let storage = storage.clone();
        async move {
            let mut seen: Vec<_> = vec![];
            while seen.len() < 322 {
                let after = Seq(seen.len() as u64);
                for event in storage.events(after, 50).await.unwrap() {
                    assert_eq!(
                        event.seq.0,
                        seen.len() as u64 + 1,
                        "a hole, or a repetition"
                    );
                    seen.push(event.post);
                }
                tokio::task::yield_now().await;
            }
            seen
        }
    });
    for writer in writers {
        tokio::time::timeout(Duration::from_secs(20), writer)
            .await
            .unwrap()
            .unwrap();
    }
    assert_eq!(storage.last_event().await.unwrap().0, 321);
    writing.commit().await.unwrap();
    let seen = tokio::time::timeout(Duration::from_secs(20), reader)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(seen.last(), Some(&slow.view.post.id));
    foreign.rollback().await.unwrap();
    schema.remove().await.unwrap();
}

#[tokio::test]
async fn the_hosts_search_path_does_not_matter_and_stays() {
    let Scene {
        schema, pool, blog, ..
    } = scene().await;
    let mut connections = vec![];
    for _ in 0..12 {
        let mut connection = pool.acquire().await.unwrap();
        sqlx::raw_sql("SET search_path = pg_temp")
            .execute(&mut *connection)
            .await
            .unwrap();
        connections.push(connection);
    }
    drop(connections);
    let view = blog.posts().create(&ada(), new("Second")).await.unwrap();
    blog.posts()
        .get(&ada(), view.post.id, View::Head)
        .await
        .unwrap();
    let mut connection = pool.acquire().await.unwrap();
    let path: String = sqlx::query_scalar("SHOW search_path")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(path, "pg_temp");
    drop(connection);
    schema.remove().await.unwrap();
}

#[tokio::test]
async fn ten_nodes_may_start_on_an_empty_database_at_once() {
    let schema = TestSchema::new(Way::Direct).await.unwrap();
    let nodes: Vec<_> = (0..10)
        .map(|_| {
            let config = schema.config().unwrap();
            tokio::spawn(async move { PostgresStorage::connect_with(&config).await })
        })
        .collect();
    for node in nodes {
        node.await.unwrap().unwrap();
    }
    schema.remove().await.unwrap();
}

async fn refusal(config: &PostgresConfig) -> String {
    let connecting = PostgresStorage::connect_with(config);
    let error = tokio::time::timeout(Duration::from_secs(6), connecting)
        .await
        .unwrap()
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unavailable { .. }),
        "{error:?}"
    );
    let mut text = format!("{error:?} {error}");
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    assert!(!text.contains("s3cret"), "{text}");
    error.to_string()
}

#[tokio::test]
async fn what_cannot_be_used_is_an_error_that_says_what_to_do() {
    let schema = TestSchema::new(Way::Direct).await.unwrap();
    let at = |url: &str| PostgresConfig::new(url);
    assert!(
        refusal(&at("mysql://a:s3cret@b/c"))
            .await
            .contains("postgres://")
    );
    assert!(refusal(&at("not an address")).await.contains("postgres://"));
    let nobody = at("postgres://ada:s3cret%40%2F%3A@127.0.0.1:1/blog");
    assert!(refusal(&nobody).await.contains("does not answer"));
    let no_database = Way::Direct
        .url()
        .unwrap()
        .replace("/postgres", "/there_is_none");
    assert!(refusal(&at(&no_database)).await.contains("create it first"));
    let mut bad_name = schema.config().unwrap();
    bad_name.schema = "Drop Table".to_owned();
    assert!(refusal(&bad_name).await.contains("schema"));

    // A user who may neither make a schema nor use another's.
    let user = format!("{}_user", schema.name());
    let mut admin = PgConnection::connect(&Way::Direct.url().unwrap())
        .await
        .unwrap();
    let create = format!("CREATE ROLE \"{user}\" LOGIN PASSWORD 's3cret@/:'");
    sqlx::raw_sql(AssertSqlSafe(create))
        .execute(&mut admin)
        .await
        .unwrap();
    let mut powerless = schema.config().unwrap();
    let address = powerless.url.split_once('@').unwrap().1.to_owned();
    powerless.url = format!("postgres://{user}:s3cret%40%2F%3A@{address}");
    assert!(refusal(&powerless).await.contains("lacks a right"));
    let drop = format!("DROP ROLE \"{user}\"");
    sqlx::raw_sql(AssertSqlSafe(drop))
        .execute(&mut admin)
        .await
        .unwrap();

    // Read-only, and empty: there is nothing to read either.
    let mut read_only = schema.config().unwrap();
    read_only.url += "&options=-c%20default_transaction_read_only%3Don";
    assert!(refusal(&read_only).await.contains("read-only"));

    let config = schema.config().unwrap();
    PostgresStorage::connect_with(&config)
        .await
        .unwrap()
        .close()
        .await;
    let newer = format!("INSERT INTO \"{}\".migrations VALUES (99)", schema.name());
    sqlx::raw_sql(AssertSqlSafe(newer))
        .execute(&mut admin)
        .await
        .unwrap();
    assert!(refusal(&config).await.contains("schema version 99"));
    schema.remove().await.unwrap();
}
