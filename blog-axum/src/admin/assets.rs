//! The files of `web/dist`, which this program has in itself.

use std::io::Write;
use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::problem::Problem;
use crate::router::AppState;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

struct Asset {
    name: &'static str,
    media_type: &'static str,
    text: &'static str,
    /// Made once, when it is first asked for; `None` if there is no room for it.
    compressed: LazyLock<Option<Bytes>>,
}

macro_rules! asset {
    ($name:literal, $media_type:expr) => {
        Asset {
            name: $name,
            media_type: $media_type,
            text: include_str!(concat!("../../web/dist/", $name)),
            compressed: LazyLock::new(|| {
                gzip(include_str!(concat!("../../web/dist/", $name))).ok()
            }),
        }
    };
}

static ASSETS: [Asset; 5] = [
    asset!("admin.css", STYLE),
    asset!("editor.js", SCRIPT),
    asset!("history.js", SCRIPT),
    asset!("list.js", SCRIPT),
    asset!("shared.js", SCRIPT),
];

static WORKER: Asset = asset!("worker.js", SCRIPT);
const WORKER_POLICY: &str = "default-src 'none'; connect-src 'self'";

/// Changes with the files.
pub(super) static BUILD: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = blake3::Hasher::new();
    for asset in &ASSETS {
        hasher.update(asset.text.as_bytes());
    }
    hasher.finalize().to_hex()[..12].to_owned()
});

/// What [`BUILD`] says, in a header.
pub(crate) fn build_header() -> HeaderValue {
    HeaderValue::from_str(&BUILD).unwrap_or(HeaderValue::from_static("unknown"))
}

/// A file. Its address changes with the files, so that it can be kept for ever; whoever still has
/// another build's is led to this one's.
pub(super) async fn asset(
    State(state): State<AppState>,
    Path((build, file)): Path<(String, String)>,
    request: HeaderMap,
) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == file) else {
        return Problem::new(StatusCode::NOT_FOUND, "no such file").into_response();
    };
    if build != *BUILD {
        let (prefix, build) = (state.options.prefix(), BUILD.as_str());
        let here = format!("{prefix}/admin/assets/{build}/{file}");
        return ([(CACHE_CONTROL, "no-store")], Redirect::temporary(&here)).into_response();
    }
    let headers = [
        (CONTENT_TYPE, asset.media_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (VARY, "accept-encoding"),
    ];
    match &*asset.compressed {
        Some(compressed) if takes_gzip(&request) => {
            let encoding = [(CONTENT_ENCODING, "gzip")];
            (headers, encoding, compressed.clone()).into_response()
        }
        _ => (headers, asset.text).into_response(),
    }
}

fn gzip(text: &str) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes())?;
    Ok(encoder.finish()?.into())
}

/// RFC 9110, section 12.5.3. Every browser does; a weight of its own for it means no.
fn takes_gzip(request: &HeaderMap) -> bool {
    let accepted = request.get_all(ACCEPT_ENCODING).iter();
    accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| coding.trim() == "gzip")
}

/// The service worker, which opens the editor while the server is away. It has an address that stays, or
/// browsers would not find another build's; and it is asked for anew each time.
pub(super) async fn worker() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, WORKER.media_type),
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, WORKER_POLICY),
    ];
    (headers, WORKER.text)
}
