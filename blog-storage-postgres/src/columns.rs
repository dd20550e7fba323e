//! Rows to write, column by column: each column is one array parameter, whatever their number.

use std::collections::BTreeMap;

use blog_core::domain::{
    AuditEntry, AuthorId, AuthorProfile, Content, NewEvent, Post, PostId, Version,
};
use blog_core::ports::{Changes, Redirect};
use blog_core::tables::{self, Fields, Rest};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::database::Statement;
use crate::error::Result;
use crate::rows::{json, name, stored, stored_number};

type Time = DateTime<Utc>;

/// Parameters 1 to 17.
#[derive(Debug, Default)]
pub(crate) struct PostRows {
    id: Vec<Uuid>,
    locale: Vec<String>,
    slug: Vec<String>,
    status: Vec<&'static str>,
    author: Vec<AuthorId>,
    head: Vec<i32>,
    published: Vec<Option<i32>>,
    revision: Vec<i64>,
    public_revision: Vec<i64>,
    public_updated_at: Vec<Option<Time>>,
    scheduled_at: Vec<Option<Time>>,
    published_at: Vec<Option<Time>>,
    created_at: Vec<Time>,
    updated_at: Vec<Time>,
    ordered_at: Vec<Time>,
    listed_at: Vec<Time>,
    rest: Vec<String>,
}

impl PostRows {
    pub(crate) fn push(&mut self, post: &Post) -> Result<()> {
        self.id.push(*post.id.as_uuid());
        self.locale.push(post.locale.to_string());
        self.slug.push(post.slug.to_string());
        self.status.push(post.status.as_str());
        self.author.push(post.author.clone());
        self.head.push(stored_number(post.head));
        self.published.push(post.published.map(stored_number));
        self.revision.push(stored(post.revision));
        self.public_revision.push(stored(post.public_revision));
        self.public_updated_at.push(post.public_updated_at);
        self.scheduled_at.push(post.scheduled_at);
        self.published_at.push(post.published_at);
        self.created_at.push(post.created_at);
        self.updated_at.push(post.updated_at);
        self.ordered_at.push(post.ordered_at());
        self.listed_at.push(listed_at(post));
        self.rest.push(json(&Rest::from(post))?);
        Ok(())
    }

    pub(crate) fn bind(self, statement: Statement<'_>) -> Statement<'_> {
        statement
            .bind(self.id)
            .bind(self.locale)
            .bind(self.slug)
            .bind(self.status)
            .bind(self.author)
            .bind(self.head)
            .bind(self.published)
            .bind(self.revision)
            .bind(self.public_revision)
            .bind(self.public_updated_at)
            .bind(self.scheduled_at)
            .bind(self.published_at)
            .bind(self.created_at)
            .bind(self.updated_at)
            .bind(self.ordered_at)
            .bind(self.listed_at)
            .bind(self.rest)
    }
}

/// What lists in the order of change go by.
fn listed_at(post: &Post) -> Time {
    match post.public_updated_at {
        Some(at) if post.is_public() => at,
        _ => post.updated_at,
    }
}

/// Parameters 18 to 28.
#[derive(Debug, Default)]
pub(crate) struct VersionRows {
    post: Vec<Uuid>,
    number: Vec<i32>,
    revision: Vec<i64>,
    author: Vec<AuthorId>,
    kind: Vec<String>,
    message: Vec<Option<String>>,
    created_at: Vec<Time>,
    content_hash: Vec<Vec<u8>>,
    log_position: Vec<Option<String>>,
    fields: Vec<String>,
    body: Vec<String>,
}

impl VersionRows {
    pub(crate) fn push(&mut self, version: &Version) -> Result<()> {
        let log_position = version.log_position.as_ref();
        self.post.push(*version.post.as_uuid());
        self.number.push(stored_number(version.number));
        self.revision.push(stored(version.revision));
        self.author.push(version.author.clone());
        self.kind.push(name(&version.kind)?);
        self.message.push(version.message.clone());
        self.created_at.push(version.created_at);
        self.content_hash.push(version.content_hash.0.to_vec());
        self.log_position.push(log_position.map(json).transpose()?);
        self.fields.push(json(&Fields::from(version))?);
        self.body.push(version.content.body.clone());
        Ok(())
    }

    pub(crate) fn bind(self, statement: Statement<'_>) -> Statement<'_> {
        statement
            .bind(self.post)
            .bind(self.number)
            .bind(self.revision)
            .bind(self.author)
            .bind(self.kind)
            .bind(self.message)
            .bind(self.created_at)
            .bind(self.content_hash)
            .bind(self.log_position)
            .bind(self.fields)
            .bind(self.body)
    }
}

/// Parameters 29 to 33, and `listed_at` as the statement's last.
#[derive(Debug, Default)]
pub(crate) struct TermRows {
    kind: Vec<&'static str>,
    value: Vec<String>,
    list: Vec<&'static str>,
    ordered_at: Vec<Time>,
    post: Vec<Uuid>,
    pub(crate) listed_at: Vec<Time>,
}

impl TermRows {
    pub(crate) fn push(&mut self, post: &Post, head: &Content, published: Option<&Content>) {
        for term in tables::terms(post, head, published) {
            self.kind.push(term.kind);
            self.value.push(term.value.to_owned());
            self.list.push(term.list);
            self.ordered_at.push(post.ordered_at());
            self.post.push(*post.id.as_uuid());
            self.listed_at.push(listed_at(post));
        }
    }

    pub(crate) fn bind(self, statement: Statement<'_>) -> Statement<'_> {
        statement
            .bind(self.kind)
            .bind(self.value)
            .bind(self.list)
            .bind(self.ordered_at)
            .bind(self.post)
    }
}

/// Parameters 34 to 52: what every commit may have beside posts, each row once and in one order, so
/// that two commits lock them alike.
#[derive(Debug, Default)]
pub(crate) struct RestRows<'a> {
    redirects: BTreeMap<(&'static str, &'a str, &'a str), PostId>,
    authors: BTreeMap<&'a str, &'a AuthorProfile>,
    audit: Vec<&'a AuditEntry>,
    events: Vec<(Time, &'a NewEvent)>,
}

impl<'a> RestRows<'a> {
    pub(crate) fn push(&mut self, changes: &'a Changes) {
        for redirect in &changes.redirects {
            let (key, post) = match redirect {
                Redirect::Slug { locale, slug, post } => {
                    (("slug", slug.as_str(), locale.as_str()), *post)
                }
                Redirect::Path { path, post } => (("path", path.as_str(), ""), *post),
            };
            self.redirects.insert(key, post);
        }
        for author in &changes.authors {
            self.authors.entry(&author.id).or_insert(author);
        }
        self.audit.extend(&changes.audit);
        let events = changes.events.iter().map(|event| (changes.at, event));
        self.events.extend(events);
    }

    pub(crate) fn bind(self, statement: Statement<'_>) -> Result<Statement<'_>> {
        let statement = bind_redirects(statement, &self.redirects);
        let statement = bind_authors(statement, &self.authors)?;
        let statement = bind_audit(statement, &self.audit)?;
        Ok(bind_events(statement, &self.events))
    }
}

fn bind_redirects<'q>(
    statement: Statement<'q>,
    redirects: &BTreeMap<(&'static str, &str, &str), PostId>,
) -> Statement<'q> {
    let column = |part: fn(&(&'static str, &str, &str)) -> String| -> Vec<String> {
        redirects.keys().map(part).collect()
    };
    let posts: Vec<_> = redirects.values().map(|post| *post.as_uuid()).collect();
    statement
        .bind(column(|(kind, ..)| (*kind).to_owned()))
        .bind(column(|(_, _, locale)| (*locale).to_owned()))
        .bind(column(|(_, address, _)| (*address).to_owned()))
        .bind(posts)
}

fn bind_authors<'q>(
    statement: Statement<'q>,
    authors: &BTreeMap<&str, &AuthorProfile>,
) -> Result<Statement<'q>> {
    let column = |part: fn(&AuthorProfile) -> String| -> Vec<String> {
        authors.values().map(|author| part(author)).collect()
    };
    let bios: Vec<_> = authors.values().map(|author| author.bio.clone()).collect();
    let links = authors.values().map(|author| json(&author.links));
    Ok(statement
        .bind(column(|author| author.id.clone()))
        .bind(column(|author| author.name.clone()))
        .bind(bios)
        .bind(links.collect::<Result<Vec<_>>>()?))
}

fn bind_audit<'q>(statement: Statement<'q>, audit: &[&AuditEntry]) -> Result<Statement<'q>> {
    let (mut at, mut actor, mut action) = (vec![], vec![], vec![]);
    let (mut post, mut outcome, mut origin) = (vec![], vec![], vec![]);
    for entry in audit {
        at.push(entry.at);
        actor.push(entry.actor.clone());
        action.push(entry.action.clone());
        post.push(entry.post.map(|post| *post.as_uuid()));
        outcome.push(name(&entry.outcome)?);
        origin.push(json(&entry.origin)?);
    }
    Ok(statement
        .bind(at)
        .bind(actor)
        .bind(action)
        .bind(post)
        .bind(outcome)
        .bind(origin))
}

fn bind_events<'q>(statement: Statement<'q>, events: &[(Time, &NewEvent)]) -> Statement<'q> {
    let (mut at, mut kind, mut post) = (vec![], vec![], vec![]);
    let (mut revision, mut actor) = (vec![], vec![]);
    for (time, event) in events {
        at.push(*time);
        kind.push(event.kind.as_str());
        post.push(*event.post.as_uuid());
        revision.push(stored(event.revision));
        actor.push(event.actor.clone());
    }
    statement
        .bind(at)
        .bind(kind)
        .bind(post)
        .bind(revision)
        .bind(actor)
}
