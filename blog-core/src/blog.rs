use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::cache::{Freshness, Memo, ReadCache};
use crate::consumers;
use crate::decorate::AnswerCache;
use crate::domain::{
    Actor, AuditEntry, AuthorId, AuthorProfile, Authorship, ContentHash, Limits, Locale, Origin,
    Outcome, Policy, PostId, RolePolicy, Seq, Version,
};
use crate::error::{Error, Result};
use crate::memory::{MemoryIndex, MemoryStorage, MemoryUsageStore};
use crate::ports::{
    Cache, Changes, Clock, Committed, Ids, LanguageModel, LiveDocuments, RandomIds, SearchIndex,
    Storage, SystemClock, Transport, UsageStore, VersionHeader,
};
use crate::render::{self, Rendered};
use crate::services::ai::{Ai, AiOptions, Unsettled};
use crate::services::{
    Audit, Collab, DeadLetters, Import, Posts, SearchService, Taxonomy, Versions,
};

/// How many authors' profiles are remembered, and for how long.
const PROFILES_KEPT: u64 = 10_000;
const PROFILES_STALE: Duration = Duration::from_secs(1);

/// About how many bytes of what is known about who wrote what are remembered.
const AUTHORSHIP_BYTES: u64 = 16 << 20;

/// How often somebody who waits for the search index asks it.
const INDEX_POLL: Duration = Duration::from_millis(100);

/// How many refused attempts wait to be written; of more, only their number is kept.
const REFUSALS_KEPT: usize = 1_000;

/// The blog. Cheap to clone; every clone is the same blog.
///
/// # Examples
/// ```
/// # tokio_test(async {
/// use blog_core::Blog;
/// use blog_core::domain::{Actor, Content, Role};
/// use blog_core::services::NewPost;
///
/// let blog = Blog::in_memory();
/// let ada = Actor::user("ada", "Ada", Role::Editor);
/// let content = Content { title: "Hello".into(), body: "*World*".into(), ..Content::default() };
/// let view = blog.posts().create(&ada, NewPost { content, ..NewPost::default() }).await?;
/// assert_eq!(view.post.slug.as_str(), "hello");
/// # Ok::<(), blog_core::Error>(()) }).unwrap();
/// # fn tokio_test<F: std::future::Future>(future: F) -> F::Output {
/// #     tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Blog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    storage: Arc<dyn Storage>,
    search_index: Arc<dyn SearchIndex>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    policy: Arc<dyn Policy>,
    options: BlogOptions,
    transport: Option<Arc<dyn Transport>>,
    committed: watch::Sender<Seq>,
    heard: watch::Sender<u64>,
    indexed: watch::Sender<Seq>,
    /// Held by who writes to the search index: what one has read, another must not replace.
    indexing: tokio::sync::Mutex<()>,
    refusals: Mutex<Vec<AuditEntry>>,
    refusals_left_out: AtomicU64,
    rendered: Memo<ContentHash, Arc<Rendered>>,
    profiles: Memo<AuthorId, AuthorProfile>,
    /// A post that was deleted may be imported again under its id: its versions are younger.
    authorships: Memo<(PostId, u32, DateTime<Utc>), Arc<Authorship>>,
    reads: ReadCache,
    live: Mutex<Option<Weak<dyn LiveDocuments>>>,
    language_model: Option<Arc<dyn LanguageModel>>,
    answer_cache: Option<AnswerCache>,
    usage_store: Arc<dyn UsageStore>,
    unsettled: Unsettled,
}

/// What a host may set.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BlogOptions {
    /// The language of posts that name none.
    pub default_locale: Locale,
    /// How large a post may be.
    pub limits: Limits,
    /// How often the log is read when no commit of this process and no notice of another's says that it
    /// has grown. Where the storage gives no notices, other processes' commits are seen this late.
    pub poll_interval: Duration,
    /// How long events are kept.
    pub events_kept: Duration,
    /// Bytes of rendered HTML that are remembered, so that a version is rendered once.
    pub rendered_bytes: u64,
    /// About how many bytes of what readers were shown are remembered. They count only while
    /// [`Blog::run`] follows the log.
    pub read_bytes: u64,
    /// What language models may do, and what it may cost.
    pub ai: AiOptions,
}

impl Default for BlogOptions {
    fn default() -> Self {
        Self {
            default_locale: Locale::default(),
            limits: Limits::default(),
            poll_interval: Duration::from_secs(1),
            events_kept: Duration::from_secs(30 * 24 * 3600),
            rendered_bytes: 16 << 20,
            read_bytes: 32 << 20,
            ai: AiOptions::default(),
        }
    }
}

/// Puts a [`Blog`] together.
#[derive(Debug, Clone)]
pub struct BlogBuilder {
    storage: Arc<dyn Storage>,
    cache: Option<Arc<dyn Cache>>,
    transport: Option<Arc<dyn Transport>>,
    search_index: Arc<dyn SearchIndex>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    policy: Arc<dyn Policy>,
    language_model: Option<Arc<dyn LanguageModel>>,
    answer_cache: Option<AnswerCache>,
    usage_store: Arc<dyn UsageStore>,
    options: BlogOptions,
}

impl BlogBuilder {
    /// Searches in this index. Without one, search is kept in memory.
    #[must_use]
    pub fn search_index(mut self, index: impl SearchIndex + 'static) -> Self {
        self.search_index = Arc::new(index);
        self
    }

    /// Shares what readers are shown with other nodes.
    #[must_use]
    pub fn cache(mut self, cache: impl Cache + 'static) -> Self {
        self.cache = Some(Arc::new(cache));
        self
    }

    /// Wakes other nodes through this after a commit, and is woken by theirs: what one has
    /// published the others show at once. Without it they find it when they next read the log.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Lets this model write. Without one, only what needs none is answered.
    #[must_use]
    pub fn language_model(mut self, model: impl LanguageModel + 'static) -> Self {
        self.language_model = Some(Arc::new(model));
        self
    }

    /// Asks this in place of the model for uses whose answers are to be remembered
    /// ([`AiOptions::remembered`]). It should stand around the same model.
    #[must_use]
    pub fn answer_cache(mut self, cache: AnswerCache) -> Self {
        self.answer_cache = Some(cache);
        self
    }

    /// Keeps here what models have cost, and may. Without one, it is kept in memory, and budgets begin
    /// anew with the process.
    #[must_use]
    pub fn usage_store(mut self, store: impl UsageStore + 'static) -> Self {
        self.usage_store = Arc::new(store);
        self
    }

    /// Takes the time from this clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Takes ids from here.
    #[must_use]
    pub fn ids(mut self, ids: impl Ids + 'static) -> Self {
        self.ids = Arc::new(ids);
        self
    }

    /// Asks this policy who may do what.
    #[must_use]
    pub fn policy(mut self, policy: impl Policy + 'static) -> Self {
        self.policy = Arc::new(policy);
        self
    }

    /// Sets the options.
    #[must_use]
    pub fn options(mut self, options: BlogOptions) -> Self {
        self.options = options;
        self
    }

    /// The blog.
    #[must_use]
    pub fn build(self) -> Blog {
        let (rendered_bytes, read_bytes) = (self.options.rendered_bytes, self.options.read_bytes);
        Blog(Arc::new(Inner {
            storage: self.storage,
            search_index: self.search_index,
            clock: self.clock,
            ids: self.ids,
            policy: self.policy,
            options: self.options,
            transport: self.transport,
            committed: watch::Sender::new(Seq(0)),
            heard: watch::Sender::new(0),
            indexed: watch::Sender::new(Seq(0)),
            indexing: tokio::sync::Mutex::default(),
            refusals: Mutex::default(),
            refusals_left_out: AtomicU64::new(0),
            rendered: Memo::new(rendered_bytes, None, |rendered: &Arc<Rendered>| {
                rendered.html.len()
            }),
            profiles: Memo::new(PROFILES_KEPT, Some(PROFILES_STALE), |_| 1),
            authorships: Memo::new(AUTHORSHIP_BYTES, None, |authorship: &Arc<Authorship>| {
                size_of::<Authorship>() + size_of_val(authorship.pieces())
            }),
            reads: ReadCache::new(read_bytes, self.cache),
            live: Mutex::default(),
            language_model: self.language_model,
            answer_cache: self.answer_cache,
            usage_store: self.usage_store,
            unsettled: Unsettled::default(),
        }))
    }
}

impl Blog {
    /// A blog on this storage, everything else at its default.
    pub fn builder(storage: impl Storage + 'static) -> BlogBuilder {
        BlogBuilder {
            storage: Arc::new(storage),
            cache: None,
            transport: None,
            search_index: Arc::new(MemoryIndex::default()),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            policy: Arc::new(RolePolicy),
            language_model: None,
            answer_cache: None,
            usage_store: Arc::new(MemoryUsageStore::default()),
            options: BlogOptions::default(),
        }
    }

    /// A blog in memory, gone with its last clone.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::builder(MemoryStorage::default()).build()
    }

    /// Creating, reading, changing and removing posts.
    #[must_use]
    pub const fn posts(&self) -> Posts<'_> {
        Posts { blog: self }
    }

    /// Posts' histories.
    #[must_use]
    pub const fn versions(&self) -> Versions<'_> {
        Versions { blog: self }
    }

    /// Finding posts by what they say.
    #[must_use]
    pub const fn search(&self) -> SearchService<'_> {
        SearchService { blog: self }
    }

    /// Tags, categories and authors.
    #[must_use]
    pub const fn taxonomy(&self) -> Taxonomy<'_> {
        Taxonomy { blog: self }
    }

    /// The audit trail.
    #[must_use]
    pub const fn audit(&self) -> Audit<'_> {
        Audit { blog: self }
    }

    /// Events that a consumer could not deal with.
    #[must_use]
    pub const fn dead_letters(&self) -> DeadLetters<'_> {
        DeadLetters { blog: self }
    }

    /// What live editing asks of the blog.
    #[must_use]
    pub const fn collab(&self) -> Collab<'_> {
        Collab { blog: self }
    }

    /// What language models do for the blog.
    #[must_use]
    pub const fn ai(&self) -> Ai<'_> {
        Ai { blog: self }
    }

    /// Bringing posts in from elsewhere.
    #[must_use]
    pub const fn import(&self) -> Import<'_> {
        Import { blog: self }
    }

    /// The version's body as sanitised HTML, rendered once for each content.
    #[must_use]
    pub fn render(&self, version: &Version) -> Arc<Rendered> {
        let render = || Arc::new(render::render(&version.content.body));
        self.0.rendered.get_or(version.content_hash, render)
    }

    /// Runs what follows from commits until `shutdown` is ready: the search indexer, the scheduler
    /// and the log's upkeep. Whatever was begun is finished first, and what calls of models have cost is written.
    ///
    /// # Errors
    /// Where that, or what was refused, cannot be written at the end. A consumer that fails backs off and goes on.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) -> Result<()> {
        consumers::run(self, shutdown).await
    }

    /// Waits until everything up to `seq` is searchable.
    ///
    /// # Errors
    /// Unavailable if that takes longer than `patience`.
    pub async fn wait_for(&self, seq: Seq, patience: Duration) -> Result<()> {
        let searchable = async {
            let mut indexed = self.0.indexed.subscribe();
            loop {
                if *indexed.borrow_and_update() >= seq
                    || self
                        .search_index()
                        .checkpoint()
                        .await?
                        .is_some_and(|at| at >= seq)
                {
                    return Ok(());
                }
                // Another process may be the one that indexes: it gives no notice here.
                let _ = tokio::time::timeout(INDEX_POLL, indexed.changed()).await;
            }
        };
        tokio::time::timeout(patience, searchable)
            .await
            .unwrap_or_else(|_| {
                Err(Error::unavailable(
                    "the search index has not caught up yet",
                    true,
                ))
            })
    }

    /// Whether the blog can do its work.
    ///
    /// # Errors
    /// Unavailable, saying which part is not.
    pub async fn ready(&self) -> Result<()> {
        self.storage().ping().await?;
        self.search_index().checkpoint().await.map(|_| ())
    }

    /// The storage, for hosts that read it themselves.
    #[must_use]
    pub fn storage(&self) -> &dyn Storage {
        &*self.0.storage
    }

    /// The search index.
    #[must_use]
    pub fn search_index(&self) -> &dyn SearchIndex {
        &*self.0.search_index
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// The language of posts that name none.
    #[must_use]
    pub fn default_locale(&self) -> &Locale {
        &self.0.options.default_locale
    }

    /// How large a post may be.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.options.limits
    }

    /// Who may do and see what.
    #[must_use]
    pub fn policy(&self) -> &dyn Policy {
        &*self.0.policy
    }

    /// The model that writes, if there is one.
    #[must_use]
    pub fn language_model(&self) -> Option<&dyn LanguageModel> {
        self.0.language_model.as_deref()
    }

    pub(crate) fn answer_cache(&self) -> Option<&AnswerCache> {
        self.0.answer_cache.as_ref()
    }

    pub(crate) fn usage_store(&self) -> &dyn UsageStore {
        &*self.0.usage_store
    }

    pub(crate) fn unsettled(&self) -> &Unsettled {
        &self.0.unsettled
    }

    /// Where new ids come from.
    #[must_use]
    pub fn ids(&self) -> &dyn Ids {
        &*self.0.ids
    }

    pub(crate) fn options(&self) -> &BlogOptions {
        &self.0.options
    }

    /// Commits, and wakes this process's consumers.
    pub(crate) async fn commit(&self, changes: Changes) -> Result<Committed> {
        let events: Vec<_> = changes
            .events
            .iter()
            .map(|event| (event.kind, event.post))
            .collect();
        let committed = self.storage().commit(changes).await?;
        for (kind, post) in events {
            self.freshness().note(committed.seq, kind, post);
        }
        self.0.committed.send_replace(committed.seq);
        Ok(committed)
    }

    /// The profiles of these ids, at most a second old; ids without one are left out.
    pub(crate) async fn profiles(&self, ids: &[AuthorId]) -> Result<Vec<AuthorProfile>> {
        let mut known = Vec::with_capacity(ids.len());
        let mut missing = Vec::new();
        for id in ids {
            match self.0.profiles.get(id) {
                Some(profile) => known.push(profile),
                None => missing.push(id.clone()),
            }
        }
        if !missing.is_empty() {
            for profile in self.storage().profiles(&missing).await? {
                self.0.profiles.insert(profile.id.clone(), profile.clone());
                known.push(profile);
            }
        }
        Ok(known)
    }

    /// Tells a reader of the event log when to look again.
    #[must_use]
    pub fn news(&self) -> consumers::News {
        consumers::News::of(self)
    }

    /// Who wrote what of a version, if it is remembered.
    pub(crate) fn known_authorship(
        &self,
        post: PostId,
        version: &VersionHeader,
    ) -> Option<Arc<Authorship>> {
        let key = (post, version.number, version.created_at);
        self.0.authorships.get(&key)
    }

    pub(crate) fn remember_authorship(&self, version: &Version, authorship: &Arc<Authorship>) {
        let key = (version.post, version.number, version.created_at);
        self.0.authorships.insert(key, authorship.clone());
    }

    pub(crate) fn commits(&self) -> watch::Receiver<Seq> {
        self.0.committed.subscribe()
    }

    pub(crate) fn freshness(&self) -> &Freshness {
        &self.0.reads.freshness
    }

    /// Who runs the rooms of this blog's posts.
    pub(crate) fn live(&self) -> MutexGuard<'_, Option<Weak<dyn LiveDocuments>>> {
        self.0.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What readers were shown.
    pub(crate) fn reads(&self) -> &ReadCache {
        &self.0.reads
    }

    /// The right to write to the search index.
    pub(crate) async fn indexing(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.indexing.lock().await
    }

    pub(crate) fn transport(&self) -> Option<&dyn Transport> {
        self.0.transport.as_deref()
    }

    /// Rises when another node says that it has committed.
    pub(crate) fn heard(&self) -> watch::Receiver<u64> {
        self.0.heard.subscribe()
    }

    pub(crate) fn mark_heard(&self) {
        self.0.heard.send_modify(|heard| *heard += 1);
    }

    pub(crate) fn mark_indexed(&self, seq: Seq) {
        self.0.indexed.send_replace(seq);
    }

    /// Keeps a refused attempt for the audit trail's next batch.
    pub(crate) fn note_refusal(&self, entry: AuditEntry) {
        let mut refusals = self.refusals();
        if refusals.len() < REFUSALS_KEPT {
            refusals.push(entry);
        } else {
            drop(refusals);
            self.0.refusals_left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn refusals(&self) -> MutexGuard<'_, Vec<AuditEntry>> {
        let refusals = self.0.refusals.lock();
        refusals.unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the refused attempts that wait.
    pub(crate) async fn write_refusals(&self) -> Result<()> {
        let waiting = std::mem::take(&mut *self.refusals());
        if waiting.is_empty() {
            return Ok(());
        }
        let now = self.clock().now();
        let mut changes = Changes::at(now);
        changes.audit.clone_from(&waiting);
        let left_out = self.0.refusals_left_out.swap(0, Ordering::Relaxed);
        if left_out > 0 {
            changes.audit.push(AuditEntry {
                at: now,
                actor: Actor::service("audit").id,
                action: format!("{left_out} more refused"),
                post: None,
                outcome: Outcome::Refused,
                origin: Origin::default(),
            });
        }
        let written = self.storage().commit(changes).await;
        if written.is_err() {
            self.0
                .refusals_left_out
                .fetch_add(left_out, Ordering::Relaxed);
            let meanwhile = std::mem::replace(&mut *self.refusals(), waiting);
            meanwhile
                .into_iter()
                .for_each(|entry| self.note_refusal(entry));
        }
        written.map(|_| ())
    }
}

const _: () = {
    const fn assert_shareable<T: Clone + Send + Sync + 'static>() {}
    assert_shareable::<Blog>();
};
