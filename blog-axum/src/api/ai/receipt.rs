//! Where suggestions come from, as clients keep it to show it again: nothing that they are to read.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use blog_core::domain::Provenance;

use crate::problem::Problem;

pub(super) fn written(provenance: &Provenance) -> String {
    // It is made of what JSON has.
    STANDARD.encode(serde_json::to_vec(provenance).unwrap_or_default())
}

pub(in super::super) fn read(receipt: &str) -> Result<Provenance, Problem> {
    let bytes = STANDARD.decode(receipt).ok();
    let provenance = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    provenance.ok_or_else(|| {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Problem::field(status, "receipt", "must be one that was answered")
    })
}
