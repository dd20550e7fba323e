use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Blog;
use crate::domain::{Actor, PostId, Scope, Visibility};
use crate::error::{Error, Result};
use crate::ports::{Facets, Highlights, PostCard, SearchQuery};

/// Finding posts by what they say.
#[derive(Debug, Clone, Copy)]
pub struct SearchService<'a> {
    pub(crate) blog: &'a Blog,
}

/// What was found, with the posts themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchResults {
    /// Best first.
    pub hits: Vec<FoundPost>,
    /// Number of posts that match, on all pages.
    pub total: usize,
    /// How they spread.
    pub facets: Facets,
    /// The query that was probably meant.
    pub suggestion: Option<String>,
    /// The offset of the next page, if there is one.
    pub next: Option<usize>,
}

/// One post that matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundPost {
    /// The post as `actor` sees it.
    pub post: PostCard,
    /// How well it matches.
    pub score: f32,
    /// Where it matches.
    pub highlights: Highlights,
}

impl SearchService<'_> {
    /// Posts that match, out of those that `actor` may see.
    ///
    /// # Errors
    /// Those of the index and the storage.
    pub async fn search(&self, actor: &Actor, query: &SearchQuery) -> Result<SearchResults> {
        let scope = self.blog.scope(actor);
        let load = || async { self.load(&scope, query).await.map(Arc::new) };
        let found = if *scope.visibility() == Visibility::Published {
            let (reads, index) = (self.blog.reads(), self.blog.search_index());
            let key = reads.search_key(query);
            let searches = &reads.searches;
            searches.get_as_of(index.checkpoint(), &key, load).await?
        } else {
            load().await?
        };
        Ok(Arc::unwrap_or_clone(found))
    }

    async fn load(&self, scope: &Scope, query: &SearchQuery) -> Result<SearchResults> {
        let page = self.blog.search_index().search(scope, query).await?;
        let next = query.offset + page.hits.len();
        let ids: Vec<_> = page.hits.iter().map(|hit| hit.post).collect();
        // The index may lag behind: what it found is shown as the storage has it.
        let mut cards = self
            .blog
            .storage()
            .cards(scope, &ids)
            .await?
            .into_iter()
            .peekable();
        let mut hits = Vec::with_capacity(page.hits.len());
        for hit in page.hits {
            if let Some(post) = cards.next_if(|card| card.post.id == hit.post) {
                hits.push(FoundPost {
                    post,
                    score: hit.score,
                    highlights: hit.highlights,
                });
            }
        }
        Ok(SearchResults {
            hits,
            total: page.total,
            facets: page.facets,
            suggestion: page.suggestion,
            next: (next < page.total).then_some(next),
        })
    }

    /// Words and titles that begin like `prefix`.
    ///
    /// # Errors
    /// Those of the index.
    pub async fn complete(&self, actor: &Actor, prefix: &str, limit: usize) -> Result<Vec<String>> {
        self.blog
            .search_index()
            .complete(&self.blog.scope(actor), prefix, limit)
            .await
    }

    /// Posts that are about the same.
    ///
    /// # Errors
    /// Not found, also for a post that `actor` may not see.
    pub async fn related(
        &self,
        actor: &Actor,
        post: PostId,
        limit: usize,
    ) -> Result<Vec<PostCard>> {
        let (scope, storage) = (self.blog.scope(actor), self.blog.storage());
        if storage.cards(&scope, &[post]).await?.is_empty() {
            return Err(Error::not_found("post"));
        }
        let ids = self
            .blog
            .search_index()
            .related(&scope, post, limit)
            .await?;
        storage.cards(&scope, &ids).await
    }
}
