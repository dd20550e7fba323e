use super::sample::{
    AUTHOR, creation, deletion, draft, edited, everything, moved, published, time, with_content,
};
use super::{StorageFixture, Verdict, Violation, World, expect, succeed};
use crate::domain::{Locale, Outcome, PostId, Scope, Status};
use crate::ports::{AuditQuery, Order, PostQuery, PostView, Storage};

/// A backend that repeats itself is stopped here.
const LONGEST_WALK: usize = 1_000;

const ORDERS: [Order; 3] = [Order::Newest, Order::Oldest, Order::Updated];

async fn walk(storage: &dyn Storage, mut query: PostQuery) -> Result<Vec<PostId>, Violation> {
    let mut seen = Vec::new();
    loop {
        let cards = succeed(3, storage.posts(&everything(), &query).await)?;
        seen.extend(cards.iter().map(|card| card.post.id));
        match cards.last() {
            Some(last) if cards.len() == query.limit && seen.len() < LONGEST_WALK => {
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
        view.post.published_at = Some(time(i64::from(number / 5)));
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
        let more = cards.len() == query.limit && seen.len() < LONGEST_WALK;
        let Some(last) = cards.last().filter(|_| more) else {
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
        from: Some(time(3)),
        to: Some(time(6)),
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

/// The ids of these posts, in the order that a list of `status` has.
fn in_order(order: Order, status: Status, mut views: Vec<&PostView>) -> Vec<PostId> {
    views.sort_by_key(|view| {
        let key = order.key(status, &view.post);
        (key.at, key.id)
    });
    if order != Order::Oldest {
        views.reverse();
    }
    views.into_iter().map(|view| view.post.id).collect()
}

pub(super) async fn filters_combine_in_every_order<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let mut views = Vec::new();
    for number in 0..48 {
        let mut view = with_content(published(draft(number)), |content| {
            content.tags = vec![format!("tag {}", number % 2)];
            content.category = Some(if number % 3 == 0 { "ab/c" } else { "a/b/c" }.to_owned());
        });
        let post = &mut view.post;
        // Three orders that differ, each with equal times.
        post.published_at = Some(time(i64::from(number * 7 % 48 / 3)));
        post.public_updated_at = Some(time(i64::from(number * 11 % 48 / 3)));
        post.updated_at = time(i64::from(number * 13 % 48 / 3));
        if number % 5 == 0 {
            post.coauthors = vec!["grace".to_owned()];
        }
        if number % 4 == 0 {
            post.locale = Locale::parse("pt-BR").unwrap_or_default();
        }
        succeed(3, storage.commit(creation(&view)).await)?;
        views.push(view);
    }
    type Filter = (fn(&mut PostQuery), fn(&PostView) -> bool);
    let filters: [Filter; 5] = [
        (
            |query| query.tag = Some("tag 1".to_owned()),
            |view| view.version.content.tags == ["tag 1"],
        ),
        (
            |query| query.category = Some("a".to_owned()),
            |view| view.version.content.category.as_deref() == Some("a/b/c"),
        ),
        (
            |query| query.author = Some("grace".to_owned()),
            |view| !view.post.coauthors.is_empty(),
        ),
        (
            |query| query.locale = Some(Locale::default()),
            |view| view.post.locale == Locale::default(),
        ),
        (
            |query| (query.from, query.to) = (Some(time(4)), Some(time(12))),
            |view| (time(4)..time(12)).contains(&view.post.ordered_at()),
        ),
    ];
    for order in ORDERS {
        for (narrow, passes) in filters {
            for (narrow_more, passes_too) in filters {
                let mut query = PostQuery {
                    order,
                    limit: 3,
                    ..PostQuery::default()
                };
                narrow(&mut query);
                narrow_more(&mut query);
                let passing = views.iter().filter(|view| passes(view) && passes_too(view));
                let expected = in_order(order, Status::Published, passing.collect());
                expect(3, walk(&*storage, query).await?, expected)?;
            }
        }
    }
    Ok(())
}

pub(super) async fn each_status_has_its_own_list<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let mut views = Vec::new();
    for number in 0..18_u32 {
        let mut view = draft(number);
        let status = Status::ALL[number as usize % Status::ALL.len()];
        if status == Status::Published {
            view = published(view);
        }
        view.post.status = status;
        view.post.created_at = time(i64::from(number * 7 % 18 / 2));
        view.post.updated_at = time(i64::from(number * 5 % 18 / 2));
        succeed(3, storage.commit(creation(&view)).await)?;
        views.push(view);
    }
    for status in Status::ALL {
        for order in ORDERS {
            let query = PostQuery {
                status,
                order,
                limit: 2,
                ..PostQuery::default()
            };
            let listed = views.iter().filter(|view| view.post.status == status);
            let expected = in_order(order, status, listed.collect());
            expect(3, walk(&*storage, query).await?, expected)?;
        }
    }
    Ok(())
}

pub(super) async fn a_walk_is_not_disturbed_by_posts_that_go<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    for number in 0..12 {
        succeed(3, storage.commit(creation(&published(draft(number)))).await)?;
    }
    let mut query = PostQuery {
        limit: 3,
        ..PostQuery::default()
    };
    // Before each page, the post that the walk would continue after goes, one way or the other.
    let mut seen = Vec::new();
    while seen.len() < 12 {
        let cards = succeed(3, storage.posts(&Scope::public(), &query).await)?;
        seen.extend(cards.iter().map(|card| card.post.id));
        let Some(last) = cards.last() else { break };
        query.after = Some(query.order.key(query.status, &last.post));
        let number = 12 - u32::try_from(seen.len()).unwrap_or(12);
        let gone = published(draft(number));
        let changes = if number.is_multiple_of(2) {
            deletion(&gone)
        } else {
            moved(&gone, Status::Archived).1
        };
        succeed(3, storage.commit(changes).await)?;
    }
    expect(3, seen, (0..12).rev().map(id).collect())
}

pub(super) async fn versions_are_paged_newest_first<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let mut view = draft(1);
    succeed(3, storage.commit(creation(&view)).await)?;
    for _ in 1..10 {
        let (next, changes) = edited(&view, "more");
        succeed(3, storage.commit(changes).await)?;
        view = next;
    }
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = storage
            .versions(&everything(), view.post.id, before, 4)
            .await;
        let page = succeed(3, page)?;
        expect(3, page.len() <= 4, true)?;
        seen.extend(page.iter().map(|header| (header.number, header.revision)));
        before = page.last().map(|last| last.number);
        if before.is_none() || seen.len() > LONGEST_WALK {
            break;
        }
    }
    let expected = (1..=10).rev().map(|number| (number, u64::from(number)));
    expect(3, seen, expected.collect())
}

pub(super) async fn the_audit_trail_is_paged_newest_first<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let mut entries = Vec::new();
    for number in 0..12 {
        let mut changes = creation(&draft(number));
        let entry = &mut changes.audit[0];
        if number % 3 == 0 {
            entry.actor = "grace".to_owned();
        }
        entry.outcome = Outcome::Refused;
        entry.post = Some(id(number / 4)).filter(|_| number % 2 == 0);
        entries.insert(0, entry.clone());
        succeed(3, storage.commit(changes).await)?;
    }
    for (post, actor) in [
        (None, None),
        (Some(id(1)), None),
        (None, Some(AUTHOR)),
        (None, Some("grace")),
        (Some(id(1)), Some(AUTHOR)),
        (Some(id(9)), None),
    ] {
        let mut query = AuditQuery {
            post,
            actor: actor.map(ToOwned::to_owned),
            before: None,
            limit: 2,
        };
        let mut seen = Vec::new();
        loop {
            let page = succeed(3, storage.audit(&query).await)?;
            expect(3, page.len() <= 2, true)?;
            query.before = page.last().map(|(seq, _)| *seq);
            seen.extend(page.into_iter().map(|(_, entry)| entry));
            if query.before.is_none() || seen.len() > LONGEST_WALK {
                break;
            }
        }
        let expected = entries.iter().filter(|entry| {
            (post.is_none() || entry.post == post) && actor.is_none_or(|actor| entry.actor == actor)
        });
        expect(3, seen, expected.cloned().collect())?;
    }
    Ok(())
}
