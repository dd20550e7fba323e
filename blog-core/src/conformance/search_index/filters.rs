use super::sample::{article, by, found, ids, public, query, with};
use super::{SearchIndexFixture, Verdict, World, expect};
use crate::conformance::storage::sample::time;
use crate::domain::{Locale, PostId};
use crate::ports::{Facet, IndexedPost, SearchQuery, SearchSort};

/// Three years after the first.
const LATER: i64 = 3 * 366 * 24 * 3_600;

fn abroad() -> Locale {
    Locale::parse("pt-BR").unwrap_or_default()
}

fn posts() -> Vec<IndexedPost> {
    let filed = |post, tags: &[&str], category: Option<&str>| {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let category = category.map(ToOwned::to_owned);
        with(post, |content| {
            (content.tags, content.category) = (tags, category)
        })
    };
    let mut shared = filed(article(2, "Rust two", "more"), &["a"], Some("lang/go"));
    shared.post.coauthors = vec!["bob".to_owned()];
    let mut foreign = by(
        filed(article(3, "Rust three", ""), &["c d"], Some("language")),
        "bob",
    );
    foreign.post.locale = abroad();
    foreign.post.published_at = Some(time(LATER));
    vec![
        filed(article(1, "Rust one", ""), &["a", "b"], Some("lang/rust")),
        shared,
        foreign,
        filed(article(4, "Iron", ""), &["a"], None),
    ]
}

pub(super) async fn each_filter_narrows<F: SearchIndexFixture>(world: &World<'_, F>) -> Verdict {
    let index = world.filled(posts()).await?;
    type Filter = (fn(&mut SearchQuery), &'static [u32]);
    let filters: [Filter; 10] = [
        (|_| {}, &[1, 2, 3]),
        (|query| query.text.clear(), &[1, 2, 3, 4]),
        (|query| query.tag = Some("a".to_owned()), &[1, 2]),
        (|query| query.tag = Some("c d".to_owned()), &[3]),
        (|query| query.category = Some("lang".to_owned()), &[1, 2]),
        (|query| query.category = Some("lang/go".to_owned()), &[2]),
        (|query| query.author = Some("bob".to_owned()), &[2, 3]),
        (|query| query.locale = Some(abroad()), &[3]),
        (|query| query.from = Some(time(2)), &[2, 3]),
        (|query| query.to = Some(time(2)), &[1]),
    ];
    for (narrow, numbers) in filters {
        let mut query = query("rust");
        narrow(&mut query);
        let page = public(5, &*index, &query).await?;
        let mut seen = found(&page);
        seen.sort();
        let expected = (&query, numbers.len(), ids(numbers.iter().copied()));
        expect(5, (&query, page.total, seen), expected)?;
    }
    let both = SearchQuery {
        tag: Some("a".to_owned()),
        author: Some("bob".to_owned()),
        ..query("rust")
    };
    expect(5, found(&public(5, &*index, &both).await?), ids([2]))
}

pub(super) async fn facets_count_what_their_filters_give<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let index = world.filled(posts()).await?;
    let first_only = SearchQuery {
        limit: 1,
        ..query("rust")
    };
    let facets = public(5, &*index, &first_only).await?.facets;
    let values = |facets: &[Facet]| -> Vec<_> {
        let facets = facets.iter();
        facets
            .map(|facet| (facet.value.clone(), facet.count))
            .collect()
    };
    let counted = |value: &str, count| (value.to_owned(), count);
    let tags = vec![counted("a", 2), counted("b", 1), counted("c d", 1)];
    expect(5, values(&facets.tags), tags)?;
    let mut authors = values(&facets.authors);
    authors.sort();
    expect(5, authors, vec![counted("ada", 2), counted("bob", 2)])?;
    let mut years = values(&facets.years);
    years.sort();
    expect(5, years, vec![counted("2024", 2), counted("2027", 1)])?;

    type Narrow = fn(&mut SearchQuery, String);
    let filters: [(&[Facet], Narrow); 3] = [
        (&facets.tags, |query, value| query.tag = Some(value)),
        (&facets.categories, |query, value| {
            query.category = Some(value)
        }),
        (&facets.authors, |query, value| query.author = Some(value)),
    ];
    for (facets, narrow) in filters {
        for facet in facets {
            let mut query = query("rust");
            narrow(&mut query, facet.value.clone());
            let total = public(5, &*index, &query).await?.total as u64;
            expect(5, (&facet.value, total), (&facet.value, facet.count))?;
        }
    }
    let has = |category: &str| {
        facets
            .categories
            .iter()
            .any(|facet| facet.value == category)
    };
    expect(
        5,
        has("lang/rust") && has("lang/go") && has("language"),
        true,
    )?;

    let narrowed = SearchQuery {
        tag: Some("b".to_owned()),
        ..query("rust")
    };
    let facets = public(5, &*index, &narrowed).await?.facets;
    let tags = vec![counted("a", 1), counted("b", 1)];
    expect(5, values(&facets.tags), tags)?;
    expect(5, values(&facets.authors), vec![counted("ada", 1)])?;
    expect(5, values(&facets.years), vec![counted("2024", 1)])
}

pub(super) async fn hits_come_in_the_order_asked_for<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let mut posts: Vec<_> = (1..=9)
        .map(|number| {
            article(
                number,
                "Rust",
                if number % 2 == 0 { "rust" } else { "iron" },
            )
        })
        .collect();
    // In the order of publication, not of ids.
    for (post, second) in posts.iter_mut().zip([5, 9, 1, 8, 2, 7, 3, 6, 4]) {
        post.post.published_at = Some(time(second));
    }
    let by_date: Vec<PostId> = ids([2, 4, 6, 8, 1, 9, 7, 5, 3]);
    let index = world.filled(posts).await?;
    let sorted = |sort| SearchQuery {
        sort,
        ..query("rust")
    };
    let page = public(5, &*index, &sorted(SearchSort::Date)).await?;
    expect(5, found(&page), by_date)?;
    for sort in [SearchSort::Relevance, SearchSort::Popularity] {
        let mut seen = found(&public(5, &*index, &sorted(sort)).await?);
        seen.sort();
        expect(5, seen, ids(1..=9))?;
    }
    Ok(())
}

pub(super) async fn pages_neither_repeat_nor_skip<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let mut posts: Vec<_> = (1..=25)
        .map(|number| article(number, "Rust", "same"))
        .collect();
    for post in &mut posts {
        post.post.published_at = Some(time(0));
    }
    let index = world.filled(posts).await?;
    for sort in [
        SearchSort::Relevance,
        SearchSort::Date,
        SearchSort::Popularity,
    ] {
        let mut seen = Vec::new();
        for offset in (0..32).step_by(4) {
            let page = SearchQuery {
                sort,
                offset,
                limit: 4,
                ..query("rust")
            };
            let page = public(5, &*index, &page).await?;
            expect(5, page.total, 25)?;
            seen.extend(found(&page));
        }
        expect(5, seen.len(), 25)?;
        seen.sort();
        expect(5, seen, ids(1..=25))?;
    }
    for (offset, limit) in [(0, 0), (25, 4), (usize::MAX, usize::MAX)] {
        let none = SearchQuery {
            offset,
            limit,
            ..query("rust")
        };
        let page = public(5, &*index, &none).await?;
        expect(5, (page.total, page.hits.len()), (25, 0))?;
    }
    let all = SearchQuery {
        limit: usize::MAX,
        ..query("rust")
    };
    expect(5, public(5, &*index, &all).await?.hits.len(), 25)
}
