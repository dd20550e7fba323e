use blog_ai_http::{Failure, Meaning};

/// What the types of Anthropic's errors mean (its API reference, "Errors").
pub(crate) fn meaning(kind: &str) -> Option<Meaning> {
    Some(match kind {
        "authentication_error" | "permission_error" => Meaning::KeyRefused,
        "billing_error" => Meaning::OutOfMoney,
        "not_found_error" => Meaning::NoSuchModel,
        "request_too_large" => Meaning::TooLong,
        "rate_limit_error" => Meaning::TooOften,
        "overloaded_error" => Meaning::Overloaded,
        "api_error" | "timeout_error" | "conflict_error" => Meaning::Broken,
        "invalid_request_error" => Meaning::NotTaken,
        _ => return None,
    })
}

/// What Anthropic has no type for, and says in these words, which begin its message.
const WORDS: [(&str, Meaning); 3] = [
    ("prompt is too long", Meaning::TooLong),
    (
        "input length and `max_tokens` exceed context limit",
        Meaning::TooLong,
    ),
    (
        "Output blocked by content filtering policy",
        Meaning::Filtered,
    ),
];

/// The failure with the meaning that only its words have.
pub(crate) fn understood(mut failure: Failure) -> Failure {
    if let Failure::Server(error) = &mut failure
        && error.meaning == Meaning::NotTaken
        && let Some((_, message)) = error.said.split_once("invalid_request_error ")
    {
        let known = WORDS.iter().find(|(words, _)| message.starts_with(words));
        if let Some((_, meaning)) = known {
            error.meaning = *meaning;
        }
    }
    failure
}
