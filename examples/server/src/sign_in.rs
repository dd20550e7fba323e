//! A link, told on the terminal, that signs in as admin once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use blog_axum::{RouterOptions, SessionCookie};
use serde::Deserialize;
use uuid::Uuid;

use crate::commands::RoleName;
use crate::token::sign;

/// Name of the cookie that keeps a browser signed in.
pub(crate) const COOKIE: &str = "blog_session";
const LASTS: Duration = Duration::from_secs(12 * 3600);

/// The code of the link, and what it is good for. The code is gone once it is used.
#[derive(Clone)]
pub(crate) struct SignIn {
    code: Arc<Mutex<Option<String>>>,
    session: HeaderValue,
    prefix: Arc<str>,
}

#[derive(Deserialize)]
struct Parameters {
    code: String,
}

impl SignIn {
    /// A sign-in with a new code.
    pub(crate) fn new(key: &[u8], options: &RouterOptions) -> Result<Self> {
        let code = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let token = sign(key, "admin", "Admin", RoleName::Admin, LASTS)?;
        Ok(Self {
            code: Arc::new(Mutex::new(Some(code))),
            session: SessionCookie::new(COOKIE, options)?.keep(&token, Some(LASTS))?,
            prefix: options.prefix().into(),
        })
    }

    /// The path and query of the link.
    pub(crate) fn path(&self) -> String {
        let code = self.code.lock().unwrap_or_else(PoisonError::into_inner);
        format!("/sign-in?code={}", code.as_deref().unwrap_or_default())
    }

    pub(crate) fn router(self) -> Router {
        Router::new()
            // Programs that look at a link before anybody follows it do not use it up.
            .route("/sign-in", get(sign_in).head(StatusCode::OK))
            .with_state(self)
    }

    /// Whether the code is the right one; it is so once.
    fn redeem(&self, code: &str) -> bool {
        let mut expected = self.code.lock().unwrap_or_else(PoisonError::into_inner);
        // The hashes are compared, so that the time it takes says nothing about the code.
        let is_right = expected.as_ref().is_some_and(|expected| {
            blake3::hash(expected.as_bytes()) == blake3::hash(code.as_bytes())
        });
        if is_right {
            *expected = None;
        }
        is_right
    }
}

async fn sign_in(
    State(state): State<SignIn>,
    Query(Parameters { code }): Query<Parameters>,
) -> Response {
    if !state.redeem(&code) {
        let message = "This link has been used, or was never given out.\n";
        return (StatusCode::GONE, message).into_response();
    }
    // It leads on, or says that the browser has not kept the cookie.
    let form = format!("{}/admin/sign-in?signed_in=true", state.prefix);
    let headers = [
        (SET_COOKIE, state.session),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, Redirect::to(&form)).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use blog_axum::{Authenticator, JwtAuthenticator, RouterOptions, SessionCookie};
    use blog_core::domain::Role;
    use tower::ServiceExt;

    use super::{COOKIE, SignIn};

    #[tokio::test]
    async fn the_link_signs_in_as_admin_once() {
        let url = "https://example.org/blog".parse().unwrap();
        let options = RouterOptions::default().with_public_url(url);
        let session = SessionCookie::new(COOKIE, &options).unwrap();
        let sign_in = SignIn::new(b"key", &options).unwrap();
        let (path, router) = (sign_in.path(), sign_in.router());
        let send = |method: &str, path: &str| {
            let request = Request::builder().method(method).uri(path);
            let request = request.body(Body::empty()).unwrap();
            router.clone().oneshot(request)
        };
        let ask = |path: &str| send("GET", path);
        assert_eq!(
            ask("/sign-in?code=guess").await.unwrap().status(),
            StatusCode::GONE
        );
        assert_eq!(send("HEAD", &path).await.unwrap().status(), StatusCode::OK);
        let answer = ask(&path).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let next = "/blog/admin/sign-in?signed_in=true";
        assert_eq!(answer.headers()["location"], next);
        assert_eq!(ask(&path).await.unwrap().status(), StatusCode::GONE);

        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        for attribute in ["Path=/blog", "Max-Age=43200", "HttpOnly", "Secure"] {
            assert!(cookie.split("; ").any(|it| it == attribute), "{cookie}");
        }
        let cookie = cookie.split(';').next().unwrap();
        let authenticator = JwtAuthenticator::hs256(b"key").with_session_cookie(session);
        let request = Request::get("/").header("cookie", cookie);
        let request = request.body(()).unwrap().into_parts().0;
        let admin = authenticator.authenticate(&request).await.unwrap();
        assert_eq!(admin.highest_role(), Role::Admin);
    }
}
