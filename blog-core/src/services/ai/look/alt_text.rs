use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;

use pulldown_cmark::{Event, Tag, TagEnd};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::domain::Actor;
use crate::error::{Error, Result};
use crate::render::parser;

use super::super::guard::cut;
use super::super::question::Question;
use super::super::{Ai, prompt, schema};
use super::{Asked, Looked, Subject};

/// Pictures of a text that are looked at: the first of them.
const PICTURES: usize = 50;
/// Characters before a picture, and after it, that a model is told.
const AROUND: usize = 300;
/// Characters of a file's name, of a text and of a title that a model is told.
const TOLD: usize = 200;
/// Characters of a text for a picture; screen readers say it at once.
const ALT: usize = 200;
/// Tokens of a picture's text.
const PICTURE_TOKENS: u32 = 150;

/// A picture, and what it could say to those who do not see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PictureText {
    /// Its address, as the text has it.
    pub url: String,
    /// What is proposed.
    pub alt: String,
}

#[derive(Deserialize)]
struct PicturesAnswer {
    pictures: Vec<NumberedAlt>,
}

#[derive(Deserialize)]
struct NumberedAlt {
    number: usize,
    alt: String,
}

/// What a text says about a picture of its own.
#[derive(Debug, Default)]
struct Picture {
    url: String,
    alt: String,
    title: String,
    /// Where it stands in the words of the text.
    place: usize,
}

impl Ai<'_> {
    /// What the pictures of a text could say to those who do not see them, or this one of them. The model
    /// does not see them either: it is told the words around each, its file's name, and the text and title
    /// that it has. The first 50 pictures of the Markdown are looked at, each address once; those in raw
    /// HTML are not.
    ///
    /// # Errors
    /// Forbidden; not found for a post that `actor` may not see; invalid, also for an image that the text
    /// has not; unavailable without a model; those of the model and of the budgets.
    pub async fn alt_text(
        &self,
        actor: &Actor,
        subject: &Subject,
        image: Option<&str>,
    ) -> Result<Looked<Vec<PictureText>>> {
        let text = self.text(actor, subject).await?;
        let (words, mut pictures) = pictures(&text.content().body);
        if let Some(image) = image {
            pictures.retain(|picture| picture.url == image);
            if pictures.is_empty() {
                let message = "must be the address of a picture in the text";
                return Err(Error::invalid_field("image", message));
            }
        }
        pictures.truncate(PICTURES);
        if pictures.is_empty() {
            return Ok(Looked::locally(vec![]));
        }
        let count = u32::try_from(pictures.len()).unwrap_or(u32::MAX);
        let asked = Asked {
            actor,
            text: &text,
            purpose: "alt_text",
            fall_back: false,
            question: Question {
                prompt: &prompt::ALT_TEXT,
                words: &[],
                field: "text",
                text: &told(&pictures, &words),
                shown: |text| Cow::Borrowed(text),
                data: &[],
                sources: &[],
                schema: Some(
                    schema::object([(
                        "pictures",
                        schema::list(&schema::object([
                            ("number", json!({"type": "integer"})),
                            ("alt", schema::text()),
                        ])),
                    )])
                    .into(),
                ),
                max_output_tokens: PICTURE_TOKENS.saturating_mul(count.saturating_add(1)),
            },
        };
        let by_model = self.by_model_alone(
            asked,
            |answer, _| {
                let answer: PicturesAnswer = serde_json::from_str(&answer.text).ok()?;
                let known = answer.pictures.into_iter();
                let known = known.filter(|it| it.number < pictures.len());
                let known: BTreeMap<_, _> = known.map(|it| (it.number, it.alt)).collect();
                (!known.is_empty()).then_some(known)
            },
            |answer, guard| {
                let texts = answer.iter().map(|(number, alt)| PictureText {
                    url: pictures[*number].url.clone(),
                    alt: guard.line("images.alt", alt, ALT),
                });
                Some(texts.filter(|it| !it.alt.is_empty()).collect())
            },
        );
        by_model.await
    }
}

/// The words of a text, and its pictures, each address once.
fn pictures(markdown: &str) -> (String, Vec<Picture>) {
    let mut words = String::new();
    let mut pictures: Vec<Picture> = vec![];
    let mut known = HashSet::new();
    let mut open: Vec<Picture> = vec![];
    for event in parser(markdown) {
        match event {
            Event::Start(Tag::Image {
                dest_url, title, ..
            }) => open.push(Picture {
                url: dest_url.into_string(),
                alt: String::new(),
                title: title.into_string(),
                place: words.len(),
            }),
            Event::End(TagEnd::Image) => {
                let is_new = |picture: &Picture| known.insert(picture.url.clone());
                pictures.extend(open.pop().filter(is_new));
            }
            Event::Text(text) | Event::Code(text) => {
                let said = open
                    .last_mut()
                    .map_or(&mut words, |picture| &mut picture.alt);
                said.push_str(&text);
            }
            Event::SoftBreak | Event::HardBreak | Event::End(_) => words.push(' '),
            _ => {}
        }
    }
    (words, pictures)
}

/// What a model is told of pictures.
fn told(pictures: &[Picture], words: &str) -> String {
    let mut told = String::new();
    for (number, picture) in pictures.iter().enumerate() {
        let (before, after) = words.split_at(picture.place);
        let _ = writeln!(
            told,
            "{number}\nfile: {}\ntext: {}\ntitle: {}\nbefore: {}\nafter: {}\n",
            line(file_name(&picture.url)),
            line(&picture.alt),
            line(&picture.title),
            end(before),
            beginning(after, AROUND),
        );
    }
    told
}

fn line(text: &str) -> String {
    beginning(text, TOLD)
}

fn beginning(text: &str, characters: usize) -> String {
    // White space in between is left out.
    let start: String = text.chars().take(characters * 2).collect();
    let line = start.split_whitespace().collect::<Vec<_>>().join(" ");
    cut::beginning(&line, characters)
}

fn end(text: &str) -> String {
    let last = text.char_indices().rev().take(AROUND).last();
    beginning(last.map_or("", |(at, _)| &text[at..]), AROUND)
}

/// The last part of an address's path.
fn file_name(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default()
}
