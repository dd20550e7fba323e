mod around;
mod by_model;
mod locally;

use serde::{Deserialize, Serialize};

use crate::domain::Actor;
use crate::error::{Error, Result};
use crate::ports::PostCard;

use super::super::Ai;
use super::{Looked, Subject};
use around::Around;

/// How many of each kind may be asked for.
const COUNT: std::ops::RangeInclusive<usize> = 1..=20;

/// What to suggest for a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggest {
    /// The text.
    pub subject: Subject,
    /// What is wanted; all of it where nothing is named.
    pub kinds: Vec<SuggestionKind>,
    /// At most so many of each kind, from 1 to 20.
    pub count: usize,
    /// Whether this program answers where the model fails. Where there is no model, it always does.
    pub fall_back: bool,
}

/// What can be suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub enum SuggestionKind {
    /// Titles that the text could have.
    Titles,
    /// What to write about next.
    Topics,
    /// Published posts that the text could lead to.
    Links,
    /// Tags of the blog that fit.
    Tags,
}

/// What is suggested for a text: nothing of what was not asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Suggestions {
    /// Titles that the text could have.
    pub titles: Vec<String>,
    /// What to write about next.
    pub topics: Vec<Topic>,
    /// Published posts that the text does not lead to yet.
    pub links: Vec<LinkSuggestion>,
    /// Tags that readers find in the blog already and the post does not have.
    pub tags: Vec<String>,
}

/// Something to write about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Topic {
    /// What.
    pub title: String,
    /// Why; without a model in English.
    pub why: String,
}

/// A post that a text could lead to.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkSuggestion {
    /// The post as readers see it.
    pub post: PostCard,
    /// Words of the text that could become the link, as they stand there; `None` where none names the
    /// post.
    pub anchor: Option<String>,
}

impl Suggest {
    fn wants(&self, kind: SuggestionKind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}

impl Ai<'_> {
    /// What a text could have: titles, links to published posts about the same, tags that the blog has; and
    /// what the blog could write about next. Without a model, titles are the text's own headings, and topics
    /// what it names and no published post does.
    ///
    /// # Errors
    /// Forbidden; not found for a post that `actor` may not see; invalid; and where the model fails and
    /// is not replaced, those of the model and of the budgets.
    pub async fn suggest(&self, actor: &Actor, wanted: &Suggest) -> Result<Looked<Suggestions>> {
        let text = self.text(actor, &wanted.subject).await?;
        if !COUNT.contains(&wanted.count) {
            return Err(Error::invalid_field("count", "must be from 1 to 20"));
        }
        let around = Around::of(self, actor, &text, wanted).await?;
        match self.suggested_by_model(actor, wanted, &around).await? {
            Some(looked) => Ok(looked),
            None => Ok(Looked::locally(self.suggested(wanted, &around).await?)),
        }
    }
}
