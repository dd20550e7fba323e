use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use super::step::{Step, Write};
use crate::conformance::runner::{Verdict, Violation};

/// A failure is worth knowing before its shortest form is.
const LONGEST: Duration = Duration::from_secs(60);

/// Makes a failing script shorter until it passes without any one of its steps, and tells how it
/// fails then.
pub(super) async fn shortest<Attempt: Future<Output = Verdict>>(
    mut script: Vec<Step>,
    mut violation: Violation,
    attempt: impl Fn(Vec<Step>) -> Attempt,
) -> (Vec<Step>, Violation) {
    let deadline = Instant::now() + LONGEST;
    let mut place = script.len();
    while let Some(before) = place.checked_sub(1) {
        place = before;
        for simpler in simpler(&script[place]) {
            if Instant::now() > deadline {
                return (script, violation);
            }
            let mut shorter = script.clone();
            shorter.splice(place..=place, simpler);
            if let Err(again) = attempt(shorter.clone()).await {
                (script, violation) = (shorter, again);
                // What was needed for this step may be needed no longer.
                place = script.len();
                break;
            }
        }
    }
    (script, violation)
}

/// What may stand in place of a step and says less.
fn simpler(step: &Step) -> Vec<Vec<Step>> {
    let mut simpler = vec![vec![]];
    match step {
        Step::Commit(write) => simpler.extend(plain(write).map(|write| vec![Step::Commit(write)])),
        Step::Together(writes) => {
            let mut one_by_one = writes.iter().cloned().map(Step::Commit);
            simpler.extend(one_by_one.clone().map(|commit| vec![commit]));
            simpler.push(one_by_one.by_ref().collect());
            if writes.len() > 2 {
                simpler.extend((0..writes.len()).map(|left_out| {
                    let mut fewer = writes.clone();
                    fewer.remove(left_out);
                    vec![Step::Together(fewer)]
                }));
            }
        }
        _ => {}
    }
    simpler
}

/// The same write with nothing that travels in it, unless it is that already.
fn plain(write: &Write) -> Option<Write> {
    let plain = Write {
        key: None,
        lease: None,
        checkpoint: None,
        ..write.clone()
    };
    (plain != *write).then_some(plain)
}
