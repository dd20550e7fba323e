//! Which language models the server asks, and how much that may cost.

mod arguments;
mod asking;
mod command;
#[cfg(test)]
mod given;
mod models;
mod money;
mod question;
mod remembered;
mod roles;
mod setting;
mod thinking;
mod told;

use std::num::NonZeroU32;

use blog_core::services::ai::{AiOptions, Budget};
use clap::{Args, ValueEnum};
use serde::Deserialize;

use self::money::{Money, Prices};
use self::remembered::Remembered;
use self::roles::ByRole;
use self::setting::{Choice, Setting};
use crate::commands::RoleName;
use crate::config::Secret;

pub(crate) use self::arguments::Command;
pub(crate) use self::command::run;

/// Settings of language models, by flag, by the environment or by file. An empty text counts as
/// unset ([`Setting`]).
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Ai {
    /// Key for OpenAI, or for a server that speaks as OpenAI's does; such a server may need none
    #[arg(long, global = true, env = "OPENAI_API_KEY", hide_env_values = true)]
    openai_api_key: Option<Setting<Secret>>,
    /// Address of that server, ending in /v1 [default: OpenAI's]
    #[arg(long, global = true, env = "OPENAI_BASE_URL", hide_env_values = true)]
    openai_base_url: Option<Setting<Secret>>,
    /// The model that writes; without one, only what needs none is answered
    #[arg(long, global = true, env = "OPENAI_MODEL")]
    openai_model: Option<Setting<String>>,
    /// How that server speaks: openai, azure or compatible [default: by its address]
    #[arg(long, global = true, env = "BLOG_OPENAI_DIALECT")]
    openai_dialect: Option<Setting<Choice<OpenAiDialect>>>,
    /// How much it thinks: none, minimal, low, medium, high, xhigh or max [default: as its vendor
    /// has it think]
    #[arg(long, global = true, env = "BLOG_OPENAI_EFFORT")]
    openai_effort: Option<Setting<String>>,
    /// Key for Anthropic, or for a server that speaks as Anthropic's does; such a server may need none
    #[arg(long, global = true, env = "ANTHROPIC_API_KEY", hide_env_values = true)]
    anthropic_api_key: Option<Setting<Secret>>,
    /// Address of that server, without /v1 [default: Anthropic's]
    #[arg(
        long,
        global = true,
        env = "ANTHROPIC_BASE_URL",
        hide_env_values = true
    )]
    anthropic_base_url: Option<Setting<Secret>>,
    /// The model that writes there
    #[arg(long, global = true, env = "ANTHROPIC_MODEL")]
    anthropic_model: Option<Setting<String>>,
    /// How it is asked for JSON: output-format, or tool-call if it is older than Claude 4.5 [default:
    /// output-format]
    #[arg(long, global = true, env = "BLOG_ANTHROPIC_JSON")]
    anthropic_json: Option<Setting<Choice<AnthropicJson>>>,
    /// How much it thinks: low, medium, high, xhigh or max [default: as Anthropic thinks]
    #[arg(long, global = true, env = "BLOG_ANTHROPIC_EFFORT")]
    anthropic_effort: Option<Setting<String>>,
    /// Tokens that each answer may have for what the model thinks before it, which budgets count, too [default:
    /// by the efforts, 4000 where it is low, 10000 medium, 25000 more, else 0]
    #[arg(long, global = true, env = "BLOG_AI_THINKING_TOKENS")]
    ai_thinking_tokens: Option<Setting<u32>>,
    /// The most tokens that an answer may have, what is thought included: as many as the vendor allows [default:
    /// no limit]
    #[arg(long, global = true, env = "BLOG_AI_ANSWER_TOKENS")]
    ai_answer_tokens: Option<Setting<NonZeroU32>>,
    /// Which of two models is asked first, openai or anthropic; where it fails the other one is asked
    /// [default: openai]
    #[arg(long, global = true, env = "BLOG_AI_FIRST")]
    ai_first: Option<Setting<Choice<Vendor>>>,
    /// Calls of models that may be under way at once; a few for a model on this machine [default: 1000]
    #[arg(long, global = true, env = "BLOG_AI_CONCURRENT")]
    ai_concurrent: Option<Setting<u64>>,
    /// Tokens that each person may use in a day (UTC) [default: no limit]
    #[arg(long, global = true, env = "BLOG_AI_ACTOR_DAY_TOKENS")]
    ai_actor_day_tokens: Option<Setting<u64>>,
    /// Tokens that all together may use in a day (UTC) [default: no limit]
    #[arg(long, global = true, env = "BLOG_AI_DAY_TOKENS")]
    ai_day_tokens: Option<Setting<u64>>,
    /// Tokens that all together may ever use [default: no limit]
    #[arg(long, global = true, env = "BLOG_AI_TOTAL_TOKENS")]
    ai_total_tokens: Option<Setting<u64>>,
    /// Money that each person's calls may cost in a day (UTC), such as 2.50, in the currency of
    /// --ai-prices. Where money is limited, only models with a price are asked [default: no limit]
    #[arg(long, global = true, env = "BLOG_AI_ACTOR_DAY_COST")]
    ai_actor_day_cost: Option<Setting<Money>>,
    /// Money that all calls together may cost in a day (UTC) [default: no limit]
    #[arg(long, global = true, env = "BLOG_AI_DAY_COST")]
    ai_day_cost: Option<Setting<Money>>,
    /// Money that all calls together may ever cost [default: no limit]
    #[arg(long, global = true, env = "BLOG_AI_TOTAL_COST")]
    ai_total_cost: Option<Setting<Money>>,
    /// Tokens that each person of a role may use in a day (UTC), in place of --ai-actor-day-tokens, such as
    /// "author=50000 editor=200000" [default: none]
    #[arg(long, global = true, env = "BLOG_AI_ROLE_DAY_TOKENS")]
    ai_role_day_tokens: Option<Setting<ByRole<u64>>>,
    /// Money that each such person's calls may cost in a day (UTC), in place of --ai-actor-day-cost, such as
    /// "author=0.50 editor=2" [default: none]
    #[arg(long, global = true, env = "BLOG_AI_ROLE_DAY_COST")]
    ai_role_day_cost: Option<Setting<ByRole<Money>>>,
    /// The lowest role that may use models: contributor, author, editor or admin [default: contributor]
    #[arg(long, global = true, env = "BLOG_AI_LOWEST_ROLE")]
    ai_lowest_role: Option<Setting<Choice<RoleName>>>,
    /// What models ask for a million tokens of requests, of those that the vendor had in its cache, and of
    /// answers: MODEL=INPUT/CACHED/OUTPUT for each, such as "large=2.50/0.25/10 small=0.30/0.03/1.20"
    /// [default: none]
    #[arg(long, global = true, env = "BLOG_AI_PRICES")]
    ai_prices: Option<Setting<Prices>>,
    /// Whose answers are remembered for a day, so that the same question is asked and paid for once: some of
    /// summarize, sentiment, seo, suggest, alt_text, moderate, translate, with spaces between them [default: none]
    #[arg(long, global = true, env = "BLOG_AI_REMEMBERED")]
    ai_remembered: Option<Setting<Remembered>>,
    /// Say on a post's page, and to search engines, that a model wrote its text or had a part in it [default:
    /// false]
    #[arg(long, global = true, env = "BLOG_AI_DISCLOSURE", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    ai_disclosure: Option<Setting<bool>>,
}

/// How a server that speaks as OpenAI's does differs from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OpenAiDialect {
    #[value(name = "openai")]
    OpenAi,
    Azure,
    Compatible,
}

/// How Anthropic's models are asked for answers in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AnthropicJson {
    OutputFormat,
    ToolCall,
}

/// Whose models there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Vendor {
    #[value(name = "openai")]
    OpenAi,
    Anthropic,
}

impl Ai {
    /// These settings, and where one is not given, the other's.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            openai_api_key: Setting::or(self.openai_api_key, other.openai_api_key),
            openai_base_url: Setting::or(self.openai_base_url, other.openai_base_url),
            openai_model: Setting::or(self.openai_model, other.openai_model),
            openai_dialect: Setting::or(self.openai_dialect, other.openai_dialect),
            openai_effort: Setting::or(self.openai_effort, other.openai_effort),
            anthropic_api_key: Setting::or(self.anthropic_api_key, other.anthropic_api_key),
            anthropic_base_url: Setting::or(self.anthropic_base_url, other.anthropic_base_url),
            anthropic_model: Setting::or(self.anthropic_model, other.anthropic_model),
            anthropic_json: Setting::or(self.anthropic_json, other.anthropic_json),
            anthropic_effort: Setting::or(self.anthropic_effort, other.anthropic_effort),
            ai_thinking_tokens: Setting::or(self.ai_thinking_tokens, other.ai_thinking_tokens),
            ai_answer_tokens: Setting::or(self.ai_answer_tokens, other.ai_answer_tokens),
            ai_first: Setting::or(self.ai_first, other.ai_first),
            ai_concurrent: Setting::or(self.ai_concurrent, other.ai_concurrent),
            ai_actor_day_tokens: Setting::or(self.ai_actor_day_tokens, other.ai_actor_day_tokens),
            ai_day_tokens: Setting::or(self.ai_day_tokens, other.ai_day_tokens),
            ai_total_tokens: Setting::or(self.ai_total_tokens, other.ai_total_tokens),
            ai_actor_day_cost: Setting::or(self.ai_actor_day_cost, other.ai_actor_day_cost),
            ai_day_cost: Setting::or(self.ai_day_cost, other.ai_day_cost),
            ai_total_cost: Setting::or(self.ai_total_cost, other.ai_total_cost),
            ai_role_day_tokens: Setting::or(self.ai_role_day_tokens, other.ai_role_day_tokens),
            ai_role_day_cost: Setting::or(self.ai_role_day_cost, other.ai_role_day_cost),
            ai_lowest_role: Setting::or(self.ai_lowest_role, other.ai_lowest_role),
            ai_prices: Setting::or(self.ai_prices, other.ai_prices),
            ai_remembered: Setting::or(self.ai_remembered, other.ai_remembered),
            ai_disclosure: Setting::or(self.ai_disclosure, other.ai_disclosure),
        }
    }

    /// Whether pages say that a model took part.
    pub(crate) fn is_disclosed(&self) -> bool {
        Setting::given(self.ai_disclosure.as_ref()) == Some(&true)
    }

    /// What the blog is told of models.
    pub(crate) fn options(&self) -> AiOptions {
        let mut options = AiOptions::default();
        let budget = |tokens: &Option<Setting<u64>>, cost: &Option<Setting<Money>>| Budget {
            tokens: Setting::given(tokens.as_ref()).copied(),
            micros: Setting::given(cost.as_ref()).map(|money| money.0),
        };
        let budgets = &mut options.budgets;
        budgets.actor_day = budget(&self.ai_actor_day_tokens, &self.ai_actor_day_cost);
        budgets.actor_day_by_role = self.day_by_role(budgets.actor_day);
        budgets.day = budget(&self.ai_day_tokens, &self.ai_day_cost);
        budgets.total = budget(&self.ai_total_tokens, &self.ai_total_cost);
        if let Some(Choice(role)) = Setting::given(self.ai_lowest_role.as_ref()) {
            options.lowest_role = (*role).into();
        }
        if let Some(Prices(prices)) = Setting::given(self.ai_prices.as_ref()) {
            options.prices.clone_from(prices);
        }
        options.thinking_tokens = self.thinking_tokens();
        options.answer_tokens = Setting::given(self.ai_answer_tokens.as_ref()).copied();
        if let Some(Remembered(uses)) = Setting::given(self.ai_remembered.as_ref()) {
            options.remembered.clone_from(uses);
        }
        options.without_model =
            "no language model is configured: set OPENAI_MODEL, and OPENAI_API_KEY \
            or OPENAI_BASE_URL; or ANTHROPIC_MODEL, and ANTHROPIC_API_KEY or ANTHROPIC_BASE_URL"
                .to_owned();
        options
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use blog_core::domain::Role;

    use super::Ai;
    use super::given::given;

    #[test]
    fn an_empty_number_is_none_wherever_it_stands() {
        let file = "ai_day_tokens = \"\"\nai_total_tokens = 7";
        for flags in [&[][..], &["--ai-total-tokens", ""]] {
            let budgets = given(flags, file).options().budgets;
            assert_eq!((budgets.day.tokens, budgets.total.tokens), (None, Some(7)));
        }
        assert!(toml::from_str::<Ai>("ai_day_tokens = \"many\"").is_err());
    }

    #[test]
    fn budgets_are_in_tokens_and_in_money_at_the_prices_that_are_set() {
        let file = "ai_day_cost = 2.5\nai_total_cost = \"100\"\nai_actor_day_tokens = 9\n\
                    ai_prices = \"large=2.50/0.25/10\"";
        let options = given(&["--ai-actor-day-cost", "0.10"], file).options();
        let budgets = options.budgets;
        let limits = [budgets.actor_day, budgets.day, budgets.total];
        let limits = limits.map(|budget| (budget.tokens, budget.micros));
        let expected = [
            (Some(9), Some(100_000)),
            (None, Some(2_500_000)),
            (None, Some(100_000_000)),
        ];
        assert_eq!(limits, expected);
        assert_eq!(options.prices["large"].output, 10_000_000);
    }

    #[test]
    fn a_role_s_day_is_everybody_s_but_for_what_is_set_of_it() {
        let file = "ai_actor_day_cost = 1\nai_actor_day_tokens = 9\nai_role_day_cost = \"author=0.50\"\n\
                    ai_lowest_role = \"author\"";
        let flags = ["--ai-role-day-tokens", "author=7 editor=8"];
        let options = given(&flags, file).options();
        assert_eq!(options.lowest_role, Role::Author);
        let limits = |role| {
            let budget = options.budgets.actor_day_by_role[&role];
            (budget.tokens, budget.micros)
        };
        assert_eq!(limits(Role::Author), (Some(7), Some(500_000)));
        assert_eq!(limits(Role::Editor), (Some(8), Some(1_000_000)));
        assert_eq!(options.budgets.actor_day_by_role.len(), 2);
        assert!(toml::from_str::<Ai>("ai_lowest_role = \"owner\"").is_err());
    }

    #[test]
    fn an_answer_has_no_more_tokens_than_are_set() {
        let most = |flags: &[&str], file: &str| {
            let options = given(flags, file).options();
            options.answer_tokens.map(NonZeroU32::get)
        };
        assert_eq!(most(&[], ""), None);
        assert_eq!(most(&[], "ai_answer_tokens = 8192"), Some(8_192));
        let flags = ["--ai-answer-tokens", "4096"];
        assert_eq!(most(&flags, "ai_answer_tokens = 8192"), Some(4_096));
        assert!(toml::from_str::<Ai>("ai_answer_tokens = 0").is_err());
    }

    #[test]
    fn what_models_did_is_disclosed_where_that_is_wanted() {
        let is_disclosed = |flags: &[&str], file: &str| given(flags, file).is_disclosed();
        assert!(!is_disclosed(&[], ""));
        assert!(is_disclosed(&["--ai-disclosure"], ""));
        assert!(is_disclosed(&[], "ai_disclosure = true"));
        assert!(!is_disclosed(
            &["--ai-disclosure=false"],
            "ai_disclosure = true"
        ));
        assert!(toml::from_str::<Ai>("ai_disclosure = \"perhaps\"").is_err());
    }
}
