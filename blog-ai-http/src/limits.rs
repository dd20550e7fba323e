//! What is kept of an answer, whatever the server sends.

/// Bytes of an answer's texts together, of a whole body, and of one event. The longest answers that vendors
/// sell have less than a tenth.
pub(crate) const ANSWER_BYTES: usize = 8 << 20;

/// Bytes of a stream, which are not kept: each token costs some hundreds.
pub(crate) const STREAM_BYTES: usize = 256 << 20;

/// Bytes of what a server says of an error.
pub(crate) const ERROR_BYTES: usize = 64 << 10;

/// Characters of an error's message that are kept.
pub(crate) const MESSAGE: usize = 500;
