use std::collections::HashMap;
use std::time::Duration;

use super::Client;

/// Each types lines of their own again and again, with a pause.
pub(crate) fn keep_typing(clients: &mut [Client], pause: Duration) {
    for (client, name) in clients.iter_mut().zip('a'..) {
        client.keep_typing(name, pause);
    }
}

/// Ends it, and answers the lines that all have typed since they came.
pub(crate) fn stop_typing(clients: &mut [Client]) -> Vec<String> {
    let mut lines = vec![];
    for client in clients {
        let (typed, name) = (client.stop_typing(), client.name);
        lines.extend((0..typed).map(|number| format!("{name}{number}")));
    }
    lines
}

/// The lines that each has from others.
pub(crate) fn seen(clients: &mut [Client]) -> Vec<String> {
    let mut seen = vec![];
    for client in clients {
        let body = client.body();
        let others = body.lines().filter(|line| !line.starts_with(client.name));
        seen.extend(others.map(str::to_owned));
    }
    seen
}

/// The same, and the lines of its own that were acknowledged.
pub(crate) fn promised(clients: &mut [Client]) -> Vec<String> {
    let mut lines = seen(clients);
    for client in clients {
        let acknowledged = client.acknowledged().into_iter();
        lines.extend(acknowledged.map(|text| text.trim_end().to_owned()));
    }
    lines
}

/// Those of the lines that are not there once.
pub(crate) fn lost_or_doubled<'a>(body: &str, lines: &'a [String]) -> Vec<&'a String> {
    let mut counts = HashMap::new();
    for line in body.lines() {
        *counts.entry(line).or_insert(0) += 1;
    }
    let is_once = |line: &&String| counts.get(line.as_str()) == Some(&1);
    lines.iter().filter(|line| !is_once(line)).collect()
}

/// Whether a text has all of these lines, and no line twice.
pub(crate) fn says_once(body: &str, lines: &[String]) -> bool {
    let mut all: Vec<_> = body.lines().map(str::to_owned).collect();
    all.extend_from_slice(lines);
    lost_or_doubled(body, &all).is_empty()
}
