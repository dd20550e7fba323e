//! A post that the index cannot take stops no other, and can be tried again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use blog_core::domain::{Actor, Content, PostId, Role, Scope, Seq};
use blog_core::memory::{MemoryIndex, MemoryStorage};
use blog_core::ports::{IndexChange, IndexedPost, SearchIndex, SearchPage, SearchQuery};
use blog_core::services::NewPost;
use blog_core::{Blog, Error, ErrorKind, Result};

/// Refuses posts titled "Poison" as long as it is `ill`.
#[derive(Debug, Default)]
struct Ill {
    inner: MemoryIndex,
    ill: Arc<AtomicBool>,
}

#[async_trait]
impl SearchIndex for Ill {
    async fn checkpoint(&self) -> Result<Option<Seq>> {
        self.inner.checkpoint().await
    }
    async fn apply(&self, changes: Vec<IndexChange>, checkpoint: Seq) -> Result<()> {
        let poison = changes.iter().any(|change| match change {
            IndexChange::Put(post) => post.head.content.title == "Poison",
            IndexChange::Remove(_) => false,
        });
        if poison && self.ill.load(Ordering::SeqCst) {
            return Err(Error::internal("poisoned"));
        }
        self.inner.apply(changes, checkpoint).await
    }
    async fn begin_replacement(&self) -> Result<()> {
        self.inner.begin_replacement().await
    }
    async fn extend_replacement(&self, posts: Vec<IndexedPost>) -> Result<()> {
        self.inner.extend_replacement(posts).await
    }
    async fn replace(&self, checkpoint: Seq) -> Result<()> {
        self.inner.replace(checkpoint).await
    }
    async fn search(&self, scope: &Scope, query: &SearchQuery) -> Result<SearchPage> {
        self.inner.search(scope, query).await
    }
    async fn complete(&self, scope: &Scope, prefix: &str, limit: usize) -> Result<Vec<String>> {
        self.inner.complete(scope, prefix, limit).await
    }
    async fn related(&self, scope: &Scope, post: PostId, limit: usize) -> Result<Vec<PostId>> {
        self.inner.related(scope, post, limit).await
    }
    async fn ids(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        self.inner.ids(after, limit).await
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_fails_is_buried_and_can_be_replayed() {
    let ill = Arc::new(AtomicBool::new(true));
    let index = Ill {
        ill: Arc::clone(&ill),
        ..Ill::default()
    };
    let blog = Blog::builder(MemoryStorage::default())
        .search_index(index)
        .build();
    // An index without a checkpoint is built anew, which is not what this is about.
    blog_core::consumers::catch_up(&blog).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let runner = tokio::spawn({
        let blog = blog.clone();
        async move { blog.run(async { stopped.await.unwrap_or(()) }).await }
    });

    let admin = Actor::user("root", "Root", Role::Admin);
    for title in ["Poison", "Healthy"] {
        let content = Content {
            title: title.into(),
            ..Content::default()
        };
        let new = NewPost {
            content,
            ..NewPost::default()
        };
        blog.posts().create(&admin, new).await.unwrap();
    }
    let last = blog.storage().last_event().await.unwrap();
    blog.wait_for(last, Duration::from_secs(600)).await.unwrap();
    let found = async |text: &str| {
        let query = SearchQuery {
            text: text.to_owned(),
            limit: 10,
            ..SearchQuery::default()
        };
        blog.search().search(&admin, &query).await.unwrap().total
    };
    assert_eq!((found("healthy").await, found("poison").await), (1, 0));

    let letters = blog.dead_letters().list(&admin).await.unwrap();
    assert_eq!(letters.len(), 1);
    let letter = (letters[0].consumer.clone(), letters[0].event.seq);
    let reader = Actor::user("r", "R", Role::Reader);
    let refused = blog.dead_letters().list(&reader).await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Forbidden);

    let replay = async || {
        blog.dead_letters()
            .replay(&admin, &letter.0, letter.1)
            .await
    };
    replay().await.unwrap_err();
    assert_eq!(
        blog.dead_letters().list(&admin).await.unwrap().len(),
        1,
        "it stays"
    );
    ill.store(false, Ordering::SeqCst);
    replay().await.unwrap();
    assert_eq!(found("poison").await, 1);
    assert!(blog.dead_letters().list(&admin).await.unwrap().is_empty());

    stop.send(()).unwrap();
    runner.await.unwrap().unwrap();
}
