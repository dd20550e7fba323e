use async_trait::async_trait;

use crate::domain::PostId;
use crate::error::Result;

/// The posts that are being edited live. Whoever runs the rooms tells the blog of them by
/// [`Collab::attach`](crate::services::Collab::attach); a blog without rooms has none.
#[async_trait]
pub trait LiveDocuments: Send + Sync + std::fmt::Debug {
    /// Makes what the live document of a post says the post's head, if it says more than the post
    /// does. Answers whether it did; costs a point read where there is nothing to do.
    async fn settle(&self, post: PostId) -> Result<bool>;

    /// Whether the room of a post is open on this node.
    fn is_open(&self, post: PostId) -> bool;
}
