use std::sync::Mutex;

use async_trait::async_trait;
use blog_core::domain::{AuthorId, PostId};
use blog_core::memory::MemoryCollabStore;
use blog_core::ports::{
    Append, CollabStore, Entry, Log, Snapshot, Start, StoredDocument, VersionStep,
};
use blog_core::{Conflict, Error, ErrorKind, Result};
use bytes::Bytes;
use chrono::SubsecRound;
use tokio::task::yield_now;
use uuid::Uuid;

use super::Fault::{self, *};
use super::place::{Call, Place};

/// A store with at most one fault.
#[derive(Debug)]
pub(crate) struct Broken {
    place: Place,
    fault: Option<Fault>,
    copy: Mutex<Option<Log>>,
}

/// The document whose claims all others share, if they share them.
const SHARED: PostId = PostId::from_uuid(Uuid::max());

fn is_stale(error: &Error) -> bool {
    *error.kind() == ErrorKind::Conflict(Conflict::Revision)
}

fn without_claims(append: &Append) -> Append {
    let mut append = append.clone();
    append.claims.clear();
    append
}

fn without_version(append: &Append) -> Append {
    let mut append = append.clone();
    append.version = None;
    append
}

fn without_updates(append: &Append) -> Append {
    let mut append = without_version(append);
    append.updates.clear();
    append
}

fn cut(bytes: &Bytes) -> Bytes {
    bytes.slice(..bytes.len().min(1 << 16))
}

impl Broken {
    pub(crate) fn new(place: Place, fault: Option<Fault>) -> Self {
        let copy = Mutex::default();
        Self { place, fault, copy }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn store(&self) -> MemoryCollabStore {
        self.place.home().store.clone()
    }

    async fn write(&self, document: PostId, append: Append) -> Result<u64> {
        let end = self.store().append(document, append.clone()).await?;
        let shadow = self.place.home().never_compacted.clone();
        let _ = shadow.append(document, append.clone()).await;
        let mut home = self.place.home();
        home.calls.push(Call::Append(document, append));
        Ok(end)
    }

    async fn newest_version(&self, document: PostId) -> Result<u32> {
        let log = self.store().log(document).await?;
        Ok(log.map_or(0, |log| log.version))
    }

    async fn owners(&self, document: PostId) -> Result<Vec<(u64, AuthorId)>> {
        let stored = self.store().load(document, Start::Newest).await?;
        Ok(stored.map_or_else(Vec::new, |stored| stored.claims))
    }

    /// Changes an append before it is written.
    fn changed(&self, append: &mut Append) {
        match self.fault {
            Some(LosesTheLastUpdateOfAnAppend) if append.updates.len() > 1 => {
                append.updates.pop();
            }
            Some(NamesOneActor) => {
                let first = append.updates.first().map(|(actor, _)| actor.clone());
                for (actor, _) in &mut append.updates {
                    actor.clone_from(first.as_ref().unwrap());
                }
            }
            Some(TakesTheFirstOfTwoClaims) => append.claims.dedup_by_key(|(id, _)| *id),
            Some(CutsIds) => {
                for (id, _) in &mut append.claims {
                    *id &= (1 << 53) - 1;
                }
            }
            Some(RemovesNul) => {
                for (_, actor) in &mut append.claims {
                    *actor = actor.replace('\0', "");
                }
            }
            Some(CutsUpdates) => {
                for (_, update) in &mut append.updates {
                    *update = cut(update);
                }
            }
            Some(CutsTimes) => append.at = append.at.trunc_subsecs(3),
            Some(KeepsTheClaimsOfTheRemoved) => {
                append.claims.append(&mut self.place.home().removed_claims);
            }
            _ => {}
        }
    }

    /// Writes what the check found in order, whatever happened meanwhile.
    async fn checked_before_it_waits(&self, document: PostId, append: Append) -> Result<u64> {
        let version = self.newest_version(document).await?;
        let is_old = |step: VersionStep| step.from != version || step.to <= version;
        if append.version.is_some_and(is_old) {
            return Err(Error::conflict(Conflict::Revision));
        }
        let owners = self.owners(document).await?;
        let is_anothers = |claim: &(u64, AuthorId)| {
            let owner = owners.iter().find(|(id, _)| *id == claim.0);
            owner.is_some_and(|owner| owner != claim)
        };
        if append.claims.iter().any(is_anothers) {
            return Err(Error::conflict(Conflict::Taken("client_id")));
        }
        yield_now().await;
        match self.write(document, append.clone()).await {
            Err(error) if is_stale(&error) && self.has(ChecksVersionsBeforeItWaits) => {
                self.write(document, without_version(&append)).await
            }
            Err(error) if !is_stale(&error) && self.has(ChecksClaimsBeforeItWaits) => {
                self.write(document, without_claims(&append)).await
            }
            answer => answer,
        }
    }

    /// What remains of an append that was refused.
    async fn refused(&self, document: PostId, append: &Append, error: Error) -> Result<u64> {
        match (self.fault, is_stale(&error)) {
            (Some(AcceptsAVersionAgain), true) => {
                return self.write(document, without_version(append)).await;
            }
            (Some(KeepsTheUpdatesOfAStaleVersion), true) => {
                let updates = without_claims(&without_version(append));
                self.write(document, updates).await?;
            }
            (Some(KeepsTheClaimsOfAStaleVersion), true) => {
                let _ = self.write(document, without_updates(append)).await;
            }
            (Some(LetsOthersUseAnId), false) => {
                return self.write(document, without_claims(append)).await;
            }
            (Some(KeepsTheFirstClaimOfARefusedAppend), false) => {
                let mut first = without_updates(append);
                first.claims.truncate(1);
                let _ = self.write(document, first).await;
            }
            (Some(MakesADocumentOfARefusedAppend), _) => {
                let nothing = without_claims(&without_updates(append));
                self.write(document, nothing).await?;
            }
            (Some(FailsTogether), _) => {
                self.place.home().is_failing = true;
                yield_now().await;
                self.place.home().is_failing = false;
            }
            _ => {}
        }
        Err(error)
    }

    async fn append_in_parts(&self, document: PostId, append: &Append) -> Result<u64> {
        let mut end = 0;
        for update in &append.updates {
            let mut part = append.clone();
            part.updates = vec![update.clone()];
            end = self.write(document, part).await?;
            yield_now().await;
        }
        Ok(end)
    }

    /// Where entries begin that are not dropped, for faults that drop more.
    async fn dropped(&self, document: PostId) -> Result<u64> {
        if !self.has(DropsWhatTheNewestContains) {
            return Ok(self.place.home().lost);
        }
        let stored = self.store().load(document, Start::Newest).await?;
        let newest = stored.and_then(|stored| stored.snapshot);
        Ok(newest.map_or(0, |newest| newest.position))
    }
}

#[async_trait]
impl CollabStore for Broken {
    async fn append(&self, document: PostId, mut append: Append) -> Result<u64> {
        self.changed(&mut append);
        match self.fault {
            Some(RefusesEmptyAppends) if append.updates.is_empty() => {
                return Err(Error::invalid_field("updates", "there are none"));
            }
            Some(ClaimsAfterItHasAppended) if !append.claims.is_empty() => {
                let mut claims = append.clone();
                claims.updates.clear();
                append.claims.clear();
                let end = self.write(document, append).await?;
                yield_now().await;
                self.write(document, claims).await?;
                return Ok(end);
            }
            Some(MixesAppends) => return self.append_in_parts(document, &append).await,
            Some(ChecksVersionsBeforeItWaits | ChecksClaimsBeforeItWaits) => {
                return self.checked_before_it_waits(document, append).await;
            }
            Some(AnswersTheEndOfBeforeItWaited) => {
                let before = self.store().log(document).await?.map_or(0, |log| log.end);
                let count = append.updates.len() as u64;
                yield_now().await;
                self.write(document, append).await?;
                return Ok(before + count);
            }
            Some(ForgetsWhatAVersionWasMadeFrom) => {
                let newest = self.newest_version(document).await?;
                if let Some(step) = &mut append.version {
                    step.from = newest;
                }
            }
            Some(FailsTogether) if self.place.home().is_failing => {
                return Err(Error::conflict(Conflict::Revision));
            }
            Some(SharesClaims) => {
                self.store()
                    .append(SHARED, without_updates(&append))
                    .await?;
            }
            Some(KeepsTheVersionOfTheRemoved) => {
                let removed = self.place.home().removed_version;
                if append.version.is_some_and(|step| step.to <= removed) {
                    return Err(Error::conflict(Conflict::Revision));
                }
            }
            _ => {}
        }
        match self.write(document, append.clone()).await {
            Ok(end) if self.has(ShowsEntriesBeforeThoseBelow) => {
                self.place.home().hidden.insert(end);
                for _ in 0..end % 3 {
                    yield_now().await;
                }
                self.place.home().hidden.remove(&end);
                Ok(end)
            }
            Ok(end) => Ok(end),
            Err(error) => self.refused(document, &append, error).await,
        }
    }

    async fn log(&self, document: PostId) -> Result<Option<Log>> {
        if self.has(DropsEntriesBeforeItStores) {
            yield_now().await;
        }
        let mut log = self.store().log(document).await?;
        if let Some(log) = &mut log
            && let Some(noted) = self.place.home().noted.get(&document)
        {
            log.folded = *noted;
        }
        if self.has(KeepsACopyOfTheLog) {
            let mut copy = self.copy.lock().unwrap();
            *copy = copy.or(log);
            return Ok(*copy);
        }
        Ok(log)
    }

    async fn load(&self, document: PostId, from: Start) -> Result<Option<StoredDocument>> {
        let from = if self.has(HasOneSnapshot) {
            Start::Newest
        } else {
            from
        };
        let Some(mut stored) = self.store().load(document, from).await? else {
            return Ok(None);
        };
        if self.has(TakesTheLastSnapshotForTheNewest) {
            let last = self.place.home().last_snapshot.clone();
            stored.snapshot = last.or(stored.snapshot);
        }
        let dropped = self.dropped(document).await?;
        stored.entries.retain(|entry| entry.number > dropped);
        if self.has(LoadsInTwoReads) {
            yield_now().await;
            let position = stored.snapshot.as_ref().map_or(0, |it| it.position);
            let entries = self.store().entries(document, position, usize::MAX).await;
            stored.entries = entries?;
        }
        Ok(Some(stored))
    }

    async fn entries(&self, document: PostId, after: u64, limit: usize) -> Result<Vec<Entry>> {
        let (mut after, mut limit) = (after.max(self.dropped(document).await?), limit);
        match self.fault {
            Some(PagesFromTheEntryItself) => after = after.saturating_sub(1),
            Some(IgnoresLimits) => limit = limit.max(3),
            _ => {}
        }
        let store = match self.fault {
            Some(DropsNothing) => self.place.home().never_compacted.clone(),
            _ => self.store(),
        };
        let mut entries = store.entries(document, after, limit).await?;
        let home = self.place.home();
        entries.retain(|entry| !home.hidden.contains(&entry.number));
        Ok(entries)
    }

    async fn compact(
        &self,
        document: PostId,
        mut snapshot: Snapshot,
        mut made_from: u64,
    ) -> Result<()> {
        match self.fault {
            Some(CutsStates) => snapshot.state = cut(&snapshot.state),
            Some(AlwaysKeepsTheNewest) => made_from = u64::MAX,
            _ => {}
        }
        let store = self.store();
        let answer = store.compact(document, snapshot.clone(), made_from).await;
        match answer.as_ref().map_err(Error::kind) {
            Ok(()) => {
                let mut home = self.place.home();
                home.last_snapshot = Some(snapshot.clone());
                home.calls
                    .push(Call::Compact(document, snapshot, made_from));
            }
            Err(ErrorKind::Invalid { .. }) if self.has(AcceptsAnyPosition) => return Ok(()),
            Err(ErrorKind::NotFound) if self.has(CompactsWhatIsNotThere) => return Ok(()),
            Err(_) => {}
        }
        answer
    }

    async fn note_folded(&self, document: PostId, position: u64) -> Result<()> {
        let noted = self.place.home().noted.get(&document).copied();
        let before = noted.unwrap_or(0);
        let note = match self.fault {
            Some(TakesBackWhatIsFolded) => Some(position),
            Some(NotesBeyondTheEnd) => Some(position.max(before)),
            Some(ReadsNotesBeforeItWaits) => {
                yield_now().await;
                Some(position.max(before))
            }
            _ => None,
        };
        if let Some(note) = note {
            self.place.home().noted.insert(document, note);
        }
        self.store().note_folded(document, position).await?;
        let mut home = self.place.home();
        home.calls.push(Call::NoteFolded(document, position));
        Ok(())
    }

    async fn unfolded(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        if self.has(PagesFromTheLastId) {
            let mut all = self.store().unfolded(None, usize::MAX).await?;
            all.reverse();
            all.retain(|id| after.is_none_or(|after| *id < after));
            all.truncate(limit);
            return Ok(all);
        }
        self.store().unfolded(after, limit).await
    }

    async fn documents(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        if self.has(ListsWhatIsNotFolded) {
            return self.store().unfolded(after, limit).await;
        }
        self.store().documents(after, limit).await
    }

    async fn remove(&self, document: PostId) -> Result<()> {
        let version = self.newest_version(document).await?;
        let claims = self.owners(document).await?;
        self.store().remove(document).await?;
        let mut home = self.place.home();
        if self.has(KeepsTheVersionOfTheRemoved) {
            home.removed_version = version.max(home.removed_version);
        }
        if self.has(KeepsTheClaimsOfTheRemoved) {
            home.removed_claims.extend(claims);
        }
        home.noted.remove(&document);
        home.calls.push(Call::Remove(document));
        Ok(())
    }
}
