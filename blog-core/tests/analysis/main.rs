//! What can be said of a post without a language model.

mod any_text;
mod sentiment;
mod seo;
mod text;

use blog_core::domain::Locale;

fn locale(tag: &str) -> Locale {
    Locale::parse(tag).unwrap_or_default()
}
