use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use blog_core::conformance::embedder_cases;
use blog_core::memory::HashingEmbedder;
use blog_core::ports::Embedder;
use blog_core::{Error, Result};

use crate::node::{Faults, Mutant, Node};
use crate::{each_is_caught, passes};
use Fault::*;

/// One way in which an embedder breaks its promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    LeavesEmptyTextsOut,
    KeepsTheLength,
    CutsShortTextsShort,
    SaysNotANumber,
    TurnsTheOrder,

    DependsOnTheCall,
    DependsOnTheNeighbours,

    TakesNoMoreThan2048,
    ForgetsTheRest,

    InventsWhileAway,
    HangsWhileAway,
    StaysAway,
}

const EACH: &str = "vectors::there_is_one_of_length_1_for_each_text";
const AWAY: &str = "faults::an_embedder_that_is_away_says_so_and_works_again";

/// What is broken, the promise that this breaks, and the case that finds it.
const MUTANTS: &[(Fault, u8, &str)] = &[
    (LeavesEmptyTextsOut, 1, EACH),
    (KeepsTheLength, 1, EACH),
    (CutsShortTextsShort, 1, EACH),
    (SaysNotANumber, 1, EACH),
    (
        TurnsTheOrder,
        1,
        "vectors::vectors_are_in_the_order_of_texts",
    ),
    (
        DependsOnTheNeighbours,
        1,
        "vectors::vectors_are_in_the_order_of_texts",
    ),
    (
        DependsOnTheCall,
        2,
        "vectors::a_text_has_the_same_direction_in_every_call",
    ),
    (
        TakesNoMoreThan2048,
        3,
        "vectors::any_number_of_texts_may_be_asked_for",
    ),
    (
        ForgetsTheRest,
        3,
        "vectors::any_number_of_texts_may_be_asked_for",
    ),
    (InventsWhileAway, 4, AWAY),
    (HangsWhileAway, 4, AWAY),
    (StaysAway, 4, AWAY),
];

#[tokio::test(start_paused = true)]
async fn each_mutant_is_caught_by_its_case() {
    each_is_caught(MUTANTS, &embedder_cases(), |fault| {
        Mutant::with(Some(fault))
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn without_a_fault_every_case_passes() {
    passes(&embedder_cases(), &Mutant::<Fault>::with(None)).await;
}

impl Faults for Fault {
    const HANGS: Self = HangsWhileAway;
    const STAYS_AWAY: Self = StaysAway;

    type Port = dyn Embedder;
    type Home = AtomicUsize;

    fn open(node: Node<Self>) -> Arc<dyn Embedder> {
        Arc::new(Broken(node))
    }
}

#[derive(Debug)]
struct Broken(Node<Fault>);

#[async_trait]
impl Embedder for Broken {
    fn name(&self) -> &'static str {
        "broken"
    }

    async fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        if !self.0.has(InventsWhileAway) {
            self.0.reach().await?;
        }
        let mut texts = texts.to_vec();
        let mut vectors = HashingEmbedder.embed(&texts).await?;
        match self.0.fault() {
            Some(LeavesEmptyTextsOut) => {
                texts.retain(|text| !text.is_empty());
                vectors = HashingEmbedder.embed(&texts).await?;
            }
            Some(KeepsTheLength) => {
                for (vector, text) in vectors.iter_mut().zip(&texts) {
                    vector
                        .iter_mut()
                        .for_each(|part| *part *= text.len() as f32);
                }
            }
            Some(CutsShortTextsShort) => {
                for (vector, text) in vectors.iter_mut().zip(&texts) {
                    if text.len() > 20 {
                        vector.push(0.0);
                    }
                }
            }
            Some(SaysNotANumber) => vectors[0][0] = f32::NAN,
            Some(TurnsTheOrder) => vectors.reverse(),
            Some(DependsOnTheCall) => {
                let calls = self.0.home().fetch_add(1, Ordering::SeqCst);
                vectors
                    .iter_mut()
                    .for_each(|vector| vector.rotate_left(calls));
            }
            Some(DependsOnTheNeighbours) => {
                let count = vectors.len();
                vectors
                    .iter_mut()
                    .for_each(|vector| vector.rotate_left(count));
            }
            Some(TakesNoMoreThan2048) if texts.len() > 2_048 => {
                return Err(Error::invalid_field("texts", "are too many"));
            }
            Some(ForgetsTheRest) => vectors
                .iter_mut()
                .skip(1_000)
                .for_each(|vector| vector.rotate_left(1)),
            _ => {}
        }
        Ok(vectors)
    }
}
