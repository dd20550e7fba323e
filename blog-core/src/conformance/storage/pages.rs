use super::sample::{creation, draft, everything, published, with_content};
use super::{StorageFixture, Verdict, Violation, World, expect, succeed};
use crate::domain::{PostId, Scope};
use crate::ports::{Order, PostQuery, Storage};

async fn walk(storage: &dyn Storage, mut query: PostQuery) -> Result<Vec<PostId>, Violation> {
    let mut seen = Vec::new();
    loop {
        let cards = succeed(3, storage.posts(&Scope::public(), &query).await)?;
        seen.extend(cards.iter().map(|card| card.post.id));
        match cards.last() {
            Some(last) if cards.len() == query.limit => {
                query.after = Some(query.order.key(query.status, &last.post));
            }
            _ => return Ok(seen),
        }
    }
}

fn id(number: u32) -> PostId {
    draft(number).post.id
}

pub(super) async fn a_walk_sees_each_post_once_in_order<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    for number in 0..25 {
        let mut view = published(draft(number));
        // Posts of one second: equal times are ordered by id.
        view.post.published_at = Some(super::sample::time(i64::from(number / 5)));
        succeed(3, storage.commit(creation(&view)).await)?;
    }
    let query = PostQuery {
        limit: 4,
        ..PostQuery::default()
    };
    let newest: Vec<_> = (0..25).rev().map(id).collect();
    expect(3, walk(&*storage, query.clone()).await?, newest)?;
    let oldest = PostQuery {
        order: Order::Oldest,
        ..query.clone()
    };
    expect(3, walk(&*storage, oldest).await?, (0..25).map(id).collect())?;
    let updated = PostQuery {
        order: Order::Updated,
        ..query
    };
    expect(
        3,
        walk(&*storage, updated).await?,
        (0..25).rev().map(id).collect(),
    )
}

pub(super) async fn a_walk_is_not_disturbed_by_new_posts<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    for number in 10..20 {
        succeed(3, storage.commit(creation(&published(draft(number)))).await)?;
    }
    let mut query = PostQuery {
        limit: 3,
        ..PostQuery::default()
    };
    let mut seen = Vec::new();
    for newcomer in 30.. {
        let cards = succeed(3, storage.posts(&Scope::public(), &query).await)?;
        seen.extend(cards.iter().map(|card| card.post.id));
        let Some(last) = cards.last().filter(|_| cards.len() == query.limit) else {
            break;
        };
        query.after = Some(query.order.key(query.status, &last.post));
        succeed(
            3,
            storage.commit(creation(&published(draft(newcomer)))).await,
        )?;
    }
    expect(3, seen, (10..20).rev().map(id).collect())
}

pub(super) async fn filters_select_by_what_is_shown<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    for number in 0..12 {
        let view = with_content(published(draft(number)), |content| {
            content.tags = vec![format!("tag {}", number % 3), "all".to_owned()];
            content.category = Some(format!("a/{}", number % 2));
        });
        succeed(3, storage.commit(creation(&view)).await)?;
    }
    let query = PostQuery {
        limit: 2,
        ..PostQuery::default()
    };
    let by_tag = PostQuery {
        tag: Some("tag 1".to_owned()),
        ..query.clone()
    };
    expect(
        3,
        walk(&*storage, by_tag).await?,
        vec![id(10), id(7), id(4), id(1)],
    )?;
    let by_category = PostQuery {
        category: Some("a/1".to_owned()),
        ..query.clone()
    };
    expect(3, walk(&*storage, by_category).await?.len(), 6)?;
    let above = PostQuery {
        category: Some("a".to_owned()),
        ..query.clone()
    };
    expect(3, walk(&*storage, above).await?.len(), 12)?;
    let by_author = PostQuery {
        author: Some("nobody".to_owned()),
        ..query.clone()
    };
    expect(3, walk(&*storage, by_author).await?.len(), 0)?;
    let period = PostQuery {
        from: Some(super::sample::time(3)),
        to: Some(super::sample::time(6)),
        ..query
    };
    expect(3, walk(&*storage, period).await?, vec![id(5), id(4), id(3)])?;

    let tags = succeed(3, storage.tags(&everything()).await)?;
    let tags: Vec<_> = tags
        .iter()
        .map(|tag| (tag.name.as_str(), tag.count))
        .collect();
    expect(
        3,
        tags,
        vec![("all", 12), ("tag 0", 4), ("tag 1", 4), ("tag 2", 4)],
    )?;
    let categories = succeed(3, storage.categories(&Scope::public()).await)?;
    let categories: Vec<_> = categories
        .iter()
        .map(|term| (term.name.as_str(), term.count))
        .collect();
    expect(3, categories, vec![("a/0", 6), ("a/1", 6)])
}
