/// Why a connection is closed, as a WebSocket close code (RFC 6455, section 7.4) and a word on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Close {
    /// The server stops; another may be there already.
    GoingAway,
    /// A message or the document is too large, or shared types stand too deep in each other.
    TooLarge,
    /// The connection does not read as fast as others write, or the store does not answer: what it
    /// has not seen it gets when it comes again.
    TryAgainLater,
    /// The actor may no longer see the post.
    Unauthorized,
    /// What the actor was let in by, such as a token, holds no longer.
    Expired,
    /// The actor wrote under somebody else's client id or under too many, or may only look on by now.
    Forbidden,
    /// The post is gone.
    NotFound,
    /// It sent what is no message, or an update that damages the document.
    Malformed,
}

impl Close {
    /// The close code.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::GoingAway => 1001,
            Self::Malformed => 1007,
            Self::TooLarge => 1009,
            Self::TryAgainLater => 1013,
            Self::Unauthorized | Self::Expired => 4401,
            Self::Forbidden => 4403,
            Self::NotFound => 4404,
        }
    }

    /// The close reason.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::GoingAway => "the server stops",
            Self::Malformed => "not a message of the protocol",
            Self::TooLarge => "too large",
            Self::TryAgainLater => "try again later",
            Self::Unauthorized => "you may no longer see this post",
            Self::Expired => "sign in again",
            Self::Forbidden => "you may not write this",
            Self::NotFound => "the post is gone",
        }
    }
}
