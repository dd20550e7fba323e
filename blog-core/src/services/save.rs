use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::{
    Actor, AuthorId, Content, EventKind, NewEvent, Permission, Post, PostId, Seo, Slug, Status,
    TextConflict, Version, VersionKind, merge_map, merge_set, merge_text, merge_value,
};
use crate::error::{Conflict, Error, Result};
use crate::ports::{Changes, PostView, PostWrite, Redirect};

use super::access::expect_unlocked;
use super::posts::{changes_by, parse_slug};
use super::{Posts, Prepared};

/// What of a post is to change; a field left out stays as it is.
#[derive(Debug, Clone, Default)]
pub struct PostEdit {
    /// One line.
    pub title: Option<String>,
    /// Markdown.
    pub body: Option<String>,
    /// `Some(None)` takes it away.
    pub excerpt: Option<Option<String>>,
    /// All tags.
    pub tags: Option<Vec<String>>,
    /// `Some(None)` takes it away.
    pub category: Option<Option<String>>,
    /// `Some(None)` takes it away.
    pub cover: Option<Option<String>>,
    /// All of it.
    pub seo: Option<Seo>,
    /// All of it.
    pub custom: Option<Map<String, Value>>,
    /// The new slug.
    pub slug: Option<String>,
    /// All coauthors.
    pub coauthors: Option<Vec<AuthorId>>,
    /// A word on the change.
    pub message: Option<String>,
}

/// Two edits of the same place: nothing was written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EditConflict {
    /// What both started from.
    pub base: Content,
    /// What is stored now.
    pub head: Content,
    /// What was to be saved.
    pub theirs: Content,
    /// Where they differ.
    pub conflicts: Vec<FieldConflict>,
}

/// A field that both edits changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldConflict {
    /// Its name.
    pub field: String,
    /// The places; for fields other than the body, the whole values.
    pub hunks: Vec<TextConflict>,
}

/// What an edit began with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Base<'a> {
    /// What the post said at this revision.
    Revision(u64),
    /// What an import had written: a later one is compared with it, whatever was saved since.
    Imported {
        /// What it had written.
        version: &'a Version,
        /// Whether its source says that a language model has had a part in what is to be saved.
        ai_generated: bool,
    },
}

/// Whether readers are served what has come of an imported version, and not told that a model had a part in it.
pub(super) fn is_news_for_readers(post: &Post, imported: &Version) -> bool {
    let has_come_of_it = post.published.is_some_and(|it| it >= imported.number);
    has_come_of_it && !post.published_ai_generated
}

impl PostEdit {
    fn applied_to(&self, base: &Content) -> Content {
        let mut content = base.clone();
        let edit = self.clone();
        content.title = edit.title.unwrap_or(content.title);
        content.body = edit.body.unwrap_or(content.body);
        content.excerpt = edit.excerpt.unwrap_or(content.excerpt);
        content.tags = edit.tags.unwrap_or(content.tags);
        content.category = edit.category.unwrap_or(content.category);
        content.cover = edit.cover.unwrap_or(content.cover);
        content.seo = edit.seo.unwrap_or(content.seo);
        content.custom = edit.custom.unwrap_or(content.custom);
        content
    }
}

impl Posts<'_> {
    /// Saves an edit that was based on revision `base`. If the post has moved on, the edit is
    /// merged into it.
    ///
    /// # Errors
    /// Invalid; forbidden while somebody else holds the lock; `Conflict(Edit)` where both changed the
    /// same place; `Conflict(Taken("slug"))`.
    pub async fn save(
        &self,
        actor: &Actor,
        id: PostId,
        base: u64,
        edit: PostEdit,
    ) -> Result<PostView> {
        self.save_from(actor, id, Base::Revision(base), edit).await
    }

    /// What [`save`](Posts::save) would write.
    ///
    /// # Errors
    /// As [`save`](Posts::save).
    pub async fn prepare_save(
        &self,
        actor: &Actor,
        id: PostId,
        base: u64,
        edit: PostEdit,
    ) -> Result<Prepared> {
        self.prepare_save_from(actor, id, Base::Revision(base), &edit)
            .await
    }

    pub(super) async fn save_from(
        &self,
        actor: &Actor,
        id: PostId,
        base: Base<'_>,
        edit: PostEdit,
    ) -> Result<PostView> {
        let prepare = || self.prepare_save_from(actor, id, base, &edit);
        self.make_on_head(prepare).await
    }

    async fn prepare_save_from(
        &self,
        actor: &Actor,
        id: PostId,
        base: Base<'_>,
        edit: &PostEdit,
    ) -> Result<Prepared> {
        let slug = edit.slug.as_deref().map(parse_slug).transpose()?;
        if let Some(message) = &edit.message {
            self.check_message(message)?;
        }
        if let Some(coauthors) = &edit.coauthors {
            self.check_coauthors(coauthors).await?;
        }
        let head = self.blog.head_for(actor, id, Permission::Edit).await?;
        self.check_reach(actor, &head.post, base, slug.as_ref(), edit)?;
        let (base_content, crossed) = match base {
            Base::Revision(revision) if revision > head.post.revision => {
                return Err(Error::conflict(Conflict::Revision));
            }
            Base::Revision(revision) => (
                self.content_at(actor, &head, revision).await?,
                head.version.revision > revision,
            ),
            Base::Imported { version, .. } => (
                version.content.clone(),
                head.version.number > version.number,
            ),
        };
        let mut theirs = edit.applied_to(&base_content);
        self.blog.limits().check(&mut theirs)?;
        let mut content = if crossed {
            merge(&base_content, &head.version.content, &theirs)?
        } else {
            theirs.clone()
        };
        self.blog.limits().check(&mut content)?;
        let kind = match base {
            Base::Imported { .. } if content == theirs => VersionKind::Import,
            _ if crossed => VersionKind::Merge,
            _ => VersionKind::Manual,
        };

        let now = self.blog.clock().now();
        let mut post = head.post.clone();
        post.revision += 1;
        post.updated_at = now;
        if let Base::Imported { ai_generated, .. } = base {
            post.ai_generated |= ai_generated;
        }
        post.coauthors = edit.coauthors.clone().unwrap_or(post.coauthors);
        let renamed = slug.as_ref().filter(|slug| **slug != post.slug).cloned();
        let same_source = match base {
            Base::Imported {
                version,
                ai_generated,
            } if theirs == base_content => Some((version, ai_generated)),
            _ => None,
        };
        let tells_readers_late = same_source.is_some_and(|(imported, ai_generated)| {
            ai_generated && is_news_for_readers(&head.post, imported)
        });
        let is_late_for_editors = post.ai_generated != head.post.ai_generated;
        let tells_late_of_a_model =
            same_source.is_some() && (is_late_for_editors || tells_readers_late);
        // Kept as a version of its own: the next import is compared with it.
        let imported = matches!(base, Base::Imported { .. })
            && kind == VersionKind::Merge
            && same_source.is_none();
        let changed = content != head.version.content || imported;
        let is_as_before = !changed && renamed.is_none() && !tells_late_of_a_model;
        if is_as_before && post.coauthors == head.post.coauthors {
            let changes = Changes::at(now);
            return Ok(Prepared {
                view: head,
                changes,
            });
        }
        let event = if changed {
            EventKind::PostSaved
        } else {
            EventKind::PostRenamed
        };
        let mut changes = changes_by(actor, event, &post, now);
        let mut version = head.version.clone();
        if changed {
            let mut write = |content: Content, kind: VersionKind| {
                post.head += 1;
                let (number, author) = (post.head, actor.id.clone());
                version = Version::new(id, number, post.revision, content, author, kind, now);
                version.message.clone_from(&edit.message);
                changes.versions.push(version.clone());
            };
            if imported {
                write(theirs, VersionKind::Import);
            }
            write(content, kind);
        }
        if let Some(slug) = renamed {
            changes.redirects.extend(former_slug(&post));
            post.slug = slug;
        }
        post.published_ai_generated |= tells_readers_late;
        if head.post.is_public()
            && (post.slug != head.post.slug
                || post.coauthors != head.post.coauthors
                || post.published_ai_generated != head.post.published_ai_generated)
        {
            post.public_revision = post.revision;
            post.public_updated_at = Some(now);
            if changed {
                changes.events.push(NewEvent {
                    kind: EventKind::PostRenamed,
                    post: post.id,
                    revision: post.revision,
                    actor: actor.id.clone(),
                });
            }
        }
        changes.posts.push(PostWrite::Update(post.clone()));
        let view = PostView { post, version };
        Ok(Prepared { view, changes })
    }

    /// What readers will see without a further step, only those may change who may publish. Slug
    /// and coauthors are not versioned: an edit that began before they changed cannot be merged.
    fn check_reach(
        &self,
        actor: &Actor,
        post: &Post,
        base: Base<'_>,
        slug: Option<&Slug>,
        edit: &PostEdit,
    ) -> Result<()> {
        expect_unlocked(post, actor)?;
        let renames = slug.is_some_and(|slug| *slug != post.slug);
        let coauthors = edit.coauthors.as_ref();
        let changes_coauthors = coauthors.is_some_and(|ids| *ids != post.coauthors);
        let shows_at_once = post.is_public() && (renames || changes_coauthors);
        if post.status == Status::Scheduled || shows_at_once {
            self.blog.require(actor, Permission::Publish, Some(post))?;
        }
        match base {
            Base::Revision(revision) if revision < post.revision => {
                if renames || changes_coauthors {
                    return Err(Error::conflict(Conflict::Revision));
                }
            }
            Base::Revision(_) | Base::Imported { .. } => {}
        }
        Ok(())
    }

    pub(super) fn check_message(&self, message: &str) -> Result<()> {
        let limit = self.blog.limits().text;
        if message.contains('\0') {
            return Err(Error::invalid_field("message", "must not contain U+0000"));
        }
        if message.chars().count() > limit {
            let message = format!("must have at most {limit} characters");
            return Err(Error::invalid_field("message", message));
        }
        Ok(())
    }

    /// What the post said at `revision`: the newest version that was made at or before it.
    async fn content_at(&self, actor: &Actor, head: &PostView, revision: u64) -> Result<Content> {
        if head.version.revision <= revision {
            return Ok(head.version.content.clone());
        }
        let (scope, storage) = (self.blog.scope(actor), self.blog.storage());
        let mut before = Some(head.version.number);
        loop {
            let headers = storage.versions(&scope, head.post.id, before, 100).await?;
            if let Some(header) = headers.iter().find(|header| header.revision <= revision) {
                let version = storage.version(&scope, head.post.id, header.number).await?;
                return version
                    .map(|version| version.content)
                    .ok_or_else(|| Error::not_found("version"));
            }
            match headers.last() {
                Some(last) => before = Some(last.number),
                None => return Err(Error::conflict(Conflict::Revision)),
            }
        }
    }
}

/// The redirect that a rename leaves behind; a slug that was never public leaves none.
fn former_slug(post: &Post) -> Option<Redirect> {
    post.published_at.map(|_| Redirect::Slug {
        locale: post.locale.clone(),
        slug: post.slug.as_str().to_owned(),
        post: post.id,
    })
}

/// Merges by field: the body by line, tags as a set, `custom` and `seo` by key, the rest whole.
fn merge(base: &Content, head: &Content, theirs: &Content) -> Result<Content> {
    let mut conflicts = Vec::new();
    let mut whole = |field: &str, base: &Value, head: &Value, theirs: &Value| {
        merge_value(base, head, theirs).unwrap_or_else(|| {
            let hunk = TextConflict {
                base: shown(base),
                head: shown(head),
                theirs: shown(theirs),
            };
            conflicts.push(FieldConflict {
                field: field.to_owned(),
                hunks: vec![hunk],
            });
            head.clone()
        })
    };
    let mut fields = Map::new();
    let (base_fields, head_fields, their_fields) = (flat(base)?, flat(head)?, flat(theirs)?);
    for (field, head_value) in &head_fields {
        let (old, new) = (&base_fields[field], &their_fields[field]);
        fields.insert(field.clone(), whole(field, old, head_value, new));
    }
    let mut seo = |base: &Seo, head: &Seo, theirs: &Seo| -> Result<Seo> {
        let (base, head, theirs) = (map(base)?, map(head)?, map(theirs)?);
        let mut merged = Map::new();
        for (key, value) in &head {
            merged.insert(
                key.clone(),
                whole(&format!("seo.{key}"), &base[key], value, &theirs[key]),
            );
        }
        from_map(merged)
    };
    let seo = seo(&base.seo, &head.seo, &theirs.seo)?;
    let custom = merge_map(&base.custom, &head.custom, &theirs.custom).unwrap_or_else(|keys| {
        for key in keys {
            let value = |of: &Content| of.custom.get(&key).map(shown).unwrap_or_default();
            let hunk = TextConflict {
                base: value(base),
                head: value(head),
                theirs: value(theirs),
            };
            conflicts.push(FieldConflict {
                field: format!("custom.{key}"),
                hunks: vec![hunk],
            });
        }
        Map::new()
    });
    let body = merge_text(&base.body, &head.body, &theirs.body).unwrap_or_else(|hunks| {
        conflicts.push(FieldConflict {
            field: "body".to_owned(),
            hunks,
        });
        String::new()
    });
    if !conflicts.is_empty() {
        return Err(Error::conflict(Conflict::Edit(Box::new(EditConflict {
            base: base.clone(),
            head: head.clone(),
            theirs: theirs.clone(),
            conflicts,
        }))));
    }
    let merged: Content = from_map(fields)?;
    let tags = merge_set(&base.tags, &head.tags, &theirs.tags);
    Ok(Content {
        body,
        tags,
        seo,
        custom,
        ..merged
    })
}

/// The fields that merge as a whole.
fn flat(content: &Content) -> Result<Map<String, Value>> {
    let Content {
        title,
        excerpt,
        category,
        cover,
        ..
    } = content.clone();
    let mut fields = map(&Content {
        title,
        excerpt,
        category,
        cover,
        ..Content::default()
    })?;
    for merged_otherwise in ["body", "tags", "seo", "custom"] {
        fields.remove(merged_otherwise);
    }
    Ok(fields)
}

fn map(value: &impl Serialize) -> Result<Map<String, Value>> {
    match serde_json::to_value(value) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(Error::internal("a content is a JSON object")),
    }
}

fn from_map<T: serde::de::DeserializeOwned>(map: Map<String, Value>) -> Result<T> {
    serde_json::from_value(Value::Object(map))
        .map_err(|error| Error::internal("a content reads back").with_source(error))
}

fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
