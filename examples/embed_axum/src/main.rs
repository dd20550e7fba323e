//! Serves the application on <http://127.0.0.1:4000>, with everything in `app.db`.

use anyhow::Result;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;

#[tokio::main]
async fn main() -> Result<()> {
    let file = SqliteConnectOptions::new()
        .filename("app.db")
        .create_if_missing(true);
    let pool = SqlitePool::connect_with(file).await?;
    let app = embed_axum::app(pool).await?;
    let listener = blog_axum::listen(([127, 0, 0, 1], 4000).into())?;
    axum::serve(listener, app.into_make_service()).await?;
    Ok(())
}
