//! Names and bytes that a careless backend mixes up or changes.

use bytes::Bytes;

use super::runner::{Verdict, broke};

/// Names that look alike, mean something to some server, or differ only far behind.
pub(super) fn names() -> Vec<String> {
    let short = [
        "", " ", "a", "A", "a ", "a:", ":a", "a:b", "a*", "a?", "[a]", "{a}", "{a}b", "a%00",
        "a\0", "a\0b", "a\r\n", "é", "e\u{301}", "ключ",
    ];
    let long = ["1", "2"].map(|end| "a".repeat(300) + end);
    short.map(str::to_owned).into_iter().chain(long).collect()
}

/// Nothing, every byte, what is no text, and a megabyte.
pub(super) fn values() -> Vec<Bytes> {
    let every: Vec<u8> = (0..=u8::MAX).collect();
    let megabyte = every.repeat(4096);
    let short: [&[u8]; 4] = [b"", b"\0", b"\xc3\x28\xff", b" a\r\n"];
    let short = short.map(Bytes::from_static);
    short
        .into_iter()
        .chain([every.into(), megabyte.into()])
        .collect()
}

/// Fails unless the bytes that came back are those that were given.
pub(super) fn expect_bytes(promise: u8, saw: Option<&Bytes>, expected: &Bytes) -> Verdict {
    if saw == Some(expected) {
        return Ok(());
    }
    let saw = saw.map_or_else(|| "nothing".to_owned(), beginning);
    Err(broke(promise, beginning(expected), saw))
}

fn beginning(bytes: &Bytes) -> String {
    let first = bytes.get(..40).unwrap_or(bytes).escape_ascii();
    format!("{} bytes that begin \"{first}\"", bytes.len())
}
