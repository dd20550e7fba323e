//! The index as the engine sees it.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use blog_core::domain::{PostId, Scope, Seq};
use blog_core::ports::{
    Facets, Highlights, IndexChange, IndexedPost, SearchHit, SearchIndex, SearchPage, SearchQuery,
};
use tantivy::TantivyDocument;
use tantivy::directory::DirectoryLock;
use tantivy::schema::Value;
use tokio::sync::Semaphore;

use crate::config::TantivyConfig;
use crate::error::{IndexError, Result};
use crate::facets::{Found, Pass, Ranked};
use crate::generation::Generation;
use crate::highlight::Marker;
use crate::query::{self, Wanted};
use crate::view::{View, each_doc};
use crate::{related, replacement, suggest};

/// How long a process that does not write may show what was there before another's commit.
const STALE: Duration = Duration::from_millis(250);

/// A [`SearchIndex`] in a directory or in memory.
#[derive(Clone)]
pub struct TantivyIndex {
    inner: Arc<Inner>,
}

struct Inner {
    config: TantivyConfig,
    live: RwLock<Arc<Generation>>,
    writing: Mutex<Writing>,
    /// Whether `writing` has the lock.
    writes: AtomicBool,
    looked: Mutex<Instant>,
    permits: Arc<Semaphore>,
}

/// What only one task at a time may touch.
#[derive(Default)]
struct Writing {
    side: Option<Generation>,
    lock: Option<DirectoryLock>,
}

impl fmt::Debug for TantivyIndex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TantivyIndex")
            .field("config", &self.inner.config)
            .finish()
    }
}

impl TantivyIndex {
    /// Opens the index in a directory, or makes it.
    ///
    /// # Errors
    /// If the directory cannot be used. An index that is damaged or too old is no error: it is
    /// given up, and the new one has no checkpoint.
    pub fn open(dir: impl Into<PathBuf>) -> blog_core::Result<Self> {
        Self::open_with(TantivyConfig::in_dir(dir))
    }

    /// An index that is gone with the process.
    ///
    /// # Errors
    /// If the index cannot be made.
    pub fn in_memory() -> blog_core::Result<Self> {
        Self::open_with(TantivyConfig::in_memory())
    }

    /// Opens the index as configured.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(config: TantivyConfig) -> blog_core::Result<Self> {
        let live = replacement::open(&config)?;
        let permits = Arc::new(Semaphore::new(config.parallel_searches.max(1)));
        let inner = Inner {
            config,
            live: RwLock::new(Arc::new(live)),
            writing: Mutex::default(),
            writes: AtomicBool::new(false),
            looked: Mutex::new(Instant::now()),
            permits,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Reads, away from the threads that must not wait.
    async fn read<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Inner) -> Result<T> + Send + 'static,
    ) -> blog_core::Result<T> {
        let permit = Arc::clone(&self.inner.permits).acquire_owned().await.ok();
        let inner = Arc::clone(&self.inner);
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            act(&inner)
        });
        Ok(task.await.map_err(IndexError::Task)??)
    }

    /// Writes, one after the other.
    async fn write<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Inner, &mut Writing) -> Result<T> + Send + 'static,
    ) -> blog_core::Result<T> {
        let inner = Arc::clone(&self.inner);
        let task = tokio::task::spawn_blocking(move || act(&inner, &mut *inner.writing()?));
        Ok(task.await.map_err(IndexError::Task)??)
    }
}

impl Inner {
    fn live(&self) -> Arc<Generation> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set_live(&self, generation: Generation) {
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(generation);
    }

    /// The right to write.
    fn writing(&self) -> Result<MutexGuard<'_, Writing>> {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(dir) = &self.config.dir
            && writing.lock.is_none()
        {
            writing.lock = Some(replacement::lock(dir)?);
            // The last holder may have done something.
            self.follow()?;
            self.writes.store(true, Ordering::Release);
            replacement::sweep(dir, self.live().number);
        }
        Ok(writing)
    }

    /// Loads what another process has done.
    fn follow(&self) -> Result<()> {
        let Some(dir) = &self.config.dir else {
            return Ok(());
        };
        match replacement::current(dir)? {
            Some(number) if number != self.live().number => {
                let memory = self.config.writer_memory;
                self.set_live(replacement::open_numbered(dir, number, memory)?);
                Ok(())
            }
            _ => self.live().reload(),
        }
    }

    /// The generation to read.
    fn fresh(&self, at_once: bool) -> Result<Arc<Generation>> {
        if self.config.dir.is_some() && !self.writes.load(Ordering::Acquire) {
            let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
            if at_once || looked.elapsed() >= STALE {
                self.follow()?;
                *looked = Instant::now();
            }
        }
        Ok(self.live())
    }

    fn view(&self, scope: &Scope) -> Result<View> {
        self.fresh(false)?.snapshot().view(scope)
    }

    fn search(&self, scope: &Scope, query: &SearchQuery) -> Result<SearchPage> {
        let view = self.view(scope)?;
        let plan = query::plan(&view, query)?;
        let mut found = pass(&view, query, plan.all.as_ref())?;
        if let Some(any) = plan.any.filter(|_| found.total == 0) {
            found = pass(&view, query, any.as_ref())?;
        }
        let best = found.best.get(query.offset..).unwrap_or_default();
        Ok(SearchPage {
            hits: hits(&view, best, &plan.wanted)?,
            total: found.total,
            facets: if found.total == 0 {
                Facets::default()
            } else {
                found.facets(&view)
            },
            suggestion: plan.suggestion,
        })
    }

    fn ids(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        let snapshot = self.fresh(false)?.snapshot();
        let after = after.map(|id| id.to_string());
        let mut ids = BTreeSet::new();
        for segment in snapshot.searcher.segment_readers() {
            let inverted = segment.inverted_index(snapshot.fields.id)?;
            let range = inverted.terms().range();
            let range = match &after {
                Some(after) => range.gt(after.as_bytes()),
                None => range,
            };
            let mut stream = range.into_stream()?;
            let mut taken = 0;
            while taken < limit && stream.advance() {
                let Ok(text) = std::str::from_utf8(stream.key()) else {
                    continue;
                };
                let term = tantivy::Term::from_field_text(snapshot.fields.id, text);
                let mut alive = false;
                each_doc(segment, &term, |doc| {
                    alive = !segment.is_deleted(doc);
                    !alive
                })?;
                if let (true, Ok(id)) = (alive, text.parse::<PostId>()) {
                    ids.insert(id);
                    taken += 1;
                }
            }
        }
        Ok(ids.into_iter().take(limit).collect())
    }
}

fn pass(view: &View, query: &SearchQuery, what: &dyn tantivy::query::Query) -> Result<Found> {
    let micros = |time: chrono::DateTime<chrono::Utc>| time.timestamp_micros();
    let pass = Pass::new(view, query.offset.saturating_add(query.limit))
        .sorted(query.sort)
        .between(query.from.map(micros), query.to.map(micros))
        .with_facets();
    Ok(view
        .searcher()
        .search_with_statistics_provider(what, &pass, view)?)
}

fn hits(view: &View, best: &[Ranked], wanted: &Wanted) -> Result<Vec<SearchHit>> {
    let fields = view.fields();
    let mut markers: HashMap<String, Marker> = HashMap::new();
    let mut hits = Vec::with_capacity(best.len());
    for ranked in best {
        let Some(post) = ranked.post() else { continue };
        let document: TantivyDocument = view.searcher().doc(ranked.at)?;
        let text = |field| document.get_first(field);
        let locale = text(fields.locale);
        let locale = locale
            .as_ref()
            .and_then(|value| value.as_str())
            .unwrap_or_default();
        let language = locale.split('-').next().unwrap_or_default();
        if !markers.contains_key(language) {
            markers.insert(language.to_owned(), Marker::new(wanted, language));
        }
        let (title, body) = (text(fields.title_text), text(fields.body_text));
        let title = title
            .as_ref()
            .and_then(|value| value.as_str())
            .unwrap_or_default();
        let body = body
            .as_ref()
            .and_then(|value| value.as_str())
            .unwrap_or_default();
        let highlights = markers
            .get_mut(language)
            .map_or_else(Highlights::default, |marker| marker.highlights(title, body));
        hits.push(SearchHit {
            post,
            score: ranked.score(),
            highlights,
        });
    }
    Ok(hits)
}

#[async_trait]
impl SearchIndex for TantivyIndex {
    async fn apply(&self, changes: Vec<IndexChange>, checkpoint: Seq) -> blog_core::Result<()> {
        self.write(move |inner, _| inner.live().write(&changes, Some(checkpoint)))
            .await
    }

    async fn checkpoint(&self) -> blog_core::Result<Option<Seq>> {
        self.read(|inner| Ok(inner.fresh(true)?.checkpoint())).await
    }

    async fn begin_replacement(&self) -> blog_core::Result<()> {
        self.write(|inner, writing| {
            let live = inner.live().number;
            writing.side = None;
            let memory = inner.config.replacement_memory;
            writing.side = Some(match &inner.config.dir {
                Some(dir) => {
                    replacement::sweep(dir, live);
                    let number = replacement::next(dir, live);
                    Generation::create(Some(dir.join(number.to_string())), number, memory)?
                }
                None => Generation::create(None, live + 1, memory)?,
            });
            Ok(())
        })
        .await
    }

    async fn extend_replacement(&self, posts: Vec<IndexedPost>) -> blog_core::Result<()> {
        self.write(move |_, writing| {
            let side = writing.side.as_ref().ok_or(IndexError::NoReplacement)?;
            let changes: Vec<_> = posts
                .into_iter()
                .map(|post| IndexChange::Put(Box::new(post)))
                .collect();
            let written = side.write(&changes, None);
            if written.is_err() {
                // It lacks posts now.
                writing.side = None;
            }
            written
        })
        .await
    }

    async fn replace(&self, checkpoint: Seq) -> blog_core::Result<()> {
        self.write(move |inner, writing| {
            let mut side = writing.side.take().ok_or(IndexError::NoReplacement)?;
            side.write(&[], Some(checkpoint))?;
            side.finish(inner.config.writer_memory)?;
            let number = side.number;
            if let Some(dir) = &inner.config.dir {
                replacement::put_in_place(dir, number)?;
            }
            inner.set_live(side);
            if let Some(dir) = &inner.config.dir {
                replacement::sweep(dir, number);
            }
            Ok(())
        })
        .await
    }

    async fn search(&self, scope: &Scope, query: &SearchQuery) -> blog_core::Result<SearchPage> {
        let (scope, query) = (scope.clone(), query.clone());
        self.read(move |inner| inner.search(&scope, &query)).await
    }

    async fn complete(
        &self,
        scope: &Scope,
        prefix: &str,
        limit: usize,
    ) -> blog_core::Result<Vec<String>> {
        let (scope, prefix) = (scope.clone(), prefix.to_owned());
        self.read(move |inner| suggest::complete(&inner.view(&scope)?, &prefix, limit))
            .await
    }

    async fn related(
        &self,
        scope: &Scope,
        post: PostId,
        limit: usize,
    ) -> blog_core::Result<Vec<PostId>> {
        let scope = scope.clone();
        self.read(move |inner| related::related(&inner.view(&scope)?, post, limit))
            .await
    }

    async fn ids(&self, after: Option<PostId>, limit: usize) -> blog_core::Result<Vec<PostId>> {
        self.read(move |inner| inner.ids(after, limit)).await
    }
}
