use serde_json::Value;

use crate::domain::sorted;
use crate::ports::{AnswerFormat, CompletionRequest, ModelIdentity, Speaker};

/// BLAKE3 of what is asked of which model. Equal requests have equal hashes, whatever the order in which
/// the keys of a schema were given.
pub(super) fn request_hash(model: ModelIdentity, request: &CompletionRequest) -> blake3::Hash {
    let CompletionRequest {
        instructions,
        messages,
        format,
        max_output_tokens,
    } = request;
    let mut hasher = blake3::Hasher::new();
    hasher.update(model.as_ref());
    let mut text = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    text("blog completion request 2");
    text(instructions);
    text(&messages.len().to_string());
    for message in messages {
        text(match message.speaker {
            Speaker::User => "user",
            Speaker::Model => "model",
        });
        text(&message.text);
    }
    let format = match format {
        AnswerFormat::Text => Value::Null,
        AnswerFormat::Json { name, schema } => {
            Value::from(vec![name.as_str().into(), sorted(schema)])
        }
    };
    text(&format.to_string());
    text(&max_output_tokens.to_string());
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use crate::ports::{AnswerFormat, CompletionRequest, Message, ModelIdentity, Speaker};

    fn request() -> CompletionRequest {
        CompletionRequest {
            instructions: "Be brief.".to_owned(),
            messages: vec![user("Hello")],
            format: AnswerFormat::Json {
                name: "answer".to_owned(),
                schema: Arc::new(
                    serde_json::from_str(r#"{"type": "object", "properties": {}}"#).unwrap(),
                ),
            },
            max_output_tokens: 100,
        }
    }

    fn hash(model: &str, request: &CompletionRequest) -> blake3::Hash {
        super::request_hash(ModelIdentity::of([model]), request)
    }

    fn user(text: &str) -> Message {
        Message {
            speaker: Speaker::User,
            text: text.to_owned(),
        }
    }

    #[test]
    fn equal_requests_have_equal_hashes() {
        let mut other = request();
        other.format = AnswerFormat::Json {
            name: "answer".to_owned(),
            schema: Arc::new(
                serde_json::from_str(r#"{"properties": {}, "type": "object"}"#).unwrap(),
            ),
        };
        assert_eq!(hash("a", &request()), hash("a", &other));
    }

    #[test]
    fn whatever_differs_makes_another_hash() {
        let changes: [fn(&mut CompletionRequest); 8] = [
            |it| it.instructions.push('!'),
            |it| it.messages[0].text.push('!'),
            |it| it.messages[0].speaker = Speaker::Model,
            |it| it.messages = vec![user("Hel"), user("lo")],
            |it| it.messages.push(user("")),
            |it| it.format = AnswerFormat::Text,
            |it| {
                it.format = AnswerFormat::Json {
                    name: "answer".to_owned(),
                    schema: json!({"type": "object"}).into(),
                }
            },
            |it| it.max_output_tokens += 1,
        ];
        let mut hashes = vec![hash("a", &request()), hash("b", &request())];
        for change in changes {
            let mut other = request();
            change(&mut other);
            hashes.push(hash("a", &other));
        }
        let distinct: std::collections::HashSet<_> = hashes.iter().collect();
        assert_eq!(distinct.len(), hashes.len());
    }
}
