use super::sample::{
    AUTHOR, by_slug, creation, draft, edited, everything, moved, own, published, with_content,
};
use super::{StorageFixture, Verdict, World, expect, succeed};
use crate::domain::{Scope, Status};
use crate::ports::{PostCard, PostKey, PostQuery, PostView, Redirect, Storage, TermCount, View};

fn marked(view: PostView) -> PostView {
    with_content(view, |content| {
        content.tags = vec!["secret".to_owned()];
        content.category = Some("secret".to_owned());
    })
}

/// Looks through every door for the only post there is.
async fn is_absent_for_readers(storage: &dyn Storage, view: &PostView) -> Verdict {
    let (public, id) = (Scope::public(), view.post.id);
    for key in [PostKey::Id(id), by_slug(&view.post.slug)] {
        for shown in [View::Reader, View::Head] {
            let read = succeed(8, storage.post(&public, &key, shown).await)?;
            expect(8, read, None)?;
        }
    }
    for key in [by_slug(&view.post.slug), PostKey::Path("secret".to_owned())] {
        expect(8, succeed(8, storage.redirect(&public, &key).await)?, None)?;
    }
    for number in 1..=view.post.head {
        let version = succeed(8, storage.version(&public, id, number).await)?;
        expect(8, version, None)?;
    }
    let versions = storage.versions(&public, id, None, 9).await;
    expect(8, succeed(8, versions)?, vec![])?;
    for status in Status::ALL {
        let query = PostQuery {
            status,
            ..PostQuery::default()
        };
        expect(8, succeed(8, storage.posts(&public, &query).await)?, vec![])?;
    }
    expect(8, succeed(8, storage.cards(&public, &[id]).await)?, vec![])?;
    expect(8, succeed(8, storage.tags(&public).await)?, vec![])?;
    expect(8, succeed(8, storage.categories(&public).await)?, vec![])?;
    expect(8, succeed(8, storage.authors(&public).await)?, vec![])
}

pub(super) async fn a_draft_is_absent_for_readers_everywhere<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let view = marked(draft(1));
    let mut changes = creation(&view);
    changes.redirects.push(Redirect::Path {
        path: "secret".to_owned(),
        post: view.post.id,
    });
    succeed(8, storage.commit(changes).await)?;

    is_absent_for_readers(&*storage, &view).await?;
    expect(8, succeed(8, storage.tags(&everything()).await)?.len(), 1)?;
    expect(
        8,
        succeed(8, storage.authors(&everything()).await)?.len(),
        1,
    )
}

pub(super) async fn an_author_sees_their_own_drafts_only<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let mut other = draft(2);
    other.post.author = "grace".to_owned();
    let mut shared = draft(3);
    shared.post.author = "grace".to_owned();
    shared.post.coauthors = vec![AUTHOR.to_owned()];
    for view in [draft(1), other, shared] {
        succeed(8, storage.commit(creation(&view)).await)?;
    }
    let own = own(AUTHOR);
    let query = PostQuery {
        status: Status::Draft,
        ..PostQuery::default()
    };
    let seen = succeed(8, storage.posts(&own, &query).await)?;
    let seen: Vec<_> = seen.into_iter().map(|card| card.post.id).collect();
    expect(8, seen, vec![draft(3).post.id, draft(1).post.id])?;
    let key = PostKey::Id(draft(2).post.id);
    expect(
        8,
        succeed(8, storage.post(&own, &key, View::Reader).await)?,
        None,
    )
}

pub(super) async fn cards_show_each_post_as_the_scope_sees_it<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let (hidden, shown) = (draft(1), published(draft(2)));
    for view in [&hidden, &shown] {
        succeed(8, storage.commit(creation(view)).await)?;
    }
    let (_, changes) = edited(&marked(shown.clone()), "the secret draft");
    succeed(8, storage.commit(changes).await)?;

    let ids = [
        shown.post.id,
        draft(3).post.id,
        hidden.post.id,
        shown.post.id,
    ];
    let numbers = |cards: Vec<PostCard>| -> Vec<_> {
        let cards = cards.into_iter();
        cards.map(|card| (card.post.id, card.number)).collect()
    };
    let seen = succeed(8, storage.cards(&Scope::public(), &ids).await)?;
    let published = vec![(shown.post.id, 1), (shown.post.id, 1)];
    expect(8, numbers(seen), published)?;
    let seen = succeed(8, storage.cards(&everything(), &ids).await)?;
    let all = vec![(shown.post.id, 2), (hidden.post.id, 1), (shown.post.id, 2)];
    expect(8, numbers(seen), all)?;
    expect(
        8,
        succeed(8, storage.cards(&everything(), &[]).await)?,
        vec![],
    )
}

pub(super) async fn readers_keep_the_published_version_while_editors_see_the_head<
    F: StorageFixture,
>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let view = published(draft(1));
    succeed(8, storage.commit(creation(&view)).await)?;
    let (next, changes) = edited(&marked(view.clone()), "the secret draft");
    succeed(8, storage.commit(changes).await)?;

    let (public, key) = (Scope::public(), PostKey::Id(view.post.id));
    let body = |view: Option<PostView>| view.map(|view| view.version.content.body);
    let read = succeed(8, storage.post(&public, &key, View::Reader).await)?;
    expect(8, body(read), Some(view.version.content.body.clone()))?;
    let read = succeed(8, storage.post(&everything(), &key, View::Reader).await)?;
    expect(8, body(read), Some(view.version.content.body.clone()))?;
    let head = succeed(8, storage.post(&everything(), &key, View::Head).await)?;
    expect(8, body(head), Some(next.version.content.body))?;
    expect(
        8,
        succeed(8, storage.post(&public, &key, View::Head).await)?,
        None,
    )?;
    expect(
        8,
        succeed(8, storage.version(&public, view.post.id, 2).await)?,
        None,
    )?;
    expect(
        8,
        succeed(8, storage.version(&public, view.post.id, 1).await)?.is_some(),
        true,
    )?;
    expect(8, succeed(8, storage.tags(&public).await)?, vec![])?;
    let tagged = PostQuery {
        tag: Some("secret".to_owned()),
        ..PostQuery::default()
    };
    expect(
        8,
        succeed(8, storage.posts(&public, &tagged).await)?,
        vec![],
    )
}

pub(super) async fn what_leaves_the_public_is_gone_for_readers_everywhere<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let mut view = marked(published(draft(1)));
    let mut changes = creation(&view);
    changes.redirects.push(Redirect::Path {
        path: "secret".to_owned(),
        post: view.post.id,
    });
    succeed(8, storage.commit(changes).await)?;
    for status in [
        Status::Archived,
        Status::Draft,
        Status::InReview,
        Status::Trashed,
    ] {
        let tags = succeed(8, storage.tags(&Scope::public()).await)?;
        expect(8, tags.len(), 1)?;
        let (hidden, hide) = moved(&view, status);
        succeed(8, storage.commit(hide).await)?;
        is_absent_for_readers(&*storage, &hidden).await?;
        let query = PostQuery {
            status,
            ..PostQuery::default()
        };
        let listed = succeed(8, storage.posts(&everything(), &query).await)?;
        expect(8, listed.len(), 1)?;
        let (mut shown, _) = moved(&hidden, Status::Published);
        shown.post.published = Some(shown.post.head);
        succeed(8, storage.commit(super::sample::update(&shown)).await)?;
        view = shown;
    }
    Ok(())
}

pub(super) async fn each_post_counts_once_as_it_is_shown<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let with = |view: PostView, tag: &str| {
        with_content(view, |content| {
            content.tags = vec![tag.to_owned(), "all".to_owned()];
            content.category = Some(tag.to_owned());
        })
    };
    // Ada's published post has a draft with another tag; Grace's are a draft and a trashed one.
    let shown = with(published(draft(1)), "old");
    succeed(8, storage.commit(creation(&shown)).await)?;
    let (_, edit) = edited(&with(shown.clone(), "new"), "draft");
    succeed(8, storage.commit(edit).await)?;
    for (number, status) in [(2, Status::Draft), (3, Status::Trashed)] {
        let mut view = with(draft(number), "hers");
        view.post.author = "grace".to_owned();
        view.post.status = status;
        let mut changes = creation(&view);
        changes.authors.push(super::sample::profile("grace"));
        succeed(8, storage.commit(changes).await)?;
    }
    let counts = |terms: Vec<TermCount>| -> Vec<(String, u64)> {
        let terms = terms.into_iter();
        terms.map(|term| (term.name, term.count)).collect()
    };
    let term = |name: &str, count| (name.to_owned(), count);
    for (scope, tags, categories, authors) in [
        (
            Scope::public(),
            vec![term("all", 1), term("old", 1)],
            vec![term("old", 1)],
            vec![term("ada", 1)],
        ),
        (
            own("ada"),
            vec![term("all", 1), term("new", 1)],
            vec![term("new", 1)],
            vec![term("ada", 1)],
        ),
        (
            own("grace"),
            vec![term("all", 2), term("hers", 1), term("old", 1)],
            vec![term("hers", 1), term("old", 1)],
            vec![term("ada", 1), term("grace", 1)],
        ),
        (
            everything(),
            vec![term("all", 2), term("hers", 1), term("new", 1)],
            vec![term("hers", 1), term("new", 1)],
            vec![term("ada", 1), term("grace", 1)],
        ),
    ] {
        expect(8, counts(succeed(8, storage.tags(&scope).await)?), tags)?;
        let seen = counts(succeed(8, storage.categories(&scope).await)?);
        expect(8, seen, categories)?;
        let seen = succeed(8, storage.authors(&scope).await)?;
        let seen: Vec<_> = seen
            .into_iter()
            .map(|author| (author.profile.id, author.count))
            .collect();
        expect(8, seen, authors)?;
    }
    Ok(())
}
