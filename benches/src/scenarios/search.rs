use anyhow::Result;
use blog_core::domain::Actor;
use blog_core::ports::SearchQuery;
use blog_core::{Blog, consumers};
use blog_search_tantivy::TantivyIndex;
use blog_storage_sqlite::SqliteStorage;

use super::{fill, runtime};
use crate::Plan;
use crate::limits::search::BareIndex;
use crate::load::alone;
use crate::report::Row;
use crate::sample::{Random, SamplePost, Vocabulary};

const QUERIES: usize = 400;

/// Two words, the ten best with summaries, highlights, facets and their number.
pub(super) fn run(plan: &Plan) -> Result<Vec<Row>> {
    let vocabulary = Vocabulary::of(30_000);
    let posts = texts(&vocabulary, plan.posts);
    let mut random = Random::new(102);
    let queries: Vec<_> = (0..QUERIES)
        .map(|_| vocabulary.query(&mut random, 2))
        .collect();

    let bare = BareIndex::of(&plan.dir.path().join("search-limit"), &posts)?;
    let runtime = runtime()?;
    let blog = runtime.block_on(async {
        let storage = SqliteStorage::open(plan.dir.path().join("search-ours.db")).await?;
        let index = TantivyIndex::open(plan.dir.path().join("search-ours"))?;
        let blog = Blog::builder(storage).search_index(index).build();
        fill(&blog, &posts, true).await?;
        consumers::catch_up(&blog).await?;
        anyhow::Ok(blog)
    })?;

    let [mut ours, mut limit] = [(vec![], vec![], vec![]), (vec![], vec![], vec![])];
    for _ in 0..plan.rounds {
        let turn = alone(plan.turn, |call| {
            let query = SearchQuery {
                text: queries[call % QUERIES].clone(),
                limit: 10,
                ..SearchQuery::default()
            };
            runtime.block_on(blog.search().search(&Actor::anonymous(), &query))?;
            Ok(())
        })?;
        ours.0.push(turn.rate);
        ours.1.push(turn.percentile(0.5));
        ours.2.push(turn.percentile(0.99));
        let turn = alone(plan.turn, |call| {
            bare.search(&queries[call % QUERIES]).map(|_| ())
        })?;
        limit.0.push(turn.rate);
        limit.1.push(turn.percentile(0.5));
        limit.2.push(turn.percentile(0.99));
    }
    Ok(vec![
        Row::rate("search", "1 caller", "searches/s", ours.0, limit.0),
        Row::time("search", "p50", ours.1, limit.1),
        Row::time("search", "p99", ours.2, limit.2),
    ])
}

/// Posts of eight words of title and five hundred of body.
pub(super) fn texts(vocabulary: &Vocabulary, count: usize) -> Vec<SamplePost> {
    let mut random = Random::new(42);
    let post = |number| SamplePost {
        title: vocabulary.text(&mut random, 8),
        slug: format!("post-{number}"),
        body: vocabulary.text(&mut random, 500),
        tags: std::array::from_fn(|place| {
            let tag = random.below(17).min(random.below(17)) * 3 + place;
            format!("tag-{tag}")
        }),
    };
    (0..count).map(post).collect()
}
