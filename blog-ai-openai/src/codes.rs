use blog_ai_http::Meaning;

/// What codes and types of errors mean whose HTTP status does not say it: OpenAI's guide to error codes,
/// Azure's to content filtering, and `tools/server` of llama.cpp.
pub(crate) fn meaning(code: &str) -> Option<Meaning> {
    Some(match code {
        "invalid_api_key" => Meaning::KeyRefused,
        "model_not_found" => Meaning::NoSuchModel,
        "insufficient_quota"
        | "billing_hard_limit_reached"
        | "billing_not_active"
        | "credit_balance_exhausted"
        | "organization_spend_limit_exceeded"
        | "organization_usage_limit_exceeded"
        | "project_spend_limit_exceeded" => Meaning::OutOfMoney,
        "context_length_exceeded"
        | "string_above_max_length"
        | "max_tokens_per_request"
        | "exceed_context_size_error" => Meaning::TooLong,
        "rate_limit_exceeded" | "slow_down" => Meaning::TooOften,
        "server_is_overloaded" => Meaning::Overloaded,
        "server_error" => Meaning::Broken,
        "content_filter" | "content_policy_violation" | "invalid_prompt" => Meaning::Filtered,
        _ => return None,
    })
}
