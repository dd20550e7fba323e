use blog_core::domain::{Actor, Content, PostId};
use blog_core::{Error, ErrorKind, Result};

use crate::{Close, Hub, Outgoing, Participant};

/// What a live document says, for a program that follows it: [`Hub::subscribe`]. Dropped, the room
/// is left.
#[derive(Debug)]
pub struct Changes {
    place: Participant,
    /// Something has changed since the content was answered.
    is_new: bool,
}

impl Hub {
    /// Follows a post's live document, while people and programs write in it.
    ///
    /// # Errors
    /// As [`join`](Self::join).
    ///
    /// # Examples
    /// A program that writes along: it puts the title above a text that has none.
    /// ```
    /// use blog_collab::Hub;
    /// use blog_core::domain::{Actor, Content, PostId};
    ///
    /// async fn write_along(hub: &Hub, robot: &Actor, post: PostId) -> blog_core::Result<()> {
    ///     let mut changes = hub.subscribe(robot, post).await?;
    ///     loop {
    ///         let content = changes.next().await?;
    ///         if !content.body.starts_with("# ") {
    ///             let with_title = |content: Content| Content {
    ///                 body: format!("# {}\n\n{}", content.title, content.body),
    ///                 ..content
    ///             };
    ///             hub.edit(robot, post, with_title).await?;
    ///         }
    ///     }
    /// }
    /// ```
    pub async fn subscribe(&self, actor: &Actor, post: PostId) -> Result<Changes> {
        let place = self.join_as_program(actor, post).await?;
        Ok(Changes {
            place,
            is_new: true,
        })
    }
}

impl Changes {
    /// What the document says: at once the first time, and then whenever somebody has changed it,
    /// be it this program. Who asks seldom misses what was in between, and nothing of what is there.
    /// May be dropped and called again.
    ///
    /// # Errors
    /// Forbidden once the actor may do less with the post than when it subscribed, not found once it is
    /// gone. Unavailable if the server stops or its store does not answer: a new subscription goes on
    /// from there.
    pub async fn next(&mut self) -> Result<Content> {
        if !self.is_new
            && let Outgoing::Close(close) = self.place.next().await
        {
            return Err(close.into());
        }
        self.is_new = true;
        let content = self.place.content().await?;
        self.is_new = false;
        Ok(content)
    }
}

impl From<Close> for Error {
    fn from(close: Close) -> Self {
        match close {
            Close::GoingAway | Close::TryAgainLater => Self::unavailable(close.reason(), true),
            Close::Unauthorized | Close::Forbidden => {
                Self::new(ErrorKind::Forbidden, close.reason())
            }
            Close::Expired => Self::new(ErrorKind::Unauthenticated, close.reason()),
            Close::NotFound => Self::new(ErrorKind::NotFound, close.reason()),
            Close::TooLarge => Self::new(ErrorKind::TooLarge, close.reason()),
            Close::Malformed => Self::internal(close.reason()),
        }
    }
}
