use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ports::TokenUsage;

/// What an attempt has cost: the tokens, and the money where there is a price.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    pub(super) usage: TokenUsage,
    pub(super) micros: Option<u64>,
}

impl Default for Cost {
    /// Of nothing.
    fn default() -> Self {
        Self {
            usage: TokenUsage::NONE,
            micros: Some(0),
        }
    }
}

impl std::ops::Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let sum = self.micros.zip(other.micros);
        Self {
            usage: self.usage + other.usage,
            micros: sum.map(|(one, other)| one.saturating_add(other)),
        }
    }
}

/// What all attempts that one use took have cost, also those that were dropped before their end. Clones are of
/// the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Bill(Arc<Mutex<Cost>>);

impl Bill {
    pub(super) fn add(&self, cost: Cost) {
        let mut sum = self.sum_so_far();
        *sum = *sum + cost;
    }

    pub(super) fn sum(&self) -> Cost {
        *self.sum_so_far()
    }

    fn sum_so_far(&self) -> MutexGuard<'_, Cost> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
