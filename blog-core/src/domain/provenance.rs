use serde::{Deserialize, Serialize};

use super::AuthorId;

/// The id of whoever writes for a language model in live documents.
pub const ASSISTANT: &str = "assistant";

/// Where a text comes from that a language model wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Provenance {
    /// The model that answered, as its server names it.
    pub model: String,
    /// The prompt and its version, such as `generate 1`.
    pub prompt: String,
    /// BLAKE3 of what the model was asked, in hexadecimal digits. Of several requests, each is hashed behind the hash
    /// of those before.
    pub request_hash: String,
    /// The same of what it answered, before the guards.
    pub answer_hash: String,
    /// Tokens of the requests.
    pub input_tokens: u64,
    /// Tokens of the answers.
    pub output_tokens: u64,
    /// What it cost, in millionths of the currency that prices are in; `None` where the model has no
    /// price.
    pub cost_micros: Option<u64>,
    /// Who asked for it.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub requester: AuthorId,
}
