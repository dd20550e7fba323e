use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use proptest::prelude::*;

use super::super::super::sample::{AWAY, WRONG_KEY, request, seconds, timed};
use super::{Reliable, ReliableOptions};
use crate::error::ErrorKind;
use crate::memory::{ScriptedModel, ScriptedReply};
use crate::ports::{CompletionEvent, LanguageModel, StopReason};

/// Of a model of this name.
fn replies(model: &'static str) -> impl Strategy<Value = Vec<ScriptedReply>> {
    let pieces = || prop::collection::vec("[a-z]{0,3}", 0..4);
    let answer = (pieces(), 0_u64..40, any::<bool>()).prop_map(|(pieces, pause, is_whole)| {
        let stop = if is_whole {
            StopReason::Finished
        } else {
            StopReason::Length
        };
        ScriptedReply::Answer {
            pieces,
            pause: seconds(pause),
            stop,
            usage: None,
        }
    });
    let limited = (0_u64..20).prop_map(|wait| ErrorKind::RateLimited {
        retry_after: seconds(wait),
    });
    let failure = prop_oneof![
        Just(AWAY),
        Just(WRONG_KEY),
        Just(ErrorKind::TooLarge),
        limited
    ];
    let reply = prop_oneof![
        answer,
        pieces().prop_map(|pieces| ScriptedReply::Cut { pieces }),
        failure.prop_map(ScriptedReply::Fail),
        Just(ScriptedReply::Stall),
    ];
    prop::collection::vec(reply, 0..12).prop_map(move |replies| {
        let numbered = replies.into_iter().enumerate();
        numbered
            .map(|(number, reply)| signed(model, number, reply))
            .collect()
    })
}

/// So that no two replies, nor a part of one and another, say the same.
fn signed(model: &str, number: usize, mut reply: ScriptedReply) -> ScriptedReply {
    if let ScriptedReply::Answer { pieces, .. } | ScriptedReply::Cut { pieces } = &mut reply {
        pieces.insert(0, format!("<{model} {number}>"));
    }
    if let ScriptedReply::Answer { pieces, .. } = &mut reply {
        pieces.push("</>".to_owned());
    }
    reply
}

/// What the model says, and why it ends: of all that it gives whole.
fn whole(replies: &[ScriptedReply]) -> HashSet<(String, String)> {
    let whole = replies.iter().filter_map(|reply| match reply {
        ScriptedReply::Answer { pieces, stop, .. } => Some((pieces.concat(), format!("{stop:?}"))),
        _ => None,
    });
    whole.collect()
}

/// What was passed on as an answer, if anything was.
async fn asked(model: &Reliable, as_stream: bool) -> Option<(String, String)> {
    if !as_stream {
        let answer = model.complete(&request()).await.ok()?;
        return Some((answer.text, format!("{:?}", answer.stop)));
    }
    let mut stream = model.stream(&request()).await.ok()?;
    let mut texts = String::new();
    while let Some(event) = stream.next().await {
        match event.ok()? {
            CompletionEvent::Text(text) => texts.push_str(&text),
            CompletionEvent::Done { stop, .. } => {
                assert!(
                    stream.next().await.is_none(),
                    "something came after the end"
                );
                return Some((texts, format!("{stop:?}")));
            }
        }
    }
    panic!("a stream ended without its end");
}

proptest! {
    #[test]
    fn whatever_fails_an_answer_is_one_that_a_model_gave_whole_and_in_time(
        first in replies("first"),
        second in prop::option::of(replies("second")),
        calls in prop::collection::vec(any::<bool>(), 1..12),
    ) {
        let mut given = whole(&first);
        given.extend(whole(second.as_deref().unwrap_or_default()));
        let scripted = |replies| Arc::new(ScriptedModel::new(replies)) as Arc<dyn LanguageModel>;
        let options = ReliableOptions {
            concurrent: 4,
            ..ReliableOptions::default()
        };
        let latest = options.deadline + Duration::from_millis(1);
        let model = Reliable::new(scripted(first), second.map(scripted), options);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let calls = calls.into_iter().map(|as_stream| timed(asked(&model, as_stream)));
        for (took, answer) in runtime.block_on(join_all(calls)) {
            prop_assert!(took <= latest, "{took:?}");
            if let Some(answer) = answer {
                prop_assert!(given.remove(&answer), "{answer:?} is not one, or not one any more");
            }
        }
    }
}
