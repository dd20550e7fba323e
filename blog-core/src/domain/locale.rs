use std::fmt;

use serde::{Deserialize, Serialize};

/// A language tag (BCP 47, RFC 5646) such as `en` or `pt-BR`, well-formed and in its usual casing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
pub struct Locale(String);

/// The text is not a well-formed language tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a language tag such as \"en\" or \"pt-BR\"")]
pub struct LocaleError;

impl Locale {
    /// Reads a tag: a primary language of 2 to 8 letters, then subtags of 1 to 8 letters or digits.
    ///
    /// # Errors
    /// [`LocaleError`] if the text has another form or more than 35 bytes.
    pub fn parse(text: &str) -> Result<Self, LocaleError> {
        if text.len() > 35 {
            return Err(LocaleError);
        }
        let mut subtags = text.split('-');
        let language = subtags.next().unwrap_or_default();
        if !(2..=8).contains(&language.len()) || !language.bytes().all(|b| b.is_ascii_alphabetic())
        {
            return Err(LocaleError);
        }
        let mut tag = language.to_ascii_lowercase();
        for subtag in subtags {
            if !(1..=8).contains(&subtag.len())
                || !subtag.bytes().all(|b| b.is_ascii_alphanumeric())
            {
                return Err(LocaleError);
            }
            tag.push('-');
            tag.push_str(&usual_casing(subtag));
        }
        Ok(Self(tag))
    }

    /// The tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The primary language: `pt` of `pt-BR`.
    #[must_use]
    pub fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

/// RFC 5646 section 2.1.1: regions in upper case, scripts in title case, the rest in lower case.
fn usual_casing(subtag: &str) -> String {
    let lower = subtag.to_ascii_lowercase();
    match subtag.len() {
        2 => subtag.to_ascii_uppercase(),
        4 if subtag.bytes().all(|b| b.is_ascii_alphabetic()) => {
            lower[..1].to_ascii_uppercase() + &lower[1..]
        }
        _ => lower,
    }
}

impl Default for Locale {
    fn default() -> Self {
        Self("en".to_owned())
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Locale {
    type Error = LocaleError;

    fn try_from(text: String) -> Result<Self, LocaleError> {
        Self::parse(&text)
    }
}

impl From<Locale> for String {
    fn from(locale: Locale) -> Self {
        locale.0
    }
}

#[cfg(test)]
mod tests {
    use super::Locale;

    #[test]
    fn a_tag_is_kept_in_its_usual_casing() {
        for (given, kept) in [
            ("EN", "en"),
            ("pt-br", "pt-BR"),
            ("zh-hANT-tw", "zh-Hant-TW"),
        ] {
            assert_eq!(Locale::parse(given).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for text in ["", "e", "en_US", "en-", "-", "日本", "en-toolongsubtag"] {
            assert!(Locale::parse(text).is_err(), "{text}");
        }
    }
}
