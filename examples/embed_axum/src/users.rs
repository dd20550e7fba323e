//! The application's own users: a table of names, roles and secrets.

use async_trait::async_trait;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use blog_axum::Authenticator;
use blog_core::domain::{Actor, ActorKind, PostId, Role};
use blog_core::ports::Admission;
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

/// The users, of whom the blog asks who has sent a request, and who may still be in its rooms.
#[derive(Debug, Clone)]
pub struct Users(pub SqlitePool);

impl Users {
    /// The user of whom `column` is `value`.
    async fn find(&self, column: &'static str, value: Option<&str>) -> Result<Option<Actor>> {
        let query = format!("SELECT id, name, role FROM users WHERE {column} = $1");
        let user: Option<(String, String, String)> = sqlx::query_as(sqlx::AssertSqlSafe(query))
            .bind(value)
            .fetch_optional(&self.0)
            .await
            .map_err(|error| {
                Error::unavailable("the users cannot be read", true).with_source(error)
            })?;
        Ok(user.map(|(id, name, role)| {
            let role = Role::from_name(&role).unwrap_or(Role::Reader);
            Actor::user(id, name, role)
        }))
    }
}

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
        let user = self.find("secret", secret).await?;
        user.ok_or_else(|| Error::new(ErrorKind::Unauthenticated, "no such user"))
    }
}

/// Whoever has lost their account leaves the rooms, and whoever has another role does what that may.
#[async_trait]
impl Admission for Users {
    async fn admit(&self, actor: &Actor, _document: PostId) -> Result<Option<Actor>> {
        if actor.kind == ActorKind::Service {
            // One of the application's own programs.
            return Ok(Some(actor.clone()));
        }
        self.find("id", Some(&actor.id)).await
    }
}
