//! The encoding of all that Yjs sends: [lib0](https://github.com/dmonad/lib0/blob/main/encoding.js).
//!
//! A number has one form only here: the shortest, which is what every encoder writes. So bytes that pass
//! mean the same to every decoder, including those that wrap around or read on.

/// The largest number a JavaScript peer can hold exactly: 2^53 - 1.
pub(crate) const MAX_NUMBER: u64 = (1 << 53) - 1;

/// Why bytes are not lib0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeError {
    /// A value goes on where the bytes end.
    #[error("the bytes end within a value")]
    Truncated,
    /// Bytes follow the last value.
    #[error("bytes follow the last value")]
    TrailingBytes,
    /// A number is not in its shortest form.
    #[error("a number is longer than it has to be")]
    Overlong,
    /// A number is above [`MAX_NUMBER`].
    #[error("a number has more than 53 bits")]
    NumberTooLarge,
    /// More elements are declared than the bytes that are left could hold.
    #[error("a count is above what the bytes can hold")]
    CountTooLarge,
    /// A string is not UTF-8.
    #[error("a string is not UTF-8")]
    InvalidUtf8,
}

/// Reads lib0 values off a slice, and borrows from it.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes have not been read.
    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// That nothing is left.
    pub(crate) fn finish(&self) -> Result<(), DecodeError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(DecodeError::TrailingBytes)
        }
    }

    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        let (&byte, rest) = self.rest.split_first().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(byte)
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (bytes, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// An unsigned number: 7 bits a byte, the least significant first.
    pub(crate) fn var_uint(&mut self) -> Result<u64, DecodeError> {
        let first = self.byte()?;
        let low = u64::from(first & 0x7f);
        if first & CONTINUES == 0 {
            Ok(low)
        } else {
            self.continue_number(low, 7)
        }
    }

    /// A signed number: the first byte has its sign and 6 bits. Minus zero is read as zero.
    pub(crate) fn var_int(&mut self) -> Result<i64, DecodeError> {
        let first = self.byte()?;
        let low = u64::from(first & 0x3f);
        let magnitude = if first & CONTINUES == 0 {
            low
        } else {
            self.continue_number(low, 6)?
        };
        let magnitude = magnitude.cast_signed();
        Ok(if first & NEGATIVE == 0 {
            magnitude
        } else {
            -magnitude
        })
    }

    /// The number whose lowest `bits` are `low`, and whose others follow.
    fn continue_number(&mut self, low: u64, bits: u32) -> Result<u64, DecodeError> {
        let mut number = low;
        let mut shift = bits;
        loop {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if number > MAX_NUMBER {
                return Err(DecodeError::NumberTooLarge);
            }
            match byte {
                0 => return Err(DecodeError::Overlong),
                1..CONTINUES => return Ok(number),
                _ => shift += 7,
            }
            if shift > 53 {
                return Err(DecodeError::NumberTooLarge);
            }
        }
    }

    /// How many elements follow, when each takes at least `smallest` bytes.
    pub(crate) fn count(&mut self, smallest: usize) -> Result<usize, DecodeError> {
        let count = self.var_uint()?;
        match usize::try_from(count) {
            Ok(count) if count <= self.remaining() / smallest => Ok(count),
            _ => Err(DecodeError::CountTooLarge),
        }
    }

    /// As many bytes as the number before them says.
    pub(crate) fn var_bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.var_uint()?;
        self.bytes(usize::try_from(length).map_err(|_| DecodeError::Truncated)?)
    }

    /// UTF-8 of as many bytes as the number before it says.
    pub(crate) fn var_string(&mut self) -> Result<&'a str, DecodeError> {
        str::from_utf8(self.var_bytes()?).map_err(|_| DecodeError::InvalidUtf8)
    }
}

const CONTINUES: u8 = 0x80;
const NEGATIVE: u8 = 0x40;

/// Appends an unsigned number.
pub(crate) fn write_var_uint(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push((number & 0x7f) as u8 | CONTINUES);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends bytes after their number.
pub(crate) fn write_var_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_var_uint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends a string after the number of its bytes.
pub(crate) fn write_var_string(out: &mut Vec<u8>, text: &str) {
    write_var_bytes(out, text.as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use yrs::encoding::write::Write;

    use super::*;

    fn var_uint(bytes: &[u8]) -> Result<u64, DecodeError> {
        let mut reader = Reader::new(bytes);
        let number = reader.var_uint()?;
        reader.finish()?;
        Ok(number)
    }

    #[test]
    fn a_number_has_53_bits_at_most() {
        let mut largest = Vec::new();
        write_var_uint(&mut largest, MAX_NUMBER);
        assert_eq!(var_uint(&largest), Ok(MAX_NUMBER));

        let mut larger = Vec::new();
        write_var_uint(&mut larger, MAX_NUMBER + 1);
        assert_eq!(var_uint(&larger), Err(DecodeError::NumberTooLarge));
        assert_eq!(var_uint(&[0xff; 20]), Err(DecodeError::NumberTooLarge));
        assert_eq!(
            Reader::new(&[0xff; 20]).var_int(),
            Err(DecodeError::NumberTooLarge)
        );
    }

    #[test]
    fn a_number_has_one_form() {
        assert_eq!(var_uint(&[0x00]), Ok(0));
        assert_eq!(var_uint(&[0x80, 0x00]), Err(DecodeError::Overlong));
        assert_eq!(var_uint(&[0xff, 0x80, 0x00]), Err(DecodeError::Overlong));
        assert_eq!(
            Reader::new(&[0x81, 0x00]).var_int(),
            Err(DecodeError::Overlong)
        );
    }

    #[test]
    fn minus_zero_is_read_as_zero() {
        assert_eq!(Reader::new(&[0x40]).var_int(), Ok(0));
    }

    #[test]
    fn what_ends_early_is_truncated() {
        assert_eq!(var_uint(&[]), Err(DecodeError::Truncated));
        assert_eq!(var_uint(&[0x80]), Err(DecodeError::Truncated));
        assert_eq!(
            Reader::new(&[3, 1, 2]).var_bytes(),
            Err(DecodeError::Truncated)
        );
        assert_eq!(
            Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x0f]).var_bytes(),
            Err(DecodeError::Truncated)
        );
    }

    #[test]
    fn a_string_is_utf_8() {
        assert_eq!(Reader::new(b"\x02ok").var_string(), Ok("ok"));
        assert_eq!(
            Reader::new(b"\x02\xc3\x28").var_string(),
            Err(DecodeError::InvalidUtf8)
        );
    }

    #[test]
    fn a_count_is_no_more_than_the_bytes_can_hold() {
        assert_eq!(Reader::new(&[2, 0, 0, 0, 0]).count(2), Ok(2));
        assert_eq!(
            Reader::new(&[2, 0, 0, 0]).count(2),
            Err(DecodeError::CountTooLarge)
        );
        assert_eq!(
            Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x0f]).count(1),
            Err(DecodeError::CountTooLarge)
        );
    }

    proptest! {
        #[test]
        fn yrs_and_this_write_the_same_and_read_each_other(number in 0..=MAX_NUMBER, text: String) {
            let mut ours = Vec::new();
            write_var_uint(&mut ours, number);
            write_var_string(&mut ours, &text);
            let mut theirs = Vec::new();
            theirs.write_var(number);
            theirs.write_string(&text);
            prop_assert_eq!(&ours, &theirs);

            let mut reader = Reader::new(&theirs);
            prop_assert_eq!(reader.var_uint(), Ok(number));
            prop_assert_eq!(reader.var_string(), Ok(text.as_str()));
            prop_assert_eq!(reader.finish(), Ok(()));
        }

        #[test]
        fn signed_numbers_of_yrs_are_read(number in -(MAX_NUMBER as i64)..=MAX_NUMBER as i64) {
            let mut bytes = Vec::new();
            bytes.write_var(number);
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.var_int(), Ok(number));
            prop_assert_eq!(reader.finish(), Ok(()));
        }

        #[test]
        fn a_number_that_is_read_is_written_the_same(bytes in prop::collection::vec(any::<u8>(), 0..10)) {
            let mut reader = Reader::new(&bytes);
            if let Ok(number) = reader.var_uint() {
                let mut again = Vec::new();
                write_var_uint(&mut again, number);
                prop_assert_eq!(&again, &bytes[..bytes.len() - reader.remaining()]);
            }
        }
    }
}
