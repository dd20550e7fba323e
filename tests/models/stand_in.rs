//! A stand-in for a vendor's server.

use std::sync::Arc;

use blog_core::conformance::{Setup, SetupError};
use blog_model_server::{Options, StandIn};

pub(crate) const KEY: &str = "sk-marked-0123456789";

/// A stand-in that takes one key.
pub(crate) async fn stand_in() -> Setup<Arc<StandIn>> {
    let mut options = Options::default();
    options.key = Some(KEY.to_owned());
    let started = StandIn::start(options).await;
    let broken = |error: std::io::Error| SetupError::Broken(error.to_string());
    started.map(Arc::new).map_err(broken)
}
