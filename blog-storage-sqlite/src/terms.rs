use blog_core::domain::{Content, Post};

use crate::error::Result;
use crate::rows::micros;

/// A post's rows in `blog_terms`, as JSON: `[kind, value, list, ordered_at]` each.
pub(crate) fn terms(post: &Post, head: &Content, published: Option<&Content>) -> Result<String> {
    let ordered_at = micros(post.ordered_at());
    let rows: Vec<_> = blog_core::tables::terms(post, head, published)
        .into_iter()
        .map(|term| (term.kind, term.value, term.list, ordered_at))
        .collect();
    crate::rows::json(&rows)
}
