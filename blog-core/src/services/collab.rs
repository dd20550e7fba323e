use std::sync::{Arc, Weak};

use tokio::task::{JoinError, spawn_blocking};

use crate::Blog;
use crate::domain::{
    ASSISTANT, AcceptedEdit, Actor, ActorKind, AuthorId, AuthorProfile, Collaboration, Content,
    Contributor, EventKind, LogPosition, Passage, Permission, Post, PostId, Provenance, Scope,
    Status, Version, VersionKind,
};
use crate::error::{Conflict, Error, ErrorKind, Result};
use crate::ports::{Changes, LiveDocuments, PostKey, PostView, PostWrite, View};

use super::Prepared;
use super::posts::changes_by;

/// What was written in more places at once is the version's author's: nobody writes so by hand.
const PASSAGES_KEPT: usize = 10_000;

/// Bytes of a body from which on its version is made where nobody waits who is served by the same thread.
const MADE_APART: usize = 64 << 10;

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
    pub contributors: Vec<Contributor>,
    /// Which parts of the body they wrote, in order, if that is known.
    pub passages: Option<Vec<Passage>>,
    /// Profiles of contributors, to be kept of those who have none.
    pub authors: Vec<AuthorProfile>,
    /// Whether a language model has written some of it.
    pub ai_generated: bool,
    /// What a language model has just written in it, if this is folded for that: a version of kind ai.
    pub by_model: Option<ByModel>,
    /// It becomes a version though it says what the head says: the log before it is to be dropped,
    /// which only a version can stand for.
    pub even_if_same: bool,
}

/// What a language model has written into a live document.
#[derive(Debug, Clone)]
pub struct ByModel {
    /// Where it comes from.
    pub provenance: Provenance,
    /// A word on it.
    pub message: String,
    /// By which edits somebody has put it there, if it was suggested to them.
    pub accepted: Vec<AcceptedEdit>,
}

impl Collab<'_> {
    /// What `actor` may do in the room of a post.
    ///
    /// # Errors
    /// Unauthenticated for anonymous actors; not found for whoever may not see the post's head.
    pub async fn access(&self, actor: &Actor, post: PostId) -> Result<Access> {
        let head = self.head_seen_by(actor, post).await?;
        let access = self.access_to(actor, &head.post);
        access.ok_or_else(|| Error::not_found("post"))
    }

    /// A post's head as it is stored, for whoever may be in its room.
    ///
    /// # Errors
    /// As [`access`](Self::access).
    pub async fn head_seen_by(&self, actor: &Actor, post: PostId) -> Result<PostView> {
        if actor.kind == ActorKind::Anonymous {
            return Err(Error::new(ErrorKind::Unauthenticated, "sign in first"));
        }
        let (scope, key) = (self.blog.scope(actor), PostKey::Id(post));
        let head = self.blog.storage().post(&scope, &key, View::Head).await?;
        head.ok_or_else(|| Error::not_found("post"))
    }

    /// What `actor` may do in the room of this post; `None` for whoever may not see its head.
    #[must_use]
    pub fn access_to(&self, actor: &Actor, post: &Post) -> Option<Access> {
        if !self.blog.scope(actor).sees_head_of(post) {
            return None;
        }
        let may = |permission| self.blog.policy().allows(actor, permission, Some(post));
        // What will appear by itself, only those may change who may publish.
        let is_open = !post.is_locked_for(&actor.id)
            && (post.status != Status::Scheduled || may(Permission::Publish));
        if is_open && may(Permission::Edit) {
            Some(Access::Edit)
        } else {
            Some(Access::View)
        }
    }

    /// Whether a post is being edited live, as far as this node knows, or locked.
    #[must_use]
    pub fn state(&self, post: &Post) -> Collaboration {
        match self.blog.live_documents() {
            _ if post.locked_by.is_some() => Collaboration::Locked,
            Some(live) if live.is_open(post.id) => Collaboration::Active,
            _ => Collaboration::Idle,
        }
    }

    /// Locks a post: until it is unlocked, nobody but `actor` edits it, live or otherwise. What others
    /// have written live by then stays. Its status may change as before: a lock is on what it says.
    ///
    /// # Errors
    /// Not found or forbidden for whoever may not edit the post; `Conflict(Taken("lock"))` if somebody
    /// else holds the lock.
    pub async fn lock(&self, actor: &Actor, post: PostId) -> Result<PostView> {
        self.change_lock(actor, post, |head| {
            if head.is_locked_for(&actor.id) {
                return Err(Error::conflict(Conflict::Taken("lock")));
            }
            Ok((Some(actor.id.clone()), EventKind::PostLocked))
        })
        .await
    }

    /// Takes the lock off a post: the holder's own, or anybody's for those who may act for others.
    ///
    /// # Errors
    /// Not found or forbidden for whoever may not do this.
    pub async fn unlock(&self, actor: &Actor, post: PostId) -> Result<PostView> {
        self.change_lock(actor, post, |head| {
            if head.is_locked_for(&actor.id) {
                let others = Permission::ActForOthers;
                self.blog.require(actor, others, Some(head))?;
            }
            Ok((None, EventKind::PostUnlocked))
        })
        .await
    }

    /// Writes who holds the lock from here on, if that is another than now.
    async fn change_lock(
        &self,
        actor: &Actor,
        id: PostId,
        holder: impl Fn(&Post) -> Result<(Option<AuthorId>, EventKind)> + Send + Sync,
    ) -> Result<PostView> {
        let change = || async {
            let head = self.blog.head_for(actor, id, Permission::Edit).await?;
            let PostView { mut post, version } = head;
            let (locked_by, event) = holder(&post)?;
            let now = self.blog.clock().now();
            let mut changes = Changes::at(now);
            if locked_by != post.locked_by {
                post.locked_by = locked_by;
                post.revision += 1;
                post.updated_at = now;
                changes = changes_by(actor, event, &post, now);
                changes.posts.push(PostWrite::Update(post.clone()));
            }
            let view = PostView { post, version };
            Ok(Prepared { view, changes })
        };
        self.blog.posts().make_on_head(change).await
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

    /// Those of these posts of which the storage knows nothing at a glance.
    ///
    /// # Errors
    /// What the storage says.
    pub async fn unknown(&self, posts: &[PostId]) -> Result<Vec<PostId>> {
        let scope =
            Scope::everything_for_system("live documents of posts that are gone are removed");
        let known = self.blog.storage().cards(&scope, posts).await?;
        let is_unknown = |post: &&PostId| known.iter().all(|card| card.post.id != **post);
        Ok(posts.iter().filter(is_unknown).copied().collect())
    }

    /// A version of a post.
    ///
    /// # Errors
    /// Not found if there is none; what the storage says.
    pub async fn version(&self, post: PostId, number: u32) -> Result<Version> {
        let scope = Scope::everything_for_system("a live document is compared with its post");
        let version = self.blog.storage().version(&scope, post, number).await?;
        version.ok_or_else(|| Error::not_found("version"))
    }

    /// The newest version below `before` that was folded from a live document's log up to `end`.
    ///
    /// # Errors
    /// What the storage says.
    pub async fn last_fold(&self, post: PostId, before: u32, end: u64) -> Result<Option<Version>> {
        const PAGE: usize = 100;
        let scope = Scope::everything_for_system("a live document is compared with its post");
        let storage = self.blog.storage();
        let mut before = Some(before);
        loop {
            let headers = storage.versions(&scope, post, before, PAGE).await?;
            for header in &headers {
                if !matches!(header.kind, VersionKind::Collab | VersionKind::Ai) {
                    continue;
                }
                let version = self.version(post, header.number).await?;
                let position = version.log_position.as_ref();
                if position.is_some_and(|position| position.update <= end) {
                    return Ok(Some(version));
                }
            }
            match headers.last() {
                Some(last) if headers.len() == PAGE => before = Some(last.number),
                _ => return Ok(None),
            }
        }
    }

    /// By which edits those versions say that a model's words were accepted that were folded from a live document
    /// with this provenance, of the newest `looked_back` up to a head.
    ///
    /// # Errors
    /// What the storage says.
    pub async fn folds_of(
        &self,
        head: &PostView,
        provenance: &Provenance,
        looked_back: usize,
    ) -> Result<Vec<Vec<AcceptedEdit>>> {
        let scope = Scope::everything_for_system("a live document is compared with its post");
        let (storage, post) = (self.blog.storage(), head.post.id);
        let before = head.version.number.checked_add(1);
        let headers = storage.versions(&scope, post, before, looked_back).await?;
        let mut folds = vec![];
        for header in headers {
            if header.provenance.as_ref() == Some(provenance) {
                folds.push(self.version(post, header.number).await?.accepted);
            }
        }
        Ok(folds)
    }

    /// Makes what a live document says the post's head, as a version of kind collab; of kind ai, by the
    /// [`ASSISTANT`], where a model has just written in it. Where it says nothing new otherwise, nothing is
    /// written, and the head is answered.
    ///
    /// # Errors
    /// `Conflict(Revision)` if the post has moved on from `fold.head`: bring its new head into the
    /// document first.
    pub async fn fold(&self, fold: Fold) -> Result<PostView> {
        let Fold { head, position, .. } = fold;
        let mut content = fold.content;
        let (written, lost) = (content.body.len(), lost_when_stored(&content.body));
        keep_to_limits(self.blog, &mut content, &head.version.content)?;
        let is_new = content != head.version.content || fold.by_model.is_some();
        if !is_new && !fold.even_if_same {
            return Ok(head);
        }
        let now = self.blog.clock().now();
        let mut post = head.post;
        post.revision += 1;
        post.head += 1;
        post.updated_at = now;
        post.ai_generated |= fold.ai_generated || fold.by_model.is_some();
        let service = Actor::service("collab");
        let (kind, author) = match (&fold.by_model, fold.contributors.first()) {
            (Some(_), _) => (VersionKind::Ai, ASSISTANT.to_owned()),
            (None, Some(first)) => (VersionKind::Collab, first.author.clone()),
            (None, None) => (VersionKind::Collab, service.id.clone()),
        };
        let (number, revision) = (post.head, post.revision);
        // Otherwise it was too long, and is the head's.
        let is_as_written = content.body.len() + lost.len() == written;
        let make = move || Version::new(fold.post, number, revision, content, author, kind, now);
        let mut version = match written {
            ..MADE_APART => make(),
            _ => spawn_blocking(make).await.map_err(cut_off)?,
        };
        let passages = fold.passages;
        let passages = passages.filter(|it| is_as_written && it.len() <= PASSAGES_KEPT);
        version.passages = passages.map(|it| without_lost(it, &lost));
        version.log_position = Some(position);
        version.contributors = fold.contributors;
        if let Some(ByModel {
            provenance,
            message,
            accepted,
        }) = fold.by_model
        {
            version.provenance = Some(provenance);
            version.message = Some(message);
            version.accepted = accepted;
        }
        let mut changes = changes_by(&service, EventKind::PostSaved, &post, now);
        changes.authors = fold.authors;
        changes.posts.push(PostWrite::Update(post.clone()));
        changes.versions.push(version.clone());
        self.blog.commit(changes).await?;
        Ok(PostView { post, version })
    }
}

impl Blog {
    fn live_documents(&self) -> Option<Arc<dyn LiveDocuments>> {
        self.live().as_ref().and_then(Weak::upgrade)
    }

    /// Brings what is being written live into the post's head; whether there was anything.
    pub(crate) async fn settle(&self, post: PostId) -> Result<bool> {
        match self.live_documents() {
            Some(live) => live.settle(post).await,
            None => Ok(false),
        }
    }
}

/// Where in a body the characters are that are not stored: NUL, and a carriage return before a line feed.
fn lost_when_stored(body: &str) -> Vec<usize> {
    let is_before_line_feed = |at: &usize| {
        let behind = body[at + 1..].trim_start_matches('\0');
        behind.starts_with('\n')
    };
    let nulls = body.match_indices('\0').map(|(at, _)| at);
    let returns = body.match_indices('\r').map(|(at, _)| at);
    let mut lost: Vec<_> = nulls.chain(returns.filter(is_before_line_feed)).collect();
    lost.sort_unstable();
    lost
}

/// Where passages are in a body that has lost these characters.
fn without_lost(mut passages: Vec<Passage>, lost: &[usize]) -> Vec<Passage> {
    let before = |at: u32| lost.partition_point(|lost| *lost < at as usize);
    for passage in &mut passages {
        passage.start -= before(passage.start) as u32;
        passage.end -= before(passage.end) as u32;
    }
    passages
}

/// Puts the head's value in place of every field that breaks a limit: in a live document anything
/// can be written, and what is right must not wait for it.
fn keep_to_limits(blog: &Blog, content: &mut Content, head: &Content) -> Result<()> {
    if content.body.contains('\0') {
        content.body.retain(|character| character != '\0');
    }
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

fn cut_off(error: JoinError) -> Error {
    Error::internal("a version was not made to its end").with_source(error)
}
