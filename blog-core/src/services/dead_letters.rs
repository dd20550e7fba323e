use crate::Blog;
use crate::consumers;
use crate::domain::{Actor, AuditEntry, Outcome, Permission, Seq};
use crate::error::{Error, Result};
use crate::ports::{Changes, DeadLetter};

/// Events that a consumer could not deal with, to look at and to repeat.
#[derive(Debug, Clone, Copy)]
pub struct DeadLetters<'a> {
    pub(crate) blog: &'a Blog,
}

impl DeadLetters<'_> {
    /// All of them, oldest event first.
    ///
    /// # Errors
    /// Forbidden for who may not operate the blog.
    pub async fn list(&self, actor: &Actor) -> Result<Vec<DeadLetter>> {
        self.blog.require(actor, Permission::Operate, None)?;
        self.blog.storage().dead_letters().await
    }

    /// Lets the consumer try again; the letter goes if it succeeds.
    ///
    /// # Errors
    /// Forbidden; not found; what the consumer says, and then the letter stays.
    pub async fn replay(&self, actor: &Actor, consumer: &str, seq: Seq) -> Result<()> {
        let letters = self.list(actor).await?;
        let letter = letters
            .into_iter()
            .find(|letter| letter.consumer == consumer && letter.event.seq == seq)
            .ok_or_else(|| Error::not_found("dead letter"))?;
        consumers::replay(self.blog, &letter).await?;
        self.blog.storage().unbury(consumer, seq).await?;
        let now = self.blog.clock().now();
        let mut changes = Changes::at(now);
        changes.audit.push(AuditEntry {
            at: now,
            actor: actor.id.clone(),
            action: "dead_letter.replay".to_owned(),
            post: Some(letter.event.post),
            outcome: Outcome::Done,
            origin: actor.origin.clone(),
        });
        self.blog.commit(changes).await.map(|_| ())
    }
}
