use std::sync::{Arc, Weak};

use crate::Blog;
use crate::domain::{
    Actor, ActorKind, AuthorId, Collaboration, Content, EventKind, LogPosition, Permission, Post,
    PostId, Scope, Status, Version, VersionKind,
};
use crate::error::{Error, ErrorKind, Result};
use crate::ports::{LiveDocuments, PostKey, PostView, PostWrite, View};

use super::posts::changes_by;

/// What live editing asks of the blog.
#[derive(Debug, Clone, Copy)]
pub struct Collab<'a> {
    pub(crate) blog: &'a Blog,
}

/// What an actor may do in a post's room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// See the text, and where others are in it.
    View,
    /// Change it.
    Edit,
}

/// What a live document says, to become a version of its post.
#[derive(Debug, Clone)]
pub struct Fold {
    /// The post.
    pub post: PostId,
    /// The head that the document contains, and with it the version to go on from.
    pub head: PostView,
    /// What the document says. Where a field breaks a limit, the head's is kept.
    pub content: Content,
    /// How much of the document's log that is.
    pub position: LogPosition,
    /// Who wrote since the last version; the first is the version's author.
    pub contributors: Vec<AuthorId>,
    /// A word on the version, such as its name.
    pub message: Option<String>,
}

impl Collab<'_> {
    /// What `actor` may do in the room of a post.
    ///
    /// # Errors
    /// Unauthenticated for anonymous actors; not found for whoever may not see the post's head.
    pub async fn access(&self, actor: &Actor, post: PostId) -> Result<Access> {
        if actor.kind == ActorKind::Anonymous {
            return Err(Error::new(ErrorKind::Unauthenticated, "sign in first"));
        }
        let (scope, key) = (self.blog.scope(actor), PostKey::Id(post));
        let head = self.blog.storage().post(&scope, &key, View::Head).await?;
        head.and_then(|head| self.access_to(actor, &head.post))
            .ok_or_else(|| Error::not_found("post"))
    }

    /// What `actor` may do in the room of this post; `None` for whoever may not see its head.
    #[must_use]
    pub fn access_to(&self, actor: &Actor, post: &Post) -> Option<Access> {
        if !self.blog.scope(actor).sees_head_of(post) {
            return None;
        }
        let may = |permission| self.blog.policy().allows(actor, permission, Some(post));
        // What will appear by itself, only those may change who may publish.
        let is_open = post.collaboration != Collaboration::Locked
            && (post.status != Status::Scheduled || may(Permission::Publish));
        if is_open && may(Permission::Edit) {
            Some(Access::Edit)
        } else {
            Some(Access::View)
        }
    }

    /// Tells the blog who runs the rooms: from here on, whoever reads or writes a post's head gets
    /// what is being written live as well. The blog does not keep them alive.
    pub fn attach(&self, live: &Arc<dyn LiveDocuments>) {
        let live = Arc::downgrade(live);
        *self.blog.live() = Some(live);
    }

    /// A post's head as it is stored, whatever is being written.
    ///
    /// # Errors
    /// Not found for a post that is gone.
    pub async fn head(&self, post: PostId) -> Result<PostView> {
        let scope = Scope::everything_for_system("a live document is compared with its post");
        let key = PostKey::Id(post);
        let head = self.blog.storage().post(&scope, &key, View::Head).await?;
        head.ok_or_else(|| Error::not_found("post"))
    }

    /// The newest version below `before` that was folded from a live document's log up to `end`;
    /// what it contains of the log.
    ///
    /// # Errors
    /// What the storage says.
    pub async fn last_fold(
        &self,
        post: PostId,
        before: u32,
        end: u64,
    ) -> Result<Option<LogPosition>> {
        const PAGE: usize = 100;
        let scope = Scope::everything_for_system("a live document is compared with its post");
        let storage = self.blog.storage();
        let mut before = Some(before);
        loop {
            let headers = storage.versions(&scope, post, before, PAGE).await?;
            for header in &headers {
                if header.kind != VersionKind::Collab {
                    continue;
                }
                let version = storage.version(&scope, post, header.number).await?;
                let position = version.and_then(|version| version.log_position);
                if let Some(position) = position.filter(|position| position.update <= end) {
                    return Ok(Some(position));
                }
            }
            match headers.last() {
                Some(last) if headers.len() == PAGE => before = Some(last.number),
                _ => return Ok(None),
            }
        }
    }

    /// Makes what a live document says the post's head, as a version of kind collab. Where it says
    /// nothing new, nothing is written, and the head is answered.
    ///
    /// # Errors
    /// `Conflict(Revision)` if the post has moved on from `fold.head`: bring its new head into the
    /// document first.
    pub async fn fold(&self, fold: Fold) -> Result<PostView> {
        let Fold { head, position, .. } = fold;
        let mut content = fold.content;
        keep_to_limits(self.blog, &mut content, &head.version.content)?;
        if content == head.version.content {
            return Ok(head);
        }
        let now = self.blog.clock().now();
        let mut post = head.post;
        post.revision += 1;
        post.head += 1;
        post.updated_at = now;
        let service = Actor::service("collab");
        let author = fold.contributors.first().unwrap_or(&service.id).clone();
        let kind = VersionKind::Collab;
        let (number, revision) = (post.head, post.revision);
        let mut version = Version::new(fold.post, number, revision, content, author, kind, now);
        version.message = fold.message;
        version.log_position = Some(position);
        let mut changes = changes_by(&service, EventKind::PostSaved, &post, now);
        changes.authors.clear();
        changes.posts.push(PostWrite::Update(post.clone()));
        changes.versions.push(version.clone());
        self.blog.commit(changes).await?;
        Ok(PostView { post, version })
    }
}

impl Blog {
    /// Brings what is being written live into the post's head; whether there was anything.
    pub(crate) async fn settle(&self, post: PostId) -> Result<bool> {
        let live = self.live().as_ref().and_then(Weak::upgrade);
        match live {
            Some(live) => live.settle(post).await,
            None => Ok(false),
        }
    }
}

/// Puts the head's value in place of every field that breaks a limit: in a live document anything
/// can be written, and what is right must not wait for it.
fn keep_to_limits(blog: &Blog, content: &mut Content, head: &Content) -> Result<()> {
    content.body.retain(|character| character != '\0');
    let Err(error) = blog.limits().check(content) else {
        return Ok(());
    };
    let ErrorKind::Invalid(fields) = error.kind() else {
        return Err(error);
    };
    for field in fields {
        match field.field.split('.').next().unwrap_or_default() {
            "title" => content.title.clone_from(&head.title),
            "excerpt" => content.excerpt.clone_from(&head.excerpt),
            "tags" => content.tags.clone_from(&head.tags),
            "category" => content.category.clone_from(&head.category),
            "cover" => content.cover.clone_from(&head.cover),
            "seo" => content.seo.clone_from(&head.seo),
            "custom" => content.custom.clone_from(&head.custom),
            _ => content.body.clone_from(&head.body),
        }
    }
    blog.limits().check(content)
}
