//! HTTP for the blog engine: [`router`] answers an [`axum::Router`] to nest anywhere.

#[cfg(feature = "admin")]
mod admin;
mod api;
mod auth;
mod collaborate;
mod cursor;
mod docs;
mod envelope;
mod extract;
mod health;
mod hocuspocus;
mod listen;
mod options;
mod preconditions;
mod prepared;
mod problem;
mod router;
mod same_site;
mod session;
mod site;
mod templates;
mod websocket;

pub use auth::{AnonymousOnly, Authenticator, JwtAuthenticator};
pub use listen::listen;
pub use options::RouterOptions;
pub use router::router;
pub use session::{SessionCookie, SignIn};
pub use templates::Templates;

/// The project's README, whose code is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
