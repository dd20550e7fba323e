//! Live documents and posts in one schema.

mod postgres;

use blog_core::Blog;
use blog_core::domain::PostId;
use blog_core::ports::{Append, CollabStore, Snapshot, Start, View};
use blog_storage_postgres::PostgresStorage;
use chrono::DateTime;
use postgres::run::{Way, execute};
use postgres::{TestSchema, ada, new};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

fn keystroke(number: u64) -> Append {
    let update = number.to_le_bytes().to_vec();
    Append::one(DateTime::UNIX_EPOCH, "ada".to_owned(), update.into())
}

#[tokio::test]
async fn a_schema_of_the_version_before_keeps_its_posts_and_gets_live_documents() {
    let schema = TestSchema::new(Way::Direct).await.unwrap();
    let config = schema.config().unwrap();
    let storage = PostgresStorage::connect_with(&config).await.unwrap();
    let blog = Blog::builder(storage.clone()).build();
    let view = blog.posts().create(&ada(), new("Before")).await.unwrap();
    storage.close().await;
    let back = "DROP TABLE blog.collab_documents, blog.collab_segments, blog.collab_snapshots, \
         blog.collab_claims, blog.usage_calls, blog.usage_accounts; \
         DROP FUNCTION blog.exceeded; DELETE FROM blog.migrations WHERE version > 1";
    let back = back.replace("blog.", &format!("\"{}\".", schema.name()));
    execute(&Way::Direct.url().unwrap(), &[&back])
        .await
        .unwrap();

    let storage = PostgresStorage::connect_with(&config).await.unwrap();
    let store = storage.collab_store();
    assert_eq!(store.append(view.post.id, keystroke(1)).await.unwrap(), 1);
    let blog = Blog::builder(storage).build();
    let there = blog.posts().get(&ada(), view.post.id, View::Head).await;
    assert_eq!(*there.unwrap(), view);
    schema.remove().await.unwrap();
}

#[tokio::test]
async fn what_two_snapshots_enclose_shares_a_row_while_appends_go_on() {
    let schema = TestSchema::new(Way::Direct).await.unwrap();
    let storage = PostgresStorage::connect_with(&schema.config().unwrap()).await;
    let store = storage.unwrap().collab_store();
    let document: PostId = "01900000-0000-7000-8000-000000000001".parse().unwrap();
    for number in 1..=100 {
        store.append(document, keystroke(number)).await.unwrap();
    }
    let appending = tokio::spawn({
        let store = store.clone();
        async move {
            for number in 101..=150 {
                store.append(document, keystroke(number)).await.unwrap();
            }
        }
    });
    for (position, made_from) in [(50, 0), (90, 50)] {
        let state = "the state".into();
        let snapshot = Snapshot { position, state };
        let compacted = store.compact(document, snapshot, made_from);
        compacted.await.unwrap();
    }
    appending.await.unwrap();
    let mut admin = PgConnection::connect(&Way::Direct.url().unwrap())
        .await
        .unwrap();
    let count = format!(
        "SELECT count(*) FROM \"{}\".collab_segments WHERE last <= 100",
        schema.name()
    );
    let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count))
        .fetch_one(&mut admin)
        .await
        .unwrap();
    assert!(rows <= 1, "{rows} rows");
    let opened = store.load(document, Start::Previous).await.unwrap();
    let updates = opened.unwrap().entries.into_iter().map(|it| it.update);
    let typed = (51..=150).flat_map(|number| keystroke(number).updates);
    assert!(updates.eq(typed.map(|(_, update)| update)));
    schema.remove().await.unwrap();
}
