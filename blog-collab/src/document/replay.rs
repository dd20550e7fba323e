//! The document that a log makes.

use yrs::{ReadTxn, Transact, WriteTxn};

use super::joined::Joined;
use super::unkeyed::Unkeyed;
use super::{Document, Edits, Refused, contained};
use crate::BodyFormat;

/// So many updates are applied in one transaction when a log is replayed: one for each is slow, and
/// one for all is slower.
const REPLAYED_TOGETHER: usize = 100;

/// What is asked of a document that was replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Soundness {
    /// It can be encoded, as it must be for whoever comes.
    Encodes,
    /// And what it is encoded as can be read again, as it must be once it is the snapshot.
    Reloads,
}

/// A document that was replayed.
#[derive(Debug)]
pub(crate) struct Replayed {
    pub(crate) document: Document,
    /// The places of those updates that damage it and are not in it.
    pub(crate) passed_over: Vec<usize>,
}

impl Document {
    /// The document that these updates make on top of a snapshot, one after the other. Updates that
    /// were taken one by one may damage it together: then they are taken so again, and what still
    /// damages it is passed over. A snapshot that cannot be taken is an error.
    pub(crate) fn replay<'a>(
        client: u64,
        format: BodyFormat,
        snapshot: Option<&'a [u8]>,
        updates: impl IntoIterator<Item = &'a [u8]>,
        soundness: Soundness,
    ) -> Result<Replayed, Refused> {
        let first = usize::from(snapshot.is_some());
        let mut updates: Vec<_> = snapshot.into_iter().chain(updates).collect();
        let (snapshot_alone, rest) = updates.split_at(first);
        let groups = snapshot_alone
            .chunks(1)
            .chain(rest.chunks(REPLAYED_TOGETHER));
        let made = Self::in_groups(client, format, groups);
        if let Ok(document) = made
            && document.is_sound(soundness)
        {
            return Ok(Replayed {
                document,
                passed_over: vec![],
            });
        }
        let mut places: Vec<_> = (0..updates.len()).collect();
        let mut passed_over = vec![];
        loop {
            let place = match Self::in_groups(client, format, updates.chunks(1)) {
                Ok(document) if document.is_sound(soundness) => {
                    return Ok(Replayed {
                        document,
                        passed_over,
                    });
                }
                Ok(_) => Self::first_unsound(format, &updates, soundness),
                Err(place) => place,
            };
            if place < first || place >= updates.len() {
                return Err(Refused::Damaging);
            }
            tracing::error!("a stored update damages its document: it is passed over");
            updates.remove(place);
            passed_over.push(places.remove(place) - first);
        }
    }

    /// Which of these updates makes a document unsound that is sound without it and those behind it.
    fn first_unsound(format: BodyFormat, updates: &[&[u8]], soundness: Soundness) -> usize {
        let (mut sound, mut unsound) = (0, updates.len());
        while unsound - sound > 1 {
            let middle = sound.midpoint(unsound);
            let made = Self::in_groups(0, format, updates[..middle].chunks(1));
            if made.is_ok_and(|document| document.is_sound(soundness)) {
                sound = middle;
            } else {
                unsound = middle;
            }
        }
        sound
    }

    fn is_sound(&self, soundness: Soundness) -> bool {
        match soundness {
            Soundness::Encodes if !self.is_doubtful => self.state().is_ok(),
            Soundness::Encodes | Soundness::Reloads => self.snapshot().is_ok(),
        }
    }

    /// The whole document as one update; none if it says something else once it is made of that. What yrs
    /// encodes is not always what it can decode.
    pub(crate) fn snapshot(&self) -> Result<Option<Vec<u8>>, Refused> {
        let state = self.state()?;
        let whole = [&*state];
        let again = Self::in_groups(0, self.format, whole.chunks(1));
        let again = again.map_err(|_| Refused::Damaging)?;
        let is_same = again.is_same_as(self)?;
        Ok(is_same.then_some(state))
    }

    /// The document that these groups make, each in one transaction; or which group damages it.
    fn in_groups<'a>(
        client: u64,
        format: BodyFormat,
        groups: impl Iterator<Item = &'a [&'a [u8]]>,
    ) -> Result<Self, usize> {
        let mut document = Self::new(client, format);
        let mut unkeyed = Unkeyed::default();
        for (place, group) in groups.enumerate() {
            contained(|| document.take_stored(group, &mut unkeyed)).map_err(|_| place)?;
        }
        Ok(document)
    }

    /// Takes stored updates in one transaction.
    fn take_stored(&mut self, updates: &[&[u8]], unkeyed: &mut Unkeyed) -> Result<(), Refused> {
        let mut transaction = self.doc.transact_mut();
        let mut updates = updates.iter().peekable();
        while let Some(next) = updates.peek().copied() {
            let present = transaction.state_vector();
            let mut joined = Joined::after(present.clone());
            while updates
                .next_if(|update| joined.add(update, unkeyed))
                .is_some()
            {}
            let edits = match joined.edits() {
                Some(edits) => edits?,
                None => {
                    updates.next();
                    let edits = Edits::stored(*next)?.beyond(&present)?;
                    unkeyed.note(&edits.summary);
                    edits
                }
            };
            let Edits {
                update,
                mut summary,
                is_scanned,
                ..
            } = edits;
            self.is_doubtful |= !is_scanned;
            self.shared_types += summary.shared_types;
            self.text_bytes += summary.text_bytes;
            // Where there are none, nothing stands in any.
            if self.shared_types == 0 {
                summary.items.clear();
            }
            let items = self.nesting.of_new(summary.items, &present);
            let items = items.ok_or(Refused::TooDeep)?;
            let applied = transaction.apply_update(update);
            applied.map_err(|_| Refused::Damaging)?;
            transaction.prune_pending();
            self.nesting.add(items, &transaction.state_vector());
        }
        Ok(())
    }
}
