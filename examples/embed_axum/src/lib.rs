//! An application with its own database, users and pages, and a blog below `/blog`. The blog's part
//! is `blog.rs`, which people may write in together.

mod blog;
mod users;

pub use users::Users;

use anyhow::Result;
use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use sqlx::SqlitePool;

/// The whole application on this database.
///
/// # Errors
/// Those of the database.
pub async fn app(pool: SqlitePool) -> Result<Router> {
    users::prepare(&pool).await?;
    let app = Router::new().route("/", get(home)).with_state(pool.clone());
    blog::nest(app, &pool).await
}

async fn home(State(pool): State<SqlitePool>) -> Html<String> {
    let users = users::count(&pool).await.unwrap_or_default();
    Html(format!("<h1>{users} users</h1><a href=\"/blog/\">Blog</a>"))
}
