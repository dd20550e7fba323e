//! What can be said of a post without a language model.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod any_text;
mod sentiment;
mod seo;
mod text;

use blog_core::domain::Locale;

fn locale(tag: &str) -> Locale {
    Locale::parse(tag).unwrap()
}
