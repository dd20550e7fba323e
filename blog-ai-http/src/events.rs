use bytes::BytesMut;
use memchr::memchr;

use crate::body::Body;
use crate::error::{Failure, Result};
use crate::limits::{ANSWER_BYTES, STREAM_BYTES};

/// What a body may begin with, and means nothing.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The data of server-sent events, of which nothing else is read (HTML, section 9.2.6; lines end in a line
/// feed).
#[derive(Debug)]
pub struct Events {
    body: Body,
    lines: Lines,
    read: usize,
}

impl Events {
    pub(crate) fn new(body: Body) -> Self {
        Self {
            body,
            lines: Lines::default(),
            read: 0,
        }
    }

    /// The next event's data, or `None` at the end of the body.
    ///
    /// # Errors
    /// If the body breaks off, has no end, or is no text.
    pub async fn next(&mut self) -> Result<Option<String>> {
        loop {
            if let Some(data) = self.lines.event()? {
                return Ok(Some(data));
            }
            let Some(bytes) = self.body.chunk().await? else {
                return Ok(None);
            };
            self.read = self.read.saturating_add(bytes.len());
            if self.read > STREAM_BYTES {
                return Err(Failure::Endless);
            }
            self.lines.push(&bytes)?;
        }
    }
}

/// What has been read and given to nobody.
#[derive(Debug, Default)]
struct Lines {
    unread: BytesMut,
    /// How much of it has no end of a line in it.
    searched: usize,
    has_begun: bool,
    data: Vec<u8>,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.unread.extend_from_slice(bytes);
        if self.unread.len() + self.data.len() > ANSWER_BYTES {
            return Err(Failure::Endless);
        }
        Ok(())
    }

    /// The data of an event that is there as a whole.
    fn event(&mut self) -> Result<Option<String>> {
        while let Some(line) = self.line() {
            let line = line.strip_suffix(b"\r").unwrap_or(&line);
            let line = match std::mem::replace(&mut self.has_begun, true) {
                false => line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line),
                true => line,
            };
            if line.is_empty() && !self.data.is_empty() {
                let data = String::from_utf8(std::mem::take(&mut self.data));
                let not_text = |_| Failure::Unreadable("it is no text");
                return data.map(Some).map_err(not_text);
            }
            if let Some(value) = line.strip_prefix(b"data:") {
                if !self.data.is_empty() {
                    self.data.push(b'\n');
                }
                let value = value.strip_prefix(b" ").unwrap_or(value);
                self.data.extend_from_slice(value);
            }
        }
        Ok(None)
    }

    fn line(&mut self) -> Option<BytesMut> {
        let new = self.unread.get(self.searched..).unwrap_or_default();
        let Some(length) = memchr(b'\n', new) else {
            self.searched = self.unread.len();
            return None;
        };
        let mut line = self.unread.split_to(self.searched + length + 1);
        self.searched = 0;
        line.truncate(line.len() - 1);
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Lines;

    fn events(pieces: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut events = Vec::new();
        for piece in pieces {
            lines.push(piece).unwrap();
            while let Some(event) = lines.event().unwrap() {
                events.push(event);
            }
        }
        events
    }

    #[test]
    fn only_the_data_of_whole_events_is_read() {
        let body =
            b": hello\n\nevent: a\ndata: one\r\n\r\ndata:two\ndata: three\nid: 1\n\n\ndata: four";
        assert_eq!(events(&[body]), ["one", "two\nthree"]);
    }

    #[test]
    fn a_byte_order_mark_is_read_over_once_and_at_the_beginning() {
        let body = "\u{feff}data: one\n\n\u{feff}data: two\n\ndata: \u{feff}three\n\n";
        for size in 1..4 {
            let pieces: Vec<_> = body.as_bytes().chunks(size).collect();
            assert_eq!(events(&pieces), ["one", "\u{feff}three"]);
        }
    }

    #[test]
    fn a_line_without_end_is_given_up() {
        let mut lines = Lines::default();
        let piece = [b'a'; 1 << 20];
        let taken = (0..100).take_while(|_| lines.push(&piece).is_ok()).count();
        assert_eq!(taken, 8);
    }

    #[test]
    fn an_event_without_end_is_given_up() {
        let mut lines = Lines::default();
        let piece = format!("data: {}\n", "a".repeat(1 << 20));
        let is_taken = |_: &u32| {
            let taken = lines.push(piece.as_bytes()).is_ok();
            taken && lines.event().is_ok()
        };
        assert!((0..100).take_while(is_taken).count() < 10);
    }

    proptest! {
        #[test]
        fn events_are_the_same_wherever_the_body_is_cut(
            texts in prop::collection::vec("[^\r\n]{1,20}", 1..5),
            size in 1_usize..10,
        ) {
            let body: String = texts.iter().map(|text| format!("data: {text}\n\n")).collect();
            let pieces: Vec<_> = body.as_bytes().chunks(size).collect();
            prop_assert_eq!(events(&pieces), texts);
        }

        #[test]
        fn no_bytes_are_too_strange(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut lines = Lines::default();
            lines.push(&body).unwrap();
            while let Ok(Some(_)) = lines.event() {}
        }
    }
}
