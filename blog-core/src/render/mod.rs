//! Markdown → HTML → sanitised, always in this order.

#[cfg(feature = "highlight")]
mod highlight;
mod markdown;
mod sanitize;
mod summary;

pub(crate) use markdown::first_address;
pub use markdown::{Heading, Rendered, parser, render};
#[cfg(feature = "analysis")]
pub(crate) use summary::is_line_break;
pub use summary::{Summary, plain_text, reading_minutes, summarize, word_count};
