use std::collections::BTreeSet;
use std::str::FromStr;

use blog_core::services::ai::RememberedUse;

/// Uses whose answers are remembered: their names, as `ai usage` has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remembered(pub(super) BTreeSet<RememberedUse>);

impl FromStr for Remembered {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = |name: &str| {
            RememberedUse::ALL
                .into_iter()
                .find(|it| it.purpose() == name)
        };
        let uses = text.split_whitespace().map(named);
        uses.collect::<Option<_>>().map(Self).ok_or_else(|| {
            let names = RememberedUse::ALL.map(RememberedUse::purpose);
            format!("must be some of {}", names.join(" "))
        })
    }
}

#[cfg(test)]
mod tests {
    use blog_core::services::ai::RememberedUse;

    use super::Remembered;

    #[test]
    fn uses_are_named_as_their_calls_are() {
        let remembered: Remembered = "seo alt_text seo".parse().unwrap();
        let expected = [RememberedUse::Seo, RememberedUse::AltText];
        assert_eq!(remembered.0, expected.into());
        for text in ["generate", "seo,alt_text", "SEO"] {
            let error = text.parse::<Remembered>().unwrap_err();
            assert!(error.contains("summarize sentiment seo"), "{error}");
        }
    }
}
