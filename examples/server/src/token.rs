use std::io::Write;
use std::path::Path;

use anyhow::Result;
use blog_core::domain::Slug;
use blog_core::ports::{Clock, SystemClock};
use clap::ValueEnum;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde::Serialize;

use crate::commands::Token;
use crate::key::signing_key;

#[derive(Serialize)]
struct Claims<'a> {
    sub: String,
    name: &'a str,
    roles: Vec<String>,
    iat: i64,
    exp: i64,
}

/// Prints a token, and nothing else, on standard output.
pub(crate) fn run(data: &Path, wanted: &Token) -> Result<()> {
    let now = SystemClock.now().timestamp();
    let role = wanted
        .role
        .to_possible_value()
        .map(|value| value.get_name().to_owned());
    let claims = Claims {
        sub: wanted
            .id
            .clone()
            .unwrap_or_else(|| Slug::from_title(&wanted.name).to_string()),
        name: &wanted.name,
        roles: role.into_iter().collect(),
        iat: now,
        exp: now.saturating_add(i64::try_from(wanted.ttl.as_secs())?),
    };
    let key = EncodingKey::from_secret(&signing_key(data)?);
    let token = encode(&Header::default(), &claims, &key)?;
    writeln!(std::io::stdout(), "{token}")?;
    Ok(())
}
