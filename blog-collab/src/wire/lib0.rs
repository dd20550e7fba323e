//! The encoding of lib0: <https://github.com/dmonad/lib0/blob/main/encoding.js>.

use super::WireError;

/// JavaScript's numbers are exact up to here: 53 bits.
const LARGEST: u64 = (1 << 53) - 1;

/// Bytes that are read from the front.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An unsigned number, seven bits a byte, the lowest first.
    pub(crate) fn number(&mut self) -> Result<u64, WireError> {
        let mut number = 0;
        for (place, byte) in self.0.iter().enumerate() {
            if place == 8 {
                return Err(WireError::Number);
            }
            number |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                let is_longer_than_needed = place > 0 && *byte == 0;
                if is_longer_than_needed || number > LARGEST {
                    return Err(WireError::Number);
                }
                self.0 = &self.0[place + 1..];
                return Ok(number);
            }
        }
        Err(WireError::CutShort)
    }

    /// Bytes with their length before them.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], WireError> {
        let length = usize::try_from(self.number()?).map_err(|_| WireError::CutShort)?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(WireError::CutShort)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// A text with its length before it.
    pub(crate) fn text(&mut self) -> Result<&'a str, WireError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| WireError::Text)
    }
}

pub(crate) fn write_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

pub(crate) fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_and_bytes_come_back(
            number in 0..=LARGEST,
            bytes in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let mut out = vec![];
            write_number(&mut out, number);
            write_bytes(&mut out, &bytes);
            let mut reader = Reader::new(&out);
            prop_assert_eq!(reader.number(), Ok(number));
            prop_assert_eq!(reader.bytes(), Ok(&*bytes));
            prop_assert!(reader.is_empty());
        }
    }

    #[test]
    fn wrong_numbers_are_refused() {
        let number = |bytes: &[u8]| Reader::new(bytes).number();
        assert_eq!(number(&[]), Err(WireError::CutShort));
        assert_eq!(number(&[0x80]), Err(WireError::CutShort));
        assert_eq!(number(&[0x80, 0]), Err(WireError::Number));
        assert_eq!(number(&[0xff; 9]), Err(WireError::Number));
        let all_53_bits = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
        assert_eq!(number(&all_53_bits), Ok(LARGEST));
        let one_more = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f];
        assert_eq!(number(&one_more), Err(WireError::Number));
    }

    #[test]
    fn a_length_beyond_the_end_is_refused() {
        assert_eq!(Reader::new(&[3, 1, 2]).bytes(), Err(WireError::CutShort));
        assert_eq!(Reader::new(&[1, 0xff]).text(), Err(WireError::Text));
    }
}
