//! Whose the words of a version are that people have written together.

use blog_core::services::PostEdit;
use yrs::{Text, Transact, WriteTxn};

use crate::client::Client;
use crate::world::{BODY, Node, World, ada, ben, cyd};

/// Whose the words of the post's newest version are: `author:text`, and that version's number.
async fn told(node: &Node) -> (Vec<String>, u32) {
    let number = node.hub.fold(node.post).await.unwrap().version.number;
    let (versions, ada) = (node.blog.versions(), ada());
    let authorship = versions.authorship(&ada, node.post, number).await;
    let (version, authorship) = authorship.unwrap();
    let pieces = authorship.pieces().iter().map(|piece| {
        let text = &version.content.body[piece.bytes.clone()];
        format!("{}{}:{text}", piece.author, piece.version)
    });
    (pieces.collect(), number)
}

/// Writes before something in the body, and waits until both have it.
async fn write(writer: &mut Client, other: &mut Client, before: &str, text: &str) {
    let said = writer.yjs.text();
    let units = said[..said.find(before).unwrap()].encode_utf16().count();
    let update = writer.yjs.insert(u32::try_from(units).unwrap(), text);
    writer.send_update(&update).await;
    writer.listen().await;
    other.listen().await;
}

async fn erase(writer: &mut Client, text: &str) {
    let said = writer.yjs.text();
    let units = said[..said.find(text).unwrap()].encode_utf16().count();
    let update = {
        let mut transaction = writer.yjs.doc.transact_mut();
        let body = transaction.get_or_insert_text("body");
        let units = u32::try_from(units).unwrap();
        let length = u32::try_from(text.encode_utf16().count()).unwrap();
        body.remove_range(&mut transaction, units, length);
        transaction.encode_update_v1()
    };
    writer.send_update(&update).await;
    writer.listen().await;
}

async fn save(node: &Node, body: &str) {
    let edit = PostEdit {
        body: Some(body.to_owned()),
        ..PostEdit::default()
    };
    node.save(edit).await;
}

#[tokio::test(start_paused = true)]
async fn what_two_write_in_one_paragraph_stays_whose_it_is() {
    let world = World::new().await;
    let node = world.node();
    let mut ben = Client::join(&node, &ben(), 1).await;
    let mut cyd = Client::join(&node, &cyd(), 2).await;
    assert_eq!(BODY, "Once.\n");
    write(&mut ben, &mut cyd, ".", " upon a 😀 time").await;
    write(&mut cyd, &mut ben, "upon", "more than one ").await;
    // Within a word that another has just written.
    write(&mut cyd, &mut ben, "me", "__").await;
    write(&mut ben, &mut cyd, "\n", " The end.").await;
    let (pieces, folded) = told(&node).await;
    let together = [
        "ada1:Once",
        "ben2: ",
        "cyd2:more than one ",
        "ben2:upon a 😀 ti",
        "cyd2:__",
        "ben2:me",
        "ada1:.",
        "ben2: The end.",
        "ada1:\n",
    ];
    assert_eq!((pieces, folded), (together.map(str::to_owned).to_vec(), 2));

    // A program saves, by Ben's leave, and Cyd goes on.
    save(&node, &format!("{}Saved.\n", ben.yjs.text())).await;
    ben.listen().await;
    cyd.listen().await;
    write(&mut cyd, &mut ben, "Saved", "Not ").await;
    erase(&mut cyd, "more than one ").await;
    ben.listen().await;
    let (pieces, number) = told(&node).await;
    let rest = [
        "ada1:Once",
        "ben2: upon a 😀 ti",
        "cyd2:__",
        "ben2:me",
        "ada1:.",
        "ben2: The end.",
        "ada1:\n",
        "cyd4:Not ",
        "ben3:Saved.\n",
    ];
    assert_eq!((pieces, number), (rest.map(str::to_owned).to_vec(), 4));

    // What is typed while a version is restored is new, and the rest is whose it was there.
    write(&mut ben, &mut cyd, "Once", "Ben: ").await;
    let (versions, ada) = (node.blog.versions(), ada());
    let restored = versions.restore(&ada, node.post, folded, None).await;
    assert_eq!(restored.unwrap().version.number, 6);
    let update = cyd.yjs.insert(0, "Cyd: ");
    cyd.send_update(&update).await;
    ben.listen().await;
    cyd.listen().await;
    let (pieces, number) = told(&node).await;
    let mut wanted = vec!["cyd7:Cyd: ".to_owned()];
    wanted.extend(together.map(str::to_owned));
    assert_eq!((pieces, number), (wanted, 7));
}

#[tokio::test(start_paused = true)]
async fn what_is_erased_while_others_write_makes_nothing_that_is_left_theirs() {
    let world = World::new().await;
    let node = world.node();
    save(&node, "Ada, Ben and Cyd.\n\nThey walk.\n\nThey run.\n").await;
    let mut ben = Client::join(&node, &ben(), 1).await;
    let mut cyd = Client::join(&node, &cyd(), 2).await;
    erase(&mut cyd, "en and C").await;
    erase(&mut cyd, "They walk.\n\nT").await;
    ben.listen().await;
    write(&mut ben, &mut cyd, "run", "never ").await;
    let (pieces, _) = told(&node).await;
    let wanted = [
        "ben2:Ada, Byd.\n\nhey ",
        "ben3:never ",
        "ben2:run",
        "ada1:.\n",
    ];
    assert_eq!(pieces, wanted);
    // Whoever erases what is there and writes it again has written it.
    let all = ben.yjs.text();
    erase(&mut cyd, &all).await;
    let all = format!("{all}And on.\n");
    let update = cyd.yjs.insert(0, &all);
    cyd.send_update(&update).await;
    cyd.listen().await;
    let (pieces, number) = told(&node).await;
    assert_eq!(pieces, [format!("cyd{number}:{all}")]);
}
