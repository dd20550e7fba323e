//! From settings to models.

use std::sync::Arc;

use anyhow::{Context, Result};
use blog_ai_anthropic::{Anthropic, AnthropicConfig, JsonAnswers};
use blog_ai_openai::{Dialect, OpenAi, OpenAiConfig};
use blog_core::decorate::{Reliable, ReliableOptions};
use blog_core::ports::LanguageModel;
use url::Url;

use super::{Ai, AnthropicJson, Choice, OpenAiDialect, Setting, Vendor};
use crate::config::Secret;

impl Ai {
    /// The models that are named and that there is a way to, one behind the other.
    pub(crate) fn model(&self) -> Result<Option<Reliable>> {
        let unusable = "cannot use the language model";
        let mut models = [
            self.openai().context(unusable)?,
            self.anthropic().context(unusable)?,
        ];
        if Setting::given(self.ai_first.as_ref()) == Some(&Choice(Vendor::Anthropic)) {
            models.reverse();
        }
        let mut models = models.into_iter().flatten();
        let Some(first) = models.next() else {
            return Ok(None);
        };
        let mut options = ReliableOptions::default();
        if let Some(concurrent) = Setting::given(self.ai_concurrent.as_ref()) {
            options.concurrent = usize::try_from(*concurrent).unwrap_or(usize::MAX);
        }
        Ok(Some(Reliable::new(first, models.next(), options)))
    }

    fn openai(&self) -> blog_core::Result<Option<Arc<dyn LanguageModel>>> {
        let (model, base_url) = (&self.openai_model, &self.openai_base_url);
        let Some(way) = Way::to("OPENAI", model, base_url, &self.openai_api_key) else {
            return Ok(None);
        };
        let mut config = OpenAiConfig::default();
        config.key = way.key.map(Into::into);
        if let Some(base_url) = way.base_url {
            base_url.clone_into(&mut config.base_url);
        }
        config.dialect = match Setting::given(self.openai_dialect.as_ref()) {
            Some(Choice(OpenAiDialect::OpenAi)) => Dialect::OpenAi,
            Some(Choice(OpenAiDialect::Azure)) => Dialect::Azure,
            Some(Choice(OpenAiDialect::Compatible)) => Dialect::Compatible,
            None => dialect_of(&config.base_url),
        };
        config.effort = Setting::given(self.openai_effort.as_ref()).cloned();
        Ok(Some(Arc::new(OpenAi::new(way.model, &config)?)))
    }

    fn anthropic(&self) -> blog_core::Result<Option<Arc<dyn LanguageModel>>> {
        let (model, base_url) = (&self.anthropic_model, &self.anthropic_base_url);
        let Some(way) = Way::to("ANTHROPIC", model, base_url, &self.anthropic_api_key) else {
            return Ok(None);
        };
        let mut config = AnthropicConfig::default();
        config.key = way.key.map(Into::into);
        if let Some(base_url) = way.base_url {
            base_url.clone_into(&mut config.base_url);
        }
        config.json = match Setting::given(self.anthropic_json.as_ref()) {
            Some(Choice(AnthropicJson::ToolCall)) => JsonAnswers::ToolCall,
            Some(Choice(AnthropicJson::OutputFormat)) | None => JsonAnswers::OutputFormat,
        };
        config.effort = Setting::given(self.anthropic_effort.as_ref()).cloned();
        Ok(Some(Arc::new(Anthropic::new(way.model, &config)?)))
    }
}

/// A model, and how it is reached.
struct Way<'a> {
    model: &'a str,
    base_url: Option<&'a str>,
    key: Option<&'a str>,
}

impl<'a> Way<'a> {
    /// None, if the vendor's model has no name, or there is neither a key nor an address.
    fn to(
        vendor: &str,
        model: &'a Option<Setting<String>>,
        base_url: &'a Option<Setting<Secret>>,
        key: &'a Option<Setting<Secret>>,
    ) -> Option<Self> {
        let way = Self {
            model: Setting::given(model.as_ref())?,
            base_url: Setting::given(base_url.as_ref()).map(|url| url.0.as_str()),
            key: Setting::given(key.as_ref()).map(|key| key.0.as_str()),
        };
        if way.base_url.is_none() && way.key.is_none() {
            tracing::warn!(
                "{vendor}_MODEL is set, but neither {vendor}_API_KEY nor {vendor}_BASE_URL"
            );
            return None;
        }
        Some(way)
    }
}

/// Where resources of Azure are that answer as OpenAI does: of OpenAI alone, of several services, of Foundry.
const AZURE: [&str; 3] = [
    ".openai.azure.com",
    ".cognitiveservices.azure.com",
    ".services.ai.azure.com",
];

fn dialect_of(base_url: &str) -> Dialect {
    let url = Url::parse(base_url).ok();
    match url.as_ref().and_then(Url::host_str) {
        Some("api.openai.com") => Dialect::OpenAi,
        Some(host) if AZURE.iter().any(|domain| host.ends_with(domain)) => Dialect::Azure,
        _ => Dialect::Compatible,
    }
}

#[cfg(test)]
mod tests {
    use blog_ai_openai::Dialect;
    use blog_core::ports::LanguageModel;

    use super::super::given::given;
    use super::dialect_of;

    const BOTH: &str = "openai_model = \"one\"\nopenai_api_key = \"sk-marked\"\n\
                        anthropic_model = \"two\"\nanthropic_api_key = \"sk-marked\"\n\
                        anthropic_base_url = \"http://localhost/sk-marked\"\n\
                        openai_base_url = \"http://localhost/sk-marked\"\n";

    #[track_caller]
    fn asks_first(flags: &[&str], file: &str, expected: Option<&str>) {
        let ai = given(flags, file);
        assert!(!format!("{ai:?}").contains("sk-marked"));
        let model = ai.model().unwrap();
        assert_eq!(model.as_ref().map(LanguageModel::name), expected);
    }

    #[test]
    fn of_two_models_openai_s_is_asked_first_unless_it_is_said_otherwise() {
        asks_first(&[], BOTH, Some("one"));
        asks_first(&["--ai-first", "openai"], BOTH, Some("one"));
        asks_first(&["--ai-first", "anthropic"], BOTH, Some("two"));
        let file = format!("ai_first = \"anthropic\"\n{BOTH}");
        asks_first(&[], &file, Some("two"));
        asks_first(&["--ai-first", ""], &file, Some("two"));
        asks_first(&["--ai-first", "openai"], &file, Some("one"));
    }

    #[test]
    fn a_server_s_dialect_is_known_by_its_address() {
        for (base_url, expected) in [
            ("https://api.openai.com/v1", Dialect::OpenAi),
            ("https://blog.openai.azure.com/openai/v1", Dialect::Azure),
            (
                "https://blog.cognitiveservices.azure.com/openai/deployments/one?api-version=2024-10-21",
                Dialect::Azure,
            ),
            (
                "https://blog.services.ai.azure.com/openai/v1",
                Dialect::Azure,
            ),
            (
                "https://services.ai.azure.com.example.org/v1",
                Dialect::Compatible,
            ),
            ("http://localhost:11434/v1", Dialect::Compatible),
        ] {
            assert_eq!(dialect_of(base_url), expected, "{base_url}");
        }
    }

    #[test]
    fn a_model_has_a_name_and_a_key_or_an_address() {
        let only = "anthropic_model = \"two\"\n";
        asks_first(&[], only, None);
        asks_first(&["--anthropic-api-key", ""], only, None);
        asks_first(&["--anthropic-api-key", "sk-marked"], only, Some("two"));
        asks_first(
            &["--anthropic-base-url", "http://localhost"],
            only,
            Some("two"),
        );
        let both = ["--anthropic-api-key", "sk-marked", "--ai-first", "openai"];
        asks_first(&both, only, Some("two"));
        asks_first(&[], "anthropic_api_key = \"sk-marked\"", None);
    }
}
