use super::sample::{AUTHOR, creation, draft, edited, everything, published, with_content};
use super::{StorageFixture, Verdict, World, expect, succeed};
use crate::domain::{Actor, Role, RolePolicy, Scope, Status};
use crate::ports::{PostCard, PostKey, PostQuery, PostView, Redirect, View};

fn marked(view: PostView) -> PostView {
    with_content(view, |content| {
        content.tags = vec!["secret".to_owned()];
        content.category = Some("secret".to_owned());
    })
}

pub(super) async fn a_draft_is_absent_for_readers_everywhere<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let view = marked(draft(1));
    let mut changes = creation(&view);
    let path = || "secret".to_owned();
    changes.redirects.push(Redirect::Path {
        path: path(),
        post: view.post.id,
    });
    succeed(8, storage.commit(changes).await)?;

    let public = Scope::public();
    let slug = PostKey::Slug {
        locale: None,
        default_locale: view.post.locale.clone(),
        slug: view.post.slug.to_string(),
    };
    for key in [PostKey::Id(view.post.id), slug] {
        for shown in [View::Reader, View::Head] {
            expect(
                8,
                succeed(8, storage.post(&public, &key, shown).await)?,
                None,
            )?;
        }
    }
    expect(
        8,
        succeed(8, storage.redirect(&public, &PostKey::Path(path())).await)?,
        None,
    )?;
    expect(
        8,
        succeed(8, storage.version(&public, view.post.id, 1).await)?,
        None,
    )?;
    expect(
        8,
        succeed(8, storage.versions(&public, view.post.id, None, 9).await)?,
        vec![],
    )?;
    for status in Status::ALL {
        let query = PostQuery {
            status,
            ..PostQuery::default()
        };
        expect(8, succeed(8, storage.posts(&public, &query).await)?, vec![])?;
    }
    expect(8, succeed(8, storage.tags(&public).await)?, vec![])?;
    expect(8, succeed(8, storage.categories(&public).await)?, vec![])?;
    expect(8, succeed(8, storage.authors(&public).await)?, vec![])?;
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
    let own = Scope::of(&RolePolicy, &Actor::user(AUTHOR, "Ada", Role::Author));
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
