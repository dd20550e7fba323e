//! Answers of the API in words, for people.

use serde_json::Value;

pub(super) fn post(answer: &Value) -> String {
    let content = &answer["content"];
    let body = text(&content["body"]);
    let said = match content.get("title") {
        Some(title) => format!("# {}\n\n{body}", text(title)),
        None => body,
    };
    match answer.get("post") {
        Some(post) => format!("{said}\n\nkept as the draft {}", text(&post["id"])),
        None => said,
    }
}

pub(super) fn summary(answer: &Value) -> String {
    text(&answer["summary"])
}

pub(super) fn sentiment(answer: &Value) -> String {
    let score = answer["score"].as_f64().unwrap_or_default();
    format!("{} ({score:+.2})", text(&answer["label"]))
}

pub(super) fn seo(answer: &Value) -> String {
    let parts = ["title", "description", "keywords", "slug"];
    let proposed = parts.map(|part| format!("{part}: {}", text(&answer[part]["value"])));
    let score = format!("score: {}", answer["score"]);
    let found = list(&answer["findings"]);
    let found = found.map(|it| format!("{}: {}", text(&it["severity"]), text(&it["message"])));
    lines(proposed.into_iter().chain([score]).chain(found))
}

pub(super) fn suggestions(answer: &Value) -> String {
    let topic = |it: &Value| format!("topics: {}, {}", text(&it["title"]), text(&it["why"]));
    let link = |it: &Value| format!("links: {}, {}", text(&it["title"]), text(&it["url"]));
    let found = list(&answer["titles"]).map(|it| format!("titles: {}", text(it)));
    let found = found.chain(list(&answer["topics"]).map(topic));
    let found = found.chain(list(&answer["links"]).map(link));
    lines(found.chain(list(&answer["tags"]).map(|it| format!("tags: {}", text(it)))))
}

/// What stands there, and what may stand there in its place.
pub(super) fn paragraphs(answer: &Value) -> String {
    let marked = |mark: char, value: &Value| {
        let text = text(value);
        lines(text.lines().map(|line| format!("{mark} {line}")))
    };
    let changes = list(&answer["paragraphs"]).map(|paragraph| {
        let (before, after) = (&paragraph["before"], &paragraph["after"]);
        format!("{}\n{}\n", marked('-', before), marked('+', after))
    });
    lines(changes).trim_end().to_owned()
}

pub(super) fn pictures(answer: &Value) -> String {
    let picture = |it: &Value| format!("{}: {}", text(&it["url"]), text(&it["alt"]));
    lines(list(&answer["images"]).map(picture))
}

pub(super) fn moderation(answer: &Value) -> String {
    let score = answer["score"].as_f64().unwrap_or_default();
    let reasons = list(&answer["reasons"]).map(text);
    let label = format!("{} ({score:.2})", text(&answer["label"]));
    lines([label].into_iter().chain(reasons))
}

pub(super) fn usage(answer: &Value) -> String {
    let head = "day         calls   tokens       cost  model, purpose, actor".to_owned();
    let totals = list(&answer["items"]).map(|total| {
        let [day, model, purpose, actor] =
            ["day", "model", "purpose", "actor"].map(|name| text(&total[name]));
        let (calls, tokens) = (text(&total["calls"]), text(&total["amount"]["tokens"]));
        let cost = total["amount"]["cost"].as_f64().unwrap_or_default();
        format!("{day} {calls:>6} {tokens:>8} {cost:>10.4}  {model}, {purpose}, {actor}")
    });
    lines([head].into_iter().chain(totals))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}
