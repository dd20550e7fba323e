use serde_json::Value;

/// Tags that models write around the call of a tool. For HTML they are text.
const CALL_TAGS: [&str; 5] = [
    "tool_call",
    "tool_use",
    "tool_result",
    "function_call",
    "function_calls",
];

/// Members of what models write to call a tool.
const CALLS: [&str; 7] = [
    "tool",
    "tools",
    "tool_calls",
    "tool_use",
    "function",
    "function_call",
    "arguments",
];

/// How long the call of a tool is that a text begins with.
pub(super) fn tool_call(text: &str) -> Option<usize> {
    json_call(text).or_else(|| tagged_call(text))
}

/// One that is an object of JSON.
fn json_call(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = values.next()?.ok()?;
    let is_call = CALLS.iter().any(|call| value.get(call).is_some());
    is_call.then(|| values.byte_offset())
}

/// One between tags; if it is not closed, it goes on to the end.
fn tagged_call(text: &str) -> Option<usize> {
    let name = element(text);
    let is_call = CALL_TAGS.contains(&name.as_str());
    is_call.then(|| {
        let closing = format!("</{name}>");
        let end = text.find(&closing).map(|end| end + closing.len());
        end.unwrap_or(text.len())
    })
}

/// Bytes of a tag in which its name stands, if it is one that matters.
const TAG: usize = 24;

/// The name of an element, from a tag of it.
pub(super) fn element(tag: &str) -> String {
    let tag = &tag[..tag.floor_char_boundary(TAG)];
    let name = tag.trim_start_matches(['<', '/']);
    let end = name.find(|it: char| it.is_whitespace() || matches!(it, '>' | '/'));
    name[..end.unwrap_or(name.len())].to_ascii_lowercase()
}
