//! What the index keeps of a post.

use std::collections::BTreeSet;

use blog_core::domain::{Content, Locale, PostId, Status, Version};
use blog_core::ports::IndexedPost;
use blog_core::render::plain_text;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, NumericOptions, STORED, STRING, Schema,
    TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{TantivyDocument, Term};

use crate::text::{Analyzer, fold, words};

/// Rises whenever an index written by earlier code can no longer be read.
pub(crate) const SCHEMA: u32 = 1;

/// The document holds what readers see.
pub(crate) const PUBLIC: u64 = 1;
/// The document holds what editors see, and the post is not in the trash.
pub(crate) const HEAD: u64 = 2;

/// Longest beginning of a title that completion looks at, in bytes.
pub(crate) const TITLE_START: usize = 120;

/// The fields, by what they are for.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    pub(crate) schema: Schema,
    pub(crate) id: Field,
    pub(crate) id_high: Field,
    pub(crate) id_low: Field,
    pub(crate) flags: Field,
    pub(crate) title: Field,
    pub(crate) tags: Field,
    pub(crate) authors: Field,
    pub(crate) excerpt: Field,
    pub(crate) body: Field,
    pub(crate) words: Field,
    pub(crate) title_start: Field,
    pub(crate) title_text: Field,
    pub(crate) body_text: Field,
    pub(crate) locale: Field,
    pub(crate) language: Field,
    pub(crate) tag: Field,
    pub(crate) category: Field,
    pub(crate) author: Field,
    pub(crate) ordered_at: Field,
    pub(crate) year: Field,
    pub(crate) popularity: Field,
}

impl Fields {
    pub(crate) fn new() -> Self {
        let mut builder = Schema::builder();
        let indexed = |option, norms| {
            TextOptions::default().set_indexing_options(
                TextFieldIndexing::default()
                    .set_tokenizer("raw")
                    .set_fieldnorms(norms)
                    .set_index_option(option),
            )
        };
        let text = indexed(IndexRecordOption::WithFreqsAndPositions, true);
        let set = indexed(IndexRecordOption::Basic, false);
        let number = NumericOptions::default().set_fast();
        Self {
            id: builder.add_text_field("id", set.clone()),
            id_high: builder.add_u64_field("id_high", number.clone()),
            id_low: builder.add_u64_field("id_low", number.clone()),
            flags: builder.add_u64_field("flags", number.clone() | INDEXED),
            title: builder.add_text_field("title", text.clone()),
            tags: builder.add_text_field("tags", text.clone()),
            authors: builder.add_text_field("authors", text.clone()),
            excerpt: builder.add_text_field("excerpt", text.clone()),
            body: builder.add_text_field("body", text),
            words: builder.add_text_field("words", set.clone()),
            title_start: builder.add_text_field("title_start", set.clone()),
            title_text: builder.add_text_field("title_text", STORED),
            body_text: builder.add_text_field("body_text", STORED),
            locale: builder.add_text_field("locale", STRING | STORED),
            language: builder.add_text_field("language", set),
            tag: builder.add_text_field("tag", STRING | FAST),
            category: builder.add_text_field("category", STRING | FAST),
            author: builder.add_text_field("author", STRING | FAST),
            ordered_at: builder.add_i64_field("ordered_at", number.clone()),
            year: builder.add_i64_field("year", number.clone()),
            popularity: builder.add_u64_field("popularity", number),
            schema: builder.build(),
        }
    }

    /// The fields that words are looked for in, with their weights.
    pub(crate) const fn weighted(&self) -> [(Field, f32); 5] {
        [
            (self.title, 4.0),
            (self.tags, 3.0),
            (self.authors, 2.0),
            (self.excerpt, 1.5),
            (self.body, 1.0),
        ]
    }

    /// The term that all documents of a post have, and no others.
    pub(crate) fn id_term(&self, id: PostId) -> Term {
        Term::from_field_text(self.id, &id.to_string())
    }

    /// One document or two.
    pub(crate) fn documents(&self, indexed: &IndexedPost) -> Vec<TantivyDocument> {
        let post = &indexed.post;
        let public = indexed.published.as_ref().filter(|_| post.is_public());
        let head_flag = if post.status == Status::Trashed {
            0
        } else {
            HEAD
        };
        match public {
            Some(public) if same_text(&public.content, &indexed.head.content) => {
                vec![self.document(indexed, &indexed.head, PUBLIC | head_flag)]
            }
            Some(public) => vec![
                self.document(indexed, public, PUBLIC),
                self.document(indexed, &indexed.head, head_flag),
            ],
            None => vec![self.document(indexed, &indexed.head, head_flag)],
        }
    }

    fn document(&self, indexed: &IndexedPost, version: &Version, flags: u64) -> TantivyDocument {
        let post = &indexed.post;
        let content = &version.content;
        let body = plain_text(&content.body);
        let mut document = TantivyDocument::default();

        let (high, low) = post.id.as_uuid().as_u64_pair();
        document.add_text(self.id, post.id.to_string());
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        document.add_u64(self.flags, flags);

        let names: Vec<&str> = indexed
            .authors
            .iter()
            .map(|author| author.name.as_str())
            .collect();
        let names = names.join("\n");
        let tags = content.tags.join("\n");
        let excerpt = content.excerpt.as_deref().unwrap_or_default();
        let mut analyzer = Analyzer::new(post.locale.language());
        let mut plain = Analyzer::plain();
        let mut known = BTreeSet::new();
        for (field, text, stemmed) in [
            (self.title, content.title.as_str(), true),
            (self.body, body.as_str(), true),
            (self.excerpt, excerpt, true),
            (self.tags, tags.as_str(), true),
            (self.authors, names.as_str(), false),
        ] {
            if !text.is_empty() {
                let analyzer = if stemmed { &mut analyzer } else { &mut plain };
                document.add_pre_tokenized_text(field, tokens(text, analyzer));
                known.extend(words(text, true).map(|word| fold(word.text)));
            }
        }
        document.add_pre_tokenized_text(self.words, set_of(known));

        document.add_text(self.title_start, title_start(&content.title));
        document.add_text(self.title_text, &content.title);
        document.add_text(self.body_text, &body);

        document.add_text(self.locale, post.locale.as_str());
        document.add_text(self.language, post.locale.language());
        for tag in content.tags.iter().collect::<BTreeSet<_>>() {
            document.add_text(self.tag, tag);
        }
        for category in content.category.iter().flat_map(|path| ancestors(path)) {
            document.add_text(self.category, category);
        }
        for author in std::iter::once(&post.author)
            .chain(&post.coauthors)
            .collect::<BTreeSet<_>>()
        {
            document.add_text(self.author, author);
        }
        let at = post.ordered_at();
        document.add_i64(self.ordered_at, at.timestamp_micros());
        document.add_i64(self.year, i64::from(chrono::Datelike::year(&at)));
        document.add_u64(self.popularity, 0);
        document
    }

    /// The term of a locale.
    pub(crate) fn locale_term(&self, locale: &Locale) -> Term {
        Term::from_field_text(self.locale, locale.as_str())
    }
}

/// The id that the two halves of a UUID make.
pub(crate) fn post_id(high: u64, low: u64) -> Option<PostId> {
    format!("{high:016x}{low:016x}").parse().ok()
}

/// What completion compares with what was typed.
pub(crate) fn title_start(title: &str) -> String {
    let mut start = words(title, false)
        .map(|word| fold(word.text))
        .collect::<Vec<_>>()
        .join(" ");
    if start.len() > TITLE_START {
        let end = (0..=TITLE_START)
            .rev()
            .find(|at| start.is_char_boundary(*at))
            .unwrap_or(0);
        start.truncate(end);
    }
    start
}

/// A category and all that it is below of: `a`, `a/b` and `a/b/c` of `a/b/c`.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    let path = path.trim_matches('/');
    let ends = path
        .match_indices('/')
        .map(|(at, _)| at)
        .chain(Some(path.len()));
    ends.map(move |end| &path[..end])
        .filter(|part| !part.is_empty())
}

/// Whether two contents make the same document.
fn same_text(one: &Content, other: &Content) -> bool {
    one.title == other.title
        && one.body == other.body
        && one.excerpt == other.excerpt
        && one.tags == other.tags
        && one.category == other.category
}

fn tokens(text: &str, analyzer: &mut Analyzer) -> PreTokenizedString {
    let mut tokens = Vec::new();
    for (position, word) in words(text, true).enumerate() {
        tokens.push(Token {
            offset_from: word.start,
            offset_to: word.start + word.text.len(),
            position,
            text: analyzer.stem(word.text),
            position_length: 1,
        });
    }
    PreTokenizedString {
        text: String::new(),
        tokens,
    }
}

fn set_of(words: BTreeSet<String>) -> PreTokenizedString {
    let tokens = words.into_iter().enumerate();
    let tokens = tokens.map(|(position, text)| Token {
        position,
        text,
        ..Token::default()
    });
    PreTokenizedString {
        text: String::new(),
        tokens: tokens.collect(),
    }
}
