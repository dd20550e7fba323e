use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use crate::domain::{Actor, Permission};
use crate::error::Result;
use crate::ports::PostView;
use crate::services::NewPost;

use super::answer::{OUTLINE_SCHEMA, OutlineAnswer, POST_SCHEMA, PostAnswer, read};
use super::calls::{Calls, late};
use super::guard::{Addresses, Guard, Reports};
use super::prompt;
use super::question::{Answer, Question};
use super::stream::Deltas;
use super::terms::Terms;
use super::wanted::Wanted;
use super::{Ai, GeneratePost, Generated, GenerationStream, LONGEST_USE, ReportKind};

/// Tokens for a word of a body: 1.3 in English, more elsewhere.
const TOKENS_A_WORD: u32 = 4;
/// Tokens for everything beside the body.
const TOKENS_BESIDE: u32 = 1_000;
/// How long an outline may take, where the text is awaited.
const OUTLINE: Duration = Duration::from_secs(60);
/// Tokens of an outline.
const OUTLINE_TOKENS: u32 = 2_000;

impl Ai<'_> {
    /// Lets the model write a post, in one call; in two with an outline, and in one more where an answer
    /// has not the shape that was asked for. All of them have 220 seconds together: an outline that is not
    /// there after 60 is done without, which the reports say.
    ///
    /// # Errors
    /// Forbidden, also where a draft is wanted that `actor` may not create; invalid, also where the model
    /// refuses; `RateLimited` until tomorrow where today's budget is spent, forbidden where the total is;
    /// unavailable without a model, and where it fails. A draft that cannot be stored is no error: the
    /// text is paid for, and [`Generated::reports`] says so.
    pub async fn generate(&self, actor: &Actor, post: GeneratePost) -> Result<Generated> {
        let ends = Some(Instant::now() + LONGEST_USE);
        self.writing(actor, post)?.write(None, ends).await
    }

    /// The same while it is written. Dropping the stream ends the call, as does
    /// [`AiOptions::longest_stream`](super::AiOptions::longest_stream), whether or not anybody reads it.
    ///
    /// # Errors
    /// As [`generate`](Ai::generate): what can be told before the model is asked, at once; the rest in
    /// the stream, which ends with it.
    pub async fn generate_stream(
        &self,
        actor: &Actor,
        post: GeneratePost,
    ) -> Result<GenerationStream> {
        let writing = self.writing(actor, post)?;
        let longest = self.blog.options().ai.longest_stream;
        Ok(super::stream::of(longest, move |deltas| async move {
            let mut deltas = deltas;
            let written = writing.write(Some(&mut deltas), None).await;
            (deltas, written)
        }))
    }

    fn writing(&self, actor: &Actor, post: GeneratePost) -> Result<Writing> {
        self.admit(actor)?;
        if post.save_as_draft {
            self.blog.require(actor, Permission::Create, None)?;
        }
        let wanted = Wanted::checked(post, self.blog)?;
        self.model()?;
        Ok(Writing {
            calls: Calls::new(self.blog, actor, "generate", None),
            wanted,
            reports: Reports::default(),
        })
    }
}

/// A post that is being written.
struct Writing {
    calls: Calls,
    wanted: Wanted,
    reports: Reports,
}

impl Writing {
    /// `ends`: when it has to be answered, if it is not read while it is written.
    async fn write(
        mut self,
        deltas: Option<&mut Deltas>,
        ends: Option<Instant>,
    ) -> Result<Generated> {
        let terms = Terms::of(&self.calls.blog).await?;
        let outline = match self.wanted.outline {
            true => self.outline_in_time(ends.is_some()).await?,
            false => String::new(),
        };
        let text = self.text(&terms, &outline, deltas);
        let Answer {
            value,
            is_shortened,
            leaks,
        } = match ends {
            Some(ends) => timeout_at(ends, text).await.map_err(|_| late())??,
            None => text.await?,
        };
        self.note_shortened(is_shortened);
        if value.is_unfinished {
            self.reports.add("body", ReportKind::Unfinished, "");
        }
        let blog = self.calls.blog.clone();
        let told = self.wanted.data();
        let told = told
            .iter()
            .map(|(_, text)| text)
            .chain(&self.wanted.sources);
        let told = told.map(String::as_str).chain([self.wanted.topic.as_str()]);
        let addresses = Addresses::of(&blog.options().ai.link_hosts, told);
        let mut guard = Guard {
            limits: blog.limits(),
            addresses: &addresses,
            leaks: &leaks,
            reports: &mut self.reports,
        };
        let mut content = guard.content(value, &self.wanted.topic);
        terms.spell(&mut content);
        let provenance = self.calls.provenance();
        let mut generated = Generated {
            content,
            usage: self.calls.usage(),
            provenance,
            reports: vec![],
            post: None,
        };
        if self.wanted.save_as_draft {
            // What waits for the model before would have room for this as well.
            generated.post = Box::pin(self.draft(&generated)).await;
        }
        generated.reports = self.reports.0;
        Ok(generated)
    }

    /// The outline; nothing where the time that it would take is that of the text.
    async fn outline_in_time(&mut self, is_awaited: bool) -> Result<String> {
        if !is_awaited {
            return self.outline().await;
        }
        match timeout(OUTLINE, self.outline()).await {
            Ok(outline) => outline,
            Err(_) => {
                self.reports.add("outline", ReportKind::Unfinished, "");
                Ok(String::new())
            }
        }
    }

    /// The outline, as text to go on with.
    async fn outline(&mut self) -> Result<String> {
        let words = self.wanted.length.words.to_string();
        let words = [
            ("style", self.wanted.style.meaning.as_str()),
            ("words", &words),
        ];
        let data = self.wanted.data();
        let question = Question {
            prompt: &prompt::OUTLINE,
            words: &words,
            field: "topic",
            text: &self.wanted.topic,
            shown: |topic| Cow::Borrowed(topic),
            data: &borrowed(&data),
            sources: &self.wanted.sources,
            schema: Some(Arc::clone(&OUTLINE_SCHEMA)),
            max_output_tokens: OUTLINE_TOKENS,
        };
        let answer = self.calls.ask(&question, None, |answer, _, _| {
            serde_json::from_str::<OutlineAnswer>(&answer.text).ok()
        });
        let answer = answer.await?;
        self.note_shortened(answer.is_shortened);
        let mut outline = String::new();
        for section in answer.value.sections {
            outline.push_str(&format!("{}\n", section.heading));
            for point in section.points {
                outline.push_str(&format!("- {point}\n"));
            }
        }
        Ok(outline)
    }

    async fn text(
        &mut self,
        terms: &Terms,
        outline: &str,
        deltas: Option<&mut Deltas>,
    ) -> Result<Answer<PostAnswer>> {
        let count = self.wanted.length.words;
        let words = count.to_string();
        let words = [
            ("style", self.wanted.style.meaning.as_str()),
            ("tone", &self.wanted.tone.meaning),
            ("words", &words),
        ];
        let mut data = self.wanted.data();
        data.extend(terms.data());
        if !outline.is_empty() {
            data.push(("outline", outline.to_owned()));
        }
        let question = Question {
            prompt: &prompt::GENERATE,
            words: &words,
            field: "topic",
            text: &self.wanted.topic,
            shown: |topic| Cow::Borrowed(topic),
            data: &borrowed(&data),
            sources: &self.wanted.sources,
            schema: Some(Arc::clone(&POST_SCHEMA)),
            max_output_tokens: count
                .saturating_mul(TOKENS_A_WORD)
                .saturating_add(TOKENS_BESIDE),
        };
        let listener = deltas.map(|deltas| deltas as _);
        let answer = self
            .calls
            .ask(&question, listener, |answer, _, _| read(answer));
        answer.await
    }

    fn note_shortened(&mut self, is_shortened: bool) {
        if is_shortened {
            let field = match self.wanted.sources.is_empty() {
                true => "topic",
                false => "sources",
            };
            self.reports.add(field, ReportKind::Shortened, "");
        }
    }

    async fn draft(&mut self, generated: &Generated) -> Option<PostView> {
        let new = NewPost {
            content: generated.content.clone(),
            locale: Some(self.wanted.language.clone()),
            provenance: Some(generated.provenance.clone()),
            ..NewPost::default()
        };
        let blog = self.calls.blog.clone();
        match blog.posts().create(&self.calls.actor, new).await {
            Ok(view) => Some(view),
            Err(error) => {
                tracing::error!(%error, "a generated post could not be kept as a draft");
                let message = error.client_message();
                self.reports.add("post", ReportKind::NotSaved, message);
                None
            }
        }
    }
}

impl Wanted {
    /// What the model is given beside the topic, by name.
    fn data(&self) -> Vec<(&'static str, String)> {
        let mut data = vec![("language", self.language.to_string())];
        data.extend(self.audience.clone().map(|it| ("audience", it)));
        if !self.keywords.is_empty() {
            data.push(("keywords", self.keywords.join("\n")));
        }
        data
    }
}

fn borrowed<'a>(data: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    data.iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect()
}
