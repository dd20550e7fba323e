use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::auth::{AnonymousOnly, Authenticator};

/// What a host may set.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RouterOptions {
    /// Scheme, host and prefix of every absolute address. Its path is the prefix under which the
    /// host nests the router.
    pub public_url: Option<Url>,
    /// The site's name.
    pub title: String,
    /// Whether the public site is served.
    pub site: bool,
    /// Whether the JSON API is served.
    pub api: bool,
    /// Whether the health checks are served.
    pub health: bool,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// How long a request may take.
    pub timeout: Duration,
    /// Who is asking.
    pub authenticator: Arc<dyn Authenticator>,
}

impl Default for RouterOptions {
    /// Everything served below the root, everybody anonymous, bodies up to 2 MiB, 30 s.
    fn default() -> Self {
        Self {
            public_url: None,
            title: "Blog".to_owned(),
            site: true,
            api: true,
            health: true,
            body_bytes: 2 << 20,
            timeout: Duration::from_secs(30),
            authenticator: Arc::new(AnonymousOnly),
        }
    }
}

impl RouterOptions {
    /// Sets the public address.
    #[must_use]
    pub fn with_public_url(mut self, url: Url) -> Self {
        self.public_url = Some(url);
        self
    }

    /// Sets who is asking.
    #[must_use]
    pub fn with_authenticator(mut self, authenticator: impl Authenticator + 'static) -> Self {
        self.authenticator = Arc::new(authenticator);
        self
    }

    /// The path under which the router is nested, without a slash at its end.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.public_url
            .as_ref()
            .map_or("", |url| url.path().trim_end_matches('/'))
    }

    /// The public address, without a slash at its end.
    #[must_use]
    pub fn address(&self) -> &str {
        let address = self
            .public_url
            .as_ref()
            .map_or("http://127.0.0.1:3000", Url::as_str);
        address.trim_end_matches('/')
    }
}
