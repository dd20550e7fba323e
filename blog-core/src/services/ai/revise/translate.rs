use std::collections::BTreeMap;

use crate::domain::{Actor, Content, Locale, Permission, Seo};
use crate::error::{Error, Result};
use crate::ports::{PostView, TokenUsage};
use crate::services::NewPost;

use super::super::calls::Calls;
use super::super::segments::segments;
use super::super::{Ai, Engine, Report, ReportKind, Subject, prompt};
use super::front_matter::FrontMatter;
use super::parts::{Answers, Task, Wanted};
use super::{Placeholders, Taking, Text};

/// A text that is to be said in another language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translate {
    /// The text. Of one of one's own that has a front matter, its title and description are translated,
    /// too.
    pub subject: Subject,
    /// The language.
    pub to: Locale,
    /// Whether a post's translation is kept as a draft.
    pub save_as_draft: bool,
}

/// A text in another language.
#[derive(Debug, Clone, PartialEq)]
pub struct Translated {
    /// Which model has translated it.
    pub engine: Engine,
    /// Into which language.
    pub language: Locale,
    /// What it says: of a text only the body; of a post also title, excerpt, and what search engines are
    /// told, while its tags, category, cover and the host's own fields are as they were.
    pub content: Content,
    /// Tokens of all calls that it took.
    pub usage: TokenUsage,
    /// What they cost, in millionths of the currency of the prices; `None` where the model has no price.
    pub cost_micros: Option<u64>,
    /// What the guards have changed, and what stays in its language.
    pub reports: Vec<Report>,
    /// The draft, where one was wanted.
    pub post: Option<PostView>,
}

impl Ai<'_> {
    /// Lets the model translate a text, in a call for every 6,000 bytes of it. Markdown, code, addresses,
    /// HTML and the front matter stay as they are: what a model would change of them is not taken.
    ///
    /// # Errors
    /// As [`rewrite`](Ai::rewrite); and forbidden where a draft is wanted that `actor` may not create. A
    /// draft that cannot be stored is no error: the text is paid for, and [`Translated::reports`] says so.
    pub async fn translate(&self, actor: &Actor, wanted: &Translate) -> Result<Translated> {
        let text = self.workable(actor, &wanted.subject).await?;
        if wanted.save_as_draft {
            self.blog.require(actor, Permission::Create, None)?;
        }
        match &text {
            Text::Own(_) if wanted.save_as_draft => {
                let message = "is for the translation of a post";
                return Err(Error::invalid_field("save_as_draft", message));
            }
            Text::Post(view) if view.post.locale == wanted.to => {
                let message = "must not be the language that the post has";
                return Err(Error::invalid_field("to", message));
            }
            _ => {}
        }
        let mut calls = Calls::new(self.blog, actor, "translate", text.post());
        let unasked = self.model()?.name().to_owned();
        let (content, reports) = self.translation(&mut calls, &text, &wanted.to).await?;
        let provenance = calls.provenance();
        let mut translated = Translated {
            engine: Engine::Model(match &provenance.model {
                model if model.is_empty() => unasked,
                model => model.clone(),
            }),
            language: wanted.to.clone(),
            content,
            usage: calls.usage(),
            cost_micros: provenance.cost_micros,
            reports,
            post: None,
        };
        if wanted.save_as_draft {
            let new = NewPost {
                content: translated.content.clone(),
                locale: Some(wanted.to.clone()),
                provenance: Some(provenance),
                translation_of: text.post(),
                ..NewPost::default()
            };
            match self.blog.posts().create(actor, new).await {
                Ok(view) => translated.post = Some(view),
                Err(error) => {
                    tracing::error!(%error, "a translation could not be kept as a draft");
                    translated.reports.push(Report {
                        field: "post".to_owned(),
                        what: ReportKind::NotSaved,
                        text: error.client_message().to_owned(),
                    });
                }
            }
        }
        Ok(translated)
    }

    async fn translation(
        &self,
        calls: &mut Calls,
        text: &Text,
        to: &Locale,
    ) -> Result<(Content, Vec<Report>)> {
        let original = text.content();
        let (front, body) = match text {
            Text::Own(_) => FrontMatter::split(&original.body),
            Text::Post(_) => (None, original.body.as_str()),
        };
        let read_fields = front.map_or_else(Vec::new, |front| front.read_fields());
        let segments = segments(body);
        let lines = match text {
            Text::Own(_) => vec![],
            Text::Post(_) => lines(original),
        };
        let texts = lines.iter().map(|(_, line)| *line);
        let texts = texts.chain(read_fields.iter().map(|it| it.text.as_str()));
        let texts: Vec<_> = texts
            .chain(segments.iter().map(|it| it.shown.as_str()))
            .collect();
        let fields: Vec<_> = lines.iter().map(|(field, _)| *field).collect();
        let first = lines.len() + read_fields.len();
        let field_of = |number: usize| match fields.get(number) {
            Some(field) => *field,
            None if number < first => "front_matter",
            None => "body",
        };
        let task = Task {
            prompt: &prompt::TRANSLATE,
            words: &[],
            data: &[("language", to.as_str())],
            wanted: Wanted::Each,
        };
        let Answers {
            texts: mut answers,
            leaks,
            ..
        } = task.done(calls, &texts).await?;
        let mut taking = Taking::new(self, leaks, "body");
        for (number, text) in texts.iter().enumerate() {
            if !answers.contains_key(&number) {
                taking.put_back_in(field_of(number), text);
            }
        }
        let limits = self.blog.limits();
        let mut line = |number: usize| {
            let field = field_of(number);
            let limit = match field {
                "title" => limits.title,
                _ => limits.text,
            };
            let line = taking.line(field, &answers.remove(&number)?, limit);
            if line.is_none() {
                taking.put_back_in(field, texts[number]);
            }
            line
        };
        let mut content = match text {
            Text::Own(_) => Content::default(),
            Text::Post(_) => kept(original),
        };
        for (number, (field, _)) in lines.iter().enumerate() {
            if let Some(text) = line(number) {
                put(&mut content, field, text);
            }
        }
        let front = front.map(|front| {
            let texts: Vec<_> = (lines.len()..first).map(&mut line).collect();
            front.with(&read_fields, &texts)
        });
        let mut words = BTreeMap::new();
        for (number, answer) in answers {
            // Guarding a long text takes its time.
            tokio::task::yield_now().await;
            let segment = &segments[number - first];
            if let Some(taken) = taking.words(segment, &answer, Placeholders::All) {
                words.insert(number - first, taken);
            }
        }
        let body = taking.assembled(body, &segments, &mut words, Placeholders::All);
        content.body = front.unwrap_or_default() + &body;
        Ok((content, taking.reports.0))
    }
}

/// The texts of a post that are lines without markup, by their fields.
fn lines(content: &Content) -> Vec<(&'static str, &str)> {
    let Seo {
        title, description, ..
    } = &content.seo;
    let mut lines = vec![("title", content.title.as_str())];
    let optional = [
        ("excerpt", &content.excerpt),
        ("seo.title", title),
        ("seo.description", description),
    ];
    for (field, text) in optional {
        lines.extend(text.as_deref().map(|text| (field, text)));
    }
    lines
}

fn put(content: &mut Content, field: &str, text: String) {
    match field {
        "title" => content.title = text,
        "excerpt" => content.excerpt = Some(text),
        "seo.title" => content.seo.title = Some(text),
        _ => content.seo.description = Some(text),
    }
}

/// What a post says in any language, and for now in its own.
fn kept(original: &Content) -> Content {
    Content {
        // What people search for, and the address, are other ones in another language.
        seo: Seo {
            keywords: vec![],
            canonical_url: None,
            ..original.seo.clone()
        },
        ..original.clone()
    }
}
