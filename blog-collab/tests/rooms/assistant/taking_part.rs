//! How it takes part, and who sees and ends it.

use std::time::Duration;

use blog_collab::{Assist, RunState};
use blog_core::ErrorKind;
use blog_core::domain::VersionKind;
use serde_json::{Value, json};
use yrs::updates::encoder::Encode;
use yrs::{Assoc, IndexedSequence, Transact, WriteTxn};

use super::{ended, live, run, says, world, write};
use crate::client::Client;
use crate::world::{BODY, World, ada, ben, until, vera};

/// What the assistant shows of itself, in order.
fn shown(heard: &crate::client::Heard) -> Vec<Value> {
    let mut shown = vec![];
    for message in &heard.messages {
        if let yrs::sync::Message::Awareness(states) = message {
            for entry in states.clients.values() {
                let state: Value = serde_json::from_str(&entry.json).unwrap();
                shown.push(state);
            }
        }
    }
    shown
}

#[tokio::test(start_paused = true)]
async fn everybody_sees_who_writes_where_and_for_whom() {
    let world = world(&["One.\n\nT", "wo."]).await;
    let node = world.node();
    let mut ben = Client::join(&node, &ben(), 1).await;
    let begun = node.hub.assist(&ada(), world.post, write()).await.unwrap();
    let heard = ben.listen().await;
    let state = shown(&heard).pop().unwrap();
    assert_eq!(state["user"]["id"], "assistant");
    assert_eq!(state["user"]["name"], "Assistant");
    let assistant = json!({ "run": begun.id, "by": "Ada" });
    assert_eq!(state["assistant"], assistant);
    let end = json!({ "tname": "body", "assoc": 0 });
    assert_eq!(state["cursor"], json!({ "anchor": end, "head": end }));

    says(&node, "One.").await;
    let heard = ben.listen().await;
    assert_eq!(ben.yjs.text(), format!("{BODY}\nOne."));
    let head = shown(&heard).pop().unwrap()["cursor"]["head"].clone();
    // Behind the last letter that it wrote.
    assert!(head["item"]["client"].is_u64(), "{head}");
    assert_eq!(head["assoc"], -1);
    ended(&node).await;
    let heard = ben.listen().await;
    assert_eq!(shown(&heard).pop(), Some(Value::Null));
    assert_eq!(ben.yjs.text(), format!("{BODY}\nOne.\n\nTwo."));
}

#[tokio::test(start_paused = true)]
async fn it_writes_where_it_was_asked_to() {
    let world = world(&["Twice."]).await;
    let node = world.node();
    let mut ben = Client::join(&node, &ben(), 1).await;
    ben.write("Never.\n\n").await;
    ben.listen().await;
    let at = {
        let mut transaction = ben.yjs.doc.transact_mut();
        let body = transaction.get_or_insert_text("body");
        let at = body.sticky_index(&transaction, 8, Assoc::After).unwrap();
        at.encode_v1()
    };
    // What is written above moves it.
    ben.write("# Title\n\n").await;
    let wanted = Assist {
        at: Some(at),
        ..write()
    };
    node.hub.assist(&ada(), world.post, wanted).await.unwrap();
    ended(&node).await;
    let all = format!("# Title\n\nNever.\n\nTwice.\n\n{BODY}");
    assert_eq!(live(&node).await, all);
}

#[tokio::test(start_paused = true)]
async fn other_nodes_know_of_it_end_it_and_take_it_back() {
    let world = world(&["One.\n\nT", "wo.\n\nT", "hree."]).await;
    let (here, there) = (world.node(), world.node());
    tokio::time::sleep(Duration::from_secs(1)).await;
    here.hub.assist(&ada(), world.post, write()).await.unwrap();
    says(&here, "One.").await;
    assert_eq!(run(&there).await.state, RunState::Writing);
    let second = there.hub.assist(&ben(), world.post, write()).await;
    let kind = second.unwrap_err().kind().clone();
    assert!(matches!(kind, ErrorKind::Conflict(_)), "{kind:?}");

    there.hub.end_assistant(&ben(), world.post).await.unwrap();
    assert_eq!(run(&there).await.state, RunState::Cancelled);
    assert_eq!(run(&here).await.state, RunState::Cancelled);
    assert_eq!(live(&here).await, format!("{BODY}\nOne."));
    there.hub.undo_assistant(&ben(), world.post).await.unwrap();
    until(async || live(&here).await == BODY).await;
    assert_eq!(run(&here).await.state, RunState::Undone);
}

#[tokio::test(start_paused = true)]
async fn its_words_are_its_own_and_those_of_people_theirs() {
    let world = world(&["One.\n\nT", "wo."]).await;
    let node = world.node();
    let ben = Client::join(&node, &ben(), 1).await;
    ben.write("Before. ").await;
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    says(&node, "One.").await;
    ben.write("Meanwhile. ").await;
    ended(&node).await;
    let head = node.hub.fold(world.post).await.unwrap();
    assert_eq!(head.version.kind, VersionKind::Ai);
    let versions = node.blog.versions();
    let (version, authorship) = versions
        .authorship(&ada(), world.post, head.version.number)
        .await
        .unwrap();
    let pieces = authorship.pieces().iter();
    let pieces = pieces.map(|it| (&*it.author, &version.content.body[it.bytes.clone()]));
    let expected = [
        ("ben", "Meanwhile. "),
        ("ben", "Before. "),
        ("ada", BODY),
        ("assistant", "\nOne.\n\nTwo."),
    ];
    let told: Vec<_> = pieces.collect();
    let told: Vec<(&str, String)> = told.into_iter().fold(vec![], |mut all, (author, text)| {
        match all.last_mut() {
            Some((last, said)) if *last == author && author == "assistant" => said.push_str(text),
            _ => all.push((author, text.to_owned())),
        }
        all
    });
    let told: Vec<_> = told
        .iter()
        .map(|(author, text)| (*author, &**text))
        .collect();
    assert_eq!(told, expected);
}

#[tokio::test(start_paused = true)]
async fn after_the_room_was_loaded_again_it_is_taken_back_all_the_same() {
    let world = world(&["One.\n\nTwo."]).await;
    let node = world.node();
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    ended(&node).await;
    // Nobody is there, and the room closes.
    tokio::time::sleep(Duration::from_secs(120)).await;
    node.hub.undo_assistant(&ben(), world.post).await.unwrap();
    assert_eq!(live(&node).await, BODY);
}

#[tokio::test(start_paused = true)]
async fn no_more_write_at_once_than_may() {
    let world = world(&["One."]).await;
    let node = world.node_with(|options| options.assistants = 0);
    let refused = node.hub.assist(&ada(), world.post, write()).await;
    let kind = refused.unwrap_err().kind().clone();
    assert_eq!(kind, ErrorKind::Unavailable { retry: true });
}

#[tokio::test(start_paused = true)]
async fn who_may_only_look_on_neither_begins_nor_ends_it_and_sees_how_it_stands() {
    let world = world(&["One."]).await;
    let node = world.node();
    let begun = node.hub.assist(&vera(), world.post, write()).await;
    assert_eq!(*begun.unwrap_err().kind(), ErrorKind::Forbidden);
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    let ended = node.hub.end_assistant(&vera(), world.post).await;
    assert_eq!(*ended.unwrap_err().kind(), ErrorKind::Forbidden);
    let undone = node.hub.undo_assistant(&vera(), world.post).await;
    assert_eq!(*undone.unwrap_err().kind(), ErrorKind::Forbidden);
    let seen = node.hub.assistant(&vera(), world.post).await.unwrap();
    assert_eq!(seen.state, RunState::Writing);
}

#[tokio::test(start_paused = true)]
async fn nobody_comes_in_under_its_name() {
    let world = World::new().await;
    let node = world.node();
    let impostor = blog_core::domain::Actor::service("assistant");
    let refused = node.hub.join(&impostor, world.post).await;
    assert_eq!(*refused.unwrap_err().kind(), ErrorKind::Forbidden);
}
