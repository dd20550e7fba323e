//! What becomes of a post.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::client::Client;

#[tokio::test]
async fn a_post_lives_from_draft_to_deletion() {
    let client = Client::new();
    let created = client
        .create(json!({"title": "Hello", "body": "a\nb\nc\n"}))
        .await;
    assert_eq!(created.status, StatusCode::CREATED);
    assert_eq!(created.header("etag"), "\"1\"");
    let id = created.body["id"].as_str().unwrap().to_owned();
    let path = format!("/api/posts/{id}");
    assert_eq!(created.header("location"), format!("/blog{path}"));
    assert_eq!(created.body["author"], json!({"id": "ada", "name": "Ada"}));
    assert_eq!(client.get(&path).await.status, StatusCode::NOT_FOUND);

    let publish = format!("{path}/publish");
    let stale = client
        .editor(Method::POST, &publish, Some("\"7\""), json!({}))
        .await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let published = client
        .editor(Method::POST, &publish, Some("W/\"1\""), json!({}))
        .await;
    assert_eq!(published.body["status"], "published");
    let read = client.get(&path).await;
    assert_eq!(
        (read.status, read.header("etag")),
        (StatusCode::OK, "\"2\"")
    );
    assert!(read.body["html"].as_str().unwrap().starts_with("<p>"));
    let again = client
        .raw(Method::GET, &path, &[("if-none-match", "W/\"2\"")], "")
        .await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);

    let edit = json!({"body": "A\nb\nc\n"});
    let blind = client
        .editor(Method::PATCH, &path, None, edit.clone())
        .await;
    assert_eq!(blind.status, StatusCode::PRECONDITION_REQUIRED);
    let saved = client
        .editor(Method::PATCH, &path, Some("\"2\""), edit)
        .await;
    assert_eq!(
        (saved.status, &saved.body["version"]),
        (StatusCode::OK, &json!(2))
    );
    let merged = client
        .editor(
            Method::PATCH,
            &path,
            Some("\"2\""),
            json!({"body": "a\nb\nC\n"}),
        )
        .await;
    assert_eq!(merged.body["body"], "A\nb\nC\n");
    let crossed = client
        .editor(
            Method::PATCH,
            &path,
            Some("\"2\""),
            json!({"body": "x\nb\nc\n"}),
        )
        .await;
    assert_eq!(crossed.status, StatusCode::CONFLICT);
    assert_eq!(crossed.body["conflicts"][0]["field"], "body");
    assert_eq!(crossed.body["base"]["body"], "a\nb\nc\n");

    let reader = client.get(&path).await;
    assert_eq!(
        (&reader.body["body"], reader.header("etag")),
        (&json!("a\nb\nc\n"), "\"2\"")
    );
    assert_eq!(
        client.get(&format!("{path}?view=head")).await.status,
        StatusCode::NOT_FOUND
    );

    let diff = client
        .editor(
            Method::GET,
            &format!("{path}/versions/1/diff/2"),
            None,
            json!({}),
        )
        .await;
    assert!(diff.body["unified"].as_str().unwrap().contains("-a\n+A\n"));
    let restore = format!("{path}/versions/1/restore");
    let restored = client.editor(Method::POST, &restore, None, json!({})).await;
    assert_eq!(
        (&restored.body["version"], &restored.body["body"]),
        (&json!(4), &json!("a\nb\nc\n"))
    );
    let versions = format!("{path}/versions");
    let name = json!({"message": "As it was"});
    let named = client.editor(Method::POST, &versions, None, name).await;
    assert_eq!(named.status, StatusCode::CREATED);
    assert_eq!(
        (&named.body["version"], &named.body["body"]),
        (&json!(5), &json!("a\nb\nc\n"))
    );
    let nameless = json!({"message": ""});
    let nameless = client.editor(Method::POST, &versions, None, nameless).await;
    assert_eq!(nameless.body["errors"][0]["field"], "message");

    let history = client
        .editor(
            Method::GET,
            &format!("{path}/versions?limit=3"),
            None,
            json!({}),
        )
        .await;
    let history = history.body;
    assert_eq!(history["items"][0]["message"], "As it was");
    assert_eq!(history["items"][0]["contributors"], json!([]));
    assert_eq!(history["items"][1]["kind"], "restore");
    assert_eq!(history["authors"], json!([{"id": "ada", "name": "Ada"}]));
    let next = history["next"].as_str().unwrap();
    let rest = client
        .editor(
            Method::GET,
            &format!("{path}/versions?cursor={next}"),
            None,
            json!({}),
        )
        .await;
    assert_eq!(rest.body["items"].as_array().unwrap().len(), 2);

    assert_eq!(
        client
            .editor(Method::DELETE, &path, None, json!({}))
            .await
            .status,
        StatusCode::CONFLICT
    );
    client
        .editor(Method::POST, &format!("{path}/trash"), None, json!({}))
        .await;
    assert_eq!(client.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        client
            .editor(Method::DELETE, &path, None, json!({}))
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    let gone = client
        .editor(Method::GET, &format!("{path}?view=head"), None, json!({}))
        .await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_version_tells_who_wrote_which_of_its_words() {
    let client = Client::new();
    let post = json!({"title": "Fox", "body": "The quick fox.\n"});
    let created = client.create(post).await;
    let path = format!("/api/posts/{}", created.body["id"].as_str().unwrap());
    let ben = [
        ("x-role", "editor"),
        ("x-user", "ben"),
        ("content-type", "application/json"),
        ("if-match", "\"1\""),
    ];
    let edit = json!({"body": "The very slow fox.\n"}).to_string();
    let saved = client.raw(Method::PATCH, &path, &ben, &edit).await;
    assert_eq!(saved.status, StatusCode::OK);

    let authorship = format!("{path}/versions/2/authorship");
    let told = client.raw(Method::GET, &authorship, &ben[..2], "").await;
    let wanted = json!({
        "authors": [
            {"id": "ada", "name": "Ada", "words": 2},
            {"id": "ben", "name": "ben", "words": 2},
        ],
        "pieces": [
            {"text": "The ", "author": "ada", "version": 1},
            {"text": "very slow", "author": "ben", "version": 2},
            {"text": " fox.\n", "author": "ada", "version": 1},
        ],
    });
    assert_eq!(told.body, wanted);
    assert_eq!(
        client.get(&authorship).await.status,
        StatusCode::UNAUTHORIZED
    );
    let stranger = [("x-role", "author"), ("x-user", "eve")];
    let hidden = client.raw(Method::GET, &authorship, &stranger, "").await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn hostile_text_comes_back_byte_for_byte() {
    let client = Client::new();
    let hostile = "\u{202e}🦀'; DROP TABLE posts;--\"<script>alert(1)</script>\u{1}";
    let sent = json!({
        "title": hostile, "body": hostile, "excerpt": hostile, "tags": [hostile],
        "category": "a", "cover": hostile, "custom": {hostile: hostile},
        "seo": {"title": hostile, "description": hostile, "keywords": [hostile]},
    });
    let created = client.create(sent.clone()).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.body);
    for field in ["title", "body", "excerpt", "tags", "cover", "custom"] {
        assert_eq!(created.body[field], sent[field], "{field}");
    }
    assert_eq!(created.body["seo"]["description"], hostile);
    assert!(!created.body["html"].as_str().unwrap().contains("<script"));
}

#[tokio::test]
async fn a_former_slug_redirects_and_a_repeated_request_creates_once() {
    let client = Client::new();
    let body = json!({"title": "Old name", "body": ""}).to_string();
    let headers = [
        ("x-role", "editor"),
        ("content-type", "application/json"),
        ("idempotency-key", "key-1"),
    ];
    let first = client
        .raw(Method::POST, "/api/posts", &headers, &body)
        .await;
    let again = client
        .raw(Method::POST, "/api/posts", &headers, &body)
        .await;
    assert_eq!(
        (first.status, again.status),
        (StatusCode::CREATED, StatusCode::CREATED)
    );
    assert_eq!(first.body["id"], again.body["id"]);
    let other = client.raw(
        Method::POST,
        "/api/posts",
        &headers,
        r#"{"title":"x","body":""}"#,
    );
    assert_eq!(other.await.status, StatusCode::UNPROCESSABLE_ENTITY);

    let path = format!("/api/posts/{}", first.body["id"].as_str().unwrap());
    client
        .editor(Method::POST, &format!("{path}/publish"), None, json!({}))
        .await;
    client
        .editor(
            Method::PATCH,
            &path,
            Some("\"2\""),
            json!({"slug": "new-name"}),
        )
        .await;
    let moved = client.get("/api/posts/by-slug/old-name").await;
    assert_eq!(moved.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(moved.header("location"), "/blog/api/posts/by-slug/new-name");
    assert_eq!(
        client.get("/api/posts/by-slug/new-name").await.body["title"],
        "Old name"
    );
}

#[tokio::test]
async fn a_post_is_reserved_for_its_time() {
    let client = Client::new();
    let created = client.create(json!({"title": "Later", "body": ""})).await;
    let schedule = format!(
        "/api/posts/{}/schedule",
        created.body["id"].as_str().unwrap()
    );
    let at = json!({"at": "2999-01-01T00:00:00Z"});
    let scheduled = client.editor(Method::POST, &schedule, None, at).await;
    assert_eq!(scheduled.body["status"], "scheduled");
    assert_eq!(scheduled.body["scheduled_at"], "2999-01-01T00:00:00Z");
    let never = json!({"at": "soon"});
    let refused = client.editor(Method::POST, &schedule, None, never).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.body["errors"][0]["field"], "at");
}

#[tokio::test]
async fn of_two_creators_of_one_slug_the_second_is_told() {
    let client = Client::new();
    let body = json!({"title": "A", "slug": "same", "body": ""});
    let (one, two) = tokio::join!(client.create(body.clone()), client.create(body));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    let refused = if one.status == StatusCode::CONFLICT {
        one
    } else {
        two
    };
    assert_eq!(refused.body["errors"][0]["field"], "slug");
}
