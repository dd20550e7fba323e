use std::sync::Arc;

use async_trait::async_trait;
use blog_core::domain::{Actor, LogPosition, PostId, Status, Transition};
use blog_core::ports::{LiveDocuments, View};
use blog_core::services::Fold;
use blog_core::{Blog, Conflict, Error, ErrorKind};
use chrono::TimeDelta;

use crate::scene::{Scene, clock_time, editor, kind, scene, text};

#[tokio::test]
async fn the_table_of_transitions_is_what_posts_follow() {
    let Scene { blog, .. } = scene();
    let view = blog
        .posts()
        .create(&editor(), text("Title", ""))
        .await
        .unwrap();
    let id = view.post.id;
    let mut status = Status::Draft;
    for transition in Transition::ALL.repeat(3) {
        let answer = if transition == Transition::Schedule {
            let at = blog.clock().now() + TimeDelta::hours(1);
            blog.posts().schedule(&editor(), id, at, None).await
        } else {
            blog.posts()
                .change_status(&editor(), id, transition, None)
                .await
        };
        match status.after(transition) {
            Some(next) => {
                assert_eq!(answer.unwrap().post.status, next);
                status = next;
            }
            None => assert_eq!(kind(answer), ErrorKind::Conflict(Conflict::Status)),
        }
    }
}

#[tokio::test]
async fn a_due_post_is_published_once_however_many_nodes_try() {
    let Scene { blog, clock } = scene();
    let view = blog
        .posts()
        .create(&editor(), text("Title", ""))
        .await
        .unwrap();
    let at = clock_time(&blog) + TimeDelta::hours(1);
    blog.posts()
        .schedule(&editor(), view.post.id, at, None)
        .await
        .unwrap();
    assert_eq!(blog_core::consumers::publish_due(&blog).await.unwrap(), 0);
    clock.advance(TimeDelta::hours(2));
    let nodes: Vec<_> = (0..8)
        .map(|_| {
            let blog = blog.clone();
            tokio::spawn(async move { blog_core::consumers::publish_due(&blog).await.unwrap() })
        })
        .collect();
    let mut published = 0;
    for node in nodes {
        published += node.await.unwrap();
    }
    assert_eq!(published, 1);
    let post = blog
        .posts()
        .get(&Actor::anonymous(), view.post.id, View::Reader)
        .await
        .unwrap();
    assert_eq!(post.post.status, Status::Published);
}

/// Somebody types all the time: whoever looks finds more than the post says.
#[derive(Debug)]
struct Typing(Blog);

#[async_trait]
impl LiveDocuments for Typing {
    async fn settle(&self, post: PostId) -> Result<bool, Error> {
        let collab = self.0.collab();
        let head = collab.head(post).await?;
        let mut content = head.version.content.clone();
        content.body.push('.');
        let position = LogPosition {
            update: u64::from(head.post.head),
            state_vector: vec![],
        };
        let fold = Fold {
            post,
            head,
            content,
            position,
            contributors: vec![],
            passages: None,
            authors: vec![],
            ai_generated: false,
            by_model: None,
            even_if_same: false,
        };
        collab.fold(fold).await.map(|_| true)
    }

    fn is_open(&self, _: PostId) -> bool {
        true
    }
}

#[tokio::test]
async fn a_scheduled_post_is_published_at_its_time_also_while_somebody_types() {
    let Scene { blog, clock } = scene();
    let posts = blog.posts();
    let post = posts.create(&editor(), text("Post", "text")).await;
    let id = post.unwrap().post.id;
    let live: Arc<dyn LiveDocuments> = Arc::new(Typing(blog.clone()));
    blog.collab().attach(&live);
    let at = clock_time(&blog) + TimeDelta::hours(1);
    posts.schedule(&editor(), id, at, None).await.unwrap();

    assert_eq!(blog_core::consumers::publish_due(&blog).await.unwrap(), 0);
    clock.advance(TimeDelta::hours(1));
    assert_eq!(blog_core::consumers::publish_due(&blog).await.unwrap(), 1);
    let shown = posts.get(&Actor::anonymous(), id, View::Reader).await;
    let shown = shown.unwrap();
    assert_eq!(shown.post.status, Status::Published);
    assert!(shown.version.content.body.starts_with("text."));
}

/// The live document of one post does not answer.
#[derive(Debug)]
struct Hanging(PostId);

#[async_trait]
impl LiveDocuments for Hanging {
    async fn settle(&self, post: PostId) -> Result<bool, Error> {
        match post == self.0 {
            true => Err(Error::unavailable("it does not answer", true)),
            false => Ok(false),
        }
    }

    fn is_open(&self, post: PostId) -> bool {
        post == self.0
    }
}

#[tokio::test]
async fn a_scheduled_post_that_cannot_be_published_now_keeps_no_other_back() {
    let Scene { blog, clock } = scene();
    let posts = blog.posts();
    let at = clock_time(&blog) + TimeDelta::hours(1);
    let mut ids = vec![];
    for title in ["First", "Second", "Third"] {
        let post = posts.create(&editor(), text(title, "")).await.unwrap();
        ids.push(post.post.id);
        let scheduled = posts.schedule(&editor(), post.post.id, at, None).await;
        scheduled.unwrap();
        clock.advance(TimeDelta::minutes(1));
    }
    let live: Arc<dyn LiveDocuments> = Arc::new(Hanging(ids[0]));
    blog.collab().attach(&live);
    clock.advance(TimeDelta::hours(2));
    let answer = blog_core::consumers::publish_due(&blog).await;
    assert_eq!(kind(answer), ErrorKind::Unavailable { retry: true });
    let (reader, mut shown) = (Actor::anonymous(), vec![]);
    for id in &ids {
        shown.push(posts.get(&reader, *id, View::Reader).await.is_ok());
    }
    assert_eq!(shown, [false, true, true]);

    drop(live);
    let published = blog_core::consumers::publish_due(&blog).await.unwrap();
    assert_eq!(published, 1);
}
