use std::borrow::Cow;

use blog_core::{Error, ErrorKind, Result};

/// What the request for a WebSocket (RFC 6455, section 4) says of who sends it, whichever HTTP stack
/// has read it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Handshake<'a> {
    /// What follows the `?` of the address.
    pub query: Option<&'a str>,
    /// The header `Authorization`.
    pub authorization: Option<&'a str>,
    /// The header `Origin`, whatever bytes it has: one that is no text is another site's.
    pub origin: Option<&'a [u8]>,
    /// The header `Host`.
    pub host: Option<&'a str>,
}

impl<'a> Handshake<'a> {
    /// The bearer token (RFC 6750). A browser's scripts cannot send headers with a WebSocket: theirs
    /// comes as `?token=`.
    #[must_use]
    pub fn token(&self) -> Option<Cow<'a, str>> {
        let bearer = self.authorization.and_then(|header| {
            let (scheme, token) = header.split_once(' ')?;
            let is_bearer = scheme.eq_ignore_ascii_case("bearer");
            is_bearer.then(|| Cow::Borrowed(token.trim()))
        });
        bearer.or_else(|| {
            let mut pairs = form_urlencoded::parse(self.query?.as_bytes());
            pairs.find_map(|(name, value)| (name == "token").then_some(value))
        })
    }

    /// Whether a page of another site than `own` asks, as [`check_origin`](Self::check_origin) has it.
    /// Of such a request only the [`token`](Self::token) may count: not its cookies, nor a password that
    /// the browser remembers.
    #[must_use]
    pub fn is_foreign(&self, own: &str) -> bool {
        self.origin.is_some_and(|origin| {
            let origin = str::from_utf8(origin).unwrap_or_default();
            origin != own && !self.is_of_host(origin, own.starts_with("https://"))
        })
    }

    /// Whether a page is of the host that the request names. Who can change what comes over plain HTTP can
    /// make up such a page: it is not of a site that has HTTPS.
    fn is_of_host(&self, origin: &str, needs_https: bool) -> bool {
        origin.split_once("://").is_some_and(|(scheme, name)| {
            self.host == Some(name) && (scheme == "https" || !needs_https)
        })
    }

    /// Refuses pages of other sites than `own`, unless they bring a token: with whatever WebSocket a
    /// page opens, a browser sends the cookies of the site that it leads to.
    ///
    /// `own` is the site's scheme and authority, such as `https://example.org`; a page of the host
    /// that the request names is one of its own as well, over HTTPS if the site has it.
    ///
    /// # Errors
    /// Forbidden.
    pub fn check_origin(&self, own: &str) -> Result<()> {
        if self.is_foreign(own) && self.token().is_none() {
            let message = "pages of other sites need a token";
            return Err(Error::new(ErrorKind::Forbidden, message));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_in_the_header_or_else_in_the_query() {
        let token = |authorization, query| {
            let handshake = Handshake {
                authorization,
                query,
                ..Handshake::default()
            };
            handshake.token().map(Cow::into_owned)
        };
        assert_eq!(token(None, None), None);
        assert_eq!(token(None, Some("a=b&token=s%33cret")).unwrap(), "s3cret");
        assert_eq!(token(Some("bearer s3cret"), None).unwrap(), "s3cret");
        assert_eq!(token(Some("Bearer one"), Some("token=two")).unwrap(), "one");
        assert_eq!(token(Some("Basic YTpi"), None), None);
    }

    #[test]
    fn a_page_of_another_site_needs_a_token() {
        let own = Handshake {
            host: Some("blog.example:8443"),
            ..Handshake::default()
        };
        let from = |origin: &'static str| Handshake {
            origin: Some(origin.as_bytes()),
            ..own
        };
        let public = "https://example.org";
        own.check_origin(public).unwrap();
        for origin in [public, "https://blog.example:8443"] {
            from(origin).check_origin(public).unwrap();
        }
        for origin in [
            "https://evil.example",
            "https://blog.example",
            "http://blog.example:8443",
            "http://example.org",
            "null",
            "",
        ] {
            let refused = from(origin).check_origin(public).unwrap_err();
            assert_eq!(*refused.kind(), ErrorKind::Forbidden, "{origin}");
            let basic = Handshake {
                authorization: Some("Basic YTpi"),
                ..from(origin)
            };
            basic.check_origin(public).unwrap_err();
            let token = Handshake {
                query: Some("token=s3cret"),
                ..from(origin)
            };
            token.check_origin(public).unwrap();
        }
    }

    #[test]
    fn a_site_without_https_has_pages_by_either_scheme() {
        let own = Handshake {
            host: Some("blog.example"),
            ..Handshake::default()
        };
        for origin in [&b"http://blog.example"[..], b"https://blog.example"] {
            let page = Handshake {
                origin: Some(origin),
                ..own
            };
            page.check_origin("http://127.0.0.1:3000").unwrap();
        }
    }

    #[test]
    fn an_origin_that_is_no_text_is_another_sites() {
        let garbled = Handshake {
            origin: Some(b"https://example.org\xff"),
            ..Handshake::default()
        };
        garbled.check_origin("https://example.org").unwrap_err();
    }

    #[test]
    fn a_page_without_a_name_is_not_the_host_that_nobody_named() {
        let nameless = Handshake {
            origin: Some(b"null"),
            ..Handshake::default()
        };
        assert!(nameless.is_foreign("https://example.org"));
        nameless.check_origin("https://example.org").unwrap_err();
    }
}
