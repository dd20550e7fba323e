use serde::{Deserialize, Serialize};

/// Names an author; the `id` of an [`Actor`] and of an [`AuthorProfile`] are one.
pub type AuthorId = String;

/// Who is asking. The host makes it from its own users; the blog keeps no users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The host's id of them.
    pub id: AuthorId,
    /// What readers see.
    pub name: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// What sort of actor it is.
    pub kind: ActorKind,
    /// From where they ask.
    pub origin: Origin,
}

/// What sort of actor it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person.
    User,
    /// A program.
    Service,
    /// Anyone.
    Anonymous,
}

/// From where an actor asks; for the audit trail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Network address.
    pub address: Option<String>,
    /// The client's name for itself.
    pub user_agent: Option<String>,
    /// Id of the request.
    pub request_id: Option<String>,
}

/// What an actor is to the blog. Each role may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads what is published.
    Reader,
    /// Writes drafts and submits them for review.
    Contributor,
    /// Publishes their own posts.
    Author,
    /// Acts on all posts.
    Editor,
    /// Deletes for good, and sees the audit trail.
    Admin,
}

impl Role {
    /// The role of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "reader" => Self::Reader,
            "contributor" => Self::Contributor,
            "author" => Self::Author,
            "editor" => Self::Editor,
            "admin" => Self::Admin,
            _ => return None,
        })
    }
}

/// What readers learn about an author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuthorProfile {
    /// The actor's id.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: AuthorId,
    /// What readers see.
    pub name: String,
    /// A few words on them.
    pub bio: Option<String>,
    /// Where else to find them.
    pub links: Vec<String>,
}

impl Actor {
    /// A person with one role.
    #[must_use]
    pub fn user(id: impl Into<String>, name: impl Into<String>, role: Role) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            roles: vec![role],
            kind: ActorKind::User,
            origin: Origin::default(),
        }
    }

    /// A program that acts with an admin's rights, such as an import.
    #[must_use]
    pub fn service(id: impl Into<String>) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            kind: ActorKind::Service,
            ..Self::user(id, "", Role::Admin)
        }
    }

    /// Anyone.
    #[must_use]
    pub fn anonymous() -> Self {
        Self {
            kind: ActorKind::Anonymous,
            ..Self::user("anonymous", "Anonymous", Role::Reader)
        }
    }

    /// The highest of the actor's roles.
    #[must_use]
    pub fn highest_role(&self) -> Role {
        self.roles.iter().copied().max().unwrap_or(Role::Reader)
    }

    /// The profile that the actor's first write makes.
    #[must_use]
    pub fn profile(&self) -> AuthorProfile {
        AuthorProfile {
            id: self.id.clone(),
            name: self.name.clone(),
            bio: None,
            links: vec![],
        }
    }
}
