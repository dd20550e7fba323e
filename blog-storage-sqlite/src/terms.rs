use blog_core::domain::{Content, Post};
use serde_json::{Value, json};

use crate::error::Result;
use crate::rows::micros;

/// The list of what readers are shown; other lists have the names of statuses.
pub(crate) const PUBLIC: &str = "public";

/// A post's rows in `blog_terms`, as JSON: `[kind, value, list, ordered_at]` each.
pub(crate) fn terms(post: &Post, head: &Content, published: Option<&Content>) -> Result<String> {
    let mut rows = of_list(post, post.status.as_str(), head);
    if let Some(published) = published {
        rows.extend(of_list(post, PUBLIC, published));
    }
    crate::rows::json(&rows)
}

fn of_list(post: &Post, list: &str, content: &Content) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut add = |kind: &str, value: &str| {
        rows.push(json!([kind, value, list, micros(post.ordered_at())]));
    };
    for tag in &content.tags {
        add("tag", tag);
    }
    if let Some(category) = &content.category {
        add("category", category);
        add("under", category);
        for (end, _) in category.match_indices('/') {
            add("under", &category[..end]);
        }
    }
    add("author", &post.author);
    for (place, coauthor) in post.coauthors.iter().enumerate() {
        if *coauthor != post.author && !post.coauthors[..place].contains(coauthor) {
            add("author", coauthor);
        }
    }
    rows
}
