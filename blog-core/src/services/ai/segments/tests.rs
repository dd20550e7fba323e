use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{BlockKind, Placeholders, Segment, assembled, segments};

fn shown(markdown: &str) -> Vec<String> {
    segments(markdown).into_iter().map(|it| it.shown).collect()
}

/// The text after a model that answers each segment so.
fn worked_on(markdown: &str, answer: impl Fn(&str) -> String) -> String {
    let segments = segments(markdown);
    let restored = |segment: &Segment| segment.restored(&answer(&segment.shown), Placeholders::All);
    let words = segments.iter().map(restored).enumerate();
    let mut words: BTreeMap<_, _> = words
        .filter_map(|(number, words)| Some((number, words?)))
        .collect();
    assembled(markdown, &segments, &mut words, Placeholders::All)
}

/// A model that changes words, and leaves placeholders as they are.
fn loud(text: &str) -> String {
    text.to_uppercase()
}

#[track_caller]
fn check(markdown: &str, expected: &str) {
    assert_eq!(worked_on(markdown, loud), expected, "{markdown}");
}

#[test]
fn a_model_is_shown_words_and_marks() {
    assert_eq!(
        shown("Use `rm -r` and [a *b*](https://c.test \"d\") or <e@f.test>, <b>g</b>."),
        ["Use `#0` and [a *b*](#1) or `#2`, `#3`g`#4`."]
    );
    assert_eq!(
        shown("> A quote\n> goes on.\\\n> It **ends**.\n\n- one\n  two\n- [ ] three"),
        ["A quote goes on.`#0`It **ends**.", "one two", "three"]
    );
    assert_eq!(
        shown("See https://a.test/b, [c], [d][c], ![e](f.png)[^1].\n\n[c]: /g\n\n[^1]: H."),
        ["See `#0`, [c](#1), [d](#2), ![e](#3)`#4`.", "H."]
    );
    assert_eq!(
        shown("```\ncode\n```\n\n    more\n\n<p>html</p>\n\n---\n\n1 + 2"),
        [""; 0]
    );
}

#[test]
fn segments_know_in_what_they_stand() {
    let places: Vec<_> = segments("# A\n\nB\n\n- c\n\n|d|\n|-|\n|e|")
        .into_iter()
        .map(|it| it.kind)
        .collect();
    let [heading, paragraph, cell] = [BlockKind::Heading, BlockKind::Paragraph, BlockKind::Cell];
    assert_eq!(places, [heading, paragraph, paragraph, cell, cell]);
}

#[test]
fn all_but_words_stays() {
    check(
        "# Use `rm`\n\nA [link](https://a.test/b?c=d \"e\") to *f*.\n\n```rust\nlet a = 1;\n```\n",
        "# USE `rm`\n\nA [LINK](https://a.test/b?c=d \"e\") TO *F*.\n\n```rust\nlet a = 1;\n```\n",
    );
    check("> a\n> b", "> A B");
    check("a  \nb", "A  \nB");
    check(
        "| a | b `\\|` |\n|---|---|\n| c | ~~d~~ |",
        "| A | B `\\|` |\n|---|---|\n| C | ~~D~~ |",
    );
    check("[a][b] and [b]\n\n[b]: /c", "[A][b] AND [B][b]\n\n[b]: /c");
    check(
        "<div class=a>\n\nb <br> c\n\n</div>",
        "<div class=a>\n\nB <br> C\n\n</div>",
    );
    check(
        "Title\n=====\n\nhttps://a.test/b",
        "TITLE\n=====\n\nhttps://a.test/b",
    );
    check("1. \\# a\n   - b\\*", "1. \\# A\n   - B\\*");
}

#[test]
fn an_answer_that_changes_more_than_words_is_not_taken() {
    let markdown = "Use `rm` and [a](/b).\n\nThen rest.";
    for answer in [
        "Use `#0`.",
        "Use `#0` and [a](#1) and [a](#1).",
        "Use `#1` and [a](#0).",
        "Use `#0` and [a](#1) and `more`.",
        "Use `#0` and [a](#1), [b](https://evil.test).",
        "Use `#0` and [a](#1 \"c](d\").",
        "Use `#0` and [a](#1) ![](#1).",
        "Use `#0` and [a](#1) <script>alert(1)</script>",
        "Use `#0` and [a](#1), https://evil.test.",
        "Use `#0` and [a](#1) `#2`.",
        "",
    ] {
        let text = worked_on(markdown, |shown| match shown.starts_with("Use") {
            true => answer.to_owned(),
            false => "Then *rest* more.".to_owned(),
        });
        assert_eq!(text, markdown.replace("rest.", "*rest* more."), "{answer}");
    }
}

#[test]
fn some_of_the_marks_are_enough_where_a_text_gets_shorter() {
    let segments = segments("Use `rm` and [a](/b).");
    let restored = |placeholders| segments[0].restored("Use `#0`.", placeholders);
    assert_eq!(restored(Placeholders::Some).as_deref(), Some("Use `rm`."));
    assert_eq!(restored(Placeholders::All), None);
    let markdown = "Use `rm` and [a](/b).";
    for (placeholders, expected) in [
        (Placeholders::Some, "Use `rm`."),
        (Placeholders::All, markdown),
    ] {
        let mut words = BTreeMap::from([(0, "Use `rm`.".to_owned())]);
        assert_eq!(
            assembled(markdown, &segments, &mut words, placeholders),
            expected
        );
    }
}

#[test]
fn only_what_an_address_takes_is_no_words() {
    check(
        "Tom &amp; Jerry: see https://a.test/x for \\*all* of it.",
        "TOM &AMP; JERRY: SEE https://a.test/x FOR \\*ALL* OF IT.",
    );
    assert_eq!(
        shown("A &amp; b: https://a.test/?c=1&amp;d=[e_ f."),
        ["A &amp; b: `#0`_ f."]
    );
}

#[test]
fn words_that_look_like_the_beginning_of_a_block_are_none() {
    for (answer, expected) in [
        ("3. März 1990", "- 3\\. März 1990"),
        ("3) März", "- 3\\) März"),
        ("- März", "- \\- März"),
        ("+", "- \\+"),
        ("> März", "- \\> März"),
        ("## März", "- \\## März"),
        ("*3.5* #März", "- *3.5* #März"),
    ] {
        let text = worked_on("- March 3, 1990", |_| answer.to_owned());
        assert_eq!(text, expected);
    }
    let escaped = worked_on("\\# a", |_| "# b".to_owned());
    assert_eq!(escaped, "\\# b");
}

#[test]
fn an_address_ends_where_it_ended() {
    let text = worked_on("See https://a.test/x for it.", |_| {
        "请看`#0`了解。".to_owned()
    });
    assert_eq!(text, "请看 https://a.test/x 了解。");
    let text = worked_on("See https://a.test/x for it.", |_| "Da: `#0`.".to_owned());
    assert_eq!(text, "Da: https://a.test/x.");
}

#[test]
fn what_cannot_be_taken_costs_no_other_words() {
    let markdown = "Good.\n\nBad.\n\n".repeat(40);
    let text = worked_on(&markdown, |shown| match shown {
        "Bad." => "www.evil.test/a".to_owned(),
        _ => "Better.".to_owned(),
    });
    assert_eq!(text, markdown.replace("Good.", "Better."));
}

#[test]
fn an_answer_defines_nothing() {
    for answer in ["[x]: /y", "[^1]: A note."] {
        let text = worked_on("A.\n\nB [x].", |shown| match shown {
            "A." => answer.to_owned(),
            other => other.to_uppercase(),
        });
        assert_eq!(text, "A.\n\nB [X].");
    }
}

#[test]
fn spaces_that_do_not_break_stay() {
    let text = worked_on("10 km. \u{3000}A", |_| {
        "10\u{a0}km\u{2028}\u{202f}:\nA".to_owned()
    });
    assert_eq!(text, "10\u{a0}km \u{202f}: A");
    assert_eq!(worked_on("A", |_| "\u{a0}".to_owned()), "A");
}

#[test]
fn a_block_is_left_out_where_nothing_else_changes() {
    for (markdown, number, is_left_out) in [
        ("A\n\nB\n\nC", 1, true),
        ("- a\n- b", 0, true),
        ("- a\n\n- b", 1, true),
        ("> a\n\nb", 0, true),
        ("Things:\n- a\n- b", 1, false),
    ] {
        let segments = segments(markdown);
        let mut words = BTreeMap::from([(number, String::new())]);
        let text = assembled(markdown, &segments, &mut words, Placeholders::Some);
        assert_eq!(words.is_empty(), !is_left_out, "{markdown}");
        assert_eq!(text == markdown, !is_left_out, "{markdown}");
    }
}

/// Markdown of what it is made of.
fn markdown() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zéß .,#|>*_`~\\[\\]()!<&;:=+0-9\\\\-]{0,12}",
        Just("\n\n".to_owned()),
        Just("\n".to_owned()),
        Just("\n> ".to_owned()),
        Just("\n- ".to_owned()),
        Just("\n1. ".to_owned()),
        Just("\n    ".to_owned()),
        Just("\n```\n".to_owned()),
        Just("\n## ".to_owned()),
        Just("  \n".to_owned()),
        Just("`code`".to_owned()),
        Just("[link *it*](https://a.test/b \"c\")".to_owned()),
        Just("![alt](d.png)".to_owned()),
        Just("[ref][e] and [e]".to_owned()),
        Just("\n\n[e]: /f\n\n".to_owned()),
        Just("<b>bold</b>".to_owned()),
        Just("\n\n<div>\nhtml\n</div>\n\n".to_owned()),
        Just("https://g.test/h_i?j".to_owned()),
        Just("<k@l.test>".to_owned()),
        Just("\n|a|b|\n|-|:-:|\n|c|d|\n".to_owned()),
        Just("[^1]".to_owned()),
        Just("\n\n[^1]: note\n\n".to_owned()),
        Just("**strong** word".to_owned()),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

/// Everything but words that a page shows, code included.
fn bones(markdown: &str) -> Vec<String> {
    let html = crate::render::render(markdown).html;
    let mut bones = vec![];
    for element in html.split('<').skip(1) {
        let (tag, text) = element.split_once('>').unwrap_or((element, ""));
        let is_of_words = ["em", "strong", "del"].contains(&tag.trim_start_matches('/'));
        let is_named_by_words = tag.contains(" id=") || tag.contains("class=\"anchor\"");
        if is_of_words || is_named_by_words {
            continue;
        }
        let (before, alt) = tag.split_once(" alt=\"").unwrap_or((tag, "\""));
        bones.push(before.to_owned() + alt.split_once('"').map_or("", |(_, after)| after));
        if tag.starts_with("code") {
            bones.push(text.to_owned());
        }
    }
    bones
}

proptest! {
    #[test]
    fn whoever_only_changes_words_keeps_all_else(markdown in markdown()) {
        let text = worked_on(&markdown, loud);
        prop_assert_eq!(bones(&text), bones(&markdown), "{}", text);
    }

    #[test]
    fn whatever_is_answered_keeps_all_else(
        markdown in markdown(),
        answer in "([a-z #`|>*_\\[\\]()!<\\\\-]|`#0`|\\[a\\]\\(#1\\)|\n){0,12}",
    ) {
        let text = worked_on(&markdown, |shown| format!("{answer}{shown}"));
        prop_assert_eq!(bones(&text), bones(&markdown), "{}", text);
    }

    #[test]
    fn whoever_changes_nothing_keeps_what_a_page_shows(markdown in markdown()) {
        let text = worked_on(&markdown, str::to_owned);
        let words = |text: &str| crate::render::plain_text(text).split_whitespace().collect::<String>();
        prop_assert_eq!(words(&text), words(&markdown), "{}", text);
    }
}
