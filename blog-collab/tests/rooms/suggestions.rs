//! What a model has suggested and somebody has accepted, as the history tells it.

use blog_collab::AcceptedSuggestion;
use blog_core::domain::{AcceptedEdit, Actor, Contributor, Provenance, VersionKind};
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::ports::PostView;
use blog_core::services::ai::{Rewrite, Subject};
use blog_core::{ErrorKind, Result};
use yrs::{Text, Transact, WriteTxn};

use crate::client::Client;
use crate::world::{BODY, Node, World, ben, cyd, until, vera};

/// Nodes with a model that has one suggestion.
async fn world() -> World {
    let answer = r#"{"parts": [{"number": 0, "text": "Once upon a time."}]}"#;
    let mut world = World::new().await;
    world.model = Some(ScriptedModel::replying(move |_| {
        ScriptedReply::answer(answer)
    }));
    world
}

/// What comes with a suggestion for the post, whose body says this by now.
async fn receipt(node: &Node, actor: &Actor, text: &str) -> Provenance {
    let wanted = Rewrite {
        subject: Subject::Body {
            post: node.post,
            text: text.to_owned(),
        },
        instruction: None,
        style: None,
        tone: None,
    };
    let revised = node.blog.ai().rewrite(actor, &wanted).await.unwrap();
    revised.receipt.unwrap()
}

/// Puts in these words, and answers by which edit, once the room has stored it.
async fn insert(writer: &mut Client, before: &str, text: &str) -> AcceptedEdit {
    let client = writer.yjs.doc.client_id();
    let clock = |writer: &Client| writer.yjs.known().get(&client);
    let said = writer.yjs.text();
    let units = said[..said.find(before).unwrap()].encode_utf16().count();
    let start = clock(writer);
    let update = writer.yjs.insert(u32::try_from(units).unwrap(), text);
    writer.send_update(&update).await;
    writer.listen().await;
    AcceptedEdit {
        client: client.get(),
        clocks: start..clock(writer),
        paragraphs: vec![],
    }
}

/// Takes a letter out, as a paragraph's suggestion, and answers by which edit, once the room has stored it.
async fn remove(writer: &mut Client, at: u32, paragraph: u32) -> AcceptedEdit {
    let client = writer.yjs.doc.client_id();
    let update = {
        let mut transaction = writer.yjs.doc.transact_mut();
        let body = transaction.get_or_insert_text("body");
        body.remove_range(&mut transaction, at, 1);
        transaction.encode_update_v1()
    };
    writer.send_update(&update).await;
    writer.listen().await;
    let clock = writer.yjs.known().get(&client);
    AcceptedEdit {
        client: client.get(),
        clocks: clock..clock,
        paragraphs: vec![paragraph],
    }
}

async fn accept(
    node: &Node,
    actor: &Actor,
    receipt: &Provenance,
    edits: &[&AcceptedEdit],
) -> Result<()> {
    let accepted = AcceptedSuggestion {
        receipt: receipt.clone(),
        edits: edits.iter().copied().cloned().collect(),
    };
    node.hub.accept_suggestion(actor, node.post, accepted).await
}

async fn head(node: &Node) -> PostView {
    node.blog.collab().head(node.post).await.unwrap()
}

/// Who wrote what of a post's head.
async fn written(node: &Node) -> Vec<(String, String)> {
    let number = head(node).await.version.number;
    let versions = node.blog.versions();
    let told = versions.authorship(&ben(), node.post, number).await;
    let (version, authorship) = told.unwrap();
    let said = |bytes: std::ops::Range<usize>| version.content.body[bytes].to_owned();
    let pieces = authorship.pieces().iter();
    let pieces = pieces.map(|it| (it.author.clone(), said(it.bytes.clone())));
    pieces.collect()
}

/// The same, to be compared with.
fn pieces(pieces: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = pieces
        .iter()
        .map(|(author, said)| ((*author).to_owned(), (*said).to_owned()));
    owned.collect()
}

fn wrote(author: &str, words: u32) -> Contributor {
    Contributor {
        author: author.to_owned(),
        words,
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_accepted_is_the_model_s_on_any_node_and_the_rest_is_whose_it_is() {
    let world = world().await;
    let (here, there) = (world.node(), world.node());
    let mut writer = Client::join(&here, &ben(), 1).await;
    writer.write("Before. ").await;
    writer.listen().await;
    let receipt = receipt(&here, &ben(), &writer.yjs.text()).await;
    writer.write("Meanwhile. ").await;
    let edit = insert(&mut writer, ".\n", " upon a time").await;
    accept(&there, &ben(), &receipt, &[&edit]).await.unwrap();

    let PostView { post, version } = head(&there).await;
    assert_eq!(
        (version.kind, &*version.author),
        (VersionKind::Ai, "assistant")
    );
    assert_eq!(version.provenance.as_ref(), Some(&receipt));
    assert_eq!(
        version.message.as_deref(),
        Some("Suggestion accepted by Ben")
    );
    assert_eq!(
        version.contributors,
        [wrote("assistant", 3), wrote("ben", 1)]
    );
    assert!(post.ai_generated);
    let expected = [
        ("ben", "Meanwhile. "),
        ("ben", "Before. "),
        ("ada", "Once"),
        ("assistant", " upon a time"),
        ("ada", ".\n"),
    ];
    assert_eq!(written(&there).await, pieces(&expected));
    // What people had written when the model was asked is a version of theirs.
    let collab = there.blog.collab();
    let before = collab.version(post.id, version.number - 1).await.unwrap();
    assert_eq!((before.kind, &*before.author), (VersionKind::Collab, "ben"));
    assert_eq!(before.content.body, format!("Before. {BODY}"));

    accept(&here, &ben(), &receipt, &[&edit]).await.unwrap();
    assert_eq!(head(&here).await.version.number, version.number);
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_right_beside_accepted_words_is_whose_it_is() {
    let world = world().await;
    let node = world.node();
    let mut writer = Client::join(&node, &ben(), 1).await;
    let receipt = receipt(&node, &ben(), BODY).await;
    insert(&mut writer, ".\n", " long \u{1F600} ago").await;
    let edit = insert(&mut writer, ".\n", " upon \u{1F600} a time").await;
    insert(&mut writer, ".\n", " or so").await;
    accept(&node, &ben(), &receipt, &[&edit]).await.unwrap();
    let expected = [
        ("ada", "Once"),
        ("ben", " long \u{1F600} ago"),
        ("assistant", " upon \u{1F600} a time"),
        ("ben", " or so"),
        ("ada", ".\n"),
    ];
    assert_eq!(written(&node).await, pieces(&expected));
    let contributors = head(&node).await.version.contributors;
    assert_eq!(contributors, [wrote("ben", 4), wrote("assistant", 3)]);
}

#[tokio::test(start_paused = true)]
async fn edits_that_are_told_of_together_are_all_the_model_s() {
    let world = world().await;
    let node = world.node();
    let mut writer = Client::join(&node, &ben(), 1).await;
    let receipt = receipt(&node, &ben(), BODY).await;
    let first = insert(&mut writer, ".\n", " upon a time").await;
    insert(&mut writer, ".\n", " or so").await;
    let second = insert(&mut writer, "Once", "Well: ").await;
    let both = [&second, &first];
    accept(&node, &ben(), &receipt, &both).await.unwrap();
    let made = head(&node).await.version;
    let expected = [
        ("assistant", "Well: "),
        ("ada", "Once"),
        ("assistant", " upon a time"),
        ("ben", " or so"),
        ("ada", ".\n"),
    ];
    assert_eq!(written(&node).await, pieces(&expected));
    assert_eq!(made.contributors, [wrote("assistant", 4), wrote("ben", 2)]);
    for told in [&both[..], &[&first]] {
        accept(&node, &ben(), &receipt, told).await.unwrap();
        assert_eq!(head(&node).await.version.number, made.number);
    }

    // Another by the same receipt, once that is a version.
    let third = insert(&mut writer, "Once", "now, ").await;
    accept(&node, &ben(), &receipt, &[&third]).await.unwrap();
    let version = head(&node).await.version;
    assert_eq!(
        (version.number, version.kind),
        (made.number + 1, VersionKind::Ai)
    );
    assert_eq!(version.contributors[0], wrote("assistant", 1));
}

#[tokio::test(start_paused = true)]
async fn what_others_write_before_a_call_is_repeated_is_a_version_of_theirs() {
    let world = world().await;
    let node = world.node();
    let mut writer = Client::join(&node, &ben(), 1).await;
    let mut other = Client::join(&node, &cyd(), 2).await;
    let receipt = receipt(&node, &ben(), BODY).await;
    let edit = insert(&mut writer, ".\n", " upon a time").await;
    accept(&node, &ben(), &receipt, &[&edit]).await.unwrap();
    let made = head(&node).await.version;
    for versions in 1..4 {
        insert(&mut other, "Once", "Twice. ").await;
        accept(&node, &ben(), &receipt, &[&edit]).await.unwrap();
        let version = head(&node).await.version;
        assert_eq!(
            (version.number, version.kind, &*version.author),
            (made.number + versions, VersionKind::Collab, "cyd")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_become_a_version_meanwhile_is_told_by_another() {
    let world = world().await;
    let node = world.node();
    let mut writer = Client::join(&node, &ben(), 1).await;
    let receipt = receipt(&node, &ben(), BODY).await;
    let edit = insert(&mut writer, ".\n", " upon a time").await;
    let folded = node.hub.fold(node.post).await.unwrap();
    assert_eq!(folded.version.kind, VersionKind::Collab);
    accept(&node, &ben(), &receipt, &[&edit]).await.unwrap();
    let PostView { version, .. } = head(&node).await;
    assert_eq!(version.number, folded.version.number + 1);
    assert_eq!(version.content, folded.version.content);
    assert_eq!(version.provenance, Some(receipt.clone()));
    let expected = [
        ("ada", "Once"),
        ("assistant", " upon a time"),
        ("ada", ".\n"),
    ];
    assert_eq!(written(&node).await, pieces(&expected));
    assert_eq!(version.contributors[0], wrote("assistant", 3));
    accept(&node, &ben(), &receipt, &[&edit]).await.unwrap();
    assert_eq!(head(&node).await.version.number, version.number);
}

#[tokio::test(start_paused = true)]
async fn what_is_accepted_while_another_is_told_of_is_the_model_s() {
    let world = world().await;
    let node = world.node();
    let mut writer = Client::join(&node, &ben(), 1).await;
    let receipt = receipt(&node, &ben(), BODY).await;
    let first = insert(&mut writer, ".\n", " upon a time").await;
    // All of this is stored before the first is told of.
    insert(&mut writer, "Once", "Well, ").await;
    let second = insert(&mut writer, "Once", "then: ").await;
    insert(&mut writer, "Once", "So ").await;
    for edit in [&first, &second] {
        accept(&node, &ben(), &receipt, &[edit]).await.unwrap();
    }
    let version = head(&node).await.version;
    let expected = [
        ("ben", "Well, "),
        ("assistant", "then: "),
        ("ben", "So "),
        ("ada", "Once"),
        ("assistant", " upon a time"),
        ("ada", ".\n"),
    ];
    assert_eq!(written(&node).await, pieces(&expected));
    assert_eq!(
        (version.kind, version.provenance.as_ref()),
        (VersionKind::Ai, Some(&receipt))
    );
    // What is told of once more is not new, alone or together.
    for told in [&[&first][..], &[&second], &[&first, &second]] {
        accept(&node, &ben(), &receipt, told).await.unwrap();
        assert_eq!(head(&node).await.version.number, version.number);
    }
}

#[tokio::test(start_paused = true)]
async fn words_that_were_only_taken_out_are_told_as_well() {
    let world = world().await;
    let node = world.node();
    let mut writer = Client::join(&node, &ben(), 1).await;
    let receipt = receipt(&node, &ben(), BODY).await;
    let edit = remove(&mut writer, 4, 0).await;
    accept(&node, &ben(), &receipt, &[&edit]).await.unwrap();
    let PostView { version, .. } = head(&node).await;
    assert_eq!(
        (version.kind, &*version.content.body),
        (VersionKind::Ai, "Once\n")
    );
    assert_eq!(
        version.contributors,
        [wrote("ben", 0), wrote("assistant", 0)]
    );
    accept(&node, &ben(), &receipt, &[&edit]).await.unwrap();
    assert_eq!(head(&node).await.version.number, version.number);
}

#[tokio::test(start_paused = true)]
async fn words_that_were_taken_out_are_told_of_once_whatever_is_written_since() {
    let world = world().await;
    let node = world.node();
    let mut writer = Client::join(&node, &ben(), 1).await;
    let mut other = Client::join(&node, &cyd(), 2).await;
    let receipt = receipt(&node, &ben(), BODY).await;
    let first = remove(&mut writer, 4, 0).await;
    accept(&node, &ben(), &receipt, &[&first]).await.unwrap();
    let made = head(&node).await.version.number;
    insert(&mut other, "Once", "Twice. ").await;
    accept(&node, &ben(), &receipt, &[&first]).await.unwrap();
    let version = head(&node).await.version;
    assert_eq!(
        (version.number, version.kind, &*version.author),
        (made + 1, VersionKind::Collab, "cyd")
    );
    // Another paragraph is another, though nothing was inserted for it either.
    let second = remove(&mut writer, 0, 1).await;
    for _ in 0..2 {
        accept(&node, &ben(), &receipt, &[&second]).await.unwrap();
        let version = head(&node).await.version;
        assert_eq!((version.number, version.kind), (made + 2, VersionKind::Ai));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_not_suggested_or_is_not_stored_is_refused() {
    let world = world().await;
    let node = world.node();
    let mut writer = Client::join(&node, &ben(), 1).await;
    let mut other = Client::join(&node, &cyd(), 2).await;
    let receipt = receipt(&node, &ben(), BODY).await;
    let edit = insert(&mut writer, ".\n", " upon a time").await;
    let others = insert(&mut other, "Once", "Twice. ").await;
    let forged = Provenance {
        model: "another".to_owned(),
        ..receipt.clone()
    };
    let ahead = AcceptedEdit {
        clocks: edit.clocks.start..edit.clocks.end + 1,
        ..edit.clone()
    };
    let reversed = AcceptedEdit {
        clocks: edit.clocks.end..edit.clocks.start,
        ..edit.clone()
    };
    let of_too_many = AcceptedEdit {
        paragraphs: (0..4001).collect(),
        ..edit.clone()
    };
    let too_many = [&edit; 1001];
    for (actor, receipt, edits, field) in [
        (ben(), &forged, &[&edit][..], "receipt"),
        (cyd(), &receipt, &[&others], "receipt"),
        (ben(), &receipt, &[], "edits"),
        (ben(), &receipt, &too_many, "edits"),
        (ben(), &receipt, &[&edit, &others], "edits[1].client"),
        (ben(), &receipt, &[&ahead], "edits[0].to"),
        (ben(), &receipt, &[&reversed], "edits[0].to"),
        (ben(), &receipt, &[&of_too_many], "edits[0].paragraphs"),
    ] {
        let refused = accept(&node, &actor, receipt, edits).await.unwrap_err();
        let ErrorKind::Invalid(fields) = refused.kind() else {
            panic!("{field}: {refused}");
        };
        assert_eq!(fields[0].field, field);
    }
    let refused = accept(&node, &vera(), &receipt, &[&edit])
        .await
        .unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Forbidden);
    until(async || head(&node).await.version.kind == VersionKind::Manual).await;
}
