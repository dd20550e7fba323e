use crate::wire::lib0::DecodeError;

/// Why an update or a state vector is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScanError {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error("a clock is too large")]
    ClockTooLarge,
    #[error("there are too many clients")]
    TooManyClients,
    #[error("client {0} stands twice")]
    DuplicateClient(u64),
    #[error("client {0} has no structs")]
    NoStructs(u64),
    #[error("a range of clocks is empty")]
    EmptyRange,
    #[error("deleted ranges overlap or fall")]
    UnorderedRanges,
    /// The info byte of a struct.
    #[error("there is no struct {0:#04x}")]
    UnknownStruct(u8),
    #[error("there is no form of parent {0}")]
    UnknownParent(u64),
    #[error("there is no shared type {0}")]
    UnknownType(u8),
    #[error("there is no value {0}")]
    UnknownValue(u8),
    #[error("a value is nested too deep")]
    TooDeep,
}
