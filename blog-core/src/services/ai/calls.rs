use crate::Blog;
use crate::domain::{Actor, AuditEntry, Outcome, PostId, Provenance};
use crate::error::{Error, Result};
use crate::ports::{Changes, TokenUsage};

use super::cost::Bill;
use super::guard::Leaks;
use hash_chain::HashChain;

mod ask;
mod hash_chain;
mod once;
mod streamed;

/// The calls of a model that one use takes, and what they come to.
#[derive(Debug)]
pub(super) struct Calls {
    pub(super) blog: Blog,
    pub(super) actor: Actor,
    /// What they are for, such as `generate`.
    purpose: &'static str,
    post: Option<PostId>,
    prompt: String,
    /// What of the prompts so far no answer may repeat.
    leaks: Leaks,
    asked: HashChain,
    answered: HashChain,
    model: String,
    /// Something of an answer was passed on: what is said again would be said twice.
    is_heard: bool,
    /// Of all of them.
    bill: Bill,
}

impl Calls {
    pub(super) fn new(
        blog: &Blog,
        actor: &Actor,
        purpose: &'static str,
        post: Option<PostId>,
    ) -> Self {
        Self {
            blog: blog.clone(),
            actor: actor.clone(),
            purpose,
            post,
            prompt: String::new(),
            leaks: Leaks::default(),
            asked: HashChain::default(),
            answered: HashChain::default(),
            model: String::new(),
            is_heard: false,
            bill: Bill::default(),
        }
    }

    /// What the last answer comes from, and all calls have cost.
    pub(super) fn provenance(&self) -> Provenance {
        let cost = self.bill.sum();
        Provenance {
            model: self.model.clone(),
            prompt: self.prompt.clone(),
            request_hash: self.asked.to_hex(),
            answer_hash: self.answered.to_hex(),
            input_tokens: cost.usage.input,
            output_tokens: cost.usage.output,
            cost_micros: cost.micros,
            requester: self.actor.id.clone(),
        }
    }

    #[cfg(feature = "analysis")]
    pub(super) fn model(&self) -> &str {
        &self.model
    }

    pub(super) fn usage(&self) -> TokenUsage {
        self.bill.sum().usage
    }

    /// Leaves a line in the audit trail before a call: what cannot be written there is not done.
    async fn audit(&self) -> Result<()> {
        let mut changes = Changes::at(self.blog.clock().now());
        changes.audit.push(self.audit_entry(Outcome::Done));
        self.blog.storage().commit(changes).await?;
        Ok(())
    }

    fn audit_entry(&self, outcome: Outcome) -> AuditEntry {
        AuditEntry {
            at: self.blog.clock().now(),
            actor: self.actor.id.clone(),
            action: format!("ai_{}", self.purpose),
            post: self.post,
            outcome,
            origin: self.actor.origin.clone(),
        }
    }
}

/// What a use says that has come to its end without an answer.
pub(super) fn late() -> Error {
    Error::unavailable("the model takes too long", true)
}
