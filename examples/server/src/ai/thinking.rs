use super::{Ai, Setting};

impl Ai {
    /// Tokens that each answer may have for what the model thinks: as many as were set, else what the efforts
    /// need that were.
    pub(super) fn thinking_tokens(&self) -> u32 {
        if let Some(tokens) = Setting::given(self.ai_thinking_tokens.as_ref()) {
            return *tokens;
        }
        let efforts = [&self.openai_effort, &self.anthropic_effort];
        let efforts = efforts
            .into_iter()
            .filter_map(|it| Setting::given(it.as_ref()));
        efforts.map(|effort| needed(effort)).max().unwrap_or(0)
    }
}

/// About what vendors advise to leave to a model that thinks so much: OpenAI 25,000 tokens where it is not known
/// yet.
fn needed(effort: &str) -> u32 {
    match effort {
        "none" | "minimal" => 0,
        "low" => 4_000,
        "medium" => 10_000,
        _ => 25_000,
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::given;

    #[test]
    fn there_is_room_for_what_is_thought() {
        for (file, tokens) in [
            ("", 0),
            ("openai_effort = \"low\"", 4_000),
            ("openai_effort = \"minimal\"", 0),
            (
                "openai_effort = \"low\"\nanthropic_effort = \"max\"",
                25_000,
            ),
            ("openai_effort = \"high\"\nai_thinking_tokens = 500", 500),
            ("ai_thinking_tokens = 0\nopenai_effort = \"high\"", 0),
        ] {
            let options = given(&[], file).options();
            assert_eq!(options.thinking_tokens, tokens, "{file}");
        }
    }
}
