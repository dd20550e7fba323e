use blog_core::domain::Scope;
use blog_core::ports::SearchIndex;

use crate::made::{filled, id, post, query};

#[tokio::test]
async fn highlights_are_escaped() {
    let index = filled(&[post(1, "<script> & rust", "Some `<b>` rust \"code\".")]).await;
    let page = index
        .search(&Scope::public(), &query("rust"))
        .await
        .unwrap();
    let highlights = &page.hits[0].highlights;
    assert_eq!(highlights.title, "&lt;script&gt; &amp; <mark>rust</mark>");
    assert!(
        highlights.body[0].contains("&lt;b&gt; <mark>rust</mark>"),
        "{:?}",
        highlights.body
    );
    let page = index.search(&Scope::public(), &query("")).await.unwrap();
    assert_eq!(page.hits[0].highlights.title, "&lt;script&gt; &amp; rust");
}

#[tokio::test]
async fn beginnings_are_completed() {
    let index = filled(&[
        post(1, "Rust and you", "ruster"),
        post(2, "Ownership", "rust rustacean"),
        post(3, "Other", "rust"),
    ])
    .await;
    let completed = index.complete(&Scope::public(), "Rus", 4).await.unwrap();
    assert_eq!(
        completed[..2],
        ["Rust and you".to_owned(), "rust".to_owned()]
    );
    assert_eq!(
        index
            .complete(&Scope::public(), "other ow", 4)
            .await
            .unwrap(),
        ["other ownership"]
    );
    assert!(
        index
            .complete(&Scope::public(), "", 4)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn posts_about_the_same_are_related() {
    let index = filled(&[
        post(1, "Lifetimes", "borrow checker lifetimes reference"),
        post(2, "References", "borrow checker reference"),
        post(3, "Cooking", "soup salt pepper"),
        post(4, "Baking", "bread salt flour"),
    ])
    .await;
    assert_eq!(
        index.related(&Scope::public(), id(1), 3).await.unwrap(),
        [id(2)]
    );
    assert_eq!(
        index.related(&Scope::public(), id(3), 3).await.unwrap(),
        [id(4)]
    );
}
