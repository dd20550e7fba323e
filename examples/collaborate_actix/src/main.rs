//! Serves a new post on <ws://127.0.0.1:4000>, kept in `collaborate.db`, until Ctrl-C; prints where
//! its author connects.

use std::collections::HashMap;
use std::io::{Write, stdout};
use std::net::TcpListener;

use anyhow::Result;
use blog_collab::Hub;
use blog_core::Blog;
use blog_core::domain::{Actor, Content, Role};
use blog_core::services::NewPost;
use blog_storage_sqlite::SqliteStorage;
use collaborate_actix::{Rooms, serve};
use tokio::signal::ctrl_c;
use uuid::Uuid;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let storage = SqliteStorage::open("collaborate.db").await?;
    let blog = Blog::builder(storage.clone()).build();
    let ada = Actor::user("ada", "Ada", Role::Author);
    let content = Content {
        title: "Written together".to_owned(),
        ..Content::default()
    };
    let new = NewPost {
        content,
        ..NewPost::default()
    };
    let post = blog.posts().create(&ada, new).await?.post.id;
    let secret = Uuid::new_v4().to_string();
    let place = format!("ws://127.0.0.1:4000/ws/collaborate/{post}?token={secret}");
    writeln!(stdout(), "{place}")?;
    let rooms = Rooms {
        hub: Hub::builder(blog, storage.collab_store()).build(),
        users: HashMap::from([(secret, ada)]),
        origin: "http://127.0.0.1:4000".to_owned(),
    };
    let listener = TcpListener::bind("127.0.0.1:4000")?;
    serve(listener, rooms, async { ctrl_c().await.unwrap_or(()) }).await?;
    storage.close().await;
    Ok(())
}
