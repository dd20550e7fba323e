use std::sync::Arc;

use blog_core::domain::{Actor, Content, Role, Transition};
use blog_core::memory::{ManualClock, MemoryStorage};
use blog_core::ports::PostView;
use blog_core::services::{NewPost, PostEdit};
use blog_core::{Blog, Error, ErrorKind};
use chrono::{DateTime, TimeDelta};

pub(crate) struct Scene {
    pub(crate) blog: Blog,
    pub(crate) clock: Arc<ManualClock>,
}

pub(crate) fn scene() -> Scene {
    let start = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
    let clock = Arc::new(ManualClock::at(start));
    let blog = Blog::builder(MemoryStorage::default())
        .clock(clock.clone())
        .build();
    Scene { blog, clock }
}

pub(crate) fn editor() -> Actor {
    Actor::user("ed", "Ed", Role::Editor)
}

pub(crate) fn author(id: &str) -> Actor {
    Actor::user(id, id, Role::Author)
}

pub(crate) fn text(title: &str, body: &str) -> NewPost {
    let content = Content {
        title: title.into(),
        body: body.into(),
        ..Content::default()
    };
    NewPost {
        content,
        ..NewPost::default()
    }
}

pub(crate) fn body(text: &str) -> PostEdit {
    PostEdit {
        body: Some(text.into()),
        ..PostEdit::default()
    }
}

pub(crate) async fn published(blog: &Blog, title: &str, body: &str) -> PostView {
    let view = blog
        .posts()
        .create(&editor(), text(title, body))
        .await
        .unwrap();
    blog.posts()
        .change_status(&editor(), view.post.id, Transition::Publish, None)
        .await
        .unwrap()
}

pub(crate) fn kind<T: std::fmt::Debug>(answer: Result<T, Error>) -> ErrorKind {
    answer.unwrap_err().kind().clone()
}

pub(crate) fn clock_time(blog: &Blog) -> DateTime<chrono::Utc> {
    blog.clock().now()
}
