use std::sync::Arc;

use crate::analysis::{self, Prose};
use crate::domain::{Actor, Content, Locale, Permission, PostId, Slug};
use crate::error::{Error, ErrorKind, Result};
use crate::ports::{PostView, View};
use crate::services::access::expect_unlocked;

use super::super::Ai;
use super::Subject;

/// A text that is looked at, and the post that it is of.
#[derive(Debug)]
pub(in super::super) enum Text {
    Own(Box<Content>),
    Post(Arc<PostView>),
}

impl Text {
    pub(in super::super) fn post(&self) -> Option<PostId> {
        match self {
            Self::Own(_) => None,
            Self::Post(view) => Some(view.post.id),
        }
    }

    pub(in super::super) fn content(&self) -> &Content {
        match self {
            Self::Own(content) => content,
            Self::Post(view) => &view.version.content,
        }
    }

    pub(in super::super) fn post_slug(&self) -> Option<Slug> {
        match self {
            Self::Own(_) => None,
            Self::Post(view) => Some(view.post.slug.clone()),
        }
    }

    /// The post's language, or the one that the text seems to be in, or else this.
    pub(in super::super) fn locale(&self, otherwise: &Locale) -> Locale {
        match self {
            Self::Own(content) => {
                let prose = Prose::of_markdown(&content.body, &Locale::default());
                analysis::detect_language(&prose.text())
                    .map_or_else(|| otherwise.clone(), |detected| detected.language)
            }
            Self::Post(view) => view.post.locale.clone(),
        }
    }
}

impl Ai<'_> {
    /// What there is to look at, for whoever may see it.
    pub(in super::super) async fn text(&self, actor: &Actor, subject: &Subject) -> Result<Text> {
        self.admit_locally(actor)?;
        match subject {
            Subject::Post(id) => self.seen(actor, *id).await.map(Text::Post),
            Subject::Text(text) => {
                self.check_text(text)?;
                Ok(Text::Own(Box::new(Content {
                    title: heading(text),
                    body: text.clone(),
                    ..Content::default()
                })))
            }
            Subject::Body { post, text } => {
                let mut view = self.blog.head_for(actor, *post, Permission::Edit).await?;
                expect_unlocked(&view.post, actor)?;
                self.check_text(text)?;
                view.version.content.body.clone_from(text);
                Ok(Text::Post(Arc::new(view)))
            }
        }
    }

    fn check_text(&self, text: &str) -> Result<()> {
        let limit = self.blog.limits().body_bytes;
        let broken = if text.trim().is_empty() {
            "must not be empty".to_owned()
        } else if text.contains('\0') {
            "must not contain U+0000".to_owned()
        } else if text.len() > limit {
            format!("must have at most {limit} bytes")
        } else {
            return Ok(());
        };
        Err(Error::invalid_field("text", broken))
    }

    async fn seen(&self, actor: &Actor, id: PostId) -> Result<Arc<PostView>> {
        let posts = self.blog.posts();
        match posts.get(actor, id, View::Head).await {
            Err(error) if *error.kind() == ErrorKind::NotFound => {
                posts.get(actor, id, View::Reader).await
            }
            seen => seen,
        }
    }
}

/// What a text is called: its first heading, or else its first line.
fn heading(text: &str) -> String {
    let headings = crate::render::render(text).toc;
    let first = || {
        crate::render::plain_text(text)
            .lines()
            .next()
            .map(str::to_owned)
    };
    let heading = headings.into_iter().next().map(|heading| heading.text);
    heading.or_else(first).unwrap_or_default()
}
