use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use blog_axum::{JwtAuthenticator, RouterOptions};
use blog_core::Blog;
use blog_search_tantivy::TantivyIndex;
use blog_storage_sqlite::SqliteStorage;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::commands::Serve;
use crate::key::signing_key;

/// How long requests may take to finish once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

pub(crate) fn run(data: &Path, options: &Serve) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(data, options))
}

async fn serve(data: &Path, options: &Serve) -> Result<()> {
    let key = signing_key(data)?;
    let storage = SqliteStorage::open(data.join("blog.db"))
        .await
        .with_context(|| format!("cannot open the blog in {}", data.display()))?;
    let index = TantivyIndex::open(data.join("search"))
        .with_context(|| format!("cannot open the search index in {}", data.display()))?;
    let blog = Blog::builder(storage.clone()).search_index(index).build();
    let mut router_options =
        RouterOptions::default().with_authenticator(JwtAuthenticator::hs256(&key));
    router_options.public_url = options.public_url.clone();
    let router = blog_axum::router(blog.clone(), router_options);

    // Listened for before the address is told: whoever reads it may stop the server at once.
    let told_to_stop = told_to_stop()?;
    let listener = TcpListener::bind(options.addr)
        .await
        .with_context(|| format!("cannot listen on {}", options.addr))?;
    tracing::info!("serving on http://{}", listener.local_addr()?);

    let (stop, stopped) = watch::channel(false);
    let consumers = tokio::spawn({
        let stopped = wait(stopped.clone());
        async move { blog.run(stopped).await }
    });
    let server = tokio::spawn(
        axum::serve(listener, router)
            .with_graceful_shutdown(wait(stopped))
            .into_future(),
    );
    told_to_stop.await;
    tracing::info!("draining");
    stop.send_replace(true);
    let drained = tokio::time::timeout(DRAIN, server).await;
    consumers.await??;
    storage.close().await;
    match drained {
        Ok(result) => Ok(result??),
        Err(_) => bail!("some requests had not ended after {DRAIN:?}"),
    }
}

async fn wait(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone: then it is time to stop as well.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Ends at SIGTERM or Ctrl-C; both are caught from the call on, not from the first poll.
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
