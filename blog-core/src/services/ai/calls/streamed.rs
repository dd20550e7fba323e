use futures::StreamExt;

use super::super::cost::Bill;
use super::super::listener::Listener;
use super::super::meter::Meter;
use crate::error::{Error, Result};
use crate::ports::{Completion, CompletionEvent, CompletionRequest, LanguageModel, StopReason};

/// Bytes that a token stands for at the very most, on the average of an answer: four in English. A stream is
/// read no further than so many for each token that was asked for, and counts as cut by length.
const BYTES_A_TOKEN: usize = 16;

/// An answer that is passed on while it comes.
pub(super) async fn streamed(
    model: &dyn LanguageModel,
    request: &CompletionRequest,
    listener: &mut dyn Listener,
    meter: &Meter,
    bill: &Bill,
    is_heard: &mut bool,
) -> Result<Completion> {
    let most = request.max_output_tokens as usize;
    let most = most.saturating_mul(BYTES_A_TOKEN);
    let mut events = model.stream(request).await?;
    let mut text = String::new();
    while let Some(event) = events.next().await {
        match event? {
            // The model is at work, and has said nothing.
            CompletionEvent::Text(piece) if piece.is_empty() => {}
            CompletionEvent::Text(piece) => {
                meter.received(piece.len());
                if text.is_empty()
                    && let Some(model) = meter.model()
                {
                    listener.answered_by(&model, bill.sum());
                }
                *is_heard = true;
                let end = piece.floor_char_boundary(most - text.len());
                let (taken, beyond) = piece.split_at(end);
                listener.push(taken).await;
                text.push_str(taken);
                if !beyond.is_empty() {
                    // Nobody waits for what an endless answer has cost.
                    return Ok(Completion {
                        text,
                        stop: StopReason::Length,
                        usage: None,
                        model: meter.model().unwrap_or_else(|| model.name().to_owned()),
                    });
                }
            }
            CompletionEvent::Done { stop, usage, model } => {
                return Ok(Completion {
                    text,
                    stop,
                    usage,
                    model,
                });
            }
        }
    }
    Err(Error::unavailable("the model's answer broke off", true))
}
