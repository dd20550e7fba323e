use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

use crate::domain::PostId;

/// Tells the time. Nothing else in the engine does: adapters get times as arguments.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now, in whole microseconds, which every storage keeps exactly.
    fn now(&self) -> DateTime<Utc>;
}

/// Makes ids that no other call makes, on any node.
pub trait Ids: Send + Sync + std::fmt::Debug {
    /// A new post's id.
    fn post(&self) -> PostId;

    /// A new id of a [`ModelCall`](super::ModelCall): later ones are larger.
    fn model_call(&self) -> Uuid;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that the others ask"
    )]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}

/// UUIDv7: the time and random bits.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    #[expect(clippy::disallowed_methods, reason = "ids are made here")]
    fn post(&self) -> PostId {
        PostId::from_uuid(Uuid::now_v7())
    }

    #[expect(clippy::disallowed_methods, reason = "ids are made here")]
    fn model_call(&self) -> Uuid {
        Uuid::now_v7()
    }
}
