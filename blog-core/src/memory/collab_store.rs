use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::domain::{AuthorId, PostId};
use crate::error::{Conflict, Error, Result};
use crate::ports::{Append, CollabStore, Entry, Log, Snapshot, Start, StoredDocument, VersionStep};
use crate::tables::kept_snapshot;

/// Live documents in memory, gone with the last clone.
#[derive(Debug, Clone, Default)]
pub struct MemoryCollabStore(Arc<Mutex<BTreeMap<PostId, Document>>>);

#[derive(Debug, Clone, Default)]
struct Document {
    entries: Vec<Entry>,
    end: u64,
    version: u32,
    version_at: u64,
    folded: u64,
    claims: BTreeMap<u64, AuthorId>,
    /// The newest first; at most two.
    snapshots: Vec<Snapshot>,
}

impl Document {
    const fn log(&self) -> Log {
        Log {
            end: self.end,
            version: self.version,
            version_at: self.version_at,
            folded: self.folded,
        }
    }

    fn append(&mut self, append: Append) -> Result<u64> {
        let is_stale = |step: VersionStep| step.from != self.version || step.to <= step.from;
        if append.version.is_some_and(is_stale) {
            return Err(Error::conflict(Conflict::Revision));
        }
        let is_anothers =
            |(id, actor): &(u64, AuthorId)| self.claims.get(id).is_some_and(|owner| owner != actor);
        let mut wanted = BTreeMap::new();
        let differ = append.claims.iter().any(|(id, actor)| {
            let first = wanted.insert(*id, actor.clone());
            first.is_some_and(|first| first != *actor)
        });
        if differ || append.claims.iter().any(is_anothers) {
            return Err(Error::conflict(Conflict::Taken("client_id")));
        }
        self.claims.extend(wanted);
        for (actor, update) in append.updates {
            self.end += 1;
            self.entries.push(Entry {
                number: self.end,
                actor,
                at: append.at,
                update,
            });
        }
        if let Some(version) = append.version {
            (self.version, self.version_at) = (version.to, self.end);
        }
        Ok(self.end)
    }

    fn above(&self, after: u64) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(move |entry| entry.number > after)
    }

    fn compact(&mut self, snapshot: Snapshot, made_from: u64) -> Result<()> {
        if snapshot.position > self.end {
            return Err(Error::invalid_field(
                "position",
                "the log does not go so far",
            ));
        }
        let stored: Vec<_> = self.snapshots.iter().map(|it| it.position).collect();
        if stored.first() >= Some(&snapshot.position) {
            return Ok(());
        }
        let kept = kept_snapshot(&stored, made_from);
        self.snapshots.retain(|stored| stored.position == kept);
        self.snapshots.insert(0, snapshot);
        self.entries.retain(|entry| entry.number > kept);
        Ok(())
    }
}

impl MemoryCollabStore {
    fn documents(&self) -> MutexGuard<'_, BTreeMap<PostId, Document>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CollabStore for MemoryCollabStore {
    async fn append(&self, document: PostId, append: Append) -> Result<u64> {
        append.check()?;
        let mut documents = self.documents();
        match documents.get_mut(&document) {
            Some(document) => document.append(append),
            None => {
                let mut new = Document::default();
                let end = new.append(append)?;
                documents.insert(document, new);
                Ok(end)
            }
        }
    }

    async fn log(&self, document: PostId) -> Result<Option<Log>> {
        Ok(self.documents().get(&document).map(Document::log))
    }

    async fn load(&self, document: PostId, from: Start) -> Result<Option<StoredDocument>> {
        Ok(self.documents().get(&document).map(|document| {
            let snapshot = document.snapshots.get(match from {
                Start::Newest => 0,
                Start::Previous => 1,
            });
            let position = snapshot.map_or(0, |snapshot| snapshot.position);
            StoredDocument {
                log: document.log(),
                snapshot: snapshot.cloned(),
                entries: document.above(position).cloned().collect(),
                claims: document.claims.clone().into_iter().collect(),
            }
        }))
    }

    async fn entries(&self, document: PostId, after: u64, limit: usize) -> Result<Vec<Entry>> {
        Ok(self
            .documents()
            .get(&document)
            .map_or_else(Vec::new, |document| {
                document.above(after).take(limit).cloned().collect()
            }))
    }

    async fn compact(&self, document: PostId, snapshot: Snapshot, made_from: u64) -> Result<()> {
        match self.documents().get_mut(&document) {
            Some(document) => document.compact(snapshot, made_from),
            None => Err(Error::not_found("document")),
        }
    }

    async fn note_folded(&self, document: PostId, position: u64) -> Result<()> {
        if let Some(document) = self.documents().get_mut(&document) {
            document.folded = document.folded.max(position.min(document.end));
        }
        Ok(())
    }

    async fn unfolded(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        Ok(self
            .documents()
            .iter()
            .filter(|(id, document)| {
                after.is_none_or(|after| **id > after) && document.end > document.folded
            })
            .map(|(id, _)| *id)
            .take(limit)
            .collect())
    }

    async fn documents(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        let documents = self.documents();
        let ids = documents.keys().copied();
        Ok(ids
            .filter(|id| after.is_none_or(|after| *id > after))
            .take(limit)
            .collect())
    }

    async fn remove(&self, document: PostId) -> Result<()> {
        self.documents().remove(&document);
        Ok(())
    }
}
