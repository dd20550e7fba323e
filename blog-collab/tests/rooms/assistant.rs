//! A language model that writes in a room, as those who are there see it.

use std::time::Duration;

use blog_collab::{Assist, Run, RunState};
use blog_core::ErrorKind;
use blog_core::domain::{Transition, VersionKind};
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::ports::StopReason;
use serde_json::{Value, json};
use yrs::updates::encoder::Encode;
use yrs::{Assoc, IndexedSequence, Transact, WriteTxn, XmlElementPrelim, XmlFragment};

use crate::client::Client;
use crate::world::{BODY, Node, World, ada, ben, until, vera};

/// Says these parts, a minute apart, again and again.
fn slowly(pieces: &'static [&'static str]) -> ScriptedModel {
    ScriptedModel::replying(|_| ScriptedReply::Answer {
        pieces: pieces.iter().map(|it| (*it).to_owned()).collect(),
        pause: Duration::from_secs(60),
        stop: StopReason::Finished,
        usage: None,
    })
}

async fn world(pieces: &'static [&'static str]) -> World {
    let mut world = World::new().await;
    world.model = Some(slowly(pieces));
    world
}

fn write() -> Assist {
    Assist {
        instruction: Some("Write".to_owned()),
        ..Assist::default()
    }
}

async fn run(node: &Node) -> Run {
    node.hub.assistant(&ada(), node.post).await.unwrap()
}

async fn live(node: &Node) -> String {
    node.hub.content(&ben(), node.post).await.unwrap().body
}

async fn ended(node: &Node) -> Run {
    let waiting = async {
        loop {
            let run = run(node).await;
            if run.state != RunState::Writing {
                return run;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(600), waiting);
    waited.await.unwrap()
}

/// Waits until the live document says this.
async fn says(node: &Node, text: &str) {
    let waiting = async {
        while !live(node).await.contains(text) {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(600), waiting).await;
    waited.unwrap();
}

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
async fn a_server_that_stops_keeps_what_there_is_by_then() {
    let world = world(&["One.\n\nT", "wo."]).await;
    let (node, other) = (world.node(), world.node());
    tokio::time::sleep(Duration::from_secs(1)).await;
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    says(&node, "One.").await;
    node.stop().await;
    until(async || run(&other).await.state == RunState::Failed).await;
    assert_eq!(run(&other).await.problem.unwrap().status, 503);
    let head = other.hub.fold(world.post).await.unwrap();
    assert_eq!(head.version.content.body, format!("{BODY}\nOne."));
    assert!(head.post.ai_generated);
    // Its turn is over.
    other.hub.assist(&ada(), world.post, write()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn it_ends_where_the_post_is_gone() {
    let world = world(&["One.\n\nT", "wo.\n\n", "Three."]).await;
    let node = world.node();
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    says(&node, "One.").await;
    let model = world.model.clone().unwrap();
    assert_eq!(model.open_calls(), 1);
    let posts = node.blog.posts();
    let admin = blog_core::domain::Actor::service("admin");
    posts
        .change_status(&admin, world.post, Transition::Trash, None)
        .await
        .unwrap();
    posts.delete(&admin, world.post, None).await.unwrap();
    until(async || model.open_calls() == 0).await;
}

#[tokio::test(start_paused = true)]
async fn it_ends_where_the_body_would_be_too_long() {
    let mut world = World::new().await;
    world.model = Some(slowly(&["One two.\n\nT", "hree four five six seven."]));
    let node = world.node_with_limit(20);
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    let run = ended(&node).await;
    assert_eq!(live(&node).await, format!("{BODY}\nOne two."));
    assert_ne!(run.state, RunState::Writing);
}

#[tokio::test(start_paused = true)]
async fn where_the_store_fails_it_ends_and_another_may_begin() {
    let world = world(&["One.\n\nT", "wo."]).await;
    let node = world.node();
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    world.store.fail(true);
    tokio::time::sleep(Duration::from_secs(70)).await;
    world.store.fail(false);
    let run = ended(&node).await;
    assert_eq!(run.state, RunState::Failed);
    assert_eq!(live(&node).await, BODY);
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    ended(&node).await;
    assert_eq!(live(&node).await, format!("{BODY}\nOne.\n\nTwo."));
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

#[tokio::test(start_paused = true)]
async fn in_rich_text_it_writes_nodes_and_they_are_taken_back() {
    let world = world(&["## One\n\n- two\n- **three**\n\nF", "our."]).await;
    let node = world.node_with(|options| *options = blog_collab::HubOptions::rich_text());
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    ended(&node).await;
    let all = format!("{BODY}\n## One\n\n- two\n- **three**\n\nFour.\n");
    assert_eq!(live(&node).await, all);
    let edit = |content: blog_core::domain::Content| blog_core::domain::Content {
        body: content.body.replace("Four.", "Four, says Ben."),
        ..content
    };
    node.hub.edit(&ben(), world.post, edit).await.unwrap();
    node.hub.undo_assistant(&ben(), world.post).await.unwrap();
    let left = live(&node).await;
    assert!(
        left.contains("says Ben") && !left.contains("One") && !left.contains("- "),
        "{left}"
    );
}

/// Says this in the place of a piece of the body.
async fn replace(node: &Node, text: &str, with: &str) {
    let (text, with) = (text.to_owned(), with.to_owned());
    let edit = move |content: blog_core::domain::Content| blog_core::domain::Content {
        body: content.body.replace(&text, &with),
        ..content
    };
    node.hub.edit(&ben(), node.post, edit).await.unwrap();
}

/// What ends somebody's code, and goes on beside it.
const OUT_OF_CODE: &str = "let b;\n```\n\n[x](https://evil.test)";

#[tokio::test(start_paused = true)]
async fn it_does_not_begin_in_code_or_html_that_has_no_end() {
    let world = world(&[OUT_OF_CODE]).await;
    let node = world.node();
    for open in ["```\nlet a;", "<!--"] {
        replace(&node, BODY, open).await;
        let refused = node.hub.assist(&ada(), world.post, write()).await;
        let kind = refused.unwrap_err().kind().clone();
        assert!(matches!(kind, ErrorKind::Invalid(_)), "{kind:?}");
        replace(&node, open, BODY).await;
    }
    assert!(world.model.unwrap().requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn it_writes_behind_the_code_that_its_place_is_in() {
    let world = world(&[OUT_OF_CODE]).await;
    let node = world.node();
    replace(&node, BODY, "```\nlet a;\n\nlet z;\n```\n\nOnce.").await;
    let mut ben = Client::join(&node, &ben(), 1).await;
    ben.listen().await;
    let at = {
        let mut transaction = ben.yjs.doc.transact_mut();
        let body = transaction.get_or_insert_text("body");
        let at = body.sticky_index(&transaction, 6, Assoc::After).unwrap();
        at.encode_v1()
    };
    let wanted = Assist {
        at: Some(at),
        ..write()
    };
    node.hub.assist(&ada(), world.post, wanted).await.unwrap();
    assert_eq!(ended(&node).await.state, RunState::Done);
    let body = live(&node).await;
    assert!(
        body.starts_with("```\nlet a;\n\nlet z;\n```\n\nlet b;"),
        "{body}"
    );
    let html = blog_core::render::render(&body).html;
    assert!(!html.contains("href="), "{html}");
}

#[tokio::test(start_paused = true)]
async fn it_ends_where_somebody_opens_code_before_it() {
    let world = world(&["```\nlet a;\n```\n\nN", "ext.\n\n", OUT_OF_CODE]).await;
    let node = world.node();
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    says(&node, "let a;").await;
    replace(&node, "let a;\n```", "let a;").await;
    let run = ended(&node).await;
    assert_eq!(run.state, RunState::Failed);
    assert_eq!(run.problem.unwrap().status, 422);
    assert_eq!(live(&node).await, format!("{BODY}\n```\nlet a;"));
}

#[tokio::test(start_paused = true)]
async fn what_people_put_into_its_nodes_stays_though_it_is_no_text() {
    let world = world(&["> One."]).await;
    let node = world.node_with(|options| *options = blog_collab::HubOptions::rich_text());
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    ended(&node).await;
    let ben = Client::join(&node, &ben(), 1).await;
    let body = ben.yjs.doc.get_or_insert_xml_fragment("default");
    let update = {
        let mut transaction = ben.yjs.doc.transact_mut();
        let quote = body.get(&transaction, 1).unwrap();
        let quote = quote.into_xml_element().unwrap();
        quote.push_back(&mut transaction, XmlElementPrelim::empty("horizontalRule"));
        transaction.encode_update_v1()
    };
    ben.send_update(&update).await;
    until(async || live(&node).await.contains("> ---")).await;
    node.hub.undo_assistant(&ada(), world.post).await.unwrap();
    assert_eq!(live(&node).await, format!("{BODY}\n> ---\n"));
}

#[tokio::test(start_paused = true)]
async fn a_storage_that_is_away_for_a_while_does_not_end_it() {
    let world = world(&["One.\n\nT", "wo."]).await;
    let node = world.node();
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    says(&node, "One.").await;
    world.storage.fail(true);
    tokio::time::sleep(Duration::from_secs(35)).await;
    world.storage.fail(false);
    assert_eq!(ended(&node).await.state, RunState::Done);
    assert_eq!(live(&node).await, format!("{BODY}\nOne.\n\nTwo."));
}

#[tokio::test(start_paused = true)]
async fn what_it_wrote_is_a_version_of_its_own_though_the_storage_is_away_at_the_end() {
    let world = world(&["One.\n\nT", "wo."]).await;
    let node = world.node();
    node.hub.assist(&ada(), world.post, write()).await.unwrap();
    says(&node, "One.").await;
    tokio::time::sleep(Duration::from_secs(55)).await;
    world.storage.fail(true);
    tokio::time::sleep(Duration::from_secs(8)).await;
    world.storage.fail(false);
    ended(&node).await;
    let head = node.blog.collab().head(world.post).await.unwrap();
    assert_eq!(head.version.kind, VersionKind::Ai);
    assert_eq!(head.version.content.body, format!("{BODY}\nOne.\n\nTwo."));
}

#[tokio::test(start_paused = true)]
async fn it_ends_where_another_has_its_turn() {
    let world = world(&["One.\n\nT", "wo.\n\nT", "hree."]).await;
    let node = world.node();
    let begun = node.hub.assist(&ada(), world.post, write()).await.unwrap();
    says(&node, "One.").await;
    let storage = node.blog.storage();
    let name = format!("assistant:{}", world.post);
    let (id, now) = (begun.id.to_string(), node.blog.clock().now());
    let hour = Duration::from_secs(3_600);
    let lease = storage.acquire_lease(&name, &id, now, now + hour).await;
    storage
        .release_lease(&lease.unwrap().unwrap())
        .await
        .unwrap();
    let taken = storage.acquire_lease(&name, "another", now, now + hour);
    assert!(taken.await.unwrap().is_some());
    let run = ended(&node).await;
    assert_eq!(
        (run.state, run.problem.unwrap().status),
        (RunState::Failed, 409)
    );
}

#[tokio::test(start_paused = true)]
async fn its_end_is_known_elsewhere_though_the_message_is_lost() {
    let world = world(&["One.\n\nT", "wo."]).await;
    let (here, there) = (world.node(), world.node());
    tokio::time::sleep(Duration::from_secs(1)).await;
    here.hub.assist(&ada(), world.post, write()).await.unwrap();
    until(async || there.hub.assistant(&ada(), world.post).await.is_ok()).await;
    says(&here, "One.").await;
    tokio::time::sleep(Duration::from_secs(55)).await;
    world.transport.lose(true);
    assert_eq!(ended(&here).await.state, RunState::Done);
    assert_eq!(run(&there).await.state, RunState::Writing);
    world.transport.lose(false);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(run(&there).await.state, RunState::Done);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_a_node_has_not_heard_of_is_neither_said_to_have_ended_nor_taken_back() {
    let world = world(&["One.\n\nT", "wo.\n\nT", "hree.\n\nF", "our."]).await;
    let (here, there) = (world.node(), world.node());
    tokio::time::sleep(Duration::from_secs(1)).await;
    here.hub.assist(&ada(), world.post, write()).await.unwrap();
    here.hub.end_assistant(&ada(), world.post).await.unwrap();
    world.transport.lose(true);
    there.hub.assist(&ben(), world.post, write()).await.unwrap();
    let undone = here.hub.undo_assistant(&ada(), world.post).await;
    let kind = undone.unwrap_err().kind().clone();
    assert!(matches!(kind, ErrorKind::Conflict(_)), "{kind:?}");
    let unheard = here.hub.end_assistant(&ada(), world.post).await;
    let kind = unheard.unwrap_err().kind().clone();
    assert_eq!(kind, ErrorKind::Unavailable { retry: true });
    assert_eq!(run(&there).await.state, RunState::Writing);
    world.transport.lose(false);
    here.hub.end_assistant(&ada(), world.post).await.unwrap();
    assert_eq!(run(&there).await.state, RunState::Cancelled);
    assert_eq!(run(&here).await.id, run(&there).await.id);
}

#[tokio::test(start_paused = true)]
async fn a_place_inside_of_a_character_is_behind_it() {
    let world = world(&["Twice."]).await;
    let node = world.node();
    let mut ben = Client::join(&node, &ben(), 1).await;
    ben.write("😀 Hi\n\n").await;
    ben.listen().await;
    let at = {
        let mut transaction = ben.yjs.doc.transact_mut();
        let body = transaction.get_or_insert_text("body");
        let at = body.sticky_index(&transaction, 1, Assoc::After).unwrap();
        at.encode_v1()
    };
    let wanted = Assist {
        at: Some(at),
        ..write()
    };
    node.hub.assist(&ada(), world.post, wanted).await.unwrap();
    ended(&node).await;
    let all = format!("😀 Hi\n\nTwice.\n\n{BODY}");
    assert_eq!(live(&node).await, all);
}
