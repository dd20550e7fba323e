use futures::stream::{self, StreamExt};

use crate::error::{Error, Result};
use crate::ports::{
    Completion, CompletionEvent, CompletionRequest, CompletionStream, LanguageModel, TokenUsage,
};

/// The model's stream, once its first event is there: what fails before it can be tried again.
pub(super) async fn begun(
    model: &dyn LanguageModel,
    request: &CompletionRequest,
) -> Result<CompletionStream> {
    let mut stream = model.stream(request).await?;
    loop {
        // A stream that never makes anybody wait would outrun a timer.
        tokio::task::consume_budget().await;
        match stream.next().await {
            Some(Ok(CompletionEvent::Text(text))) if text.is_empty() => {}
            Some(Ok(first)) => return Ok(stream::iter([Ok(first)]).chain(stream).boxed()),
            Some(Err(error)) => return Err(error),
            None => return Err(Error::unavailable("the model said nothing", true)),
        }
    }
}

/// The model's whole answer, collected from its stream. What fails on the way says what had come.
pub(super) async fn whole(
    model: &dyn LanguageModel,
    request: &CompletionRequest,
) -> Result<Completion> {
    let mut received = 0;
    let stream = model.stream(request).await?.inspect(|event| {
        if let Ok(CompletionEvent::Text(text)) = event {
            received += text.len();
        }
    });
    let answer = Completion::of_stream(stream).await;
    answer.map_err(|error| match error.usage() {
        None if received > 0 => {
            let usage = TokenUsage::guessed(request) + TokenUsage::guessed_answer(received);
            error.with_usage(usage)
        }
        _ => error,
    })
}
