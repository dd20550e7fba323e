use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE, HeaderName, USER_AGENT};
use axum::http::request::Parts;
use blog_core::domain::{Actor, ActorKind, Origin, Role};
use blog_core::{Error, ErrorKind, Result};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use percent_encoding::percent_decode;
use serde::Deserialize;

use crate::envelope::REQUEST_ID;
use crate::problem::Problem;
use crate::router::AppState;
use crate::same_site;
use crate::session::{SessionCookie, SignIn};

/// Says who is asking, and where people sign in. A host with users of its own implements it.
///
/// Cookies, and passwords that browsers remember, may be taken as they are: changes that other sites'
/// pages have a browser ask for are refused before anybody is asked who sent them.
///
/// # Examples
/// ```
/// use async_trait::async_trait;
/// use axum::http::request::Parts;
/// use blog_axum::{Authenticator, SignIn};
/// use blog_core::Result;
/// use blog_core::domain::{Actor, Role};
///
/// /// A host that has put its user, whom its own middleware found, into the request.
/// #[derive(Debug)]
/// struct Members;
///
/// #[derive(Clone)]
/// struct Member {
///     id: String,
///     name: String,
/// }
///
/// #[async_trait]
/// impl Authenticator for Members {
///     async fn authenticate(&self, request: &Parts) -> Result<Actor> {
///         Ok(match request.extensions.get::<Member>() {
///             Some(member) => Actor::user(&member.id, &member.name, Role::Author),
///             None => Actor::anonymous(),
///         })
///     }
///
///     fn sign_in(&self) -> SignIn {
///         SignIn::Elsewhere {
///             sign_in: "/log-in".to_owned(),
///             sign_out: "/log-out".to_owned(),
///         }
///     }
/// }
/// ```
#[async_trait]
pub trait Authenticator: Send + Sync + fmt::Debug {
    /// The actor that sent a request; [`Actor::anonymous`] for one that does not say.
    ///
    /// # Errors
    /// Unauthenticated for a request that says so in a way that does not hold.
    async fn authenticate(&self, request: &Parts) -> Result<Actor>;

    /// When what such a request says of its sender no longer holds; `None` if that does not end by
    /// itself. Connections that stay open are closed then.
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate).
    async fn expires(&self, _request: &Parts) -> Result<Option<DateTime<Utc>>> {
        Ok(None)
    }

    /// How people sign in to the admin pages.
    fn sign_in(&self) -> SignIn {
        SignIn::Nowhere
    }
}

/// Nobody signs in.
#[derive(Debug, Clone, Copy, Default)]
pub struct AnonymousOnly;

#[async_trait]
impl Authenticator for AnonymousOnly {
    async fn authenticate(&self, _request: &Parts) -> Result<Actor> {
        Ok(Actor::anonymous())
    }
}

/// Bearer tokens (RFC 6750) that are JWTs (RFC 7519) with `sub`, `name`, `roles` and `exp`.
///
/// With [`with_session_cookie`](Self::with_session_cookie), a browser may bring its token in a
/// cookie.
pub struct JwtAuthenticator {
    key: DecodingKey,
    validation: Validation,
    session_cookie: Option<SessionCookie>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    name: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
    exp: f64,
}

impl JwtAuthenticator {
    /// Tokens signed with a shared secret (HS256).
    #[must_use]
    pub fn hs256(secret: &[u8]) -> Self {
        Self::new(DecodingKey::from_secret(secret), Algorithm::HS256)
    }

    /// Tokens signed with the private half of this key (EdDSA, PEM).
    ///
    /// # Errors
    /// Invalid if the text is no such key.
    pub fn eddsa_pem(public_key: &[u8]) -> Result<Self> {
        let key = DecodingKey::from_ed_pem(public_key).map_err(|error| {
            Error::invalid_field("public_key", "must be an Ed25519 key in PEM").with_source(error)
        })?;
        Ok(Self::new(key, Algorithm::EdDSA))
    }

    fn new(key: DecodingKey, algorithm: Algorithm) -> Self {
        let mut validation = Validation::new(algorithm);
        validation.leeway = 0;
        // RFC 7519, section 4.1.4: not "on or after" its end. In whole seconds, as this is computed.
        validation.reject_tokens_expiring_in_less_than = 1;
        Self {
            key,
            validation,
            session_cookie: None,
        }
    }

    /// Takes the token also from this cookie, in which a form of the admin pages keeps it.
    /// A token that has expired makes its owner anonymous.
    #[must_use]
    pub fn with_session_cookie(mut self, cookie: SessionCookie) -> Self {
        self.session_cookie = Some(cookie);
        self
    }

    fn by_cookie(&self, request: &Parts) -> Actor {
        let actor = self
            .cookie(request)
            .and_then(|token| self.actor(token).ok());
        actor.unwrap_or_else(Actor::anonymous)
    }

    fn cookie<'a>(&self, request: &'a Parts) -> Option<&'a str> {
        let session = self.session_cookie.as_ref()?;
        cookie(&request.headers, session.name())
    }

    fn claims(&self, token: &str) -> Result<Claims> {
        let token = decode(token, &self.key, &self.validation);
        let token = token.map_err(|error| unauthenticated().with_source(error))?;
        Ok(token.claims)
    }

    fn actor(&self, token: &str) -> Result<Actor> {
        let claims = self.claims(token)?;
        let roles = claims
            .roles
            .iter()
            .filter_map(|name| Role::from_name(name))
            .collect();
        Ok(Actor {
            name: claims.name.unwrap_or_else(|| claims.sub.clone()),
            id: claims.sub,
            roles,
            kind: ActorKind::User,
            origin: Origin::default(),
        })
    }
}

impl fmt::Debug for JwtAuthenticator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("JwtAuthenticator")
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Authenticator for JwtAuthenticator {
    async fn authenticate(&self, request: &Parts) -> Result<Actor> {
        match bearer(request)? {
            Some(token) => self.actor(token),
            None => Ok(self.by_cookie(request)),
        }
    }

    async fn expires(&self, request: &Parts) -> Result<Option<DateTime<Utc>>> {
        let claims = match bearer(request)? {
            Some(token) => Some(self.claims(token)?),
            None => self
                .cookie(request)
                .and_then(|token| self.claims(token).ok()),
        };
        Ok(claims.and_then(|claims| time(claims.exp)))
    }

    fn sign_in(&self) -> SignIn {
        match self.session_cookie.clone() {
            Some(cookie) => SignIn::Form(cookie),
            None => SignIn::Nowhere,
        }
    }
}

/// A time (RFC 7519, section 2: `NumericDate`).
fn time(seconds: f64) -> Option<DateTime<Utc>> {
    let since = Duration::try_from_secs_f64(seconds).ok()?;
    DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::from_std(since).ok()?)
}

/// The token of a request's header (RFC 6750, section 2.1). Another scheme's is for somebody else, such as
/// a proxy that asks for a password.
fn bearer(request: &Parts) -> Result<Option<&str>> {
    let Some(header) = request.headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    let header = header.to_str().ok();
    let (scheme, token) = header
        .and_then(|header| header.split_once(' '))
        .ok_or_else(unauthenticated)?;
    let is_ours = scheme.eq_ignore_ascii_case("bearer");
    Ok(is_ours.then(|| token.trim()))
}

/// The value of a cookie (RFC 6265, section 5.4).
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

fn unauthenticated() -> Error {
    Error::new(ErrorKind::Unauthenticated, "the token is not valid")
}

/// The actor of a request, with where it comes from.
pub(crate) struct RequestActor(pub(crate) Actor);

impl FromRequestParts<AppState> for RequestActor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(Self(actor(parts, state).await?))
    }
}

/// Whom a page is of, by their id, percent-encoded. Its browser may have somebody else's cookie by now.
pub(crate) const PAGE_OF: HeaderName = HeaderName::from_static("x-blog-actor");

fn check_page(request: &Parts, actor: &Actor) -> Result<()> {
    match request.headers.get(PAGE_OF) {
        Some(id) if !percent_decode(id.as_bytes()).eq(actor.id.bytes()) => {
            let message = "this page is of somebody who is not signed in here any more";
            Err(Error::new(ErrorKind::Unauthenticated, message))
        }
        _ => Ok(()),
    }
}

/// Who sends this request.
pub(crate) async fn actor(parts: &Parts, state: &AppState) -> Result<Actor> {
    same_site::check(parts, state.options.origin())?;
    let mut actor = state.options.authenticator.authenticate(parts).await?;
    check_page(parts, &actor)?;
    let header = |name: HeaderName| {
        // A text that a header can carry is ASCII: every byte is a character.
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some(value[..value.len().min(500)].to_owned())
    };
    actor.origin.user_agent = header(USER_AGENT);
    actor.origin.request_id = header(REQUEST_ID);
    Ok(actor)
}
