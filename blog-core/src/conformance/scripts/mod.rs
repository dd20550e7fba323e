//! Random scripts, on a backend and on the oracle side by side.

mod orders;
mod reasons;
mod run;
mod shrink;
mod snapshot;
mod step;
mod write;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::fixture::StorageFixture;
use super::runner::{Verdict, Violation, patiently};
use super::world::World;
use shrink::shortest;
use step::Step;

const VARIABLE: &str = "BLOG_CONFORMANCE_SCRIPTS";
const SCRIPTS: u32 = 32;

pub(super) async fn random_commits_answer_like_the_oracle<F: StorageFixture>(
    fixture: &F,
) -> Verdict {
    // The same scripts in every run: what failed once can be run again.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    for _ in 0..how_many()? {
        let script = step::scripts()
            .new_tree(&mut runner)
            .map_err(|reason| Violation::NotRun(reason.to_string()))?
            .current();
        if let Err(violation) = attempt(fixture, script.clone()).await {
            let again = |script| attempt(fixture, script);
            let (script, violation) = shortest(script, violation, again).await;
            return Err(with_script(violation, &script));
        }
    }
    Ok(())
}

fn how_many() -> Result<u32, Violation> {
    match std::env::var(VARIABLE) {
        Err(_) => Ok(SCRIPTS),
        Ok(text) => text
            .parse()
            .map_err(|_| Violation::NotRun(format!("{VARIABLE} is no number"))),
    }
}

async fn attempt<F: StorageFixture>(fixture: &F, script: Vec<Step>) -> Verdict {
    let world = World::new(fixture).await?;
    patiently(1, run::run(&world, &script)).await?;
    Ok(world.remove().await?)
}

fn with_script(violation: Violation, script: &[Step]) -> Violation {
    match violation {
        Violation::Broke {
            promise,
            expected,
            saw,
        } => {
            let steps = (1..).zip(script);
            let steps: String = steps
                .map(|(number, step)| format!("\n{number}. {step:?}"))
                .collect();
            Violation::Broke {
                promise,
                expected,
                saw: format!("{saw}, after the script{steps}"),
            }
        }
        other => other,
    }
}
