use std::fmt;

use blog_ai_http::{Endpoint, Result, Secret};
use blog_core::ports::ModelIdentity;

use crate::codes::meaning;

/// Where the server is, and how it is spoken to.
#[derive(Clone)]
#[non_exhaustive]
pub struct OpenAiConfig {
    /// What every path begins with; OpenAI's, and most others', ends in `/v1`. A query is kept: Azure's
    /// `api-version` goes there.
    pub base_url: String,
    /// The key; servers of one's own may need none.
    pub key: Option<Secret>,
    /// The organisation that is charged, if the key's user is in several.
    pub organization: Option<String>,
    /// The project that is charged.
    pub project: Option<String>,
    /// Headers that each request has besides.
    pub headers: Vec<(String, Secret)>,
    /// Which of the server's ways differ from OpenAI's.
    pub dialect: Dialect,
    /// How much a model thinks before it answers: `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max` (OpenAI's
    /// `reasoning_effort`). Its vendor decides where none is set; models that do not think refuse any.
    pub effort: Option<String>,
}

/// Which of a server's ways differ from OpenAI's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Dialect {
    /// OpenAI's own.
    #[default]
    OpenAi,
    /// Azure's: the key is in the header `api-key`. The base URL ends in `/openai/v1`, or in
    /// `/openai/deployments/NAME?api-version=DATE`.
    Azure,
    /// That of compatible servers, as Ollama, vLLM and llama.cpp: answers in JSON are asked for in words, with
    /// the schema, and checked; of one that does not fit the model is told once.
    ///
    /// Such answers are streamed in one piece, after the check: the pieces of a stream are the answer, so that
    /// one of which some had been passed on could not give way to a second. Until then empty pieces say that it
    /// comes. A server that keeps to `json_schema` by itself, and knows `max_completion_tokens`, can be spoken to
    /// as [`OpenAi`](Self::OpenAi), and its answers in JSON come piece by piece.
    Compatible,
}

impl Default for OpenAiConfig {
    /// OpenAI, without a key.
    fn default() -> Self {
        Self {
            base_url: "https://api.openai.com/v1".to_owned(),
            key: None,
            organization: None,
            project: None,
            headers: Vec::new(),
            dialect: Dialect::default(),
            effort: None,
        }
    }
}

impl OpenAiConfig {
    pub(crate) fn endpoint(&self) -> Result<Endpoint> {
        let mut headers = self.headers.clone();
        if let Some(key) = &self.key {
            headers.push(match self.dialect {
                Dialect::Azure => ("api-key".to_owned(), key.clone()),
                Dialect::OpenAi | Dialect::Compatible => {
                    let bearer = format!("Bearer {}", key.expose());
                    ("authorization".to_owned(), bearer.into())
                }
            });
        }
        for (name, value) in [
            ("openai-organization", &self.organization),
            ("openai-project", &self.project),
        ] {
            if let Some(value) = value {
                headers.push((name.to_owned(), value.as_str().into()));
            }
        }
        let hidden = self.key.iter().cloned().collect();
        Endpoint::new(&self.base_url, headers, hidden, meaning)
    }

    /// Of the model of this name, asked so.
    pub(crate) fn identity(&self, model: &str) -> ModelIdentity {
        let text = |it: &Option<String>| it.clone().unwrap_or_default();
        let mut parts = vec![
            "openai".to_owned(),
            self.base_url.clone(),
            model.to_owned(),
            format!("{:?}", self.dialect),
            text(&self.effort),
            text(&self.organization),
            text(&self.project),
        ];
        for (name, value) in &self.headers {
            parts.extend([name.clone(), value.expose().to_owned()]);
        }
        ModelIdentity::of(parts)
    }
}

/// Without the URL, which may have a password in it.
impl fmt::Debug for OpenAiConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OpenAiConfig")
            .field("organization", &self.organization)
            .field("project", &self.project)
            .field("headers", &self.headers)
            .field("dialect", &self.dialect)
            .field("effort", &self.effort)
            .finish_non_exhaustive()
    }
}
