//! Commits as statements and parameters.

use std::collections::HashMap;

use blog_core::domain::{Content, PostId, Seq, Version};
use blog_core::ports::{Changes, PostWrite};
use blog_core::tables::{Creation, Fields};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use crate::columns::{PostRows, RestRows, TermRows, VersionRows};
use crate::database::{Database, Statement};
use crate::error::{PostgresError, Result};
use crate::rows::{from_json, number, stored, stored_number};
use crate::schema::Schema;
use crate::statements::{CHANGE, CHANGE_IN_HOST, CREATE};

/// Writes new posts in one statement: all or none. Answers the last event of each.
pub(crate) async fn create(database: &Database, creations: &[Creation<'_>]) -> Result<Vec<Seq>> {
    let (mut posts, mut versions) = (PostRows::default(), VersionRows::default());
    let (mut terms, mut rest) = (TermRows::default(), RestRows::default());
    for creation in creations {
        posts.push(creation.post)?;
        versions.push(creation.version)?;
        let head = &creation.version.content;
        terms.push(creation.post, head, creation.published());
        rest.push(creation.changes);
    }
    let listed_at = std::mem::take(&mut terms.listed_at);
    let statement = posts.bind(database.statement(CREATE));
    let statement = rest.bind(terms.bind(versions.bind(statement)))?;
    let last = database.value::<i64>(statement.bind(listed_at)).await?;
    let last = last.ok_or(PostgresError::Corrupt("log"))?;
    let events = |creation: &Creation<'_>| creation.changes.events.len() as u64;
    let all: u64 = creations.iter().map(events).sum();
    let mut seq = number::<u64>(last)? - all;
    let seqs = creations.iter().map(|creation| {
        seq += events(creation);
        Seq(seq)
    });
    Ok(seqs.collect())
}

/// The transaction that a commit is written in.
#[derive(Debug)]
pub(crate) enum Transaction<'a> {
    /// Its own: its events are numbered at once.
    Own(&'a Database),
    /// A host's: its events are numbered once the host has committed.
    Host(&'a mut PgConnection),
}

impl Transaction<'_> {
    async fn rows(&mut self, statement: Statement<'_>) -> Result<Vec<PgRow>> {
        match self {
            Self::Own(database) => database.rows(statement).await,
            Self::Host(connection) => Ok(statement.fetch_all(&mut **connection).await?),
        }
    }
}

/// Writes any commit: all or, after an error, none. Answers the number of the last event.
pub(crate) async fn change(
    mut transaction: Transaction<'_>,
    schema: &Schema,
    changes: &Changes,
) -> Result<Seq> {
    if changes.name_what_they_delete() {
        return Err(PostgresError::NotFound("post"));
    }
    let stored_contents = missing_contents(&mut transaction, schema, changes).await?;
    let content = |post: PostId, number: u32| {
        let new = changes
            .versions
            .iter()
            .find(|version| version.post == post && version.number == number);
        new.map(|version| &version.content)
            .or_else(|| stored_contents.get(&(post, number)))
            .ok_or(PostgresError::NotFound("version"))
    };
    let (mut posts, mut terms) = (PostRows::default(), TermRows::default());
    let (mut is_new, mut deleted, mut deleted_revisions) = (vec![], vec![], vec![]);
    for write in &changes.posts {
        match write {
            PostWrite::Create(post) | PostWrite::Update(post) => {
                let head = content(post.id, post.head);
                let published = post.published.filter(|_| post.is_public());
                let published = published.map(|number| content(post.id, number)).transpose();
                // A post whose versions are gone is gone itself, or has another revision.
                if let (Ok(head), Ok(published)) = (head, published) {
                    terms.push(post, head, published);
                }
                posts.push(post)?;
                is_new.push(matches!(write, PostWrite::Create(_)));
            }
            PostWrite::Delete { id, expected } => {
                deleted.push(*id.as_uuid());
                deleted_revisions.push(stored(*expected));
            }
        }
    }
    let mut versions = VersionRows::default();
    for version in &changes.versions {
        versions.push(version)?;
    }
    let mut rest = RestRows::default();
    rest.push(changes);

    let statement = schema.sql(match transaction {
        Transaction::Own(_) => CHANGE,
        Transaction::Host(_) => CHANGE_IN_HOST,
    });
    let listed_at = std::mem::take(&mut terms.listed_at);
    let statement = versions.bind(posts.bind(sqlx::query(statement)));
    let statement = rest.bind(terms.bind(statement))?;
    let (answer, progress) = (changes.idempotency.as_ref(), changes.checkpoint.as_ref());
    let lease = changes.lease.as_ref();
    let statement = statement
        .bind(is_new)
        .bind(deleted)
        .bind(deleted_revisions)
        .bind(answer.map(|answer| &answer.actor))
        .bind(answer.map(|answer| &answer.key))
        .bind(answer.map(|answer| answer.request_hash.to_vec()))
        .bind(answer.map(|answer| *answer.post.as_uuid()))
        .bind(answer.map(|answer| answer.at))
        .bind(progress.map(|progress| &progress.consumer))
        .bind(progress.map(|progress| stored(progress.seq.0)))
        .bind(lease.map(|lease| &lease.name))
        .bind(lease.map(|lease| &lease.holder))
        .bind(lease.map(|lease| stored(lease.token)))
        .bind(changes.at)
        .bind(listed_at);
    let rows = transaction.rows(statement).await?;
    let last = rows.first().ok_or(PostgresError::Corrupt("log"))?;
    number(last.try_get(0)?).map(Seq)
}

/// Contents of versions that posts point at, and that the commit does not bring itself.
async fn missing_contents(
    transaction: &mut Transaction<'_>,
    schema: &Schema,
    changes: &Changes,
) -> Result<HashMap<(PostId, u32), Content>> {
    let (mut posts, mut numbers) = (vec![], vec![]);
    for write in &changes.posts {
        let PostWrite::Update(post) = write else {
            continue;
        };
        for number in [Some(post.head), post.published].into_iter().flatten() {
            let is_new = |version: &Version| version.post == post.id && version.number == number;
            if !changes.versions.iter().any(is_new) {
                posts.push(*post.id.as_uuid());
                numbers.push(stored_number(number));
            }
        }
    }
    if posts.is_empty() {
        return Ok(HashMap::new());
    }
    let statement = sqlx::query(schema.sql(
        "SELECT v.post, v.number, v.fields FROM unnest($1::uuid[], $2::int[]) AS w (post, number) \
         JOIN blog.versions v ON v.post = w.post AND v.number = w.number",
    ));
    let statement = statement.bind(posts).bind(numbers);
    let rows = transaction.rows(statement).await?;
    let mut contents = HashMap::with_capacity(rows.len());
    for row in &rows {
        let number = u32::try_from(row.try_get::<i32, _>(1)?);
        let number = number.map_err(|_| PostgresError::Corrupt("number"))?;
        let Fields { content, .. } = from_json(row.try_get(2)?)?;
        contents.insert((PostId::from_uuid(row.try_get(0)?), number), content);
    }
    Ok(contents)
}
