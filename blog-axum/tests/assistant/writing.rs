//! What it writes, and what people write meanwhile.

use axum::http::{Method, StatusCode};
use blog_core::memory::ScriptedModel;
use serde_json::{Value, json};

use crate::world::{ADA, BODY, World, slowly};

#[tokio::test(start_paused = true)]
async fn what_it_writes_appears_block_by_block_and_becomes_a_version_of_its_own() {
    let model = ScriptedModel::new([slowly(&[
        "## Cl",
        "aws\n\nThey",
        " pinch.\n\n",
        "H",
        "ard.",
    ])]);
    let world = World::with(model.clone()).await;
    world.edit("ten", "ten (10)").await;
    let begun = world.begin().await;
    let path = format!("/blog/api/posts/{}/assistant", world.post);
    assert_eq!(begun.header("location"), path);
    assert_eq!(begun.body["state"], "writing");
    assert_eq!(begun.body["by"], json!({"id": "ada", "name": "Ada"}));

    let said = "Crabs have ten (10) legs.\n";
    assert_eq!(world.says("## Claws").await, format!("{said}\n## Claws"));
    let going_on = world.run().await;
    assert_eq!(going_on["engine"], "model:scripted");
    assert_eq!(
        world.says("pinch.").await,
        format!("{said}\n## Claws\n\nThey pinch.")
    );
    let run = world.ended().await;
    let all = format!("{said}\n## Claws\n\nThey pinch.\n\nHard.");
    assert_eq!(world.body().await, all);
    assert_eq!((&run["state"], &run["words"]), (&json!("done"), &json!(4)));
    assert!(run["cost"].as_f64().unwrap() > 0.0, "{run}");

    let versions = world.versions().await;
    let [written, .., first] = &versions[..] else {
        panic!("{versions:?}")
    };
    assert_eq!(
        (&written["kind"], &written["author"]),
        (&json!("ai"), &json!("assistant"))
    );
    assert_eq!(written["provenance"]["prompt"], "write 1");
    assert_eq!(written["provenance"]["requester"], "ada");
    assert_eq!(first["kind"], "manual");
    let of_ben = versions.iter().find(|it| it["author"] == "ben").unwrap();
    assert_eq!(
        (&of_ben["kind"], &of_ben["provenance"]),
        (&json!("collab"), &Value::Null)
    );
    let post = world
        .send(Method::GET, "?view=head", ADA, &Value::Null)
        .await
        .body;
    assert_eq!(
        (&post["ai_generated"], &post["body"]),
        (&json!(true), &json!(all))
    );
    let asked = &model.requests()[0].messages[0].text;
    assert!(
        asked.contains("On claws") && asked.contains(said),
        "{asked}"
    );
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_from_what_the_post_says() {
    let model = ScriptedModel::new([slowly(&["And two of them are claws."])]);
    let world = World::with(model.clone()).await;
    let begun = world.ask(ADA, json!({"task": "continue"})).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.body);
    assert_eq!(world.ended().await["state"], "done");
    assert_eq!(
        world.body().await,
        format!("{BODY}\nAnd two of them are claws.")
    );
    assert!(model.requests()[0].messages[0].text.contains(BODY));
}

#[tokio::test(start_paused = true)]
async fn what_people_write_meanwhile_stays_above_and_inside() {
    let model = ScriptedModel::new([slowly(&["One two.\n\nT", "hree.\n\nF", "our."])]);
    let world = World::with(model).await;
    world.begin().await;
    world.says("One two.").await;
    world.edit("Crabs", "# Above\n\nSome crabs").await;
    world.edit("One two", "One and two").await;
    world.says("Three.").await;
    world.edit("Three.", "Three!").await;
    assert_eq!(world.ended().await["state"], "done");
    let all = "# Above\n\nSome crabs have ten legs.\n\nOne and two.\n\nThree!\n\nFour.";
    assert_eq!(world.body().await, all);
}
