use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{HeaderMap, Uri};
use serde_json::Value;

/// A request that came.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Asked {
    /// Where it went: path and query.
    pub uri: Uri,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Value,
}

impl Asked {
    pub(crate) const fn new(uri: Uri, headers: HeaderMap, body: Value) -> Self {
        Self { uri, headers, body }
    }

    /// A header's value, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The key that came with it, by any vendor's header.
    pub(crate) fn key(&self) -> &str {
        let bearer = self.header("authorization");
        let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
        let headers = ["api-key", "x-api-key"];
        let named = || headers.into_iter().find_map(|name| self.header(name));
        bearer.or_else(named).unwrap_or_default()
    }

    /// A text of the body.
    pub(crate) fn text(&self, pointer: &str) -> &str {
        let text = self.body.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_default()
    }
}

/// Counts a request until its answer has ended or is given up.
#[derive(Debug)]
pub(crate) struct OpenCall(Arc<AtomicUsize>);

impl OpenCall {
    pub(crate) fn new(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(open))
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
