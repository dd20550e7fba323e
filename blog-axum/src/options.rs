use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use blog_collab::Hub;
use blog_core::Result;
use url::{Position, Url};

use crate::auth::{AnonymousOnly, Authenticator};
use crate::templates::Templates;

/// What a host may set.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RouterOptions {
    /// Scheme, host and prefix of every absolute address. Its path is the prefix under which the
    /// host nests the router.
    pub public_url: Option<Url>,
    /// The site's name.
    pub title: String,
    /// What the site is about, in a sentence.
    pub description: Option<String>,
    /// Whether a post's page says that a language model wrote its text or had a part in it, to people and, as
    /// schema.org's `digitalSourceType`, to programs. A part counts also where people have since taken it out.
    /// The template `post.html` has it as `ai`: `whole`, `part`, or nothing.
    pub ai_disclosure: bool,
    /// Whether the public site is served.
    pub site: bool,
    /// Whether the JSON API is served.
    pub api: bool,
    /// Whether the admin pages are served, which need the JSON API.
    #[cfg(feature = "admin")]
    pub admin: bool,
    /// Whose pictures the editor's preview shows besides this site's: the origins (scheme, host and port) of
    /// these addresses. A picture of anybody else's would tell them who writes here, and when, as whoever writes
    /// along can put it there; its address and description stand in its place. Readers' pages show all.
    #[cfg(feature = "admin")]
    pub preview_pictures: Vec<Url>,
    /// Whether `/openapi.json` and `/docs` describe the API.
    pub docs: bool,
    /// Whether the health checks are served.
    pub health: bool,
    /// The origins whose scripts may call the API, without cookies; `None` lets all.
    pub cors_origins: Option<Vec<HeaderValue>>,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// How long a request may take.
    pub timeout: Duration,
    /// How long a request may take that waits for a language model. A post that is streamed has the time of
    /// [`AiOptions::longest_stream`](blog_core::services::ai::AiOptions::longest_stream) instead.
    pub ai_timeout: Duration,
    /// Who is asking.
    pub authenticator: Arc<dyn Authenticator>,
    /// What the site and the admin pages look like.
    pub templates: Templates,
    /// Live editing, if there is any.
    pub hub: Option<Hub>,
}

impl Default for RouterOptions {
    /// Everything served below the root, everybody anonymous, nothing said of language models, bodies up to 2 MiB, 30 s, or four minutes
    /// where a language model is asked.
    fn default() -> Self {
        Self {
            public_url: None,
            title: "Blog".to_owned(),
            description: None,
            ai_disclosure: false,
            site: true,
            api: true,
            #[cfg(feature = "admin")]
            admin: true,
            #[cfg(feature = "admin")]
            preview_pictures: vec![],
            docs: true,
            health: true,
            cors_origins: None,
            body_bytes: 2 << 20,
            timeout: Duration::from_secs(30),
            ai_timeout: Duration::from_secs(240),
            authenticator: Arc::new(AnonymousOnly),
            templates: Templates::default(),
            hub: None,
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

    /// Sets the site's name.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Sets who is asking.
    #[must_use]
    pub fn with_authenticator(mut self, authenticator: impl Authenticator + 'static) -> Self {
        self.authenticator = Arc::new(authenticator);
        self
    }

    /// Lets people edit posts live: whoever connects joins a room of this hub.
    #[must_use]
    pub fn with_hub(mut self, hub: Hub) -> Self {
        self.hub = Some(hub);
        self
    }

    /// Puts one of the [`Templates`] in place of the built-in one.
    ///
    /// # Errors
    /// As [`Templates::replace`].
    ///
    /// # Examples
    /// ```
    /// use blog_axum::RouterOptions;
    ///
    /// let page = "{% extends 'base.html' %}{% block content %}{{ post.title }}{% endblock %}";
    /// let options = RouterOptions::default().with_template("post.html", page)?;
    /// # Ok::<(), blog_core::Error>(())
    /// ```
    pub fn with_template(mut self, name: &str, source: impl Into<String>) -> Result<Self> {
        self.templates.replace(name, source)?;
        Ok(self)
    }

    /// The origins of [`preview_pictures`](Self::preview_pictures), as policies and scripts spell them.
    #[cfg(feature = "admin")]
    pub(crate) fn preview_origins(&self) -> Vec<String> {
        let origins = self.preview_pictures.iter().map(Url::origin);
        let named = origins.filter(url::Origin::is_tuple);
        named.map(|origin| origin.ascii_serialization()).collect()
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
            .map_or(DEFAULT_ADDRESS, |url| &url[..Position::AfterPath]);
        address.trim_end_matches('/')
    }

    /// The path of the site's home. A router that is nested at a prefix answers there, and not
    /// where a slash follows.
    pub(crate) fn home(&self) -> &str {
        match self.prefix() {
            "" => "/",
            prefix => prefix,
        }
    }

    /// The public address without its path.
    pub(crate) fn origin(&self) -> &str {
        self.public_url
            .as_ref()
            .map_or(DEFAULT_ADDRESS, |url| &url[..Position::BeforePath])
    }
}

const DEFAULT_ADDRESS: &str = "http://127.0.0.1:3000";
