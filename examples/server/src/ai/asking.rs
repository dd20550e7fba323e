//! Asks the API within this process, so that both say the same.

use anyhow::{Context, Result, anyhow};
use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{Request, StatusCode};
use blog_axum::{Authenticator, RouterOptions};
use blog_core::domain::{Actor, Role, Slug};
use serde_json::Value;
use tower::ServiceExt;

use super::question::Question;
use crate::config::{Config, WrongUse};
use crate::open::Opened;

/// Bytes of a question, in which a text may take twice as many, and of an answer.
const LARGEST: usize = 32 << 20;

/// Whoever has the database is an admin.
#[derive(Debug)]
struct CommandLine {
    name: String,
}

#[async_trait]
impl Authenticator for CommandLine {
    async fn authenticate(&self, _request: &Parts) -> blog_core::Result<Actor> {
        let id = Slug::from_title(&self.name).to_string();
        Ok(Actor::user(id, &self.name, Role::Admin))
    }
}

pub(super) async fn answered(
    config: &Config,
    opened: &Opened,
    question: Question,
) -> Result<Value> {
    let name = question.author.unwrap_or_else(|| "Command line".to_owned());
    let mut options = RouterOptions::default().with_authenticator(CommandLine { name });
    options.body_bytes = LARGEST;
    options.ai_timeout = config.ai.options().longest_stream;
    let router = blog_axum::router(opened.blog.clone(), options);
    let request = Request::builder()
        .method(question.method)
        .uri(question.path)
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(question.body.to_string()))?;
    let answer = router.oneshot(request).await?;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), LARGEST).await?;
    let answer: Value = serde_json::from_slice(&bytes).context("the answer is no JSON")?;
    if status.is_success() {
        return Ok(answer);
    }
    let what = refusal(&answer);
    match status {
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Err(WrongUse(what).into()),
        _ => Err(anyhow!(what)),
    }
}

/// What a problem says (RFC 9457), with the rules that fields break.
fn refusal(problem: &Value) -> String {
    let rules = problem["errors"].as_array().into_iter().flatten();
    let rule = |error: &Value| {
        Some(format!(
            "{} {}",
            error["field"].as_str()?,
            error["message"].as_str()?
        ))
    };
    let rules: Vec<_> = rules.filter_map(rule).collect();
    match rules.as_slice() {
        [] => problem["detail"].as_str().unwrap_or_default().to_owned(),
        rules => rules.join("; "),
    }
}
