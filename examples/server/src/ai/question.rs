//! From a command to what the API is asked.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use axum::http::Method;
use serde::Serialize;
use serde_json::{Value, json};

use super::arguments::{Command, Text};
use super::told;
use crate::config::WrongUse;

/// Bytes of a text.
const LARGEST: u64 = 16 << 20;

/// What the API is asked, and how its answer is told people.
pub(super) struct Question {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) body: Value,
    /// By name, if somebody was named.
    pub(super) author: Option<String>,
    pub(super) told: fn(&Value) -> String,
}

pub(super) fn question(command: &Command) -> Result<Question> {
    let post = |path, body: Value, told| Question {
        method: Method::POST,
        path,
        body,
        author: None,
        told,
    };
    Ok(match command {
        Command::Generate(wanted) => {
            let mut body = json!(wanted);
            let source = |path: &PathBuf| Ok(json!({"text": read(path)?}));
            let sources: Result<Vec<_>> = wanted.sources.iter().map(source).collect();
            body["sources"] = sources?.into();
            Question {
                author: wanted.author.clone(),
                ..post("/ai/generate-content", body, told::post)
            }
        }
        Command::Summarize(wanted) => {
            let body = about(&wanted.look.text, wanted)?;
            post("/ai/summarize", body, told::summary)
        }
        Command::Sentiment(look) => {
            let body = about(&look.text, look)?;
            post("/ai/sentiment", body, told::sentiment)
        }
        Command::Seo(look) => post("/ai/seo", about(&look.text, look)?, told::seo),
        Command::Suggest(wanted) => {
            let body = about(&wanted.look.text, wanted)?;
            post("/ai/suggest", body, told::suggestions)
        }
        Command::Translate(wanted) => Question {
            author: wanted.author.clone(),
            ..post("/ai/translate", about(&wanted.text, wanted)?, told::post)
        },
        Command::Rewrite(wanted) => {
            let body = about(&wanted.text, wanted)?;
            post("/ai/rewrite", body, told::paragraphs)
        }
        Command::Shorten(wanted) => {
            let body = about(&wanted.text, wanted)?;
            post("/ai/shorten", body, told::paragraphs)
        }
        Command::AltText(wanted) => {
            let body = about(&wanted.text, wanted)?;
            post("/ai/alt-text", body, told::pictures)
        }
        Command::Moderate(wanted) => {
            let body = json!({"text": read(&wanted.file)?});
            post("/ai/moderate", body, told::moderation)
        }
        Command::Usage => Question {
            method: Method::GET,
            path: "/ai/usage/totals",
            body: Value::Null,
            author: None,
            told: told::usage,
        },
    })
}

/// A text or a post, and what is wanted of it, as far as that was said.
fn about(text: &Text, wanted: &impl Serialize) -> Result<Value> {
    let mut body = json!(wanted);
    if let Some(file) = &text.file {
        body["text"] = read(file)?.into();
    }
    if let Some(post) = &text.post {
        body["post"] = post.as_str().into();
    }
    if let Value::Object(fields) = &mut body {
        fields.retain(|_, value| !value.is_null());
    }
    Ok(body)
}

fn read(path: &Path) -> Result<String> {
    let wrong = || WrongUse(format!("cannot read {}", path.display()));
    let input: Box<dyn Read> = match path == Path::new("-") {
        true => Box::new(std::io::stdin()),
        false => Box::new(File::open(path).with_context(wrong)?),
    };
    let mut bytes = Vec::new();
    let read = input.take(LARGEST + 1).read_to_end(&mut bytes);
    if read.with_context(wrong)? as u64 > LARGEST {
        return Err(WrongUse(format!("{} has more than 16 MiB", path.display())).into());
    }
    String::from_utf8(bytes).with_context(wrong)
}
