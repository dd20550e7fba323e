//! What cannot be used is a clear error soon, which says what to do and shows no password.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod postgres;
mod server;

use std::error::Error;
use std::net::TcpListener;
use std::time::Duration;

use blog_core::ErrorKind;
use blog_storage_postgres::{PostgresConfig, PostgresStorage};
use postgres::TestSchema;
use postgres::run::{Way, execute};
use server::Server;

/// Starts in vain, and says why.
async fn refusal(config: &PostgresConfig) -> String {
    let connecting = PostgresStorage::connect_with(config);
    let error = tokio::time::timeout(Duration::from_secs(6), connecting)
        .await
        .unwrap()
        .unwrap_err();
    let kind = error.kind();
    assert!(matches!(kind, ErrorKind::Unavailable { .. }), "{error:?}");
    let mut told = format!("{error:?} {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        told = format!("{told}: {error}");
        cause = error.source();
    }
    assert!(!told.contains("s3cret"), "{told}");
    error.to_string()
}

async fn refusal_at(url: &str) -> String {
    refusal(&PostgresConfig::new(url)).await
}

#[tokio::test]
async fn what_is_no_address_is_answered_with_how_one_looks() {
    for address in ["mysql://a:s3cret@b/c", "not an address"] {
        assert!(refusal_at(address).await.contains("postgres://"));
    }
    let schema = TestSchema::new(Way::Direct).await.unwrap();
    let mut config = schema.config().unwrap();
    config.schema = "Drop Table".to_owned();
    assert!(refusal(&config).await.contains("small letters"));
}

#[tokio::test]
async fn a_server_that_is_not_there_or_never_answers_is_given_up_soon() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for port in [1, silent.local_addr().unwrap().port()] {
        let address = format!("postgres://ada:s3cret%40%2F%3A@127.0.0.1:{port}/blog");
        assert!(refusal_at(&address).await.contains("check its address"));
    }
    let no_host = "postgres://ada:s3cret@no-such-host.invalid/blog";
    assert!(refusal_at(no_host).await.contains("check its address"));
}

#[tokio::test]
async fn a_wrong_password_and_a_missing_database_are_told() {
    let server = Server::start();
    PostgresStorage::connect(&server.url())
        .await
        .unwrap()
        .close()
        .await;
    let wrong = server.url().replace("%3A@", "%25@");
    assert!(refusal_at(&wrong).await.contains("the password: check"));
    let missing = server.url().replace("/postgres", "/there_is_none");
    assert!(refusal_at(&missing).await.contains("create it first"));
}

#[tokio::test]
async fn a_user_without_rights_is_told_which_it_takes() {
    let schema = TestSchema::new(Way::Direct).await.unwrap();
    let mut config = schema.config().unwrap();
    let user = format!("{}_user", schema.name());
    let server = Way::Direct.url().unwrap();
    let create = format!("CREATE ROLE {user} LOGIN PASSWORD 's3cret@/:'");
    execute(&server, &[&create]).await.unwrap();
    let (_, address) = config.url.split_once('@').unwrap();
    config.url = format!("postgres://{user}:s3cret%40%2F%3A@{address}");
    assert!(refusal(&config).await.contains("it needs CREATE"));
    execute(&server, &[&format!("DROP ROLE {user}")])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_database_that_is_empty_and_read_only_is_told() {
    let schema = TestSchema::new(Way::Direct).await.unwrap();
    let mut config = schema.config().unwrap();
    config.url += "&options=-c%20default_transaction_read_only%3Don";
    assert!(refusal(&config).await.contains("one that can be written"));
}

#[tokio::test]
async fn a_schema_of_a_newer_program_is_left_alone() {
    let schema = TestSchema::new(Way::Direct).await.unwrap();
    let config = schema.config().unwrap();
    let storage = PostgresStorage::connect_with(&config).await.unwrap();
    storage.close().await;
    let newer = format!("INSERT INTO {}.migrations VALUES (99)", schema.name());
    execute(&Way::Direct.url().unwrap(), &[&newer])
        .await
        .unwrap();
    let told = refusal(&config).await;
    assert!(told.contains("version 99") && told.contains("update the program"));
    schema.remove().await.unwrap();
}
