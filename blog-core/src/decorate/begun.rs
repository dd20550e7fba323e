use futures::stream::{self, StreamExt};

use crate::error::{Error, Result};
use crate::ports::{CompletionEvent, CompletionRequest, CompletionStream, LanguageModel};

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
