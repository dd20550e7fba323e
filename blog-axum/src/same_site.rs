//! Which changes count that a browser asks for: a page of any site can have it send a request, and it
//! adds the cookies by itself.

use axum::http::header::COOKIE;
use axum::http::request::Parts;
use blog_collab::Handshake;
use blog_core::{Error, ErrorKind, Result};

use crate::websocket::handshake;

/// Refuses a change that a page of another site than `own` may have asked for, unless it brings a token,
/// which no browser sends by itself. `own` is the site's scheme and authority.
pub(crate) fn check(request: &Parts, own: &str) -> Result<()> {
    if request.method.is_safe() {
        return Ok(());
    }
    let sent = Handshake {
        // Does not sign anybody in here.
        query: None,
        ..handshake(request)
    };
    if sent.token().is_some() || is_ours(request, sent, own) {
        return Ok(());
    }
    let message = "pages of other sites need a token to change anything";
    Err(Error::new(ErrorKind::Forbidden, message))
}

/// What the browser says (<https://www.w3.org/TR/fetch-metadata>). It says so to trustworthy addresses
/// alone, and elsewhere where the page comes from. What says neither is a program, unless it brings a
/// cookie.
fn is_ours(request: &Parts, sent: Handshake<'_>, own: &str) -> bool {
    match request.headers.get("sec-fetch-site") {
        Some(site) => site == "same-origin" || site == "none",
        None if sent.origin.is_some() => !sent.is_foreign(own),
        None => !request.headers.contains_key(COOKIE),
    }
}
