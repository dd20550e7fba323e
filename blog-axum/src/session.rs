//! How people sign in to the admin pages, and stay so.

use std::time::Duration;

use axum::http::HeaderValue;
use blog_core::{Error, Result};

use crate::options::RouterOptions;

/// How people sign in to the admin pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// Not at all.
    Nowhere,
    /// By a form of the admin pages that asks for a token, and keeps it in a [`SessionCookie`].
    Form {
        /// The cookie's name.
        cookie: String,
    },
    /// On pages of the host's.
    Elsewhere {
        /// The address where people sign in. It is opened with the parameter `next`: the path to
        /// lead them to from there.
        sign_in: String,
        /// The address, of the same origin, that is opened by whoever wants to sign out.
        sign_out: String,
    },
}

/// The cookie that keeps a browser signed in (RFC 6265). It holds a token that no script can read, is
/// sent to the blog alone, and over HTTPS alone where the blog's public address has it; other sites'
/// pages may lead to the blog with it, and nothing else.
#[derive(Debug, Clone)]
pub struct SessionCookie {
    name: String,
    attributes: String,
}

impl SessionCookie {
    /// The cookie of that name of the blog that is served with these options.
    #[must_use]
    pub fn new(name: impl Into<String>, options: &RouterOptions) -> Self {
        let url = options.public_url.as_ref();
        let is_https = url.is_some_and(|url| url.scheme() == "https");
        let secure = if is_https { "; Secure" } else { "" };
        Self {
            name: name.into(),
            attributes: format!("Path={}; HttpOnly; SameSite=Lax{secure}", options.home()),
        }
    }

    /// The header `Set-Cookie` that signs a browser in for so long, or until it is closed.
    ///
    /// # Errors
    /// Invalid if no cookie can hold the token.
    pub fn keep(&self, token: &str, lasts: Option<Duration>) -> Result<HeaderValue> {
        let refused = || Error::invalid_field("token", "cannot be kept in a cookie");
        if !token.bytes().all(is_cookie_octet) {
            return Err(refused());
        }
        let Self { name, attributes } = self;
        let lasts = lasts.map_or_else(String::new, |it| format!("; Max-Age={}", it.as_secs()));
        let header = HeaderValue::try_from(format!("{name}={token}; {attributes}{lasts}"));
        header.map_err(|error| refused().with_source(error))
    }

    /// The header `Set-Cookie` that signs a browser out.
    ///
    /// # Errors
    /// Invalid if no cookie can have that name.
    pub fn forget(&self) -> Result<HeaderValue> {
        self.keep("", Some(Duration::ZERO))
    }
}

/// RFC 6265, section 4.1.1.
const fn is_cookie_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}
