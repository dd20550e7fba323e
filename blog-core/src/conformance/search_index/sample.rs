//! Posts and questions for the cases.

use crate::conformance::runner::{Violation, succeed};
use crate::conformance::storage::sample::{draft, edited, profile, published, with_content};
use crate::domain::{Content, PostId, Scope, Status};
use crate::ports::{IndexChange, IndexedPost, PostView, SearchIndex, SearchPage, SearchQuery};

pub(super) fn id(number: u32) -> PostId {
    draft(number).post.id
}

pub(super) fn ids(numbers: impl IntoIterator<Item = u32>) -> Vec<PostId> {
    numbers.into_iter().map(id).collect()
}

/// A published post; a higher number is a later one.
pub(super) fn article(number: u32, title: &str, body: &str) -> IndexedPost {
    let view = with_content(published(draft(number)), |content| {
        content.title = title.to_owned();
        content.body = body.to_owned();
    });
    IndexedPost {
        published: Some(view.version.clone()),
        head: view.version,
        authors: vec![profile(&view.post.author)],
        post: view.post,
    }
}

/// The same post with another content, for readers and editors alike.
pub(super) fn with(post: IndexedPost, change: impl FnOnce(&mut Content)) -> IndexedPost {
    let view = PostView {
        post: post.post,
        version: post.head,
    };
    let view = with_content(view, change);
    IndexedPost {
        post: view.post,
        published: post.published.map(|_| view.version.clone()),
        head: view.version,
        authors: post.authors,
    }
}

/// The same post with a draft that readers do not see, and its tag "draft".
pub(super) fn with_draft(post: IndexedPost, title: &str, body: &str) -> IndexedPost {
    let view = PostView {
        post: post.post,
        version: post.head,
    };
    let (next, _) = edited(&view, body);
    let next = with_content(next, |content| {
        content.title = title.to_owned();
        content.tags.push("draft".to_owned());
    });
    IndexedPost {
        post: next.post,
        head: next.version,
        published: post.published,
        authors: post.authors,
    }
}

/// The same post, out of the readers' sight.
pub(super) fn hidden(mut post: IndexedPost, status: Status) -> IndexedPost {
    post.post.status = status;
    post.post.published = None;
    post.published = None;
    post
}

/// The same post by another author.
pub(super) fn by(mut post: IndexedPost, author: &str) -> IndexedPost {
    post.post.author = author.to_owned();
    post.authors = vec![profile(author)];
    post
}

pub(super) fn put(posts: Vec<IndexedPost>) -> Vec<IndexChange> {
    let posts = posts.into_iter().map(Box::new);
    posts.map(IndexChange::Put).collect()
}

pub(super) fn query(text: &str) -> SearchQuery {
    SearchQuery {
        text: text.to_owned(),
        limit: 100,
        ..SearchQuery::default()
    }
}

pub(super) fn found(page: &SearchPage) -> Vec<PostId> {
    page.hits.iter().map(|hit| hit.post).collect()
}

/// What readers find.
pub(super) async fn public(
    promise: u8,
    index: &dyn SearchIndex,
    query: &SearchQuery,
) -> Result<SearchPage, Violation> {
    succeed(promise, index.search(&Scope::public(), query).await)
}

/// The posts that readers find for a text, by id.
pub(super) async fn matches(
    promise: u8,
    index: &dyn SearchIndex,
    text: &str,
) -> Result<Vec<PostId>, Violation> {
    let mut found = found(&public(promise, index, &query(text)).await?);
    found.sort();
    Ok(found)
}
