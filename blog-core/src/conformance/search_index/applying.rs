use super::sample::{article, id, ids, matches, public, put, query, with_draft};
use super::{SearchIndexFixture, Verdict, World, expect, succeed};
use crate::conformance::storage::sample::everything;
use crate::domain::Seq;
use crate::ports::IndexChange;

pub(super) async fn a_new_index_has_no_checkpoint<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let index = world.open().await?;
    expect(1, succeed(1, index.checkpoint().await)?, None)?;
    succeed(1, index.apply(vec![], Seq(0)).await)?;
    expect(1, succeed(1, index.checkpoint().await)?, Some(Seq(0)))?;
    succeed(1, index.apply(vec![], Seq(7)).await)?;
    expect(1, succeed(1, index.checkpoint().await)?, Some(Seq(7)))
}

pub(super) async fn what_is_put_is_found_and_what_is_removed_is_not<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let posts = vec![article(1, "Rust", ""), article(2, "Rust too", "")];
    let index = world.filled(posts).await?;
    expect(1, matches(1, &*index, "rust").await?, ids([1, 2]))?;

    let changes = vec![
        IndexChange::Remove(id(1)),
        IndexChange::Put(Box::new(article(2, "Iron", ""))),
        IndexChange::Put(Box::new(article(3, "Rust again", ""))),
        IndexChange::Remove(id(9)),
    ];
    succeed(1, index.apply(changes, Seq(2)).await)?;
    expect(1, matches(1, &*index, "rust").await?, ids([3]))?;
    expect(1, matches(1, &*index, "iron").await?, ids([2]))?;
    expect(1, succeed(1, index.checkpoint().await)?, Some(Seq(2)))
}

pub(super) async fn applying_again_changes_nothing<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let posts = vec![
        with_draft(article(1, "Rust", "one"), "Rust anew", "two"),
        article(2, "Rust too", "three"),
    ];
    let index = world.filled(posts.clone()).await?;
    let mut before = Vec::new();
    for scope in [crate::domain::Scope::public(), everything()] {
        before.push(succeed(1, index.search(&scope, &query("rust")).await)?);
    }
    for _ in 0..3 {
        succeed(1, index.apply(put(posts.clone()), Seq(1)).await)?;
    }
    for scope in [everything(), crate::domain::Scope::public()] {
        let after = succeed(1, index.search(&scope, &query("rust")).await)?;
        expect(1, Some(after), before.pop())?;
    }
    expect(1, succeed(1, index.ids(None, 9).await)?, ids([1, 2]))?;
    expect(1, succeed(1, index.checkpoint().await)?, Some(Seq(1)))
}

pub(super) async fn ids_are_listed_in_order<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let posts = [3, 1, 5, 2, 4].map(|number| article(number, "Rust", ""));
    let index = world.filled(posts.to_vec()).await?;
    let (mut seen, mut after) = (Vec::new(), None);
    while seen.len() < 10 {
        let page = succeed(1, index.ids(after, 2).await)?;
        expect(1, page.len() <= 2, true)?;
        seen.extend(&page);
        after = page.last().copied();
        if after.is_none() {
            break;
        }
    }
    expect(1, seen, ids(1..=5))
}

pub(super) async fn changes_and_checkpoint_survive_a_crash<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let posts = vec![article(1, "Rust", ""), article(2, "Rust too", "")];
    let index = world.filled(posts).await?;
    let more = vec![
        IndexChange::Put(Box::new(article(3, "Rust again", ""))),
        IndexChange::Remove(id(2)),
    ];
    succeed(1, index.apply(more, Seq(7)).await)?;
    world.crash().await?;
    drop(index);
    let index = world.open().await?;
    expect(1, succeed(1, index.checkpoint().await)?, Some(Seq(7)))?;
    expect(1, matches(1, &*index, "rust").await?, ids([1, 3]))?;
    succeed(
        1,
        index.apply(put(vec![article(4, "Rust", "")]), Seq(8)).await,
    )?;
    expect(1, public(1, &*index, &query("rust")).await?.total, 3)
}
