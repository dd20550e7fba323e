use std::sync::Arc;

use async_trait::async_trait;
use blog_ai_http::{Body, Endpoint, Failure, Transcript, at_once, stream};
use blog_core::domain::Mismatch;
use blog_core::ports::{
    AnswerFormat, Completion, CompletionRequest, CompletionStream, LanguageModel, Message,
    ModelIdentity, Speaker, StopReason, TokenUsage, payment,
};
use blog_core::services::ai::json_again;
use blog_core::{Error, Result};

use crate::answer::{self, or_filtered};
use crate::repaired::once_it_fits;
use crate::request::body;
use crate::{Dialect, OpenAiConfig};

/// A [`LanguageModel`] behind OpenAI's chat completions, at OpenAI or elsewhere. Clones share its
/// connections.
#[derive(Debug, Clone)]
pub struct OpenAi {
    model: String,
    dialect: Dialect,
    effort: Option<String>,
    identity: ModelIdentity,
    pub(crate) endpoint: Arc<Endpoint>,
}

impl OpenAi {
    /// The model of this name. Nothing is asked yet.
    ///
    /// # Errors
    /// `Unavailable` without `retry`, if the URL, the key or a header cannot be used.
    pub fn new(model: impl Into<String>, config: &OpenAiConfig) -> Result<Self> {
        let model = model.into();
        Ok(Self {
            identity: config.identity(&model),
            model,
            dialect: config.dialect,
            effort: config.effort.clone(),
            endpoint: Arc::new(config.endpoint()?),
        })
    }

    async fn ask(&self, request: &CompletionRequest, streams: bool) -> blog_ai_http::Result<Body> {
        let mut body = body(&self.model, self.dialect, request, streams);
        if let Some(effort) = &self.effort {
            body["reasoning_effort"] = effort.as_str().into();
        }
        self.endpoint.post("chat/completions", body).await
    }

    /// An answer that may be of another shape than it should be.
    async fn answer(&self, request: &CompletionRequest) -> blog_ai_http::Result<Completion> {
        self.whole(self.ask(request, false).await).await
    }

    /// An answer that comes in one piece.
    async fn whole(&self, body: blog_ai_http::Result<Body>) -> blog_ai_http::Result<Completion> {
        let parts = async { answer::whole(&self.endpoint, &body?.bytes().await?) };
        Transcript::of(&self.model, or_filtered(parts.await)?)
    }

    /// An answer while it comes, which may be of another shape than it should be.
    pub(crate) async fn unchecked(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        self.events(request, AnswerFormat::Text).await
    }

    /// The same request, with what is wrong with the answer to it.
    ///
    /// # Errors
    /// That of the answer, if nobody pays for another.
    pub(crate) async fn repair(
        &self,
        request: &CompletionRequest,
        answer: &Completion,
        wrong: Mismatch,
    ) -> Result<CompletionRequest> {
        let mut repair = request.clone();
        let complaint = json_again(&wrong);
        for (speaker, text) in [
            (Speaker::Model, answer.text.clone()),
            (Speaker::User, complaint),
        ] {
            repair.messages.push(Message { speaker, text });
        }
        let unfit = unfit(request, answer, wrong);
        payment::failed(&unfit);
        match payment::again(&self.model, &repair).await {
            Ok(()) => Ok(repair),
            Err(_) => Err(unfit),
        }
    }

    /// An answer while it comes, which has to be of this format.
    async fn events(
        &self,
        request: &CompletionRequest,
        format: AnswerFormat,
    ) -> Result<CompletionStream> {
        match self.ask(request, true).await {
            Ok(body) if !body.is_json() => {
                let endpoint = Arc::clone(&self.endpoint);
                let read = move |data: &str| answer::event(&endpoint, data);
                let transcript = Transcript::new(&self.model);
                let asked = TokenUsage::guessed(request);
                Ok(stream(body.events(), transcript, asked, format, read))
            }
            // Some servers do not stream, and some not what is wrong.
            body => {
                let answer = self.whole(body).await?;
                check(&format, &answer).map_err(|wrong| unfit(request, &answer, wrong))?;
                Ok(at_once(answer))
            }
        }
    }
}

#[async_trait]
impl LanguageModel for OpenAi {
    fn name(&self) -> &str {
        &self.model
    }

    fn identity(&self) -> ModelIdentity {
        self.identity
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        request.format.check_schema()?;
        let answer = self.answer(request).await?;
        let Err(wrong) = check(&request.format, &answer) else {
            return Ok(answer);
        };
        if self.dialect != Dialect::Compatible {
            return Err(unfit(request, &answer, wrong));
        }
        let repair = self.repair(request, &answer, wrong).await?;
        let second = self.answer(&repair).await?;
        check(&request.format, &second)
            .map_err(|wrong| unfit(&repair, &second, wrong).without_immediate_retry())?;
        Ok(second)
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        request.format.check_schema()?;
        if self.dialect == Dialect::Compatible && request.format != AnswerFormat::Text {
            let events = self.unchecked(request).await?;
            return Ok(once_it_fits(self.clone(), request.clone(), events));
        }
        self.events(request, request.format.clone()).await
    }
}

/// Whether an answer that says it is finished is what was asked for.
pub(crate) fn check(
    format: &AnswerFormat,
    answer: &Completion,
) -> std::result::Result<(), Mismatch> {
    match answer.stop {
        StopReason::Finished => format.check(&answer.text),
        _ => Ok(()),
    }
}

/// The error of an answer to this request that is not what was asked for.
pub(crate) fn unfit(request: &CompletionRequest, answer: &Completion, wrong: Mismatch) -> Error {
    Failure::unfit(TokenUsage::guessed(request), answer, wrong)
}
