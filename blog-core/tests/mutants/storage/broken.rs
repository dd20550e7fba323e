use std::sync::Mutex;

use async_trait::async_trait;
use blog_core::Result;
use blog_core::domain::{
    AuditEntry, AuthorId, AuthorProfile, Event, Post, PostId, Scope, Seq, Version,
};
use blog_core::memory::MemoryStorage;
use blog_core::ports::{
    AuditQuery, AuthorCount, Changes, Committed, DeadLetter, IdempotencyRecord, Lease, PageKey,
    PostCard, PostKey, PostQuery, PostView, Storage, TermCount, VersionHeader, View,
};
use chrono::{DateTime, Utc};

use super::commit;
use super::fault::Fault;
use super::lists;
use super::place::{Place, replayed};

/// A node of the in-memory storage with at most one fault.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) place: Place,
    pub(crate) fault: Option<Fault>,
    pub(crate) node: usize,
    pub(crate) offsets: Mutex<Vec<(PageKey, usize)>>,
    authors: Mutex<Option<Vec<AuthorCount>>>,
    lease: Mutex<Option<Lease>>,
}

pub(crate) fn everything() -> Scope {
    Scope::everything_for_system("a fault shows too much")
}

impl Broken {
    pub(crate) fn new(place: Place, fault: Option<Fault>, node: usize) -> Self {
        Self {
            place,
            fault,
            node,
            offsets: Mutex::default(),
            authors: Mutex::default(),
            lease: Mutex::default(),
        }
    }

    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    pub(crate) fn truth(&self) -> MemoryStorage {
        self.place.storage()
    }

    /// The scope that is asked for, or a wider one by mistake.
    pub(crate) fn scope(&self, scope: &Scope, leak: Fault) -> Scope {
        if self.has(leak) {
            everything()
        } else {
            scope.clone()
        }
    }
}

#[async_trait]
impl Storage for Broken {
    async fn commit(&self, changes: Changes) -> Result<Committed> {
        commit::commit(self, changes).await
    }

    async fn post(&self, scope: &Scope, key: &PostKey, view: View) -> Result<Option<PostView>> {
        let journal = self.place.journal();
        match journal.split_last() {
            Some(((_, writer), before))
                if self.has(Fault::ReadsTheCommitBefore) && *writer != self.node =>
            {
                replayed(before).await.post(scope, key, view).await
            }
            _ => self.truth().post(scope, key, view).await,
        }
    }

    async fn redirect(&self, scope: &Scope, key: &PostKey) -> Result<Option<Post>> {
        if self.has(Fault::RedirectsPresentSlugs) {
            return lists::former(self, scope, key).await;
        }
        let scope = self.scope(scope, Fault::RedirectsToDrafts);
        self.truth().redirect(&scope, key).await
    }

    async fn posts(&self, scope: &Scope, query: &PostQuery) -> Result<Vec<PostCard>> {
        lists::posts(self, scope, query).await
    }

    async fn cards(&self, scope: &Scope, ids: &[PostId]) -> Result<Vec<PostCard>> {
        let scope = self.scope(scope, Fault::ShowsTheCardsOfDrafts);
        self.truth().cards(&scope, ids).await
    }

    async fn version(&self, scope: &Scope, post: PostId, number: u32) -> Result<Option<Version>> {
        let scope = self.scope(scope, Fault::ShowsFormerVersions);
        self.truth().version(&scope, post, number).await
    }

    async fn versions(
        &self,
        scope: &Scope,
        post: PostId,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<VersionHeader>> {
        let border = u32::from(self.has(Fault::RepeatsTheVersionAtTheBorder));
        let before = before.map(|number| number + border);
        self.truth().versions(scope, post, before, limit).await
    }

    async fn tags(&self, scope: &Scope) -> Result<Vec<TermCount>> {
        let shown = self.scope(scope, Fault::CountsTheTagsOfDrafts);
        let mut tags = self.truth().tags(&shown).await?;
        if self.has(Fault::CountsTheTrash) {
            tags.extend(lists::tags_of_the_trash(self, scope).await?);
        }
        Ok(tags)
    }

    async fn categories(&self, scope: &Scope) -> Result<Vec<TermCount>> {
        self.truth().categories(scope).await
    }

    async fn authors(&self, scope: &Scope) -> Result<Vec<AuthorCount>> {
        let scope = self.scope(scope, Fault::CountsTheAuthorsOfDrafts);
        let now = self.truth().authors(&scope).await?;
        if self.has(Fault::KeepsOldCounts) {
            return Ok(self.authors.lock().unwrap().get_or_insert(now).clone());
        }
        Ok(now)
    }

    async fn profiles(&self, ids: &[AuthorId]) -> Result<Vec<AuthorProfile>> {
        self.truth().profiles(ids).await
    }

    async fn events(&self, after: Seq, limit: usize) -> Result<Vec<Event>> {
        let last = self.truth().last_event().await?;
        let hidden = match self.fault {
            Some(Fault::SkipsAnEvent) => Seq(3),
            Some(Fault::ShowsAnEventBeforeTheOneBelow) => Seq(last.0.saturating_sub(1)),
            _ => return self.truth().events(after, limit).await,
        };
        let mut events = self.truth().events(after, limit + 1).await?;
        events.retain(|event| event.seq != hidden);
        events.truncate(limit);
        Ok(events)
    }

    async fn last_event(&self) -> Result<Seq> {
        if self.has(Fault::ForgetsTheLogsEndInAPurge) {
            let kept = self.truth().events(Seq(0), usize::MAX).await?;
            return Ok(kept.last().map_or(Seq(0), |event| event.seq));
        }
        self.truth().last_event().await
    }

    async fn first_event(&self) -> Result<Seq> {
        self.truth().first_event().await
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Vec<(Seq, AuditEntry)>> {
        self.truth().audit(query).await
    }

    async fn idempotency(&self, actor: &AuthorId, key: &str) -> Result<Option<IdempotencyRecord>> {
        if self.has(Fault::SharesKeysBetweenActors) {
            let commits = self.place.journal().into_iter();
            let mut records = commits.filter_map(|(changes, _)| changes.idempotency);
            return Ok(records.find(|record| record.key == key));
        }
        self.truth().idempotency(actor, key).await
    }

    async fn acquire_lease(
        &self,
        name: &str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<Lease>> {
        let mut lease = self.truth().acquire_lease(name, holder, now, until).await?;
        if self.has(Fault::GivesALeaseTwice) {
            let free = || format!("{holder}'s own {name}");
            if lease.is_none() {
                lease = self
                    .truth()
                    .acquire_lease(&free(), holder, now, until)
                    .await?;
            }
        }
        if self.has(Fault::RepeatsTokens) {
            lease = lease.map(|lease| Lease { token: 1, ..lease });
        }
        if lease.is_some() {
            self.lease.lock().unwrap().clone_from(&lease);
        }
        Ok(lease)
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        if self.has(Fault::LetsAnyoneReleaseALease) {
            let held = self.lease.lock().unwrap().clone();
            return self
                .truth()
                .release_lease(&held.unwrap_or(lease.clone()))
                .await;
        }
        self.truth().release_lease(lease).await
    }

    async fn checkpoint(&self, consumer: &str) -> Result<Seq> {
        self.truth().checkpoint(consumer).await
    }

    async fn bury(&self, letter: &DeadLetter) -> Result<()> {
        self.truth().bury(letter).await
    }

    async fn dead_letters(&self) -> Result<Vec<DeadLetter>> {
        self.truth().dead_letters().await
    }

    async fn unbury(&self, consumer: &str, seq: Seq) -> Result<()> {
        self.truth().unbury(consumer, seq).await
    }

    async fn purge(&self, events_before: DateTime<Utc>, keys_before: DateTime<Utc>) -> Result<()> {
        let keys_before = match self.fault {
            Some(Fault::KeepsKeysForEver) => DateTime::<Utc>::MIN_UTC,
            _ => keys_before,
        };
        if self.has(Fault::DropsLettersWithTheirEvents) {
            for letter in self.dead_letters().await? {
                self.unbury(&letter.consumer, letter.event.seq).await?;
            }
        }
        self.truth().purge(events_before, keys_before).await
    }

    async fn ping(&self) -> Result<()> {
        self.truth().ping().await
    }
}
