//! Lists that show too much, too little, or the same twice.

use blog_core::Result;
use blog_core::domain::{Post, Scope, Status};
use blog_core::ports::{
    Order, PageKey, PostCard, PostKey, PostQuery, Redirect, Storage, TermCount, View,
};

use super::broken::{Broken, everything};
use super::fault::Fault;

pub(crate) async fn posts(
    broken: &Broken,
    scope: &Scope,
    query: &PostQuery,
) -> Result<Vec<PostCard>> {
    let truth = broken.truth();
    let mut query = query.clone();
    match broken.fault {
        Some(Fault::HasOneOrder) => query.order = Order::Newest,
        Some(Fault::ListsDrafts) => return truth.posts(&everything(), &query).await,
        Some(Fault::FindsByTheTagsOfHeads) => return by_tags_of_heads(broken, scope, query).await,
        _ => {}
    }
    let key = |card: &PostCard| query.order.key(query.status, &card.post);
    let Some(after) = query.after else {
        let page = truth.posts(scope, &query).await?;
        remember(broken, page.last().map(key), page.len());
        return Ok(page);
    };
    let mut whole = query.clone();
    (whole.after, whole.limit) = (None, usize::MAX);
    let whole = truth.posts(scope, &whole).await?;
    let border = whole.iter().position(|card| key(card) == after);
    let first = match (broken.fault, border) {
        (Some(Fault::RepeatsTheRowAtTheBorder), Some(border)) => border,
        (Some(Fault::SkipsTheRowAtTheBorder), Some(border)) => border + 2,
        (Some(Fault::PagesByOffset), _) => remembered(broken, after),
        (Some(Fault::PagesByTimeAlone), Some(border)) => {
            let equal = whole[border..]
                .iter()
                .take_while(|card| key(card).at == after.at);
            border + equal.count()
        }
        _ => return truth.posts(scope, &query).await,
    };
    let page: Vec<_> = whole
        .iter()
        .skip(first)
        .take(query.limit)
        .cloned()
        .collect();
    remember(broken, page.last().map(key), first + page.len());
    Ok(page)
}

fn remember(broken: &Broken, key: Option<PageKey>, offset: usize) {
    let mut offsets = broken.offsets.lock().unwrap();
    offsets.extend(key.map(|key| (key, offset)));
}

fn remembered(broken: &Broken, key: PageKey) -> usize {
    let offsets = broken.offsets.lock().unwrap();
    let found = offsets.iter().rev().find(|(known, _)| *known == key);
    found.map_or(0, |(_, offset)| *offset)
}

async fn by_tags_of_heads(
    broken: &Broken,
    scope: &Scope,
    mut query: PostQuery,
) -> Result<Vec<PostCard>> {
    let Some(tag) = query.tag.take() else {
        return broken.truth().posts(scope, &query).await;
    };
    let mut found = Vec::new();
    for card in broken.truth().posts(scope, &query).await? {
        let head = broken.truth().cards(&everything(), &[card.post.id]).await?;
        if head.iter().any(|head| head.content.tags.contains(&tag)) {
            found.push(card);
        }
    }
    Ok(found)
}

pub(crate) async fn tags_of_the_trash(broken: &Broken, scope: &Scope) -> Result<Vec<TermCount>> {
    let mut trash = PostQuery::default();
    trash.status = Status::Trashed;
    let cards = broken.truth().posts(scope, &trash).await?;
    let tags = cards.into_iter().flat_map(|card| card.content.tags);
    Ok(tags.map(|name| TermCount { name, count: 1 }).collect())
}

/// Where a slug leads that was ever given up, whoever has it now.
pub(crate) async fn former(broken: &Broken, scope: &Scope, key: &PostKey) -> Result<Option<Post>> {
    let PostKey::Slug { slug: wanted, .. } = key else {
        return broken.truth().redirect(scope, key).await;
    };
    let journal = broken.place.journal().into_iter();
    let redirects = journal.flat_map(|(changes, _)| changes.redirects);
    let mut leading = redirects.filter_map(|redirect| match redirect {
        Redirect::Slug { slug, post, .. } if slug == *wanted => Some(post),
        _ => None,
    });
    let Some(id) = leading.next() else {
        return Ok(None);
    };
    let found = broken
        .truth()
        .post(scope, &PostKey::Id(id), View::Reader)
        .await?;
    Ok(found.map(|found| found.post))
}
