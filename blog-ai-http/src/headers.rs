use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName,
    HeaderValue, TRANSFER_ENCODING,
};

use crate::error::{Failure, Result};
use crate::secret::Secret;

/// The headers of every request: those that are configured, and what is sent and understood here.
pub(crate) fn header_map(configured: &[(String, Secret)]) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in configured {
        let name = HeaderName::from_bytes(name.as_bytes());
        let name = name.map_err(|_| Failure::Settings("the name of a header is none"))?;
        if is_set_here(&name) {
            return Err(Failure::Header(name, "cannot be configured"));
        }
        if headers.contains_key(&name) {
            return Err(Failure::Header(name, "is there twice"));
        }
        let Ok(mut value) = HeaderValue::from_str(value.expose()) else {
            return Err(Failure::Header(name, "has characters that cannot be sent"));
        };
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    let understood = HeaderValue::from_static("application/json, text/event-stream");
    headers.insert(ACCEPT, understood);
    let sent = HeaderValue::from_static("application/json");
    headers.insert(CONTENT_TYPE, sent);
    Ok(headers)
}

/// Whether it is HTTP's or this crate's to say.
fn is_set_here(name: &HeaderName) -> bool {
    let headers = [
        ACCEPT,
        ACCEPT_ENCODING,
        CONNECTION,
        CONTENT_LENGTH,
        CONTENT_TYPE,
        HOST,
        TRANSFER_ENCODING,
    ];
    headers.contains(name)
}
