//! What a host may have wrong, and who may see it.

use blog_model_server::Problem;

use super::{NEVER, Settings, check, model, problem, request, vendor};
use crate::kit;

#[tokio::test]
async fn a_server_that_cannot_be_used_is_told_at_once() {
    let cases = [
        ("no URL", None, "name"),
        ("ftp://localhost/v1", None, "name"),
        ("http://user:sk-marked@localhost/v1", None, "name"),
        (
            "http://localhost/v1",
            Some("sk-marked\nsecond line"),
            "name",
        ),
        ("http://localhost/v1", None, "no name"),
    ];
    for (url, key, header) in cases {
        let model = "stand-in";
        let settings = Settings {
            model,
            url,
            key,
            header,
        };
        let (config, opened) = vendor::open(&settings);
        let told = opened.unwrap_err();
        check(&told, &NEVER, url);
        let shown = format!("{told:?} {told} {config}");
        assert!(!shown.contains("sk-marked"), "{shown}");
    }
}

#[tokio::test]
async fn nobody_else_is_told_the_key() {
    let (server, model) = model().await;
    let elsewhere = kit::stand_in().await.unwrap();
    for status in [301, 302, 307, 308] {
        let location = format!("http://{}{}", elsewhere.address(), vendor::PATH);
        server.reply([problem(Problem::Status(status), &[("location", &location)])]);
        let told = model.complete(&request()).await.unwrap_err();
        check(&told, &NEVER, &status.to_string());
    }
    assert!(elsewhere.asked().is_empty());
}
