//! Links from one imported file to another become links from post to post.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

/// The slugs of the posts that are imported together.
#[derive(Debug, Default)]
pub(super) struct Targets {
    by_file: BTreeMap<String, String>,
    by_address: BTreeMap<String, String>,
}

impl Targets {
    pub(super) fn add(&mut self, source: &str, addresses: &[String], slug: &str) {
        self.by_file.insert(source.to_owned(), slug.to_owned());
        for address in addresses {
            let address = address.trim_matches('/').to_owned();
            self.by_address.insert(address, slug.to_owned());
        }
    }

    /// The slug of the post that a link in `source` leads to.
    fn find(&self, source: &str, link: &str) -> Option<&str> {
        if link.is_empty() || link.contains("://") {
            return None;
        }
        let slug = match (link.strip_prefix("@/"), link.strip_prefix('/')) {
            (Some(file), _) => self.by_file.get(file),
            (_, Some(address)) => self.by_address.get(address.trim_end_matches('/')),
            (None, None) => self.by_file.get(&relative(source, link)?),
        };
        slug.map(String::as_str)
    }
}

/// Makes links to other imported files lead to their posts; everything else stays as it is.
pub(super) fn between_posts(body: &str, source: &str, targets: &Targets) -> String {
    let mut rewritten = String::with_capacity(body.len());
    let mut done = 0;
    for place in destinations(body) {
        let (link, fragment) = match body[place.clone()].split_once('#') {
            Some((link, fragment)) => (link, Some(fragment)),
            None => (&body[place.clone()], None),
        };
        if let Some(slug) = targets.find(source, link) {
            rewritten.push_str(&body[done..place.start]);
            // From one post to another, whatever the site's prefix is.
            rewritten.push_str("../posts/");
            rewritten.push_str(slug);
            if let Some(fragment) = fragment {
                rewritten.push('#');
                rewritten.push_str(fragment);
            }
            done = place.end;
        }
    }
    rewritten.push_str(&body[done..]);
    rewritten
}

/// Where the destinations of links are written, in order.
fn destinations(body: &str) -> Vec<Range<usize>> {
    let parser = Parser::new_ext(body, Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES);
    let written = |range: Range<usize>, destination: &str| {
        let start = range.start + body.get(range)?.rfind(destination)?;
        Some(start..start + destination.len())
    };
    let definitions = parser.reference_definitions().iter();
    let mut places: Vec<_> = definitions
        .filter_map(|(_, definition)| written(definition.span.clone(), &definition.dest))
        .collect();
    for (event, range) in parser.into_offset_iter() {
        if let Event::Start(Tag::Link { dest_url, .. }) = event {
            places.extend(written(range, &dest_url));
        }
    }
    places.sort_by_key(|place| place.start);
    // A link by reference has the text of its destination at most by chance.
    let mut end = 0;
    places.retain(|place| {
        let follows = place.start >= end && !place.is_empty();
        if follows {
            end = place.end;
        }
        follows
    });
    places
}

/// The file that a relative link leads to.
fn relative(source: &str, link: &str) -> Option<String> {
    let mut parts: Vec<_> = source.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

/// Jekyll's `{% post_url 2020-01-31-name %}` as a link to the post's slug.
pub(super) fn jekyll_post_urls(body: &str) -> String {
    const TAG: &str = "{% post_url ";
    let mut rewritten = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, tag)) = rest.split_once(TAG) {
        rewritten.push_str(before);
        match tag.split_once("%}") {
            Some((name, after)) if name.trim().len() > 11 && name.is_char_boundary(11) => {
                let name = name.trim().rsplit('/').next().unwrap_or_default();
                rewritten.push_str("../posts/");
                rewritten.push_str(name.get(11..).unwrap_or(name));
                rest = after;
            }
            _ => {
                rewritten.push_str(TAG);
                rest = tag;
            }
        }
    }
    rewritten.push_str(rest);
    rewritten
}

#[cfg(test)]
mod tests {
    use super::{Targets, between_posts, jekyll_post_urls};

    #[test]
    fn links_to_imported_files_lead_to_their_posts() {
        let mut targets = Targets::default();
        targets.add("a/b.md", &["2015/05/15/b.html".to_owned()], "b");
        for (text, expected) in [
            ("[x](./b.md)", "[x](../posts/b)"),
            ("[x](b.md \"title\")", "[x](../posts/b \"title\")"),
            ("[x](@/a/b.md#y) and", "[x](../posts/b#y) and"),
            ("[x](../a/b.md)", "[x](../posts/b)"),
            ("[x](/2015/05/15/b.html)", "[x](../posts/b)"),
            (
                "[x][1] [y][1]\n\n[1]: ./b.md\n",
                "[x][1] [y][1]\n\n[1]: ../posts/b\n",
            ),
            (
                "[`a`](b.md) [b.md](b.md)",
                "[`a`](../posts/b) [b.md](../posts/b)",
            ),
            ("`[x](b.md)`", "`[x](b.md)`"),
            ("```\n[x](b.md)\n```\n", "```\n[x](b.md)\n```\n"),
            (
                "[x](c.png) [y](https://a/b.md)",
                "[x](c.png) [y](https://a/b.md)",
            ),
            ("[x](../../../b.md) [x](", "[x](../../../b.md) [x]("),
        ] {
            assert_eq!(between_posts(text, "a/c.md", &targets), expected);
        }
    }

    #[test]
    fn a_link_of_jekyll_leads_to_the_post() {
        assert_eq!(
            jekyll_post_urls("[x]({% post_url 2020-01-31-name %}) {% post_url no"),
            "[x](../posts/name) {% post_url no"
        );
    }
}
