//! What a commit needs to be true. Looked at before anything of it is written, so that a refusal
//! undoes no neighbour in the same transaction.

use std::collections::HashSet;

use blog_core::Conflict;
use blog_core::domain::PostId;
use blog_core::ports::{Changes, PostWrite, Redirect};
use sqlx::{Row, SqliteConnection};

use crate::error::{Result, SqliteError};
use crate::rows::{id_bytes, micros, stored};

pub(crate) async fn check(connection: &mut SqliteConnection, changes: &Changes) -> Result<()> {
    if let Some(lease) = &changes.lease {
        let held: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM blog_leases \
             WHERE name = $1 AND holder = $2 AND token = $3 AND expires_at > $4",
        )
        .bind(&lease.name)
        .bind(&lease.holder)
        .bind(stored(lease.token))
        .bind(micros(changes.at))
        .fetch_one(&mut *connection)
        .await?;
        refuse_if(held == 0, Conflict::Lease)?;
    }
    if let Some(record) = &changes.idempotency {
        let taken: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM blog_idempotency WHERE actor = $1 AND key = $2",
        )
        .bind(&record.actor)
        .bind(&record.key)
        .fetch_one(&mut *connection)
        .await?;
        refuse_if(taken > 0, Conflict::Taken("idempotency_key"))?;
    }
    let mut written = Vec::with_capacity(changes.posts.len());
    let mut slugs = HashSet::with_capacity(changes.posts.len());
    for write in &changes.posts {
        check_post(connection, write).await?;
        match write {
            PostWrite::Create(post) | PostWrite::Update(post) => {
                let is_first = slugs.insert((post.slug.as_str(), post.locale.as_str()));
                refuse_if(!is_first, Conflict::Taken("slug"))?;
                written.push(post.id);
            }
            PostWrite::Delete { .. } => {}
        }
    }
    if changes.name_what_they_delete() {
        return Err(SqliteError::NotFound("post"));
    }
    for version in &changes.versions {
        check_exists(connection, version.post, &written).await?;
        let taken: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM blog_versions WHERE post = $1 AND number = $2",
        )
        .bind(id_bytes(&version.post))
        .bind(i64::from(version.number))
        .fetch_one(&mut *connection)
        .await?;
        refuse_if(taken > 0, Conflict::Revision)?;
    }
    for redirect in &changes.redirects {
        let (Redirect::Slug { post, .. } | Redirect::Path { post, .. }) = redirect;
        check_exists(connection, *post, &written).await?;
        if let Redirect::Path { path, .. } = redirect {
            check_alias(connection, path, *post).await?;
        }
    }
    Ok(())
}

async fn check_alias(connection: &mut SqliteConnection, path: &str, post: PostId) -> Result<()> {
    let taken: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM blog_redirects WHERE kind = 'path' AND address = $1 AND post != $2",
    )
    .bind(path)
    .bind(id_bytes(&post))
    .fetch_one(connection)
    .await?;
    refuse_if(taken > 0, Conflict::Taken("alias"))
}

async fn check_post(connection: &mut SqliteConnection, write: &PostWrite) -> Result<()> {
    let (id, expected, slug) = match write {
        PostWrite::Create(post) => (post.id, None, Some((&post.slug, &post.locale))),
        PostWrite::Update(post) => (
            post.id,
            Some(post.revision.saturating_sub(1)),
            Some((&post.slug, &post.locale)),
        ),
        PostWrite::Delete { id, expected } => (*id, Some(*expected), None),
    };
    let row = sqlx::query(
        "SELECT (SELECT revision FROM blog_posts WHERE id = $1), \
         (SELECT count(*) FROM blog_posts WHERE slug = $2 AND locale = $3 AND id <> $1)",
    )
    .bind(id_bytes(&id))
    .bind(slug.map(|(slug, _)| slug.as_str()))
    .bind(slug.map(|(_, locale)| locale.as_str()))
    .fetch_one(connection)
    .await?;
    let revision: Option<i64> = row.try_get(0)?;
    let slug_taken: i64 = row.try_get(1)?;
    match expected {
        None => refuse_if(revision.is_some(), Conflict::Taken("id"))?,
        Some(expected) => refuse_if(revision != Some(stored(expected)), Conflict::Revision)?,
    }
    refuse_if(slug_taken > 0, Conflict::Taken("slug"))
}

async fn check_exists(
    connection: &mut SqliteConnection,
    post: PostId,
    written: &[PostId],
) -> Result<()> {
    if written.contains(&post) {
        return Ok(());
    }
    let found: i64 = sqlx::query_scalar("SELECT count(*) FROM blog_posts WHERE id = $1")
        .bind(id_bytes(&post))
        .fetch_one(connection)
        .await?;
    if found == 0 {
        Err(SqliteError::NotFound("post"))
    } else {
        Ok(())
    }
}

fn refuse_if(refused: bool, conflict: Conflict) -> Result<()> {
    if refused {
        Err(SqliteError::Conflict(conflict))
    } else {
        Ok(())
    }
}
