use std::collections::HashSet;
use std::fmt::Write;
use std::sync::Arc;

/// Where links and pictures of a generated text may lead: over HTTP to one of some hosts or a subdomain of it,
/// and to those addresses within the blog that the model was told. Others it has made up, and they lead nowhere.
/// Anything that programs read in different ways is not allowed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Addresses {
    hosts: Arc<[String]>,
    own: Arc<HashSet<String>>,
}

impl Addresses {
    /// These hosts, and what within the blog these texts name.
    pub(crate) fn of<'a>(hosts: &[String], told: impl IntoIterator<Item = &'a str>) -> Self {
        let hosts = hosts.iter().map(|host| host.to_ascii_lowercase());
        Self {
            hosts: hosts.collect(),
            own: Arc::new(told.into_iter().flat_map(named).collect()),
        }
    }

    pub(super) fn allow(&self, address: &str) -> bool {
        if address.contains(|it: char| it == '\\' || it.is_whitespace() || it.is_control()) {
            return false;
        }
        if address.starts_with('#') {
            return true;
        }
        if address.starts_with('/') {
            return self.own.contains(&without_fragment(address));
        }
        let Some(host) = host(address) else {
            return false;
        };
        self.hosts.iter().any(|allowed| {
            let above = host.strip_suffix(allowed);
            above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
        })
    }
}

/// What a text names that is within the blog: words that begin with one slash.
fn named(text: &str) -> impl Iterator<Item = String> {
    let is_between = |it: char| it.is_whitespace() || r#"()<>[]{}|"'`^\"#.contains(it);
    let words = text.split(is_between);
    let words = words.map(|it| it.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_', '~']));
    words
        .filter(|it| it.starts_with('/') && !it.starts_with("//"))
        .map(without_fragment)
}

/// The address of a whole page, as pages write it: in ASCII.
fn without_fragment(address: &str) -> String {
    let page = address.split('#').next().unwrap_or_default();
    let mut written = String::with_capacity(page.len());
    for byte in page.bytes() {
        match byte {
            0..=127 => written.push(byte.into()),
            _ => {
                let _ = write!(written, "%{byte:02X}");
            }
        }
    }
    written
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
    use super::Addresses;

    #[test]
    fn only_hosts_that_are_named_and_what_was_told_of_the_blog_are_led_to() {
        let told = "See [it](/posts/hello), or /media/é.png. Not //evil.test, nor posts/hello";
        let addresses = Addresses::of(&["Example.org".to_owned()], [told]);
        for allowed in [
            "https://example.org",
            "http://www.example.org:8080/a?b#c",
            "HTTPS://EXAMPLE.ORG/",
            "/posts/hello",
            "/posts/hello#end",
            "/media/é.png",
            "/media/%C3%A9.png",
            "#top",
        ] {
            assert!(addresses.allow(allowed), "{allowed}");
        }
        for refused in [
            "",
            "/",
            "/posts",
            "/posts/hello/x",
            "/posts/hello?x",
            "/posts/spam",
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
            assert!(!addresses.allow(refused), "{refused}");
        }
    }
}
