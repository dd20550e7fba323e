use super::sample::{article, by, found, hidden, id, ids, public, query, with, with_draft};
use super::{SearchIndexFixture, Verdict, World, expect, succeed};
use crate::conformance::storage::sample::{everything, own};
use crate::domain::{Scope, Status};
use crate::ports::{Facets, IndexedPost, SearchQuery};

fn posts() -> Vec<IndexedPost> {
    let tagged = |post, tags: &[&str]| {
        with(post, |content| {
            content.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
            content.category = content.tags.first().cloned();
        })
    };
    let plain = tagged(article(1, "Plain words", "about the weather"), &["seen"]);
    let unseen = article(2, "Unseen weather", "secretword");
    vec![
        with_draft(plain, "Secretword", "hidden motive"),
        hidden(tagged(unseen, &["hush", "seen"]), Status::Draft),
        hidden(
            tagged(article(3, "Thrown weather", "away"), &["seen"]),
            Status::Trashed,
        ),
        by(
            with_draft(article(4, "More weather", "today"), "His", "hissecret"),
            "bob",
        ),
    ]
}

pub(super) async fn a_draft_leaks_through_no_door<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let index = world.filled(posts()).await?;
    for text in [
        "secretword",
        "secret*",
        "\"hidden motive\"",
        "unseen",
        "thrown",
        "hissecret",
        "hush",
        // Nearly a word of the draft.
        "secretwort",
    ] {
        let page = public(2, &*index, &query(text)).await?;
        let seen = (text, page.total, found(&page), page.facets, page.suggestion);
        expect(2, seen, (text, 0, vec![], Facets::default(), None))?;
    }
    let tagged = |tag: &str| SearchQuery {
        tag: Some(tag.to_owned()),
        ..query("")
    };
    for filter in [
        tagged("hush"),
        tagged("draft"),
        SearchQuery {
            category: Some("hush".to_owned()),
            ..query("weather")
        },
    ] {
        expect(2, public(2, &*index, &filter).await?.total, 0)?;
    }
    let page = public(2, &*index, &query("weather")).await?;
    expect(2, page.total, 2)?;
    let mut titles: Vec<_> = page.hits.iter().map(|hit| &*hit.highlights.title).collect();
    titles.sort_unstable();
    let expected = vec!["More <mark>weather</mark>", "Plain words"];
    expect(2, titles, expected)?;
    let bodies = page.hits.iter().flat_map(|hit| &hit.highlights.body);
    let leak = bodies.filter(|html| html.contains("motive") || html.contains("hissecret"));
    expect(2, leak.collect(), Vec::<&String>::new())?;
    let tags: Vec<_> = page
        .facets
        .tags
        .iter()
        .map(|tag| (&*tag.value, tag.count))
        .collect();
    expect(2, tags, vec![("seen", 1)])?;
    let years: u64 = page.facets.years.iter().map(|year| year.count).sum();
    expect(2, years, 2)?;
    for prefix in ["secr", "Unse", "hid", "thro", "hus"] {
        let completed = succeed(2, index.complete(&Scope::public(), prefix, 9).await)?;
        expect(2, (prefix, completed), (prefix, vec![]))?;
    }
    let related = succeed(2, index.related(&Scope::public(), id(2), 9).await)?;
    expect(2, related, vec![])?;
    let related = succeed(2, index.related(&Scope::public(), id(1), 9).await)?;
    expect(
        2,
        related.contains(&id(2)) || related.contains(&id(3)),
        false,
    )
}

pub(super) async fn a_scope_selects_one_text_of_each_post<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let index = world.filled(posts()).await?;
    for (scope, text, numbers) in [
        (Scope::public(), "", vec![1, 4]),
        (Scope::public(), "plain", vec![1]),
        (everything(), "", vec![1, 2, 4]),
        (everything(), "secretword", vec![1, 2]),
        (everything(), "plain", vec![]),
        (everything(), "thrown", vec![]),
        (everything(), "hissecret", vec![4]),
        (own("ada"), "", vec![1, 2, 4]),
        (own("ada"), "secretword", vec![1, 2]),
        (own("ada"), "today", vec![4]),
        (own("ada"), "hissecret", vec![]),
        (own("bob"), "hissecret", vec![4]),
        (own("bob"), "plain", vec![1]),
        (own("bob"), "secretword", vec![]),
    ] {
        let page = succeed(2, index.search(&scope, &query(text)).await)?;
        let mut seen = found(&page);
        seen.sort();
        let case = (format!("{scope:?}"), text);
        expect(
            2,
            (&case, page.total, seen),
            (&case, numbers.len(), ids(numbers)),
        )?;
    }
    // Checks see everything that is there, once.
    expect(2, succeed(2, index.ids(None, 9).await)?, ids(1..=4))
}

pub(super) async fn scores_do_not_depend_on_what_is_hidden<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let seen = vec![
        article(1, "Alpha", "beta gamma"),
        article(2, "Beta", "alpha"),
        article(3, "Gamma", "delta"),
    ];
    let mut among = seen.clone();
    among.extend((10..40).map(|number| {
        hidden(
            article(number, "Alpha", "alpha alpha long text"),
            Status::Draft,
        )
    }));
    let alone = public(
        2,
        &*world.filled_elsewhere(seen).await?,
        &query("alpha beta"),
    )
    .await?;
    let among = public(2, &*world.filled(among).await?, &query("alpha beta")).await?;
    expect(2, among, alone)
}
