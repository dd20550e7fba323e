//! Pages that say something else than what was found.

use blog_core::Result;
use blog_core::domain::Scope;
use blog_core::ports::{
    Highlights, PostView, SearchHit, SearchIndex, SearchPage, SearchQuery, SearchSort,
};

use crate::broken::{Broken, everything};
use crate::fault::Fault;
use crate::search::found;

/// Makes another answer of what was found in `posts` for `query`.
pub(crate) async fn spoil(
    broken: &Broken,
    scope: &Scope,
    query: &SearchQuery,
    posts: &[PostView],
    page: &mut SearchPage,
) -> Result<()> {
    let is_odd = query.limit > 0 && query.offset / query.limit % 2 == 1;
    match (broken.fault, query.sort) {
        (Some(Fault::DoublesWhatIsAppliedAgain), _) => {
            let doubled = &broken.home().doubled;
            let mut again = page.hits.clone();
            again.retain(|hit| doubled.contains(&hit.post));
            page.total += again.len();
            page.hits.extend(again);
        }
        (Some(Fault::RanksTheWorstFirst), SearchSort::Relevance)
        | (Some(Fault::PutsTheOldestFirst), SearchSort::Date) => {
            page.hits = backwards(posts, query).await?;
        }
        (Some(Fault::ShufflesEqualHits), _) if is_odd => {
            page.hits = backwards(posts, query).await?;
        }
        (Some(Fault::ScoresUpsideDown), _) => {
            page.hits.iter_mut().for_each(|hit| hit.score = -hit.score);
        }
        (Some(Fault::WeighsWordsAmongWhatIsHidden), _) => {
            let all = broken.posts().len() as f32;
            page.hits.iter_mut().for_each(|hit| hit.score /= all);
        }
        _ => {}
    }
    count(broken, scope, query, posts, page).await?;
    highlight(broken, page).await
}

async fn backwards(posts: &[PostView], query: &SearchQuery) -> Result<Vec<SearchHit>> {
    let mut all = query.clone();
    (all.offset, all.limit) = (0, usize::MAX);
    let hits = found(posts, &all).await?.hits.into_iter().rev();
    Ok(hits.skip(query.offset).take(query.limit).collect())
}

async fn count(
    broken: &Broken,
    scope: &Scope,
    query: &SearchQuery,
    posts: &[PostView],
    page: &mut SearchPage,
) -> Result<()> {
    let mut counted = posts.to_vec();
    match broken.fault {
        Some(Fault::CountsOnePage) => page.total = page.hits.len(),
        Some(Fault::CountsDraftsInTotals) => {
            page.total = broken.truth().search(&everything(), query).await?.total;
        }
        Some(Fault::CountsBothTextsOfAPost) => {
            let held = &broken.home().held.posts;
            let texts = page.hits.iter().map(|hit| &held[&hit.post]);
            let has_two = texts.filter(|held| held.published.as_ref() != Some(&held.head));
            page.total += has_two.count();
        }
        Some(Fault::CountsTheTagsOfDrafts) => {
            let all = broken.truth().search(&everything(), query).await?;
            page.facets.tags = all.facets.tags;
        }
        Some(Fault::CountsFacetsWithoutFilters) => {
            let unfiltered = SearchQuery {
                text: query.text.clone(),
                ..SearchQuery::default()
            };
            page.facets = broken.truth().search(scope, &unfiltered).await?.facets;
        }
        Some(Fault::CountsTheFacetsOfOnePage) => {
            counted.retain(|view| page.hits.iter().any(|hit| hit.post == view.post.id));
            page.facets = found(&counted, query).await?.facets;
        }
        Some(Fault::CountsNoCoauthors) => {
            counted
                .iter_mut()
                .for_each(|view| view.post.coauthors.clear());
            page.facets.authors = found(&counted, query).await?.facets.authors;
        }
        Some(Fault::CountsYearsOfCreation) => {
            for view in &mut counted {
                view.post.published_at = Some(view.post.created_at);
            }
            page.facets.years = found(&counted, query).await?.facets.years;
        }
        _ => {}
    }
    Ok(())
}

async fn highlight(broken: &Broken, page: &mut SearchPage) -> Result<()> {
    let edit: fn(&str) -> String = match broken.fault {
        Some(Fault::HighlightsDrafts) => {
            let all = SearchQuery {
                limit: usize::MAX,
                ..SearchQuery::default()
            };
            let drafts = broken.truth().search(&everything(), &all).await?.hits;
            for hit in &mut page.hits {
                let mut drafts = drafts.iter();
                if let Some(draft) = drafts.find(|draft| draft.post == hit.post) {
                    hit.highlights.clone_from(&draft.highlights);
                }
            }
            return Ok(());
        }
        Some(Fault::EscapesNothing) => |html| html.replace("&lt;", "<").replace("&gt;", ">"),
        Some(Fault::MarksNothing) => |html| html.replace("<mark>", "").replace("</mark>", ""),
        Some(Fault::LeavesOutTitlesWithoutAMatch) => {
            let marked = |html: &str| html.contains("<mark>");
            for Highlights { title, .. } in page.hits.iter_mut().map(|hit| &mut hit.highlights) {
                if !marked(title) {
                    title.clear();
                }
            }
            return Ok(());
        }
        _ => return Ok(()),
    };
    for Highlights { title, body } in page.hits.iter_mut().map(|hit| &mut hit.highlights) {
        for html in body.iter_mut().chain([title]) {
            *html = edit(html);
        }
    }
    Ok(())
}
