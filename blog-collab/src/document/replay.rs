//! The document that a log makes.

use yrs::{ReadTxn, Transact, WriteTxn};

use super::joined::Joined;
use super::{Document, Edits, Refused, contained};
use crate::BodyFormat;

/// So many updates are applied in one transaction when a log is replayed: one for each is slow, and
/// one for all is slower.
const REPLAYED_TOGETHER: usize = 100;

impl Document {
    /// The document that these updates make on top of a snapshot, one after the other. Updates that
    /// were taken one by one may damage it together: then they are taken so again, and what still
    /// damages it is passed over. A snapshot that cannot be taken is an error.
    pub(crate) fn replay<'a>(
        client: u64,
        format: BodyFormat,
        snapshot: Option<&'a [u8]>,
        updates: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, Refused> {
        let mut sound: Vec<_> = snapshot.into_iter().chain(updates).collect();
        let (snapshot_alone, rest) = sound.split_at(usize::from(snapshot.is_some()));
        let groups = snapshot_alone
            .chunks(1)
            .chain(rest.chunks(REPLAYED_TOGETHER));
        if let Ok(document) = Self::in_groups(client, format, groups) {
            return Ok(document);
        }
        loop {
            match Self::in_groups(client, format, sound.chunks(1)) {
                Ok(document) => return Ok(document),
                Err(0) if snapshot.is_some() => return Err(Refused::Damaging),
                Err(place) => {
                    tracing::error!(
                        place,
                        "a stored update damages its document: it is passed over"
                    );
                    sound.remove(place);
                }
            }
        }
    }

    /// The document that these groups make, each in one transaction; or which group damages it.
    fn in_groups<'a>(
        client: u64,
        format: BodyFormat,
        groups: impl Iterator<Item = &'a [&'a [u8]]>,
    ) -> Result<Self, usize> {
        let mut document = Self::new(client, format);
        for (place, group) in groups.enumerate() {
            contained(|| document.take_stored(group)).map_err(|_| place)?;
        }
        Ok(document)
    }

    /// Takes stored updates in one transaction.
    fn take_stored(&mut self, updates: &[&[u8]]) -> Result<(), Refused> {
        let mut transaction = self.doc.transact_mut();
        let mut updates = updates.iter().peekable();
        while let Some(next) = updates.peek().copied() {
            let present = transaction.state_vector();
            let mut joined = Joined::after(present.clone());
            while updates.next_if(|update| joined.add(update)).is_some() {}
            let edits = match joined.edits() {
                Some(edits) => edits?,
                None => {
                    updates.next();
                    Edits::stored(*next)?.beyond(&present)?
                }
            };
            let Edits {
                update,
                mut summary,
                ..
            } = edits;
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
