use serde::Serialize;

/// Something to mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// What it is, for programs.
    pub code: FindingCode,
    /// How much it matters.
    pub severity: Severity,
    /// A sentence for people, in English.
    pub message: String,
    /// Line of the body, from 1.
    pub line: Option<usize>,
}

/// How much a finding matters, most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Severity {
    /// The post will be shown badly or not found: a weight of 15 or more.
    Error,
    /// It costs readers: a weight of 5 to 14.
    Warning,
    /// It may be better.
    Hint,
}

/// What was found. Codes are never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub enum FindingCode {
    /// There is no title.
    TitleMissing,
    /// The title has less than 15 characters.
    TitleShort,
    /// The title has more than 60 characters or is wider than 580 pixels.
    TitleLong,
    /// Another post has the title.
    TitleDuplicate,
    /// The title has no word of the body's key phrases.
    TitleOffTopic,
    /// There is neither a description nor an excerpt.
    DescriptionMissing,
    /// The description has less than 50 characters.
    DescriptionShort,
    /// The description has more than 155 characters or is wider than 920 pixels.
    DescriptionLong,
    /// Another post has the description.
    DescriptionDuplicate,
    /// The slug is no slug.
    SlugInvalid,
    /// The slug has more than 60 characters.
    SlugLong,
    /// Another post has the slug.
    SlugDuplicate,
    /// The slug has no word.
    SlugMeaningless,
    /// The body has a heading of level 1, which is the title's.
    HeadingSecondTitle,
    /// A heading is more than one level below the one before it.
    HeadingSkipsLevel,
    /// A heading says nothing.
    HeadingEmpty,
    /// A body of more than 300 words has no headings.
    HeadingsMissing,
    /// A picture has no alternative text.
    ImageAltMissing,
    /// A link says nothing.
    LinkTextEmpty,
    /// A link's text does not say where it leads.
    LinkTextVague,
    /// The body has no words.
    BodyEmpty,
    /// The body has less than 300 words.
    BodyShort,
    /// The keyword is not in the title.
    KeywordNotInTitle,
    /// The keyword is not in the description.
    KeywordNotInDescription,
    /// The keyword is not in the first paragraph.
    KeywordNotInBeginning,
    /// The keyword is nowhere in the body.
    KeywordNotInBody,
}

impl FindingCode {
    /// What it takes from a score of 100.
    #[must_use]
    pub const fn weight(self) -> u8 {
        match self {
            Self::TitleMissing | Self::BodyEmpty => 40,
            Self::TitleDuplicate | Self::SlugInvalid => 15,
            Self::DescriptionMissing
            | Self::ImageAltMissing
            | Self::HeadingSecondTitle
            | Self::BodyShort
            | Self::KeywordNotInBody => 10,
            Self::TitleLong | Self::DescriptionDuplicate | Self::KeywordNotInTitle => 8,
            Self::DescriptionLong
            | Self::HeadingsMissing
            | Self::LinkTextEmpty
            | Self::SlugDuplicate
            | Self::SlugMeaningless => 5,
            Self::TitleShort
            | Self::TitleOffTopic
            | Self::DescriptionShort
            | Self::SlugLong
            | Self::HeadingSkipsLevel
            | Self::HeadingEmpty
            | Self::LinkTextVague
            | Self::KeywordNotInDescription
            | Self::KeywordNotInBeginning => 3,
        }
    }

    /// Follows from the weight.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self.weight() {
            15.. => Severity::Error,
            5.. => Severity::Warning,
            _ => Severity::Hint,
        }
    }
}

impl Finding {
    pub(super) fn new(code: FindingCode, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            line: None,
        }
    }

    pub(super) const fn at(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }
}
