use std::borrow::Cow;
use std::num::NonZeroU32;
use std::sync::Arc;

use futures::StreamExt;

use crate::Blog;
use crate::domain::{Actor, AuditEntry, Outcome, PostId, Provenance};
use crate::error::{Error, ErrorKind, Result};
use crate::ports::payment::Payer;
use crate::ports::{
    CallOutcome, Changes, Completion, CompletionEvent, CompletionRequest, LanguageModel, Message,
    Speaker, StopReason, TokenUsage, payment,
};

use super::attempt::Asker;
use super::cost::Bill;
use super::guard::{Addresses, Guard, Leaks, Reports, cut};
use super::listener::Listener;
use super::meter::Meter;
use super::prompt;
use super::question::{Answer, Question};

/// How often a text that is too long for the model is shortened: to a half, then to a quarter.
const SHORTENINGS: u32 = 2;
/// Bytes that a token stands for at the very most, on the average of an answer: four in English. A stream is
/// read no further than so many for each token that was asked for, and counts as cut by length.
const BYTES_A_TOKEN: usize = 16;
/// Characters of an answer that cannot be read which the model is shown again.
const UNREAD: usize = 20_000;
/// Characters of what a model says when it refuses.
const REFUSAL: usize = 300;

/// An answer that cannot be read.
enum Unread {
    /// It was cut by length.
    Cut,
    /// It says this.
    Text(String),
}

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
    // A hasher is two thousand bytes long, and what waits for a model would hold several copies of it.
    asked: Box<blake3::Hasher>,
    answered: Box<blake3::Hasher>,
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
            asked: Box::default(),
            answered: Box::default(),
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
            request_hash: self.asked.finalize().to_hex().to_string(),
            answer_hash: self.answered.finalize().to_hex().to_string(),
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

    /// Asks the model. If the text is too long for it, less of it is shown; if `read` makes nothing of
    /// the answer, the model is asked once more, or where it was cut, for the same with twice the room,
    /// if it may have more.
    /// `read` gets the answer, the text as it was shown, and what the answer must not repeat.
    ///
    /// # Errors
    /// Invalid where the model refuses; too large where even a quarter of the text is; `Unavailable`
    /// where the second answer cannot be read either; those of the budgets and of the model.
    pub(super) async fn ask<T>(
        &mut self,
        question: &Question<'_>,
        mut listener: Option<&mut (dyn Listener + 'static)>,
        read: impl Fn(&Completion, &str, &Leaks) -> Option<T>,
    ) -> Result<Answer<T>> {
        self.prompt = question.prompt.version();
        let mut shortenings = 0;
        loop {
            let text = match question.sources {
                [] => shortened(question.text, shortenings),
                _ => Cow::Borrowed(question.text),
            };
            let sources = question.sources.iter();
            let sources: Vec<_> = sources.map(|it| shortened(it, shortenings)).collect();
            let shown = (question.shown)(&text);
            let (mut request, leaks) = question.request(&shown, &sources);
            let options = &self.blog.options().ai;
            let most = options.answer_tokens.map_or(u32::MAX, NonZeroU32::get);
            let room = request.max_output_tokens;
            let room = room.saturating_add(options.thinking_tokens).min(most);
            request.max_output_tokens = room;
            self.leaks.extend(leaks);
            if let Some(listener) = listener.as_deref_mut() {
                listener.keep_back(&self.leaks);
            }
            let leaks = self.leaks.clone();
            let answer = self
                .once(
                    &request,
                    question.field,
                    listener.as_deref_mut(),
                    |answer| read(answer, &shown, &leaks),
                )
                .await;
            let unread = match answer {
                Ok(Ok(value)) => {
                    return Ok(Answer {
                        value,
                        is_shortened: shortenings > 0,
                        leaks: self.leaks.clone(),
                    });
                }
                Ok(Err(unread)) => unread,
                Err(error)
                    if *error.kind() == ErrorKind::TooLarge
                        && !self.is_heard
                        && shortenings < SHORTENINGS =>
                {
                    shortenings += 1;
                    continue;
                }
                Err(error) => return Err(error),
            };
            match unread {
                Unread::Cut if room == most => return Err(cut_off()),
                Unread::Cut => request.max_output_tokens = room.saturating_mul(2).min(most),
                Unread::Text(unread) => self.ask_for_repair(&mut request, &unread),
            }
            let leaks = self.leaks.clone();
            let again = self.once(&request, question.field, None, |answer| {
                read(answer, &shown, &leaks)
            });
            let value = match again.await {
                Ok(Ok(value)) => value,
                Ok(Err(Unread::Cut)) => return Err(cut_off()),
                // What is too long now is the first answer or the room for another, and not what was asked.
                Err(error) if *error.kind() != ErrorKind::TooLarge => return Err(error),
                _ => {
                    let message = "the model's answer has not the shape that was asked for";
                    return Err(Error::unavailable(message, true));
                }
            };
            return Ok(Answer {
                value,
                is_shortened: shortenings > 0,
                leaks: self.leaks.clone(),
            });
        }
    }

    /// Has a request go on with an answer that cannot be read, and what is wrong with it.
    fn ask_for_repair(&mut self, request: &mut CompletionRequest, unread: &str) {
        if !unread.is_empty() {
            request.messages.push(Message {
                speaker: Speaker::Model,
                text: cut::beginning(unread, UNREAD),
            });
        }
        let repair = prompt::REPAIR.instructions(&[]);
        self.leaks.extend(Leaks::of(&repair, None));
        request.messages.push(Message {
            speaker: Speaker::User,
            text: repair,
        });
    }

    /// One call, paid for unless its answer is remembered.
    async fn once<T>(
        &mut self,
        request: &CompletionRequest,
        field: &str,
        mut listener: Option<&mut (dyn Listener + 'static)>,
        read: impl Fn(&Completion) -> Option<T>,
    ) -> Result<Result<T, Unread>> {
        let blog = self.blog.clone();
        let mut model = blog.ai().model()?;
        if let Some(cache) = blog.ai().answer_cache(self.purpose) {
            if let Some(completion) = cache.recall(request).await {
                if let Some(value) = read(&completion) {
                    self.recalled(request, completion);
                    return Ok(Ok(value));
                }
                cache.forget(request).await;
            }
            model = cache;
        }
        let asker = Asker {
            blog: blog.clone(),
            actor: self.actor.clone(),
            purpose: self.purpose,
            post: self.post,
            is_streamed: listener.is_some(),
            bill: self.bill.clone(),
        };
        let meter = Meter::reserve(asker, model.name(), request).await;
        let meter = meter.inspect_err(|error| {
            if matches!(
                error.kind(),
                ErrorKind::RateLimited { .. } | ErrorKind::Forbidden
            ) {
                blog.note_refusal(self.audit_entry(Outcome::Refused));
            }
        })?;
        self.audit().await?;
        let meter = Arc::new(meter);
        meter.begins();
        self.asked.update(prompt::canonical(request).as_bytes());
        model.name().clone_into(&mut self.model);
        if let Some(listener) = listener.as_deref_mut() {
            listener.asked(request, self.provenance()).await;
        }
        let (is_heard, bill) = (&mut self.is_heard, &self.bill);
        let answer = async {
            match listener {
                Some(listener) => streamed(model, request, listener, &meter, bill, is_heard).await,
                None => model.complete(request).await,
            }
        };
        let completion = match payment::by(meter.clone(), answer).await {
            Ok(completion) => completion,
            Err(error) => {
                meter.failed(&error).await;
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
        meter.answered(&completion, outcome).await;
        match self.refusal(&completion.stop) {
            Some(message) => Err(Error::invalid_field(field, message)),
            None => Ok(value.ok_or(match completion.stop {
                StopReason::Length => Unread::Cut,
                _ => Unread::Text(completion.text),
            })),
        }
    }

    /// Notes an answer that was remembered: nothing was asked, nothing paid.
    fn recalled(&mut self, request: &CompletionRequest, completion: Completion) {
        self.asked.update(prompt::canonical(request).as_bytes());
        self.answered.update(completion.text.as_bytes());
        self.model = completion.model;
    }

    /// Why there is no answer, if the model or its vendor did not want to give one.
    fn refusal(&self, stop: &StopReason) -> Option<String> {
        let why = match stop {
            StopReason::Refused(why) => why.as_deref().unwrap_or_default(),
            StopReason::Filtered => {
                return Some("is held back by the filter of the model's vendor".to_owned());
            }
            _ => return None,
        };
        let mut guard = Guard {
            limits: self.blog.limits(),
            addresses: &Addresses::default(),
            leaks: &self.leaks,
            reports: &mut Reports::default(),
        };
        let message = format!("is refused by the model: {}", guard.line("", why, REFUSAL));
        Some(message.trim_end_matches([':', ' ']).to_owned())
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

fn cut_off() -> Error {
    Error::unavailable("the model's answer was cut by its length", true)
}

/// The text, so often halved.
fn shortened(text: &str, times: u32) -> Cow<'_, str> {
    match times {
        0 => Cow::Borrowed(text),
        times => Cow::Owned(cut::sections(text, text.len() >> times)),
    }
}

async fn streamed(
    model: &dyn LanguageModel,
    request: &CompletionRequest,
    listener: &mut dyn Listener,
    meter: &Meter,
    bill: &Bill,
    is_heard: &mut bool,
) -> Result<Completion> {
    let most = request.max_output_tokens as usize;
    let most = most.saturating_mul(BYTES_A_TOKEN);
    let mut events = model.stream(request).await?;
    let mut text = String::new();
    while let Some(event) = events.next().await {
        match event? {
            // The model is at work, and has said nothing.
            CompletionEvent::Text(piece) if piece.is_empty() => {}
            CompletionEvent::Text(piece) => {
                meter.received(piece.len());
                if text.is_empty()
                    && let Some(model) = meter.model()
                {
                    listener.answered_by(&model, bill.sum());
                }
                *is_heard = true;
                let end = piece.floor_char_boundary(most - text.len());
                let (taken, beyond) = piece.split_at(end);
                listener.push(taken).await;
                text.push_str(taken);
                if !beyond.is_empty() {
                    // Nobody waits for what an endless answer has cost.
                    return Ok(Completion {
                        text,
                        stop: StopReason::Length,
                        usage: None,
                        model: meter.model().unwrap_or_else(|| model.name().to_owned()),
                    });
                }
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
