use std::fmt;

/// A shorter one, such as a version, keeps no secret, and stands in too many words.
const SHORTEST: usize = 6;

/// A key, or what else nobody is to see, without the blanks around it, which no header carries. `Debug`
/// prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The text without it.
    pub(crate) fn hidden_in(&self, text: &str) -> String {
        match self.0.as_str() {
            secret if secret.len() < SHORTEST => text.to_owned(),
            secret => text.replace(secret, "…"),
        }
    }

    pub(crate) const fn length(&self) -> usize {
        self.0.len()
    }
}

impl<T: Into<String>> From<T> for Secret {
    fn from(secret: T) -> Self {
        Self(secret.into().trim().to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_is_hidden_without_the_blanks_that_no_header_carries() {
        let secret = Secret::from(" sk-abc123\n");
        assert_eq!(secret.expose(), "sk-abc123");
        assert_eq!(secret.hidden_in("no key sk-abc123!"), "no key …!");
        assert_eq!(Secret::from("1").hidden_in("1 of 1"), "1 of 1");
    }
}
