use super::{Actor, ActorKind, AuthorId, Post, Role};

/// Something that an actor may or may not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Write a new draft.
    Create,
    /// Save, rename or restore a post.
    Edit,
    /// Hand a draft to the editors.
    Submit,
    /// Publish, schedule, unpublish or archive.
    Publish,
    /// Throw into the trash or take out of it.
    Trash,
    /// Delete for good.
    Delete,
    /// Write in another author's name, as an import does.
    ActForOthers,
    /// Read the audit trail.
    ReadAudit,
    /// See and repeat what a consumer could not do.
    Operate,
    /// Ask a language model, at the blog's cost.
    UseAi,
    /// See what language models were asked for, by whom, and what it cost.
    ReadUsage,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Create,
        Self::Edit,
        Self::Submit,
        Self::Publish,
        Self::Trash,
        Self::Delete,
        Self::ActForOthers,
        Self::ReadAudit,
        Self::Operate,
        Self::UseAi,
        Self::ReadUsage,
    ];

    /// The name in the audit trail.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Submit => "submit",
            Self::Publish => "publish",
            Self::Trash => "trash",
            Self::Delete => "delete",
            Self::ActForOthers => "act_for_others",
            Self::ReadAudit => "read_audit",
            Self::Operate => "operate",
            Self::UseAi => "use_ai",
            Self::ReadUsage => "read_usage",
        }
    }
}

/// How far a permission of a role reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    None,
    Own,
    All,
}

/// The whole table of permissions and roles.
const fn reach(permission: Permission, role: Role) -> Reach {
    use Permission::{
        ActForOthers, Create, Delete, Edit, Operate, Publish, ReadAudit, ReadUsage, Submit, Trash,
        UseAi,
    };
    use Reach::{All, None, Own};
    use Role::{Admin, Author, Contributor, Editor, Reader};
    match (permission, role) {
        (_, Admin) => All,
        (Create | Edit | Submit | Publish | Trash | ActForOthers, Editor) => All,
        (Create | Edit | Submit | Publish | Trash, Author) => Own,
        (Create | Edit | Submit, Contributor) => Own,
        (UseAi, Editor | Author | Contributor) => All,
        (Delete | ReadAudit | Operate | ReadUsage, Editor)
        | (Delete | ReadAudit | Operate | ReadUsage | ActForOthers, Author)
        | (
            Publish | Trash | Delete | ReadAudit | Operate | ReadUsage | ActForOthers,
            Contributor,
        )
        | (_, Reader) => None,
    }
}

/// Decides what actors may do and see. A host replaces it to bring rules of its own.
pub trait Policy: Send + Sync + std::fmt::Debug {
    /// Whether `actor` may do it, to `post` where there is one.
    fn allows(&self, actor: &Actor, permission: Permission, post: Option<&Post>) -> bool;

    /// What `actor` may see.
    fn visibility(&self, actor: &Actor) -> Visibility;
}

/// The table of this crate: readers, contributors, authors, editors and admins.
#[derive(Debug, Clone, Copy, Default)]
pub struct RolePolicy;

impl Policy for RolePolicy {
    fn allows(&self, actor: &Actor, permission: Permission, post: Option<&Post>) -> bool {
        if actor.kind == ActorKind::Anonymous {
            return false;
        }
        match reach(permission, actor.highest_role()) {
            Reach::None => false,
            Reach::Own => post.is_none_or(|post| post.belongs_to(&actor.id)),
            Reach::All => true,
        }
    }

    fn visibility(&self, actor: &Actor) -> Visibility {
        match (actor.kind, actor.highest_role()) {
            (ActorKind::Anonymous, _) | (_, Role::Reader) => Visibility::Published,
            (_, Role::Contributor | Role::Author) => Visibility::Own(actor.id.clone()),
            (_, Role::Editor | Role::Admin) => Visibility::Everything,
        }
    }
}

/// How much of the blog is visible.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// What readers see.
    Published,
    /// Also every state of this author's posts.
    Own(AuthorId),
    /// Everything.
    Everything,
}

/// Proof that somebody asked the policy: every read of a port takes one, so that none can forget.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope(Visibility);

impl Scope {
    /// What `actor` may see under `policy`.
    #[must_use]
    pub fn of(policy: &dyn Policy, actor: &Actor) -> Self {
        Self(policy.visibility(actor))
    }

    /// What readers see; needs no proof.
    #[must_use]
    pub const fn public() -> Self {
        Self(Visibility::Published)
    }

    /// Everything, for consumers, commands and the conformance kit. `reason` is for the reader of
    /// the code.
    #[must_use]
    pub const fn everything_for_system(reason: &'static str) -> Self {
        let _ = reason;
        Self(Visibility::Everything)
    }

    /// How much is visible.
    #[must_use]
    pub const fn visibility(&self) -> &Visibility {
        &self.0
    }

    /// Whether every state of `post` is visible, its drafts included.
    #[must_use]
    pub fn sees_head_of(&self, post: &Post) -> bool {
        match &self.0 {
            Visibility::Published => false,
            Visibility::Own(author) => post.belongs_to(author),
            Visibility::Everything => true,
        }
    }

    /// Number of the newest version of `post` that is visible: its head, else the published one.
    #[must_use]
    pub fn newest_seen(&self, post: &Post) -> Option<u32> {
        if self.sees_head_of(post) {
            return Some(post.head);
        }
        post.published.filter(|_| post.is_public())
    }

    /// Whether any state of `post` is visible.
    #[must_use]
    pub fn sees(&self, post: &Post) -> bool {
        post.is_public() || self.sees_head_of(post)
    }
}
