use std::borrow::Cow;

use futures::StreamExt;

use crate::Blog;
use crate::domain::{Actor, AuditEntry, Outcome, PostId, Provenance};
use crate::error::{Error, ErrorKind, Result};
use crate::ports::{
    CallOutcome, Changes, Completion, CompletionEvent, CompletionRequest, Message, Speaker,
    StopReason, TokenUsage,
};

use super::guard::cut;
use super::meter::MeteredCall;
use super::prompt;
use super::question::{Answer, Question};
use super::stream::Deltas;

/// How often a text that is too long for the model is shortened: to a half, then to a quarter.
const SHORTENINGS: u32 = 2;
/// Characters of an answer that cannot be read which the model is shown again.
const UNREAD: usize = 20_000;
/// Characters of what a model says when it refuses.
const REFUSAL: usize = 300;

/// The calls of a model that one use takes, and what they come to.
#[derive(Debug)]
pub(super) struct Calls {
    pub(super) blog: Blog,
    pub(super) actor: Actor,
    /// What they are for, such as `generate`.
    purpose: &'static str,
    post: Option<PostId>,
    is_audited: bool,
    prompt: String,
    asked: blake3::Hasher,
    answered: blake3::Hasher,
    model: String,
    usage: TokenUsage,
    cost_micros: Option<u64>,
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
            is_audited: false,
            prompt: String::new(),
            asked: blake3::Hasher::new(),
            answered: blake3::Hasher::new(),
            model: String::new(),
            usage: TokenUsage::default(),
            cost_micros: Some(0),
        }
    }

    /// What the last answer comes from, and all calls have cost.
    pub(super) fn provenance(&self) -> Provenance {
        Provenance {
            model: self.model.clone(),
            prompt: self.prompt.clone(),
            request_hash: self.asked.finalize().to_hex().to_string(),
            answer_hash: self.answered.finalize().to_hex().to_string(),
            input_tokens: self.usage.input,
            output_tokens: self.usage.output,
            cost_micros: self.cost_micros,
            requester: self.actor.id.clone(),
        }
    }

    #[cfg(feature = "analysis")]
    pub(super) fn model(&self) -> &str {
        &self.model
    }

    pub(super) const fn usage(&self) -> TokenUsage {
        self.usage
    }

    /// Asks the model. If the text is too long for it, less of it is shown; if `read` makes nothing of
    /// the answer, the model is asked once more. `read` gets the answer and the text as it was shown.
    ///
    /// # Errors
    /// Invalid where the model refuses; too large where even a quarter of the text is; `Unavailable`
    /// where the second answer cannot be read either; those of the budgets and of the model.
    pub(super) async fn ask<T>(
        &mut self,
        question: &Question<'_>,
        mut deltas: Option<&mut Deltas>,
        read: impl Fn(&Completion, &str) -> Option<T>,
    ) -> Result<Answer<T>> {
        self.prompt = question.prompt.version();
        let mut shortenings = 0;
        loop {
            let text = match shortenings {
                0 => Cow::Borrowed(question.text),
                times => Cow::Owned(cut::sections(question.text, question.text.len() >> times)),
            };
            let shown = (question.shown)(&text);
            let (mut request, leaks) = question.request(&shown);
            if let Some(deltas) = deltas.as_deref_mut() {
                deltas.keep_back(&leaks);
            }
            let answer = self
                .once(&request, question.field, deltas.as_deref_mut(), |answer| {
                    read(answer, &shown)
                })
                .await;
            let unread = match answer {
                Ok(Ok(value)) => {
                    return Ok(Answer {
                        value,
                        is_shortened: shortenings > 0,
                        leaks,
                    });
                }
                Ok(Err(unread)) => unread,
                Err(error) if *error.kind() == ErrorKind::TooLarge && shortenings < SHORTENINGS => {
                    shortenings += 1;
                    continue;
                }
                Err(error) => return Err(error),
            };
            if !unread.is_empty() {
                request.messages.push(Message {
                    speaker: Speaker::Model,
                    text: cut::beginning(&unread, UNREAD),
                });
            }
            request.messages.push(Message {
                speaker: Speaker::User,
                text: prompt::REPAIR.instructions(&[]),
            });
            let again = self.once(&request, question.field, None, |answer| {
                read(answer, &shown)
            });
            let value = match again.await {
                Ok(Ok(value)) => value,
                // What is too long now is the first answer, and not what was asked.
                Err(error) if *error.kind() != ErrorKind::TooLarge => return Err(error),
                _ => {
                    let message = "the model's answer has not the shape that was asked for";
                    return Err(Error::unavailable(message, true));
                }
            };
            return Ok(Answer {
                value,
                is_shortened: shortenings > 0,
                leaks,
            });
        }
    }

    /// One call, paid for. An answer of which `read` makes nothing is answered as it is.
    async fn once<T>(
        &mut self,
        request: &CompletionRequest,
        field: &str,
        deltas: Option<&mut Deltas>,
        read: impl Fn(&Completion) -> Option<T>,
    ) -> Result<Result<T, String>> {
        let blog = self.blog.clone();
        let model = blog.ai().model()?;
        let metered = MeteredCall::reserve(
            &blog,
            &self.actor,
            self.purpose,
            self.post,
            model.name(),
            request,
        );
        let mut metered = metered.await.inspect_err(|error| {
            if matches!(
                error.kind(),
                ErrorKind::RateLimited { .. } | ErrorKind::Forbidden
            ) {
                blog.note_refusal(self.audit_entry(Outcome::Refused));
            }
        })?;
        self.audit().await?;
        metered.begins();
        self.asked.update(prompt::canonical(request).as_bytes());
        let answer = match deltas {
            Some(deltas) => streamed(&blog, request, deltas, &mut metered).await,
            None => model.complete(request).await,
        };
        let completion = match answer {
            Ok(completion) => completion,
            Err(error) => {
                metered.failed(&error).await;
                return Err(error);
            }
        };
        self.answered.update(completion.text.as_bytes());
        self.model.clone_from(&completion.model);
        let value = match &completion.stop {
            StopReason::Finished | StopReason::Length => read(&completion),
            _ => None,
        };
        let outcome = match value {
            Some(_) => CallOutcome::Answered,
            None => CallOutcome::Unusable,
        };
        let (usage, cost) = metered.answered(&completion, outcome).await;
        self.usage = self.usage + usage;
        let sum = self.cost_micros.zip(cost);
        self.cost_micros = sum.map(|(sum, cost)| sum.saturating_add(cost));
        match refusal(&completion.stop) {
            Some(message) => Err(Error::invalid_field(field, message)),
            None => Ok(value.ok_or(completion.text)),
        }
    }

    /// Leaves a line in the audit trail before the first call: what cannot be written there is not done.
    async fn audit(&mut self) -> Result<()> {
        if !self.is_audited {
            let mut changes = Changes::at(self.blog.clock().now());
            changes.audit.push(self.audit_entry(Outcome::Done));
            self.blog.storage().commit(changes).await?;
            self.is_audited = true;
        }
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

async fn streamed(
    blog: &Blog,
    request: &CompletionRequest,
    deltas: &mut Deltas,
    metered: &mut MeteredCall,
) -> Result<Completion> {
    metered.is_streamed();
    let mut events = blog.ai().model()?.stream(request).await?;
    let mut text = String::new();
    while let Some(event) = events.next().await {
        match event? {
            CompletionEvent::Text(piece) => {
                metered.received(piece.len());
                deltas.push(&piece).await;
                text.push_str(&piece);
            }
            CompletionEvent::Done { stop, usage, model } => {
                return Ok(Completion {
                    text,
                    stop,
                    usage,
                    model,
                });
            }
        }
    }
    Err(Error::unavailable("the model's answer broke off", true))
}

/// Why there is no answer, if the model or its vendor did not want to give one.
fn refusal(stop: &StopReason) -> Option<String> {
    match stop {
        StopReason::Refused(Some(why)) => {
            let why = cut::beginning(why, REFUSAL);
            Some(format!("is refused by the model: {why}"))
        }
        StopReason::Refused(None) => Some("is refused by the model".to_owned()),
        StopReason::Filtered => Some("is held back by the filter of the model's vendor".to_owned()),
        _ => None,
    }
}
