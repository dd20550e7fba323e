//! What `cargo fuzz run <name>` calls with bytes of its own, and the tests with those in `fuzz/corpus`.

mod connection;
mod hocuspocus;

use std::collections::BTreeMap;
use std::ops::Range;

use yrs::updates::decoder::Decode;
use yrs::{IdSet, StateVector, Update};

pub use self::connection::connection;
pub use self::hocuspocus::hocuspocus;
use crate::scanner::{ClockRange, read_state_vector, scan_update};
use crate::wire::awareness::{self, entries};
use crate::wire::message::{Message, messages};

/// An update that passes the scanner is decoded by yrs without a panic, and has the same structs and
/// deletions for both.
pub fn update(bytes: &[u8]) {
    let Ok(summary) = scan_update(bytes) else {
        return;
    };
    let Ok(update) = Update::decode_v1(bytes) else {
        return;
    };
    assert_eq!(
        of_scanner(&summary.structs),
        of_yrs(&update.insertions(true))
    );
    assert_eq!(of_scanner(&summary.deletions), of_yrs(update.delete_set()));
}

/// Whatever is read of a frame is written the same, and what its messages carry holds to the rules above.
pub fn frame(bytes: &[u8]) {
    let mut written = Vec::new();
    for message in messages(bytes).map_while(Result::ok) {
        message.write(&mut written);
        match message {
            Message::SyncStep1(state_vector) => {
                if read_state_vector(state_vector).is_ok() {
                    assert!(StateVector::decode_v1(state_vector).is_ok());
                }
            }
            Message::SyncStep2(bytes) | Message::Update(bytes) => update(bytes),
            Message::Awareness(payload) => {
                if let Ok(Ok(entries)) =
                    entries(payload).map(Iterator::collect::<Result<Vec<_>, _>>)
                {
                    assert_eq!(awareness::encode(&entries), payload);
                }
            }
            Message::PermissionDenied(_) | Message::QueryAwareness => {}
        }
    }
    assert!(bytes.starts_with(&written));
}

type Clocks = BTreeMap<u64, Vec<Range<u32>>>;

fn of_scanner(ranges: &[ClockRange]) -> Clocks {
    let mut clocks = Clocks::new();
    for range in ranges {
        clocks
            .entry(range.client)
            .or_default()
            .push(range.clocks.clone());
    }
    clocks
}

fn of_yrs(set: &IdSet) -> Clocks {
    set.iter()
        .map(|(client, ranges)| (client.get(), ranges.iter().cloned().collect::<Vec<_>>()))
        .filter(|(_, ranges)| !ranges.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fuzz/corpus")
            .join(name);
        let files: Vec<_> = folder
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect();
        assert!(!files.is_empty());
        files
    }

    #[test]
    fn updates_of_the_corpus_mean_the_same_to_the_scanner_and_to_yrs() {
        for (_, bytes) in corpus("update") {
            update(&bytes);
        }
    }

    #[test]
    fn frames_of_the_corpus_are_written_as_they_are_read() {
        for (_, bytes) in corpus("frame") {
            frame(&bytes);
        }
    }

    #[test]
    fn whatever_connections_of_the_corpus_bring_all_have_the_same_text() {
        for (_, bytes) in corpus("connection") {
            connection(&bytes);
        }
    }

    #[test]
    fn whatever_clients_of_hocuspocus_of_the_corpus_bring_all_have_the_same_text() {
        for (_, bytes) in corpus("hocuspocus") {
            hocuspocus(&bytes);
        }
    }

    /// Their names say what wrote them.
    #[test]
    fn updates_that_yjs_wrote_pass() {
        for (path, bytes) in corpus("update") {
            if path.to_string_lossy().contains("yjs-13-") {
                assert!(scan_update(&bytes).is_ok(), "{path:?}");
            }
        }
    }
}
