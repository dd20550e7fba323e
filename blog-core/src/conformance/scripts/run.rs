//! One script, on a backend and on the oracle side by side.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::orders::orders;
use super::reasons::reasons;
use super::snapshot::Snapshot;
use super::step::{Step, Write};
use super::write::changes;
use crate::conformance::fixture::{SetupError, StorageFixture};
use crate::conformance::runner::{Verdict, Violation, expect, succeed};
use crate::conformance::storage::sample::time;
use crate::conformance::world::World;
use crate::domain::Seq;
use crate::error::{ErrorKind, Result};
use crate::memory::MemoryStorage;
use crate::ports::{Changes, Committed, DeadLetter, Lease, Storage};

const SECONDS_A_STEP: u32 = 10;

type Answer = Result<Seq, ErrorKind>;

/// A lease as each side gave it: the tokens need not be the same.
#[derive(Clone)]
struct Grant {
    holder: u32,
    oracle: Lease,
    backend: Lease,
}

struct Sides<'a, F: StorageFixture> {
    world: &'a World<'a, F>,
    /// Steps take turns, so that each node sees what the other did.
    nodes: [Arc<dyn Storage>; 2],
    oracle: MemoryStorage,
    grants: Vec<Grant>,
}

/// Runs a script in a place of its own.
pub(super) async fn run<F: StorageFixture>(world: &World<'_, F>, script: &[Step]) -> Verdict {
    let mut sides = Sides {
        world,
        nodes: [world.open().await?, world.open().await?],
        oracle: MemoryStorage::default(),
        grants: Vec::new(),
    };
    let mut steps = (1..).zip(script).peekable();
    while let Some((number, step)) = steps.next() {
        sides.step(number, step).await?;
        // A look at everything takes its time: a single commit is seen in what follows from it.
        if !matches!(step, Step::Commit(_)) || steps.peek().is_none() {
            let backend = Snapshot::of(&*sides.nodes[0]).await?;
            backend.compare(&Snapshot::of(&sides.oracle).await?)?;
        }
        sides.nodes.reverse();
    }
    Ok(())
}

fn at(step: u32) -> DateTime<Utc> {
    time(i64::from(step * SECONDS_A_STEP))
}

fn answer(committed: Result<Committed>) -> Answer {
    match committed {
        Ok(committed) => Ok(committed.seq),
        Err(error) => Err(error.kind().clone()),
    }
}

impl<F: StorageFixture> Sides<'_, F> {
    async fn step(&mut self, number: u32, step: &Step) -> Verdict {
        let (node, now) = (self.nodes[1].clone(), at(number));
        match step {
            Step::Commit(write) => {
                let (ours, theirs) = self.both(write, now).await?;
                let saw = answer(node.commit(theirs).await);
                explain(&self.oracle, ours, saw).await
            }
            Step::Together(writes) => self.together(writes, now).await,
            Step::TakeLease { holder, steps } => self.take(*holder, now, at(number + steps)).await,
            Step::ReleaseLease { holder } => {
                if let Some(grant) = self.last_grant(*holder) {
                    succeed(7, self.oracle.release_lease(&grant.oracle).await)?;
                    succeed(7, node.release_lease(&grant.backend).await)?;
                }
                Ok(())
            }
            Step::Bury { consumer, after } => {
                let event = succeed(6, self.oracle.events(Seq(*after), 1).await)?.pop();
                if let Some(event) = event {
                    let letter = DeadLetter {
                        consumer: consumer.to_string(),
                        event,
                        error: format!("given up in step {number}"),
                        at: now,
                    };
                    succeed(6, self.oracle.bury(&letter).await)?;
                    succeed(6, node.bury(&letter).await)?;
                }
                Ok(())
            }
            Step::Unbury { consumer, seq } => {
                let consumer = consumer.to_string();
                succeed(6, self.oracle.unbury(&consumer, Seq(*seq)).await)?;
                succeed(6, node.unbury(&consumer, Seq(*seq)).await)
            }
            Step::Purge { steps } => {
                let before = at(number.saturating_sub(*steps));
                succeed(2, self.oracle.purge(before, before).await)?;
                succeed(2, node.purge(before, before).await)
            }
            Step::Reopen => self.reopen().await,
            Step::Crash => {
                match self.world.crash().await {
                    // The cases of durability say so.
                    Err(SetupError::Unsupported(_)) => {}
                    crashed => crashed?,
                }
                self.reopen().await
            }
        }
    }

    async fn reopen(&mut self) -> Verdict {
        self.nodes = [self.world.open().await?, self.world.open().await?];
        Ok(())
    }

    /// The commit as the oracle gets it, and as the backend does.
    async fn both(
        &self,
        write: &Write,
        now: DateTime<Utc>,
    ) -> Result<(Changes, Changes), Violation> {
        let mut ours = succeed(1, changes(write, &self.oracle, now).await)?;
        let mut theirs = ours.clone();
        if let Some(grant) = write.lease.and_then(|holder| self.last_grant(holder)) {
            ours.lease = Some(grant.oracle);
            theirs.lease = Some(grant.backend);
        }
        Ok((ours, theirs))
    }

    /// Makes commits at once, and looks for an order in which the oracle answers all the same.
    async fn together(&mut self, writes: &[Write], now: DateTime<Utc>) -> Verdict {
        let (mut ours, mut tasks) = (Vec::new(), Vec::new());
        for (write, node) in writes.iter().zip(self.nodes.iter().cycle()) {
            let (for_oracle, for_backend) = self.both(write, now).await?;
            let node = Arc::clone(node);
            tasks.push(async move { answer(node.commit(for_backend).await) });
            ours.push(for_oracle);
        }
        let tasks: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
        let mut saw = Vec::new();
        for task in tasks {
            saw.push(task.await?);
        }
        let backend = Snapshot::of(&*self.nodes[0]).await?;
        let mut verdict = Ok(());
        for order in orders(ours.len()) {
            let oracle = self.oracle.fork();
            verdict = in_order(&oracle, &order, &ours, &saw).await;
            if verdict.is_ok() {
                verdict = backend.compare(&Snapshot::of(&oracle).await?);
            }
            if verdict.is_ok() {
                self.oracle = oracle;
                return Ok(());
            }
        }
        verdict
    }

    async fn take(&mut self, holder: u32, now: DateTime<Utc>, until: DateTime<Utc>) -> Verdict {
        let name = holder.to_string();
        let ours = self.oracle.acquire_lease("sweep", &name, now, until).await;
        let theirs = self.nodes[1]
            .acquire_lease("sweep", &name, now, until)
            .await;
        let (ours, theirs) = (succeed(7, ours)?, succeed(7, theirs)?);
        expect(7, theirs.is_some(), ours.is_some())?;
        let (Some(oracle), Some(backend)) = (ours, theirs) else {
            return Ok(());
        };
        let granted = (backend.holder.as_str(), backend.expires_at);
        expect(7, granted, (name.as_str(), until))?;
        if let Some(last) = self.grants.last() {
            let rises = backend.token > last.backend.token;
            expect(7, rises || last.holder == holder, true)?;
        }
        self.grants.push(Grant {
            holder,
            oracle,
            backend,
        });
        Ok(())
    }

    fn last_grant(&self, holder: u32) -> Option<Grant> {
        let mut grants = self.grants.iter().rev();
        grants.find(|grant| grant.holder == holder).cloned()
    }
}

/// Whether the oracle answers these commits, made in this order, as the backend did.
async fn in_order(
    oracle: &MemoryStorage,
    order: &[usize],
    ours: &[Changes],
    saw: &[Answer],
) -> Verdict {
    for place in order {
        explain(oracle, ours[*place].clone(), saw[*place].clone()).await?;
    }
    Ok(())
}

/// Makes the commit on the oracle too, and fails unless that explains what the backend answered.
async fn explain(oracle: &MemoryStorage, changes: Changes, saw: Answer) -> Verdict {
    let reasons = reasons(oracle, changes.clone()).await;
    let expected = answer(oracle.commit(changes).await);
    match (&saw, &expected) {
        (Err(reason), Err(_)) if reasons.contains(reason) => Ok(()),
        (Ok(_), Ok(_)) => expect(2, saw, expected),
        _ => expect(1, saw, expected),
    }
}
