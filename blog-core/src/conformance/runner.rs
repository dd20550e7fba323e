use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};

use super::fixture::{Setup, SetupError, StorageFixture};
use super::storage;
use crate::ports::Storage;

/// No case takes longer than this on a working backend.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why a case did not pass.
#[derive(Debug)]
#[non_exhaustive]
pub enum Violation {
    /// The backend did something else.
    Broke {
        /// Number of the promise in the docs of [`Storage`].
        promise: u8,
        /// What the promise says.
        expected: String,
        /// What was seen.
        saw: String,
    },
    /// The fixture could not provide what the case needs.
    NotRun(String),
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broke {
                promise,
                expected,
                saw,
            } => {
                write!(
                    formatter,
                    "broke promise {promise}: expected {expected}, saw {saw}"
                )
            }
            Self::NotRun(why) => write!(formatter, "not run ({why}): provide it, or waive it"),
        }
    }
}

impl From<SetupError> for Violation {
    fn from(error: SetupError) -> Self {
        Self::NotRun(error.to_string())
    }
}

pub(super) type Verdict = Result<(), Violation>;

/// Fails with the promise's number unless what was seen is what is expected.
pub(super) fn expect<T: PartialEq + fmt::Debug>(promise: u8, saw: T, expected: T) -> Verdict {
    if saw == expected {
        return Ok(());
    }
    Err(Violation::Broke {
        promise,
        expected: format!("{expected:?}"),
        saw: format!("{saw:?}"),
    })
}

/// Fails with the promise's number if the storage answered with an error.
pub(super) fn succeed<T>(promise: u8, answer: crate::Result<T>) -> Result<T, Violation> {
    answer.map_err(|error| Violation::Broke {
        promise,
        expected: "success".to_owned(),
        saw: format!("{error:?}"),
    })
}

/// A place that a case works in.
pub(super) struct World<'a, F: StorageFixture> {
    fixture: &'a F,
    place: F::Place,
}

impl<F: StorageFixture> World<'_, F> {
    /// The storage, as one more node.
    pub(super) async fn open(&self) -> Setup<Arc<dyn Storage>> {
        self.fixture.open(&self.place).await
    }

    /// A storage in another, empty place.
    pub(super) async fn elsewhere(&self) -> Setup<Arc<dyn Storage>> {
        self.fixture.open(&self.fixture.place().await?).await
    }

    /// Cuts the power.
    pub(super) async fn crash(&self) -> Setup<()> {
        self.fixture.crash(&self.place).await
    }
}

type Run<F> = for<'a> fn(&'a World<'a, F>) -> Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

/// One case of the suite.
pub struct Case<F: StorageFixture> {
    pub(super) name: &'static str,
    pub(super) promise: u8,
    pub(super) run: Run<F>,
}

impl<F: StorageFixture> fmt::Debug for Case<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Case")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<F: StorageFixture> Case<F> {
    /// Its name: what the user can rely on.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Number of the promise that it proves.
    #[must_use]
    pub const fn promise(&self) -> u8 {
        self.promise
    }

    /// Runs it in a place of its own.
    ///
    /// # Errors
    /// Why it did not pass.
    pub async fn run(&self, fixture: &F) -> Result<(), Violation> {
        let place = fixture.place().await?;
        let world = World {
            fixture,
            place: place.clone(),
        };
        match tokio::time::timeout(PATIENCE, (self.run)(&world)).await {
            Ok(verdict) => verdict?,
            Err(_) => {
                return Err(Violation::Broke {
                    promise: self.promise,
                    expected: "an answer".to_owned(),
                    saw: format!("none within {PATIENCE:?}"),
                });
            }
        }
        Ok(fixture.remove(place).await?)
    }
}

/// The one list of cases.
#[must_use]
pub fn storage_cases<F: StorageFixture>() -> Vec<Case<F>> {
    storage::cases()
}

/// Runs the suite under the arguments of `cargo test`.
pub fn run_storage<F: StorageFixture>(fixture: F) -> ExitCode {
    let fixture = Arc::new(fixture);
    let mut trials = Vec::new();
    for waiver in fixture.waivers() {
        if storage_cases::<F>()
            .iter()
            .all(|case| case.name != waiver.case)
        {
            let message = format!("no case is named {}", waiver.case);
            trials.push(Trial::test(waiver.case, move || Err(Failed::from(message))));
        }
    }
    for case in storage_cases::<F>() {
        let fixture = Arc::clone(&fixture);
        let waiver = fixture
            .waivers()
            .iter()
            .find(|waiver| waiver.case == case.name)
            .copied();
        let name = match waiver {
            Some(waiver) => format!("{} [waived: {}]", case.name, waiver.reason),
            None => case.name.to_owned(),
        };
        trials.push(Trial::test(name, move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .map_err(|error| Failed::from(error.to_string()))?;
            let verdict = runtime.block_on(case.run(&fixture));
            match (verdict, waiver) {
                (Ok(()), None) | (Err(_), Some(_)) => Ok(()),
                (Ok(()), Some(_)) => Err(Failed::from("passes: remove its waiver")),
                (Err(violation), None) => Err(Failed::from(format!("{}: {violation}", F::NAME))),
            }
        }));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
