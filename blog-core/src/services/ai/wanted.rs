use crate::Blog;
use crate::domain::Locale;
use crate::error::{Error, FieldError, Result};

use super::{AiOptions, Choice, Length};

/// A post that a model is to write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GeneratePost {
    /// What it is about, with whatever there is to say on it.
    pub topic: String,
    /// The name of one of [`AiOptions::styles`].
    pub style: Option<String>,
    /// The name of one of [`AiOptions::tones`].
    pub tone: Option<String>,
    /// The name of one of [`AiOptions::lengths`].
    pub length: Option<String>,
    /// Whom it is for.
    pub audience: Option<String>,
    /// Its language; without one the blog's default.
    pub language: Option<Locale>,
    /// Words that it should contain.
    pub keywords: Vec<String>,
    /// What it should be drawn from: at most ten.
    pub sources: Vec<Source>,
    /// Whether an outline is made first, which takes a call more.
    pub outline: bool,
    /// Whether it is kept as a draft.
    pub save_as_draft: bool,
}

/// A text to draw from. It is data: nothing that it asks for is done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// What it says: at most 20,000 characters.
    pub text: String,
    /// Where it is from; nothing is read there.
    pub url: Option<String>,
}

/// The same, checked.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) topic: String,
    pub(super) style: Choice,
    pub(super) tone: Choice,
    pub(super) length: Length,
    pub(super) audience: Option<String>,
    pub(super) language: Locale,
    pub(super) keywords: Vec<String>,
    /// Each with where it is from.
    pub(super) sources: Vec<String>,
    pub(super) outline: bool,
    pub(super) save_as_draft: bool,
}

/// Characters of a topic: a page or two of notes.
const TOPIC: usize = 10_000;
/// Characters of an audience.
const AUDIENCE: usize = 300;
/// Texts to draw from.
const SOURCES: usize = 10;
/// Characters of each: a long article.
const SOURCE: usize = 20_000;

impl Wanted {
    /// # Errors
    /// Invalid, naming every field that breaks a rule, and for a name that is not known those that are.
    pub(super) fn checked(wanted: GeneratePost, blog: &Blog) -> Result<Self> {
        let options = &blog.options().ai;
        let limits = blog.limits();
        let mut found = Findings::default();
        found.text("topic", &wanted.topic, TOPIC);
        if wanted.topic.trim().is_empty() {
            found.add("topic", "must not be empty");
        }
        if let Some(audience) = &wanted.audience {
            found.text("audience", audience, AUDIENCE);
        }
        if wanted.keywords.len() > limits.tags {
            let message = format!("must have at most {} entries", limits.tags);
            found.add("keywords", message);
        }
        for keyword in wanted.keywords.iter().take(limits.tags) {
            found.text("keywords", keyword, limits.tag);
            if keyword.trim().is_empty() {
                found.add("keywords", "must not contain an empty entry");
            }
        }
        if wanted.sources.len() > SOURCES {
            found.add("sources", format!("must have at most {SOURCES} entries"));
        }
        for Source { text, url } in wanted.sources.iter().take(SOURCES) {
            found.text("sources", text, SOURCE);
            found.text(
                "sources",
                url.as_deref().unwrap_or_default(),
                limits.url_bytes,
            );
            if text.trim().is_empty() {
                found.add("sources", "must not contain an entry without a text");
            }
        }
        let AiOptions {
            styles,
            tones,
            lengths,
            ..
        } = options;
        let style = found.chosen("style", wanted.style.as_deref(), styles, |it| &it.name);
        let tone = found.chosen("tone", wanted.tone.as_deref(), tones, |it| &it.name);
        let length = found.chosen("length", wanted.length.as_deref(), lengths, |it| &it.name);
        match (style, tone, length) {
            (Some(style), Some(tone), Some(length)) if found.0.is_empty() => Ok(Self {
                topic: wanted.topic,
                style,
                tone,
                length,
                audience: wanted.audience,
                language: wanted.language.unwrap_or(blog.default_locale().clone()),
                keywords: wanted.keywords,
                sources: wanted.sources.into_iter().map(Source::told).collect(),
                outline: wanted.outline,
                save_as_draft: wanted.save_as_draft,
            }),
            _ => Err(Error::invalid(found.0)),
        }
    }
}

impl Source {
    fn told(self) -> String {
        match self.url {
            Some(url) => format!("{url}\n\n{}", self.text),
            None => self.text,
        }
    }
}

/// What is wrong with what is asked for.
#[derive(Default)]
pub(super) struct Findings(pub(super) Vec<FieldError>);

impl Findings {
    pub(super) fn add(&mut self, field: &str, message: impl Into<String>) {
        let error = FieldError::new(field, message);
        if !self.0.contains(&error) {
            self.0.push(error);
        }
    }

    pub(super) fn text(&mut self, field: &str, text: &str, limit: usize) {
        if text.contains('\0') {
            self.add(field, "must not contain U+0000");
        }
        if text.chars().count() > limit {
            self.add(field, format!("must have at most {limit} characters"));
        }
    }

    /// The one of this name, the first of them without a name.
    pub(super) fn chosen<T: Clone>(
        &mut self,
        field: &str,
        wanted: Option<&str>,
        known: &[T],
        name: impl Fn(&T) -> &String,
    ) -> Option<T> {
        let is_wanted = |it: &&T| wanted.is_none_or(|wanted| name(it) == wanted);
        let chosen = known.iter().find(is_wanted).cloned();
        if chosen.is_none() {
            let names: Vec<_> = known.iter().map(|it| name(it).as_str()).collect();
            self.add(field, format!("must be one of {}", names.join(", ")));
        }
        chosen
    }
}
