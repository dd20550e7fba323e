//! Whose answers may be given in place of whose.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use blog_ai_openai::{Dialect, OpenAi, OpenAiConfig};
use blog_core::ports::{LanguageModel, ModelIdentity};

fn identity(model: &str, set: impl FnOnce(&mut OpenAiConfig)) -> ModelIdentity {
    let mut config = OpenAiConfig::default();
    set(&mut config);
    OpenAi::new(model, &config).unwrap().identity()
}

#[test]
fn models_that_may_answer_otherwise_have_different_identities() {
    let changes: [fn(&mut OpenAiConfig); 7] = [
        |_| (),
        |it| it.base_url = "http://localhost/v1".to_owned(),
        |it| it.dialect = Dialect::Compatible,
        |it| it.effort = Some("high".to_owned()),
        |it| it.effort = Some("low".to_owned()),
        |it| it.project = Some("blog".to_owned()),
        |it| it.headers.push(("x-version".to_owned(), "2".into())),
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
