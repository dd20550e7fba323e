//! A host's database stays the host's, and its transactions carry posts.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod postgres;

use std::time::Duration;

use blog_core::Blog;
use blog_core::domain::Seq;
use blog_core::ports::{Storage, View};
use blog_storage_postgres::PostgresStorage;
use postgres::run::Way;
use postgres::{TestSchema, ada, new};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool, Row};

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
