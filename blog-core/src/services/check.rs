use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::Blog;
use crate::domain::{
    Actor, AuthorId, EventKind, Outcome, Permission, Post, PostId, Scope, Seq, Status, Version,
};
use crate::error::Result;
use crate::ports::{AuditQuery, Order, PostKey, PostQuery, View};
use crate::render;

/// Rows read at once.
const AT_ONCE: usize = 500;
/// How many findings are told; all are counted.
const TOLD: usize = 1_000;
/// How long the index may take to come to the end of the log, where something indexes.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a check saw.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// Posts in storage.
    pub posts: usize,
    /// Their versions.
    pub versions: usize,
    /// Events in the log.
    pub events: usize,
    /// Posts in the search index.
    pub indexed: usize,
    /// How many things are not as they should be.
    pub problems: usize,
    /// The first thousand of them.
    pub findings: Vec<Finding>,
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Of which post.
    pub post: Option<PostId>,
    /// What is wrong.
    pub problem: String,
}

impl Blog {
    /// Compares what is stored with itself: every version with its hash, every post with its
    /// versions, every event with the audit trail, and the search index with the storage. Changes
    /// nothing, and may run beside writers.
    ///
    /// # Errors
    /// Forbidden for all but admins.
    pub async fn check(&self, actor: &Actor) -> Result<CheckReport> {
        self.require(actor, Permission::Operate, None)?;
        let mut check = Check {
            blog: self,
            scope: Scope::everything_for_system("a check compares all that is stored"),
            report: CheckReport::default(),
        };
        let posts = check.posts().await?;
        check.events().await?;
        check.index(&posts).await?;
        check.dead_letters().await?;
        Ok(check.report)
    }
}

struct Check<'a> {
    blog: &'a Blog,
    scope: Scope,
    report: CheckReport,
}

/// What an event and its audit entry have in common.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Deed {
    at: DateTime<Utc>,
    kind: EventKind,
    post: PostId,
    actor: AuthorId,
}

impl Check<'_> {
    fn found(&mut self, post: impl Into<Option<PostId>>, problem: impl Into<String>) {
        self.report.problems += 1;
        if self.report.findings.len() < TOLD {
            self.report.findings.push(Finding {
                post: post.into(),
                problem: problem.into(),
            });
        }
    }

    async fn posts(&mut self) -> Result<BTreeSet<PostId>> {
        let mut ids = BTreeSet::new();
        for status in Status::ALL {
            let mut query = PostQuery {
                status,
                order: Order::Oldest,
                limit: AT_ONCE,
                ..PostQuery::default()
            };
            loop {
                let cards = self.blog.storage().posts(&self.scope, &query).await?;
                for card in &cards {
                    ids.insert(card.post.id);
                    self.post(&card.post).await?;
                }
                match cards.last() {
                    Some(last) if cards.len() == AT_ONCE => {
                        query.after = Some(query.order.key(status, &last.post));
                    }
                    _ => break,
                }
            }
        }
        self.report.posts = ids.len();
        Ok(ids)
    }

    async fn post(&mut self, post: &Post) -> Result<()> {
        let mut before = None;
        let mut numbers = BTreeSet::new();
        loop {
            let storage = self.blog.storage();
            let headers = storage
                .versions(&self.scope, post.id, before, AT_ONCE)
                .await?;
            for header in &headers {
                numbers.insert(header.number);
                let version = storage.version(&self.scope, post.id, header.number).await?;
                match version {
                    Some(version) => self.version(&version),
                    None => self.found(post.id, format!("version {} is missing", header.number)),
                }
            }
            before = headers.last().map(|header| header.number);
            if headers.len() < AT_ONCE {
                break;
            }
        }
        self.report.versions += numbers.len();
        for number in 1..=post.head {
            if !numbers.contains(&number) {
                self.found(post.id, format!("version {number} is missing"));
            }
        }
        if let Some(published) = post.published.filter(|number| *number > post.head) {
            self.found(
                post.id,
                format!("readers are shown version {published}, which is none"),
            );
        }
        Ok(())
    }

    fn version(&mut self, version: &Version) {
        let number = version.number;
        if version.content.hash() != version.content_hash {
            let problem = format!("version {number} is not what was saved: its hash differs");
            self.found(version.post, problem);
        }
        if render::summarize(&version.content.body) != version.summary {
            let problem = format!("the summary of version {number} is not that of its body");
            self.found(version.post, problem);
        }
    }

    /// Walks the log and the audit trail from their ends. What both tell cancels out, so that only
    /// what one of them lacks is left.
    async fn events(&mut self) -> Result<()> {
        let storage = self.blog.storage();
        let (first, mut end) = (storage.first_event().await?, storage.last_event().await?);
        let mut left: HashMap<Deed, i64> = HashMap::new();
        let mut count = |deed: Deed, difference: i64| match left.entry(deed) {
            Entry::Vacant(none) => {
                none.insert(difference);
            }
            Entry::Occupied(balance) if balance.get() + difference == 0 => {
                balance.remove();
            }
            Entry::Occupied(mut balance) => *balance.get_mut() += difference,
        };
        let mut query = AuditQuery {
            limit: AT_ONCE,
            ..AuditQuery::default()
        };
        let mut oldest = None;
        let mut audit_is_left = true;
        while first.0 > 0 && (end >= first || audit_is_left) {
            if end >= first {
                let after = Seq(end.0.saturating_sub(AT_ONCE as u64).max(first.0 - 1));
                let limit = usize::try_from(end.0 - after.0).unwrap_or(AT_ONCE);
                for event in storage.events(after, limit).await? {
                    self.report.events += 1;
                    oldest = Some(oldest.map_or(event.at, |at| event.at.min(at)));
                    let deed = Deed {
                        at: event.at,
                        kind: event.kind,
                        post: event.post,
                        actor: event.actor,
                    };
                    count(deed, 1);
                }
                end = after;
            }
            if audit_is_left {
                let entries = storage.audit(&query).await?;
                query.before = entries.last().map(|(seq, _)| *seq);
                let last = entries.last().map(|(_, entry)| entry.at);
                audit_is_left = entries.len() == AT_ONCE && (end >= first || last >= oldest);
                for (_, entry) in entries {
                    let kind = EventKind::from_name(&entry.action);
                    if let (Some(kind), Some(post), Outcome::Done) =
                        (kind, entry.post, entry.outcome)
                    {
                        let (at, actor) = (entry.at, entry.actor);
                        count(
                            Deed {
                                at,
                                kind,
                                post,
                                actor,
                            },
                            -1,
                        );
                    }
                }
            }
        }
        for (deed, balance) in left {
            let what = deed.kind.as_str();
            if balance > 0 {
                self.found(
                    deed.post,
                    format!("{what} at {} is not in the audit trail", deed.at),
                );
            } else if Some(deed.at) > oldest {
                self.found(
                    deed.post,
                    format!("{what} at {} is not in the event log", deed.at),
                );
            }
        }
        Ok(())
    }

    async fn index(&mut self, posts: &BTreeSet<PostId>) -> Result<()> {
        let index = self.blog.search_index();
        let end = self.blog.storage().last_event().await?;
        if self.blog.wait_for(end, PATIENCE).await.is_err() {
            let at = index.checkpoint().await?.unwrap_or_default();
            let behind = end.0.saturating_sub(at.0);
            self.found(None, format!("the search index is {behind} events behind"));
            return Ok(());
        }
        let mut indexed = BTreeSet::new();
        loop {
            let ids = index.ids(indexed.last().copied(), AT_ONCE).await?;
            let is_last = ids.len() < AT_ONCE;
            indexed.extend(ids);
            if is_last {
                break;
            }
        }
        self.report.indexed = indexed.len();
        // What others have written meanwhile is in one and not yet in the other.
        for id in posts.difference(&indexed) {
            if self.is_stored(*id).await? {
                self.found(*id, "the post is not in the search index");
            }
        }
        for id in indexed.difference(posts) {
            if !self.is_stored(*id).await? {
                self.found(*id, "the search index has a post that is not stored");
            }
        }
        Ok(())
    }

    async fn is_stored(&self, id: PostId) -> Result<bool> {
        let key = PostKey::Id(id);
        let found = self.blog.storage().post(&self.scope, &key, View::Head);
        Ok(found.await?.is_some())
    }

    async fn dead_letters(&mut self) -> Result<()> {
        for letter in self.blog.storage().dead_letters().await? {
            let (consumer, seq) = (&letter.consumer, letter.event.seq);
            let problem = format!(
                "{consumer} could not deal with event {seq}: {}",
                letter.error
            );
            self.found(letter.event.post, problem);
        }
        Ok(())
    }
}
