//! Posts and commits for the cases.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::domain::{
    Actor, AuditEntry, AuthorProfile, Content, EventKind, Locale, NewEvent, Origin, Outcome, Post,
    PostId, Role, RolePolicy, Scope, Slug, Status, Version, VersionKind,
};
use crate::ports::{Changes, PostKey, PostView, PostWrite, Redirect};

pub(in crate::conformance) const AUTHOR: &str = "ada";

pub(in crate::conformance) fn everything() -> Scope {
    Scope::everything_for_system("the kit looks at what is stored")
}

/// What an author sees.
pub(in crate::conformance) fn own(author: &str) -> Scope {
    Scope::of(&RolePolicy, &Actor::user(author, author, Role::Author))
}

/// A time in whole seconds after a fixed one.
pub(in crate::conformance) fn time(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::days(20_000) + Duration::seconds(seconds)
}

/// The post number `number`: each number has its own id, slug and time.
pub(in crate::conformance) fn draft(number: u32) -> PostView {
    let id = PostId::from_uuid(Uuid::from_u128(
        0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(number),
    ));
    let created_at = time(i64::from(number));
    let content = Content {
        title: format!("Post {number}"),
        body: format!("The body of post *{number}*."),
        ..Content::default()
    };
    let post = Post {
        id,
        slug: Slug::from_title(&content.title),
        locale: Locale::default(),
        translation_of: None,
        author: AUTHOR.to_owned(),
        coauthors: vec![],
        status: Status::Draft,
        head: 1,
        published: None,
        revision: 1,
        public_revision: 0,
        public_updated_at: None,
        scheduled_at: None,
        published_at: None,
        created_at,
        updated_at: created_at,
        locked_by: None,
        ai_generated: false,
        published_ai_generated: false,
    };
    let version = Version::new(
        id,
        1,
        1,
        content,
        AUTHOR.to_owned(),
        VersionKind::Manual,
        created_at,
    );
    PostView { post, version }
}

pub(in crate::conformance) fn with_content(
    mut view: PostView,
    change: impl FnOnce(&mut Content),
) -> PostView {
    let mut content = view.version.content;
    change(&mut content);
    view.version = Version::new(
        view.post.id,
        view.version.number,
        view.version.revision,
        content,
        view.version.author,
        view.version.kind,
        view.version.created_at,
    );
    view
}

pub(in crate::conformance) fn published(mut view: PostView) -> PostView {
    let post = &mut view.post;
    post.status = Status::Published;
    post.published = Some(post.head);
    post.public_revision = post.revision;
    post.published_at = Some(post.created_at);
    post.public_updated_at = Some(post.updated_at);
    view
}

/// The commit that brings a post into being.
pub(in crate::conformance) fn creation(view: &PostView) -> Changes {
    let mut changes = changes(view, EventKind::PostCreated);
    changes.posts.push(PostWrite::Create(view.post.clone()));
    changes.versions.push(view.version.clone());
    changes
}

/// The commit that makes the post's row what it is in `view`.
pub(in crate::conformance) fn update(view: &PostView) -> Changes {
    let mut changes = changes(view, EventKind::PostSaved);
    changes.posts.push(PostWrite::Update(view.post.clone()));
    changes
}

/// The next revision of a post, with a new head version.
pub(in crate::conformance) fn edited(view: &PostView, body: &str) -> (PostView, Changes) {
    let mut next = view.clone();
    next.post.revision += 1;
    next.post.head += 1;
    next.version = Version::new(
        next.post.id,
        next.post.head,
        next.post.revision,
        Content {
            body: body.to_owned(),
            ..view.version.content.clone()
        },
        AUTHOR.to_owned(),
        VersionKind::Manual,
        view.version.created_at,
    );
    let mut changes = update(&next);
    changes.versions.push(next.version.clone());
    (next, changes)
}

/// The next revision of a post, with another status; what was public is so no longer.
pub(in crate::conformance) fn moved(view: &PostView, status: Status) -> (PostView, Changes) {
    let mut next = view.clone();
    next.post.revision += 1;
    next.post.status = status;
    next.post.published = None;
    let changes = update(&next);
    (next, changes)
}

/// The next revision of a post, with another slug and a redirect from the former one.
pub(in crate::conformance) fn renamed(view: &PostView, slug: &Slug) -> (PostView, Changes) {
    let mut next = view.clone();
    next.post.revision += 1;
    next.post.slug = slug.clone();
    let mut changes = update(&next);
    changes.redirects.push(former_slug(&view.post));
    (next, changes)
}

/// The redirect that leads from a post's present slug to it, once it has another.
pub(in crate::conformance) fn former_slug(post: &Post) -> Redirect {
    Redirect::Slug {
        locale: post.locale.clone(),
        slug: post.slug.to_string(),
        post: post.id,
    }
}

/// The commit that deletes a post for good.
pub(in crate::conformance) fn deletion(view: &PostView) -> Changes {
    let mut changes = changes(view, EventKind::PostDeleted);
    changes.posts.push(PostWrite::Delete {
        id: view.post.id,
        expected: view.post.revision,
    });
    changes
}

/// Asks for a slug as readers do, in any locale.
pub(in crate::conformance) fn by_slug(slug: &Slug) -> PostKey {
    PostKey::Slug {
        locale: None,
        default_locale: Locale::default(),
        slug: slug.to_string(),
    }
}

pub(in crate::conformance) fn by_id(view: &PostView) -> PostKey {
    PostKey::Id(view.post.id)
}

fn changes(view: &PostView, kind: EventKind) -> Changes {
    let mut changes = Changes::at(view.post.updated_at);
    changes.authors.push(profile(AUTHOR));
    changes.events.push(NewEvent {
        kind,
        post: view.post.id,
        revision: view.post.revision,
        actor: AUTHOR.to_owned(),
    });
    changes.audit.push(AuditEntry {
        at: view.post.updated_at,
        actor: AUTHOR.to_owned(),
        action: kind.as_str().to_owned(),
        post: Some(view.post.id),
        outcome: Outcome::Done,
        origin: Origin::default(),
    });
    changes
}

pub(in crate::conformance) fn profile(id: &str) -> AuthorProfile {
    AuthorProfile {
        id: id.to_owned(),
        name: id.to_uppercase(),
        bio: None,
        links: vec![],
    }
}
