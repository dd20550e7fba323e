use std::fmt;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use axum::serve::Listener;
use blog_axum::{JwtAuthenticator, RouterOptions, SessionCookie};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::config::Config;
use crate::connections::Cuttable;
use crate::key::signing_key;
use crate::open::Opened;
use crate::output::print;
use crate::sign_in::{self, SignIn};
use crate::{reindex, welcome};

/// How long requests may take to finish once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// How long those may take to notice that they are cut off which have not.
const CUT: Duration = Duration::from_secs(5);

/// Where the server is.
#[derive(Serialize)]
struct Serving {
    address: String,
}

impl fmt::Display for Serving {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.address)
    }
}

pub(crate) async fn run(config: &Config, json: bool) -> Result<bool> {
    let listener = blog_axum::listen(config.addr)
        .with_context(|| format!("cannot listen on {}", config.addr))?;
    let address = format!("http://{}", listener.local_addr()?);
    let key = signing_key(&config.data)?;
    let opened = Opened::any(config).await?;
    let blog = opened.blog.clone();
    welcome::greet(&blog).await?;
    let options = router_options(config, &address, &key)?.with_hub(opened.hub.clone());
    let prefix = options.prefix().to_owned();
    let sign_in = SignIn::new(&key, &options)?;
    let link = format!("{}{}", options.address(), sign_in.path());
    let site = blog_axum::router(blog.clone(), options).merge(sign_in.router());
    let router = match prefix.as_str() {
        "" => site,
        prefix => {
            let home = prefix.to_owned();
            let to_home = get(move || async move { Redirect::permanent(&home) });
            let with_slash = format!("{prefix}/");
            Router::new().route(&with_slash, to_home).nest(prefix, site)
        }
    };

    // Listened for before the address is told: whoever reads it may stop the server at once.
    let told_to_stop = told_to_stop()?;
    tracing::info!("serving on {address}{prefix}");
    if json {
        print(
            &Serving {
                address: address.clone(),
            },
            json,
        )?;
    }
    let mut terminal = std::io::stderr();
    if terminal.is_terminal() {
        writeln!(terminal, "Sign in as admin, once: {link}")?;
    }

    let (stop, stopped) = watch::channel(false);
    let requests = tokio::spawn(reindex::serve_requests(blog.clone(), config.data.clone()));
    // Requests that are drained leave them something to do.
    let (finish, finished) = watch::channel(false);
    let consumers = tokio::spawn({
        let stopped = wait(finished);
        async move { blog.run(stopped).await }
    });
    let rooms = tokio::spawn({
        let (hub, stopped) = (opened.hub.clone(), wait(stopped.clone()));
        async move { hub.run(stopped).await }
    });
    let (cut, is_cut) = watch::channel(false);
    let mut server = tokio::spawn(
        axum::serve(Cuttable::new(listener, is_cut), router.into_make_service())
            .with_graceful_shutdown(wait(stopped))
            .into_future(),
    );
    told_to_stop.await;
    tracing::info!("draining");
    requests.abort();
    stop.send_replace(true);
    let drained = tokio::time::timeout(DRAIN, &mut server).await;
    if drained.is_err() {
        // What models have written for those that still wait is settled before storage closes.
        cut.send_replace(true);
        if tokio::time::timeout(CUT, &mut server).await.is_err() {
            tracing::warn!("some requests go on though they are cut off");
        }
    }
    rooms.await??;
    finish.send_replace(true);
    consumers.await??;
    opened.close().await;
    match drained {
        Ok(result) => Ok(result?.map(|()| true)?),
        Err(_) => bail!("some requests had not ended after {DRAIN:?}"),
    }
}

fn router_options(config: &Config, address: &str, key: &[u8]) -> Result<RouterOptions> {
    let mut options = RouterOptions::default().with_title(&config.title);
    options.public_url = Some(match &config.public_url {
        Some(url) => url.clone(),
        None => address.parse()?,
    });
    options.description.clone_from(&config.description);
    options.ai_disclosure = config.ai.is_disclosed();
    if let Some(bytes) = config.max_document_bytes {
        // A text may take twice as many bytes in JSON.
        options.body_bytes = options.body_bytes.max(bytes.0.saturating_mul(2));
    }
    let session = SessionCookie::new(sign_in::COOKIE, &options)?;
    let authenticator = JwtAuthenticator::hs256(key).with_session_cookie(session);
    Ok(options.with_authenticator(authenticator))
}

async fn wait(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone: then it is time to stop as well.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Ends at SIGTERM or Ctrl-C; both are caught from the call on, not from the first poll.
pub(crate) fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
