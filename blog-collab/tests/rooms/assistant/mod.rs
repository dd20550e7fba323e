//! A language model that writes in a room, as those who are there see it.

mod blocks;
mod ending;
mod taking_part;

use std::time::Duration;

use blog_collab::{Assist, Run, RunState};
use blog_core::memory::{ScriptedModel, ScriptedReply};
use blog_core::ports::StopReason;

use crate::world::{Node, World, ada, ben};

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
