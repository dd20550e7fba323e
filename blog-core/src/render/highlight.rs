use std::sync::LazyLock;

use syntect::easy::ScopeRegionIterator;
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};
use syntect::util::LinesWithEndings;

/// Longer code stays plain: highlighting is slow.
const LONGEST: usize = 64 << 10;

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// What is told apart, by the scopes that grammars name it with
/// (<https://www.sublimetext.com/docs/scope_naming.html>). What is not here stays plain: a class
/// for every scope would make pages several times as large.
static CLASSES: LazyLock<Vec<(Scope, &'static str)>> = LazyLock::new(|| {
    let classes = [
        ("comment", "hl-comment"),
        ("string", "hl-string"),
        ("constant", "hl-constant"),
        ("keyword", "hl-keyword"),
        ("storage", "hl-keyword"),
        ("entity.name", "hl-name"),
        ("support", "hl-name"),
    ];
    let scope = |(name, class)| Some((Scope::new(name).ok()?, class));
    classes.into_iter().filter_map(scope).collect()
});

/// The code as HTML with a class for each kind of word, or `None` for a language that is not
/// known.
pub(super) fn highlight(language: &str, code: &str) -> Option<String> {
    if code.len() > LONGEST || language.is_empty() {
        return None;
    }
    let syntax = SYNTAXES.find_syntax_by_token(language)?;
    let mut state = ParseState::new(syntax);
    let mut scopes = ScopeStack::new();
    let mut pieces: Vec<(Option<&str>, String)> = Vec::new();
    for line in LinesWithEndings::from(code) {
        let operations = state.parse_line(line, &SYNTAXES).ok()?;
        for (text, operation) in ScopeRegionIterator::new(&operations, line) {
            scopes.apply(operation).ok()?;
            let class = class_of(&scopes);
            match pieces.last_mut() {
                Some((last, piece)) if *last == class || text.trim().is_empty() => {
                    piece.push_str(text);
                }
                _ => pieces.push((class, text.to_owned())),
            }
        }
    }
    Some(pieces.into_iter().map(html).collect())
}

/// The class of the innermost scope that has one.
fn class_of(scopes: &ScopeStack) -> Option<&'static str> {
    let class = |scope: &Scope| {
        let mut classes = CLASSES.iter();
        let found = classes.find(|(prefix, _)| prefix.is_prefix_of(*scope));
        found.map(|(_, class)| *class)
    };
    scopes.as_slice().iter().rev().find_map(class)
}

fn html((class, text): (Option<&str>, String)) -> String {
    let text = super::sanitize::escaped(&text);
    match class {
        Some(class) => format!("<span class=\"{class}\">{text}</span>"),
        None => text,
    }
}
