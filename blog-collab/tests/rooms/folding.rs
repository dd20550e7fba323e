//! What a version says that is folded from a live document, and what folding costs.

use std::time::Duration;

use blog_core::ErrorKind;
use blog_core::domain::{Actor, Content, Contributor, PostId, VersionKind};
use blog_core::ports::{Append, CollabStore, Snapshot, Start, View};
use blog_core::services::PostEdit;
use yrs::types::Attrs;
use yrs::{Any, Array, Text, Transact, TransactionMut, WriteTxn};

use crate::client::Client;
use crate::world::{BODY, Node, World, ada, ben, cyd};
use crate::yjs::Yjs;

fn body(body: impl Into<String>) -> PostEdit {
    PostEdit {
        body: Some(body.into()),
        ..PostEdit::default()
    }
}

fn title(title: &str) -> PostEdit {
    PostEdit {
        title: Some(title.to_owned()),
        ..PostEdit::default()
    }
}

fn update(yjs: &Yjs, edit: impl FnOnce(&mut TransactionMut<'_>)) -> Vec<u8> {
    let mut transaction = yjs.doc.transact_mut();
    edit(&mut transaction);
    transaction.encode_update_v1()
}

/// The units before which something stands in the body that is no text.
fn objects(yjs: &Yjs) -> Vec<usize> {
    let text = yjs.doc.get_or_insert_text("body");
    let mut units = 0;
    let mut objects = vec![];
    for piece in text.diff(&yjs.doc.transact(), |_| ()) {
        match piece.insert.cast::<String>() {
            Ok(text) => units += text.encode_utf16().count(),
            Err(_) => objects.push(units),
        }
    }
    objects
}

#[tokio::test(start_paused = true)]
async fn what_is_no_text_in_a_text_shifts_no_edit_and_stays_where_it_is() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let decorated = update(&ada.yjs, |transaction| {
        let text = transaction.get_or_insert_text("body");
        text.remove_range(transaction, 0, BODY.len() as u32);
        text.insert(transaction, 0, "one two three four");
        let bold = Attrs::from([("bold".into(), true.into())]);
        text.format(transaction, 4, 3, bold);
        text.insert_embed(transaction, 8, Any::from(7));
        text.insert_embed(transaction, 0, Any::from(vec![1_u8]));
    });
    ada.send_update(&decorated).await;
    ada.listen().await;
    assert_eq!(objects(&ada.yjs), [0, 8]);

    let edit = |content: Content| Content {
        body: content.body.replace("four", "4"),
        ..content
    };
    node.hub.edit(&ben(), world.post, edit).await.unwrap();
    node.save(body("one 2 three 4!")).await;
    ada.listen().await;
    assert_eq!(ada.yjs.text(), "one 2 three 4!");
    assert_eq!(node.body().await, "one 2 three 4!");
    assert_eq!(objects(&ada.yjs), [0, 6]);
}

#[tokio::test(start_paused = true)]
async fn what_has_no_place_in_a_text_does_not_keep_saves_from_it() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let listed = update(&ada.yjs, |transaction| {
        let list = transaction.get_or_insert_array("body");
        list.insert(transaction, 1, Any::from(7));
        list.insert(transaction, 3, Any::from("x"));
    });
    ada.send_update(&listed).await;
    ada.listen().await;
    node.save(body("Once more.\n")).await;
    ada.listen().await;
    assert_eq!(ada.yjs.text(), "Once more.\n");
    assert_eq!(node.body().await, "Once more.\n");
}

/// A body that one node takes and another does not.
async fn with_a_long_body(world: &World) -> (Node, Node, Client) {
    let (large, small) = (world.node(), world.node_with_limit(100));
    let mut ada = Client::join(&large, &ada(), 1).await;
    ada.write(&"Long. ".repeat(50)).await;
    ada.listen().await;
    (large, small, ada)
}

#[tokio::test(start_paused = true)]
async fn a_save_keeps_what_was_written_live_and_could_not_be_folded() {
    let world = World::new().await;
    let (large, small, mut ada) = with_a_long_body(&world).await;
    let retitle = update(&ada.yjs, |transaction| {
        let text = transaction.get_or_insert_text("title");
        text.insert(transaction, 0, "Not ");
    });
    ada.send_update(&retitle).await;
    ada.listen().await;
    // The title is folded; the body is too long here.
    let posts = small.blog.posts();
    let head = posts.get(&ben(), world.post, View::Head).await.unwrap();
    let said = &head.version.content;
    assert_eq!((&*said.title, &*said.body), ("Not A post", BODY));

    small.save(body(format!("{BODY}Saved.\n"))).await;
    ada.listen().await;
    let all = format!("{}{BODY}Saved.\n", "Long. ".repeat(50));
    assert_eq!(ada.yjs.text(), all);
    assert_eq!(large.body().await, all);
}

#[tokio::test(start_paused = true)]
async fn a_title_that_is_just_being_rewritten_is_not_restored_by_a_save_of_something_else() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let cleared = update(&ada.yjs, |transaction| {
        let text = transaction.get_or_insert_text("title");
        text.remove_range(transaction, 0, "A post".len() as u32);
    });
    ada.send_update(&cleared).await;
    ada.write("Typed. ").await;
    ada.listen().await;
    node.save(body("Saved.\n")).await;
    ada.listen().await;
    let said = node.hub.content(&ben(), world.post).await.unwrap();
    assert_eq!((&*said.title, &*said.body), ("", "Saved.\n"));

    node.save(title("A title")).await;
    let said = node.hub.content(&ben(), world.post).await.unwrap();
    assert_eq!(said.title, "A title");
}

#[tokio::test(start_paused = true)]
async fn what_is_folded_is_not_loaded_again() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write("Typed. ").await;
    ada.listen().await;
    node.body().await;
    let loads = world.store.loads();
    for _ in 0..5 {
        node.body().await;
        node.hub.fold(world.post).await.unwrap();
        node.hub.content(&ben(), world.post).await.unwrap();
    }
    tokio::time::sleep(3 * node.hub.options().look_every).await;
    assert_eq!(world.store.loads(), loads);
}

#[tokio::test(start_paused = true)]
async fn a_version_says_who_wrote_in_it_and_how_much() {
    let world = World::new().await;
    let node = world.node();
    let mut ben = Client::join(&node, &ben(), 1).await;
    let mut cyd = Client::join(&node, &cyd(), 2).await;
    for letter in "two words ".chars().rev() {
        ben.write(&letter.to_string()).await;
        cyd.listen().await;
    }
    cyd.write("These are four words. ").await;
    ben.listen().await;
    let erased = update(&ben.yjs, |transaction| {
        let text = transaction.get_or_insert_text("body");
        text.remove_range(transaction, 0, "These ".len() as u32);
    });
    ben.send_update(&erased).await;
    ben.listen().await;
    let wrote = |author: &str, words| Contributor {
        author: author.to_owned(),
        words,
    };
    let head = node.hub.fold(world.post).await.unwrap();
    let contributors = [wrote("cyd", 3), wrote("ben", 2)];
    assert_eq!(head.version.contributors, contributors);

    // What a program has saved is nobody's who types, and what is in a version is in no other.
    node.save(body(format!("{}Saved.\n", head.version.content.body)))
        .await;
    ben.listen().await;
    ben.write("More. ").await;
    ben.listen().await;
    let head = node.hub.fold(world.post).await.unwrap();
    assert_eq!(head.version.contributors, [wrote("ben", 1)]);
    assert_eq!(head.version.author, "ben");
    let (versions, ada) = (node.blog.versions(), ada());
    let history = versions.history(&ada, world.post, None, 9).await;
    let history = history.unwrap().items;
    assert_eq!(history[0].contributors, [wrote("ben", 1)]);
    assert_eq!(history[1].contributors, []);
    assert_eq!(history[2].contributors, contributors);
}

#[tokio::test(start_paused = true)]
async fn whoever_has_only_ever_written_live_is_known_by_name() {
    let world = World::new().await;
    let node = world.node();
    let known = async || {
        let ids = ["ben", "cyd"].map(str::to_owned);
        let profiles = node.blog.taxonomy().profiles(&ids).await.unwrap();
        let names = profiles.into_iter().map(|profile| profile.name);
        names.collect::<Vec<_>>()
    };
    let mut ben = Client::join(&node, &ben(), 1).await;
    let _cyd = Client::join(&node, &cyd(), 2).await;
    assert_eq!(known().await, Vec::<String>::new());
    ben.write("Typed. ").await;
    ben.listen().await;
    node.hub.fold(world.post).await.unwrap();
    assert_eq!(known().await, ["Ben"]);
}

#[tokio::test(start_paused = true)]
async fn who_only_erases_has_contributed_no_word() {
    let world = World::new().await;
    let node = world.node();
    let mut ben = Client::join(&node, &ben(), 1).await;
    let erased = update(&ben.yjs, |transaction| {
        let text = transaction.get_or_insert_text("body");
        text.remove_range(transaction, 0, 2);
    });
    ben.send_update(&erased).await;
    ben.listen().await;
    let head = node.hub.fold(world.post).await.unwrap();
    let author = "ben".to_owned();
    assert_eq!(
        head.version.contributors,
        [Contributor { author, words: 0 }]
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_can_be_kept_as_a_version_with_a_name() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write("Typed. ").await;
    ada.listen().await;
    let (versions, ben) = (node.blog.versions(), ben());
    let named = versions.name(&ben, world.post, "Before the rewrite", None);
    let version = named.await.unwrap().version;
    assert_eq!(version.message.as_deref(), Some("Before the rewrite"));
    assert_eq!(version.kind, VersionKind::Manual);
    assert_eq!(version.content.body, format!("Typed. {BODY}"));

    ada.write("On. ").await;
    ada.listen().await;
    assert_eq!(node.body().await, format!("On. Typed. {BODY}"));
    let restored = versions.restore(&ben, world.post, version.number, None);
    restored.await.unwrap();
    ada.listen().await;
    assert_eq!(ada.yjs.text(), format!("Typed. {BODY}"));

    let nameless = versions.name(&ben, world.post, " ", None).await;
    let kind = nameless.unwrap_err().kind().clone();
    assert!(matches!(kind, ErrorKind::Invalid(fields) if fields[0].field == "message"));
}

async fn end(world: &World) -> u64 {
    world.store.end(world.post).await
}

/// A program that may do everything.
fn program() -> Actor {
    Actor::service("program")
}

#[tokio::test(start_paused = true)]
async fn where_the_newest_snapshot_is_broken_nothing_is_lost_or_there_twice() {
    let world = World::new().await;
    let node = world.node_with(|options| options.compact_from = 2);
    let mut ada = Client::join(&node, &ada(), 1).await;
    for word in ["three ", "two ", "one "] {
        ada.write(word).await;
        ada.listen().await;
    }
    node.hub.fold(world.post).await.unwrap();
    ada.write("zero ").await;
    ada.listen().await;
    drop(ada);
    node.stop().await;
    let broken = Snapshot {
        position: end(&world).await,
        state: (&[9, 9][..]).into(),
    };
    let made_from = world.stored(Start::Newest).await.position;
    let compacted = world.store.compact(world.post, broken, made_from);
    compacted.await.unwrap();

    let node = world.node();
    let mut ben = Client::join(&node, &ben(), 2).await;
    let all = format!("zero one two three {BODY}");
    assert_eq!(ben.yjs.text(), all);
    ben.write("minus one ").await;
    node.save(body(format!("{all}Saved.\n"))).await;
    ben.listen().await;
    let all = format!("minus one {all}Saved.\n");
    assert_eq!(ben.yjs.text(), all);
    assert_eq!(node.body().await, all);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_is_broken_is_not_kept_in_place_of_a_good_one() {
    let world = World::new().await;
    let node = world.node_with(|options| options.compact_from = 2);
    let mut ada = Client::join(&node, &ada(), 1).await;
    for word in ["two ", "one "] {
        ada.write(word).await;
        ada.listen().await;
    }
    node.hub.fold(world.post).await.unwrap();
    let good = world.stored(Start::Newest).await;
    ada.write("zero ").await;
    ada.listen().await;
    let broken = Snapshot {
        position: end(&world).await,
        state: (&[9, 9][..]).into(),
    };
    let compacted = world.store.compact(world.post, broken, good.position);
    compacted.await.unwrap();

    ada.write("minus one ").await;
    ada.listen().await;
    node.hub.fold(world.post).await.unwrap();
    assert_eq!(
        world.stored(Start::Newest).await.position,
        end(&world).await
    );
    assert_eq!(world.stored(Start::Previous).await, good);
}

#[tokio::test(start_paused = true)]
async fn what_is_folded_is_answered_where_its_log_cannot_be_compacted_and_the_next_fold_does_it() {
    let world = World::new().await;
    let node = world.node_with(|options| options.compact_from = 2);
    let mut ada = Client::join(&node, &ada(), 1).await;
    world.store.fail_to_compact(true);
    for word in ["two ", "one "] {
        ada.write(word).await;
        ada.listen().await;
    }
    let folded = node.hub.fold(world.post).await.unwrap();
    let all = format!("one two {BODY}");
    assert_eq!(folded.version.content.body, all);
    assert_eq!(snapshot(&world).await, None);

    world.store.fail_to_compact(false);
    ada.write("zero ").await;
    ada.listen().await;
    node.hub.fold(world.post).await.unwrap();
    assert_eq!(snapshot(&world).await, Some(end(&world).await));
}

/// Up to which entry a snapshot stands for the log.
async fn snapshot(world: &World) -> Option<u64> {
    let stored = world.store.load(world.post, Start::Newest).await.unwrap();
    stored.unwrap().snapshot.map(|snapshot| snapshot.position)
}

/// Writes something and takes it away again, so often.
async fn to_and_fro(client: &mut Client, text: &str, times: usize) {
    for _ in 0..times {
        client.write(text).await;
        let erased = update(&client.yjs, |transaction| {
            let body = transaction.get_or_insert_text("body");
            body.remove_range(transaction, 0, text.len() as u32);
        });
        client.send_update(&erased).await;
        client.listen().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_is_compacted_though_all_that_was_written_was_erased_again() {
    let world = World::new().await;
    let node = world.node_with(|options| options.compact_from = 100);
    let mut ada = Client::join(&node, &ada(), 1).await;
    let before = node.hub.fold(world.post).await.unwrap();
    to_and_fro(&mut ada, "x", 20).await;
    let short = node.hub.fold(world.post).await.unwrap();
    assert_eq!(short.version.number, before.version.number);
    assert_eq!(snapshot(&world).await, None);

    to_and_fro(&mut ada, "x", 40).await;
    let long = node.hub.fold(world.post).await.unwrap();
    assert_eq!(long.version.content, before.version.content);
    assert_eq!(snapshot(&world).await, Some(end(&world).await));
    let again = Client::join(&node, &ben(), 2).await;
    assert_eq!(again.yjs.text(), BODY);
}

#[tokio::test(start_paused = true)]
async fn what_grows_fast_is_folded_and_compacted_before_it_is_time() {
    let world = World::new().await;
    let node = world.node_with(|options| {
        options.compact_bytes = 10_000;
        options.idle = Duration::MAX;
        options.fold_every = Duration::MAX;
    });
    let mut ada = Client::join(&node, &ada(), 1).await;
    to_and_fro(&mut ada, &"x".repeat(900), 10).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(snapshot(&world).await, None);
    to_and_fro(&mut ada, &"x".repeat(900), 1).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(snapshot(&world).await, Some(end(&world).await));
}

/// Appends updates of a client that are missing one in between.
async fn append_with_a_gap(world: &World, post: PostId) {
    let yjs = Yjs::new(77);
    let update = |text| yjs.insert(0, text);
    let [first, _missing, third] = ["a", "b", "c"].map(update);
    let at = chrono::DateTime::UNIX_EPOCH;
    for bytes in [first, third] {
        let append = Append::one(at, program().id, bytes.into());
        world.store.append(post, append).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_builds_on_something_that_never_comes_is_passed_over_once() {
    let world = World::new().await;
    let node = world.node_with(|options| options.compact_from = 2);
    drop(Client::join(&node, &ada(), 1).await);
    tokio::time::sleep(Duration::from_secs(5)).await;
    append_with_a_gap(&world, world.post).await;
    assert_eq!(node.body().await, format!("a{BODY}"));
    let loads = world.store.loads();
    tokio::time::sleep(3 * node.hub.options().look_every).await;
    assert_eq!(node.body().await, format!("a{BODY}"));
    assert_eq!(world.store.loads(), loads);

    let mut ben = Client::join(&node, &ben(), 2).await;
    ben.write("On. ").await;
    ben.listen().await;
    assert_eq!(node.body().await, ben.yjs.text());
}
