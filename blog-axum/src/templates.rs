use std::sync::Arc;

use blog_core::{Error, Result};
use minijinja::{Environment, Value};

const STYLESHEET: &str = "site.css";

/// The templates ([minijinja](https://docs.rs/minijinja)) of the site and the admin pages, and the
/// site's stylesheet. All text is escaped unless a template says that it is HTML already.
#[derive(Debug, Clone)]
pub struct Templates {
    environment: Arc<Environment<'static>>,
    stylesheet: Arc<str>,
}

/// The built-in ones, by name.
const BUILT_IN: &[(&str, &str)] = &[
    ("base.html", include_str!("../templates/base.html")),
    ("parts.html", include_str!("../templates/parts.html")),
    ("list.html", include_str!("../templates/list.html")),
    ("post.html", include_str!("../templates/post.html")),
    ("search.html", include_str!("../templates/search.html")),
    ("message.html", include_str!("../templates/message.html")),
    ("feed.xml", include_str!("../templates/feed.xml")),
    ("rss.xml", include_str!("../templates/rss.xml")),
    ("sitemap.xml", include_str!("../templates/sitemap.xml")),
    #[cfg(feature = "admin")]
    (
        "admin/base.html",
        include_str!("../templates/admin/base.html"),
    ),
    #[cfg(feature = "admin")]
    (
        "admin/posts.html",
        include_str!("../templates/admin/posts.html"),
    ),
    #[cfg(feature = "admin")]
    (
        "admin/edit.html",
        include_str!("../templates/admin/edit.html"),
    ),
    #[cfg(feature = "admin")]
    (
        "admin/history.html",
        include_str!("../templates/admin/history.html"),
    ),
    #[cfg(feature = "admin")]
    (
        "admin/sign_in.html",
        include_str!("../templates/admin/sign_in.html"),
    ),
    #[cfg(feature = "admin")]
    (
        "admin/message.html",
        include_str!("../templates/admin/message.html"),
    ),
];

impl Default for Templates {
    fn default() -> Self {
        let mut environment = Environment::new();
        for &(name, source) in BUILT_IN {
            if let Err(error) = environment.add_template(name, source) {
                tracing::error!(%error, name, "a built-in template is broken");
            }
        }
        Self {
            environment: Arc::new(environment),
            stylesheet: include_str!("../templates/site.css").into(),
        }
    }
}

impl Templates {
    /// Puts a template, or the stylesheet `site.css`, in place of the built-in one of that name.
    /// The others stay, and go on extending or including the new one.
    ///
    /// # Errors
    /// Invalid: there is no template of that name, or the new one cannot be read; says its line.
    pub fn replace(&mut self, name: &str, source: impl Into<String>) -> Result<()> {
        let source = source.into();
        if name == STYLESHEET {
            self.stylesheet = source.into();
            return Ok(());
        }
        if !BUILT_IN.iter().any(|(known, _)| *known == name) {
            let known: Vec<_> = BUILT_IN.iter().map(|(name, _)| *name).collect();
            let known = known.join(", ");
            return Err(Error::invalid_field(
                name,
                format!("is no template; there are {known} and {STYLESHEET}"),
            ));
        }
        Arc::make_mut(&mut self.environment)
            .add_template_owned(name.to_owned(), source)
            .map_err(|error| {
                let line = error.line().unwrap_or(1);
                Error::invalid_field(name, format!("line {line}: {error}")).with_source(error)
            })
    }

    pub(crate) fn render(&self, name: &str, values: Value) -> Result<String> {
        self.environment
            .get_template(name)
            .and_then(|template| template.render(values))
            .map_err(|error| {
                Error::internal(format!("the template {name} failed")).with_source(error)
            })
    }

    pub(crate) fn stylesheet(&self) -> &str {
        &self.stylesheet
    }

    /// Changes with the stylesheet.
    pub(crate) fn stylesheet_version(&self) -> String {
        blake3::hash(self.stylesheet.as_bytes()).to_hex()[..8].to_owned()
    }
}
