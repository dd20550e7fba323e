//! Where in a document its blocks go.

use blog_collab::{Assist, RunState};
use blog_core::ErrorKind;
use yrs::updates::encoder::Encode;
use yrs::{Assoc, IndexedSequence, Transact, WriteTxn, XmlElementPrelim, XmlFragment};

use super::{ended, live, says, world, write};
use crate::client::Client;
use crate::world::{BODY, Node, ada, ben, until};

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
