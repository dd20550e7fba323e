//! Which language model the server asks, and how much that may cost.

use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, Result};
use blog_ai_openai::{Dialect, OpenAi, OpenAiConfig};
use blog_core::decorate::{Reliable, ReliableOptions};
use blog_core::services::ai::AiOptions;
use clap::{Args, ValueEnum};
use serde::Deserialize;
use url::Url;

use crate::config::Secret;

/// Settings of language models, by flag, by the environment or by file. An empty text counts as unset.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Ai {
    /// Key for OpenAI, or for a server that speaks as OpenAI's does; such a server may need none
    #[arg(long, env = "OPENAI_API_KEY", hide_env_values = true)]
    openai_api_key: Option<Secret>,
    /// Address of that server, ending in /v1 [default: OpenAI's]
    #[arg(long, env = "OPENAI_BASE_URL", hide_env_values = true)]
    openai_base_url: Option<String>,
    /// The model that writes; without one, only what needs none is answered
    #[arg(long, env = "OPENAI_MODEL")]
    openai_model: Option<String>,
    /// How that server speaks [default: by its address OpenAI, Azure, or compatible]
    #[arg(long, env = "BLOG_OPENAI_DIALECT", value_enum)]
    openai_dialect: Option<OpenAiDialect>,
    /// Tokens that each person may use in a day (UTC) [default: no limit]
    #[arg(long, env = "BLOG_AI_ACTOR_DAY_TOKENS")]
    ai_actor_day_tokens: Option<Tokens>,
    /// Tokens that all together may use in a day (UTC) [default: no limit]
    #[arg(long, env = "BLOG_AI_DAY_TOKENS")]
    ai_day_tokens: Option<Tokens>,
    /// Tokens that all together may ever use [default: no limit]
    #[arg(long, env = "BLOG_AI_TOTAL_TOKENS")]
    ai_total_tokens: Option<Tokens>,
}

/// How a server that speaks as OpenAI's does differs from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lowercase")]
enum OpenAiDialect {
    #[value(name = "openai")]
    OpenAi,
    Azure,
    Compatible,
}

/// A number of tokens; an empty text sets no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
struct Tokens(Option<u64>);

impl FromStr for Tokens {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "" => Ok(Self(None)),
            number => number.parse().map(|number| Self(Some(number))),
        }
    }
}

impl Ai {
    /// These settings, and where one is not given, the other's.
    pub(crate) fn or(self, other: Self) -> Self {
        let text = |one: Option<String>, other| one.filter(|text| !text.is_empty()).or(other);
        let key = self.openai_api_key.filter(|key| !key.0.is_empty());
        let limit = |one: Option<Tokens>, other| one.filter(|tokens| tokens.0.is_some()).or(other);
        Self {
            openai_api_key: key.or(other.openai_api_key),
            openai_base_url: text(self.openai_base_url, other.openai_base_url),
            openai_model: text(self.openai_model, other.openai_model),
            openai_dialect: self.openai_dialect.or(other.openai_dialect),
            ai_actor_day_tokens: limit(self.ai_actor_day_tokens, other.ai_actor_day_tokens),
            ai_day_tokens: limit(self.ai_day_tokens, other.ai_day_tokens),
            ai_total_tokens: limit(self.ai_total_tokens, other.ai_total_tokens),
        }
    }

    /// What the blog is told of models.
    pub(crate) fn options(&self) -> AiOptions {
        let tokens = |limit: Option<Tokens>| limit.and_then(|tokens| tokens.0);
        let mut options = AiOptions::default();
        options.budgets.actor_day.tokens = tokens(self.ai_actor_day_tokens);
        options.budgets.day.tokens = tokens(self.ai_day_tokens);
        options.budgets.total.tokens = tokens(self.ai_total_tokens);
        options.without_model =
            "no language model is configured: set OPENAI_MODEL, and OPENAI_API_KEY \
            or OPENAI_BASE_URL"
                .to_owned();
        options
    }

    /// The model, if one is named and there is a way to it.
    pub(crate) fn model(&self) -> Result<Option<Reliable>> {
        let Some(name) = given(self.openai_model.as_deref()) else {
            return Ok(None);
        };
        let mut config = OpenAiConfig::default();
        let base_url = given(self.openai_base_url.as_deref());
        let key = self.openai_api_key.as_ref();
        config.key = key.and_then(|key| given(Some(&key.0))).map(Into::into);
        if base_url.is_none() && config.key.is_none() {
            tracing::warn!("OPENAI_MODEL is set, but neither OPENAI_API_KEY nor OPENAI_BASE_URL");
            return Ok(None);
        }
        if let Some(base_url) = base_url {
            base_url.clone_into(&mut config.base_url);
        }
        config.dialect = match self.openai_dialect {
            Some(OpenAiDialect::OpenAi) => Dialect::OpenAi,
            Some(OpenAiDialect::Azure) => Dialect::Azure,
            Some(OpenAiDialect::Compatible) => Dialect::Compatible,
            None => dialect_of(&config.base_url),
        };
        let model = OpenAi::new(name, &config).context("cannot use the language model")?;
        let reliable = Reliable::new(Arc::new(model), None, ReliableOptions::default());
        Ok(Some(reliable))
    }
}

fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn dialect_of(base_url: &str) -> Dialect {
    let url = Url::parse(base_url).ok();
    match url.as_ref().and_then(Url::host_str) {
        Some("api.openai.com") => Dialect::OpenAi,
        Some(host) if host.ends_with(".openai.azure.com") => Dialect::Azure,
        _ => Dialect::Compatible,
    }
}
