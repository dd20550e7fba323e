use blog_core::domain::{Locale, Scope, Status};
use blog_core::ports::{SearchIndex, SearchQuery, SearchSort};
use blog_search_tantivy::TantivyIndex;

use crate::made::{Made, day, everything, filled, id, numbers, own, post, query, values};

#[tokio::test]
async fn filters_narrow_and_facets_count_each_post_once() {
    let index = filled(&[
        post(1, "Rust one", "")
            .tags(&["a", "b"])
            .category("lang/rust"),
        post(2, "Rust two", "")
            .tags(&["a"])
            .category("lang/go")
            .draft("Rust two again", "more"),
        Made {
            author: "bob",
            day: 400,
            locale: "de",
            ..post(3, "Rust three", "").tags(&["c d"])
        },
    ])
    .await;
    let with = |change: fn(&mut SearchQuery)| {
        let mut query = query("rust");
        change(&mut query);
        let index = index.clone();
        async move { index.search(&Scope::public(), &query).await.unwrap() }
    };
    let page = with(|_| ()).await;
    assert_eq!(page.total, 3);
    assert_eq!(values(&page.facets.tags), [("a", 2), ("b", 1), ("c d", 1)]);
    assert_eq!(
        values(&page.facets.categories),
        [("lang", 2), ("lang/go", 1), ("lang/rust", 1)]
    );
    assert_eq!(values(&page.facets.authors), [("ann", 2), ("bob", 1)]);
    assert_eq!(values(&page.facets.years), [("2024", 1), ("2023", 2)]);
    assert_eq!(
        numbers(&with(|query| query.tag = Some("c d".into())).await),
        [3]
    );
    assert_eq!(
        with(|query| query.category = Some("lang".into()))
            .await
            .total,
        2
    );
    assert_eq!(
        numbers(&with(|query| query.category = Some("lang/go".into())).await),
        [2]
    );
    assert_eq!(
        numbers(&with(|query| query.author = Some("bob".into())).await),
        [3]
    );
    assert_eq!(
        numbers(&with(|query| query.locale = Locale::parse("de").ok()).await),
        [3]
    );
    assert_eq!(
        numbers(&with(|query| query.from = Some(day(2))).await).len(),
        2
    );
    assert_eq!(numbers(&with(|query| query.to = Some(day(2))).await), [1]);
    assert_eq!(
        numbers(&with(|query| query.sort = SearchSort::Date).await),
        [3, 2, 1]
    );
    assert_eq!(
        with(|query| query.sort = SearchSort::Popularity)
            .await
            .total,
        3
    );
    let second = |query: &mut SearchQuery| {
        (query.sort, query.offset, query.limit) = (SearchSort::Date, 1, 1);
    };
    assert_eq!(numbers(&with(second).await), [2]);
    let page = with(|query| query.text.clear()).await;
    assert_eq!((page.total, numbers(&page)), (3, vec![3, 2, 1]));
}

#[tokio::test]
async fn a_draft_leaks_through_no_door() {
    let index = filled(&[
        post(1, "Plain words", "about the weather").draft("Secretword", "hidden motive"),
        Made {
            status: Status::Draft,
            ..post(2, "Unseen weather", "secretword").tags(&["hush"])
        },
        Made {
            status: Status::Trashed,
            ..post(3, "Thrown weather", "away")
        },
        Made {
            author: "bob",
            ..post(4, "More weather", "today").draft("Bobs", "bobsecret")
        },
    ])
    .await;
    let public = Scope::public();
    for text in [
        "secretword",
        "secret*",
        "\"hidden motive\"",
        "unseen",
        "bobsecret",
    ] {
        let page = index.search(&public, &query(text)).await.unwrap();
        assert_eq!((page.total, page.suggestion), (0, None), "{text}");
    }
    // Nearly a word of the draft: nothing is suggested.
    let page = index.search(&public, &query("secretwort")).await.unwrap();
    assert_eq!((page.total, page.suggestion), (0, None));
    let page = index.search(&public, &query("weather")).await.unwrap();
    assert_eq!(page.total, 2);
    assert!(page.facets.tags.is_empty());
    assert!(
        index
            .complete(&public, "secr", 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        index
            .complete(&public, "unse", 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(index.related(&public, id(2), 10).await.unwrap().is_empty());
    assert!(
        !index
            .related(&public, id(1), 10)
            .await
            .unwrap()
            .contains(&id(2))
    );

    let page = index
        .search(&everything(), &query("secretword"))
        .await
        .unwrap();
    assert_eq!(page.total, 2);
    assert_eq!(
        index
            .search(&everything(), &query("plain"))
            .await
            .unwrap()
            .total,
        0
    );
    assert_eq!(
        index
            .search(&everything(), &query("thrown"))
            .await
            .unwrap()
            .total,
        0
    );
    let page = index.search(&own("ann"), &query("")).await.unwrap();
    assert_eq!(page.total, 3);
    assert_eq!(
        index
            .search(&own("ann"), &query("secretword"))
            .await
            .unwrap()
            .total,
        2
    );
    assert_eq!(
        index
            .search(&own("ann"), &query("bobsecret"))
            .await
            .unwrap()
            .total,
        0
    );
    assert_eq!(
        index
            .search(&own("bob"), &query("bobsecret"))
            .await
            .unwrap()
            .total,
        1
    );
    assert_eq!(
        index.ids(None, 10).await.unwrap(),
        [id(1), id(2), id(3), id(4)]
    );
    assert_eq!(index.ids(Some(id(2)), 1).await.unwrap(), [id(3)]);
}

#[tokio::test]
async fn scores_do_not_depend_on_what_is_not_seen() {
    let seen = [
        post(1, "Alpha", "beta gamma"),
        post(2, "Beta", "alpha"),
        post(3, "Gamma", "delta"),
    ];
    let alone = filled(&seen).await;
    let mut posts: Vec<_> = (10..40)
        .map(|number| Made {
            status: Status::Draft,
            ..post(number, "Alpha", "alpha alpha long text")
        })
        .collect();
    posts.extend(seen);
    let among = filled(&posts).await;
    let scores = async |index: &TantivyIndex| {
        let page = index
            .search(&Scope::public(), &query("alpha beta"))
            .await
            .unwrap();
        page.hits
            .into_iter()
            .map(|hit| (hit.post, hit.score))
            .collect::<Vec<_>>()
    };
    assert_eq!(scores(&alone).await, scores(&among).await);
}
