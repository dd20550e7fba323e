//! The application's own users: a table of names, roles and secrets.

use async_trait::async_trait;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use blog_axum::Authenticator;
use blog_core::domain::{Actor, Role};
use blog_core::{Error, ErrorKind, Result};
use sqlx::SqlitePool;

pub(crate) async fn prepare(pool: &SqlitePool) -> sqlx::Result<()> {
    sqlx::query(
        "CREATE TABLE IF NOT EXISTS users \
         (id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, secret TEXT NOT NULL UNIQUE)",
    )
    .execute(pool)
    .await?;
    Ok(())
}

pub(crate) async fn count(pool: &SqlitePool) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM users")
        .fetch_one(pool)
        .await
}

/// Tells the blog which user sent a request.
#[derive(Debug)]
pub(crate) struct Users(pub(crate) SqlitePool);

#[async_trait]
impl Authenticator for Users {
    async fn authenticate(&self, request: &Parts) -> Result<Actor> {
        let Some(header) = request.headers.get(AUTHORIZATION) else {
            return Ok(Actor::anonymous());
        };
        let secret = header
            .to_str()
            .ok()
            .and_then(|header| header.strip_prefix("Bearer "));
        let user: Option<(String, String, String)> =
            sqlx::query_as("SELECT id, name, role FROM users WHERE secret = $1")
                .bind(secret)
                .fetch_optional(&self.0)
                .await
                .map_err(|error| {
                    Error::unavailable("the users cannot be read", true).with_source(error)
                })?;
        match user {
            Some((id, name, role)) => {
                let role = Role::from_name(&role).unwrap_or(Role::Reader);
                Ok(Actor::user(id, name, role))
            }
            None => Err(Error::new(ErrorKind::Unauthenticated, "no such user")),
        }
    }
}
