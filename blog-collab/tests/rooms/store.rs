use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use blog_core::domain::PostId;
use blog_core::memory::MemoryCollabStore;
use blog_core::ports::{Append, CollabStore, Entry, Log, Snapshot, Start, StoredDocument};
use blog_core::{Error, Result};
use tokio::sync::watch;

/// A store that can be made to wait or to fail, and which counts what it is asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct TroubledStore {
    store: MemoryCollabStore,
    held_back: Arc<watch::Sender<bool>>,
    loads_held_back: Arc<watch::Sender<bool>>,
    removals_held_back: Arc<watch::Sender<bool>>,
    panics_over: Arc<Mutex<Option<PostId>>>,
    fails: Arc<AtomicBool>,
    fails_to_compact: Arc<AtomicBool>,
    logs_fail: Arc<AtomicBool>,
    entries_fail: Arc<AtomicBool>,
    appends: Arc<AtomicUsize>,
    reads: Arc<AtomicUsize>,
    loads: Arc<AtomicUsize>,
}

impl TroubledStore {
    /// From here on an append is done, but does not return.
    pub(crate) fn hold_back(&self) {
        self.held_back.send_replace(true);
    }

    /// Lets those return that were held back.
    pub(crate) fn let_go(&self) {
        self.held_back.send_replace(false);
    }

    /// Whether a load does not return from here on, though it is done.
    pub(crate) fn hold_back_loads(&self, are_held: bool) {
        self.loads_held_back.send_replace(are_held);
    }

    /// Whether a removal does not return from here on, though it is done.
    pub(crate) fn hold_back_removals(&self, are_held: bool) {
        self.removals_held_back.send_replace(are_held);
    }

    /// Over which document whoever loads it panics from here on.
    pub(crate) fn panic_over(&self, document: Option<PostId>) {
        *self.panics_over.lock().unwrap() = document;
    }

    /// Whether appends fail from here on, and leave nothing.
    pub(crate) fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::Relaxed);
    }

    /// Whether compactions fail from here on, and leave nothing.
    pub(crate) fn fail_to_compact(&self, fails: bool) {
        self.fails_to_compact.store(fails, Ordering::Relaxed);
    }

    /// Whether nobody hears from here on how far a log goes.
    pub(crate) fn fail_logs(&self, fail: bool) {
        self.logs_fail.store(fail, Ordering::Relaxed);
    }

    /// Whether no entries can be read from here on.
    pub(crate) fn fail_entries(&self, fail: bool) {
        self.entries_fail.store(fail, Ordering::Relaxed);
    }

    /// How often something was appended.
    pub(crate) fn appends(&self) -> usize {
        self.appends.load(Ordering::Relaxed)
    }

    /// How often entries were read.
    pub(crate) fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }

    /// How often a document was loaded.
    pub(crate) fn loads(&self) -> usize {
        self.loads.load(Ordering::Relaxed)
    }

    /// The end of a document's log.
    pub(crate) async fn end(&self, document: PostId) -> u64 {
        self.store.log(document).await.unwrap().unwrap().end
    }
}

#[async_trait]
impl CollabStore for TroubledStore {
    async fn append(&self, document: PostId, append: Append) -> Result<u64> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(Error::unavailable("the disk is full", false));
        }
        self.appends.fetch_add(1, Ordering::Relaxed);
        let end = self.store.append(document, append).await;
        let mut held_back = self.held_back.subscribe();
        held_back.wait_for(|is_held| !is_held).await.unwrap();
        end
    }

    async fn log(&self, document: PostId) -> Result<Option<Log>> {
        if self.logs_fail.load(Ordering::Relaxed) {
            return Err(Error::unavailable("the disk cannot be read", false));
        }
        self.store.log(document).await
    }

    async fn load(&self, document: PostId, from: Start) -> Result<Option<StoredDocument>> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        let panics_over = *self.panics_over.lock().unwrap();
        assert_ne!(panics_over, Some(document), "it cannot be read");
        let stored = self.store.load(document, from).await;
        let mut held_back = self.loads_held_back.subscribe();
        held_back.wait_for(|is_held| !is_held).await.unwrap();
        stored
    }

    async fn entries(&self, document: PostId, after: u64, limit: usize) -> Result<Vec<Entry>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if self.entries_fail.load(Ordering::Relaxed) {
            return Err(Error::unavailable("the disk cannot be read", false));
        }
        self.store.entries(document, after, limit).await
    }

    async fn compact(&self, document: PostId, snapshot: Snapshot, made_from: u64) -> Result<()> {
        if self.fails_to_compact.load(Ordering::Relaxed) {
            return Err(Error::unavailable("the disk is full", false));
        }
        self.store.compact(document, snapshot, made_from).await
    }

    async fn note_folded(&self, document: PostId, position: u64) -> Result<()> {
        self.store.note_folded(document, position).await
    }

    async fn unfolded(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        self.store.unfolded(after, limit).await
    }

    async fn documents(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        self.store.documents(after, limit).await
    }

    async fn remove(&self, document: PostId) -> Result<()> {
        self.store.remove(document).await?;
        let mut held_back = self.removals_held_back.subscribe();
        held_back.wait_for(|is_held| !is_held).await.unwrap();
        Ok(())
    }
}
