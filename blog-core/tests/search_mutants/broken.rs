use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use blog_core::domain::{PostId, Scope, Seq};
use blog_core::memory::MemoryIndex;
use blog_core::ports::{IndexChange, IndexedPost, SearchIndex, SearchPage, SearchQuery};
use blog_core::{Error, Result};

use crate::fault::Fault;
use crate::home::Home;
use crate::search;
use crate::words::words;

/// A search index with at most one fault. Whatever it is asked, the in-memory index answers, with
/// the posts in it that are to be found.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) home: Arc<Mutex<Home>>,
    pub(crate) fault: Option<Fault>,
}

pub(crate) fn everything() -> Scope {
    Scope::everything_for_system("a fault shows too much")
}

/// The in-memory index with these posts in it.
pub(crate) async fn filled(posts: Vec<IndexedPost>) -> Result<MemoryIndex> {
    let index = MemoryIndex::default();
    let posts = posts.into_iter().map(Box::new);
    let changes = posts.map(IndexChange::Put).collect();
    index.apply(changes, Seq(0)).await?;
    Ok(index)
}

impl Broken {
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// The same content without a fault.
    pub(crate) fn truth(&self) -> Self {
        let home = Arc::clone(&self.home);
        Self { home, fault: None }
    }

    pub(crate) fn posts(&self) -> Vec<IndexedPost> {
        self.home().posts(self.fault)
    }

    pub(crate) fn home(&self) -> MutexGuard<'_, Home> {
        self.home.lock().unwrap()
    }
}

#[async_trait]
impl SearchIndex for Broken {
    async fn apply(&self, changes: Vec<IndexChange>, checkpoint: Seq) -> Result<()> {
        self.home().apply(self.fault, changes, checkpoint)
    }

    async fn checkpoint(&self) -> Result<Option<Seq>> {
        let checkpoint = self.home().held.checkpoint;
        if self.has(Fault::StartsAtTheLogsBeginning) {
            return Ok(checkpoint.or(Some(Seq(0))));
        }
        Ok(checkpoint)
    }

    async fn begin_replacement(&self) -> Result<()> {
        self.home().begin_replacement(self.fault);
        Ok(())
    }

    async fn extend_replacement(&self, posts: Vec<IndexedPost>) -> Result<()> {
        self.home().extend_replacement(posts);
        Ok(())
    }

    async fn replace(&self, checkpoint: Seq) -> Result<()> {
        self.home().replace(self.fault, checkpoint);
        Ok(())
    }

    async fn search(&self, scope: &Scope, query: &SearchQuery) -> Result<SearchPage> {
        search::search(self, scope, query).await
    }

    async fn complete(&self, scope: &Scope, prefix: &str, limit: usize) -> Result<Vec<String>> {
        if self.has(Fault::RefusesToCompleteSigns) && words(prefix).is_empty() {
            return Err(Error::invalid_field("prefix", "has no word"));
        }
        let index = filled(self.posts()).await?;
        match self.fault {
            Some(Fault::CompletesTheTitlesOfDrafts) => {
                index.complete(&everything(), prefix, limit).await
            }
            Some(Fault::CompletesMoreThanAsked) => {
                index.complete(scope, prefix, limit.max(1)).await
            }
            Some(Fault::CompletesInTheSameCaseOnly) => {
                let mut titles = index.complete(scope, prefix, limit).await?;
                titles.retain(|title| title.starts_with(prefix));
                Ok(titles)
            }
            Some(Fault::CompletesInsideWords) => {
                let mut titles = index.complete(scope, "", usize::MAX).await?;
                titles.retain(|title| title.to_lowercase().contains(&prefix.to_lowercase()));
                titles.truncate(limit);
                Ok(titles)
            }
            _ => index.complete(scope, prefix, limit).await,
        }
    }

    async fn related(&self, scope: &Scope, post: PostId, limit: usize) -> Result<Vec<PostId>> {
        let index = filled(self.posts()).await?;
        let related = index.related(scope, post, limit).await?;
        let visible = async |scope| -> Result<Vec<PostId>> {
            let all = SearchQuery {
                limit: usize::MAX,
                ..SearchQuery::default()
            };
            let page = index.search(scope, &all).await?;
            Ok(page.hits.into_iter().map(|hit| hit.post).collect())
        };
        match self.fault {
            Some(Fault::RelatesDrafts) if visible(scope).await?.contains(&post) => {
                index.related(&everything(), post, limit).await
            }
            Some(Fault::TellsWhatADraftIsAbout) => {
                let seen = visible(scope).await?;
                let mut related = index.related(&everything(), post, limit).await?;
                related.retain(|id| seen.contains(id));
                Ok(related)
            }
            Some(Fault::RelatesAPostToItself) if !related.is_empty() => {
                Ok([vec![post], related].concat())
            }
            Some(Fault::RelatesEverything) if !related.is_empty() => {
                let mut others = visible(scope).await?;
                others.retain(|id| *id != post);
                Ok(others)
            }
            Some(Fault::RelatesTheFarthestFirst) => Ok(related.into_iter().rev().collect()),
            Some(Fault::RelatesMoreThanAsked) => index.related(scope, post, limit.max(1)).await,
            Some(Fault::FailsToRelateTheUnknown)
                if !visible(&everything()).await?.contains(&post) =>
            {
                Err(Error::not_found("post"))
            }
            _ => Ok(related),
        }
    }

    async fn ids(&self, after: Option<PostId>, limit: usize) -> Result<Vec<PostId>> {
        let index = filled(self.posts()).await?;
        let is_border = |id: &PostId| Some(*id) == after;
        match self.fault {
            Some(Fault::RepeatsTheIdAtTheBorder) => {
                let mut ids = index.ids(None, usize::MAX).await?;
                ids.retain(|id| is_border(id) || after.is_none_or(|after| *id > after));
                ids.truncate(limit);
                Ok(ids)
            }
            Some(Fault::SkipsTheIdAtTheBorder) if after.is_some() => {
                let ids = index.ids(after, limit.saturating_add(1)).await?;
                Ok(ids.into_iter().skip(1).collect())
            }
            Some(Fault::ListsMoreIdsThanAsked) => index.ids(after, usize::MAX).await,
            Some(Fault::ListsIdsBackwards) => {
                let ids = index.ids(after, usize::MAX).await?;
                Ok(ids.into_iter().rev().take(limit).collect())
            }
            _ => index.ids(after, limit).await,
        }
    }
}
