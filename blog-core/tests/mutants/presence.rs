use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use blog_core::conformance::presence_cases;
use blog_core::domain::PostId;
use blog_core::memory::MemoryPresence;
use blog_core::ports::{Presence, Present};
use blog_core::{Error, Result};
use tokio::time::Instant;
use uuid::Uuid;

use crate::node::{Faults, Mutant, Node};
use crate::{each_is_caught, passes};
use Fault::*;

/// One way in which what knows who is in which room breaks its promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    KeepsTheFirstWord,
    KeepsACopyOnEachNode,
    AddsToWhatWasSaid,
    TellsOfEachAsOften,
    TellsInNoOrder,
    CutsIds,
    EndsNamesAtNothing,
    TellsOfAHundred,
    TellsOfTheLastNode,

    HoldsForEver,
    HoldsForTheFirstTime,
    HoldsForTheLongestTime,
    HoldsForAllNodesAtOnce,
    RefusesLongTimes,
    TakesNoTimeForEver,

    TakesBackForAllNodes,
    CutsNumbersOfNodes,
    MixesDocuments,

    AnswersNobodyWhileAway,
    HangsWhileAway,
    StaysAway,
}

/// What is broken, the promise that this breaks, and the case that finds it.
const MUTANTS: &[(Fault, u8, &str)] = &[
    (
        KeepsTheFirstWord,
        1,
        "saying::what_a_node_said_last_is_told_on_every_node",
    ),
    (
        KeepsACopyOnEachNode,
        1,
        "faults::what_was_forgotten_is_nothing_and_can_be_said_again",
    ),
    (
        AddsToWhatWasSaid,
        1,
        "saying::what_a_node_said_last_is_told_on_every_node",
    ),
    (
        TellsOfEachAsOften,
        1,
        "saying::nodes_are_told_of_together_and_each_person_once",
    ),
    (
        TellsInNoOrder,
        1,
        "saying::nodes_are_told_of_together_and_each_person_once",
    ),
    (
        TellsOfTheLastNode,
        1,
        "saying::nodes_are_told_of_together_and_each_person_once",
    ),
    (CutsIds, 1, "saying::ids_and_names_come_back_as_they_were"),
    (
        EndsNamesAtNothing,
        1,
        "saying::ids_and_names_come_back_as_they_were",
    ),
    (TellsOfAHundred, 1, "saying::a_crowd_is_told_of_whole"),
    (HoldsForEver, 2, "holding::who_is_not_renewed_is_gone"),
    (HoldsForTheFirstTime, 2, "holding::who_is_renewed_stays"),
    (
        HoldsForTheLongestTime,
        2,
        "holding::a_shorter_word_ends_a_longer_one",
    ),
    (
        HoldsForAllNodesAtOnce,
        2,
        "holding::one_nodes_word_does_not_hold_for_another",
    ),
    (RefusesLongTimes, 2, "holding::any_time_can_be_asked_for"),
    (TakesNoTimeForEver, 2, "holding::any_time_can_be_asked_for"),
    (
        TakesBackForAllNodes,
        3,
        "saying::what_a_node_takes_back_others_still_say",
    ),
    (
        CutsNumbersOfNodes,
        3,
        "saying::what_a_node_takes_back_others_still_say",
    ),
    (MixesDocuments, 3, "saying::documents_are_apart"),
    (
        AnswersNobodyWhileAway,
        4,
        "faults::what_is_away_says_so_and_works_again",
    ),
    (StaysAway, 4, "faults::what_is_away_says_so_and_works_again"),
    (HangsWhileAway, 4, "faults::what_is_frozen_holds_no_call_up"),
];

#[tokio::test(start_paused = true)]
async fn each_mutant_is_caught_by_its_case() {
    let broken = |fault| Mutant::with(Some(fault));
    each_is_caught(MUTANTS, &presence_cases(), broken).await;
}

#[tokio::test(start_paused = true)]
async fn without_a_fault_every_case_passes() {
    passes(&presence_cases(), &Mutant::<Fault>::with(None)).await;
}

#[derive(Debug, Default)]
struct Home {
    presence: Mutex<MemoryPresence>,
    first_end: Mutex<Option<Instant>>,
    longest: Mutex<Duration>,
    nodes: Mutex<Vec<u64>>,
}

impl Faults for Fault {
    const HANGS: Self = HangsWhileAway;
    const STAYS_AWAY: Self = StaysAway;

    type Port = dyn Presence;
    type Home = Home;

    fn open(node: Node<Self>) -> Arc<dyn Presence> {
        let copy = Mutex::default();
        Arc::new(Broken { node, copy })
    }

    fn is_emptied(home: &Home) {
        *home.presence.lock().unwrap() = MemoryPresence::default();
    }
}

#[derive(Debug)]
struct Broken {
    node: Node<Fault>,
    copy: Mutex<Vec<Present>>,
}

impl Broken {
    fn presence(&self) -> MemoryPresence {
        self.node.home().presence.lock().unwrap().clone()
    }

    fn document(&self, document: PostId) -> PostId {
        if self.node.has(MixesDocuments) {
            PostId::from_uuid(Uuid::nil())
        } else {
            document
        }
    }

    fn number(&self, node: u64) -> u64 {
        match () {
            () if self.node.has(CutsNumbersOfNodes) => node & u64::from(u32::MAX),
            () if self.node.has(TellsOfTheLastNode) => 0,
            () => node,
        }
    }

    fn present(&self, mut present: Present) -> Present {
        if self.node.has(CutsIds) {
            present.id = present.id.chars().take(250).collect();
        } else if self.node.has(EndsNamesAtNothing) {
            let end = present.name.find('\0').unwrap_or(present.name.len());
            present.name.truncate(end);
        }
        present
    }

    fn time(&self, holds: Duration) -> Result<Duration> {
        let home = self.node.home();
        match () {
            () if self.node.has(HoldsForEver) => Ok(Duration::MAX),
            () if self.node.has(TakesNoTimeForEver) && holds < Duration::from_millis(1) => {
                Ok(Duration::MAX)
            }
            () if self.node.has(RefusesLongTimes) && holds > Duration::from_hours(720) => {
                Err(Error::invalid_field("holds", "is longer than 30 days"))
            }
            () if self.node.has(HoldsForTheFirstTime) => {
                let (mut first, now) = (home.first_end.lock().unwrap(), Instant::now());
                Ok(*first.get_or_insert(now + holds) - now)
            }
            () if self.node.has(HoldsForTheLongestTime) => {
                let mut longest = home.longest.lock().unwrap();
                *longest = holds.max(*longest);
                Ok(*longest)
            }
            () => Ok(holds),
        }
    }
}

#[async_trait]
impl Presence for Broken {
    async fn show(
        &self,
        document: PostId,
        node: u64,
        here: &[Present],
        holds: Duration,
    ) -> Result<()> {
        self.node.reach().await?;
        let (presence, document, node) =
            (self.presence(), self.document(document), self.number(node));
        let holds = self.time(holds)?;
        let mut here: Vec<_> = here.iter().map(|it| self.present(it.clone())).collect();
        let before = presence.who(document).await?;
        if self.node.has(KeepsTheFirstWord) && !before.is_empty() {
            return Ok(());
        }
        if self.node.has(AddsToWhatWasSaid) {
            here.extend(before.clone());
        } else if self.node.has(KeepsACopyOnEachNode) {
            self.copy.lock().unwrap().clone_from(&here);
        }
        self.node.home().nodes.lock().unwrap().push(node);
        if self.node.has(TakesBackForAllNodes) && here.is_empty() {
            let nodes = self.node.home().nodes.lock().unwrap().clone();
            for node in nodes {
                presence.show(document, node, &[], holds).await?;
            }
        }
        if self.node.has(HoldsForAllNodesAtOnce) {
            let nodes = self.node.home().nodes.lock().unwrap().clone();
            for other in nodes.into_iter().filter(|other| *other != node) {
                presence.show(document, other, &before, holds).await?;
            }
        }
        presence.show(document, node, &here, holds).await
    }

    async fn who(&self, document: PostId) -> Result<Vec<Present>> {
        let reached = self.node.reach().await;
        if reached.is_err() && self.node.has(AnswersNobodyWhileAway) {
            return Ok(vec![]);
        }
        reached?;
        let mut who = self.presence().who(self.document(document)).await?;
        match self.node.fault() {
            Some(TellsOfEachAsOften) => who.extend(who.last().cloned()),
            Some(TellsInNoOrder) => who.reverse(),
            Some(TellsOfAHundred) => who.truncate(100),
            Some(KeepsACopyOnEachNode) if who.is_empty() => {
                who.clone_from(&self.copy.lock().unwrap());
            }
            _ => {}
        }
        Ok(who)
    }
}
