//! What readers were shown is remembered, and never for longer than it is true.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[cfg(feature = "moka")]
mod search;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use blog_core::domain::{Actor, Content, PostId, Role, Transition};
use blog_core::memory::{MemoryCache, MemoryStorage};
use blog_core::ports::{Cache, PostQuery, View};
use blog_core::services::{Lookup, NewPost, PostEdit};
use blog_core::{Blog, BlogBuilder, Error, Result};
use bytes::Bytes;

/// A shared cache that can go away, and counts what is put into it: once for each load.
#[derive(Debug, Clone, Default)]
struct Watched {
    inner: MemoryCache,
    loads: Arc<AtomicUsize>,
    is_away: Arc<AtomicBool>,
}

impl Watched {
    fn check(&self) -> Result<()> {
        if self.is_away.load(Ordering::SeqCst) {
            return Err(Error::unavailable("away", true));
        }
        Ok(())
    }
}

#[async_trait]
impl Cache for Watched {
    async fn get(&self, key: &str) -> Result<Option<Bytes>> {
        self.check()?;
        tokio::task::yield_now().await;
        self.inner.get(key).await
    }
    async fn put(&self, key: &str, value: Bytes, keep: Duration) -> Result<()> {
        self.check()?;
        self.loads.fetch_add(1, Ordering::SeqCst);
        self.inner.put(key, value, keep).await
    }
    async fn remove(&self, key: &str) -> Result<()> {
        self.check()?;
        self.inner.remove(key).await
    }
}

fn ada() -> Actor {
    Actor::user("ada", "Ada", Role::Editor)
}

/// A node that follows the log of `storage`.
fn node(storage: &MemoryStorage, cache: &Watched) -> Blog {
    running(Blog::builder(storage.clone()).cache(cache.clone()))
}

fn running(blog: BlogBuilder) -> Blog {
    let blog = blog.build();
    tokio::spawn({
        let blog = blog.clone();
        async move { blog.run(std::future::pending()).await }
    });
    blog
}

async fn publish(blog: &Blog, title: &str, body: &str) -> PostId {
    let content = Content {
        title: title.to_owned(),
        body: body.to_owned(),
        ..Content::default()
    };
    let new = NewPost {
        content,
        ..NewPost::default()
    };
    let id = blog.posts().create(&ada(), new).await.unwrap().post.id;
    show(blog, id).await;
    id
}

async fn show(blog: &Blog, id: PostId) {
    let publish = Transition::Publish;
    let posts = blog.posts();
    posts
        .change_status(&ada(), id, publish, None)
        .await
        .unwrap();
}

async fn read(blog: &Blog, slug: &str) -> Option<String> {
    let reader = Actor::anonymous();
    let posts = blog.posts();
    match posts.by_slug(&reader, slug, None, View::Reader).await {
        Ok(Lookup::Found(view)) => Some(view.version.content.body.clone()),
        Ok(Lookup::Moved(_)) | Err(_) => None,
    }
}

/// Reads until nothing is loaded any more: the nodes have seen the end of the log.
async fn warm(blogs: &[&Blog], cache: &Watched, slug: &str) {
    loop {
        let before = cache.loads.load(Ordering::SeqCst);
        for blog in blogs {
            read(blog, slug).await;
        }
        if before > 0 && cache.loads.load(Ordering::SeqCst) == before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn many_readers_of_one_post_on_three_nodes_are_at_most_three_loads() {
    let (storage, cache) = (MemoryStorage::default(), Watched::default());
    let nodes = [(); 3].map(|()| node(&storage, &cache));
    publish(&nodes[0], "Other", "").await;
    publish(&nodes[0], "Much read", "text").await;
    warm(&nodes.each_ref(), &cache, "other").await;
    let before = cache.loads.load(Ordering::SeqCst);
    let readers: Vec<_> = (0..1_000)
        .map(|number| {
            let blog = nodes[number % 3].clone();
            tokio::spawn(async move { read(&blog, "much-read").await })
        })
        .collect();
    for reader in readers {
        assert_eq!(reader.await.unwrap().as_deref(), Some("text"));
    }
    let loads = cache.loads.load(Ordering::SeqCst) - before;
    assert!((1..=3).contains(&loads), "{loads}");
}

#[tokio::test]
async fn a_node_sees_its_own_writes_at_once_and_the_others_soon() {
    let (storage, cache) = (MemoryStorage::default(), Watched::default());
    let (one, other) = (node(&storage, &cache), node(&storage, &cache));
    let id = publish(&one, "Post", "0").await;
    warm(&[&one, &other], &cache, "post").await;
    for number in 1..=20 {
        let body = number.to_string();
        let edit = PostEdit {
            body: Some(body.clone()),
            ..PostEdit::default()
        };
        let head = one.posts().get(&ada(), id, View::Head).await.unwrap();
        let (posts, revision) = (one.posts(), head.post.revision);
        posts.save(&ada(), id, revision, edit).await.unwrap();
        assert_eq!(read(&one, "post").await, Some((number - 1).to_string()));
        show(&one, id).await;
        assert_eq!(read(&one, "post").await, Some(body.clone()));
        while read(&other, "post").await.as_ref() != Some(&body) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[tokio::test]
async fn what_was_absent_is_found_once_it_is_there_and_lists_follow() {
    let (storage, cache) = (MemoryStorage::default(), Watched::default());
    let blog = node(&storage, &cache);
    publish(&blog, "First", "").await;
    warm(&[&blog], &cache, "first").await;
    let list = || async {
        let query = PostQuery::default();
        let page = blog.posts().list(&Actor::anonymous(), &query).await;
        page.unwrap().items.len()
    };
    assert_eq!(read(&blog, "second").await, None);
    assert_eq!(list().await, 1);
    let id = publish(&blog, "Second", "here").await;
    assert_eq!(read(&blog, "second").await.as_deref(), Some("here"));
    assert_eq!(list().await, 2);
    let trash = Transition::Trash;
    let posts = blog.posts();
    posts.change_status(&ada(), id, trash, None).await.unwrap();
    assert_eq!(read(&blog, "second").await, None);
    assert_eq!(list().await, 1);
}

#[tokio::test]
async fn without_the_shared_cache_reads_answer_and_writes_succeed() {
    let (storage, cache) = (MemoryStorage::default(), Watched::default());
    let blog = node(&storage, &cache);
    publish(&blog, "First", "1").await;
    warm(&[&blog], &cache, "first").await;
    cache.is_away.store(true, Ordering::SeqCst);
    publish(&blog, "Second", "2").await;
    assert_eq!(read(&blog, "second").await.as_deref(), Some("2"));
    assert_eq!(read(&blog, "first").await.as_deref(), Some("1"));
    cache.is_away.store(false, Ordering::SeqCst);
    assert_eq!(read(&blog, "second").await.as_deref(), Some("2"));
}

#[tokio::test]
async fn a_blog_that_follows_no_log_remembers_nothing() {
    let storage = MemoryStorage::default();
    let (reading, writing) = (
        Blog::builder(storage.clone()).build(),
        Blog::builder(storage).build(),
    );
    let id = publish(&writing, "Post", "old").await;
    assert_eq!(read(&reading, "post").await.as_deref(), Some("old"));
    let trash = Transition::Trash;
    let posts = writing.posts();
    posts.change_status(&ada(), id, trash, None).await.unwrap();
    assert_eq!(read(&reading, "post").await, None);
}
