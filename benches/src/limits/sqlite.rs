use std::path::Path;

use anyhow::{Result, bail};
use bytes::Bytes;
use rusqlite::{Connection, params};
use tokio::sync::{mpsc, oneshot};

use crate::sample::SamplePost;

/// How many posts one transaction takes at most.
const GROUP: usize = 256;

const SCHEMA: &str = "
CREATE TABLE posts(id BLOB PRIMARY KEY, slug TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
    body TEXT NOT NULL, status INTEGER NOT NULL, created_at INTEGER NOT NULL,
    version INTEGER NOT NULL);
CREATE TABLE versions(post_id BLOB NOT NULL, n INTEGER NOT NULL, author TEXT NOT NULL,
    created_at INTEGER NOT NULL, PRIMARY KEY(post_id, n));
CREATE TABLE post_tags(post_id BLOB NOT NULL, tag_id INTEGER NOT NULL,
    PRIMARY KEY(post_id, tag_id)) WITHOUT ROWID;
CREATE INDEX post_tags_tag ON post_tags(tag_id, post_id);
CREATE TABLE audit(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL,
    action TEXT NOT NULL, entity BLOB NOT NULL, detail TEXT);
CREATE TABLE outbox(seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, topic TEXT NOT NULL,
    payload TEXT NOT NULL, sent INTEGER NOT NULL DEFAULT 0);
";

/// One connection in the mode that makes each commit durable.
pub(crate) fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=30000;
         PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;",
    )?;
    Ok(connection)
}

/// A new database with the tables.
pub(crate) fn create(path: &Path) -> Result<Connection> {
    let connection = open(path)?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

/// The rows of one post: itself, its version, its tags, an audit entry and an event.
#[expect(clippy::disallowed_methods, reason = "a limit calls no crate of ours")]
pub(crate) fn insert(connection: &Connection, post: &SamplePost) -> rusqlite::Result<()> {
    let id = uuid::Uuid::now_v7().into_bytes();
    let at = 1_700_000_000;
    let tag = |tag: &String| tag["tag-".len()..].parse::<i64>().unwrap_or(0);
    let payload = format!(
        "{{\"type\":\"post.created\",\"slug\":\"{}\",\"v\":1}}",
        post.slug
    );
    let statement = "INSERT INTO posts(id, slug, title, body, status, created_at, version)
        VALUES(?1, ?2, ?3, ?4, 1, ?5, 1)";
    connection
        .prepare_cached(statement)?
        .execute(params![id, post.slug, post.title, post.body, at])?;
    connection
        .prepare_cached(
            "INSERT INTO versions(post_id, n, author, created_at) VALUES(?1, 1, ?2, ?3)",
        )?
        .execute(params![id, "author", at])?;
    connection
        .prepare_cached(
            "INSERT INTO post_tags(post_id, tag_id) VALUES(?1, ?2), (?1, ?3), (?1, ?4)",
        )?
        .execute(params![
            id,
            tag(&post.tags[0]),
            tag(&post.tags[1]),
            tag(&post.tags[2])
        ])?;
    let statement =
        "INSERT INTO audit(at, actor, action, entity, detail) VALUES(?1, ?2, ?3, ?4, ?5)";
    connection.prepare_cached(statement)?.execute(params![
        at,
        "author",
        "post.create",
        id,
        "{}"
    ])?;
    connection
        .prepare_cached("INSERT INTO outbox(at, topic, payload) VALUES(?1, ?2, ?3)")?
        .execute(params![at, "post.created", payload])?;
    Ok(())
}

/// One transaction for one post.
pub(crate) fn insert_alone(connection: &Connection, post: &SamplePost) -> Result<()> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    insert(connection, post)?;
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

/// A thread that writes whatever waits in one transaction, without a savepoint for each.
#[derive(Debug, Clone)]
pub(crate) struct GroupWriter<T = SamplePost>(mpsc::Sender<(T, oneshot::Sender<()>)>);

impl GroupWriter {
    pub(crate) fn on(connection: Connection) -> Self {
        Self::of(connection, insert)
    }
}

impl<T: Send + 'static> GroupWriter<T> {
    /// `insert` writes one of them.
    pub(crate) fn of(
        connection: Connection,
        insert: fn(&Connection, &T) -> rusqlite::Result<()>,
    ) -> Self {
        let (send, mut waiting) = mpsc::channel::<(T, oneshot::Sender<()>)>(1024);
        std::thread::spawn(move || -> rusqlite::Result<()> {
            while let Some(first) = waiting.blocking_recv() {
                let mut group = vec![first];
                while group.len() < GROUP
                    && let Ok(next) = waiting.try_recv()
                {
                    group.push(next);
                }
                connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
                for (item, _) in &group {
                    insert(&connection, item)?;
                }
                connection.prepare_cached("COMMIT")?.execute([])?;
                for (_, written) in group {
                    // Whoever no longer waits needs no answer.
                    let _ = written.send(());
                }
            }
            Ok(())
        });
        Self(send)
    }

    pub(crate) async fn write(&self, item: T) -> Result<()> {
        let (written, answer) = oneshot::channel();
        if self.0.send((item, written)).await.is_err() {
            bail!("the writer has failed");
        }
        Ok(answer.await?)
    }
}

/// An entry of one of many logs.
#[derive(Debug, Clone)]
pub(crate) struct LogEntry {
    pub(crate) log: usize,
    pub(crate) bytes: Bytes,
}

/// A new database with a table for them, and its writer.
pub(crate) fn log_writer(path: &Path) -> Result<GroupWriter<LogEntry>> {
    let connection = open(path)?;
    connection.execute_batch(
        "CREATE TABLE entries(number INTEGER PRIMARY KEY, log INTEGER NOT NULL, bytes BLOB NOT NULL)",
    )?;
    Ok(GroupWriter::of(connection, |connection, entry| {
        connection
            .prepare_cached("INSERT INTO entries(log, bytes) VALUES(?1, ?2)")?
            .execute(params![entry.log as i64, &entry.bytes[..]])
            .map(drop)
    }))
}

/// A database with these posts in it, all in the main file.
pub(crate) fn filled(path: &Path, posts: &[SamplePost]) -> Result<Connection> {
    let connection = create(path)?;
    connection.execute_batch("BEGIN")?;
    for post in posts {
        insert(&connection, post)?;
    }
    connection.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(connection)
}

/// The bytes of id and body of the post with that slug, every column read.
pub(crate) fn read(connection: &Connection, slug: &str) -> Result<usize> {
    let statement =
        "SELECT id, slug, title, body, status, created_at, version FROM posts WHERE slug = ?1";
    let bytes = connection
        .prepare_cached(statement)?
        .query_row([slug], |row| {
            let (id, body): (Vec<u8>, String) = (row.get(0)?, row.get(3)?);
            let _: (String, String) = (row.get(1)?, row.get(2)?);
            let _: (i64, i64, i64) = (row.get(4)?, row.get(5)?, row.get(6)?);
            Ok(id.len() + body.len())
        })?;
    Ok(bytes)
}

/// The newest posts of a tag, without their bodies. Ids rise with time.
pub(crate) fn list(connection: &Connection, tag: i64, limit: usize) -> Result<usize> {
    let statement = "SELECT p.id, p.slug, p.title, p.status, p.created_at, p.version,
            (SELECT group_concat(t.tag_id) FROM post_tags t WHERE t.post_id = p.id)
        FROM post_tags l JOIN posts p ON p.id = l.post_id
        WHERE l.tag_id = ?1 ORDER BY l.post_id DESC LIMIT ?2";
    let mut statement = connection.prepare_cached(statement)?;
    let mut rows = statement.query(params![tag, limit as i64])?;
    let mut found = 0;
    while let Some(row) = rows.next()? {
        let _: (Vec<u8>, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let _: (i64, i64, i64, String) = (row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?);
        found += 1;
    }
    Ok(found)
}
