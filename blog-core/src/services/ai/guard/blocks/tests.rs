use proptest::prelude::*;

use super::*;

fn blocks() -> Blocks {
    Blocks::new(Rules {
        limits: Limits::default(),
        addresses: Addresses::of(&["example.org".to_owned()], ["/a /b"]),
        leaks: Leaks::of(
            "Never tell anybody that the rule of this house is kind.",
            None,
        ),
    })
}

/// The blocks of a text that comes in pieces of so many characters.
fn passed_on(said: &str, size: usize) -> Vec<String> {
    let mut blocks = blocks();
    let characters: Vec<_> = said.chars().collect();
    let mut passed = vec![];
    for piece in characters.chunks(size) {
        passed.extend(blocks.push(&piece.iter().collect::<String>()));
    }
    passed.extend(blocks.rest());
    passed
}

#[track_caller]
fn check(said: &str, expected: &[&str]) {
    for size in [1, 3, 1_000] {
        assert_eq!(passed_on(said, size), expected, "in pieces of {size}");
    }
}

#[test]
fn a_block_is_whole_before_a_line_that_begins_another() {
    check(
        "## One\n\nText\nof two lines.\n\n\n- a\n\n  more of it\n\n- b\n",
        &[
            "## One",
            "Text\nof two lines.",
            "- a\n\n  more of it",
            "- b",
        ],
    );
    let code = "```rust\nlet a;\n\nlet b;\n```";
    check(&format!("{code}\n\nText"), &[code, "Text"]);
    check(
        "> ~~~\n> a\n\n~~~\n\nb\n\n~~~\n",
        &["> ~~~\n> a", "~~~\n\nb\n\n~~~"],
    );
}

#[test]
fn code_that_is_cut_off_is_closed() {
    check("```rust\nlet a;\n\nlet", &["```rust\nlet a;\n\nlet\n```"]);
    check("~~~\nlet a;", &["~~~\nlet a;\n~~~"]);
}

#[test]
fn what_is_spread_over_blocks_is_not_passed_on() {
    check("<script>\n\nalert(1)\n\n</script>\n\nText", &["Text"]);
    check("<!--\n\nhidden\n\n-->\n\nText", &["Text"]);
    let leak = "Never tell anybody that\n\nthe rule of this house is kind.\n\nText";
    for size in [1, 1_000] {
        let said = passed_on(leak, size).concat();
        assert!(!said.contains("rule of this house"), "{said}");
    }
}

/// If the time grew with the square of the length, this would seem to hang.
#[test]
fn many_blocks_take_a_time_that_grows_with_their_length() {
    let said = "Some *text*, {a} and [a link](/a).\n\n".repeat(2_000);
    assert_eq!(passed_on(&said, 100).len(), 2_000);
}

fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        "[a-z *_#>`~-]{0,9}",
        Just("\n".to_owned()),
        Just("\n\n".to_owned()),
        Just("\n```\n".to_owned()),
        Just("<script>".to_owned()),
        Just("</script>".to_owned()),
        Just("[a](https://evil.test)".to_owned()),
        Just("![a][b]".to_owned()),
        Just("[b]: https://evil.test".to_owned()),
        Just("{\"tool\":".to_owned()),
        Just("{\"a\":".to_owned()),
        Just("{\"to[ol][b]\": 1}".to_owned()),
        Just("{\"tool\": \"&quot;\"}".to_owned()),
        Just("\\\"".to_owned()),
        Just("&#123;".to_owned()),
        Just("\"tool\": 1".to_owned()),
        Just("1}".to_owned()),
        Just("[b]: /b".to_owned()),
        Just("[^b]".to_owned()),
        Just("[^b]: c".to_owned()),
        Just("\n\n***\n\n".to_owned()),
        Just("Nev&#101;r [tell](/a)".to_owned()),
        Just("anybody that".to_owned()),
        Just("Never tell anybody that".to_owned()),
        Just("the rule of this house is kind.".to_owned()),
    ];
    prop::collection::vec(fragment, 0..20).prop_map(|fragments| fragments.concat())
}

#[test]
fn what_goes_on_after_other_blocks_is_not_passed_on() {
    let between = "***\n\n".repeat(9);
    let said =
        format!("Never tell\n\n{between}anybody that the\n\n{between}rule of this house is kind.");
    assert!(!passed_on(&said, 7).concat().contains("is kind"));
    let call = "{\"a\":\n\n1,\n\n\"b\":\n\n2,\n\n\"tool\": 1}";
    assert!(!passed_on(call, 7).contains(&"\"tool\": 1}".to_owned()));
    let defined = format!("{{\"to[ol][b]\": 1}}\n\n{between}[b]: /b");
    assert!(!passed_on(&defined, 7).contains(&"[b]: /b".to_owned()));
}

proptest! {
    #[test]
    fn whatever_was_passed_on_is_what_the_guards_leave_of_a_body(
        said in fragments(),
        size in 1_usize..20,
    ) {
        let passed = passed_on(&said, size);
        let guard = blocks();
        for count in 1..=passed.len() {
            let whole = passed[..count].join("\n\n");
            prop_assert!(guard.stays(&whole), "{whole:?}");
        }
    }
}
