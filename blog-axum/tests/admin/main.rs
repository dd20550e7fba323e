//! The admin pages, as a browser asks for them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by it")]

mod as_reader;
mod assets;
mod browser;
mod host;
mod pages;
mod preview;
mod sign_in;
