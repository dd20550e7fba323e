use blog_redis::{Redis, RedisConfig};
use tempfile::TempDir;

use crate::access::works;
use crate::server::{RedisServer, patient, unused_port};

/// A Redis with encryption, where it is, and the certificate that it shows.
async fn encrypted() -> (RedisServer, String, Vec<u8>, TempDir) {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("certificate"), certified.cert.pem()).unwrap();
    std::fs::write(path("key"), certified.signing_key.serialize_pem()).unwrap();
    let port = unused_port();
    let server = RedisServer::start_with(&[
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &path("certificate"),
        "--tls-key-file",
        &path("key"),
        "--tls-auth-clients",
        "no",
    ])
    .await;
    let url = format!("rediss://localhost:{port}");
    (server, url, certified.cert.pem().into_bytes(), folder)
}

#[tokio::test]
async fn an_encrypted_connection_works_with_the_certificate_that_it_is_told_to_trust() {
    let (_server, url, certificate, _folder) = encrypted().await;
    let mut config = patient();
    config.root_certificate = Some(certificate);
    let redis = Redis::connect(&url, config).await.unwrap();
    works(&redis).await.unwrap();
}

#[tokio::test]
async fn a_server_with_an_untrusted_certificate_is_not_talked_to() {
    let (_server, url, _certificate, _folder) = encrypted().await;
    let redis = Redis::connect(&url, patient()).await.unwrap();
    let error = redis.ping().await.unwrap_err();
    assert_eq!(error.to_string(), "Redis cannot be reached");
}

#[tokio::test]
async fn a_root_certificate_that_is_none_is_an_error_at_once() {
    let mut config = RedisConfig::default();
    config.root_certificate = Some(b"-----BEGIN NOTHING-----".to_vec());
    let error = Redis::connect("rediss://localhost", config)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("root certificate"), "{error}");
}
