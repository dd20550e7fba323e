use anyhow::Result;
use axum::Router;
use blog_axum::RouterOptions;
use blog_core::Blog;
use blog_storage_sqlite::SqliteStorage;
use sqlx::SqlitePool;

pub(crate) async fn nest(app: Router, pool: &SqlitePool) -> Result<Router> {
    let blog = Blog::builder(SqliteStorage::from_pool(pool).await?).build();
    let worker = blog.clone();
    tokio::spawn(async move { worker.run(std::future::pending()).await });
    let options = RouterOptions::default()
        .with_public_url("http://127.0.0.1:4000/blog".parse()?)
        .with_authenticator(crate::users::Users(pool.clone()));
    Ok(app.nest("/blog", blog_axum::router(blog, options)))
}
