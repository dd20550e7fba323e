//! Live documents and posts in one file.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::time::Duration;

use blog_core::domain::{Actor, AuthorId, Content, PostId, Role};
use blog_core::ports::{Append, CollabStore, Snapshot, Start, Storage, View};
use blog_core::services::NewPost;
use blog_core::{Blog, Conflict, ErrorKind};
use blog_storage_sqlite::SqliteStorage;
use chrono::{DateTime, Utc};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection, SqlitePool};
use tokio::sync::watch;
use tokio::time::timeout;

const AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn ada() -> Actor {
    Actor::user("ada", "Ada", Role::Editor)
}

fn new(title: &str) -> NewPost {
    let content = Content {
        title: title.to_owned(),
        ..Content::default()
    };
    NewPost {
        content,
        ..NewPost::default()
    }
}

fn document(number: u8) -> PostId {
    let id = format!("01900000-0000-7000-8000-0000000000{number:02x}");
    id.parse().unwrap()
}

/// One keystroke.
fn keystroke(number: u64) -> Append {
    let actor: AuthorId = "01900000-0000-7000-8000-0123456789ab".to_owned();
    let update = [&number.to_le_bytes()[..], b"\x01\x04\x04body\x84\x00\x01x"].concat();
    Append::one(AT, actor, update.into())
}

fn claiming(actor: &str) -> Append {
    let mut append = keystroke(0);
    append.claims = vec![(7, actor.to_owned())];
    append
}

#[tokio::test]
async fn appends_and_posts_that_are_written_together_undo_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(dir.path().join("blog.db"))
        .await
        .unwrap();
    let store = storage.collab_store();
    let blog = Blog::builder(storage).build();
    store.append(document(0), claiming("ada")).await.unwrap();
    let tasks: Vec<_> = (0..60)
        .map(|number: u8| {
            let (blog, store) = (blog.clone(), store.clone());
            tokio::spawn(async move {
                match number % 3 {
                    0 => {
                        let mut post = new("Same");
                        post.slug = Some(format!("slug-{}", number / 6));
                        blog.posts().create(&ada(), post).await.map(|_| ())
                    }
                    1 => store.append(document(0), claiming("bob")).await.map(|_| ()),
                    _ => store
                        .append(document(number), claiming("bob"))
                        .await
                        .map(|_| ()),
                }
            })
        })
        .collect();
    let mut written = [0; 3];
    for (number, task) in tasks.into_iter().enumerate() {
        match task.await.unwrap() {
            Ok(()) => written[number % 3] += 1,
            Err(error) => assert!(
                matches!(error.kind(), ErrorKind::Conflict(Conflict::Taken(_))),
                "{error:?}"
            ),
        }
    }
    assert_eq!(written, [10, 0, 20]);
    assert_eq!(store.log(document(0)).await.unwrap().unwrap().end, 1);
}

#[tokio::test]
async fn a_database_of_the_version_before_keeps_its_posts_and_gets_live_documents() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("blog.db");
    let storage = SqliteStorage::open(&path).await.unwrap();
    let blog = Blog::builder(storage.clone()).build();
    let view = blog.posts().create(&ada(), new("Before")).await.unwrap();
    storage.close().await;
    let options = SqliteConnectOptions::new().filename(&path);
    let mut host = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(
        "DROP TABLE blog_collab_documents; DROP TABLE blog_collab_segments; \
         DROP TABLE blog_collab_snapshots; DROP TABLE blog_collab_claims; \
         DROP TABLE blog_usage_calls; DROP TABLE blog_usage_accounts; \
         DELETE FROM blog_migrations WHERE version > 1",
    )
    .execute(&mut host)
    .await
    .unwrap();

    let storage = SqliteStorage::open(&path).await.unwrap();
    let store = storage.collab_store();
    assert_eq!(store.append(view.post.id, keystroke(1)).await.unwrap(), 1);
    let blog = Blog::builder(storage).build();
    let there = blog.posts().get(&ada(), view.post.id, View::Head).await;
    assert_eq!(*there.unwrap(), view);
    let version: i64 = sqlx::query_scalar("SELECT max(version) FROM blog_migrations")
        .fetch_one(&mut host)
        .await
        .unwrap();
    assert_eq!(version, 4);
}

#[tokio::test]
async fn logs_of_the_version_before_go_on_where_they_ended() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("blog.db");
    let storage = SqliteStorage::open(&path).await.unwrap();
    let store = storage.collab_store();
    for number in 1..=3 {
        store.append(document(1), keystroke(number)).await.unwrap();
    }
    storage.close().await;
    let options = SqliteConnectOptions::new().filename(&path);
    let mut host = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(
        "DROP TRIGGER blog_collab_appended; \
         DROP TABLE blog_usage_calls; DROP TABLE blog_usage_accounts; \
         DELETE FROM blog_migrations WHERE version > 2",
    )
    .execute(&mut host)
    .await
    .unwrap();

    let store = SqliteStorage::open(&path).await.unwrap().collab_store();
    for number in 4..=6 {
        let appended = store.append(document(1), keystroke(number)).await;
        assert_eq!(appended.unwrap(), number);
    }
    let state = b"state".to_vec().into();
    let snapshot = Snapshot { position: 6, state };
    store.compact(document(1), snapshot, 0).await.unwrap();
    assert_eq!(store.append(document(1), keystroke(7)).await.unwrap(), 7);
    assert_eq!(store.log(document(1)).await.unwrap().unwrap().end, 7);
}

#[tokio::test]
async fn what_two_snapshots_enclose_shares_a_row() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("blog.db");
    let store = SqliteStorage::open(&path).await.unwrap().collab_store();
    let options = SqliteConnectOptions::new().filename(&path);
    let mut host = SqliteConnection::connect_with(&options).await.unwrap();
    let mut stored = async || -> (i64, i64) {
        sqlx::query_as("SELECT count(*), sum(length(entries)) FROM blog_collab_segments")
            .fetch_one(&mut host)
            .await
            .unwrap()
    };
    for number in 1..=400 {
        store.append(document(1), keystroke(number)).await.unwrap();
    }
    let (rows, before) = stored().await;
    assert_eq!(rows, 400);
    for (position, made_from) in [(200, 0), (390, 200)] {
        let state = "the state".into();
        let snapshot = Snapshot { position, state };
        let compacted = store.compact(document(1), snapshot, made_from);
        compacted.await.unwrap();
    }
    let (rows, after) = stored().await;
    assert_eq!(rows, 1);
    assert!(after * 5 < before, "{after} bytes of {before}");
    let opened = store.load(document(1), Start::Previous).await.unwrap();
    let updates: Vec<_> = opened.unwrap().entries;
    let updates = updates.into_iter().map(|entry| entry.update);
    let typed = (201..=400).flat_map(|number| keystroke(number).updates);
    assert!(updates.eq(typed.map(|(_, update)| update)));
}

#[tokio::test]
async fn after_a_full_disk_appends_work_again_and_none_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let small = SqliteConnectOptions::new()
        .filename(dir.path().join("app.db"))
        .create_if_missing(true)
        .pragma("max_page_count", "200");
    let pool = SqlitePool::connect_with(small).await.unwrap();
    sqlx::raw_sql(
        "CREATE TABLE host_filler (data BLOB); INSERT INTO host_filler VALUES (zeroblob(200000))",
    )
    .execute(&pool)
    .await
    .unwrap();
    let store = SqliteStorage::from_pool(&pool)
        .await
        .unwrap()
        .collab_store();
    let pasted: Vec<u8> = (0..20_000_u64)
        .flat_map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes())
        .take(40_000)
        .collect();
    let paste = Append::one(AT, "ada".to_owned(), pasted.into());
    let mut end = 0;
    let error = loop {
        match store.append(document(1), paste.clone()).await {
            Ok(number) => end = number,
            Err(error) => break error,
        }
        assert!(end < 1_000, "the limit has no effect");
    };
    assert!(
        matches!(error.kind(), ErrorKind::Unavailable { .. }),
        "{error:?}"
    );
    sqlx::raw_sql("DELETE FROM host_filler")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(store.append(document(1), paste).await.unwrap(), end + 1);
    let entries = store.entries(document(1), 0, 1_000).await.unwrap();
    assert_eq!(entries.len() as u64, end + 1);
}

/// Two processes on one file, and what the first hears of the second from here on.
async fn two_on_one_file(dir: &tempfile::TempDir) -> (SqliteStorage, Blog, watch::Receiver<u64>) {
    let path = dir.path().join("blog.db");
    let here = SqliteStorage::open(&path).await.unwrap();
    let elsewhere = SqliteStorage::open(&path).await.unwrap();
    let mut notices = here.notices().unwrap();
    // The first look finds what was there before.
    hear(&mut notices).await;
    (here, Blog::builder(elsewhere).build(), notices)
}

async fn hear(notices: &mut watch::Receiver<u64>) {
    let heard = timeout(Duration::from_secs(60), notices.changed()).await;
    heard.unwrap().unwrap();
}

#[tokio::test]
async fn two_processes_number_the_entries_of_one_log_together() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("blog.db");
    let one = SqliteStorage::open(&path).await.unwrap();
    let another = SqliteStorage::open(&path).await.unwrap();
    let blog = Blog::builder(one.clone()).build();
    let stores = [one.collab_store(), another.collab_store()];
    // Each is the first to write after the other, and after itself.
    let mut number = 0;
    for turn in [0, 0, 1, 1, 1, 0, 1, 0, 0] {
        blog.posts().create(&ada(), new("Between")).await.unwrap();
        number += 1;
        let append = keystroke(number);
        let appended = stores[turn].append(document(1), append).await;
        assert_eq!(appended.unwrap(), number);
    }
    stores[1].remove(document(1)).await.unwrap();
    let again = stores[0].append(document(1), keystroke(1)).await;
    assert_eq!(again.unwrap(), 1);
    let entries = stores[1].entries(document(1), 0, 10).await.unwrap();
    assert_eq!(entries.len(), 1);
}

#[tokio::test]
async fn what_another_process_commits_is_heard() {
    let dir = tempfile::tempdir().unwrap();
    let (_here, elsewhere, mut notices) = two_on_one_file(&dir).await;
    for title in ["One", "Two"] {
        elsewhere.posts().create(&ada(), new(title)).await.unwrap();
        hear(&mut notices).await;
    }
}

#[tokio::test]
async fn what_another_process_commits_between_two_appends_is_heard() {
    let dir = tempfile::tempdir().unwrap();
    let (here, elsewhere, mut notices) = two_on_one_file(&dir).await;
    let store = here.collab_store();
    for title in ["One", "Two", "Three"] {
        store.append(document(0), keystroke(0)).await.unwrap();
        elsewhere.posts().create(&ada(), new(title)).await.unwrap();
        store.append(document(0), keystroke(1)).await.unwrap();
        hear(&mut notices).await;
    }
}
