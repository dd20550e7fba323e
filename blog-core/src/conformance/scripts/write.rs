//! What a write of a script means, given what is stored.

use chrono::{DateTime, Utc};

use super::step::{Action, Write};
use crate::conformance::storage::sample::{
    AUTHOR, creation, deletion, draft, edited, everything, former_slug, profile, update,
    with_content,
};
use crate::domain::{Content, Locale, PostId, Seq, Slug, Status};
use crate::error::Result;
use crate::memory::MemoryStorage;
use crate::ports::{
    Changes, Checkpoint, IdempotencyRecord, PostKey, PostView, PostWrite, Redirect, Storage, View,
};

pub(super) const OTHER_AUTHOR: &str = "grace";

pub(super) fn post(number: u32) -> PostId {
    draft(number).post.id
}

pub(super) fn slug(number: u32) -> Slug {
    Slug::from_title(&format!("slug {number}"))
}

pub(super) fn path(number: u32) -> String {
    format!("old/{number}.html")
}

pub(super) fn tag(number: u32) -> String {
    format!("tag {number}")
}

pub(super) fn abroad() -> Locale {
    Locale::parse("pt-BR").unwrap_or_default()
}

/// The commit that this write is, for somebody who knows what the oracle has.
pub(super) async fn changes(
    write: &Write,
    oracle: &MemoryStorage,
    at: DateTime<Utc>,
) -> Result<Changes> {
    let key = PostKey::Id(post(write.post));
    let stored = oracle.post(&everything(), &key, View::Head).await?;
    let mut now = stored.unwrap_or_else(|| unknown(write.post, at));
    now.post.updated_at = at;
    let mut changes = act(write, now, at);
    if write.stale {
        make_stale(&mut changes);
    }
    changes.idempotency = write.key.map(|key| IdempotencyRecord {
        actor: AUTHOR.to_owned(),
        key: key.to_string(),
        request_hash: [7; 32],
        post: post(write.post),
        at,
    });
    changes.checkpoint = write.checkpoint.map(|consumer| Checkpoint {
        consumer: consumer.to_string(),
        seq: Seq(write.post.into()),
    });
    Ok(changes)
}

fn act(write: &Write, now: PostView, at: DateTime<Utc>) -> Changes {
    let mut next = now.clone();
    next.post.revision += 1;
    match &write.action {
        Action::Create {
            slug: number,
            abroad: is_abroad,
        } => {
            let mut new = first(write.post, at);
            new.post.slug = slug(*number);
            if *is_abroad {
                new.post.locale = abroad();
            }
            let mut changes = creation(&new);
            changes.authors.push(profile(OTHER_AUTHOR));
            changes
        }
        Action::Edit { tag: number } => {
            let tagged = with_content(now, |content| *content = tagged(content, *number));
            edited(&tagged, &format!("A body of {}.", at.timestamp())).1
        }
        Action::Rename { slug: number } => {
            next.post.slug = slug(*number);
            let mut changes = update(&next);
            changes.redirects.push(former_slug(&now.post));
            changes
        }
        Action::Publish => {
            let post = &mut next.post;
            post.status = Status::Published;
            post.published = Some(post.head);
            post.public_revision = post.revision;
            post.public_updated_at = Some(at);
            post.published_at = post.published_at.or(Some(at));
            update(&next)
        }
        Action::Withdraw { to } => {
            next.post.status = *to;
            next.post.published = None;
            update(&next)
        }
        Action::Delete => deletion(&now),
        Action::Alias { path: number } => {
            let mut changes = update(&next);
            changes.redirects.push(Redirect::Path {
                path: path(*number),
                post: now.post.id,
            });
            changes
        }
    }
}

/// A post as it begins. Posts of two authors, and some of both.
fn first(number: u32, at: DateTime<Utc>) -> PostView {
    let mut view = with_content(draft(number), |content| {
        *content = tagged(content, number % 2)
    });
    view.post.created_at = at;
    view.post.updated_at = at;
    if number % 2 == 1 {
        view.post.author = OTHER_AUTHOR.to_owned();
    }
    if number > 1 {
        view.post.coauthors = vec![AUTHOR.to_owned(), OTHER_AUTHOR.to_owned()];
        let author = view.post.author.clone();
        view.post.coauthors.retain(|coauthor| *coauthor != author);
    }
    view
}

/// A post that is not there, at a revision that none will have: a change of it is refused.
fn unknown(number: u32, at: DateTime<Utc>) -> PostView {
    let mut view = first(number, at);
    view.post.revision = 1_000;
    view
}

fn tagged(content: &Content, number: u32) -> Content {
    Content {
        tags: vec![tag(number), "all".to_owned()],
        category: Some(format!("all/{number}")),
        ..content.clone()
    }
}

fn make_stale(changes: &mut Changes) {
    for write in &mut changes.posts {
        match write {
            PostWrite::Create(_) => {}
            PostWrite::Update(post) => post.revision -= 1,
            PostWrite::Delete { expected, .. } => *expected -= 1,
        }
    }
}
