/// Whether a link or a picture of a generated text may lead there: within the blog, or over HTTP to one of
/// these hosts or a subdomain of it. Anything that programs read in different ways may not.
pub(super) fn is_allowed(address: &str, hosts: &[String]) -> bool {
    if address.contains(|it: char| it == '\\' || it.is_whitespace() || it.is_control()) {
        return false;
    }
    if address.starts_with('#') || (address.starts_with('/') && !address.starts_with("//")) {
        return true;
    }
    let Some(host) = host(address) else {
        return false;
    };
    hosts.iter().any(|allowed| {
        let allowed = allowed.to_ascii_lowercase();
        let above = host.strip_suffix(&allowed);
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    })
}

fn host(address: &str) -> Option<String> {
    let address = address.to_ascii_lowercase();
    let rest = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let is_host = !host.is_empty() && host.bytes().all(is_plain);
    (is_host && port.bytes().all(|byte| byte.is_ascii_digit())).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[test]
    fn only_hosts_that_are_named_and_the_blog_itself_are_led_to() {
        let hosts = ["Example.org".to_owned()];
        for allowed in [
            "https://example.org",
            "http://www.example.org:8080/a?b#c",
            "HTTPS://EXAMPLE.ORG/",
            "/posts/hello",
            "#top",
        ] {
            assert!(is_allowed(allowed, &hosts), "{allowed}");
        }
        for refused in [
            "",
            "https://example.org.evil.test",
            "https://notexample.org",
            "https://example.org@evil.test",
            "https://evil.test#@example.org",
            "https://evil.test\\.example.org",
            "https://éxample.org",
            "//evil.test",
            "/\\evil.test",
            "/\t/evil.test",
            "javascript:alert(1)",
            " javascript:alert(1)",
            "data:text/html,x",
            "mailto:a@example.org",
            "ftp://example.org",
            "posts/hello",
        ] {
            assert!(!is_allowed(refused, &hosts), "{refused}");
        }
    }
}
