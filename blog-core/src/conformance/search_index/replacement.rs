use super::sample::{article, ids, matches, put};
use super::{SearchIndexFixture, Verdict, World, expect, succeed};
use crate::domain::Seq;

pub(super) async fn the_old_content_answers_until_it_is_replaced<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let index = world.filled(vec![article(1, "Old rust", "")]).await?;
    succeed(4, index.begin_replacement().await)?;
    for number in 2..12 {
        let post = article(number, "New rust", "");
        succeed(4, index.extend_replacement(vec![post]).await)?;
        expect(4, matches(4, &*index, "rust").await?, ids([1]))?;
        expect(4, succeed(4, index.checkpoint().await)?, Some(Seq(1)))?;
    }
    // The old content is kept up to date meanwhile.
    succeed(
        4,
        index
            .apply(put(vec![article(20, "Late rust", "")]), Seq(2))
            .await,
    )?;
    expect(4, matches(4, &*index, "rust").await?, ids([1, 20]))?;

    succeed(4, index.replace(Seq(5)).await)?;
    expect(4, matches(4, &*index, "rust").await?, ids(2..12))?;
    expect(4, succeed(4, index.ids(None, 99).await)?, ids(2..12))?;
    expect(4, succeed(4, index.checkpoint().await)?, Some(Seq(5)))?;
    succeed(
        4,
        index
            .apply(put(vec![article(30, "Later rust", "")]), Seq(6))
            .await,
    )?;
    expect(4, matches(4, &*index, "rust").await?.len(), 11)
}

pub(super) async fn a_replacement_begins_empty<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let index = world.filled(vec![article(1, "Old rust", "")]).await?;
    for number in [2, 3] {
        succeed(4, index.begin_replacement().await)?;
        let post = article(number, "New rust", "");
        succeed(4, index.extend_replacement(vec![post]).await)?;
    }
    succeed(4, index.replace(Seq(2)).await)?;
    expect(4, matches(4, &*index, "rust").await?, ids([3]))
}

pub(super) async fn a_replacement_survives_a_crash<F: SearchIndexFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let index = world.filled(vec![article(1, "Old rust", "")]).await?;
    for (number, is_done) in [(2, true), (3, false)] {
        succeed(4, index.begin_replacement().await)?;
        let post = article(number, "New rust", "");
        succeed(4, index.extend_replacement(vec![post]).await)?;
        if is_done {
            succeed(4, index.replace(Seq(5)).await)?;
        }
    }
    world.crash().await?;
    drop(index);
    let index = world.open().await?;
    expect(4, succeed(4, index.checkpoint().await)?, Some(Seq(5)))?;
    expect(4, matches(4, &*index, "rust").await?, ids([2]))
}
