use std::sync::Arc;

use async_trait::async_trait;
use blog_ai_http::{Body, Endpoint, Failure, Meaning, Part, Transcript, stream};
use blog_core::Result;
use blog_core::ports::{
    AnswerFormat, Completion, CompletionEvent, CompletionRequest, CompletionStream, LanguageModel,
    Message, Speaker, StopReason,
};
use futures::stream::{StreamExt, iter};

use crate::answer;
use crate::request::body;
use crate::{Dialect, OpenAiConfig};

/// A [`LanguageModel`] behind OpenAI's chat completions, at OpenAI or elsewhere. Clones share its
/// connections.
#[derive(Debug, Clone)]
pub struct OpenAi {
    model: String,
    dialect: Dialect,
    pub(crate) endpoint: Arc<Endpoint>,
}

impl OpenAi {
    /// The model of this name. Nothing is asked yet.
    ///
    /// # Errors
    /// `Unavailable` without `retry`, if the URL, the key or a header cannot be used.
    pub fn new(model: impl Into<String>, config: &OpenAiConfig) -> Result<Self> {
        Ok(Self {
            model: model.into(),
            dialect: config.dialect,
            endpoint: Arc::new(config.endpoint()?),
        })
    }

    async fn ask(&self, request: &CompletionRequest, streams: bool) -> blog_ai_http::Result<Body> {
        let body = body(&self.model, self.dialect, request, streams);
        self.endpoint.post("chat/completions", &body).await
    }

    /// An answer that may be of another shape than it should be.
    async fn answer(&self, request: &CompletionRequest) -> blog_ai_http::Result<Completion> {
        let read = async {
            let answer = self.ask(request, false).await?.json().await?;
            answer::whole(&self.endpoint, answer)
        };
        let parts = match read.await {
            Err(failure) if is_filtered(&failure) => vec![Part::Stop(StopReason::Filtered)],
            parts => parts?,
        };
        Transcript::of(&self.model, parts)
    }

    /// An answer to a request that is told what is wrong with the first.
    async fn answer_again(
        &self,
        request: &CompletionRequest,
        first: Completion,
        wrong: &str,
    ) -> blog_ai_http::Result<Completion> {
        let mut request = request.clone();
        let complaint = format!(
            "That is not what was asked for: {wrong}. Answer with the whole JSON object again."
        );
        for (speaker, text) in [(Speaker::Model, first.text), (Speaker::User, complaint)] {
            request.messages.push(Message { speaker, text });
        }
        let mut second = self.answer(&request).await?;
        second.usage = match (first.usage, second.usage) {
            (Some(first), Some(second)) => Some(first + second),
            (first, second) => first.or(second),
        };
        Ok(second)
    }
}

#[async_trait]
impl LanguageModel for OpenAi {
    fn name(&self) -> &str {
        &self.model
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        let answer = self.answer(request).await?;
        let Err(wrong) = check(&request.format, &answer) else {
            return Ok(answer);
        };
        if self.dialect != Dialect::Compatible {
            return Err(Failure::Unfit(wrong).into());
        }
        let answer = self
            .answer_again(request, answer, &wrong.to_string())
            .await?;
        check(&request.format, &answer).map_err(Failure::Unfit)?;
        Ok(answer)
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        if self.dialect == Dialect::Compatible && request.format != AnswerFormat::Text {
            // What may have to be repaired cannot be shown before.
            return Ok(at_once(self.complete(request).await?));
        }
        let transcript = Transcript::new(&self.model);
        let body = match self.ask(request, true).await {
            Err(failure) if is_filtered(&failure) => {
                let filtered = [Part::Stop(StopReason::Filtered)];
                return Ok(at_once(Transcript::of(&self.model, filtered)?));
            }
            body => body?,
        };
        let endpoint = Arc::clone(&self.endpoint);
        let read = move |data: &str| answer::event(&endpoint, data);
        Ok(stream(
            body.events(),
            transcript,
            request.format.clone(),
            read,
        ))
    }
}

/// Whether an answer that says it is finished is what was asked for.
fn check(
    format: &AnswerFormat,
    answer: &Completion,
) -> std::result::Result<(), blog_core::domain::Mismatch> {
    match answer.stop {
        StopReason::Finished => format.check(&answer.text),
        _ => Ok(()),
    }
}

/// Azure tells of a request that its filter holds back as of an error.
fn is_filtered(failure: &Failure) -> bool {
    matches!(failure, Failure::Server(error) if error.meaning == Meaning::Filtered)
}

fn at_once(answer: Completion) -> CompletionStream {
    let Completion {
        text,
        stop,
        usage,
        model,
    } = answer;
    let text = (!text.is_empty()).then_some(CompletionEvent::Text(text));
    let done = CompletionEvent::Done { stop, usage, model };
    iter(text.into_iter().chain([done]).map(Ok)).boxed()
}
