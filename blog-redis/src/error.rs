use blog_core::Error;
use redis::{ErrorKind, RedisError, ServerErrorKind};

/// What can go wrong in this adapter.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Failure {
    /// Without its cause, which may quote the URL and so the password.
    #[error("the Redis URL cannot be used: {0}")]
    Url(&'static str),
    #[error("there is no connection to Redis")]
    NotConnected,
    /// Redis answered, and not as it does to those it lets in: it has enough clients, say.
    #[error("Redis does not accept the connection")]
    NotAccepted(#[source] RedisError),
    #[error("Redis did not answer in time")]
    TimedOut,
    #[error("Redis failed")]
    Redis(#[from] RedisError),
}

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Codes that the client library has no name for: `src/server.c` and `src/acl.c` of Redis.
const NO_PASSWORD_GIVEN: &str = "NOAUTH";
const WRONG_PASSWORD: &str = "WRONGPASS";
const OUT_OF_MEMORY: &str = "OOM";
const SCRIPT_RUNS: &str = "BUSY";
const DISK_FAILS: &str = "MISCONF";

impl Failure {
    /// Whether the connection is to be given up: it is lost, or leads to a server that is of no use.
    pub(crate) fn ends_connection(&self) -> bool {
        match self {
            Self::TimedOut => true,
            Self::Redis(error) => {
                error.is_io_error()
                    || error.is_unrecoverable_error()
                    || matches!(
                        error.kind(),
                        ErrorKind::Server(
                            ServerErrorKind::ReadOnly
                                | ServerErrorKind::BusyLoading
                                | ServerErrorKind::MasterDown
                        )
                    )
            }
            Self::Url(_) | Self::NotConnected | Self::NotAccepted(_) => false,
        }
    }

    /// The same, of what failed before there was a connection.
    pub(crate) fn of_connecting(error: RedisError) -> Self {
        match error.kind() {
            ErrorKind::Server(ServerErrorKind::ResponseError) => Self::NotAccepted(error),
            _ => Self::Redis(error),
        }
    }

    /// Whether Redis does not know the script that it was to run.
    pub(crate) fn is_unknown_script(&self) -> bool {
        match self {
            Self::Redis(error) => error.kind() == ErrorKind::Server(ServerErrorKind::NoScript),
            _ => false,
        }
    }

    /// Whether Redis has answered that it will not have us: waiting does not help.
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Self::Redis(error) => {
                matches!(
                    error.kind(),
                    ErrorKind::AuthenticationFailed | ErrorKind::Server(ServerErrorKind::NoPerm)
                ) || matches!(error.code(), Some(NO_PASSWORD_GIVEN | WRONG_PASSWORD))
            }
            _ => false,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let cause = match &failure {
            Failure::Url(_) => return Self::unavailable(failure.to_string(), false),
            Failure::NotConnected | Failure::TimedOut => {
                return Self::unavailable(failure.to_string(), true);
            }
            Failure::NotAccepted(_) => {
                return Self::unavailable(failure.to_string(), true).with_source(failure);
            }
            Failure::Redis(cause) => cause,
        };
        let (message, retry) = match (cause.kind(), cause.code()) {
            (ErrorKind::Server(ServerErrorKind::NoPerm), _) => (
                "the Redis user lacks a permission: grant it the commands, keys and channels that \
                 blog-redis needs",
                false,
            ),
            _ if failure.is_refusal() => (
                "Redis refuses the user name or the password: check both in the Redis URL, with \
                 special characters percent-encoded",
                false,
            ),
            (ErrorKind::InvalidClientConfig, _) => ("the Redis URL cannot be used", false),
            (_, Some(OUT_OF_MEMORY)) => ("Redis is out of memory", true),
            (_, Some(SCRIPT_RUNS)) => ("Redis is busy with a script", true),
            (_, Some(DISK_FAILS)) => ("Redis takes no writes while its disk fails", true),
            (ErrorKind::Server(ServerErrorKind::ReadOnly), _) => {
                ("this Redis is a replica, which takes no writes", true)
            }
            (ErrorKind::Server(ServerErrorKind::BusyLoading), _) => ("Redis is starting", true),
            (
                ErrorKind::Server(
                    ServerErrorKind::MasterDown
                    | ServerErrorKind::ClusterDown
                    | ServerErrorKind::TryAgain
                    | ServerErrorKind::Moved
                    | ServerErrorKind::Ask,
                ),
                _,
            ) => ("a part of Redis is away", true),
            (ErrorKind::Io | ErrorKind::Parse | ErrorKind::ClusterConnectionNotFound, _) => {
                ("Redis cannot be reached", true)
            }
            _ => return Self::internal(failure.to_string()).with_source(failure),
        };
        Self::unavailable(message, retry).with_source(failure)
    }
}
