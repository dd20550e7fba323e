//! A search, step by step, and what goes wrong in each.

use blog_core::domain::{Content, Scope, Status, Version, Visibility};
use blog_core::ports::{IndexedPost, PostView, SearchIndex, SearchPage, SearchQuery, SearchSort};
use blog_core::{Error, Result};
use chrono::TimeDelta;

use crate::broken::{Broken, everything, filled};
use crate::fault::Fault;
use crate::page;
use crate::words::understand;

pub(crate) async fn search(
    broken: &Broken,
    scope: &Scope,
    query: &SearchQuery,
) -> Result<SearchPage> {
    refuse(broken, query)?;
    if broken.has(Fault::FindsDrafts) {
        return broken.truth().search(&everything(), query).await;
    }
    let mut posts = shown(broken, &selected(broken, scope));
    let mut asked = query.clone();
    let suggestion;
    (asked.text, suggestion) = understand(broken.fault, &query.text, &mut posts);
    narrow(broken, &mut asked, &mut posts);
    order(broken, &mut asked, &mut posts);
    let mut page = found(&posts, &asked).await?;
    page.suggestion = suggestion;
    if broken.has(Fault::SuggestsTheWordsOfDrafts) {
        let all = broken.truth().search(&everything(), query).await?;
        page.suggestion = all.suggestion;
    }
    page::spoil(broken, scope, &asked, &posts, &mut page).await?;
    Ok(page)
}

/// What the in-memory index finds in these posts.
pub(crate) async fn found(posts: &[PostView], query: &SearchQuery) -> Result<SearchPage> {
    let posts = posts.iter().map(|view| IndexedPost {
        post: view.post.clone(),
        published: Some(view.version.clone()),
        head: view.version.clone(),
        authors: vec![],
    });
    let index = filled(posts.collect()).await?;
    index.search(&Scope::public(), query).await
}

fn refuse(broken: &Broken, query: &SearchQuery) -> Result<()> {
    let text = query.text.as_str();
    let is_refused = match broken.fault {
        Some(Fault::RefusesUnclosedQuotes) => text.matches('"').count() % 2 == 1,
        Some(Fault::RefusesALoneStar) => text == "*",
        Some(Fault::RefusesLongQueries) => text.len() > 10_000,
        Some(Fault::FailsBehindTheLastPage) => query.offset.checked_add(query.limit).is_none(),
        _ => false,
    };
    if is_refused {
        return Err(Error::invalid_field("q", "is refused"));
    }
    Ok(())
}

fn selected(broken: &Broken, scope: &Scope) -> Scope {
    match (scope.visibility(), broken.fault) {
        (Visibility::Own(_), Some(Fault::TakesAuthorsForReaders)) => Scope::public(),
        (Visibility::Own(_), Some(Fault::TakesAuthorsForEditors)) => everything(),
        _ => scope.clone(),
    }
}

/// The posts that the scope shows, each with the text that it selects.
fn shown(broken: &Broken, scope: &Scope) -> Vec<PostView> {
    let mut shown = Vec::new();
    for indexed in broken.posts() {
        let (post, head) = (indexed.post, indexed.head);
        let is_trashed = post.status == Status::Trashed && !broken.has(Fault::FindsTheTrash);
        let version = match indexed.published {
            Some(published)
                if scope.sees_head_of(&post) && broken.has(Fault::FindsBothTextsOfAPost) =>
            {
                joined(head, &published.content)
            }
            _ if scope.sees_head_of(&post) && !is_trashed => head,
            Some(published) => published,
            None => continue,
        };
        shown.push(PostView { post, version });
    }
    shown
}

fn joined(mut version: Version, other: &Content) -> Version {
    let words = format!(" {} {}", other.title, other.body);
    version.content.body.push_str(&words);
    version
}

/// Lets the filters take something else than what was asked for.
fn narrow(broken: &Broken, asked: &mut SearchQuery, posts: &mut Vec<PostView>) {
    match broken.fault {
        Some(Fault::IgnoresTags) => asked.tag = None,
        Some(Fault::IgnoresLocales) => asked.locale = None,
        Some(Fault::TakesOneFilterOfTwo) if asked.tag.is_some() => asked.author = None,
        Some(Fault::LeavesOutTheFirstMoment) => {
            asked.from = asked.from.map(|from| from + TimeDelta::nanoseconds(1));
        }
        Some(Fault::TakesInTheLastMoment) => {
            asked.to = asked.to.map(|to| to + TimeDelta::nanoseconds(1));
        }
        Some(Fault::IgnoresCoauthors) if asked.author.is_some() => {
            posts
                .iter_mut()
                .for_each(|view| view.post.coauthors.clear());
        }
        Some(Fault::LeavesOutSubcategories) if asked.category.is_some() => {
            posts.retain(|view| view.version.content.category == asked.category);
        }
        Some(Fault::TakesCategoriesForPrefixes) => {
            if let Some(prefix) = asked.category.take() {
                let category = |view: &PostView| view.version.content.category.clone();
                posts.retain(|view| category(view).unwrap_or_default().starts_with(&prefix));
            }
        }
        Some(Fault::FiltersByTheTagsOfDrafts) => {
            if let Some(tag) = asked.tag.take() {
                let held = &broken.home().held.posts;
                posts.retain(|view| held[&view.post.id].head.content.tags.contains(&tag));
            }
        }
        _ => {}
    }
}

/// Asks for another order, or another page.
fn order(broken: &Broken, asked: &mut SearchQuery, posts: &mut [PostView]) {
    match broken.fault {
        Some(Fault::RanksByDate) => asked.sort = SearchSort::Date,
        Some(Fault::OrdersByCreation) if asked.sort == SearchSort::Date => {
            for view in posts {
                view.post.published_at = Some(view.post.created_at);
            }
        }
        Some(Fault::RepeatsTheHitAtTheBorder) => asked.offset = asked.offset.saturating_sub(1),
        Some(Fault::SkipsTheHitAtTheBorder) if asked.offset > 0 => {
            asked.offset = asked.offset.saturating_add(1);
        }
        Some(Fault::GivesMoreHitsThanAsked) => asked.limit = asked.limit.saturating_add(1),
        _ => {}
    }
}
