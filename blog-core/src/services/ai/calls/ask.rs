use std::borrow::Cow;
use std::num::NonZeroU32;

use super::super::guard::{Leaks, cut};
use super::super::listener::Listener;
use super::super::prompt;
use super::super::question::{Answer, Question};
use super::Calls;
use super::once::Unread;
use crate::error::{Error, ErrorKind, Result};
use crate::ports::{Completion, CompletionRequest, Message, Speaker};

/// How often a text that is too long for the model is shortened: to a half, then to a quarter.
const SHORTENINGS: u32 = 2;
/// Characters of an answer that cannot be read which the model is shown again.
const UNREAD: usize = 20_000;

impl Calls {
    /// Asks the model. If the text is too long for it, less of it is shown; if `read` makes nothing of
    /// the answer, the model is asked once more, or where it was cut, for the same with twice the room,
    /// if it may have more.
    /// `read` gets the answer, the text as it was shown, and what the answer must not repeat.
    ///
    /// # Errors
    /// Invalid where the model refuses; too large where even a quarter of the text is; `Unavailable`
    /// where the second answer cannot be read either; those of the budgets and of the model.
    pub(in super::super) async fn ask<T>(
        &mut self,
        question: &Question<'_>,
        mut listener: Option<&mut (dyn Listener + 'static)>,
        read: impl Fn(&Completion, &str, &Leaks) -> Option<T>,
    ) -> Result<Answer<T>> {
        self.prompt = question.prompt.version();
        let mut shortenings = 0;
        let value = loop {
            let listener = listener.as_deref_mut();
            match self
                .ask_shortened(question, shortenings, listener, &read)
                .await
            {
                Err(error) if self.may_be_shortened(&error, shortenings) => shortenings += 1,
                answer => break answer?,
            }
        };
        Ok(Answer {
            value,
            is_shortened: shortenings > 0,
            leaks: self.leaks.clone(),
        })
    }

    /// Asks about the text, so often halved, and once more where the answer cannot be read.
    async fn ask_shortened<T>(
        &mut self,
        question: &Question<'_>,
        shortenings: u32,
        mut listener: Option<&mut (dyn Listener + 'static)>,
        read: impl Fn(&Completion, &str, &Leaks) -> Option<T>,
    ) -> Result<T> {
        let text = match question.sources {
            [] => shortened(question.text, shortenings),
            _ => Cow::Borrowed(question.text),
        };
        let sources = question.sources.iter();
        let sources: Vec<_> = sources.map(|it| shortened(it, shortenings)).collect();
        let shown = (question.shown)(&text);
        let read = |answer: &Completion, leaks: &Leaks| read(answer, &shown, leaks);

        let (mut request, leaks) = question.request(&shown, &sources);
        request.max_output_tokens = self.room_to_think_and_answer(request.max_output_tokens);
        self.leaks.extend(leaks);
        if let Some(listener) = listener.as_deref_mut() {
            listener.keep_back(&self.leaks);
        }
        match self.once(&request, question.field, listener, &read).await? {
            Ok(value) => Ok(value),
            Err(unread) => {
                self.change_for_another_answer(&mut request, unread)?;
                self.ask_again(&request, question.field, &read).await
            }
        }
    }

    /// Whether less of the text may help, and nobody has heard anything of an answer.
    fn may_be_shortened(&self, error: &Error, shortenings: u32) -> bool {
        *error.kind() == ErrorKind::TooLarge && !self.is_heard && shortenings < SHORTENINGS
    }

    /// The room of an answer that has so much itself.
    fn room_to_think_and_answer(&self, answer: u32) -> u32 {
        let thinking = self.blog.options().ai.thinking_tokens;
        answer.saturating_add(thinking).min(self.most_room())
    }

    /// The most that an answer may have.
    fn most_room(&self) -> u32 {
        let most = self.blog.options().ai.answer_tokens;
        most.map_or(u32::MAX, NonZeroU32::get)
    }

    /// Has a request say what was wrong with the answer to it, or gives the next one more room.
    ///
    /// # Errors
    /// Where there is no more room.
    fn change_for_another_answer(
        &mut self,
        request: &mut CompletionRequest,
        unread: Unread,
    ) -> Result<()> {
        let (room, most) = (request.max_output_tokens, self.most_room());
        match unread {
            Unread::Cut if room == most => return Err(cut_off()),
            Unread::Cut => request.max_output_tokens = room.saturating_mul(2).min(most),
            Unread::Text(unread) => self.ask_for_repair(request, &unread),
        }
        Ok(())
    }

    /// Has a request go on with an answer that cannot be read, and what is wrong with it.
    fn ask_for_repair(&mut self, request: &mut CompletionRequest, unread: &str) {
        if !unread.is_empty() {
            request.messages.push(Message {
                speaker: Speaker::Model,
                text: cut::beginning(unread, UNREAD),
            });
        }
        let repair = prompt::REPAIR.instructions(&[]);
        self.leaks.extend(Leaks::of(&repair, None));
        request.messages.push(Message {
            speaker: Speaker::User,
            text: repair,
        });
    }

    /// Asks for the last time.
    async fn ask_again<T>(
        &mut self,
        request: &CompletionRequest,
        field: &str,
        read: impl Fn(&Completion, &Leaks) -> Option<T>,
    ) -> Result<T> {
        match self.once(request, field, None, read).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(Unread::Cut)) => Err(cut_off()),
            // What is too long now is the first answer or the room for another, and not what was asked.
            Err(error) if *error.kind() != ErrorKind::TooLarge => Err(error),
            _ => {
                let message = "the model's answer has not the shape that was asked for";
                Err(Error::unavailable(message, true))
            }
        }
    }
}

fn cut_off() -> Error {
    Error::unavailable("the model's answer was cut by its length", true)
}

/// The text, so often halved.
fn shortened(text: &str, times: u32) -> Cow<'_, str> {
    match times {
        0 => Cow::Borrowed(text),
        times => Cow::Owned(cut::sections(text, text.len() >> times)),
    }
}
