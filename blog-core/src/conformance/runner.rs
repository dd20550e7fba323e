use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::task::JoinError;

use super::fixture::{Fixture, SetupError};

/// No case takes longer than this on a working backend.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why a case did not pass.
#[derive(Debug)]
#[non_exhaustive]
pub enum Violation {
    /// The backend did something else.
    Broke {
        /// Number of the promise in the docs of the port.
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

impl From<JoinError> for Violation {
    fn from(error: JoinError) -> Self {
        Self::NotRun(error.to_string())
    }
}

pub(super) type Verdict = Result<(), Violation>;

/// What a case says of a backend that did something else.
pub(super) fn broke(promise: u8, expected: impl Into<String>, saw: impl Into<String>) -> Violation {
    Violation::Broke {
        promise,
        expected: expected.into(),
        saw: saw.into(),
    }
}

/// Fails with the promise's number unless what was seen is what is expected.
pub(super) fn expect<T: PartialEq + fmt::Debug>(promise: u8, saw: T, expected: T) -> Verdict {
    if saw == expected {
        return Ok(());
    }
    Err(broke(promise, format!("{expected:?}"), format!("{saw:?}")))
}

/// Fails with the promise's number if the backend answered with an error.
pub(super) fn succeed<T>(promise: u8, answer: crate::Result<T>) -> Result<T, Violation> {
    answer.map_err(|error| broke(promise, "success", format!("{error:?}")))
}

/// Gives a case its time; a backend that does not answer fails it.
pub(super) async fn patiently(promise: u8, case: impl Future<Output = Verdict>) -> Verdict {
    let verdict = tokio::time::timeout(PATIENCE, case).await;
    let late = |_| broke(promise, "an answer", format!("none within {PATIENCE:?}"));
    verdict.map_err(late)?
}

type Run<F> = for<'a> fn(&'a F) -> Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

/// One case of a suite, for backends whose fixture is `F`.
pub struct Case<F> {
    pub(super) name: &'static str,
    pub(super) promise: u8,
    pub(super) run: Run<F>,
}

impl<F> fmt::Debug for Case<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Case")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<F> Case<F> {
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
        (self.run)(fixture).await
    }
}

/// A case that a function is, in a place of its own.
macro_rules! case {
    ($promise:literal, $module:ident :: $function:ident) => {
        $crate::conformance::runner::Case {
            name: concat!(stringify!($module), "::", stringify!($function)),
            promise: $promise,
            run: |fixture| {
                Box::pin(async move {
                    let world = $crate::conformance::world::World::new(fixture).await?;
                    let case = $module::$function(&world);
                    $crate::conformance::runner::patiently($promise, case).await?;
                    Ok(world.remove().await?)
                })
            },
        }
    };
}
pub(super) use case;

/// Runs a suite under the arguments of `cargo test`.
pub fn run<F: Fixture>(fixture: F, cases: Vec<Case<F>>) -> ExitCode {
    let waivers = fixture.waivers();
    let fixture = Arc::new(fixture);
    let mut trials = Vec::new();
    for waiver in waivers {
        if cases.iter().all(|case| case.name != waiver.case) {
            let message = format!("no case is named {}", waiver.case);
            trials.push(Trial::test(waiver.case, move || Err(Failed::from(message))));
        }
    }
    for case in cases {
        let fixture = Arc::clone(&fixture);
        let waiver = waivers.iter().find(|waiver| waiver.case == case.name);
        let title = match waiver {
            Some(waiver) => format!("{} [waived: {}]", case.name, waiver.reason),
            None => case.name.to_owned(),
        };
        trials.push(Trial::test(title, move || {
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
