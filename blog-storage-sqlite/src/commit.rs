//! One commit's statements, inside the writer's transaction.

use std::collections::HashSet;
use std::sync::LazyLock;

use blog_core::domain::{Content, Post, Seq, Version};
use blog_core::ports::{Changes, PostWrite, Redirect};
use blog_core::tables::{Fields, Rest};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection};

use crate::audit::{audit_json, insert_audit};
use crate::error::Result;
use crate::rows::{self, id_bytes, id_hex, micros, stored};
use crate::terms::terms;

pub(crate) const INTO_POSTS: &str = "INSERT INTO blog_posts (id, locale, slug, status, author, \
     head, published, revision, public_revision, public_updated_at, scheduled_at, published_at, \
     created_at, updated_at, ordered_at, listed_at, rest, terms) VALUES";
/// Values of a post, as [`bind_post`] binds them.
pub(crate) const POST_VALUES: usize = 18;

pub(crate) const INTO_VERSIONS: &str = "INSERT INTO blog_versions (post, number, revision, author, \
     kind, message, created_at, content_hash, log_position, fields, packed, body) VALUES";
/// Values of a version after its post's id, as [`bind_version`] binds them.
pub(crate) const VERSION_VALUES: usize = 11;

static INSERT_POST: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{INTO_POSTS} {}; \
         INSERT INTO blog_terms (kind, value, list, ordered_at, post) \
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, $1 \
         FROM json_each(${POST_VALUES})",
        values(1, POST_VALUES)
    )
});

static INSERT_VERSION: LazyLock<String> =
    LazyLock::new(|| format!("{INTO_VERSIONS} {}", values(1, 1 + VERSION_VALUES)));

static INSERT_REST: LazyLock<String> = LazyLock::new(|| insert_rest(1));

/// `($3, $4, $5)`: `count` parameters from number `first` on.
pub(crate) fn values(first: usize, count: usize) -> String {
    let numbers: Vec<_> = (first..first + count)
        .map(|number| format!("${number}"))
        .collect();
    format!("({})", numbers.join(", "))
}

/// Authors, redirects, audit entries and, last of all, events, each from one JSON parameter. An
/// alias of another post becomes a null, which the table refuses.
pub(crate) fn insert_rest(first: usize) -> String {
    let [authors, redirects, audit, events] = [first, first + 1, first + 2, first + 3];
    format!(
        "INSERT OR IGNORE INTO blog_authors (id, name, bio, links) \
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(${authors}); \
         INSERT INTO blog_redirects AS former (kind, locale, address, post) \
         SELECT value ->> 0, value ->> 1, value ->> 2, unhex(value ->> 3) \
         FROM json_each(${redirects}) WHERE true \
         ON CONFLICT DO UPDATE SET post = CASE \
         WHEN kind = 'slug' OR former.post = excluded.post THEN excluded.post END; \
         {}; \
         INSERT INTO blog_events (at, kind, post, revision, actor) \
         SELECT value ->> 0, value ->> 1, unhex(value ->> 2), value ->> 3, value ->> 4 \
         FROM json_each(${events})",
        insert_audit(audit)
    )
}

const DELETE_TERMS: &str = "DELETE FROM blog_terms WHERE (kind, value, list, ordered_at, post) IN \
     (SELECT t.value ->> 0, t.value ->> 1, t.value ->> 2, t.value ->> 3, p.id \
     FROM blog_posts p, json_each(p.terms) t WHERE p.id = $1)";

const DELETE_POST: &str = "DELETE FROM blog_posts WHERE id = $1";

pub(crate) type Statement<'q> = Query<'q, Sqlite, SqliteArguments>;

/// Writes any commit that has been checked.
pub(crate) async fn write(connection: &mut SqliteConnection, changes: &Changes) -> Result<Seq> {
    for version in &changes.versions {
        let statement = sqlx::query(INSERT_VERSION.as_str()).bind(id_bytes(&version.post));
        bind_version(statement, version)?
            .execute(&mut *connection)
            .await?;
    }
    for write in &changes.posts {
        match write {
            PostWrite::Create(post) => insert_post(connection, post).await?,
            PostWrite::Update(post) => {
                remove(connection, id_bytes(&post.id)).await?;
                insert_post(connection, post).await?;
            }
            PostWrite::Delete { id, .. } => {
                remove(connection, id_bytes(id)).await?;
                for statement in [
                    "DELETE FROM blog_versions WHERE post = $1",
                    "DELETE FROM blog_redirects WHERE post = $1",
                ] {
                    sqlx::query(statement)
                        .bind(id_bytes(id))
                        .execute(&mut *connection)
                        .await?;
                }
            }
        }
    }
    if let Some(record) = &changes.idempotency {
        sqlx::query(
            "INSERT INTO blog_idempotency (actor, key, request_hash, post, at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&record.actor)
        .bind(&record.key)
        .bind(&record.request_hash[..])
        .bind(id_bytes(&record.post))
        .bind(micros(record.at))
        .execute(&mut *connection)
        .await?;
    }
    if let Some(checkpoint) = &changes.checkpoint {
        sqlx::query("INSERT OR REPLACE INTO blog_checkpoints (consumer, seq) VALUES ($1, $2)")
            .bind(&checkpoint.consumer)
            .bind(stored(checkpoint.seq.0))
            .execute(&mut *connection)
            .await?;
    }
    let result = bind_rest(sqlx::query(INSERT_REST.as_str()), &[changes])?
        .execute(&mut *connection)
        .await?;
    last_event(connection, changes, result.last_insert_rowid()).await
}

async fn remove(connection: &mut SqliteConnection, id: &[u8]) -> Result<()> {
    sqlx::query(DELETE_TERMS)
        .bind(id)
        .execute(&mut *connection)
        .await?;
    sqlx::query(DELETE_POST)
        .bind(id)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

async fn insert_post(connection: &mut SqliteConnection, post: &Post) -> Result<()> {
    let head = stored_content(connection, post, post.head).await?;
    let published = match post.published.filter(|_| post.is_public()) {
        Some(number) => Some(stored_content(connection, post, number).await?),
        None => None,
    };
    let terms = terms(post, &head, published.as_ref())?;
    bind_post(sqlx::query(INSERT_POST.as_str()), post, &terms)?
        .execute(connection)
        .await?;
    Ok(())
}

async fn stored_content(
    connection: &mut SqliteConnection,
    post: &Post,
    number: u32,
) -> Result<Content> {
    let fields: Option<String> =
        sqlx::query_scalar("SELECT fields FROM blog_versions WHERE post = $1 AND number = $2")
            .bind(id_bytes(&post.id))
            .bind(i64::from(number))
            .fetch_optional(connection)
            .await?;
    let fields = fields.ok_or(crate::error::SqliteError::NotFound("version"))?;
    rows::from_json::<Fields>(&fields).map(|fields| fields.content)
}

pub(crate) fn bind_post<'q>(
    statement: Statement<'q>,
    post: &Post,
    terms: &str,
) -> Result<Statement<'q>> {
    let listed_at = match post.public_updated_at {
        Some(at) if post.is_public() => at,
        _ => post.updated_at,
    };
    Ok(statement
        .bind(id_bytes(&post.id).to_vec())
        .bind(post.locale.to_string())
        .bind(post.slug.to_string())
        .bind(post.status.as_str())
        .bind(post.author.clone())
        .bind(i64::from(post.head))
        .bind(post.published.map(i64::from))
        .bind(stored(post.revision))
        .bind(stored(post.public_revision))
        .bind(post.public_updated_at.map(micros))
        .bind(post.scheduled_at.map(micros))
        .bind(post.published_at.map(micros))
        .bind(micros(post.created_at))
        .bind(micros(post.updated_at))
        .bind(micros(post.ordered_at()))
        .bind(micros(listed_at))
        .bind(rows::json(&Rest::from(post))?)
        .bind(terms.to_owned()))
}

pub(crate) fn bind_version<'q>(
    statement: Statement<'q>,
    version: &Version,
) -> Result<Statement<'q>> {
    let (packed, body) = rows::pack(version.content.body.as_bytes());
    Ok(statement
        .bind(i64::from(version.number))
        .bind(stored(version.revision))
        .bind(version.author.clone())
        .bind(rows::name(&version.kind)?)
        .bind(version.message.clone())
        .bind(micros(version.created_at))
        .bind(version.content_hash.0.to_vec())
        .bind(version.log_position.as_ref().map(rows::json).transpose()?)
        .bind(rows::json(&Fields::from(version))?)
        .bind(packed)
        .bind(body))
}

pub(crate) fn bind_rest<'q>(
    statement: Statement<'q>,
    commits: &[&Changes],
) -> Result<Statement<'q>> {
    let mut known = HashSet::new();
    let authors = commits
        .iter()
        .flat_map(|changes| &changes.authors)
        .filter(|author| known.insert(&author.id))
        .map(|author| {
            let links = rows::json(&author.links)?;
            Ok((&author.id, &author.name, &author.bio, links))
        })
        .collect::<Result<Vec<_>>>()?;
    let redirects: Vec<_> = commits
        .iter()
        .flat_map(|changes| &changes.redirects)
        .map(|redirect| match redirect {
            Redirect::Slug { locale, slug, post } => ("slug", locale.as_str(), slug, id_hex(post)),
            Redirect::Path { path, post } => ("path", "", path, id_hex(post)),
        })
        .collect();
    let audit = commits.iter().flat_map(|changes| &changes.audit);
    let events: Vec<_> = commits
        .iter()
        .flat_map(|changes| {
            let at = micros(changes.at);
            changes.events.iter().map(move |event| {
                let (kind, post) = (event.kind.as_str(), id_hex(&event.post));
                (at, kind, post, event.revision, &event.actor)
            })
        })
        .collect();
    Ok(statement
        .bind(rows::json(&authors)?)
        .bind(rows::json(&redirects)?)
        .bind(audit_json(audit)?)
        .bind(rows::json(&events)?))
}

/// Events are written last, so that the last row is the last event, if there is any.
async fn last_event(
    connection: &mut SqliteConnection,
    changes: &Changes,
    last_row: i64,
) -> Result<Seq> {
    if !changes.events.is_empty() {
        return rows::number(last_row).map(Seq);
    }
    crate::events::last(connection).await
}
