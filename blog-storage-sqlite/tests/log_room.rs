//! The write-ahead log is made once, and not longer by each commit.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::path::Path;

use blog_core::Blog;
use blog_core::domain::{Actor, AuthorId, Content, PostId, Role};
use blog_core::ports::{Append, CollabStore};
use blog_core::services::NewPost;
use blog_storage_sqlite::SqliteStorage;
use bytes::Bytes;
use chrono::DateTime;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Row, SqlitePool};
use uuid::Uuid;

/// A thousand pages of 4 KiB.
const ROOM: u64 = 1_000 * 4_096;

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}

async fn write_posts(storage: &SqliteStorage) {
    let blog = Blog::builder(storage.clone()).build();
    let ada = Actor::user("ada", "Ada", Role::Editor);
    for number in 0..20 {
        let content = Content {
            title: format!("Post {number}"),
            ..Content::default()
        };
        let new = NewPost {
            content,
            ..NewPost::default()
        };
        blog.posts().create(&ada, new).await.unwrap();
    }
}

#[tokio::test]
async fn commits_after_opening_do_not_make_the_log_longer() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (
        folder.path().join("blog.db"),
        folder.path().join("blog.db-wal"),
    );
    let storage = SqliteStorage::open(&path).await.unwrap();
    let (database, before) = (length(&path), length(&log));
    assert!(before >= ROOM, "{before}");
    assert!(database < ROOM, "{database}");
    write_posts(&storage).await;
    assert_eq!(length(&log), before);
    // Who opens it beside finds room.
    let another = SqliteStorage::open(&path).await.unwrap();
    assert_eq!(length(&log), before);
    another.close().await;
    storage.close().await;
}

#[tokio::test]
async fn nothing_is_in_the_database_of_what_made_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blog.db");
    let storage = SqliteStorage::open(&path).await.unwrap();
    write_posts(&storage).await;
    assert!(storage.integrity_check().await.unwrap().is_empty());
    storage.close().await;
    let address = format!("sqlite://{}", path.display());
    let pool = SqlitePool::connect(&address).await.unwrap();
    let names = sqlx::query("SELECT name FROM sqlite_schema WHERE name LIKE '%log_room%'");
    let names = names.fetch_all(&pool).await.unwrap();
    assert!(
        names.is_empty(),
        "{:?}",
        names.first().map(|row| row.get::<String, _>(0))
    );
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!(pages < 200, "{pages}");
}

/// By how many bytes edits of a live document, more than the log has room for, have made the log longer, where
/// SQLite writes it back after so many pages.
async fn growth_by_edits(written_back_after: u32) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (
        folder.path().join("blog.db"),
        folder.path().join("blog.db-wal"),
    );
    let options = SqliteConnectOptions::new().filename(&path);
    let options = options.create_if_missing(true);
    let options = options.pragma("wal_autocheckpoint", written_back_after.to_string());
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let storage = SqliteStorage::from_pool(&pool).await.unwrap();
    let before = length(&log);
    let (store, document) = (storage.collab_store(), PostId::from_uuid(Uuid::nil()));
    for _ in 0..1_100 {
        let edit = (AuthorId::from("ada"), Bytes::from_static(b"edit"));
        let append = Append::updates(DateTime::UNIX_EPOCH, vec![edit]);
        store.append(document, append).await.unwrap();
    }
    let growth = length(&log) - before;
    storage.close().await;
    growth
}

#[tokio::test]
async fn the_log_is_written_back_before_a_commit_would_have_to() {
    assert_eq!(growth_by_edits(100_000).await, 0);
}

#[tokio::test]
async fn a_log_that_a_host_has_left_to_another_program_is_not_written_back() {
    assert!(growth_by_edits(0).await > 0);
}
