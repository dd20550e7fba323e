use super::sample::{article, found, id, ids, matches, public, query, with};
use super::{SearchIndexFixture, Verdict, World, expect, succeed};
use crate::domain::Scope;
use crate::ports::{SearchQuery, SearchSort};

pub(super) async fn words_of_title_body_and_tags_are_found<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let tagged = with(article(3, "Three", "c"), |content| {
        content.tags = vec!["Zebra".to_owned()];
    });
    let posts = vec![
        article(1, "Größe matters", "about *lifetimes* and zebras"),
        article(2, "Two", "The `borrow` checker. 東京"),
        tagged,
    ];
    let index = world.filled(posts).await?;
    for (text, number) in [
        ("größe", 1),
        ("MATTERS", 1),
        ("lifetimes", 1),
        ("borrow", 2),
        ("borrow checker", 2),
        ("two borrow", 2),
        ("zebra", 3),
        ("東京", 2),
    ] {
        // Where words are folded or stemmed, other posts may match too.
        let seen = matches(3, &*index, text).await?;
        expect(3, (text, seen.contains(&id(number))), (text, true))?;
    }
    expect(3, matches(3, &*index, "borrow").await?, ids([2]))?;
    expect(3, matches(3, &*index, "nowhere").await?, vec![])?;
    // One post has both words, and others only one of them.
    expect(3, matches(3, &*index, "größe zebras").await?, ids([1]))
}

pub(super) async fn a_word_is_found_in_its_other_forms<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let posts = vec![
        article(1, "Running", "He runs."),
        article(2, "Walking", "She walks."),
    ];
    let index = world.filled(posts).await?;
    for (text, number) in [("run", 1), ("walked", 2)] {
        let page = public(3, &*index, &query(text)).await?;
        expect(3, (found(&page), page.suggestion), (ids([number]), None))?;
    }
    Ok(())
}

pub(super) async fn a_phrase_needs_its_order<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let posts = vec![
        article(1, "One", "the borrow checker"),
        article(2, "Two", "checker, then borrow"),
    ];
    let index = world.filled(posts).await?;
    expect(
        3,
        matches(3, &*index, "\"borrow checker\"").await?,
        ids([1]),
    )?;
    expect(3, matches(3, &*index, "borrow checker").await?, ids([1, 2]))
}

pub(super) async fn a_prefix_finds_what_begins_so<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let posts = vec![
        article(1, "Asynchronous", ""),
        article(2, "Synchronous", ""),
    ];
    let index = world.filled(posts).await?;
    expect(3, matches(3, &*index, "async*").await?, ids([1]))?;
    expect(3, matches(3, &*index, "syn*").await?, ids([2]))?;
    expect(3, matches(3, &*index, "chronous*").await?, vec![])
}

pub(super) async fn a_known_word_is_not_widened<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let posts = vec![article(1, "A borrow", ""), article(2, "A barrow", "")];
    let index = world.filled(posts).await?;
    for (text, number) in [("borrow", 1), ("barrow", 2)] {
        let page = public(3, &*index, &query(text)).await?;
        expect(3, (found(&page), page.suggestion), (ids([number]), None))?;
    }
    let page = public(3, &*index, &query("zzzzzz")).await?;
    expect(3, (page.total, page.suggestion), (0, None))
}

pub(super) async fn an_unknown_word_is_widened_and_the_meant_one_suggested<
    F: SearchIndexFixture,
>(
    world: &World<'_, F>,
) -> Verdict {
    let posts = vec![
        article(1, "The borrow checker", ""),
        article(2, "Concurrency", ""),
    ];
    let index = world.filled(posts).await?;
    for (text, meant, number) in [
        ("borow checker", "borrow checker", 1),
        // Two slips, in eight letters or more.
        ("concurency", "concurrency", 2),
        ("conccurency", "concurrency", 2),
    ] {
        let page = public(3, &*index, &query(text)).await?;
        let seen = (found(&page), page.suggestion);
        expect(3, seen, (ids([number]), Some(meant.to_owned())))?;
    }
    // Two slips in a short word are another word.
    let page = public(3, &*index, &query("burrov")).await?;
    expect(3, (page.total, page.suggestion), (0, None))
}

pub(super) async fn the_best_match_comes_first<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let posts = vec![
        article(1, "Ownership", "All about values."),
        article(2, "Values", "All about ownership."),
    ];
    let index = world.filled(posts).await?;
    for (text, best) in [("ownership", 1), ("values", 2)] {
        let page = public(3, &*index, &query(text)).await?;
        expect(3, found(&page).first().copied(), Some(id(best)))?;
        let scores: Vec<_> = page.hits.iter().map(|hit| hit.score).collect();
        expect(3, scores.is_sorted_by(|one, other| one >= other), true)?;
    }
    Ok(())
}

pub(super) async fn highlights_are_escaped<F: SearchIndexFixture>(world: &World<'_, F>) -> Verdict {
    let post = article(1, "<script> & rust", "Some `<b>` rust \"code\".");
    let index = world.filled(vec![post]).await?;
    let page = public(3, &*index, &query("rust")).await?;
    let highlights = page.hits.into_iter().next().map(|hit| hit.highlights);
    let highlights = highlights.unwrap_or_default();
    let title = "&lt;script&gt; &amp; <mark>rust</mark>".to_owned();
    expect(3, highlights.title, title)?;
    let body = highlights.body.join(" ");
    expect(3, body.contains("&lt;b&gt; <mark>rust</mark>"), true)?;
    let page = public(3, &*index, &query("")).await?;
    let title = page.hits.into_iter().next().map(|hit| hit.highlights.title);
    expect(3, title.as_deref(), Some("&lt;script&gt; &amp; rust"))
}

pub(super) async fn beginnings_are_completed<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let posts = vec![article(1, "Rust and you", ""), article(2, "Ownership", "")];
    let index = world.filled(posts).await?;
    let completed = succeed(5, index.complete(&Scope::public(), "rus", 5).await)?;
    expect(5, completed.contains(&"Rust and you".to_owned()), true)?;
    expect(5, completed.contains(&"Ownership".to_owned()), false)?;
    let inside = succeed(5, index.complete(&Scope::public(), "ship", 5).await)?;
    expect(5, inside, vec![])?;
    let none = succeed(5, index.complete(&Scope::public(), "rus", 0).await)?;
    expect(5, none, vec![])
}

pub(super) async fn posts_about_the_same_are_related<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let about = |number, title, body, tags: &str| {
        let tags = tags.split(' ').map(ToOwned::to_owned).collect();
        with(article(number, title, body), |content| content.tags = tags)
    };
    let posts = vec![
        about(1, "Lifetimes", "borrow checker lifetimes reference", "rust"),
        about(2, "References", "borrow checker reference", "rust"),
        about(3, "Cooking", "soup salt pepper", "food"),
        about(4, "Baking", "bread salt flour", "food"),
    ];
    let index = world.filled(posts).await?;
    for (number, other) in [(1, 2), (2, 1), (3, 4), (4, 3)] {
        let related = index.related(&Scope::public(), id(number), 3).await;
        expect(5, succeed(5, related)?, ids([other]))?;
    }
    for (number, limit) in [(9, 3), (1, 0)] {
        let none = index.related(&Scope::public(), id(number), limit).await;
        expect(5, succeed(5, none)?, vec![])?;
    }

    let posts = vec![
        about(1, "Lifetimes", "borrow checker lifetimes", "rust memory"),
        about(2, "Building", "cargo workspace", "rust"),
        about(3, "References", "borrow checker lifetimes", "rust memory"),
        about(4, "Cooking", "soup salt pepper", "food"),
    ];
    let index = world.filled_elsewhere(posts).await?;
    let related = index.related(&Scope::public(), id(1), 3).await;
    expect(5, succeed(5, related)?, ids([3, 2]))
}

pub(super) async fn no_text_is_a_wrong_query<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let post = article(1, "Rust", "text with many words é 東京");
    let index = world.filled(vec![post]).await?;
    let long = "word ".repeat(5_000);
    for text in [
        "\"",
        "\"\"",
        "*",
        "**",
        "a*b*",
        "AND OR NOT",
        "+-&&||!(){}[]^~?:\\/",
        "title:rust",
        "\u{0}",
        "\"unclosed rust",
        "rust*\"",
        "é*",
        "東",
        "東*",
        "1.70.0-beta*",
        "🎉",
        "\u{202e}",
        "a\"b\"c",
        "' OR 1=1 --",
        &long,
    ] {
        for sort in [
            SearchSort::Relevance,
            SearchSort::Date,
            SearchSort::Popularity,
        ] {
            let query = SearchQuery {
                sort,
                ..query(text)
            };
            public(5, &*index, &query).await?;
        }
        succeed(5, index.complete(&Scope::public(), text, 5).await)?;
    }
    Ok(())
}
