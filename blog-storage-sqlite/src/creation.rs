//! New posts. Through sqlx the number of calls is the cost, so that one post is one string with
//! its transaction, and many are a few strings.

use std::sync::LazyLock;

use blog_core::domain::Seq;
use blog_core::ports::Changes;
use blog_core::tables::Creation;
use sqlx::{Executor, SqliteConnection};

use crate::commit::{
    INTO_POSTS, INTO_VERSIONS, POST_VALUES, Statement, VERSION_VALUES, bind_post, bind_rest,
    bind_version, insert_rest, values,
};
use crate::error::Result;
use crate::rows::{id_bytes, id_hex, number};
use crate::terms::terms;

/// How many posts one string inserts.
const TOGETHER: usize = 8;
/// A version has the id of its post, and then its own values.
const VALUES: usize = POST_VALUES + 1 + VERSION_VALUES;

static ONE: LazyLock<String> = LazyLock::new(|| insert_posts(1));
static EIGHT: LazyLock<String> = LazyLock::new(|| insert_posts(TOGETHER));
static REST: LazyLock<String> = LazyLock::new(|| insert_terms_and_rest(1));
static WHOLE: LazyLock<String> =
    LazyLock::new(|| insert_posts(1) + &insert_terms_and_rest(VALUES + 1));
static ALONE: LazyLock<String> = LazyLock::new(|| format!("BEGIN IMMEDIATE; {}; COMMIT", *WHOLE));

fn insert_posts(count: usize) -> String {
    let one = |place: usize| {
        let post = place * VALUES + 1;
        let version = post + POST_VALUES;
        format!(
            "{INTO_POSTS} {}; {INTO_VERSIONS} {};",
            values(post, POST_VALUES),
            values(version, 1 + VERSION_VALUES)
        )
    };
    (0..count).map(one).collect()
}

fn insert_terms_and_rest(first: usize) -> String {
    format!(
        "INSERT INTO blog_terms (kind, value, list, ordered_at, post) \
         SELECT t.value ->> 0, t.value ->> 1, t.value ->> 2, t.value ->> 3, unhex(p.value ->> 0) \
         FROM json_each(${first}) p, json_each(p.value, '$[1]') t; {}",
        insert_rest(first + 1)
    )
}

fn terms_of(creation: &Creation<'_>) -> Result<String> {
    let head = &creation.version.content;
    terms(creation.post, head, creation.published())
}

/// Writes one post in one call, with a transaction of its own.
pub(crate) async fn create_alone(
    connection: &mut SqliteConnection,
    creation: Creation<'_>,
) -> Result<Seq> {
    let written = create(connection, creation, &ALONE).await;
    if written.is_err() {
        // Fails where the transaction had not begun or is undone already.
        let _ = connection.execute("ROLLBACK").await;
    }
    written
}

/// Writes one post in one call, inside a transaction.
pub(crate) async fn create_in(
    connection: &mut SqliteConnection,
    creation: Creation<'_>,
) -> Result<Seq> {
    create(connection, creation, &WHOLE).await
}

async fn create(
    connection: &mut SqliteConnection,
    creation: Creation<'_>,
    string: &'static str,
) -> Result<Seq> {
    let terms = terms_of(&creation)?;
    let statement = bind_creation(sqlx::query(string), &creation, &terms)?;
    let statement = statement.bind(format!("[{}]", with_post(&creation, &terms)));
    let result = bind_rest(statement, &[creation.changes])?
        .execute(&mut *connection)
        .await?;
    // Events are written last, so that the last row is the last event, if there is any.
    if creation.changes.events.is_empty() {
        return crate::events::last(connection).await;
    }
    number(result.last_insert_rowid()).map(Seq)
}

/// Writes new posts inside a transaction. Answers the last event of each.
pub(crate) async fn create_all(
    connection: &mut SqliteConnection,
    creations: &[Creation<'_>],
) -> Result<Vec<Seq>> {
    let mut all_terms = Vec::with_capacity(creations.len());
    let (eights, ones) = creations.as_chunks::<TOGETHER>();
    let strings = eights
        .iter()
        .map(|eight| (EIGHT.as_str(), eight.as_slice()));
    let ones = ones.chunks(1).map(|one| (ONE.as_str(), one));
    for (string, posts) in strings.chain(ones) {
        let mut statement = sqlx::query(string);
        for creation in posts {
            let terms = terms_of(creation)?;
            statement = bind_creation(statement, creation, &terms)?;
            all_terms.push(with_post(creation, &terms));
        }
        statement.execute(&mut *connection).await?;
    }
    let changes: Vec<_> = creations.iter().map(|creation| creation.changes).collect();
    let statement = sqlx::query(REST.as_str()).bind(format!("[{}]", all_terms.join(",")));
    let result = bind_rest(statement, &changes)?
        .execute(&mut *connection)
        .await?;

    let events = |changes: &Changes| changes.events.len() as u64;
    let written: u64 = changes.iter().map(|changes| events(changes)).sum();
    let mut last = match written {
        0 => crate::events::last(connection).await?.0,
        _ => number::<u64>(result.last_insert_rowid())? - written,
    };
    let seqs = changes.into_iter().map(|changes| {
        last += events(changes);
        Seq(last)
    });
    Ok(seqs.collect())
}

fn bind_creation<'q>(
    statement: Statement<'q>,
    creation: &Creation<'_>,
    terms: &str,
) -> Result<Statement<'q>> {
    let statement = bind_post(statement, creation.post, terms)?;
    let statement = statement.bind(id_bytes(&creation.post.id).to_vec());
    bind_version(statement, creation.version)
}

/// A post's id and its terms, as JSON.
fn with_post(creation: &Creation<'_>, terms: &str) -> String {
    format!("[\"{}\",{terms}]", id_hex(&creation.post.id))
}
