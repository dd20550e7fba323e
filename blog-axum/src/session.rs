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
    /// By a form of the admin pages that asks for a token, and keeps it in this cookie. The
    /// [`Authenticator`](crate::Authenticator) has to take the token from the cookie; and, of a request that
    /// has nothing else, as a bearer token (RFC 6750): so the form asks it whether a token is good.
    Form(SessionCookie),
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
///
/// A blog that is at the root of an address with HTTPS has one whose name begins with `__Host-`: browsers
/// take that from nobody else, not from a neighbouring subdomain either.
///
/// # Examples
/// ```
/// use blog_axum::{JwtAuthenticator, RouterOptions, SessionCookie};
///
/// let options = RouterOptions::default().with_public_url("https://blog.example".parse()?);
/// let cookie = SessionCookie::new("session", &options)?;
/// assert_eq!(cookie.name(), "__Host-session");
/// let users = JwtAuthenticator::hs256(b"a secret").with_session_cookie(cookie);
/// let options = options.with_authenticator(users);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionCookie {
    name: String,
    attributes: String,
}

const HOST: &str = "__Host-";

impl SessionCookie {
    /// The cookie of that name of the blog that is served with these options, of which the public address
    /// counts.
    ///
    /// # Errors
    /// Invalid if it is no name for a cookie: it has letters, digits and some signs (RFC 9110, section
    /// 5.6.2), and does not begin with `__Host-` or `__Secure-`, which browsers read.
    pub fn new(name: &str, options: &RouterOptions) -> Result<Self> {
        let is_read = ["__host-", "__secure-"]
            .iter()
            .any(|prefix| name.to_ascii_lowercase().starts_with(prefix));
        if name.is_empty() || is_read || !name.bytes().all(is_token) {
            return Err(Error::invalid_field("name", "is no name for a cookie"));
        }
        let url = options.public_url.as_ref();
        let is_https = url.is_some_and(|url| url.scheme() == "https");
        let secure = if is_https { "; Secure" } else { "" };
        let path = options.home();
        let prefix = if is_https && path == "/" { HOST } else { "" };
        Ok(Self {
            name: format!("{prefix}{name}"),
            attributes: format!("Path={path}; HttpOnly; SameSite=Lax{secure}"),
        })
    }

    /// What it is called in the header `Cookie`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
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
    /// As [`keep`](Self::keep).
    pub fn forget(&self) -> Result<HeaderValue> {
        self.keep("", Some(Duration::ZERO))
    }
}

/// RFC 6265, section 4.1.1.
const fn is_cookie_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::SessionCookie;
    use crate::options::RouterOptions;

    fn cookie(name: &str, address: &str) -> blog_core::Result<SessionCookie> {
        let options = RouterOptions::default().with_public_url(address.parse().unwrap());
        SessionCookie::new(name, &options)
    }

    #[test]
    fn no_neighbour_sets_the_cookie_of_a_blog_that_has_an_https_address_of_its_own() {
        for (address, name) in [
            ("https://example.org", "__Host-session"),
            ("https://example.org/", "__Host-session"),
            ("https://example.org/blog", "session"),
            ("http://127.0.0.1:3000", "session"),
        ] {
            assert_eq!(cookie("session", address).unwrap().name(), name);
        }
        let own = cookie("session", "https://example.org").unwrap();
        let header = own.keep("x", None).unwrap();
        let expected = "__Host-session=x; Path=/; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(header, expected);
    }

    #[test]
    fn a_name_that_no_cookie_can_have_is_refused() {
        for name in [
            "",
            "a b",
            "a;b",
            "a=b",
            "ü",
            "a\n",
            "__Host-a",
            "__secure-a",
        ] {
            assert!(cookie(name, "https://example.org").is_err(), "{name:?}");
        }
    }
}
