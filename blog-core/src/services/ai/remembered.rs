/// A use whose answers may be remembered, as the same question may have the same answer. What is to be
/// another text each time is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RememberedUse {
    /// What a text says.
    Summarize,
    /// How it feels.
    Sentiment,
    /// What it could say to search engines.
    Seo,
    /// What it could have, and what could be written next.
    Suggest,
    /// What its pictures show.
    AltText,
    /// What a comment is.
    Moderate,
    /// The text in another language.
    Translate,
}

impl RememberedUse {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Summarize,
        Self::Sentiment,
        Self::Seo,
        Self::Suggest,
        Self::AltText,
        Self::Moderate,
        Self::Translate,
    ];

    /// What its calls are for, as they are recorded.
    #[must_use]
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Summarize => "summarize",
            Self::Sentiment => "sentiment",
            Self::Seo => "seo",
            Self::Suggest => "suggest",
            Self::AltText => "alt_text",
            Self::Moderate => "moderate",
            Self::Translate => "translate",
        }
    }
}
