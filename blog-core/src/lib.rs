//! An embeddable blog engine: posts with versions, search and an event log behind one [`Blog`]
//! handle, on backends that the host chooses.
//!
//! This crate holds the domain, the [`ports`] that backends implement, the [`services`] that use
//! them, and every port in [`memory`]. It opens no socket and no file, and knows no SQL and no
//! HTTP.

#[cfg(feature = "analysis")]
pub mod analysis;
mod blog;
mod cache;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod consumers;
pub mod decorate;
pub mod domain;
mod error;
pub mod memory;
pub mod ports;
pub mod render;
pub mod services;
pub mod tables;

pub use blog::{Blog, BlogBuilder, BlogOptions};
pub use error::{Conflict, Error, ErrorKind, FieldError, Result};
