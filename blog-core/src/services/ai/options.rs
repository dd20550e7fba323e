use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::time::Duration;

use crate::domain::Role;

use super::choices;
use super::remembered::RememberedUse;

/// What a host may set about language models.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AiOptions {
    /// The lowest role that may use models, where the policy lets it.
    pub lowest_role: Role,
    /// What models ask for, by their name: that of the model that answered, or else that of the one that
    /// was asked.
    pub prices: BTreeMap<String, Price>,
    /// How much calls may cost.
    pub budgets: Budgets,
    /// The uses whose answers are remembered, where the blog has something that remembers them
    /// ([`BlogBuilder::answer_cache`](crate::BlogBuilder::answer_cache)). What is remembered is answered
    /// whatever the budgets say: no model is asked, nothing is paid, and no call is recorded.
    pub remembered: BTreeSet<RememberedUse>,
    /// The longest that a post may be written that is streamed, all calls of the model included. One that
    /// nobody reads ends then, too, and what is set aside for it counts no more. Ten minutes: three calls
    /// of a [`Reliable`](crate::decorate::Reliable) model.
    pub longest_stream: Duration,
    /// Tokens that each answer may have besides, for what a model thinks before it. Vendors count that for the
    /// answer, and so do budgets. None, for models that do not think.
    pub thinking_tokens: u32,
    /// The most tokens that an answer may have, what is thought before it included: as many as the vendor allows
    /// that has the least. An answer that was cut there is not asked for again. `None` for no limit.
    pub answer_tokens: Option<NonZeroU32>,
    /// The hosts that links and pictures of generated texts may lead to, their subdomains included.
    /// Others lose their address; those within the blog (`/…`) keep it where they stand in what the model was
    /// asked with, and `#…` always.
    pub link_hosts: Vec<String>,
    /// What whoever asks is told where there is no model: what to configure.
    pub without_model: String,
    /// The styles that a post can be asked for in; the first is that of posts that name none.
    pub styles: Vec<Choice>,
    /// The tones, likewise.
    pub tones: Vec<Choice>,
    /// The lengths, likewise.
    pub lengths: Vec<Length>,
}

impl Default for AiOptions {
    /// Contributors and above, no prices, no budgets, nothing remembered, no links to elsewhere.
    fn default() -> Self {
        Self {
            lowest_role: Role::Contributor,
            prices: BTreeMap::new(),
            budgets: Budgets::default(),
            remembered: BTreeSet::new(),
            longest_stream: Duration::from_secs(600),
            thinking_tokens: 0,
            answer_tokens: None,
            link_hosts: vec![],
            without_model: "no language model is configured: the blog needs one \
                (BlogBuilder::language_model) before it can write texts"
                .to_owned(),
            styles: choices::styles(),
            tones: choices::tones(),
            lengths: choices::lengths(),
        }
    }
}

/// A style or a tone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it is asked for by.
    pub name: String,
    /// What the model is told.
    pub meaning: String,
}

/// A length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Length {
    /// What it is asked for by.
    pub name: String,
    /// About how many words.
    pub words: u32,
}

/// What a model asks for, in millionths of a currency for a million tokens: 2.50 dollars are 2,500,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Price {
    /// Tokens of requests.
    pub input: u64,
    /// Tokens of requests that the vendor had in its own cache.
    pub cached_input: u64,
    /// Tokens of answers.
    pub output: u64,
}

/// How much calls may cost. Days are those of UTC.
#[derive(Debug, Clone, Default)]
pub struct Budgets {
    /// Each actor on each day.
    pub actor_day: Budget,
    /// The same for actors whose highest role is one of these.
    pub actor_day_by_role: BTreeMap<Role, Budget>,
    /// Everybody together on each day.
    pub day: Budget,
    /// Everybody together, for ever.
    pub total: Budget,
}

/// The most that something may cost; `None` is without limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// Tokens of requests and answers together.
    pub tokens: Option<u64>,
    /// Money, in millionths of the currency that prices are in. A model without a price is not asked
    /// where this is limited.
    pub micros: Option<u64>,
}
