use std::sync::Arc;

use redis::cmd;
use tokio::time::{Instant, interval, sleep, timeout};

use crate::error::{Failure, Result};
use crate::line::Line;
use crate::pauses::Pauses;
use crate::server::Connection;

/// Keeps the line up, for as long as it is polled.
pub(crate) async fn keep(line: Arc<Line>) {
    let mut pauses = Pauses::new(line.config.pause);
    for number in 0.. {
        match open(&line).await {
            Ok(connection) => {
                let since = Instant::now();
                line.up(connection, number);
                tokio::select! {
                    () = line.ended() => {}
                    () = look_after(&line) => {}
                }
                pauses.after_connection(since);
            }
            Err(failure) => line.down(failure),
        }
        sleep(pauses.next()).await;
    }
}

async fn open(line: &Line) -> Result<Connection> {
    let opened = timeout(line.config.connect_timeout, line.server.connect()).await;
    opened.unwrap_or(Err(Failure::TimedOut))
}

/// Finds out before a caller does that Redis is gone; a failing call takes the line down.
async fn look_after(line: &Line) {
    let mut looks = interval(line.config.pause);
    loop {
        looks.tick().await;
        // A failure that leaves the connection up is no reason to give it up.
        let _ = line.call::<()>(&cmd("PING")).await;
    }
}
