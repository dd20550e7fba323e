use crate::Blog;
use crate::domain::{Actor, AuthorId, AuthorProfile};
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
        self.blog.storage().tags(&self.blog.scope(actor)).await
    }

    /// Categories with the number of posts directly in them that `actor` sees.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn categories(&self, actor: &Actor) -> Result<Vec<TermCount>> {
        self.blog
            .storage()
            .categories(&self.blog.scope(actor))
            .await
    }

    /// Authors with the number of posts that `actor` sees.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn authors(&self, actor: &Actor) -> Result<Vec<AuthorCount>> {
        self.blog.storage().authors(&self.blog.scope(actor)).await
    }

    /// Profiles of these authors; what readers see of posts names them, so they are public.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn profiles(&self, ids: &[AuthorId]) -> Result<Vec<AuthorProfile>> {
        self.blog.profiles(ids).await
    }
}
