//! Commits that go wrong: before they are written, while they are, and after.

use blog_core::domain::{Locale, Post, PostId, Status};
use blog_core::ports::{Changes, Committed, PostKey, PostWrite, Redirect, Storage, View};
use blog_core::{Conflict, Error, ErrorKind, Result};
use chrono::SubsecRound;

use super::broken::{Broken, everything};
use super::fault::Fault;

pub(crate) async fn commit(broken: &Broken, mut changes: Changes) -> Result<Committed> {
    change(broken, &mut changes).await?;
    if broken.has(Fault::ChecksSlugsBeforeItWaits)
        || broken.has(Fault::ChecksRevisionsBeforeItWaits)
    {
        return write_after_waiting(broken, changes).await;
    }
    let answer = broken.truth().commit(changes.clone()).await;
    match answer {
        Ok(committed) => {
            broken.place.record(changes, broken.node);
            Ok(committed)
        }
        Err(error) => after_failure(broken, changes, error).await,
    }
}

/// Writes something else than what was asked for.
async fn change(broken: &Broken, changes: &mut Changes) -> Result<()> {
    match broken.fault {
        Some(Fault::LosesTheLastPostOfACommit) if changes.posts.len() > 1 => {
            let lost = changes.posts.pop().map(|write| id(&write));
            changes
                .versions
                .retain(|version| Some(version.post) != lost);
        }
        Some(Fault::LosesAuditEntries) => changes.audit.clear(),
        Some(Fault::AcceptsLostLeases) => changes.lease = None,
        Some(Fault::WritesOverNewerRevisions) => overwrite(broken, changes).await?,
        Some(Fault::TakesSlugsInEveryLocale) => {
            for post in created(changes) {
                if in_any_locale(broken, post).await? {
                    return Err(Error::conflict(Conflict::Taken("slug")));
                }
            }
        }
        Some(Fault::KeepsTheSlugsOfTheDeleted) => {
            let journal = broken.place.journal();
            let ever = journal.iter().flat_map(|(changes, _)| created(changes));
            let taken: Vec<_> = ever.map(|post| (&post.slug, &post.locale)).collect();
            if created(changes).any(|post| taken.contains(&(&post.slug, &post.locale))) {
                return Err(Error::conflict(Conflict::Taken("slug")));
            }
        }
        Some(Fault::DropsDanglingRedirects) => drop_dangling(broken, changes).await?,
        Some(Fault::MovesTheCheckpointFirst) => {
            let mut first = Changes::at(changes.at);
            first.checkpoint = changes.checkpoint.take();
            broken.truth().commit(first).await?;
        }
        Some(Fault::ForgetsWhoHelpedOnceRenamedAndTrashed) => {
            let journal = broken.place.journal();
            for write in &mut changes.posts {
                if let PostWrite::Update(post) = write
                    && post.status == Status::Trashed
                    && was_renamed(&journal, post)
                {
                    post.coauthors.clear();
                }
            }
        }
        Some(Fault::ComposesLetters) => edit_texts(changes, |text| text.replace("e\u{301}", "é")),
        Some(Fault::TrimsBlanks) => edit_texts(changes, |text| text.trim_end().to_owned()),
        Some(Fault::KeepsMillisecondsOnly) => {
            for write in &mut changes.posts {
                if let PostWrite::Create(post) | PostWrite::Update(post) = write {
                    post.public_updated_at = post.public_updated_at.map(|at| at.trunc_subsecs(3));
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// Looks, lets others go ahead, and then acknowledges whatever has come of it.
async fn write_after_waiting(broken: &Broken, changes: Changes) -> Result<Committed> {
    look(broken, &changes).await?;
    tokio::task::yield_now().await;
    let answer = broken.truth().commit(changes).await;
    let last = broken.truth().last_event().await?;
    let overlooked = match broken.fault {
        Some(Fault::ChecksSlugsBeforeItWaits) => Conflict::Taken("slug"),
        _ => Conflict::Revision,
    };
    match answer {
        Err(error) if *error.kind() == ErrorKind::Conflict(overlooked) => {
            Ok(Committed { seq: last })
        }
        answer => answer,
    }
}

async fn after_failure(broken: &Broken, changes: Changes, error: Error) -> Result<Committed> {
    let mut rest = Changes::at(changes.at);
    match broken.fault {
        Some(Fault::KeepsTheFirstPostOfAFailedCommit) => {
            rest.posts = changes.posts;
            rest.posts.truncate(1);
            rest.versions = changes.versions;
            let kept = rest.posts.first().map(id);
            rest.versions.retain(|version| Some(version.post) == kept);
        }
        Some(Fault::KeepsTheKeyOfAFailedCommit) => rest.idempotency = changes.idempotency,
        Some(Fault::TakesAKeyTwice) => {
            let mut again = changes;
            again.idempotency = None;
            return broken.truth().commit(again).await;
        }
        Some(Fault::UndoesTheNeighbourOfAFailure) => {
            let mut journal = broken.place.journal();
            journal.pop();
            broken.place.restore(journal).await;
            return Err(error);
        }
        Some(Fault::NamesNoConflict) => return Err(Error::internal("constraint failed")),
        _ => return Err(error),
    }
    // The rest may be impossible as well.
    let _ = broken.truth().commit(rest).await;
    Err(error)
}

async fn look(broken: &Broken, changes: &Changes) -> Result<()> {
    for write in &changes.posts {
        let stored = stored(broken, id(write)).await?;
        match write {
            PostWrite::Create(post) if in_locale(broken, post).await? => {
                return Err(Error::conflict(Conflict::Taken("slug")));
            }
            PostWrite::Update(post)
                if stored.is_none_or(|stored| stored.revision + 1 != post.revision) =>
            {
                return Err(Error::conflict(Conflict::Revision));
            }
            _ => {}
        }
    }
    Ok(())
}

async fn overwrite(broken: &Broken, changes: &mut Changes) -> Result<()> {
    for write in &mut changes.posts {
        if let PostWrite::Update(post) = write
            && let Some(stored) = stored(broken, post.id).await?
        {
            if stored.head >= post.head {
                changes.versions.clear();
            }
            post.revision = stored.revision + 1;
        }
    }
    Ok(())
}

async fn drop_dangling(broken: &Broken, changes: &mut Changes) -> Result<()> {
    let mut known: Vec<_> = created(changes).map(|post| post.id).collect();
    for redirect in &changes.redirects {
        let post = target(redirect);
        if stored(broken, post).await?.is_some() {
            known.push(post);
        }
    }
    changes
        .redirects
        .retain(|redirect| known.contains(&target(redirect)));
    Ok(())
}

fn was_renamed(journal: &[(Changes, usize)], post: &Post) -> bool {
    let mut created = journal.iter().flat_map(|(changes, _)| created(changes));
    created.any(|first| first.id == post.id && first.slug != post.slug)
}

fn edit_texts(changes: &mut Changes, edit: fn(&str) -> String) {
    for version in &mut changes.versions {
        version.content.title = edit(&version.content.title);
        version.content.body = edit(&version.content.body);
    }
}

fn created(changes: &Changes) -> impl Iterator<Item = &Post> {
    changes.posts.iter().filter_map(|write| match write {
        PostWrite::Create(post) => Some(post),
        PostWrite::Update(_) | PostWrite::Delete { .. } => None,
    })
}

fn id(write: &PostWrite) -> PostId {
    match write {
        PostWrite::Create(post) | PostWrite::Update(post) => post.id,
        PostWrite::Delete { id, .. } => *id,
    }
}

fn target(redirect: &Redirect) -> PostId {
    let (Redirect::Slug { post, .. } | Redirect::Path { post, .. }) = redirect;
    *post
}

async fn stored(broken: &Broken, id: PostId) -> Result<Option<Post>> {
    let found = broken
        .truth()
        .post(&everything(), &PostKey::Id(id), View::Head)
        .await?;
    Ok(found.map(|found| found.post))
}

async fn in_locale(broken: &Broken, post: &Post) -> Result<bool> {
    has_slug(broken, post, Some(post.locale.clone())).await
}

async fn in_any_locale(broken: &Broken, post: &Post) -> Result<bool> {
    has_slug(broken, post, None).await
}

async fn has_slug(broken: &Broken, post: &Post, locale: Option<Locale>) -> Result<bool> {
    let key = PostKey::Slug {
        locale,
        default_locale: Locale::default(),
        slug: post.slug.to_string(),
    };
    let found = broken.truth().post(&everything(), &key, View::Head).await?;
    Ok(found.is_some())
}
