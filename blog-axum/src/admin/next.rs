//! Where somebody goes who has signed in.

use url::{Position, Url};

use crate::options::RouterOptions;

/// The path that was asked for, if it leads to a page of this site; else the posts'.
pub(super) fn next(options: &RouterOptions, wanted: &str) -> String {
    path_of_this_site(options, wanted).unwrap_or_else(|| format!("{}/admin", options.prefix()))
}

/// Browsers resolve an address as this does (<https://url.spec.whatwg.org>): what comes out is looked
/// at, and what comes out is where they are sent.
fn path_of_this_site(options: &RouterOptions, wanted: &str) -> Option<String> {
    if !wanted.starts_with('/') {
        return None;
    }
    let site = Url::parse(options.address()).ok()?;
    let page = site.join(wanted).ok()?;
    let below = page.path().strip_prefix(options.prefix())?;
    let is_ours = page.origin() == site.origin()
        && (below.is_empty() || below.starts_with('/'))
        && !page.path().starts_with("//");
    is_ours.then(|| page[Position::BeforePath..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::next;
    use crate::options::RouterOptions;

    #[track_caller]
    fn check(address: &str, wanted: &str, expected: &str) {
        let options = RouterOptions::default().with_public_url(address.parse().unwrap());
        assert_eq!(next(&options, wanted), expected, "{address} {wanted:?}");
    }

    #[test]
    fn a_page_of_this_site_is_where_it_was_asked_for() {
        for path in [
            "/admin?status=draft&q=a%20b",
            "/admin/posts/1/edit#end",
            "/",
        ] {
            check("https://example.org", path, path);
            let below = format!("/my/blog{path}");
            check("https://example.org/my/blog/", &below, &below);
        }
        check("https://example.org/blog", "/blog", "/blog");
        check("https://example.org", "/a/../admin/ü", "/admin/%C3%BC");
    }

    #[test]
    fn what_leads_elsewhere_leads_to_the_posts() {
        for elsewhere in [
            "",
            "admin",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "/.//evil.example",
            "/..//evil.example",
            "/a/..//evil.example",
            "/%2e%2e//evil.example",
            "https://evil.example/",
            "https:evil.example",
            "https://example.org.evil.example/blog",
            "https://example.org/blog/admin",
            "javascript:alert(1)",
            "data:text/html,x",
        ] {
            check("https://example.org", elsewhere, "/admin");
            check("https://example.org/blog", elsewhere, "/blog/admin");
        }
    }

    #[test]
    fn what_is_not_below_the_blog_is_not_of_this_site() {
        for outside in [
            "/",
            "/blogs",
            "/other",
            "/blog/../other",
            "/blog/%2e%2e/other",
        ] {
            check("https://example.org/blog", outside, "/blog/admin");
        }
    }
}
