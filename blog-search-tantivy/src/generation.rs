//! One index on disk or in memory, and the only place that commits.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use blog_core::domain::Seq;
use blog_core::ports::IndexChange;
use serde::{Deserialize, Serialize};
use tantivy::indexer::IndexWriterOptions;
use tantivy::{Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy};

use crate::error::{IndexError, Result};
use crate::schema::{Fields, SCHEMA};
use crate::view::Snapshot;

/// Bytes of text that are compressed together: about a post, because a hit reads all of its block.
const STORE_BLOCK: usize = 4096;

/// What every commit carries.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    schema: u32,
    checkpoint: Option<u64>,
}

/// One index. The whole content is replaced by making another.
pub(crate) struct Generation {
    pub(crate) number: u64,
    index: Index,
    reader: IndexReader,
    fields: Fields,
    memory: usize,
    writer: Mutex<Option<IndexWriter>>,
    state: RwLock<(Arc<Snapshot>, Option<Seq>)>,
}

impl Generation {
    /// An empty one.
    pub(crate) fn create(dir: Option<PathBuf>, number: u64, memory: usize) -> Result<Self> {
        let fields = Fields::new();
        let builder = Index::builder()
            .schema(fields.schema.clone())
            .settings(IndexSettings {
                docstore_blocksize: STORE_BLOCK,
                ..IndexSettings::default()
            });
        let index = match &dir {
            Some(dir) => {
                std::fs::create_dir_all(dir)?;
                builder.create_in_dir(dir)?
            }
            None => builder.create_in_ram()?,
        };
        Self::start(index, fields, number, memory)
    }

    /// The one that is there.
    pub(crate) fn open(dir: &Path, number: u64, memory: usize) -> Result<Self> {
        let index = Index::open_in_dir(dir)?;
        let fields = Fields::new();
        if index.schema() != fields.schema {
            return Err(IndexError::Damaged("it has another schema"));
        }
        Self::start(index, fields, number, memory)
    }

    fn start(index: Index, fields: Fields, number: u64, memory: usize) -> Result<Self> {
        let checkpoint = checkpoint(&index)?;
        let reader: IndexReader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        let snapshot = Arc::new(Snapshot::new(reader.searcher(), fields.clone())?);
        Ok(Self {
            number,
            index,
            reader,
            fields,
            memory,
            writer: Mutex::new(None),
            state: RwLock::new((snapshot, checkpoint)),
        })
    }

    /// The last state that was loaded.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner).0)
    }

    pub(crate) fn checkpoint(&self) -> Option<Seq> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).1
    }

    /// Loads what another process has committed.
    pub(crate) fn reload(&self) -> Result<()> {
        let checkpoint = checkpoint(&self.index)?;
        if checkpoint != self.checkpoint() {
            self.load(checkpoint)?;
        }
        Ok(())
    }

    fn load(&self, checkpoint: Option<Seq>) -> Result<()> {
        self.reader.reload()?;
        let snapshot = Arc::new(Snapshot::new(self.reader.searcher(), self.fields.clone())?);
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = (snapshot, checkpoint);
        Ok(())
    }

    /// Makes these changes, and commits them if there is a checkpoint for them. What failed halfway
    /// is forgotten.
    pub(crate) fn write(&self, changes: &[IndexChange], checkpoint: Option<Seq>) -> Result<()> {
        let mut slot = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut writer = match slot.take() {
            Some(writer) => writer,
            None => self.index.writer_with_options(
                IndexWriterOptions::builder()
                    .memory_budget_per_thread(self.memory)
                    .num_worker_threads(1)
                    .num_merge_threads(1)
                    .build(),
            )?,
        };
        for change in changes {
            match change {
                IndexChange::Put(indexed) => {
                    writer.delete_term(self.fields.id_term(indexed.post.id));
                    for document in self.fields.documents(indexed) {
                        writer.add_document(document)?;
                    }
                }
                IndexChange::Remove(id) => {
                    writer.delete_term(self.fields.id_term(*id));
                }
            }
        }
        if let Some(checkpoint) = checkpoint {
            commit(&mut writer, checkpoint)?;
        }
        *slot = Some(writer);
        drop(slot);
        if checkpoint.is_some() {
            self.load(checkpoint)
        } else {
            Ok(())
        }
    }

    /// Ends the writer and what it does in the background; the next one has so much memory.
    pub(crate) fn finish(&mut self, memory: usize) -> Result<()> {
        self.memory = memory;
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(writer) = writer {
            writer.wait_merging_threads()?;
        }
        self.load(self.checkpoint())
    }
}

/// The only call that commits: a commit without payload would lose the checkpoint.
fn commit(writer: &mut IndexWriter, checkpoint: Seq) -> Result<()> {
    let payload = Payload {
        schema: SCHEMA,
        checkpoint: Some(checkpoint.0),
    };
    let payload = serde_json::to_string(&payload).map_err(|_| IndexError::Damaged("payload"))?;
    let mut prepared = writer.prepare_commit()?;
    prepared.set_payload(&payload);
    prepared.commit()?;
    Ok(())
}

fn checkpoint(index: &Index) -> Result<Option<Seq>> {
    let Some(payload) = index.load_metas()?.payload else {
        return Ok(None);
    };
    let payload: Payload =
        serde_json::from_str(&payload).map_err(|_| IndexError::Damaged("unreadable checkpoint"))?;
    if payload.schema != SCHEMA {
        return Err(IndexError::Damaged("it was written for another schema"));
    }
    Ok(payload.checkpoint.map(Seq))
}
