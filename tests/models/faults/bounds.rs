//! Answers without end.

use std::io::ErrorKind as Io;
use std::time::Duration;

use blog_core::Error;
use blog_core::memory::ScriptedReply;
use blog_model_server::{Reply, StandIn};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::{AGAIN, EVENTS, JSON, check, in_a_stream, model, model_at, request, vendor};

pub(crate) fn endless(content_type: &'static str, piece: String) -> Reply {
    Reply::Endless {
        status: 200,
        content_type,
        piece,
        pause: Duration::ZERO,
    }
}

pub(crate) fn megabyte() -> String {
    "a".repeat(1 << 20)
}

/// The answer was given up because of its length, and the server sees that.
pub(crate) async fn is_given_up(server: &StandIn, told: Error, what: &str) {
    check(&told, &AGAIN, what);
    assert_eq!(told.to_string(), "the model's answer has no end", "{what}");
    while server.open_calls() > 0 {
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_whole_answer_without_end_is_given_up() {
    let (server, model) = model().await;
    for (what, piece) in [
        ("spaces", " ".repeat(1 << 20)),
        ("letters", megabyte()),
        ("lists", "[".repeat(1 << 20)),
    ] {
        server.reply([endless(JSON, piece)]);
        let told = model.complete(&request()).await.unwrap_err();
        is_given_up(&server, told, what).await;
    }
}

#[tokio::test]
async fn a_stream_without_end_is_given_up() {
    let (server, model) = model().await;
    let megabyte = megabyte();
    for (what, piece) in [
        ("one line", megabyte.clone()),
        ("one line of data", format!("data: {megabyte}")),
        ("one event", format!("data: {megabyte}\n")),
        ("comments", format!(": {megabyte}\n\n")),
        ("fields that nobody knows", format!("id: {megabyte}\n\n")),
        ("events that say nothing", vendor::silence(&megabyte)),
    ] {
        server.reply([endless(EVENTS, piece)]);
        let told = in_a_stream(&model).await.unwrap_err();
        is_given_up(&server, told, what).await;
    }
}

#[tokio::test]
async fn an_answer_of_fifty_megabytes_is_given_up() {
    let (server, model) = model().await;
    let answer = Reply::Scripted(ScriptedReply::answer("a".repeat(50 << 20)));
    server.reply([answer.clone(), answer]);
    let told = model.complete(&request()).await.unwrap_err();
    is_given_up(&server, told, "whole").await;
    let told = in_a_stream(&model).await.unwrap_err();
    is_given_up(&server, told, "in a stream").await;
}

#[tokio::test]
async fn of_an_error_without_end_only_the_beginning_is_read() {
    let (server, model) = model().await;
    for (piece, pause) in [
        (megabyte(), Duration::ZERO),
        // It would take hours until that is much.
        ("a".to_owned(), Duration::from_millis(100)),
    ] {
        let reply = Reply::Endless {
            status: 500,
            content_type: JSON,
            piece,
            pause,
        };
        server.reply([reply.clone(), reply]);
        for told in [
            model.complete(&request()).await.unwrap_err(),
            in_a_stream(&model).await.unwrap_err(),
        ] {
            check(&told, &AGAIN, "500");
            assert_eq!(told.to_string(), "the model's server has failed");
        }
        while server.open_calls() > 0 {
            sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn headers_without_end_are_not_read() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let model = model_at(&format!("http://{}", listener.local_addr().unwrap()));
    let serving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n").await.unwrap();
        let line = format!("x-more: {}\r\n", "a".repeat(10_000));
        for _ in 0..100_000 {
            if let Err(error) = stream.write_all(line.as_bytes()).await {
                assert!(matches!(error.kind(), Io::BrokenPipe | Io::ConnectionReset));
                return;
            }
        }
        panic!("a gigabyte of headers was read");
    };
    let (answer, ()) = tokio::join!(async { model.complete(&request()).await }, serving);
    check(&answer.unwrap_err(), &AGAIN, "headers");
}
