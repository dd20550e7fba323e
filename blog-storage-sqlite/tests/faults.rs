//! What goes wrong around a database: a clear error, and nothing lost or half-written.

use std::time::Duration;

use blog_core::domain::{Actor, Content, Role, Status};
use blog_core::ports::{Changes, PostQuery, PostWrite, Storage, View};
use blog_core::services::{NewPost, PostEdit};
use blog_core::{Blog, ErrorKind};
use blog_storage_sqlite::{SqliteConfig, SqliteStorage};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection, SqlitePool};

fn ada() -> Actor {
    Actor::user("ada", "Ada", Role::Editor)
}

fn new(title: &str) -> NewPost {
    let content = Content {
        title: title.to_owned(),
        // Text that does not compress.
        body: (0..400_u64)
            .map(|n| format!("{:x} ", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
            .collect(),
        ..Content::default()
    };
    NewPost {
        content,
        ..NewPost::default()
    }
}

/// The whole chain of an error in one line.
fn chain(error: &blog_core::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("blog.db");
    SqliteStorage::open(&path).await.unwrap().close().await;
    let options = SqliteConnectOptions::new().filename(&path);
    let mut host = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("INSERT INTO blog_migrations (version) VALUES (99)")
        .execute(&mut host)
        .await
        .unwrap();

    let error = SqliteStorage::open(&path).await.unwrap_err();
    assert!(
        chain(&error).contains("schema version 99"),
        "{}",
        chain(&error)
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("blog.db");
    let letter = "Dear diary, this is no database. ".repeat(100);
    std::fs::write(&path, &letter).unwrap();
    let error = SqliteStorage::open(&path).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unavailable { .. }),
        "{error:?}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), letter);

    let below_a_file = path.join("blog.db");
    let error = SqliteStorage::open(&below_a_file).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unavailable { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_full_disk_refuses_a_post_and_loses_none() {
    let dir = tempfile::tempdir().unwrap();
    // SQLite says SQLITE_FULL for a database at its page limit as for a disk without space.
    let small = SqliteConnectOptions::new()
        .filename(dir.path().join("app.db"))
        .create_if_missing(true)
        .pragma("max_page_count", "300");
    let pool = SqlitePool::connect_with(small).await.unwrap();
    let storage = SqliteStorage::from_pool(&pool).await.unwrap();
    let blog = Blog::builder(storage.clone()).build();
    let mut written = vec![];
    let error = loop {
        match blog
            .posts()
            .create(&ada(), new(&format!("Post {}", written.len())))
            .await
        {
            Ok(view) => written.push(view.post.id),
            Err(error) => break error,
        }
        assert!(written.len() < 10_000, "the limit has no effect");
    };
    assert!(
        matches!(error.kind(), ErrorKind::Unavailable { .. }),
        "{error:?}"
    );
    assert!(!written.is_empty());

    let mut query = PostQuery::default();
    query.status = Status::Draft;
    query.limit = 10_000;
    let stored = blog.posts().list(&ada(), &query).await.unwrap().items;
    let mut stored: Vec<_> = stored.into_iter().map(|card| card.post.id).collect();
    stored.sort();
    written.sort();
    assert_eq!(stored, written);
    let events = storage.last_event().await.unwrap();
    assert_eq!(events.0, written.len() as u64);
    let mut host = pool.acquire().await.unwrap();
    let verdict: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&mut *host)
        .await
        .unwrap();
    assert_eq!(verdict, "ok");
}

#[tokio::test]
async fn after_a_full_disk_saves_work_again() {
    let dir = tempfile::tempdir().unwrap();
    let small = SqliteConnectOptions::new()
        .filename(dir.path().join("app.db"))
        .create_if_missing(true)
        .pragma("max_page_count", "300");
    let pool = SqlitePool::connect_with(small).await.unwrap();
    sqlx::raw_sql(
        "CREATE TABLE host_filler (data BLOB); INSERT INTO host_filler VALUES (zeroblob(400000))",
    )
    .execute(&pool)
    .await
    .unwrap();
    let storage = SqliteStorage::from_pool(&pool).await.unwrap();
    let blog = Blog::builder(storage).build();
    let view = blog.posts().create(&ada(), new("Small")).await.unwrap();
    let save = |text: String| {
        let edit = PostEdit {
            body: Some(text),
            ..PostEdit::default()
        };
        let (blog, id) = (blog.clone(), view.post.id);
        async move {
            let head = blog.posts().get(&ada(), id, View::Head).await?;
            blog.posts()
                .save(&ada(), id, head.post.revision, edit)
                .await
        }
    };

    let filling = new("Large").content.body.repeat(4);
    let mut saves = 0;
    let error = loop {
        match save(format!("{saves} {filling}")).await {
            Ok(_) => saves += 1,
            Err(error) => break error,
        }
        assert!(saves < 10_000, "the limit has no effect");
    };
    assert!(
        matches!(error.kind(), ErrorKind::Unavailable { .. }),
        "{error:?}"
    );
    sqlx::raw_sql("DELETE FROM host_filler")
        .execute(&pool)
        .await
        .unwrap();

    let saved = save("There is room again.".to_owned()).await.unwrap();
    assert_eq!(saved.post.revision, 2 + saves);
    blog.ready().await.unwrap();
}

#[tokio::test]
async fn a_commit_that_is_refused_half_way_leaves_nothing_and_undoes_no_neighbour() {
    let dir = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(dir.path().join("blog.db"))
        .await
        .unwrap();
    let blog = Blog::builder(storage.clone()).build();
    let view = blog.posts().create(&ada(), new("There")).await.unwrap();
    // A new head without its version: found out only when the post is written.
    let mut broken = Changes::at(view.post.updated_at);
    let mut post = view.post.clone();
    post.revision += 1;
    post.head += 1;
    broken.posts.push(PostWrite::Update(post));
    let writes: Vec<_> = (0..20)
        .map(|number| {
            let (blog, storage, broken) = (blog.clone(), storage.clone(), broken.clone());
            tokio::spawn(async move {
                if number % 2 == 0 {
                    storage.commit(broken).await.is_ok()
                } else {
                    let title = format!("Neighbour {number}");
                    blog.posts().create(&ada(), new(&title)).await.is_ok()
                }
            })
        })
        .collect();
    let mut succeeded = 0;
    for write in writes {
        succeeded += usize::from(write.await.unwrap());
    }
    assert_eq!(succeeded, 10);
    let there = blog.posts().get(&ada(), view.post.id, View::Head).await;
    assert_eq!(*there.unwrap(), view);
}

#[tokio::test]
async fn a_lock_that_another_program_keeps_is_an_error_to_try_again_after() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("blog.db");
    let mut config = SqliteConfig::new(&path);
    config.busy_timeout = Duration::from_millis(50);
    let storage = SqliteStorage::open_with(&config).await.unwrap();
    let blog = Blog::builder(storage).build();

    let options = SqliteConnectOptions::new().filename(&path);
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    let transaction = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let error = blog.posts().create(&ada(), new("Now")).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    transaction.rollback().await.unwrap();
    blog.posts().create(&ada(), new("Later")).await.unwrap();
}

#[tokio::test]
async fn of_new_posts_written_together_one_that_is_refused_undoes_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(dir.path().join("blog.db"))
        .await
        .unwrap();
    let blog = Blog::builder(storage).build();
    let tasks: Vec<_> = (0..40)
        .map(|number| {
            let blog = blog.clone();
            let mut post = new("Same");
            post.slug = Some(format!("slug-{}", number / 2));
            tokio::spawn(async move { blog.posts().create(&ada(), post).await.is_ok() })
        })
        .collect();
    let mut created = 0;
    for task in tasks {
        created += usize::from(task.await.unwrap());
    }
    assert_eq!(created, 20, "each slug was taken by one of the two");
}
