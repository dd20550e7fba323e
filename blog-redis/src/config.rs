use std::time::Duration;

/// How Redis is used.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RedisConfig {
    /// All keys and channels begin with it; blogs that share a Redis need different ones.
    pub key_prefix: String,
    /// How long one call may take.
    pub timeout: Duration,
    /// How long connecting may take, the encryption and the password included.
    pub connect_timeout: Duration,
    /// How often a connection is looked after, and the longest pause between two attempts to
    /// connect. While there is no connection, calls fail at once.
    pub pause: Duration,
    /// The certificate, in PEM, that a `rediss://` server's must be signed by; `None` trusts those
    /// that the machine trusts.
    pub root_certificate: Option<Vec<u8>>,
}

impl Default for RedisConfig {
    /// Prefix `blog:`, 250 ms for a call, 2 s for connecting, a pause of 1 s.
    fn default() -> Self {
        Self {
            key_prefix: "blog:".to_owned(),
            timeout: Duration::from_millis(250),
            connect_timeout: Duration::from_secs(2),
            pause: Duration::from_secs(1),
            root_certificate: None,
        }
    }
}
