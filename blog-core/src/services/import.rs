use chrono::{DateTime, Utc};

use crate::Blog;
use crate::domain::{
    Actor, AuditEntry, AuthorProfile, Content, EventKind, Locale, NewEvent, Outcome, Permission,
    Post, PostId, Slug, Status, Transition, Version, VersionKind,
};
use crate::error::{Conflict, Error, ErrorKind, Result};
use crate::ports::{Changes, PostKey, PostWrite, Redirect, View};

use super::PostEdit;
use super::posts::numbered_slug;
use super::save::{Base, is_news_for_readers};
use super::transitions::move_post;

/// Bringing posts in from elsewhere, as often as one likes.
#[derive(Debug, Clone, Copy)]
pub struct Import<'a> {
    pub(crate) blog: &'a Blog,
}

/// A post as it was found elsewhere.
#[derive(Debug, Clone, Default)]
pub struct ImportedPost {
    /// Where it was found, relative to what is imported; the same source is the same post.
    pub source: String,
    /// What it says.
    pub content: Content,
    /// The slug it had.
    pub slug: Option<String>,
    /// Its language; without one the blog's default.
    pub locale: Option<Locale>,
    /// Former addresses, as paths.
    pub aliases: Vec<String>,
    /// Who wrote it: the first is the author, the rest coauthors. Without any: the actor.
    pub authors: Vec<AuthorProfile>,
    /// When it was published.
    pub date: Option<DateTime<Utc>>,
    /// Whether readers are to see it.
    pub publish: bool,
    /// Whether a language model has had a part in it. Once that was said of a post it stays so.
    pub ai_generated: bool,
}

/// What an import did with one post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportOutcome {
    /// It was not there yet.
    Created(PostId),
    /// It had changed at its source.
    Updated(PostId),
    /// It was there already.
    Unchanged(PostId),
}

impl Import<'_> {
    /// Brings one post in. One that was brought in before, and has changed at its source since, is
    /// a save based on the imported version; readers see it at once if `publish` says so and nobody
    /// has edited the post in between.
    ///
    /// # Errors
    /// Invalid; `Conflict(Edit)` where it changed both here and at its source;
    /// `Conflict(Taken("alias"))` where another post has one of its aliases.
    pub async fn post(&self, actor: &Actor, imported: ImportedPost) -> Result<ImportOutcome> {
        self.blog.require(actor, Permission::ActForOthers, None)?;
        let mut content = imported.content.clone();
        self.blog.limits().check(&mut content)?;
        if let Some(post) = self.known(actor, &imported.source).await? {
            return self.again(actor, &post, &imported, content).await;
        }
        match self.first(actor, &imported, content.clone()).await {
            Err(error) if *error.kind() == ErrorKind::Conflict(Conflict::Taken("alias")) => {
                // Another import may have been faster.
                match self.known(actor, &imported.source).await? {
                    Some(post) => self.again(actor, &post, &imported, content).await,
                    None => {
                        let taken = self.alias_taken(actor, &imported.aliases).await?;
                        Err(taken.unwrap_or(error))
                    }
                }
            }
            result => result,
        }
    }

    /// The post that came from `source`.
    async fn known(&self, actor: &Actor, source: &str) -> Result<Option<Post>> {
        let key = PostKey::Path(source_alias(source));
        let scope = self.blog.scope(actor);
        self.blog.storage().redirect(&scope, &key).await
    }

    /// The error that names the alias which another post has.
    async fn alias_taken(&self, actor: &Actor, aliases: &[String]) -> Result<Option<Error>> {
        let scope = self.blog.scope(actor);
        for alias in aliases {
            let key = PostKey::Path(alias.trim_matches('/').to_owned());
            if let Some(post) = self.blog.storage().redirect(&scope, &key).await? {
                let kind = ErrorKind::Conflict(Conflict::Taken("alias"));
                let message = format!("the alias {alias} leads to the post {} already", post.slug);
                return Ok(Some(Error::new(kind, message)));
            }
        }
        Ok(None)
    }

    async fn again(
        &self,
        actor: &Actor,
        post: &Post,
        imported: &ImportedPost,
        content: Content,
    ) -> Result<ImportOutcome> {
        let before = self.imported_version(actor, post).await?;
        let is_newly_ai_generated =
            imported.ai_generated && (!post.ai_generated || is_news_for_readers(post, &before));
        let is_changed = before.content_hash != content.hash() || is_newly_ai_generated;
        if is_changed {
            let base = Base::Imported {
                version: &before,
                ai_generated: imported.ai_generated,
            };
            self.save(actor, post, base, content).await?;
        }
        let is_published = imported.publish && self.publish(actor, post.id).await?;
        Ok(if is_changed || is_published {
            ImportOutcome::Updated(post.id)
        } else {
            ImportOutcome::Unchanged(post.id)
        })
    }

    async fn save(
        &self,
        actor: &Actor,
        post: &Post,
        base: Base<'_>,
        content: Content,
    ) -> Result<()> {
        let edit = PostEdit {
            title: Some(content.title),
            body: Some(content.body),
            excerpt: Some(content.excerpt),
            tags: Some(content.tags),
            category: Some(content.category),
            cover: Some(content.cover),
            seo: Some(content.seo),
            custom: Some(content.custom),
            message: Some("Changed at its source".to_owned()),
            ..PostEdit::default()
        };
        let posts = self.blog.posts();
        posts
            .save_from(actor, post.id, base, edit)
            .await
            .map(|_| ())
    }

    /// Shows readers what was imported last, unless somebody has edited it since, or has taken the
    /// post away from readers. Answers whether that was needed.
    async fn publish(&self, actor: &Actor, id: PostId) -> Result<bool> {
        let head = self.blog.posts().get(actor, id, View::Head).await?;
        let post = &head.post;
        let is_behind = post.is_public() && post.published != Some(post.head);
        let is_new = post.status == Status::Draft && post.public_revision == 0;
        if head.version.kind != VersionKind::Import || !(is_behind || is_new) {
            return Ok(false);
        }
        let posts = self.blog.posts();
        posts
            .change_status(actor, id, Transition::Publish, Some(post.revision))
            .await?;
        Ok(true)
    }

    /// The newest version that an import wrote.
    async fn imported_version(&self, actor: &Actor, post: &Post) -> Result<Version> {
        let mut before = None;
        loop {
            let page = self
                .blog
                .versions()
                .history(actor, post.id, before, 100)
                .await?;
            if let Some(header) = page.items.iter().find(|it| it.kind == VersionKind::Import) {
                return self
                    .blog
                    .versions()
                    .get(actor, post.id, header.number)
                    .await;
            }
            before = Some(
                page.next
                    .ok_or_else(|| Error::not_found("imported version"))?,
            );
        }
    }

    async fn first(
        &self,
        actor: &Actor,
        imported: &ImportedPost,
        content: Content,
    ) -> Result<ImportOutcome> {
        let now = self.blog.clock().now();
        let id = self.blog.ids().post();
        let from_title = Slug::from_title(&content.title);
        let wanted = imported
            .slug
            .as_deref()
            .map_or(from_title, Slug::from_title);
        let authors = if imported.authors.is_empty() {
            vec![actor.profile()]
        } else {
            imported.authors.clone()
        };
        let mut ids = authors.iter().map(|profile| profile.id.clone());
        let mut post = Post {
            id,
            slug: wanted.clone(),
            locale: imported
                .locale
                .as_ref()
                .unwrap_or_else(|| self.blog.default_locale())
                .clone(),
            translation_of: None,
            author: ids.next().unwrap_or_else(|| actor.id.clone()),
            coauthors: ids.collect(),
            status: Status::Draft,
            head: 1,
            published: None,
            revision: 0,
            public_revision: 0,
            public_updated_at: None,
            scheduled_at: None,
            published_at: imported.date,
            created_at: imported.date.unwrap_or(now),
            updated_at: now,
            locked_by: None,
            ai_generated: imported.ai_generated,
            published_ai_generated: false,
        };
        if imported.publish {
            move_post(&mut post, Status::Published, now, None);
        } else {
            post.revision = 1;
        }
        let version = Version::new(
            id,
            1,
            1,
            content,
            post.author.clone(),
            VersionKind::Import,
            now,
        );
        let mut attempt = 1;
        loop {
            let mut changes = Changes::at(now);
            changes.authors = authors.clone();
            let mut kinds = vec![EventKind::PostCreated];
            if imported.publish {
                kinds.push(EventKind::PostPublished);
            }
            for kind in kinds {
                changes.events.push(NewEvent {
                    kind,
                    post: id,
                    revision: 1,
                    actor: actor.id.clone(),
                });
                changes.audit.push(AuditEntry {
                    at: now,
                    actor: actor.id.clone(),
                    action: kind.as_str().to_owned(),
                    post: Some(id),
                    outcome: Outcome::Done,
                    origin: actor.origin.clone(),
                });
            }
            changes.posts.push(PostWrite::Create(post.clone()));
            changes.versions.push(version.clone());
            let paths = imported
                .aliases
                .iter()
                .map(|alias| alias.trim_matches('/').to_owned());
            let paths = paths.chain([source_alias(&imported.source)]);
            changes
                .redirects
                .extend(paths.map(|path| Redirect::Path { path, post: id }));
            match self.blog.commit(changes).await {
                Ok(_) => return Ok(ImportOutcome::Created(id)),
                Err(error) if *error.kind() == ErrorKind::Conflict(Conflict::Taken("slug")) => {
                    attempt += 1;
                    post.slug = numbered_slug(&wanted, attempt, id);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The post that was brought in from `source`.
    ///
    /// # Errors
    /// Not found.
    pub async fn find(&self, actor: &Actor, source: &str) -> Result<Post> {
        let post = self
            .blog
            .posts()
            .by_alias(actor, &source_alias(source))
            .await?;
        let view = self.blog.posts().get(actor, post.id, View::Head).await?;
        Ok(view.post.clone())
    }
}

/// Sources are kept among the aliases, under a path that no site has.
fn source_alias(source: &str) -> String {
    format!("~import/{source}")
}
