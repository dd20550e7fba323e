//! What ties words that somebody accepts to the call of a model that suggested them: a record of the
//! provenance that was told, which any node finds for a day. It is kept as the answers to requests are that
//! may be repeated, with a hash that none of them has.

use chrono::TimeDelta;

use crate::domain::{Actor, PostId, Provenance};
use crate::error::{Error, Result};

use super::Ai;

/// Sets the hashes of provenances apart from all others (BLAKE3, key derivation).
const CONTEXT: &str = "blog-core 2026-11-27 provenance of what a model has suggested";

/// How long suggestions can be accepted.
const TOLD_FOR: TimeDelta = TimeDelta::days(1);

impl Ai<'_> {
    /// Fails unless a model has suggested something to `actor` for this post within a day, with this
    /// receipt. Nobody can make one up.
    ///
    /// # Errors
    /// Invalid, by the field `receipt`; what the storage says.
    pub async fn check_suggested(
        &self,
        actor: &Actor,
        post: PostId,
        receipt: &Provenance,
    ) -> Result<()> {
        let hash = hash(post, receipt);
        let (key, now) = (key(hash), self.blog.clock().now());
        match self.blog.storage().idempotency(&actor.id, &key).await? {
            Some(kept) if kept.request_hash == hash && now - kept.at <= TOLD_FOR => Ok(()),
            _ => {
                let message =
                    "is not of what a model has suggested to you for this post within a day";
                Err(Error::invalid_field("receipt", message))
            }
        }
    }
}

/// What is kept of a provenance that was told.
pub(super) fn hash(post: PostId, provenance: &Provenance) -> [u8; 32] {
    // Both are made of what JSON has.
    let told = serde_json::to_vec(&(post, provenance)).unwrap_or_default();
    blake3::derive_key(CONTEXT, &told)
}

/// What it is kept under.
pub(super) fn key(hash: [u8; 32]) -> String {
    format!("suggested {}", blake3::Hash::from_bytes(hash).to_hex())
}
