//! Connections that are lost, given up, and used again.

use std::fmt::Debug;
use std::time::Duration;

use blog_core::memory::ScriptedReply;
use blog_core::ports::{CompletionEvent, TokenUsage};
use blog_model_server::{Reply, StandIn};
use futures::StreamExt;
use tokio::net::TcpListener;
use tokio::select;
use tokio::time::{sleep, timeout};

use super::{AGAIN, JSON, check, error, in_a_stream, model, model_at, request};

#[tokio::test]
async fn a_connection_that_is_lost_may_be_made_again() {
    for reply in [
        Reply::Scripted(ScriptedReply::Cut { pieces: pieces() }),
        Reply::Scripted(ScriptedReply::Cut { pieces: Vec::new() }),
        Reply::Reset { pieces: pieces() },
        Reply::Reset { pieces: Vec::new() },
    ] {
        let name = format!("{reply:?}");
        let is_reset = matches!(reply, Reply::Reset { .. });
        let told = error(reply).await;
        check(&told, &AGAIN, &name);
        assert_eq!(
            format!("{told:?}").contains("ConnectionReset"),
            is_reset,
            "{told:?}"
        );
    }
    let (server, model) = model().await;
    server.be_away(true);
    let told = model.complete(&request()).await.unwrap_err();
    check(&told, &AGAIN, "closed");
    server.be_away(false);
    assert!(model.complete(&request()).await.is_ok());
}

#[tokio::test]
async fn a_connection_that_is_refused_may_be_made_again() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let model = model_at(&format!("http://{address}"));
    let told = model.complete(&request()).await.unwrap_err();
    check(&told, &AGAIN, "refused");
    assert_eq!(told.usage(), Some(TokenUsage::NONE));
    check(&in_a_stream(&model).await.unwrap_err(), &AGAIN, "refused");
}

#[tokio::test]
async fn a_stream_that_stalls_can_be_given_up() {
    let (server, model) = model().await;
    server.reply([Reply::Stall { pieces: pieces() }]);
    let mut events = model.stream(&request()).await.unwrap();
    let mut said = String::new();
    while said != pieces().concat() {
        match events.next().await.unwrap().unwrap() {
            CompletionEvent::Text(piece) => said.push_str(&piece),
            done => panic!("{done:?} after {said:?}"),
        }
    }
    let stalled = timeout(Duration::from_millis(200), events.next()).await;
    assert!(stalled.is_err());
    assert_eq!(server.open_calls(), 1);
    drop(events);
    while server.open_calls() > 0 {
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn what_is_streamed_can_be_asked_for_on_the_same_connection_again() {
    let (server, model) = model().await;
    let first = in_a_stream(&model).await.unwrap();
    assert!(first.text.contains("stand-in"), "{first:?}");
    assert_eq!(model.complete(&request()).await.unwrap().text, first.text);
    assert_eq!(in_a_stream(&model).await.unwrap().text, first.text);
    assert_eq!(server.connections(), 1);
}

/// Waits until the server has been asked so often, and drops the call then.
pub(crate) async fn dropped_at(
    server: &StandIn,
    requests: usize,
    call: impl Future<Output: Debug>,
) {
    let before = server.asked().len();
    let begun = async {
        while server.asked().len() < before + requests || server.open_calls() == 0 {
            sleep(Duration::from_millis(5)).await;
        }
        // The answer's beginning comes.
        sleep(Duration::from_millis(50)).await;
    };
    select! {
        answer = call => panic!("{answer:?} of a call that waits"),
        () = begun => {}
    }
    while server.open_calls() > 0 {
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(server.asked().len(), before + requests);
}

#[tokio::test]
async fn a_call_that_is_dropped_while_its_answer_comes_ends_upstream() {
    let (server, model) = model().await;
    let slowly = Reply::Endless {
        status: 200,
        content_type: JSON,
        piece: " ".to_owned(),
        pause: Duration::from_millis(1),
    };
    for reply in [Reply::Stall { pieces: pieces() }, slowly] {
        server.reply([reply]);
        dropped_at(&server, 1, model.complete(&request())).await;
    }
}

pub(crate) fn pieces() -> Vec<String> {
    vec!["The fox".to_owned(), " says".to_owned()]
}
