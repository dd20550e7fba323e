//! Signing in and out.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequestParts, State};
use axum::http::header::{AUTHORIZATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::Response;
use blog_core::domain::ActorKind;
use blog_core::{ErrorKind, Result};
use minijinja::context;
use serde::Deserialize;
use url::form_urlencoded::byte_serialize;

use super::answers::{page, see};
use super::next::next;
use super::signed_in::SignedIn;
use crate::extract::Parameters;
use crate::problem::Problem;
use crate::router::AppState;
use crate::same_site;
use crate::session::{SessionCookie, SignIn};
use crate::site::address::with_parameters;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    next: String,
    /// Whether the browser has just been given its cookie.
    signed_in: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Filled {
    token: String,
    next: String,
}

/// Leads whoever is signed in to where they wanted, and others to where they sign in.
pub(super) async fn show(
    State(state): State<AppState>,
    signed_in: Result<SignedIn, Response>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Response, Problem> {
    let next = next(&state.options, &wanted.next);
    match signed_in {
        Ok(_) => return see(&next),
        // Who it is cannot be found out at the moment.
        Err(refused) if refused.status() != StatusCode::SEE_OTHER => return Ok(refused),
        Err(_) => {}
    }
    match state.options.authenticator.sign_in() {
        SignIn::Nowhere => Err(nowhere()),
        SignIn::Elsewhere { sign_in, .. } => see(&with_next(&sign_in, &next)),
        SignIn::Form(_) if wanted.signed_in => {
            let wrong = "Your browser has not kept you signed in: it has to allow cookies here.";
            form(&state, StatusCode::BAD_REQUEST, &next, Some(wrong))
        }
        SignIn::Form(_) => form(&state, StatusCode::OK, &next, None),
    }
}

pub(super) async fn sign_in(
    State(state): State<AppState>,
    _: OwnForm,
    filled: Result<Form<Filled>, FormRejection>,
) -> Result<Response, Problem> {
    let SignIn::Form(cookie) = state.options.authenticator.sign_in() else {
        return Err(nowhere());
    };
    let Form(filled) = filled.map_err(|it| Problem::new(it.status(), it.body_text()))?;
    let next = next(&state.options, &filled.next);
    let Some(session) = session(&state, &cookie, filled.token.trim()).await? else {
        let wrong = "The token is not valid, or no longer.";
        return form(&state, StatusCode::UNPROCESSABLE_ENTITY, &next, Some(wrong));
    };
    // There it turns out whether the browser has kept the cookie.
    let here = format!("{}/admin/sign-in", state.options.prefix());
    let parameters = [("next", Some(next.as_str())), ("signed_in", Some("true"))];
    let checked = see(&with_parameters(&here, &parameters))?;
    Ok(with_cookie(checked, session))
}

pub(super) async fn sign_out(
    State(state): State<AppState>,
    _: OwnForm,
) -> Result<Response, Problem> {
    match state.options.authenticator.sign_in() {
        SignIn::Nowhere => Err(nowhere()),
        SignIn::Elsewhere { sign_out, .. } => see(&sign_out),
        SignIn::Form(cookie) => {
            let form = see(&format!("{}/admin/sign-in", state.options.prefix()))?;
            Ok(with_cookie(form, cookie.forget()?))
        }
    }
}

/// A form that no other site has sent.
pub(super) struct OwnForm;

impl FromRequestParts<AppState> for OwnForm {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        same_site::check(parts, state.options.origin())?;
        Ok(Self)
    }
}

/// The cookie with the token, for as long as the token holds; `None` if it does not.
async fn session(
    state: &AppState,
    cookie: &SessionCookie,
    token: &str,
) -> Result<Option<HeaderValue>> {
    let Ok(bearer) = HeaderValue::try_from(format!("Bearer {token}")) else {
        return Ok(None);
    };
    let mut request = Request::new(()).into_parts().0;
    request.headers.insert(AUTHORIZATION, bearer);
    let authenticator = &state.options.authenticator;
    match authenticator.authenticate(&request).await {
        Ok(actor) if actor.kind != ActorKind::Anonymous => {}
        Err(error) if *error.kind() != ErrorKind::Unauthenticated => return Err(error),
        _ => return Ok(None),
    }
    let expires = authenticator.expires(&request).await?;
    let lasts = expires.map(|expires| expires - state.blog.clock().now());
    let lasts = lasts.map(|lasts| lasts.to_std().unwrap_or_default());
    Ok(cookie.keep(token, lasts).ok())
}

fn form(
    state: &AppState,
    status: StatusCode,
    next: &str,
    wrong: Option<&str>,
) -> Result<Response, Problem> {
    page(
        state,
        status,
        "admin/sign_in.html",
        context! { next, wrong },
    )
}

fn nowhere() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "Nobody can sign in here.")
}

/// An address of the host's, which may have parameters and a fragment already.
fn with_next(address: &str, next: &str) -> String {
    let (address, fragment) = address.split_at(address.find('#').unwrap_or(address.len()));
    let mark = if address.contains('?') { '&' } else { '?' };
    let next: String = byte_serialize(next.as_bytes()).collect();
    format!("{address}{mark}next={next}{fragment}")
}

fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().insert(SET_COOKIE, cookie);
    response
}
