use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use blog_core::Result;
use blog_core::conformance::{AdmissionFixture, Setup, admission_cases};
use blog_core::domain::{Actor, AuthorId, PostId, Role};
use blog_core::memory::MemoryAdmission;
use blog_core::ports::Admission;
use tokio::task::yield_now;

use crate::node::{Faults, Mutant, Node};
use crate::{each_is_caught, passes};
use Fault::*;

/// One way in which what knows who may still be in rooms breaks its promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    AnswersAsTheyCame,
    KeepsTheirNames,
    RemembersAnswers,
    LetsInWhoWasDismissed,
    DismissesForEver,

    FoldsTheCaseOfIds,
    TrimsIds,

    ChangesEverybody,
    DismissesEverybody,
    MixesAnswers,

    LetsInWhileAway,
    DismissesWhileAway,
    HangsWhileAway,
    StaysAway,
}

const AWAY: &str = "faults::where_nothing_is_known_the_answer_is_neither_yes_nor_no";

/// What is broken, the promise that this breaks, and the case that finds it.
const MUTANTS: &[(Fault, u8, &str)] = &[
    (
        AnswersAsTheyCame,
        1,
        "answers::an_actor_is_who_they_are_by_now",
    ),
    (
        KeepsTheirNames,
        1,
        "answers::an_actor_is_who_they_are_by_now",
    ),
    (
        RemembersAnswers,
        1,
        "answers::what_changes_is_seen_on_every_node",
    ),
    (
        LetsInWhoWasDismissed,
        1,
        "answers::who_is_dismissed_is_let_in_no_more_until_they_are_back",
    ),
    (
        DismissesForEver,
        1,
        "answers::who_is_dismissed_is_let_in_no_more_until_they_are_back",
    ),
    (
        FoldsTheCaseOfIds,
        2,
        "answers::an_answer_is_of_the_actor_that_was_asked_about",
    ),
    (
        TrimsIds,
        2,
        "answers::an_answer_is_of_the_actor_that_was_asked_about",
    ),
    (
        ChangesEverybody,
        3,
        "answers::what_changes_for_one_changes_for_no_other",
    ),
    (
        DismissesEverybody,
        3,
        "answers::what_changes_for_one_changes_for_no_other",
    ),
    (
        MixesAnswers,
        3,
        "answers::of_many_asked_about_at_once_each_gets_their_own_answer",
    ),
    (LetsInWhileAway, 4, AWAY),
    (DismissesWhileAway, 4, AWAY),
    (HangsWhileAway, 4, AWAY),
    (StaysAway, 4, AWAY),
];

#[tokio::test(start_paused = true)]
async fn each_mutant_is_caught_by_its_case() {
    let broken = |fault| Mutant::with(Some(fault));
    each_is_caught(MUTANTS, &admission_cases(), broken).await;
}

#[tokio::test(start_paused = true)]
async fn without_a_fault_every_case_passes() {
    passes(&admission_cases(), &Mutant::<Fault>::with(None)).await;
}

#[derive(Debug, Default)]
struct Home {
    admission: MemoryAdmission,
    dismissed: Mutex<Vec<AuthorId>>,
    changed: Mutex<Option<Role>>,
    answered: Mutex<HashMap<AuthorId, Option<Actor>>>,
    asked_last: Mutex<Option<Actor>>,
}

impl Faults for Fault {
    const HANGS: Self = HangsWhileAway;
    const STAYS_AWAY: Self = StaysAway;

    type Port = dyn Admission;
    type Home = Home;

    fn open(node: Node<Self>) -> Arc<dyn Admission> {
        Arc::new(Broken(node))
    }
}

impl AdmissionFixture for Mutant<Fault> {
    async fn change(&self, place: &Self::Place, user: Actor) -> Setup<()> {
        *place.home.changed.lock().unwrap() = user.roles.first().copied();
        place.home.admission.change(user);
        Ok(())
    }

    async fn dismiss(&self, place: &Self::Place, user: &AuthorId) -> Setup<()> {
        place.home.dismissed.lock().unwrap().push(user.clone());
        place.home.admission.dismiss(user);
        Ok(())
    }
}

#[derive(Debug)]
struct Broken(Node<Fault>);

#[async_trait]
impl Admission for Broken {
    async fn admit(&self, actor: &Actor, document: PostId) -> Result<Option<Actor>> {
        let home = self.0.home();
        let reached = self.0.reach().await;
        match (reached, self.0.fault()) {
            (Err(_), Some(LetsInWhileAway)) => return Ok(Some(actor.clone())),
            (Err(_), Some(DismissesWhileAway)) => return Ok(None),
            (reached, _) => reached?,
        }
        let mut asked = actor.clone();
        match self.0.fault() {
            Some(FoldsTheCaseOfIds) => asked.id = asked.id.to_lowercase(),
            Some(TrimsIds) => asked.id = asked.id.trim().to_owned(),
            Some(MixesAnswers) => {
                *home.asked_last.lock().unwrap() = Some(asked);
                yield_now().await;
                let last = home.asked_last.lock().unwrap().clone();
                asked = last.unwrap_or_else(|| actor.clone());
            }
            _ => {}
        }
        let answer = home.admission.admit(&asked, document).await?;
        let was_dismissed = home.dismissed.lock().unwrap().contains(&asked.id);
        let is_anybody_dismissed = !home.dismissed.lock().unwrap().is_empty();
        Ok(match self.0.fault() {
            Some(AnswersAsTheyCame) => answer.map(|_| actor.clone()),
            Some(KeepsTheirNames) => answer.map(|mut answer| {
                answer.name.clone_from(&actor.name);
                answer
            }),
            Some(RemembersAnswers) => {
                let mut answered = home.answered.lock().unwrap();
                answered.entry(asked.id).or_insert(answer).clone()
            }
            Some(LetsInWhoWasDismissed) => Some(answer.unwrap_or(asked)),
            Some(DismissesForEver) if was_dismissed => None,
            Some(DismissesEverybody) if is_anybody_dismissed => None,
            Some(ChangesEverybody) => answer.map(|mut answer| {
                answer.roles = home.changed.lock().unwrap().iter().copied().collect();
                answer
            }),
            _ => answer,
        })
    }
}
