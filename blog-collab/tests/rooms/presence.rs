use std::time::Duration;

use blog_collab::{Close, Present};
use blog_core::ports::{Delivery, Presence, Transport};
use bytes::Bytes;
use futures::future::join_all;
use tokio::time::timeout;

use crate::claims::is_claimed_elsewhere;
use crate::client::{Client, presence};
use crate::world::{World, ada, ben, cyd, until};
use crate::yjs::Yjs;

const ADA: &str = r#"{"user":{"id":"ada","name":"Ada"}}"#;
const GONE: &str = "null";

fn present(id: &str, name: &str) -> Present {
    serde_json::from_value(serde_json::json!({ "id": id, "name": name })).unwrap()
}

#[tokio::test(start_paused = true)]
async fn nobody_can_show_anothers_name() {
    let world = World::new().await;
    let node = world.node();
    let ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    let claim = r#"{"user":{"id":"ben","name":"Ben","color":"red"},"cursor":1}"#;
    ada.show(1, claim).await;

    let heard = ben.listen().await;
    let states = heard.shown_by(1);
    let [(1, state)] = states[..] else {
        panic!("{states:?}")
    };
    let state: serde_json::Value = serde_json::from_str(state).unwrap();
    let user = serde_json::json!({ "id": "ada", "name": "Ada", "color": "red" });
    assert_eq!(state, serde_json::json!({ "user": user, "cursor": 1 }));
    assert_eq!(node.hub.presence(world.post).await, [present("ada", "Ada")]);
}

#[tokio::test(start_paused = true)]
async fn who_joins_learns_at_once_who_is_there() {
    let world = World::new().await;
    let node = world.node();
    let ada = Client::join(&node, &ada(), 1).await;
    ada.show(4, "{}").await;
    let mut ben = Client::bring(&node, &ben(), Yjs::new(2)).await;
    assert_eq!(ben.listen().await.shown_by(1), [(4, ADA)]);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_is_gone_for_others_with_the_same_clock() {
    let world = World::new().await;
    let node = world.node();
    let ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    ada.show(7, "{}").await;
    assert_eq!(ben.listen().await.shown_by(1), [(7, ADA)]);

    drop(ada);
    assert_eq!(ben.listen().await.shown_by(1), [(7, GONE)]);
    assert_eq!(node.hub.presence(world.post).await, []);
}

#[tokio::test(start_paused = true)]
async fn who_says_goodbye_is_gone_for_others() {
    let world = World::new().await;
    let node = world.node();
    let ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    ada.show(7, "{}").await;
    ada.show(8, GONE).await;
    assert_eq!(ben.listen().await.shown_by(1).last(), Some(&(8, GONE)));
    assert_eq!(node.hub.presence(world.post).await, []);
}

#[tokio::test(start_paused = true)]
async fn who_comes_again_with_the_old_clock_is_seen_at_once() {
    let world = World::new().await;
    let node = world.node();
    let first = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    first.show(7, "{}").await;
    drop(first);
    ben.listen().await;

    let again = Client::join(&node, &ada(), 1).await;
    again.show(7, "{}").await;
    // Yjs clients pass over what has no greater clock than the end that they have heard of.
    assert_eq!(ben.listen().await.shown_by(1), [(8, ADA)]);
    assert_eq!(node.hub.presence(world.post).await, [present("ada", "Ada")]);

    // It moves on before it hears of its new clock.
    let moved = r#"{"cursor":1,"user":{"id":"ada","name":"Ada"}}"#;
    again.show(8, r#"{"cursor":1}"#).await;
    assert_eq!(ben.listen().await.shown_by(1), [(9, moved)]);
    again.show(9, GONE).await;
    assert_eq!(ben.listen().await.shown_by(1), [(9, GONE)]);
}

#[tokio::test(start_paused = true)]
async fn who_moves_to_another_node_is_seen_at_once_on_both() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let before = Client::join(&here, &ada(), 1).await;
    let mut ben = Client::join(&here, &ben(), 2).await;
    let mut cyd = Client::join(&there, &cyd(), 3).await;
    before.show(7, "{}").await;
    drop(before);
    ben.listen().await;
    cyd.listen().await;

    let after = Client::join(&there, &ada(), 1).await;
    after.show(7, "{}").await;
    for other in [&mut ben, &mut cyd] {
        assert_eq!(other.listen().await.shown_by(1), [(8, ADA)]);
    }
}

#[tokio::test(start_paused = true)]
async fn who_moves_to_another_node_stays_when_the_old_connection_is_noticed_to_be_gone() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let before = Client::join(&here, &ada(), 1).await;
    let mut ben = Client::join(&here, &ben(), 2).await;
    before.show(7, "{}").await;
    let after = Client::join(&there, &ada(), 1).await;
    after.show(7, "{}").await;
    ben.listen().await;

    drop(before);
    ben.listen().await;
    for node in [&here, &there] {
        let who = node.hub.presence(world.post).await;
        assert_eq!(who, [present("ada", "Ada")]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_takes_an_id_over_keeps_it_when_the_old_one_goes() {
    let world = World::new().await;
    let node = world.node();
    let old = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    old.show(7, "{}").await;
    let new = Client::join(&node, &ada(), 1).await;
    new.show(7, "{}").await;
    ben.listen().await;

    drop(old);
    assert_eq!(ben.listen().await.shown_by(1), []);
    assert_eq!(node.hub.presence(world.post).await, [present("ada", "Ada")]);
}

#[tokio::test(start_paused = true)]
async fn a_state_that_is_not_renewed_for_30_seconds_is_gone() {
    let world = World::new().await;
    let node = world.node();
    let ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    ada.show(7, "{}").await;
    ben.listen().await;

    tokio::time::sleep(Duration::from_secs(28)).await;
    assert_eq!(ben.listen().await.shown_by(1), []);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(ben.listen().await.shown_by(1), [(7, GONE)]);
}

#[tokio::test(start_paused = true)]
async fn a_state_that_is_renewed_stays() {
    let world = World::new().await;
    let node = world.node();
    let ada = Client::join(&node, &ada(), 1).await;
    for clock in 1..6 {
        ada.show(clock, "{}").await;
        tokio::time::sleep(Duration::from_secs(15)).await;
    }
    assert_eq!(node.hub.presence(world.post).await, [present("ada", "Ada")]);
}

#[tokio::test(start_paused = true)]
async fn what_a_client_repeats_of_others_is_passed_over_and_its_own_is_not() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 2).await;
    let mut cyd = Client::join(&node, &cyd(), 3).await;
    ada.show(1, "{}").await;
    cyd.listen().await;

    let moved = r#"{"cursor":9}"#;
    ben.send(presence([(1, 2, moved), (2, 1, "{}")])).await;
    let heard = cyd.listen().await;
    assert_eq!(heard.shown_by(1), []);
    assert_eq!(heard.shown_by(2).len(), 1);
    ben.send(presence([(1, 3, GONE)])).await;
    assert_eq!(cyd.listen().await.shown_by(1), []);
    for client in [&mut ada, &mut ben, &mut cyd] {
        assert_eq!(client.listen().await.close, None);
    }
}

#[tokio::test(start_paused = true)]
async fn presence_crosses_nodes() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let ada = Client::join(&here, &ada(), 1).await;
    let mut ben = Client::join(&there, &ben(), 2).await;
    ada.show(7, "{}").await;
    assert_eq!(ben.listen().await.shown_by(1), [(7, ADA)]);
    ben.show(1, "{}").await;
    ben.listen().await;
    for node in [&here, &there] {
        let who = node.hub.presence(world.post).await;
        assert_eq!(who, [present("ada", "Ada"), present("ben", "Ben")]);
    }

    drop(ada);
    assert_eq!(ben.listen().await.shown_by(1), [(7, GONE)]);
    for node in [&here, &there] {
        let who = node.hub.presence(world.post).await;
        assert_eq!(who, [present("ben", "Ben")]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_opens_a_room_learns_who_is_there_on_others() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let ada = Client::join(&here, &ada(), 1).await;
    ada.show(7, "{}").await;
    let mut ben = Client::bring(&there, &ben(), Yjs::new(2)).await;
    assert_eq!(ben.listen().await.shown_by(1), [(7, ADA)]);
}

#[tokio::test(start_paused = true)]
async fn what_a_client_repeats_of_others_on_another_node_is_passed_over() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let mut cyd = Client::join(&there, &cyd(), 3).await;
    let mut ben = Client::join(&there, &ben(), 2).await;
    let mut ada = Client::join(&here, &ada(), 1).await;
    ada.show(7, "{}").await;
    assert_eq!(ben.listen().await.shown_by(1), [(7, ADA)]);
    cyd.listen().await;
    ada.listen().await;

    // As clients do: they send on whatever has changed.
    ben.send(presence([(1, 7, ADA)])).await;
    for client in [&mut ada, &mut ben, &mut cyd] {
        let heard = client.listen().await;
        assert_eq!(heard.shown_by(1), []);
        assert_eq!(heard.close, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_quiet_connection_gets_something_every_15_seconds() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    tokio::time::sleep(Duration::from_secs(32)).await;
    assert!(ada.listen().await.messages.len() >= 2);
}

#[tokio::test(start_paused = true)]
async fn a_connection_gets_something_every_15_seconds_also_while_the_room_waits_for_its_store() {
    let world = World::new().await;
    let patience = Duration::from_secs(600);
    let node = world.node_with(|options| options.store_patience = patience);
    let mut ada = Client::join(&node, &ada(), 1).await;
    let mut ben = Client::join(&node, &ben(), 7).await;
    ben.listen().await;
    ada.listen().await;
    is_claimed_elsewhere(&world, &node, 7).await;
    // The room has to look whose the client id is.
    world.store.hold_back_loads(true);
    ben.write("By somebody else. ").await;
    let silence = ada.listen_for(Duration::from_secs(17));
    let silence = tokio::time::timeout(Duration::from_secs(120), silence).await;
    assert!(silence.is_err(), "heard, and then nothing: {silence:?}");
    world.store.hold_back_loads(false);
    assert_eq!(ada.listen().await.close, None);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_has_no_room_tells_who_is_there_on_others_and_disturbs_nobody() {
    let world = World::new().await;
    let nodes = [world.node(), world.node(), world.node()];
    let mut ada = Client::join(&nodes[0], &ada(), 1).await;
    let mut ben = Client::join(&nodes[1], &ben(), 2).await;
    assert_eq!(nodes[2].hub.presence(world.post).await, []);
    ada.show(7, "{}").await;
    ben.show(7, "{}").await;
    ada.listen().await;
    ben.listen().await;

    let who = nodes[2].hub.presence(world.post).await;
    assert_eq!(who, [present("ada", "Ada"), present("ben", "Ben")]);
    assert!(ada.listen().await.messages.is_empty());
    drop(ben);
    ada.listen().await;
    let who = nodes[2].hub.presence(world.post).await;
    assert_eq!(who, [present("ada", "Ada")]);
}

#[tokio::test(start_paused = true)]
async fn who_stays_is_told_of_on_other_nodes_for_as_long_as_they_do() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let ada = Client::join(&here, &ada(), 1).await;
    for clock in 1..6 {
        ada.show(clock, "{}").await;
        tokio::time::sleep(Duration::from_secs(20)).await;
        let who = there.hub.presence(world.post).await;
        assert_eq!(who, [present("ada", "Ada")]);
    }
    // Whoever is not renewed is gone, from there too.
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(there.hub.presence(world.post).await, []);
}

#[tokio::test(start_paused = true)]
async fn where_presence_is_away_nobody_is_told_of_and_later_everybody_is() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let mut ben = Client::join(&here, &ben(), 2).await;
    world.presence.go_away(true);
    let mut ada = Client::join(&here, &ada(), 1).await;
    ada.show(7, "{}").await;
    assert_eq!(ben.listen().await.shown_by(1), [(7, ADA)]);
    assert_eq!(there.hub.presence(world.post).await, []);
    let who = here.hub.presence(world.post).await;
    assert_eq!(who, [present("ada", "Ada")]);

    world.presence.go_away(false);
    ada.listen_for(Duration::from_secs(2)).await;
    let who = there.hub.presence(world.post).await;
    assert_eq!(who, [present("ada", "Ada")]);
}

#[tokio::test(start_paused = true)]
async fn a_room_that_nobody_is_in_closes_also_while_presence_is_away() {
    let world = World::new().await;
    let node = world.node();
    let ada = Client::join(&node, &ada(), 1).await;
    ada.show(7, "{}").await;
    until(async || world.presence.who(world.post).await.unwrap().len() == 1).await;
    assert!(node.has_room().await);
    world.presence.go_away(true);
    drop(ada);
    until(async || !node.has_room().await).await;
}

#[tokio::test(start_paused = true)]
async fn a_node_whose_room_is_closing_tells_who_is_there_on_others() {
    let world = World::new().await;
    let patience = Duration::from_secs(10);
    let here = world.node_with(|options| options.store_patience = patience);
    let there = world.node();
    let ada = Client::join(&there, &ada(), 1).await;
    ada.show(7, "{}").await;
    let ben = Client::join(&here, &ben(), 7).await;
    is_claimed_elsewhere(&world, &here, 7).await;
    // The room has to look whose the client id is, and closes, as it cannot.
    world.store.hold_back_loads(true);
    ben.write("By somebody else. ").await;
    tokio::time::sleep(patience / 2).await;
    let who = here.hub.presence(world.post).await;
    assert_eq!(who, [present("ada", "Ada")]);
}

#[tokio::test(start_paused = true)]
async fn nobody_sees_a_cursor_under_a_client_id_that_is_anothers_on_another_node() {
    let world = World::new().await;
    let (here, there) = (world.node(), world.node());
    let mut ben = Client::join(&here, &ben(), 2).await;
    let mut cyd = Client::join(&there, &cyd(), 3).await;
    let mut impostor = Client::join(&here, &ada(), 7).await;
    is_claimed_elsewhere(&world, &here, 7).await;

    impostor.show(1, "{}").await;
    assert_eq!(impostor.listen().await.close, Some(Close::Forbidden));
    for client in [&mut ben, &mut cyd] {
        assert_eq!(client.listen().await.shown_by(7), []);
    }
}

/// What a node tells others of where Ada is, who shows herself under client id 1; not that the id is hers.
async fn said_of_ada_by_a_node() -> Vec<Bytes> {
    let world = World::new().await;
    let node = world.node();
    let topic = format!("collab:{}", world.post);
    let mut messages = world.transport.subscribe(&topic).await.unwrap();
    let ada = Client::join(&node, &ada(), 1).await;
    ada.show(7, "{}").await;
    let mut said = vec![];
    while let Ok(message) = timeout(Duration::from_secs(1), messages.next()).await {
        match message {
            Some(Delivery::Message(bytes)) if says_who(&bytes) => said.push(bytes),
            _ => {}
        }
    }
    said
}

/// Whether it has Ada's name in it.
fn says_who(message: &[u8]) -> bool {
    let name = br#""name":"Ada""#;
    message.windows(name.len()).any(|part| part == name)
}

/// Another node says so of this document.
async fn say(world: &World, said: Vec<Bytes>) {
    let topic = format!("collab:{}", world.post);
    for message in said {
        world.transport.publish(&topic, message).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_another_node_says_of_a_client_id_that_is_anothers_is_passed_over() {
    let said = said_of_ada_by_a_node().await;
    let world = World::new().await;
    let node = world.node();
    let mut owner = Client::join(&node, &ben(), 1).await;
    let mut cyd = Client::join(&node, &cyd(), 3).await;
    owner.write("Mine. ").await;
    owner.listen().await;
    cyd.listen().await;
    say(&world, said).await;
    assert_eq!(cyd.listen().await.shown_by(1), []);
    owner.show(1, "{}").await;
    assert_eq!(cyd.listen().await.shown_by(1).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cursor_on_another_node_makes_a_client_id_nobodys() {
    let said = said_of_ada_by_a_node().await;
    let world = World::new().await;
    let node = world.node();
    let mut cyd = Client::join(&node, &cyd(), 3).await;
    say(&world, said).await;
    assert_eq!(cyd.listen().await.shown_by(1), [(7, ADA)]);
    let mut ben = Client::join(&node, &ben(), 1).await;
    ben.write("Mine. ").await;
    assert_eq!(ben.listen().await.close, None);
}

#[tokio::test(start_paused = true)]
async fn where_200_move_at_once_each_hears_of_all_of_them_in_a_few_frames() {
    const CLIENTS: u64 = 200;
    let node = World::new().await.node();
    let mut clients = vec![];
    for client in 1..=CLIENTS {
        clients.push(Client::bring(&node, &ada(), Yjs::new(client)).await);
    }
    for clock in 1..4 {
        for client in &clients {
            client
                .show(clock, &format!(r#"{{"cursor":{clock}}}"#))
                .await;
        }
        // All at once: who is not heard for 30 seconds is gone.
        for heard in join_all(clients.iter_mut().map(Client::listen)).await {
            let moved = (1..=CLIENTS).filter(|client| !heard.shown_by(*client).is_empty());
            assert_eq!(moved.count() as u64, CLIENTS);
            assert!(heard.messages.len() <= 5, "{}", heard.messages.len());
        }
    }
}
