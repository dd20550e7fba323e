//! What servers say is wrong.

use blog_core::ErrorKind;
use blog_core::ports::{StopReason, TokenUsage};
use blog_model_server::{Problem, Reply};
use serde_json::json;

use super::{
    AGAIN, EVENTS, JSON, NEVER, Settings, check, error, in_a_stream, later, model, problem, raw,
    request, vendor,
};
use crate::kit;

#[tokio::test]
async fn each_status_is_told_with_what_to_do() {
    use Problem::*;
    let seconds = ("retry-after", "7");
    let date = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
    let at = ("retry-after", "Wed, 21 Oct 2015 07:28:09 GMT");
    for (what, headers, expected) in [
        (TooOften, vec![], later(1_000)),
        (TooOften, vec![seconds], later(7_000)),
        (TooOften, vec![date, at], later(9_000)),
        (
            TooOften,
            vec![seconds, ("retry-after-ms", "250")],
            later(250),
        ),
        (Status(429), vec![], later(1_000)),
        (OutOfMoney, vec![seconds], NEVER),
        (Status(402), vec![], NEVER),
        (Overloaded, vec![], AGAIN),
        (Status(529), vec![], AGAIN),
        (Broken, vec![], AGAIN),
        (Status(502), vec![], AGAIN),
        (Status(504), vec![], AGAIN),
        (Status(408), vec![], AGAIN),
        (Status(409), vec![], AGAIN),
        (Status(400), vec![], NEVER),
        (Status(401), vec![], NEVER),
        (Status(403), vec![], NEVER),
        (Status(404), vec![], NEVER),
        (WrongKey, vec![], NEVER),
        (UnknownModel, vec![], NEVER),
        (TooLong, vec![], ErrorKind::TooLarge),
        (Status(413), vec![], ErrorKind::TooLarge),
    ] {
        let told = error(problem(what, &headers)).await;
        check(&told, &expected, &format!("{what:?} {headers:?}"));
    }
}

/// It is out of order all the same, and counts as that where it keeps failing.
#[tokio::test]
async fn a_server_that_is_out_of_order_may_say_for_how_long() {
    use Problem::{Broken, Overloaded, Status};
    let seconds = ("retry-after", "7");
    let date = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
    let at = ("retry-after", "Wed, 21 Oct 2015 07:28:09 GMT");
    for (what, headers, expected) in [
        (Overloaded, vec![], None),
        (Overloaded, vec![seconds], Some(7)),
        (Broken, vec![seconds], Some(7)),
        (Status(500), vec![seconds], Some(7)),
        (Status(502), vec![date, at], Some(9)),
        (Status(503), vec![seconds], Some(7)),
        (Status(529), vec![seconds], Some(7)),
    ] {
        let told = error(problem(what, &headers)).await;
        let case = format!("{what:?} {headers:?}");
        check(&told, &AGAIN, &case);
        let wait = told.retry_after().map(|wait| wait.as_secs());
        assert_eq!(wait, expected, "{case}");
    }
}

#[tokio::test]
async fn a_wrong_key_and_an_unknown_model_are_no_matter_of_time() {
    let server = kit::stand_in().await.unwrap();
    let url = vendor::url(&server);
    for (model, key) in [("unheard-of", kit::KEY), ("stand-in", "sk-another")] {
        let settings = Settings {
            model,
            url: &url,
            key: Some(key),
            header: "x-title",
        };
        let (config, opened) = vendor::open(&settings);
        let opened = opened.unwrap();
        let told = opened.complete(&request()).await.unwrap_err();
        check(&told, &NEVER, model);
        let shown = format!("{told:?} {opened:?} {config}");
        assert!(!shown.contains(key), "{shown}");
    }
}

#[tokio::test]
async fn what_the_filter_holds_back_before_is_an_answer() {
    let (server, model) = model().await;
    server.reply([
        Reply::problem(Problem::Filtered),
        Reply::problem(Problem::Filtered),
    ]);
    for answer in [model.complete(&request()).await, in_a_stream(&model).await] {
        let answer = answer.unwrap();
        assert_eq!(
            (answer.text.as_str(), answer.stop),
            ("", StopReason::Filtered)
        );
    }
}

/// What is known of tokens: of a server that refuses, of one that says in the place of an answer that something
/// is wrong, and of one whose answer is lost.
#[tokio::test]
async fn only_what_was_surely_not_paid_for_has_used_nothing() {
    let refused = error(Reply::problem(Problem::Overloaded)).await;
    assert_eq!(refused.usage(), Some(TokenUsage::NONE));
    let in_an_answer = json!({"error": {"message": "overloaded"}}).to_string();
    let lost = Reply::Reset { pieces: Vec::new() };
    for reply in [raw(JSON, in_an_answer), lost] {
        assert_eq!(error(reply).await.usage(), None);
    }
}

#[tokio::test]
async fn an_answer_that_ends_for_no_known_reason_says_what_it_has_used() {
    let usage = TokenUsage {
        input: 70,
        output: 5,
        ..TokenUsage::NONE
    };
    let (server, model) = model().await;
    let [whole, events] = vendor::strange_end(usage);
    server.reply([raw(JSON, whole), raw(EVENTS, events)]);
    for answer in [model.complete(&request()).await, in_a_stream(&model).await] {
        let told = answer.unwrap_err();
        check(&told, &AGAIN, "a strange end");
        assert_eq!(told.usage(), Some(usage));
    }
}
