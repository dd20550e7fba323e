use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result};
use blog_core::domain::Slug;
use blog_core::ports::{Clock, SystemClock};
use clap::ValueEnum;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde::Serialize;

use crate::commands::{RoleName, Token};
use crate::config::{Config, WrongUse};
use crate::key::signing_key;
use crate::output::print;

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    name: &'a str,
    roles: [String; 1],
    iat: i64,
    exp: i64,
}

#[derive(Serialize)]
struct Printed {
    token: String,
}

impl fmt::Display for Printed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.token)
    }
}

/// Prints a token, and nothing else, on standard output.
pub(crate) fn run(config: &Config, wanted: &Token, json: bool) -> Result<bool> {
    let id = wanted.id.clone();
    let id = id.unwrap_or_else(|| Slug::from_title(&wanted.name).to_string());
    let key = signing_key(&config.data)?;
    let token = sign(&key, &id, &wanted.name, wanted.role, wanted.ttl)?;
    print(&Printed { token }, json)?;
    Ok(true)
}

/// A token for somebody.
pub(crate) fn sign(
    key: &[u8],
    id: &str,
    name: &str,
    role: RoleName,
    lasts: Duration,
) -> Result<String> {
    let now = SystemClock.now().timestamp();
    let lasts = i64::try_from(lasts.as_secs()).ok();
    let role = role.to_possible_value().context("a role without a name")?;
    let claims = Claims {
        sub: id,
        name,
        roles: [role.get_name().to_owned()],
        iat: now,
        exp: lasts
            .and_then(|seconds| now.checked_add(seconds))
            .ok_or_else(|| WrongUse("--ttl reaches beyond the end of time".to_owned()))?,
    };
    Ok(encode(
        &Header::default(),
        &claims,
        &EncodingKey::from_secret(key),
    )?)
}
