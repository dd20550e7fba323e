//! What readers found is remembered on the node, and never for longer than its index says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use blog_core::domain::{Actor, PostId, Role, Scope, Seq, Transition};
use blog_core::memory::{MemoryIndex, MemoryStorage};
use blog_core::ports::{
    DeadLetter, IndexChange, IndexedPost, SearchIndex, SearchPage, SearchQuery, View,
};
use blog_core::services::{PostEdit, SearchResults};
use blog_core::{Blog, BlogOptions, Result, consumers};
use tokio::sync::watch;

use super::{Watched, ada, publish, running};

/// An index that counts its searches, and can keep their answers back, or its changes.
#[derive(Debug, Clone, Default)]
struct WatchedIndex {
    inner: MemoryIndex,
    searches: Arc<AtomicUsize>,
    keeps_answers: Arc<watch::Sender<bool>>,
    keeps_changes: Arc<watch::Sender<bool>>,
}

impl WatchedIndex {
    fn searches(&self) -> usize {
        self.searches.load(Ordering::SeqCst)
    }

    /// Loses a post, and says nothing of it.
    async fn lose(&self, post: PostId) {
        let checkpoint = self.inner.checkpoint().await.unwrap().unwrap();
        let removal = vec![IndexChange::Remove(post)];
        self.inner.apply(removal, checkpoint).await.unwrap();
    }
}

async fn pass(keeps: &watch::Sender<bool>) {
    keeps.subscribe().wait_for(|keeps| !keeps).await.unwrap();
}

#[async_trait]
impl SearchIndex for WatchedIndex {
    async fn search(&self, scope: &Scope, query: &SearchQuery) -> Result<SearchPage> {
        let page = self.inner.search(scope, query).await;
        self.searches.fetch_add(1, Ordering::SeqCst);
        pass(&self.keeps_answers).await;
        page
    }
    async fn apply(&self, changes: Vec<IndexChange>, checkpoint: Seq) -> Result<()> {
        pass(&self.keeps_changes).await;
        self.inner.apply(changes, checkpoint).await
    }
    async fn checkpoint(&self) -> Result<Option<Seq>> {
        self.inner.checkpoint().await
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

/// A node of its own, and its index.
fn alone() -> (Blog, WatchedIndex) {
    let index = WatchedIndex::default();
    let blog = Blog::builder(MemoryStorage::default()).search_index(index.clone());
    (running(blog), index)
}

async fn search(blog: &Blog, actor: &Actor, text: &str) -> SearchResults {
    let query = SearchQuery {
        text: text.to_owned(),
        limit: 100,
        ..SearchQuery::default()
    };
    blog.search().search(actor, &query).await.unwrap()
}

/// How many posts readers find.
async fn found(blog: &Blog, text: &str) -> usize {
    let results = search(blog, &Actor::anonymous(), text).await;
    assert_eq!(results.hits.len(), results.total);
    results.total
}

async fn indexed(blog: &Blog) {
    let last = blog.storage().last_event().await.unwrap();
    let patience = Duration::from_secs(60);
    blog.wait_for(last, patience).await.unwrap();
}

/// Searches until the index is not asked any more.
async fn warm(blog: &Blog, index: &WatchedIndex, text: &str) {
    indexed(blog).await;
    loop {
        let before = index.searches();
        found(blog, text).await;
        if index.searches() == before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn many_readers_of_one_search_are_one_search() {
    let (blog, index) = alone();
    publish(&blog, "Rust", "text").await;
    warm(&blog, &index, "text").await;
    let before = index.searches();
    let readers: Vec<_> = (0..100)
        .map(|_| {
            let blog = blog.clone();
            tokio::spawn(async move { found(&blog, "rust").await })
        })
        .collect();
    for reader in readers {
        assert_eq!(reader.await.unwrap(), 1);
    }
    assert_eq!(index.searches() - before, 1);
}

#[tokio::test]
async fn what_is_published_is_found_once_it_is_indexed() {
    let (blog, index) = alone();
    for number in 0..50 {
        warm(&blog, &index, "rust").await;
        assert_eq!(found(&blog, "rust").await, number);
        publish(&blog, &format!("Rust {number}"), "").await;
        indexed(&blog).await;
        assert_eq!(found(&blog, "rust").await, number + 1);
    }
}

#[tokio::test]
async fn what_another_process_has_indexed_is_found_before_the_log_is_read() {
    let (storage, index) = (MemoryStorage::default(), WatchedIndex::default());
    let builder = || Blog::builder(storage.clone()).search_index(index.clone());
    let indexing = running(builder());
    publish(&indexing, "Rust", "").await;
    indexed(&indexing).await;
    let mut options = BlogOptions::default();
    options.poll_interval = Duration::from_secs(3_600);
    let reading = running(builder().options(options));
    warm(&reading, &index, "rust").await;

    publish(&indexing, "Rust again", "").await;
    indexed(&indexing).await;
    indexed(&reading).await;
    assert_eq!(found(&reading, "rust").await, 2);
}

#[tokio::test]
async fn what_is_withdrawn_is_shown_no_more_and_counted_no_more_once_it_is_indexed() {
    let (blog, index) = alone();
    let id = publish(&blog, "Rust", "").await;
    warm(&blog, &index, "rust").await;
    let posts = blog.posts();
    let trash = Transition::Trash;
    posts.change_status(&ada(), id, trash, None).await.unwrap();
    let at_once = search(&blog, &Actor::anonymous(), "rust").await;
    assert_eq!(at_once.hits, []);
    indexed(&blog).await;
    assert_eq!(found(&blog, "rust").await, 0);
}

#[tokio::test]
async fn a_drafts_word_is_for_its_editors() {
    let (blog, index) = alone();
    let id = publish(&blog, "Rust", "public").await;
    warm(&blog, &index, "hidden").await;
    let head = blog.posts().get(&ada(), id, View::Head).await.unwrap();
    let edit = PostEdit {
        body: Some("hidden".to_owned()),
        ..PostEdit::default()
    };
    let (posts, revision) = (blog.posts(), head.post.revision);
    posts.save(&ada(), id, revision, edit).await.unwrap();
    indexed(&blog).await;
    for _ in 0..2 {
        assert_eq!(search(&blog, &ada(), "hidden").await.total, 1);
        assert_eq!(search(&blog, &ada(), "public").await.total, 0);
        assert_eq!(found(&blog, "hidden").await, 0);
        assert_eq!(found(&blog, "public").await, 1);
    }
}

#[tokio::test]
async fn a_search_that_began_before_a_post_was_published_is_not_remembered() {
    let (blog, index) = alone();
    publish(&blog, "Rust", "text").await;
    warm(&blog, &index, "text").await;
    index.keeps_answers.send_replace(true);
    let before = index.searches();
    let search = || {
        let blog = blog.clone();
        tokio::spawn(async move { found(&blog, "rust").await })
    };
    let early = search();
    while index.searches() == before {
        tokio::task::yield_now().await;
    }
    publish(&blog, "Rust again", "").await;
    indexed(&blog).await;
    let late = search();
    tokio::task::yield_now().await;
    index.keeps_answers.send_replace(false);
    assert_eq!(late.await.unwrap(), 2);
    early.await.unwrap();
    assert_eq!(found(&blog, "rust").await, 2);
}

#[tokio::test]
async fn a_search_of_an_index_that_lags_behind_the_log_is_not_remembered() {
    let (storage, cache) = (MemoryStorage::default(), Watched::default());
    let index = WatchedIndex::default();
    let blog = Blog::builder(storage).cache(cache.clone());
    let blog = running(blog.search_index(index.clone()));
    publish(&blog, "Rust", "").await;
    warm(&blog, &index, "rust").await;
    index.keeps_changes.send_replace(true);
    publish(&blog, "Rust again", "").await;
    // The log is known up to its end.
    super::warm(&[&blog], &cache, "rust").await;
    assert_eq!(found(&blog, "rust").await, 1);
    index.keeps_changes.send_replace(false);
    indexed(&blog).await;
    assert_eq!(found(&blog, "rust").await, 2);
}

#[tokio::test]
async fn what_a_new_index_brings_back_is_found_at_once() {
    let (blog, index) = alone();
    let id = publish(&blog, "Rust", "").await;
    indexed(&blog).await;
    index.lose(id).await;
    warm(&blog, &index, "rust").await;
    assert_eq!(found(&blog, "rust").await, 0);
    consumers::rebuild(&blog).await.unwrap();
    assert_eq!(found(&blog, "rust").await, 1);
}

#[tokio::test]
async fn what_a_replayed_event_brings_back_is_found_at_once() {
    let (blog, index) = alone();
    let id = publish(&blog, "Rust", "").await;
    indexed(&blog).await;
    index.lose(id).await;
    warm(&blog, &index, "rust").await;
    assert_eq!(found(&blog, "rust").await, 0);
    let event = blog.storage().events(Seq(0), 1).await.unwrap().remove(0);
    let letter = DeadLetter {
        consumer: "search".to_owned(),
        at: event.at,
        error: "lost".to_owned(),
        event,
    };
    blog.storage().bury(&letter).await.unwrap();
    let admin = Actor::user("root", "Root", Role::Admin);
    let (letters, seq) = (blog.dead_letters(), letter.event.seq);
    letters.replay(&admin, "search", seq).await.unwrap();
    assert_eq!(found(&blog, "rust").await, 1);
}

#[tokio::test]
async fn what_one_nodes_index_lacks_the_other_nodes_find() {
    let (storage, cache) = (MemoryStorage::default(), Watched::default());
    let [one, other] = [(); 2].map(|()| {
        let index = WatchedIndex::default();
        let blog = Blog::builder(storage.clone()).cache(cache.clone());
        (running(blog.search_index(index.clone())), index)
    });
    let id = publish(&one.0, "Rust", "").await;
    indexed(&one.0).await;
    one.1.lose(id).await;
    warm(&one.0, &one.1, "rust").await;
    assert_eq!(found(&one.0, "rust").await, 0);
    warm(&other.0, &other.1, "rust").await;
    assert_eq!(found(&other.0, "rust").await, 1);
}
