//! The application as its users see it.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use tower::ServiceExt;

async fn send(app: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

fn post(path: &str, secret: Option<&str>, body: &Value) -> Request<Body> {
    let mut request = Request::post(path).header("content-type", "application/json");
    if let Some(secret) = secret {
        request = request.header("authorization", format!("Bearer {secret}"));
    }
    request.body(Body::from(body.to_string())).unwrap()
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn the_applications_users_write_in_a_blog_in_its_database() {
    let dir = tempfile::tempdir().unwrap();
    let file = SqliteConnectOptions::new().filename(dir.path().join("app.db"));
    let pool = SqlitePool::connect_with(file.create_if_missing(true))
        .await
        .unwrap();
    let app = embed_axum::app(pool.clone()).await.unwrap();
    sqlx::query("INSERT INTO users VALUES ('ada', 'Ada', 'editor', 's3cret')")
        .execute(&pool)
        .await
        .unwrap();

    let new = json!({"title": "From inside", "body": "*Hello*"});
    let (status, _) = send(&app, post("/blog/api/posts", None, &new)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, _) = send(&app, post("/blog/api/posts", Some("guess"), &new)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, body) = send(&app, post("/blog/api/posts", Some("s3cret"), &new)).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let created: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(created["author"], json!({"id": "ada", "name": "Ada"}));

    let publish = format!(
        "/blog/api/posts/{}/publish",
        created["id"].as_str().unwrap()
    );
    let (status, _) = send(&app, post(&publish, Some("s3cret"), &json!({}))).await;
    assert_eq!(status, StatusCode::OK);
    let (status, page) = send(&app, get("/blog/posts/from-inside")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("<em>Hello</em>"), "{page}");

    let (status, home) = send(&app, get("/")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(home.contains("1 users"), "{home}");
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'blog\\_%' ESCAPE '\\' \
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(tables, ["users"], "the blog's tables begin with blog_");
}
