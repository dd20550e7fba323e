use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ammonia::Builder;

use super::addresses::Addresses;
use crate::render::render;

/// Attributes that lead somewhere.
const LEADING: [&str; 2] = ["href", "src"];

/// Whether a page that shows this text leads anywhere that it may not: by what the page itself makes of it.
pub(super) fn leads_elsewhere(markdown: &str, addresses: &Addresses) -> bool {
    let html = render(markdown).html;
    if !LEADING.iter().any(|attribute| html.contains(attribute)) {
        return false;
    }
    let found = Arc::new(AtomicBool::new(false));
    let (seen, addresses) = (Arc::clone(&found), addresses.clone());
    let mut reader = Builder::default();
    reader.attribute_filter(move |_, attribute, value| {
        if LEADING.contains(&attribute) && !addresses.allow(value) {
            seen.store(true, Ordering::Relaxed);
        }
        Some(value.into())
    });
    // What it would leave is not needed, only what it comes across.
    let _ = reader.clean(&html);
    found.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::{Addresses, leads_elsewhere};

    #[test]
    fn addresses_count_where_a_page_makes_links_of_them() {
        let addresses = Addresses::of(&["example.org".to_owned()], ["/posts/a"]);
        let deep = "> ".repeat(64);
        for outside in [
            "https://evil.test/x".to_owned(),
            "[a](https://evil.test)".to_owned(),
            format!("{deep}[https://evil.test/x](/ok)"),
            format!("{deep}http*s://evil.test*"),
        ] {
            assert!(leads_elsewhere(&outside, &addresses), "{outside}");
        }
        for within in [
            "[a](/posts/a) and https://example.org/a?b=c&d=e",
            "## A heading\n\nA note.[^1]\n\n[^1]: Of mine.",
            "```html\n<a href=\"https://evil.test\">x</a>\n```",
        ] {
            assert!(!leads_elsewhere(within, &addresses), "{within}");
        }
    }
}
