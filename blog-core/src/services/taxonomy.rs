use std::sync::Arc;

use crate::Blog;
use crate::cache::TermKind;
use crate::domain::{Actor, AuthorId, AuthorProfile, Visibility};
use crate::error::Result;
use crate::ports::{AuthorCount, TermCount};

/// Tags, categories and authors.
#[derive(Debug, Clone, Copy)]
pub struct Taxonomy<'a> {
    pub(crate) blog: &'a Blog,
}

impl Taxonomy<'_> {
    /// Tags with the number of posts that `actor` sees.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn tags(&self, actor: &Actor) -> Result<Vec<TermCount>> {
        self.terms(actor, TermKind::Tags).await
    }

    /// Categories with the number of posts directly in them that `actor` sees.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn categories(&self, actor: &Actor) -> Result<Vec<TermCount>> {
        self.terms(actor, TermKind::Categories).await
    }

    /// Authors with the number of posts that `actor` sees.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn authors(&self, actor: &Actor) -> Result<Vec<AuthorCount>> {
        let (scope, storage) = (self.blog.scope(actor), self.blog.storage());
        if *scope.visibility() != Visibility::Published {
            return storage.authors(&scope).await;
        }
        let load = || async { storage.authors(&scope).await.map(Arc::new) };
        let authors = self.blog.reads().authors.get(&(), load).await?;
        Ok(Arc::unwrap_or_clone(authors))
    }

    async fn terms(&self, actor: &Actor, kind: TermKind) -> Result<Vec<TermCount>> {
        let (scope, storage) = (self.blog.scope(actor), self.blog.storage());
        let load = || async {
            let terms = match kind {
                TermKind::Tags => storage.tags(&scope).await?,
                TermKind::Categories => storage.categories(&scope).await?,
            };
            Ok(Arc::new(terms))
        };
        let terms = if *scope.visibility() == Visibility::Published {
            self.blog.reads().terms.get(&kind, load).await?
        } else {
            load().await?
        };
        Ok(Arc::unwrap_or_clone(terms))
    }

    /// Profiles of these authors; what readers see of posts names them, so they are public.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn profiles(&self, ids: &[AuthorId]) -> Result<Vec<AuthorProfile>> {
        self.blog.profiles(ids).await
    }
}
