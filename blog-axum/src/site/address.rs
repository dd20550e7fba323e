//! Addresses of the site's pages.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::form_urlencoded::Serializer;

/// What a part of a path keeps as it is (RFC 3986, unreserved characters).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// One part of a path. A part of dots alone would be resolved by the browser, and cannot be said.
pub(super) fn part(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

pub(crate) fn post(prefix: &str, slug: &str) -> String {
    format!("{prefix}/posts/{}", part(slug))
}

pub(super) fn tag(prefix: &str, tag: &str) -> String {
    format!("{prefix}/tags/{}", part(tag))
}

pub(super) fn category(prefix: &str, path: &str) -> String {
    let parts: Vec<_> = path.split('/').map(part).collect();
    format!("{prefix}/categories/{}", parts.join("/"))
}

pub(super) fn author(prefix: &str, id: &str) -> String {
    format!("{prefix}/authors/{}", part(id))
}

/// A path with the parameters that have a value.
pub(crate) fn with_parameters(path: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in parameters {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    match query.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// A web address as it is, or one below the site's; anything else is no address.
pub(super) fn absolute(site: &str, address: &str) -> Option<String> {
    if address.starts_with("https://") || address.starts_with("http://") {
        return Some(address.to_owned());
    }
    let joined = url::Url::parse(&format!("{site}/"))
        .ok()?
        .join(address)
        .ok()?;
    matches!(joined.scheme(), "http" | "https").then(|| joined.into())
}
