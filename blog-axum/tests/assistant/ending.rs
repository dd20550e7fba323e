//! How it ends, and what is left then.

use axum::http::{Method, StatusCode};
use blog_core::memory::{ScriptedModel, ScriptedReply};
use serde_json::{Value, json};

use crate::world::{BEN, BODY, World, slowly};

#[tokio::test(start_paused = true)]
async fn somebody_else_ends_it_halfway_and_what_there_is_stays() {
    let model = ScriptedModel::new([slowly(&["One.\n\nT", "wo.\n\nT", "hree.\n\n"])]);
    let world = World::with(model.clone()).await;
    world.begin().await;
    world.says("One.").await;
    let nobody = ("cyd", "author");
    let refused = world
        .send(Method::DELETE, "/assistant", nobody, &Value::Null)
        .await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let ended = world
        .send(Method::DELETE, "/assistant", BEN, &Value::Null)
        .await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert_eq!(world.run().await["state"], "cancelled");
    assert_eq!(model.open_calls(), 0);
    assert_eq!(world.body().await, format!("{BODY}\nOne."));
    let versions = world.versions().await;
    assert_eq!(versions[0]["kind"], "ai");
    assert_eq!(versions[0]["provenance"]["model"], "scripted");
    let again = world
        .send(Method::DELETE, "/assistant", BEN, &Value::Null)
        .await;
    assert_eq!(again.status, StatusCode::NO_CONTENT);
}

#[tokio::test(start_paused = true)]
async fn all_of_it_is_taken_back_and_what_people_wrote_inside_stays() {
    let model = ScriptedModel::new([slowly(&["One two.\n\nT", "hree."])]);
    let world = World::with(model).await;
    let undo = || world.send(Method::POST, "/assistant/undo", BEN, &Value::Null);
    assert_eq!(undo().await.status, StatusCode::NOT_FOUND);
    world.begin().await;
    world.says("One two.").await;
    assert_eq!(undo().await.status, StatusCode::CONFLICT);
    world.ended().await;
    world.edit("One two", "One (by Ben) two").await;
    assert_eq!(undo().await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.body().await, format!("{BODY}(by Ben) "));
    assert_eq!(world.run().await["state"], "undone");
    assert_eq!(undo().await.status, StatusCode::NO_CONTENT);
}

#[tokio::test(start_paused = true)]
async fn who_may_not_edit_any_more_has_nothing_written() {
    let model = ScriptedModel::new([slowly(&["One.\n\nT", "wo.\n\nT", "hree."])]);
    let world = World::with(model.clone()).await;
    world.begin().await;
    world.says("One.").await;
    let locked = world.send(Method::POST, "/lock", BEN, &Value::Null).await;
    assert_eq!(locked.status, StatusCode::OK, "{}", locked.body);
    let run = world.ended().await;
    assert_eq!(
        (&run["state"], &run["problem"]["status"]),
        (&json!("failed"), &json!(403))
    );
    assert_eq!(run["problem"]["title"], "Forbidden");
    assert_eq!(model.open_calls(), 0);
    assert_eq!(world.body().await, format!("{BODY}\nOne."));
    assert_eq!(world.versions().await[0]["kind"], "ai");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_fails_halfway_leaves_what_was_whole() {
    let pieces = ["One.\n\nTwo.\n\nThr".to_owned()].into();
    let world = World::with(ScriptedModel::new([ScriptedReply::Cut { pieces }])).await;
    world.begin().await;
    let run = world.ended().await;
    assert_eq!(
        (&run["state"], &run["problem"]["status"]),
        (&json!("failed"), &json!(503))
    );
    assert_eq!(world.body().await, format!("{BODY}\nOne.\n\nTwo."));
}
