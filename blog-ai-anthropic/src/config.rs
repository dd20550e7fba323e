use std::fmt;

use blog_ai_http::{Endpoint, Result, Secret};
use blog_core::ports::ModelIdentity;

use crate::errors::meaning;

/// Where the server is, and how it is spoken to.
#[derive(Clone)]
#[non_exhaustive]
pub struct AnthropicConfig {
    /// What stands before `/v1/messages`, as the official clients have it. A query is kept.
    pub base_url: String,
    /// The key; servers of one's own may need none, and others take theirs in one of the `headers`.
    pub key: Option<Secret>,
    /// The version of the API, a date: what stands behind a version does not change.
    pub version: String,
    /// Headers that each request has besides.
    pub headers: Vec<(String, Secret)>,
    /// How an answer in JSON is asked for.
    pub json: JsonAnswers,
    /// How much a model thinks and writes: `low`, `medium`, `high`, `xhigh` or `max` (Anthropic's `effort`). Its
    /// vendor decides where none is set; models before Claude Opus 4.5 refuse any.
    pub effort: Option<String>,
}

/// How a model is asked for an answer in JSON. Either way the answer is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum JsonAnswers {
    /// By Anthropic's structured outputs (`output_config.format`): the model cannot write anything else. All
    /// models since Claude 4.5 have them, without a beta header, and today's have nothing else: those that
    /// think unasked refuse a tool that they have to call.
    #[default]
    OutputFormat,
    /// By the input of a tool that the model has to call, which it may get wrong: for models before Claude
    /// 4.5, and for servers of others that know no structured outputs.
    ToolCall,
}

impl Default for AnthropicConfig {
    /// Anthropic, without a key.
    fn default() -> Self {
        Self {
            base_url: "https://api.anthropic.com".to_owned(),
            key: None,
            version: "2023-06-01".to_owned(),
            headers: Vec::new(),
            json: JsonAnswers::default(),
            effort: None,
        }
    }
}

impl AnthropicConfig {
    pub(crate) fn endpoint(&self) -> Result<Endpoint> {
        let mut headers = self.headers.clone();
        let version = Secret::from(self.version.as_str());
        headers.push(("anthropic-version".to_owned(), version));
        if let Some(key) = &self.key {
            headers.push(("x-api-key".to_owned(), key.clone()));
        }
        Endpoint::new(&self.base_url, headers, Vec::new(), meaning)
    }

    /// Of the model of this name, asked so.
    pub(crate) fn identity(&self, model: &str) -> ModelIdentity {
        let mut parts = vec![
            "anthropic".to_owned(),
            self.base_url.clone(),
            model.to_owned(),
            self.version.clone(),
            format!("{:?}", self.json),
            self.effort.clone().unwrap_or_default(),
        ];
        for (name, value) in &self.headers {
            parts.extend([name.clone(), value.expose().to_owned()]);
        }
        ModelIdentity::of(parts)
    }
}

/// Without the URL, which may have a password in it.
impl fmt::Debug for AnthropicConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AnthropicConfig")
            .field("version", &self.version)
            .field("headers", &self.headers)
            .field("json", &self.json)
            .field("effort", &self.effort)
            .finish_non_exhaustive()
    }
}
