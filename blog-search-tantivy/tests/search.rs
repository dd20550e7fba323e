//! What the index promises, case by case.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::path::Path;
use std::sync::Arc;

use blog_core::domain::{Actor, Role, RolePolicy};
use blog_core::domain::{
    AuthorProfile, Content, Locale, Post, PostId, Scope, Seq, Slug, Status, Version, VersionKind,
};
use blog_core::ports::{
    IndexChange, IndexedPost, SearchIndex, SearchPage, SearchQuery, SearchSort,
};
use blog_search_tantivy::TantivyIndex;
use chrono::{DateTime, TimeZone, Utc};

fn id(number: u128) -> PostId {
    format!(
        "{:032x}",
        0x0190_0000_0000_7000_8000_0000_0000_0000_u128 + number
    )
    .parse()
    .unwrap()
}

fn day(number: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2023, 1, 1, 0, 0, 0).unwrap() + chrono::TimeDelta::days(number)
}

/// A post to build on.
struct Made {
    number: u128,
    content: Content,
    head: Option<Content>,
    locale: &'static str,
    author: &'static str,
    status: Status,
    day: i64,
}

fn post(number: u128, title: &str, body: &str) -> Made {
    Made {
        number,
        content: Content {
            title: title.to_owned(),
            body: body.to_owned(),
            ..Content::default()
        },
        head: None,
        locale: "en",
        author: "ann",
        status: Status::Published,
        day: i64::try_from(number).unwrap(),
    }
}

impl Made {
    fn tags(mut self, tags: &[&str]) -> Self {
        self.content.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        self
    }

    fn category(mut self, category: &str) -> Self {
        self.content.category = Some(category.to_owned());
        self
    }

    fn draft(mut self, title: &str, body: &str) -> Self {
        let head = Content {
            title: title.to_owned(),
            body: body.to_owned(),
            ..self.content.clone()
        };
        self.head = Some(head);
        self
    }

    fn indexed(&self) -> IndexedPost {
        let id = id(self.number);
        let public = self.status == Status::Published;
        let at = day(self.day);
        let version = |number, content: &Content| {
            let kind = VersionKind::Manual;
            Version::new(
                id,
                number,
                1,
                content.clone(),
                self.author.to_owned(),
                kind,
                at,
            )
        };
        IndexedPost {
            post: Post {
                id,
                slug: Slug::parse(&format!("post-{}", self.number)).unwrap(),
                locale: Locale::parse(self.locale).unwrap(),
                translation_of: None,
                author: self.author.to_owned(),
                coauthors: vec![],
                status: self.status,
                head: 1 + u32::from(self.head.is_some()),
                published: public.then_some(1),
                revision: 1,
                public_revision: 1,
                public_updated_at: None,
                scheduled_at: None,
                published_at: public.then_some(at),
                created_at: at,
                updated_at: at,
                locked_by: None,
                ai_generated: false,
            },
            published: public.then(|| version(1, &self.content)),
            head: version(2, self.head.as_ref().unwrap_or(&self.content)),
            authors: vec![AuthorProfile {
                id: self.author.to_owned(),
                name: format!("{} Writer", self.author),
                bio: None,
                links: vec![],
            }],
        }
    }
}

fn put(posts: &[Made]) -> Vec<IndexChange> {
    posts
        .iter()
        .map(|post| IndexChange::Put(Box::new(post.indexed())))
        .collect()
}

async fn filled(posts: &[Made]) -> TantivyIndex {
    let index = TantivyIndex::in_memory().unwrap();
    index.apply(put(posts), Seq(1)).await.unwrap();
    index
}

fn query(text: &str) -> SearchQuery {
    SearchQuery {
        text: text.to_owned(),
        limit: 10,
        ..SearchQuery::default()
    }
}

fn everything() -> Scope {
    Scope::everything_for_system("test")
}

fn own(author: &str) -> Scope {
    Scope::of(&RolePolicy, &Actor::user(author, author, Role::Author))
}

fn numbers(page: &SearchPage) -> Vec<u128> {
    let base = id(0).as_uuid().as_u128();
    page.hits
        .iter()
        .map(|hit| hit.post.as_uuid().as_u128() - base)
        .collect()
}

async fn found(index: &TantivyIndex, text: &str) -> Vec<u128> {
    numbers(&index.search(&Scope::public(), &query(text)).await.unwrap())
}

fn values(facets: &[blog_core::ports::Facet]) -> Vec<(&str, u64)> {
    facets
        .iter()
        .map(|facet| (facet.value.as_str(), facet.count))
        .collect()
}

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

#[tokio::test]
async fn applying_twice_is_applying_once_and_removal_removes() {
    let index = filled(&[post(1, "Rust", "").draft("Rust again", "")]).await;
    index
        .apply(put(&[post(1, "Rust", "").draft("Rust again", "")]), Seq(1))
        .await
        .unwrap();
    for scope in [Scope::public(), everything()] {
        assert_eq!(index.search(&scope, &query("rust")).await.unwrap().total, 1);
    }
    index
        .apply(vec![IndexChange::Remove(id(1))], Seq(2))
        .await
        .unwrap();
    assert_eq!(
        index.search(&everything(), &query("")).await.unwrap().total,
        0
    );
    assert!(index.ids(None, 9).await.unwrap().is_empty());
    assert_eq!(index.checkpoint().await.unwrap(), Some(Seq(2)));
}

#[tokio::test]
async fn the_checkpoint_survives_and_one_process_writes() {
    let dir = tempfile::tempdir().unwrap();
    let index = TantivyIndex::open(dir.path()).unwrap();
    assert_eq!(index.checkpoint().await.unwrap(), None);
    index
        .apply(put(&[post(1, "Rust", "")]), Seq(7))
        .await
        .unwrap();
    index.apply(vec![], Seq(8)).await.unwrap();
    let other = TantivyIndex::open(dir.path()).unwrap();
    assert_eq!(other.checkpoint().await.unwrap(), Some(Seq(8)));
    assert!(
        other
            .apply(vec![], Seq(9))
            .await
            .unwrap_err()
            .is_retryable()
    );
    index
        .apply(put(&[post(2, "Rust too", "")]), Seq(9))
        .await
        .unwrap();
    assert_eq!(other.checkpoint().await.unwrap(), Some(Seq(9)));
    assert_eq!(found(&other, "rust").await.len(), 2);
    drop(index);
    other.apply(vec![], Seq(10)).await.unwrap();
    drop(other);
    let again = TantivyIndex::open(dir.path()).unwrap();
    assert_eq!(again.checkpoint().await.unwrap(), Some(Seq(10)));
}

fn files(dir: &Path, ending: &str) -> Vec<std::path::PathBuf> {
    let paths = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.to_str().unwrap().ends_with(ending))
        .collect()
}

#[tokio::test]
async fn a_damaged_index_is_given_up() {
    for ending in ["meta.json", ".term", ".store", ".fast", ".idx"] {
        let dir = tempfile::tempdir().unwrap();
        let index = TantivyIndex::open(dir.path()).unwrap();
        index
            .apply(put(&[post(1, "Rust", "text"), post(2, "Go", "")]), Seq(7))
            .await
            .unwrap();
        drop(index);
        let number = std::fs::read_to_string(dir.path().join("current")).unwrap();
        let broken = files(&dir.path().join(number.trim()), ending);
        assert!(!broken.is_empty(), "{ending}");
        for path in broken {
            let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        }
        let index = TantivyIndex::open(dir.path()).unwrap();
        assert_eq!(index.checkpoint().await.unwrap(), None, "{ending}");
        index
            .apply(put(&[post(1, "Rust", "")]), Seq(8))
            .await
            .unwrap();
        assert_eq!(found(&index, "rust").await, [1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_content_answers_while_the_new_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let index = Arc::new(TantivyIndex::open(dir.path()).unwrap());
    index
        .apply(put(&[post(1, "Old rust", "")]), Seq(1))
        .await
        .unwrap();
    assert!(index.replace(Seq(2)).await.is_err());
    index.begin_replacement().await.unwrap();
    for number in 2..30 {
        index
            .extend_replacement(vec![post(number, "New rust", "").indexed()])
            .await
            .unwrap();
        assert_eq!(found(&index, "rust").await, [1]);
    }
    index
        .apply(put(&[post(31, "Late rust", "")]), Seq(2))
        .await
        .unwrap();
    assert_eq!(found(&index, "rust").await.len(), 2);
    let reading = {
        let index = Arc::clone(&index);
        tokio::spawn(async move {
            for _ in 0..100 {
                assert!(!found(&index, "rust").await.is_empty());
            }
        })
    };
    index.replace(Seq(5)).await.unwrap();
    reading.await.unwrap();
    assert_eq!(
        index
            .search(&Scope::public(), &query("rust"))
            .await
            .unwrap()
            .total,
        28
    );
    index
        .apply(put(&[post(40, "Later rust", "")]), Seq(6))
        .await
        .unwrap();
    assert_eq!(
        index
            .search(&Scope::public(), &query("rust"))
            .await
            .unwrap()
            .total,
        29
    );
    drop(index);
    // One that was never put in place is swept.
    std::fs::create_dir(dir.path().join("99")).unwrap();
    let index = TantivyIndex::open(dir.path()).unwrap();
    assert!(!dir.path().join("99").exists());
    assert_eq!(index.checkpoint().await.unwrap(), Some(Seq(6)));
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
