use std::collections::BTreeMap;

use blog_ai_http::Failure;
use blog_core::Result;
use serde::Deserialize;
use serde_json::json;

use crate::OpenAi;

/// The model that judges, whichever one writes.
const MODEL: &str = "omni-moderation-latest";

/// What a vendor thinks of a text.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Moderation {
    /// Whether it breaks the vendor's rules.
    pub flagged: bool,
    /// How sure the vendor is that it is of each category of the vendor's, from 0 to 1.
    #[serde(rename = "category_scores")]
    pub scores: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Answer {
    results: Vec<Moderation>,
}

impl OpenAi {
    /// What OpenAI's `/moderations` says of a text; compatible servers have no such thing.
    ///
    /// # Errors
    /// As those of the port.
    pub async fn moderate(&self, text: &str) -> Result<Moderation> {
        let body = json!({"model": MODEL, "input": text});
        let answer = self.endpoint.post("moderations", body).await?;
        let Answer { results } = answer.json().await?;
        let none = || Failure::Unreadable("it is no moderation").into();
        results.into_iter().next().ok_or_else(none)
    }
}
