//! Whose answers may be given in place of whose.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use blog_ai_anthropic::{Anthropic, AnthropicConfig, JsonAnswers};
use blog_core::ports::{LanguageModel, ModelIdentity};

fn identity(model: &str, set: impl FnOnce(&mut AnthropicConfig)) -> ModelIdentity {
    let mut config = AnthropicConfig::default();
    set(&mut config);
    Anthropic::new(model, &config).unwrap().identity()
}

#[test]
fn models_that_may_answer_otherwise_have_different_identities() {
    let changes: [fn(&mut AnthropicConfig); 7] = [
        |_| (),
        |it| it.base_url = "http://localhost".to_owned(),
        |it| it.version = "2023-01-01".to_owned(),
        |it| it.json = JsonAnswers::ToolCall,
        |it| it.effort = Some("high".to_owned()),
        |it| it.effort = Some("low".to_owned()),
        |it| it.headers.push(("anthropic-beta".to_owned(), "x".into())),
    ];
    let mut identities = changes.map(|change| identity("small", change)).to_vec();
    identities.push(identity("large", |_| ()));
    let mut distinct = std::collections::HashSet::new();
    assert!(identities.into_iter().all(|it| distinct.insert(it)));
}

#[test]
fn nodes_with_keys_of_their_own_know_a_model_by_one_identity() {
    let here = identity("small", |it| it.key = Some("sk-here".into()));
    assert_eq!(
        here,
        identity("small", |it| it.key = Some("sk-there".into()))
    );
}
