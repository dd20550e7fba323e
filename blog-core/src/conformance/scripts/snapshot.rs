//! Everything that can be seen of a storage, for comparing.

use super::step::{CONSUMERS, KEYS, PATHS, POSTS, SLUGS, TAGS};
use super::write::{OTHER_AUTHOR, abroad, path, post, slug, tag};
use crate::conformance::runner::{Verdict, Violation, succeed};
use crate::conformance::storage::sample::{AUTHOR, everything, own};
use crate::domain::{Locale, Scope, Seq, Status};
use crate::ports::{AuditQuery, Order, PostCard, PostKey, PostQuery, Storage, View};

/// More than a script makes of anything.
const ALL: usize = 1_000;

/// One thing that can be seen, and the promise that it is seen so.
#[derive(Debug, Clone)]
struct Sight {
    promise: u8,
    what: String,
    value: String,
}

/// All that can be seen.
#[derive(Debug, Default)]
pub(super) struct Snapshot(Vec<Sight>);

impl Snapshot {
    /// Looks at everything there is.
    pub(super) async fn of(storage: &dyn Storage) -> Result<Self, Violation> {
        let mut snapshot = Self::default();
        for (name, scope) in [
            ("readers", Scope::public()),
            ("an author", own(AUTHOR)),
            ("everybody", everything()),
        ] {
            snapshot.points(storage, name, &scope).await?;
            snapshot.lists(storage, name, &scope).await?;
        }
        snapshot.log(storage).await?;
        Ok(snapshot)
    }

    /// Fails with the first thing that is seen differently.
    pub(super) fn compare(&self, expected: &Self) -> Verdict {
        let mut pairs = self.0.iter().zip(&expected.0);
        match pairs.find(|(saw, expected)| saw.value != expected.value) {
            None => Ok(()),
            Some((saw, expected)) => Err(Violation::Broke {
                promise: saw.promise,
                expected: format!("as {} {}", saw.what, expected.value),
                saw: saw.value.clone(),
            }),
        }
    }

    fn see(&mut self, promise: u8, what: String, value: impl std::fmt::Debug) {
        self.0.push(Sight {
            promise,
            what,
            value: format!("{value:?}"),
        });
    }

    async fn points(&mut self, storage: &dyn Storage, name: &str, scope: &Scope) -> Verdict {
        let by_slug = |number, locale| PostKey::Slug {
            locale,
            default_locale: Locale::default(),
            slug: slug(number).to_string(),
        };
        let slugs =
            (0..SLUGS).flat_map(|number| [by_slug(number, None), by_slug(number, Some(abroad()))]);
        let paths = (0..PATHS).map(|number| PostKey::Path(path(number)));
        let ids: Vec<_> = (0..POSTS).map(post).collect();
        for key in ids
            .iter()
            .copied()
            .map(PostKey::Id)
            .chain(slugs)
            .chain(paths)
        {
            for view in [View::Reader, View::Head] {
                let seen = succeed(1, storage.post(scope, &key, view).await)?;
                self.see(1, format!("{view:?} of {key:?} for {name}"), seen);
            }
            let seen = succeed(1, storage.redirect(scope, &key).await)?;
            self.see(1, format!("redirect of {key:?} for {name}"), seen);
        }
        for id in &ids {
            let versions = storage.versions(scope, *id, None, ALL).await;
            let versions = succeed(8, versions)?;
            for number in 1..=3 {
                let seen = succeed(8, storage.version(scope, *id, number).await)?;
                self.see(8, format!("version {number} of {id} for {name}"), seen);
            }
            self.see(8, format!("versions of {id} for {name}"), versions);
        }
        let cards = succeed(8, storage.cards(scope, &ids).await)?;
        self.see(8, format!("cards for {name}"), cards);
        Ok(())
    }

    async fn lists(&mut self, storage: &dyn Storage, name: &str, scope: &Scope) -> Verdict {
        let mut queries = Vec::new();
        for status in Status::ALL {
            for order in [Order::Newest, Order::Oldest, Order::Updated] {
                queries.push(PostQuery {
                    status,
                    order,
                    limit: 2,
                    ..PostQuery::default()
                });
            }
        }
        for status in [Status::Published, Status::Draft] {
            let list = PostQuery {
                status,
                limit: 2,
                ..PostQuery::default()
            };
            queries.extend((0..TAGS).map(|number| PostQuery {
                tag: Some(tag(number)),
                ..list.clone()
            }));
            queries.push(PostQuery {
                category: Some("all".to_owned()),
                author: Some(OTHER_AUTHOR.to_owned()),
                ..list
            });
        }
        for query in queries {
            let what = format!("{query:?} for {name}");
            let seen = walk(storage, scope, query).await?;
            self.see(3, what, seen);
        }
        let tags = succeed(8, storage.tags(scope).await)?;
        self.see(8, format!("tags for {name}"), tags);
        let categories = succeed(8, storage.categories(scope).await)?;
        self.see(8, format!("categories for {name}"), categories);
        let authors = succeed(8, storage.authors(scope).await)?;
        self.see(8, format!("authors for {name}"), authors);
        Ok(())
    }

    async fn log(&mut self, storage: &dyn Storage) -> Verdict {
        let last = succeed(2, storage.last_event().await)?;
        let first = succeed(2, storage.first_event().await)?;
        self.see(2, "first and last event".to_owned(), (first, last));
        let events = succeed(2, storage.events(Seq(0), ALL).await)?;
        self.see(2, "events".to_owned(), events);
        let trail = AuditQuery {
            limit: ALL,
            ..AuditQuery::default()
        };
        let trail = succeed(1, storage.audit(&trail).await)?;
        let trail: Vec<_> = trail.into_iter().map(|(_, entry)| entry).collect();
        self.see(1, "audit trail".to_owned(), trail);
        let authors = [AUTHOR.to_owned(), OTHER_AUTHOR.to_owned()];
        let profiles = succeed(1, storage.profiles(&authors).await)?;
        self.see(1, "profiles".to_owned(), profiles);
        for key in 0..KEYS {
            let record = storage.idempotency(&authors[0], &key.to_string()).await;
            let record = succeed(7, record)?;
            self.see(7, format!("idempotency key {key}"), record);
        }
        for consumer in 0..CONSUMERS {
            let checkpoint = succeed(7, storage.checkpoint(&consumer.to_string()).await)?;
            self.see(7, format!("checkpoint of {consumer}"), checkpoint);
        }
        let mut letters = succeed(6, storage.dead_letters().await)?;
        letters.sort_by(|one, other| {
            (one.event.seq, &one.consumer).cmp(&(other.event.seq, &other.consumer))
        });
        self.see(6, "dead letters".to_owned(), letters);
        Ok(())
    }
}

async fn walk(
    storage: &dyn Storage,
    scope: &Scope,
    mut query: PostQuery,
) -> Result<Vec<PostCard>, Violation> {
    let mut seen: Vec<PostCard> = Vec::new();
    while seen.len() < ALL {
        let page = succeed(3, storage.posts(scope, &query).await)?;
        let is_last = page.len() < query.limit;
        seen.extend(page);
        query.after = seen
            .last()
            .map(|card| query.order.key(query.status, &card.post));
        if is_last {
            break;
        }
    }
    Ok(seen)
}
