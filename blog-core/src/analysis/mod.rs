//! What can be said of a post without a language model: its language, a summary, its mood, key
//! phrases, how hard it is to read, and how search engines will show it.
//!
//! All of it is pure and offline: the same text has the same answer, in time linear in its length.
//! [`Prose`] is read once from a body, and most functions take it:
//!
//! ```
//! use blog_core::analysis::{self, Prose};
//!
//! let english = blog_core::domain::Locale::default();
//! let body = "# Rain\n\nIt was a lovely day. We all enjoyed the warm rain.";
//! let prose = Prose::of_markdown(body, &english);
//! assert_eq!(prose.sentences().count(), 2);
//! assert!(analysis::sentiment(&prose, &english).unwrap().score > 0.5);
//! ```

mod key_phrases;
mod language;
mod prose;
mod readability;
mod sentences;
mod sentiment;
mod seo;
mod seo_proposal;
mod stop_words;
mod summary;
mod syllables;
mod vocabulary;

use serde::Serialize;

use crate::domain::Locale;

pub use key_phrases::{KeyPhrase, key_phrases};
pub use language::{DetectedLanguage, detect_language};
pub use prose::{Paragraph, Prose};
pub use readability::{Grade, Readability, readability};
pub(crate) use sentiment::labelled;
pub use sentiment::{Mood, ParagraphSentiment, Sentiment, sentiment};
pub use seo::{Finding, FindingCode, InUse, SeoReport, SeoSubject, Severity, check_seo};
pub(crate) use seo::{described, titled};
pub use seo_proposal::{Proposal, SeoProposal, propose_seo};
pub use summary::{ExtractiveSummary, extract_summary};

/// The text's language is none that the method was made for, so that any answer would be made up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("the language {} is not covered, only {}", language, covered.join(", "))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NotCovered {
    /// The language asked for.
    pub language: Locale,
    /// Primary language tags that are covered.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub covered: &'static [&'static str],
}
