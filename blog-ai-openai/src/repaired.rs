use blog_ai_http::Failure;
use blog_core::ports::{
    Completion, CompletionEvent, CompletionRequest, CompletionStream, TokenUsage,
};
use blog_core::{Error, Result};
use futures::stream::{self, StreamExt};

use crate::OpenAi;
use crate::model::{check, unfit};

/// JSON of a server that knows no schemas: it is shown once it is whole and fits, and asked for once more where
/// it does not. Until then empty pieces say that it comes.
pub(crate) fn once_it_fits(
    model: OpenAi,
    request: CompletionRequest,
    events: CompletionStream,
) -> CompletionStream {
    let first = Writing {
        model,
        request,
        events,
        text: String::new(),
        is_repair: false,
    };
    let shown = stream::try_unfold(Progress::Writing(first), |progress| async {
        match progress {
            Progress::Writing(answer) => answer.next().await.map(Some),
            Progress::Whole(done) => Ok(Some((done, Progress::Shown))),
            Progress::Shown => Ok(None),
        }
    });
    shown.boxed()
}

/// How far an answer is.
enum Progress {
    Writing(Writing),
    /// Its text has been shown; the end has not.
    Whole(CompletionEvent),
    Shown,
}

/// An answer that is being written.
struct Writing {
    model: OpenAi,
    request: CompletionRequest,
    events: CompletionStream,
    text: String,
    /// Whether it is the second.
    is_repair: bool,
}

impl Writing {
    async fn next(mut self) -> Result<(CompletionEvent, Progress)> {
        loop {
            match self.events.next().await {
                Some(Ok(CompletionEvent::Text(piece))) => {
                    self.text.push_str(&piece);
                    let comes = CompletionEvent::Text(String::new());
                    return Ok((comes, Progress::Writing(self)));
                }
                Some(Ok(CompletionEvent::Done { stop, usage, model })) => {
                    let answer = Completion {
                        text: std::mem::take(&mut self.text),
                        stop,
                        usage,
                        model,
                    };
                    let Err(wrong) = check(&self.request.format, &answer) else {
                        return Ok(shown(answer));
                    };
                    if self.is_repair {
                        return Err(unfit(&self.request, &answer, wrong).without_immediate_retry());
                    }
                    let repair = self.model.repair(&self.request, &answer, wrong).await?;
                    self.events = self.model.unchecked(&repair).await?;
                    self.request = repair;
                    self.is_repair = true;
                }
                Some(Err(error)) => return Err(self.with_what_came(error)),
                None => return Err(self.with_what_came(Failure::BrokeOff(None).into())),
            }
        }
    }

    /// Nobody else has seen it.
    fn with_what_came(&self, error: Error) -> Error {
        if error.usage().is_some() || self.text.is_empty() {
            return error;
        }
        let came = TokenUsage::guessed_answer(self.text.len());
        error.with_usage(TokenUsage::guessed(&self.request) + came)
    }
}

fn shown(answer: Completion) -> (CompletionEvent, Progress) {
    let Completion {
        text,
        stop,
        usage,
        model,
    } = answer;
    let done = CompletionEvent::Done { stop, usage, model };
    if text.is_empty() {
        return (done, Progress::Shown);
    }
    (CompletionEvent::Text(text), Progress::Whole(done))
}
