use anyhow::{Context, Result};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgConnection, PgPool, Row};
use uuid::Uuid;

use crate::sample::SamplePost;

const SCHEMA: &str = "
DROP SCHEMA IF EXISTS blog_bench_limit CASCADE;
CREATE SCHEMA blog_bench_limit;
SET search_path = blog_bench_limit;
CREATE TABLE posts(id uuid PRIMARY KEY, slug text NOT NULL UNIQUE, title text NOT NULL,
    body text NOT NULL, status int NOT NULL, created_at bigint NOT NULL, version int NOT NULL);
CREATE TABLE versions(post_id uuid NOT NULL REFERENCES posts(id), n int NOT NULL,
    author text NOT NULL, body text NOT NULL, created_at bigint NOT NULL, PRIMARY KEY(post_id, n));
CREATE TABLE post_tags(post_id uuid NOT NULL REFERENCES posts(id), tag_id bigint NOT NULL,
    PRIMARY KEY(post_id, tag_id));
CREATE INDEX ON post_tags(tag_id, post_id);
CREATE TABLE audit(seq bigserial PRIMARY KEY, at bigint NOT NULL, actor text NOT NULL,
    action text NOT NULL, entity uuid NOT NULL, detail text);
CREATE TABLE outbox(seq bigserial PRIMARY KEY, at bigint NOT NULL, topic text NOT NULL,
    payload text NOT NULL, sent boolean NOT NULL DEFAULT false);
";

const ONE: &str = "WITH p AS (INSERT INTO posts(id, slug, title, body, status, created_at, version)
    VALUES($1, $2, $3, $4, $5, $6, 1)),
    v AS (INSERT INTO versions(post_id, n, author, body, created_at) VALUES($1, 1, $7, $4, $6)),
    t AS (INSERT INTO post_tags(post_id, tag_id) SELECT $1, unnest($8::bigint[])),
    a AS (INSERT INTO audit(at, actor, action, entity, detail) VALUES($6, $7, $9, $1, $10))
    INSERT INTO outbox(at, topic, payload) VALUES($6, $11, $12)";

const GROUP: &str =
    "WITH p AS (INSERT INTO posts(id, slug, title, body, status, created_at, version)
    SELECT i, s, t, b, 1, $5, 1 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
    x(i, s, t, b)),
    v AS (INSERT INTO versions(post_id, n, author, body, created_at)
    SELECT i, 1, 'author', b, $5 FROM unnest($1::uuid[], $4::text[]) x(i, b)),
    t AS (INSERT INTO post_tags(post_id, tag_id)
    SELECT i, g FROM unnest($6::uuid[], $7::bigint[]) x(i, g)),
    a AS (INSERT INTO audit(at, actor, action, entity, detail)
    SELECT $5, 'author', 'post.create', i, '{}' FROM unnest($1::uuid[]) x(i))
    INSERT INTO outbox(at, topic, payload)
    SELECT $5, 'post.created', p FROM unnest($8::text[]) x(p)";

const AT: i64 = 1_700_000_000;

fn options(url: &str) -> Result<PgConnectOptions> {
    let options: PgConnectOptions = url.parse().context("the address of PostgreSQL")?;
    let options = options.disable_statement_logging();
    Ok(options.options([("search_path", "blog_bench_limit")]))
}

/// Empty tables, and connections to them.
pub(crate) async fn create(url: &str, connections: u32) -> Result<PgPool> {
    let mut connection = options(url)?.connect().await?;
    sqlx::raw_sql(SCHEMA).execute(&mut connection).await?;
    let pool = PgPoolOptions::new()
        .min_connections(connections)
        .max_connections(connections);
    Ok(pool.connect_with(options(url)?).await?)
}

fn tags(post: &SamplePost) -> Vec<i64> {
    let tag = |tag: &String| tag["tag-".len()..].parse().unwrap_or(0);
    post.tags.iter().map(tag).collect()
}

fn payload(post: &SamplePost) -> String {
    format!(
        "{{\"type\":\"post.created\",\"slug\":\"{}\",\"v\":1}}",
        post.slug
    )
}

/// The rows of one post in one statement.
#[expect(clippy::disallowed_methods, reason = "a limit calls no crate of ours")]
pub(crate) async fn insert(pool: &PgPool, post: &SamplePost) -> Result<()> {
    sqlx::query(ONE)
        .bind(Uuid::now_v7())
        .bind(&post.slug)
        .bind(&post.title)
        .bind(&post.body)
        .bind(1_i32)
        .bind(AT)
        .bind("author")
        .bind(tags(post))
        .bind("post.create")
        .bind("{}")
        .bind("post.created")
        .bind(payload(post))
        .execute(pool)
        .await?;
    Ok(())
}

/// The rows of many posts in one statement.
#[expect(clippy::disallowed_methods, reason = "a limit calls no crate of ours")]
pub(crate) async fn insert_group(
    connection: &mut PgConnection,
    posts: &[SamplePost],
) -> Result<()> {
    let ids: Vec<_> = posts.iter().map(|_| Uuid::now_v7()).collect();
    let column = |part: fn(&SamplePost) -> &str| -> Vec<&str> { posts.iter().map(part).collect() };
    let tag_posts: Vec<_> = ids.iter().flat_map(|id| [*id; 3]).collect();
    sqlx::query(GROUP)
        .bind(&ids)
        .bind(column(|post| &post.slug))
        .bind(column(|post| &post.title))
        .bind(column(|post| &post.body))
        .bind(AT)
        .bind(tag_posts)
        .bind(posts.iter().flat_map(tags).collect::<Vec<_>>())
        .bind(posts.iter().map(payload).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

/// A post by its slug. Answers the bytes of its body.
pub(crate) async fn read(pool: &PgPool, slug: &str) -> Result<usize> {
    let row = sqlx::query("SELECT id, slug, title, body FROM posts WHERE slug = $1")
        .bind(slug)
        .fetch_one(pool)
        .await?;
    Ok(row.get::<&str, _>(3).len())
}

/// The newest posts of a tag. Answers how many there are.
pub(crate) async fn list(pool: &PgPool, tag: i64, limit: i64) -> Result<usize> {
    let rows = sqlx::query(
        "SELECT p.id, p.slug, p.title FROM post_tags t JOIN posts p ON p.id = t.post_id \
         WHERE t.tag_id = $1 ORDER BY t.post_id DESC LIMIT $2",
    )
    .bind(tag)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(rows.len())
}
