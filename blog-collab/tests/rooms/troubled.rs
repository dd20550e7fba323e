//! Presence and admission that can be away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use blog_core::domain::{Actor, PostId};
use blog_core::memory::{MemoryAdmission, MemoryPresence};
use blog_core::ports::{Admission, Presence, Present};
use blog_core::{Error, Result};

/// Who is in which room, as far as that can be asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct TroubledPresence {
    presence: MemoryPresence,
    is_away: Arc<AtomicBool>,
}

/// Who may still be in rooms, as far as that can be asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct TroubledAdmission {
    pub(crate) known: MemoryAdmission,
    is_away: Arc<AtomicBool>,
    answers_of_somebody_else: Arc<AtomicBool>,
    hangs_over_ada: Arc<AtomicBool>,
}

fn check(is_away: &AtomicBool) -> Result<()> {
    match is_away.load(Ordering::Relaxed) {
        true => Err(Error::unavailable("away", true)),
        false => Ok(()),
    }
}

impl TroubledPresence {
    pub(crate) fn go_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::Relaxed);
    }
}

impl TroubledAdmission {
    pub(crate) fn go_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::Relaxed);
    }

    /// From here on nothing is answered of Ada.
    pub(crate) fn hang_over_ada(&self) {
        self.hangs_over_ada.store(true, Ordering::Relaxed);
    }

    /// From here on whoever is asked about, the answer is of the admin.
    pub(crate) fn answer_of_somebody_else(&self) {
        self.answers_of_somebody_else.store(true, Ordering::Relaxed);
    }
}

#[async_trait]
impl Presence for TroubledPresence {
    async fn show(
        &self,
        document: PostId,
        node: u64,
        here: &[Present],
        holds: Duration,
    ) -> Result<()> {
        check(&self.is_away)?;
        self.presence.show(document, node, here, holds).await
    }

    async fn who(&self, document: PostId) -> Result<Vec<Present>> {
        check(&self.is_away)?;
        self.presence.who(document).await
    }
}

#[async_trait]
impl Admission for TroubledAdmission {
    async fn admit(&self, actor: &Actor, document: PostId) -> Result<Option<Actor>> {
        check(&self.is_away)?;
        if self.answers_of_somebody_else.load(Ordering::Relaxed) {
            return Ok(Some(Actor::service("admin")));
        }
        if actor.id == "ada" && self.hangs_over_ada.load(Ordering::Relaxed) {
            return std::future::pending().await;
        }
        self.known.admit(actor, document).await
    }
}
