use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::analysis::{
    DetectedLanguage, InUse, Proposal, Prose, Readability, SeoProposal, SeoReport, SeoSubject,
    check_seo, described, detect_language, propose_seo, readability, titled,
};
use crate::domain::{Actor, Slug};
use crate::error::Result;
use crate::ports::Completion;

use super::super::guard::Guard;
use super::super::question::Question;
use super::super::{Ai, prompt, schema};
use super::{Asked, Look, Looked};

/// Characters that search engines show of a title and of a description, with some to spare.
const TITLE: usize = 70;
const DESCRIPTION: usize = 180;
/// Characters of a reason.
const WHY: usize = 300;
const TOKENS: u32 = 1_500;

/// What a text has for search engines, and what it could have.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeoAdvice {
    /// What is proposed.
    #[serde(flatten)]
    pub proposal: SeoProposal,
    /// What was found in what there is; found without a model always.
    #[serde(flatten)]
    pub report: SeoReport,
    /// The language that the text seems to be in, whatever the post's is; none where it is too short to tell.
    pub language: Option<DetectedLanguage>,
    /// How hard it is to read; none where no formula is known for its language.
    pub readability: Option<Readability>,
}

#[derive(Deserialize)]
struct SeoAnswer {
    title: Reasoned<String>,
    description: Reasoned<String>,
    keywords: Reasoned<Vec<String>>,
    slug: Reasoned<String>,
}

#[derive(Deserialize)]
struct Reasoned<T> {
    value: T,
    why: String,
}

impl Ai<'_> {
    /// What search engines will make of a text, and what it could say to them, with reasons. It is
    /// compared with those of the blog's thousand newest posts that are in its language, and of the
    /// hundred newest drafts, in review and scheduled that `actor` may see.
    ///
    /// # Errors
    /// Forbidden; not found for a post that `actor` may not see; invalid; and where the model fails and
    /// is not replaced, those of the model and of the budgets.
    pub async fn seo(&self, actor: &Actor, look: &Look) -> Result<Looked<SeoAdvice>> {
        let text = self.text(actor, &look.subject).await?;
        let content = text.content();
        let locale = text.locale(self.blog.default_locale());
        let others = self.others(actor, &text, &locale).await?;
        let tags = content.tags.join("\n");
        let reasoned = |value| schema::object([("value", value), ("why", schema::text())]);
        let asked = Asked {
            actor,
            text: &text,
            purpose: "seo",
            fall_back: look.fall_back,
            question: Question {
                prompt: &prompt::SEO,
                words: &[],
                field: "text",
                text: &content.body,
                shown: |text| Cow::Borrowed(text),
                data: &[("title", &content.title), ("tags", &tags)],
                sources: &[],
                schema: Some(
                    schema::object([
                        ("title", reasoned(schema::text())),
                        ("description", reasoned(schema::text())),
                        ("keywords", reasoned(schema::list(&schema::text()))),
                        ("slug", reasoned(schema::text())),
                    ])
                    .into(),
                ),
                max_output_tokens: TOKENS,
            },
        };
        let prose = Prose::of_markdown(&content.body, &locale);
        let by_model = self.by_model(asked, read, proposal);
        let Looked {
            engine,
            value: proposal,
            is_shortened,
            reports,
        } = by_model
            .await?
            .unwrap_or_else(|| Looked::locally(propose_seo(content, &prose, &locale)));
        let slug = text
            .post_slug()
            .unwrap_or_else(|| proposal.slug.value.clone());
        let contents = others.iter().map(|card| &card.content);
        let titles: Vec<_> = contents.clone().map(titled).collect();
        let descriptions: Vec<_> = contents.filter_map(described).collect();
        let slugs: Vec<_> = others.iter().map(|card| card.post.slug.as_str()).collect();
        let subject = SeoSubject {
            content,
            slug: slug.as_str(),
            locale: &locale,
            in_use: InUse {
                titles: &titles,
                descriptions: &descriptions,
                slugs: &slugs,
            },
        };
        let value = SeoAdvice {
            proposal,
            report: check_seo(&subject, &prose),
            language: detect_language(&prose.text()),
            readability: readability(&prose, &locale),
        };
        Ok(Looked {
            engine,
            value,
            is_shortened,
            reports,
        })
    }
}

fn read(answer: &Completion, _: &str) -> Option<SeoAnswer> {
    serde_json::from_str(&answer.text).ok()
}

/// What is proposed; none where the guards leave nothing of a part of it.
fn proposal(answer: SeoAnswer, guard: &mut Guard<'_>) -> Option<SeoProposal> {
    let title = guard.line("title", &answer.title.value, TITLE);
    let description = guard.line("description", &answer.description.value, DESCRIPTION);
    let keywords = guard.words("keywords", &answer.keywords.value);
    let slug = guard.line("slug", &answer.slug.value, TITLE);
    let has_keywords = !keywords.is_empty() || answer.keywords.value.is_empty();
    if title.is_empty() || description.is_empty() || slug.is_empty() || !has_keywords {
        return None;
    }
    Some(SeoProposal {
        title: Proposal {
            value: title,
            why: guard.line("title.why", &answer.title.why, WHY),
        },
        description: Proposal {
            value: description,
            why: guard.line("description.why", &answer.description.why, WHY),
        },
        keywords: Proposal {
            value: keywords,
            why: guard.line("keywords.why", &answer.keywords.why, WHY),
        },
        slug: Proposal {
            value: Slug::from_title(&slug),
            why: guard.line("slug.why", &answer.slug.why, WHY),
        },
    })
}
