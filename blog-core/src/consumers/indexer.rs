use std::collections::BTreeSet;

use tokio::sync::watch;

use super::{News, back_off, report, stopped_within};
use crate::Blog;
use crate::domain::{Event, PostId, Scope, Seq, Status, Version};
use crate::error::{Error, Result};
use crate::ports::{
    DeadLetter, IndexChange, IndexedPost, Order, PostKey, PostQuery, PostView, View,
};

pub(super) const NAME: &str = "search";
const BATCH: usize = 256;
/// Failures in a row after which the events of a batch are tried one by one.
const PATIENCE: u32 = 5;

/// Keeps the search index at the end of the log.
pub(super) async fn run(blog: Blog, mut stop: watch::Receiver<bool>) {
    let mut news = News::of(&blog);
    let mut failures = 0;
    loop {
        let step = match failures {
            0..PATIENCE => catch_up(&blog).await,
            _ => one_by_one(&blog).await,
        };
        match step {
            Ok(()) => {
                failures = 0;
                tokio::select! {
                    _ = stop.wait_for(|stop| *stop) => return,
                    () = news.wait() => {}
                }
            }
            Err(error) => {
                failures += 1;
                report(NAME, &error, failures);
                if stopped_within(&mut stop, back_off(failures)).await {
                    return;
                }
            }
        }
    }
}

/// Brings the index to the end of the log; an index that is new, lost or too far behind is rebuilt.
///
/// # Errors
/// Those of the storage and the index.
pub async fn catch_up(blog: &Blog) -> Result<()> {
    let _indexing = blog.indexing().await;
    loop {
        let Some(checkpoint) = start(blog).await? else {
            continue;
        };
        let events = blog.storage().events(checkpoint, BATCH).await?;
        let Some(last) = events.last() else {
            blog.mark_indexed(checkpoint);
            return Ok(());
        };
        apply(blog, &events).await?;
        blog.mark_indexed(last.seq);
    }
}

/// Where to go on; `None` after a rebuild.
async fn start(blog: &Blog) -> Result<Option<Seq>> {
    let storage = blog.storage();
    let checkpoint = blog.search_index().checkpoint().await?;
    let (first, last) = (storage.first_event().await?, storage.last_event().await?);
    // Without events, those that there were are gone.
    let first = if first.0 == 0 { last.0 + 1 } else { first.0 };
    match checkpoint {
        Some(at) if at.0 + 1 >= first && at <= last => return Ok(Some(at)),
        None => tracing::info!("the search index is built from storage"),
        Some(at) => tracing::warn!(?at, "the search index is not of this log: it is built anew"),
    }
    build(blog).await?;
    Ok(None)
}

/// Indexes the post of an event that was passed over, as it is now.
pub(super) async fn replay(blog: &Blog, event: &Event) -> Result<()> {
    let _indexing = blog.indexing().await;
    let checkpoint = blog.search_index().checkpoint().await?;
    let checkpoint = checkpoint
        .ok_or_else(|| Error::unavailable("the search index is about to be rebuilt", true))?;
    let change = change(blog, event.post).await?;
    blog.search_index().apply(vec![change], checkpoint).await?;
    blog.reads().note_index_repair();
    Ok(())
}

async fn apply(blog: &Blog, events: &[Event]) -> Result<()> {
    let posts: BTreeSet<PostId> = events.iter().map(|event| event.post).collect();
    let mut changes = Vec::with_capacity(posts.len());
    for id in posts {
        changes.push(change(blog, id).await?);
    }
    let checkpoint = events.last().map_or(Seq(0), |event| event.seq);
    blog.search_index().apply(changes, checkpoint).await
}

async fn change(blog: &Blog, id: PostId) -> Result<IndexChange> {
    Ok(match load(blog, id).await? {
        Some(post) => IndexChange::Put(Box::new(post)),
        None => IndexChange::Remove(id),
    })
}

/// Tries the next events one by one and buries those that fail for a reason of their own, so that
/// one post cannot stop the index for all. While a backend is away, everything waits.
async fn one_by_one(blog: &Blog) -> Result<()> {
    let _indexing = blog.indexing().await;
    let Some(checkpoint) = start(blog).await? else {
        return Ok(());
    };
    for event in blog.storage().events(checkpoint, BATCH).await? {
        match apply(blog, std::slice::from_ref(&event)).await {
            Ok(()) => {}
            Err(error) if error.is_retryable() => return Err(error),
            Err(error) => {
                let seq = event.seq;
                blog.storage()
                    .bury(&DeadLetter {
                        consumer: NAME.to_owned(),
                        event,
                        error: error.to_string(),
                        at: blog.clock().now(),
                    })
                    .await?;
                blog.search_index().apply(vec![], seq).await?;
            }
        }
    }
    Ok(())
}

/// Builds the index anew while the old one answers. Answers the number of posts in it.
///
/// # Errors
/// Those of the storage and the index.
pub async fn rebuild(blog: &Blog) -> Result<usize> {
    let _indexing = blog.indexing().await;
    build(blog).await
}

async fn build(blog: &Blog) -> Result<usize> {
    let (scope, index) = (scope(), blog.search_index());
    // Taken first: what is committed meanwhile is indexed again from here.
    let checkpoint = blog.storage().last_event().await?;
    index.begin_replacement().await?;
    let mut indexed = 0;
    for status in Status::ALL {
        let mut query = PostQuery {
            status,
            order: Order::Oldest,
            limit: 100,
            ..PostQuery::default()
        };
        loop {
            let cards = blog.storage().posts(&scope, &query).await?;
            let mut posts = Vec::with_capacity(cards.len());
            for card in &cards {
                match load(blog, card.post.id).await {
                    Ok(post) => posts.extend(post),
                    Err(error) if error.is_retryable() => return Err(error),
                    // One post must not keep all others out of the index.
                    Err(error) => tracing::error!(post = %card.post.id, %error, "left out"),
                }
            }
            indexed += posts.len();
            index.extend_replacement(posts).await?;
            match cards.last() {
                Some(last) if cards.len() == query.limit => {
                    query.after = Some(query.order.key(status, &last.post));
                }
                _ => break,
            }
        }
    }
    index.replace(checkpoint).await?;
    blog.reads().note_index_repair();
    blog.mark_indexed(checkpoint);
    Ok(indexed)
}

async fn load(blog: &Blog, id: PostId) -> Result<Option<IndexedPost>> {
    let (scope, storage) = (scope(), blog.storage());
    let Some(PostView {
        post,
        version: head,
    }) = storage.post(&scope, &PostKey::Id(id), View::Head).await?
    else {
        return Ok(None);
    };
    let published = published_version(blog, &post, &head).await?;
    let mut authors = vec![post.author.clone()];
    authors.extend(post.coauthors.iter().cloned());
    let authors = storage.profiles(&authors).await?;
    Ok(Some(IndexedPost {
        post,
        published,
        head,
        authors,
    }))
}

async fn published_version(
    blog: &Blog,
    post: &crate::domain::Post,
    head: &Version,
) -> Result<Option<Version>> {
    match post.published.filter(|_| post.is_public()) {
        None => Ok(None),
        Some(number) if number == head.number => Ok(Some(head.clone())),
        Some(number) => {
            let version = blog.storage().version(&scope(), post.id, number).await?;
            version
                .map(Some)
                .ok_or_else(|| Error::internal("a published version is missing"))
        }
    }
}

fn scope() -> Scope {
    Scope::everything_for_system("the index holds every post; a search has a scope of its own")
}
