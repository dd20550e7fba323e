use anyhow::Result;
use axum::Router;
use blog_axum::RouterOptions;
use blog_collab::Hub;
use blog_core::Blog;
use blog_storage_sqlite::SqliteStorage;
use sqlx::SqlitePool;

use crate::users::Users;

pub(crate) async fn nest(app: Router, pool: &SqlitePool) -> Result<Router> {
    let storage = SqliteStorage::from_pool(pool).await?;
    let blog = Blog::builder(storage.clone()).build();
    let worker = blog.clone();
    tokio::spawn(async move { worker.run(std::future::pending()).await });
    let users = Users(pool.clone());
    let hub = Hub::builder(blog.clone(), storage.collab_store()).admission(users.clone());
    let hub = hub.build();
    let rooms = hub.clone();
    tokio::spawn(async move { rooms.run(std::future::pending()).await });
    let options = RouterOptions::default()
        .with_public_url("http://127.0.0.1:4000/blog".parse()?)
        .with_authenticator(users)
        .with_hub(hub);
    Ok(app.nest("/blog", blog_axum::router(blog, options)))
}
