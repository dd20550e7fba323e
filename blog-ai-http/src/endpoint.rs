use std::fmt;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, Response, Url, redirect};
use serde::Serialize;
use serde_json::Value;

use crate::body::Body;
use crate::error::{Failure, Meaning, Result, ServerError};
use crate::headers::header_map;
use crate::limits::{ERROR_BYTES, MESSAGE};
use crate::retry_after::{limit_reset, retry_after};
use crate::secret::Secret;

/// How long a connection may take to be made; how long an answer may take is decided around a model.
const CONNECT: Duration = Duration::from_secs(10);

/// A vendor's server, and how it is asked.
pub struct Endpoint {
    client: Client,
    base: Url,
    headers: HeaderMap,
    secrets: Vec<Secret>,
    meaning: fn(&str) -> Option<Meaning>,
}

impl Endpoint {
    /// The server at `base_url`, whose query every request keeps; each request has these headers. What is
    /// `hidden`, and the values of the headers and of the query, are not repeated in errors. `meaning` says what
    /// codes and types of the vendor's errors mean, as far as their HTTP status does not.
    ///
    /// If the program has chosen no cryptography for rustls, this chooses *ring*.
    ///
    /// # Errors
    /// [`Failure::Settings`] or [`Failure::Header`], if the URL or a header cannot be used.
    pub fn new(
        base_url: &str,
        headers: Vec<(String, Secret)>,
        hidden: Vec<Secret>,
        meaning: fn(&str) -> Option<Meaning>,
    ) -> Result<Self> {
        let base = Url::parse(base_url).map_err(|_| Failure::Settings("its URL is none"))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(Failure::Settings("its URL is not one of HTTP"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(Failure::Settings("its URL has a user or a password in it"));
        }
        let headers_sent = header_map(&headers)?;
        let values = headers.into_iter().map(|(_, value)| value);
        let mut secrets: Vec<_> = values.chain(hidden).chain(query_values(&base)).collect();
        // One that is a part of another would leave the rest of it.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.length()));
        Ok(Self {
            client: client(base.scheme() == "https")?,
            base,
            headers: headers_sent,
            secrets,
            meaning,
        })
    }

    /// Sends a request, and waits for the head of the answer to it.
    ///
    /// # Errors
    /// Also, if the answer's status is not one of success.
    pub async fn post(&self, path: &str, body: impl Serialize) -> Result<Body> {
        let unserializable = |_| Failure::Settings("a request cannot be written as JSON");
        let mut written = serde_json::to_vec(&body).map_err(unserializable)?;
        // An answer may take minutes: a tree of JSON takes up several times as much, and a buffer that has grown up
        // to twice.
        drop(body);
        written.shrink_to_fit();
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/'));
        }
        let request = self
            .client
            .post(url)
            .headers(self.headers.clone())
            .body(written);
        let sent = request.send().await;
        let response = sent.map_err(|error| Failure::Unreachable(error.without_url()))?;
        if response.status().is_success() {
            return Ok(Body::new(response));
        }
        Err(self.refusal(response).await)
    }

    /// What an error in JSON means that stands in an answer of success.
    #[must_use]
    pub fn said(&self, error: &Value) -> Failure {
        self.server_error(None, &HeaderMap::new(), error)
    }

    /// What an answer of success means that is JSON with an `error` in it.
    #[must_use]
    pub fn said_in(&self, json: &[u8]) -> Failure {
        self.told(None, &HeaderMap::new(), json)
    }

    async fn refusal(&self, response: Response) -> Failure {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        // Whatever is wrong with the rest, the status is known.
        let body = Body::new(response).beginning().await;
        self.told(Some(status), &headers, &body)
    }

    /// What a body says is wrong. One that is longer than errors are says nothing.
    fn told(&self, status: Option<u16>, headers: &HeaderMap, json: &[u8]) -> Failure {
        let body = Some(json).filter(|json| json.len() <= ERROR_BYTES);
        let body = body.and_then(|json| serde_json::from_slice(json).ok());
        let body: Value = body.unwrap_or_default();
        let error = body.get("error").unwrap_or(&body);
        self.server_error(status, headers, error)
    }

    fn server_error(&self, status: Option<u16>, headers: &HeaderMap, error: &Value) -> Failure {
        let is_refusal = status.is_some();
        let text = |name: &str| error.get(name).and_then(Value::as_str);
        // Some compatible servers have the status as the code.
        let number = error.get("code").and_then(Value::as_u64);
        let status = status.or_else(|| number?.try_into().ok());
        let codes = [text("code"), text("type")].into_iter().flatten();
        let meaning = codes.clone().find_map(self.meaning);
        let meaning = meaning.or_else(|| status.map(Meaning::of_status));
        let words = codes.chain(text("message").or_else(|| error.as_str()));
        let mut said = status.map_or_else(String::new, |status| status.to_string());
        for word in words {
            said.push(' ');
            said.push_str(word);
        }
        for secret in &self.secrets {
            said = secret.hidden_in(&said);
        }
        let meaning = meaning.unwrap_or(Meaning::Broken);
        // Servers tell of their limits in every answer.
        let reset = || limit_reset(headers).filter(|_| meaning == Meaning::TooOften);
        Failure::Server(ServerError {
            meaning,
            retry_after: retry_after(headers).or_else(reset),
            said: said.trim().chars().take(MESSAGE).collect(),
            is_refusal,
        })
    }
}

/// Without the headers, which have the key in them.
impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Endpoint")
            .field("host", &self.base.host_str())
            .finish_non_exhaustive()
    }
}

/// The values in the query of a URL, as they stand there and as they are meant.
fn query_values(url: &Url) -> Vec<Secret> {
    let meant = url.query_pairs().map(|(_, value)| value.into_owned());
    let pairs = url.query().into_iter().flat_map(|query| query.split('&'));
    let written = pairs.filter_map(|pair| Some(pair.split_once('=')?.1.to_owned()));
    meant.chain(written).map(Secret::from).collect()
}

fn client(is_encrypted: bool) -> Result<Client> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that somebody else was faster, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let mut client = Client::builder()
        .user_agent(concat!("blog/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        // Nobody else is told the key.
        .redirect(redirect::Policy::none());
    if !is_encrypted {
        // Where nothing is encrypted, a machine may as well have no certificates.
        client = client.tls_certs_only([]);
    }
    let unusable = |_| Failure::Settings("this machine has no certificates that can be used");
    client.build().map_err(unusable)
}
