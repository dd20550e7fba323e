//! The same work done by the bare engine. Nothing here calls a crate of ours.

pub(crate) mod http;
pub(crate) mod notices;
pub(crate) mod postgres;
pub(crate) mod search;
pub(crate) mod sqlite;
pub(crate) mod words;
