use super::sample::{
    by_id, by_slug, creation, deletion, draft, edited, everything, renamed, update,
};
use super::{StorageFixture, Verdict, World, expect, outcome, succeed};
use crate::domain::Locale;
use crate::error::{Conflict, ErrorKind};
use crate::ports::{PostKey, Redirect, View};

pub(super) async fn a_stale_revision_is_refused<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let view = draft(1);
    succeed(1, storage.commit(creation(&view)).await)?;
    let (second, changes) = edited(&view, "second");
    succeed(1, storage.commit(changes.clone()).await)?;
    let stale = Err(ErrorKind::Conflict(Conflict::Revision));
    expect(1, outcome(storage.commit(changes).await), stale.clone())?;
    expect(1, outcome(storage.commit(update(&draft(9))).await), stale)?;
    let key = PostKey::Id(view.post.id);
    let stored = succeed(1, storage.post(&everything(), &key, View::Head).await)?;
    expect(1, stored, Some(second))
}

pub(super) async fn a_slug_is_taken_in_its_locale_only<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    succeed(1, storage.commit(creation(&draft(1))).await)?;
    let mut other = draft(2);
    other.post.slug = draft(1).post.slug;
    let taken = Err(ErrorKind::Conflict(Conflict::Taken("slug")));
    expect(
        1,
        outcome(storage.commit(creation(&other)).await),
        taken.clone(),
    )?;
    let mut renamed = draft(3);
    succeed(1, storage.commit(creation(&renamed)).await)?;
    renamed.post.slug = draft(1).post.slug;
    renamed.post.revision += 1;
    expect(1, outcome(storage.commit(update(&renamed)).await), taken)?;
    if let Ok(locale) = Locale::parse("pt-BR") {
        other.post.locale = locale;
    }
    succeed(1, storage.commit(creation(&other)).await).map(|_| ())
}

pub(super) async fn an_alias_leads_to_one_post<F: StorageFixture>(world: &World<'_, F>) -> Verdict {
    let storage = world.open().await?;
    let with_alias = |number| {
        let view = draft(number);
        let mut changes = creation(&view);
        changes.redirects.push(Redirect::Path {
            path: "2015/05/15/a.html".to_owned(),
            post: view.post.id,
        });
        (view, changes)
    };
    let ((first, one), (second, two)) = (with_alias(1), with_alias(2));
    succeed(1, storage.commit(one).await)?;
    let taken = Err(ErrorKind::Conflict(Conflict::Taken("alias")));
    expect(1, outcome(storage.commit(two).await), taken)?;
    let key = PostKey::Id(second.post.id);
    let stored = succeed(1, storage.post(&everything(), &key, View::Head).await)?;
    expect(1, stored, None)?;
    let path = PostKey::Path("2015/05/15/a.html".to_owned());
    let leads_to = succeed(1, storage.redirect(&everything(), &path).await)?;
    expect(1, leads_to, Some(first.post))
}

pub(super) async fn one_of_many_creators_of_a_slug_wins<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let tasks: Vec<_> = (0..32)
        .map(|number| {
            let mut view = draft(number);
            view.post.slug = draft(100).post.slug;
            let storage = storage.clone();
            tokio::spawn(async move { storage.commit(creation(&view)).await.is_ok() })
        })
        .collect();
    let mut winners = 0;
    for task in tasks {
        winners += usize::from(task.await.unwrap_or(false));
    }
    expect(1, winners, 1)?;
    expect(
        1,
        succeed(1, storage.events(crate::domain::Seq(0), 100).await)?.len(),
        1,
    )
}

pub(super) async fn one_of_many_updates_of_a_revision_wins<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let view = draft(1);
    succeed(1, storage.commit(creation(&view)).await)?;
    let tasks: Vec<_> = (0..32)
        .map(|number| {
            let (next, changes) = edited(&view, &format!("body {number}"));
            let storage = storage.clone();
            tokio::spawn(async move { (outcome(storage.commit(changes).await), next) })
        })
        .collect();
    let mut winners = Vec::new();
    for task in tasks {
        match task.await {
            Ok((Ok(()), winner)) => winners.push(winner),
            Ok((refused, _)) => {
                expect(1, refused, Err(ErrorKind::Conflict(Conflict::Revision)))?;
            }
            Err(panic) => return expect(1, panic.to_string(), String::new()),
        }
    }
    expect(1, winners.len(), 1)?;
    let stored = storage.post(&everything(), &by_id(&view), View::Head).await;
    expect(1, succeed(1, stored)?, winners.pop())
}

pub(super) async fn a_slug_is_taken_once_within_a_commit<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let (one, mut other) = (draft(1), draft(2));
    other.post.slug = one.post.slug.clone();
    let mut both = creation(&one);
    let last = creation(&other);
    both.posts.extend(last.posts);
    both.versions.extend(last.versions);
    let taken = Err(ErrorKind::Conflict(Conflict::Taken("slug")));
    expect(1, outcome(storage.commit(both).await), taken)?;
    let stored = storage.post(&everything(), &by_id(&one), View::Head).await;
    expect(1, succeed(1, stored)?, None)
}

pub(super) async fn a_slug_is_free_again_after_a_rename_or_a_deletion<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let (first, slug) = (draft(1), draft(1).post.slug);
    succeed(1, storage.commit(creation(&first)).await)?;
    let (_, rename) = renamed(&first, &draft(9).post.slug);
    succeed(1, storage.commit(rename).await)?;
    for number in [2, 3] {
        let mut next = draft(number);
        next.post.slug = slug.clone();
        succeed(1, storage.commit(creation(&next)).await)?;
        let found = storage
            .post(&everything(), &by_slug(&slug), View::Head)
            .await;
        expect(1, succeed(1, found)?, Some(next.clone()))?;
        succeed(1, storage.commit(deletion(&next)).await)?;
    }
    Ok(())
}

pub(super) async fn an_id_is_taken_once<F: StorageFixture>(world: &World<'_, F>) -> Verdict {
    let storage = world.open().await?;
    succeed(1, storage.commit(creation(&draft(1))).await)?;
    let mut again = draft(1);
    again.post.slug = draft(2).post.slug;
    let taken = Err(ErrorKind::Conflict(Conflict::Taken("id")));
    expect(1, outcome(storage.commit(creation(&again)).await), taken)
}

pub(super) async fn redirects_name_posts_that_exist<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let view = draft(1);
    let path = || "old/address".to_owned();
    let mut dangling = creation(&view);
    dangling.redirects.push(Redirect::Path {
        path: path(),
        post: draft(2).post.id,
    });
    expect(
        1,
        outcome(storage.commit(dangling).await),
        Err(ErrorKind::NotFound),
    )?;
    let mut changes = creation(&view);
    changes.redirects.push(Redirect::Path {
        path: path(),
        post: view.post.id,
    });
    succeed(1, storage.commit(changes).await)?;
    let found = storage
        .redirect(&everything(), &PostKey::Path(path()))
        .await;
    expect(
        1,
        succeed(1, found)?.map(|post| post.id),
        Some(view.post.id),
    )
}
