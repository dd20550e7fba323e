use proptest::prelude::*;

use super::{Addresses, Guard, Leaks, Reports, page, seen, tags};
use crate::domain::Limits;
use crate::services::ai::answer::{PostAnswer, SeoAnswer};

fn line(text: &str) -> String {
    let (limits, leaks) = (Limits::default(), Leaks::default());
    let mut guard = Guard {
        limits: &limits,
        addresses: &Addresses::default(),
        leaks: &leaks,
        reports: &mut Reports::default(),
    };
    guard.line("title", text, 300)
}

#[test]
fn titles_keep_what_programmers_write_and_no_tag() {
    assert_eq!(line("Why `Vec<T>` grows"), "Why Vec<T> grows");
    assert_eq!(
        line("`Map<Key, Value>` and 1 < 2"),
        "Map<Key, Value> and 1 < 2"
    );
    assert_eq!(line("&lt;&lt;b&gt;script&gt;alert(1)"), "alert(1)");
    assert_eq!(line("&lt;SCRIPT&gt;alert(1)"), "alert(1)");
    assert_eq!(line("&lt;&lt;|a|&gt;script&gt;alert(1)"), "alert(1)");
}

#[test]
fn what_becomes_an_address_on_a_page_alone_leads_nowhere() {
    let (limits, leaks) = (Limits::default(), Leaks::default());
    let deep = "> ".repeat(64);
    for hidden in [
        format!("{deep}[https://evil.test/x](/ok)"),
        format!("{deep}http*s://evil.test*"),
        "htt<|<b></b>a|>ps://evil.test/x".to_owned(),
    ] {
        let mut reports = Reports::default();
        let mut guard = Guard {
            limits: &limits,
            addresses: &Addresses::default(),
            leaks: &leaks,
            reports: &mut reports,
        };
        let html = crate::render::render(&guard.body(&hidden)).html;
        assert!(!html.contains("href"), "{html}");
        assert!(!reports.0.is_empty());
    }
}

/// What reports quote of the body.
fn quoted(body: &str) -> Vec<String> {
    let (limits, leaks) = (Limits::default(), Leaks::default());
    let mut reports = Reports::default();
    let mut guard = Guard {
        limits: &limits,
        addresses: &Addresses::default(),
        leaks: &leaks,
        reports: &mut reports,
    };
    let _ = guard.body(body);
    reports.0.into_iter().map(|report| report.text).collect()
}

#[test]
fn reports_quote_nothing_that_was_not_said() {
    assert_eq!(quoted("a <|im<|x|>_end|> b"), ["<|x|>", ""]);
    assert_eq!(quoted("<scr<b>ipt> c"), ["<b>", ""]);
    assert_eq!(quoted("a\u{ad} <b>c"), ["", "<b>"]);
    let long = format!("[{}](https://evil.test)", "long ".repeat(100));
    let short = quoted(&long).concat();
    assert!(short.ends_with('…') && long.starts_with(short.trim_end_matches('…')));
}

const RULE: &str = "Never tell anybody that the rule of this house is to be kind.";

/// A text of pieces that do harm together.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<script>",
        "</script>",
        "<svg onload=a>",
        "</svg>",
        "<title>",
        "<textarea>",
        "<img src=x>",
        "<!--",
        "-->",
        "<b",
        "<div>\n",
        "<",
        ">",
        "&lt;",
        "&gt;",
        "&#123;",
        "&#78;",
        "\\",
        "`",
        "```\n",
        "~~~",
        "[a](",
        "![",
        "](",
        "](https://evil.test)",
        ")",
        "[a]",
        "[a]: ",
        "[^1]",
        "https://evil.test/",
        "http",
        "://",
        "www.",
        "evil.test ",
        "javascript:alert(1)",
        "<https://evil.test>",
        "https://example.org/a ",
        "(/a)",
        "> ",
        "- ",
        "1. ",
        "# ",
        "    ",
        "|",
        "|-|\n",
        "*",
        "**",
        "_",
        "~~",
        "\n",
        "\n\n",
        " ",
        "a",
        "é",
        "🦀",
        "日本",
        "<|",
        "|>",
        "im_end",
        "<|im_start|>",
        "[INST]",
        "[/INST](",
        "[IN",
        "ST]",
        "<<SYS>>",
        "<｜User｜>",
        "\u{200d}",
        "\u{200c}",
        "\u{fe0f}",
        "1\u{fe0f}\u{20e3}",
        "👩",
        "ی",
        "{\"tool\": 1}",
        "{",
        "\"arguments\": ",
        "}",
        "<tool_call>",
        "</tool_call>",
        "tool",
        "_call",
        "```tool_code\n",
        "\r",
        "\t",
        "\0",
        "\u{200b}",
        "\u{ad}",
        "\u{e0041}",
        "\u{e007f}",
        "\u{1f3f4}",
        "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e007f}",
        "\u{202e}",
        RULE,
        "Never tell anybody that the rule ",
        "of this house is to be kind.",
        "0123456789abcdef",
    ]);
    let piece = prop_oneof![8 => piece.prop_map(str::to_owned), 1 => "\\PC{0,9}"];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn whatever_is_answered_becomes_a_post_that_is_harmless_and_within_the_limits(
        title in hostile(),
        body in hostile(),
        text in hostile(),
        words in prop::collection::vec(hostile(), 0..6),
    ) {
        let limits = Limits {
            title: 30,
            body_bytes: 200,
            text: 60,
            tag: 20,
            tags: 3,
            category: 25,
            ..Limits::default()
        };
        let addresses = Addresses::of(&["example.org".to_owned()], ["/a"]);
        let leaks = Leaks::of(RULE, Some("0123456789abcdef".to_owned()));
        let mut reports = Reports::default();
        let mut guard = Guard {
            limits: &limits,
            addresses: &addresses,
            leaks: &leaks,
            reports: &mut reports,
        };
        let said = [&[title.clone(), body.clone(), text.clone()], &*words].concat();
        let content = guard.content(
            PostAnswer {
                title,
                body,
                excerpt: text.clone(),
                tags: words.clone(),
                category: text.clone(),
                seo: SeoAnswer { title: text.clone(), description: text, keywords: words },
                is_unfinished: false,
            },
            "Crabs",
        );
        for report in &guard.reports.0 {
            let quoted = report.text.trim_end_matches('…');
            // What the body lacks a title for is the text of a heading.
            let is_said = report.field == "title" || said.iter().any(|it| it.contains(quoted));
            prop_assert!(is_said, "{:?}", report);
        }
        prop_assert!(!page::leads_elsewhere(&content.body, &addresses), "{:?}", content.body);
        prop_assert!(leaks.removed(&crate::render::plain_text(&content.body)).is_none());
        prop_assert_eq!(guard.body(&content.body), content.body.as_str());
        prop_assert!(content.body.len() <= limits.body_bytes);

        let lines = [
            (Some(&content.title), limits.title),
            (content.excerpt.as_ref(), limits.text),
            (content.category.as_ref(), limits.category),
            (content.seo.title.as_ref(), limits.text),
            (content.seo.description.as_ref(), limits.text),
        ];
        let lines = lines.into_iter().filter_map(|(line, limit)| Some((line?, limit)));
        let words = content.tags.iter().chain(&content.seo.keywords);
        for (line, limit) in lines.chain(words.map(|word| (word, limits.tag))) {
            prop_assert!(!line.is_empty() && line.chars().count() <= limit, "{:?}", line);
            prop_assert!(!line.contains(['\n', '\t']), "{:?}", line);
            let is_whole = !line.ends_with('…');
            prop_assert!(!is_whole || tags::without_tags(line) == *line, "{:?}", line);
            prop_assert_eq!(&seen("", line, &leaks, &mut Reports::default()), line);
        }
        prop_assert!(content.tags.len() <= limits.tags && content.seo.keywords.len() <= limits.tags);
        let again = seen("", &content.body, &leaks, &mut Reports::default());
        prop_assert_eq!(&again, &content.body);
        let shown = crate::render::plain_text(&content.body);
        let again = seen("", &shown, &leaks, &mut Reports::default());
        prop_assert_eq!(again, shown);
    }
}

/// All of this takes a time that grows with its length. If it grew with the square of that, this would seem
/// to hang.
#[test]
fn what_is_nothing_but_hostile_is_guarded_like_anything_else() {
    let (limits, leaks) = (Limits::default(), Leaks::of(RULE, None));
    let pieces = [
        "![",
        "](https://evil.test)",
        "<svg>",
        "</svg>",
        "<tool_call>\n\n",
        "www.a ",
        "xwww.",
        ")",
        "<|",
        "<|a|>",
        "[INST]",
        "[INST](",
        "<｜",
        "👩\u{200d}",
        "\u{1f3f4}",
        "N-",
    ];
    let of_one = pieces.map(|piece| format!("http://a{}", piece.repeat(200_000 / piece.len())));
    let pictures = "![".repeat(45_000) + &"](https://evil.test)".repeat(45_000);
    let elements = "<div>\n".to_owned() + &"<i>".repeat(60_000) + &"</z>".repeat(60_000);
    let formats: String = (0..20_000).map(|number| format!("<b {number}>")).collect();
    let formats = "<div>\n".to_owned() + &formats + &"<p>x".repeat(20_000);
    for text in of_one.into_iter().chain([pictures, elements, formats]) {
        let mut reports = Reports::default();
        let mut guard = Guard {
            limits: &limits,
            addresses: &Addresses::default(),
            leaks: &leaks,
            reports: &mut reports,
        };
        let body = guard.body(&text);
        assert!(!page::leads_elsewhere(&body, &Addresses::default()));
        assert!(guard.line("title", &text, 300).chars().count() <= 300);
    }
}
