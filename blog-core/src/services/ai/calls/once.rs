use std::sync::Arc;

use super::super::attempt::Asker;
use super::super::budget::is_limited;
use super::super::guard::{Addresses, Guard, Leaks, Reports};
use super::super::listener::Listener;
use super::super::meter::Meter;
use super::super::prompt;
use super::Calls;
use super::streamed::streamed;
use crate::decorate::AnswerCache;
use crate::domain::Outcome;
use crate::error::{Error, ErrorKind, Result};
use crate::ports::payment::Payer;
use crate::ports::{
    CallOutcome, Completion, CompletionRequest, LanguageModel, StopReason, payment,
};

/// Characters of what a model says when it refuses.
const REFUSAL: usize = 300;

/// An answer that cannot be read.
pub(super) enum Unread {
    /// It was cut by length.
    Cut,
    /// It says this.
    Text(String),
}

impl Calls {
    /// One call, paid for unless its answer is remembered. `read` gets the answer, and what it must not repeat.
    pub(super) async fn once<T>(
        &mut self,
        request: &CompletionRequest,
        field: &str,
        listener: Option<&mut (dyn Listener + 'static)>,
        read: impl Fn(&Completion, &Leaks) -> Option<T>,
    ) -> Result<Result<T, Unread>> {
        let blog = self.blog.clone();
        let mut model = blog.ai().model()?;
        if let Some(cache) = blog.ai().answer_cache(self.purpose) {
            if let Some(value) = self.recall(cache, request, &read).await {
                return Ok(Ok(value));
            }
            model = cache;
        }
        let meter = self
            .set_aside_and_audit(model, request, listener.is_some())
            .await?;
        let completion = self.paid(model, request, listener, &meter).await?;
        self.note_answer(&completion);
        let value = match &completion.stop {
            StopReason::Finished | StopReason::Length => read(&completion, &self.leaks),
            _ => None,
        };
        let outcome = match value {
            Some(_) => CallOutcome::Answered,
            None => CallOutcome::Unusable,
        };
        meter.answered(&completion, outcome);
        match self.refusal(&completion.stop) {
            Some(message) => Err(Error::invalid_field(field, message)),
            None => Ok(value.ok_or(match completion.stop {
                StopReason::Length => Unread::Cut,
                _ => Unread::Text(completion.text),
            })),
        }
    }

    /// What is remembered of an answer to the same request: nothing is asked, and nothing paid.
    async fn recall<T>(
        &mut self,
        cache: &AnswerCache,
        request: &CompletionRequest,
        read: impl Fn(&Completion, &Leaks) -> Option<T>,
    ) -> Option<T> {
        let completion = cache.recall(request).await?;
        let value = read(&completion, &self.leaks);
        if value.is_some() {
            self.note_request(request);
            self.note_answer(&completion);
        } else {
            cache.forget(request).await;
        }
        value
    }

    /// Sets aside what the call may cost, and leaves its line in the audit trail: the model is asked when both are
    /// written. Where no budget can refuse the call, they are written together, and the line may be there of one that
    /// could not be set aside for.
    async fn set_aside_and_audit(
        &self,
        model: &dyn LanguageModel,
        request: &CompletionRequest,
        is_streamed: bool,
    ) -> Result<Arc<Meter>> {
        let reserving = self.reserve(model, request, is_streamed);
        if is_limited(&self.blog, &self.actor) {
            let meter = reserving.await?;
            self.audit().await?;
            return Ok(meter);
        }
        let (meter, audited) = futures::join!(reserving, self.audit());
        audited?;
        meter
    }

    /// Sets aside what the call may cost. That there is no budget for it is noted in the audit trail.
    async fn reserve(
        &self,
        model: &dyn LanguageModel,
        request: &CompletionRequest,
        is_streamed: bool,
    ) -> Result<Arc<Meter>> {
        let asker = Asker {
            blog: self.blog.clone(),
            actor: self.actor.clone(),
            purpose: self.purpose,
            post: self.post,
            is_streamed,
            bill: self.bill.clone(),
        };
        let meter = Meter::reserve(asker, model.name(), request).await;
        let meter = meter.inspect_err(|error| {
            if matches!(
                error.kind(),
                ErrorKind::RateLimited { .. } | ErrorKind::Forbidden
            ) {
                let refused = self.audit_entry(Outcome::Refused);
                self.blog.note_refusal(refused);
            }
        });
        meter.map(Arc::new)
    }

    /// The model's answer, at the meter's expense; to whoever listens while it comes.
    async fn paid(
        &mut self,
        model: &dyn LanguageModel,
        request: &CompletionRequest,
        mut listener: Option<&mut (dyn Listener + 'static)>,
        meter: &Arc<Meter>,
    ) -> Result<Completion> {
        meter.begins();
        self.note_request(request);
        model.name().clone_into(&mut self.model);
        if let Some(listener) = listener.as_deref_mut() {
            listener.asked(request, self.provenance()).await;
        }
        let (is_heard, bill) = (&mut self.is_heard, &self.bill);
        let answer = async {
            match listener {
                Some(listener) => streamed(model, request, listener, meter, bill, is_heard).await,
                None => model.complete(request).await,
            }
        };
        let answer = payment::by(meter.clone(), answer).await;
        if let Err(error) = &answer {
            meter.failed(error);
        }
        answer
    }

    fn note_request(&mut self, request: &CompletionRequest) {
        self.asked.add(prompt::canonical(request).as_bytes());
    }

    fn note_answer(&mut self, completion: &Completion) {
        self.answered.add(completion.text.as_bytes());
        self.model.clone_from(&completion.model);
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
}
