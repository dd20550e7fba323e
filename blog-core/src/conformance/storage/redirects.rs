use super::sample::{
    by_id, by_slug, creation, deletion, draft, everything, former_slug, moved, published, renamed,
};
use super::{StorageFixture, Verdict, World, expect, succeed};
use crate::domain::{Locale, Scope, Status};
use crate::ports::{PostKey, Redirect, View};

fn in_locale(locale: &Locale, slug: &str) -> PostKey {
    PostKey::Slug {
        locale: Some(locale.clone()),
        default_locale: Locale::default(),
        slug: slug.to_owned(),
    }
}

pub(super) async fn a_former_slug_leads_to_its_post<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let first = published(draft(1));
    succeed(1, storage.commit(creation(&first)).await)?;
    let (second, rename) = renamed(&first, &draft(2).post.slug);
    succeed(1, storage.commit(rename).await)?;
    let (third, rename) = renamed(&second, &draft(3).post.slug);
    succeed(1, storage.commit(rename).await)?;
    let other = Locale::parse("pt-BR").unwrap_or_default();
    for former in [&first.post.slug, &second.post.slug] {
        let found = storage
            .post(&Scope::public(), &by_slug(former), View::Reader)
            .await;
        expect(1, succeed(1, found)?, None)?;
        for key in [
            by_slug(former),
            in_locale(&Locale::default(), former.as_str()),
        ] {
            let leads_to = storage.redirect(&Scope::public(), &key).await;
            expect(1, succeed(1, leads_to)?.as_ref(), Some(&third.post))?;
        }
        let elsewhere = in_locale(&other, former.as_str());
        let leads_to = storage.redirect(&Scope::public(), &elsewhere).await;
        expect(1, succeed(1, leads_to)?, None)?;
    }
    let present = by_slug(&third.post.slug);
    let leads_to = storage.redirect(&everything(), &present).await;
    expect(1, succeed(1, leads_to)?, None)
}

pub(super) async fn renaming_back_makes_no_loop<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let first = published(draft(1));
    succeed(1, storage.commit(creation(&first)).await)?;
    let (second, there) = renamed(&first, &draft(2).post.slug);
    succeed(1, storage.commit(there).await)?;
    let (third, back) = renamed(&second, &first.post.slug);
    succeed(1, storage.commit(back).await)?;
    let key = by_slug(&first.post.slug);
    let found = storage.post(&Scope::public(), &key, View::Reader).await;
    expect(1, succeed(1, found)?.as_ref(), Some(&third))?;
    let leads_to = storage.redirect(&Scope::public(), &key).await;
    expect(1, succeed(1, leads_to)?, None)?;
    let between = by_slug(&second.post.slug);
    let leads_to = storage.redirect(&Scope::public(), &between).await;
    expect(1, succeed(1, leads_to)?, Some(third.post))
}

pub(super) async fn a_present_slug_goes_before_a_former_one<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let first = published(draft(1));
    succeed(1, storage.commit(creation(&first)).await)?;
    let (moved_on, rename) = renamed(&first, &draft(2).post.slug);
    succeed(1, storage.commit(rename).await)?;
    let mut heir = draft(3);
    heir.post.slug = first.post.slug.clone();
    succeed(1, storage.commit(creation(&heir)).await)?;
    let key = by_slug(&first.post.slug);

    let leads_to = storage.redirect(&everything(), &key).await;
    expect(1, succeed(1, leads_to)?, None)?;
    // Readers do not see the heir yet, and must not learn of it.
    let leads_to = storage.redirect(&Scope::public(), &key).await;
    expect(8, succeed(8, leads_to)?, Some(moved_on.post))?;
    let found = storage.post(&everything(), &by_id(&heir), View::Head).await;
    expect(1, succeed(1, found)?, Some(heir))
}

pub(super) async fn a_deleted_post_takes_its_redirects_along<F: StorageFixture>(
    world: &World<'_, F>,
) -> Verdict {
    let storage = world.open().await?;
    let first = published(draft(1));
    let mut changes = creation(&first);
    let path = || "old/address".to_owned();
    changes.redirects.push(Redirect::Path {
        path: path(),
        post: first.post.id,
    });
    succeed(1, storage.commit(changes).await)?;
    let (second, rename) = renamed(&first, &draft(2).post.slug);
    succeed(1, storage.commit(rename).await)?;

    let (trashed, trash) = moved(&second, Status::Trashed);
    succeed(8, storage.commit(trash).await)?;
    let keys = [by_slug(&first.post.slug), PostKey::Path(path())];
    for key in &keys {
        let leads_to = storage.redirect(&Scope::public(), key).await;
        expect(8, succeed(8, leads_to)?, None)?;
        let leads_to = storage.redirect(&everything(), key).await;
        expect(1, succeed(1, leads_to)?.as_ref(), Some(&trashed.post))?;
    }
    succeed(1, storage.commit(deletion(&trashed)).await)?;
    for key in &keys {
        let leads_to = storage.redirect(&everything(), key).await;
        expect(1, succeed(1, leads_to)?, None)?;
    }
    let heir = published(draft(4));
    let mut formerly = heir.post.clone();
    formerly.slug = first.post.slug.clone();
    let mut changes = creation(&heir);
    changes.redirects = vec![
        Redirect::Path {
            path: path(),
            post: heir.post.id,
        },
        former_slug(&formerly),
    ];
    succeed(1, storage.commit(changes).await)?;
    for key in &keys {
        let leads_to = storage.redirect(&Scope::public(), key).await;
        expect(1, succeed(1, leads_to)?.as_ref(), Some(&heir.post))?;
    }
    Ok(())
}
