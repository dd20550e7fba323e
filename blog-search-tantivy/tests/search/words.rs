use blog_core::domain::Scope;
use blog_core::ports::{SearchIndex, SearchQuery, SearchSort};

use crate::made::{Made, filled, found, numbers, post, query};

#[tokio::test]
async fn a_word_is_found_in_its_other_forms() {
    let index = filled(&[
        post(1, "Running", "He runs."),
        post(2, "Walking", "She walks."),
        Made {
            locale: "de",
            ..post(3, "Häuser", "Viele Häuser stehen.")
        },
    ])
    .await;
    assert_eq!(found(&index, "run").await, [1]);
    assert_eq!(found(&index, "walked").await, [2]);
    assert_eq!(found(&index, "haus").await, [3]);
    assert_eq!(found(&index, "hauser").await, [3]);
}

#[tokio::test]
async fn all_words_are_required_and_if_no_post_has_all_some() {
    let index = filled(&[
        post(1, "Rust compiler", ""),
        post(2, "Rust", "books"),
        post(3, "Go", "tools"),
    ])
    .await;
    assert_eq!(found(&index, "rust compiler").await, [1]);
    assert_eq!(found(&index, "compiler tools").await.len(), 2);
}

#[tokio::test]
async fn a_phrase_needs_its_order() {
    let index = filled(&[
        post(1, "One", "the borrow checker"),
        post(2, "Two", "checker, then borrow"),
    ])
    .await;
    assert_eq!(found(&index, "\"borrow checker\"").await, [1]);
    assert_eq!(found(&index, "borrow checker").await.len(), 2);
}

#[tokio::test]
async fn a_version_finds_its_release_first() {
    let index = filled(&[
        post(
            1,
            "Announcing Rust 1.71.0",
            "A release; see also 1.70 and 1.70.0.",
        ),
        post(2, "Announcing Rust 1.70.0", "The release notes."),
        post(3, "Seventy", "A release with 70 parts and 1 fix."),
    ])
    .await;
    assert_eq!(found(&index, "release 1.70").await, [2, 1]);
}

#[tokio::test]
async fn a_prefix_finds_what_begins_so() {
    let index = filled(&[post(1, "Asynchronous", ""), post(2, "Synchronous", "")]).await;
    assert_eq!(found(&index, "async*").await, [1]);
    assert!(found(&index, "chronous*").await.is_empty());
}

#[tokio::test]
async fn only_an_unknown_word_is_widened_and_the_meant_one_is_suggested() {
    let index = filled(&[
        post(1, "The borrow checker", ""),
        post(2, "Borrow and checker", ""),
        post(3, "A barrow", ""),
        post(4, "Concurrency", ""),
    ])
    .await;
    let page = index
        .search(&Scope::public(), &query("borow checker"))
        .await
        .unwrap();
    assert_eq!(page.suggestion.as_deref(), Some("borrow checker"));
    assert_eq!(page.total, 2);
    let page = index
        .search(&Scope::public(), &query("barrow"))
        .await
        .unwrap();
    assert_eq!(
        (page.suggestion.as_deref(), numbers(&page)),
        (None, vec![3])
    );
    let page = index
        .search(&Scope::public(), &query("concurency"))
        .await
        .unwrap();
    assert_eq!(page.suggestion.as_deref(), Some("concurrency"));
    let page = index
        .search(&Scope::public(), &query("zzzzzz"))
        .await
        .unwrap();
    assert_eq!((page.suggestion, page.total), (None, 0));
}

#[tokio::test]
async fn text_without_spaces_is_found() {
    let index = filled(&[
        Made {
            locale: "ja",
            ..post(1, "東京都の天気", "今日は晴れです")
        },
        Made {
            locale: "ja",
            ..post(2, "京都の寺", "古い")
        },
    ])
    .await;
    assert_eq!(found(&index, "東京").await, [1]);
    assert_eq!(found(&index, "東京都").await, [1]);
    assert_eq!(found(&index, "天気").await, [1]);
    assert_eq!(found(&index, "寺").await, [2]);
}

#[tokio::test]
async fn no_query_is_an_error() {
    let index = filled(&[post(1, "Rust", "text with many words é 東京")]).await;
    let long = "word ".repeat(5000);
    let texts = [
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
        long.as_str(),
    ];
    for text in texts {
        for sort in [SearchSort::Relevance, SearchSort::Date] {
            let query = SearchQuery {
                sort,
                ..query(text)
            };
            index.search(&Scope::public(), &query).await.unwrap();
        }
        index.complete(&Scope::public(), text, 5).await.unwrap();
    }
    let far = SearchQuery {
        offset: usize::MAX,
        limit: usize::MAX,
        ..query("rust")
    };
    assert!(
        index
            .search(&Scope::public(), &far)
            .await
            .unwrap()
            .hits
            .is_empty()
    );
    let none = SearchQuery {
        limit: 0,
        ..query("rust")
    };
    assert_eq!(
        index.search(&Scope::public(), &none).await.unwrap().total,
        1
    );
}
