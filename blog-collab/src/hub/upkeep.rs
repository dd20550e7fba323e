//! What a hub does whoever is there: it follows the event log, and looks after documents that no room is
//! open for.

use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::Duration;

use blog_core::domain::{EventKind, PostId, Seq};
use blog_core::{ErrorKind, Result};
use futures::future::join_all;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Hub;
use crate::handover;
use crate::room::Command;

/// How long rooms may take to close once the server stops.
const CLOSING: Duration = Duration::from_secs(10);
/// How often it is looked for documents whose post is gone.
const REMOVE_EVERY: Duration = Duration::from_secs(3_600);
/// Documents that are looked at together.
const PAGE: usize = 100;

impl Hub {
    /// Folds what a crash has left, and brings into open rooms what is written to their posts, until
    /// `shutdown` is ready. Then rooms are closed and no more are opened, and what was written is folded.
    ///
    /// # Errors
    /// None today: what fails is tried again.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) -> Result<()> {
        let work = async {
            let (deleted, of_deleted) = mpsc::channel(PAGE);
            tokio::join!(
                self.follow(deleted),
                self.remove(of_deleted),
                self.sweep(),
                self.hear_of_runs(),
                self.0.hear_of_admission()
            );
        };
        tokio::select! {
            () = work => {}
            () = shutdown => {}
        }
        self.close().await;
        Ok(())
    }

    /// Tells rooms that their post has changed, and has the documents of posts removed that are gone.
    async fn follow(&self, deleted: mpsc::Sender<PostId>) {
        let mut news = self.0.blog.news();
        let mut seen = self.0.blog.storage().last_event().await.unwrap_or(Seq(0));
        loop {
            match self.0.blog.storage().events(seen, PAGE).await {
                Ok(events) => {
                    for event in &events {
                        seen = event.seq;
                        let room = self.0.rooms().get(&event.post).cloned();
                        if let Some(room) = room {
                            room.note_change();
                        } else if event.kind == EventKind::PostDeleted {
                            // Of too many, the rest is found by and by.
                            let _ = deleted.try_send(event.post);
                        }
                    }
                    if events.len() < PAGE {
                        news.wait().await;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the event log cannot be read; it is tried again");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// Folds documents whose log goes further than their post, such as those of a node that died; and
    /// now and then removes those whose post was deleted while nobody looked.
    async fn sweep(&self) {
        let mut removed_at = None;
        loop {
            if removed_at.is_none_or(|at: Instant| at.elapsed() >= REMOVE_EVERY) {
                removed_at = Some(Instant::now());
                self.remove_forgotten().await;
            }
            let mut after = None;
            while let Ok(page) = self.unfolded(after).await {
                for post in &page {
                    if self.0.rooms().contains_key(post) {
                        continue;
                    }
                    let fold = handover::fold(&self.0, *post);
                    if let Err(error) = self.0.patiently(fold).await {
                        tracing::warn!(%post, %error, "a document is folded later");
                    }
                }
                match page.last() {
                    Some(last) if page.len() == PAGE => after = Some(*last),
                    _ => break,
                }
            }
            tokio::time::sleep(self.0.options.look_every).await;
        }
    }

    async fn unfolded(&self, after: Option<PostId>) -> Result<Vec<PostId>> {
        let unfolded = self.0.store.unfolded(after, PAGE);
        self.0.patiently(unfolded).await
    }

    /// Removes the documents of deleted posts. A store that hangs keeps nobody waiting but these.
    async fn remove(&self, mut deleted: mpsc::Receiver<PostId>) {
        while let Some(post) = deleted.recv().await {
            let removed = self.0.patiently(self.0.store.remove(post));
            if let Err(error) = removed.await {
                tracing::warn!(%post, %error, "a document is not removed");
            }
        }
    }

    async fn remove_forgotten(&self) {
        let mut after = None;
        while let Ok(page) = self.documents(after).await {
            let collab = self.0.blog.collab();
            let unknown = self.0.patiently(collab.unknown(&page)).await;
            for post in unknown.unwrap_or_default() {
                // Looks at the post itself before it removes anything.
                let removed = self.0.patiently(handover::bring_in(&self.0, post));
                if let Err(error) = removed.await
                    && *error.kind() != ErrorKind::NotFound
                {
                    tracing::warn!(%post, %error, "a document is not removed");
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(*last),
                _ => return,
            }
        }
    }

    async fn documents(&self, after: Option<PostId>) -> Result<Vec<PostId>> {
        let documents = self.0.store.documents(after, PAGE);
        self.0.patiently(documents).await
    }

    async fn close(&self) {
        // Before the list is read: what is opened until then is on it.
        self.0.is_closing.store(true, Ordering::Relaxed);
        let rooms: Vec<_> = self.0.rooms().values().cloned().collect();
        let closing = rooms.into_iter().map(|room| async move {
            // Whoever is closing already needs no word.
            let _ = room.send(Command::Stop).await;
            room.closed().await;
        });
        let closed = async {
            join_all(closing).await;
            self.0.runs.all_ended().await;
        };
        if tokio::time::timeout(CLOSING, closed).await.is_err() {
            tracing::warn!("some rooms are not folded: that is done after the next start");
        }
    }
}
