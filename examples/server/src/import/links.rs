use std::collections::BTreeMap;

/// Makes links to other imported files lead to their posts; everything else stays as it is.
pub(super) fn between_posts(body: &str, source: &str, slugs: &BTreeMap<String, String>) -> String {
    let mut rewritten = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(start) = rest.find("](") {
        let (before, link) = rest.split_at(start + 2);
        rewritten.push_str(before);
        let end = link.find([')', ' ', '\n']).unwrap_or(link.len());
        let (target, after) = link.split_at(end);
        let (file, fragment) = target.split_at(target.find('#').unwrap_or(target.len()));
        match resolve(source, file).and_then(|file| slugs.get(&file)) {
            Some(slug) => {
                rewritten.push_str("/posts/");
                rewritten.push_str(slug);
                rewritten.push_str(fragment);
            }
            None => rewritten.push_str(target),
        }
        rest = after;
    }
    rewritten.push_str(rest);
    rewritten
}

/// The file that a relative link, or one from the root (`@/`), leads to.
fn resolve(source: &str, target: &str) -> Option<String> {
    if target.is_empty() || target.contains("://") || target.starts_with('/') {
        return None;
    }
    if let Some(from_root) = target.strip_prefix("@/") {
        return Some(from_root.to_owned());
    }
    let mut parts: Vec<_> = source.split('/').collect();
    parts.pop();
    for part in target.split('/') {
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

#[cfg(test)]
mod tests {
    use super::between_posts;

    #[test]
    fn links_to_imported_files_lead_to_their_posts() {
        let slugs = [("a/b.md".to_owned(), "b".to_owned())].into();
        for (link, expected) in [
            ("[x](./b.md)", "[x](/posts/b)"),
            ("[x](@/a/b.md#y) and", "[x](/posts/b#y) and"),
            ("[x](../a/b.md)", "[x](/posts/b)"),
            (
                "[x](./c.png) [y](https://a/b.md)",
                "[x](./c.png) [y](https://a/b.md)",
            ),
            ("[x](", "[x]("),
        ] {
            assert_eq!(between_posts(link, "a/c.md", &slugs), expected);
        }
    }
}
