use std::sync::Arc;

use async_trait::async_trait;
use blog_ai_http::{Body, Endpoint, Failure, Part, Transcript, at_once, stream};
use blog_core::Result;
use blog_core::ports::{
    Completion, CompletionRequest, CompletionStream, LanguageModel, ModelIdentity, StopReason,
    TokenUsage,
};

use crate::answer::{self, Place};
use crate::errors::understood;
use crate::request::body;
use crate::{AnthropicConfig, JsonAnswers};

/// A [`LanguageModel`] behind Anthropic's Messages API, at Anthropic or elsewhere. Clones share its
/// connections.
#[derive(Debug, Clone)]
pub struct Anthropic {
    model: String,
    json: JsonAnswers,
    effort: Option<String>,
    identity: ModelIdentity,
    endpoint: Arc<Endpoint>,
}

impl Anthropic {
    /// The model of this name. Nothing is asked yet.
    ///
    /// # Errors
    /// `Unavailable` without `retry`, if the URL, the key or a header cannot be used.
    pub fn new(model: impl Into<String>, config: &AnthropicConfig) -> Result<Self> {
        let model = model.into();
        Ok(Self {
            identity: config.identity(&model),
            model,
            json: config.json,
            effort: config.effort.clone(),
            endpoint: Arc::new(config.endpoint()?),
        })
    }

    async fn ask(
        &self,
        request: &CompletionRequest,
        place: Place,
        streams: bool,
    ) -> blog_ai_http::Result<Body> {
        let mut body = body(&self.model, request, place, streams);
        if let Some(effort) = &self.effort {
            body["output_config"]["effort"] = effort.as_str().into();
        }
        let answer = self.endpoint.post("v1/messages", body).await;
        answer.map_err(understood)
    }

    /// An answer that comes in one piece.
    async fn whole(
        &self,
        body: blog_ai_http::Result<Body>,
        request: &CompletionRequest,
        place: Place,
    ) -> Result<Completion> {
        let read = async { answer::whole(&self.endpoint, place, &body?.bytes().await?) };
        let answer = match read.await {
            Err(failure) if failure.is_filtered() => {
                // It is held back before it is written.
                Transcript::of(&self.model, [Part::Stop(StopReason::Filtered)])?
            }
            parts => Transcript::of(&self.model, parts?)?,
        };
        if answer.stop == StopReason::Finished {
            let fits = request.format.check(&answer.text);
            fits.map_err(|wrong| Failure::unfit(TokenUsage::guessed(request), &answer, wrong))?;
        }
        Ok(answer)
    }
}

#[async_trait]
impl LanguageModel for Anthropic {
    fn name(&self) -> &str {
        &self.model
    }

    fn identity(&self) -> ModelIdentity {
        self.identity
    }

    async fn complete(&self, request: &CompletionRequest) -> Result<Completion> {
        let place = Place::of(&request.format, self.json);
        if place == Place::ToolInput {
            // Only a stream has a tool's input as it was written, and what there is of one that is cut off.
            return Completion::of_stream(self.stream(request).await?).await;
        }
        request.format.check_schema()?;
        let body = self.ask(request, place, false).await;
        self.whole(body, request, place).await
    }

    async fn stream(&self, request: &CompletionRequest) -> Result<CompletionStream> {
        request.format.check_schema()?;
        let place = Place::of(&request.format, self.json);
        match self.ask(request, place, true).await {
            Ok(body) if !body.is_json() => {
                let endpoint = Arc::clone(&self.endpoint);
                let read = move |data: &str| answer::event(&endpoint, place, data);
                let transcript = Transcript::new(&self.model);
                Ok(stream(
                    body.events(),
                    transcript,
                    TokenUsage::guessed(request),
                    request.format.clone(),
                    read,
                ))
            }
            // Some servers do not stream, and some not what is wrong.
            body => Ok(at_once(self.whole(body, request, place).await?)),
        }
    }
}
