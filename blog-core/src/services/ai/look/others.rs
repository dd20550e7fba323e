use crate::domain::{Actor, Locale, PostId, Slug, Status, Visibility};
use crate::error::{ErrorKind, Result};
use crate::ports::{PostCard, PostQuery, View};
use crate::services::Lookup;

use super::super::Ai;
use super::subject::Text;

/// Posts of a page.
const PAGE: usize = 100;
/// Pages of published posts: the thousand newest.
const PAGES: usize = 10;
/// What an author has in the works; the newest page of each is read.
const UNPUBLISHED: [Status; 3] = [Status::Draft, Status::InReview, Status::Scheduled];

impl Ai<'_> {
    /// Posts in the language of `text` that `actor` may see and that it must not repeat: the thousand
    /// newest published ones, which are remembered as readers' lists are; the newest hundred drafts, in
    /// review and scheduled, each; and the one whose slug its title would get, however old.
    pub(super) async fn others(
        &self,
        actor: &Actor,
        text: &Text,
        locale: &Locale,
    ) -> Result<Vec<PostCard>> {
        let mut others = self.published().await?;
        if *self.blog.scope(actor).visibility() != Visibility::Published {
            for status in UNPUBLISHED {
                let query = PostQuery {
                    status,
                    limit: PAGE,
                    ..PostQuery::default()
                };
                others.extend(self.blog.posts().list(actor, &query).await?.items);
            }
        }
        let title = &text.content().title;
        others.extend(self.namesake(actor, title, locale).await?);
        let is_other = |id: PostId| text.post() != Some(id);
        others.retain(|card| {
            is_other(card.post.id) && card.post.locale.language() == locale.language()
        });
        Ok(others)
    }

    async fn published(&self) -> Result<Vec<PostCard>> {
        let mut query = PostQuery {
            limit: PAGE,
            ..PostQuery::default()
        };
        let mut found = vec![];
        for _ in 0..PAGES {
            let page = self.blog.posts().list(&Actor::anonymous(), &query).await?;
            found.extend(page.items);
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        Ok(found)
    }

    async fn namesake(
        &self,
        actor: &Actor,
        title: &str,
        locale: &Locale,
    ) -> Result<Option<PostCard>> {
        let (slug, locale) = (Slug::from_title(title), Some(locale.clone()));
        let posts = self.blog.posts();
        let found = posts.by_slug(actor, slug.as_str(), locale, View::Reader);
        match found.await {
            Ok(Lookup::Found(view)) => Ok(Some(PostCard::from(&*view))),
            Ok(Lookup::Moved(_)) => Ok(None),
            Err(error) if *error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
