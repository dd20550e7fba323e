use std::fmt;

use serde::{Deserialize, Serialize};

const LONGEST: usize = 100;
const LONGEST_FROM_TITLE: usize = 80;

/// The readable part of a post's address: lower-case ASCII letters and digits, and single hyphens
/// between them; 1 to 100 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
pub struct Slug(String);

/// The rule that a text breaks, so that it is no slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    /// It has no character.
    #[error("must not be empty")]
    Empty,
    /// It has more than 100 bytes.
    #[error("must have at most {LONGEST} characters")]
    TooLong,
    /// It has another character.
    #[error("must consist of lower-case ASCII letters, digits and hyphens")]
    Character,
    /// A hyphen stands at an end or beside another.
    #[error("must not begin or end with a hyphen, or have two in a row")]
    Hyphen,
}

impl Slug {
    /// Reads a slug.
    ///
    /// # Errors
    /// The first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if text.is_empty() {
            Err(SlugError::Empty)
        } else if text.len() > LONGEST {
            Err(SlugError::TooLong)
        } else if !text.bytes().all(allowed) {
            Err(SlugError::Character)
        } else if text.starts_with('-') || text.ends_with('-') || text.contains("--") {
            Err(SlugError::Hyphen)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// A readable slug for a title in any script, cut between words.
    #[must_use]
    pub fn from_title(title: &str) -> Self {
        // A NUL or a very long title has no say in a slug of 80 characters.
        let start: String = title.chars().take(4 * LONGEST_FROM_TITLE).collect();
        let ascii = deunicode::deunicode_with_tofu(&start, "").to_ascii_lowercase();
        let mut slug = String::with_capacity(LONGEST_FROM_TITLE);
        for word in ascii
            .replace(['\'', '’'], "")
            .split(|c: char| !c.is_ascii_alphanumeric())
        {
            if word.is_empty() {
                continue;
            }
            if slug.is_empty() {
                slug.push_str(&word[..word.len().min(LONGEST_FROM_TITLE)]);
            } else if slug.len() + 1 + word.len() <= LONGEST_FROM_TITLE {
                slug.push('-');
                slug.push_str(word);
            } else {
                break;
            }
        }
        if slug.is_empty() {
            slug.push_str("post");
        }
        Self(slug)
    }

    /// The same slug with `-number` behind it, shortened to fit.
    #[must_use]
    pub fn with_suffix(&self, number: u32) -> Self {
        let suffix = format!("-{number}");
        let kept = self.0.len().min(LONGEST - suffix.len());
        Self(self.0[..kept].trim_end_matches('-').to_owned() + &suffix)
    }

    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl AsRef<str> for Slug {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Slug {
    type Error = SlugError;

    fn try_from(text: String) -> Result<Self, SlugError> {
        Self::parse(&text)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

#[cfg(test)]
mod tests {
    use super::Slug;
    use proptest::prelude::*;

    #[test]
    fn titles_in_any_script_give_readable_slugs() {
        for (title, slug) in [
            ("Hello, World!", "hello-world"),
            ("Rust’s Größe", "rusts-grosse"),
            ("Привет, мир", "privet-mir"),
            ("東京", "dong-jing"),
            ("Announcing Rust 1.70.0", "announcing-rust-1-70-0"),
            ("\u{202e}", "post"),
            ("", "post"),
        ] {
            assert_eq!(Slug::from_title(title).as_str(), slug, "{title}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_title_the_slug_is_one(title in ".{0,400}", number: u32) {
            let slug = Slug::from_title(&title);
            prop_assert_eq!(Slug::parse(slug.as_str()), Ok(slug.clone()));
            let numbered = slug.with_suffix(number);
            prop_assert_eq!(Slug::parse(numbered.as_str()), Ok(numbered.clone()));
        }
    }
}
