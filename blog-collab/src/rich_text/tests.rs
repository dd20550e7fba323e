use blog_core::render::render;
use proptest::collection::vec;
use proptest::prelude::*;
use yrs::{Any, Doc, OffsetKind, Options, Transact, WriteTxn};

use super::tree::*;
use super::*;

/// HTML in which white space that browsers show as one space is one.
fn html(markdown: &str) -> String {
    let html = render(markdown).html;
    let mut parts = html.split_inclusive("</pre>");
    let mut spaced = String::new();
    for part in &mut parts {
        let (text, code) = part.split_at(part.find("<pre").unwrap_or(part.len()));
        let words: Vec<_> = text.split_whitespace().collect();
        spaced.push_str(&words.join(" "));
        spaced.push_str(code);
    }
    spaced.replace(" <br>", "<br>")
}

fn node(name: &str, children: Vec<Node>) -> Node {
    Node::Element(Element::new(name, children))
}

fn document() -> Doc {
    Doc::with_options(Options {
        offset_kind: OffsetKind::Utf16,
        ..Options::default()
    })
}

/// Samples of all that posts are made of; the last word says whether the schema knows it.
const SAMPLES: &[(&str, bool)] = &[
    (
        "# One\n\nTwo\n===\n\nThree\n---\n\n###### Six #\n\n## `Code` and *more* #\n",
        true,
    ),
    (
        "Some text\nover two lines.\n\nA hard\\\nbreak and  \nanother.\n",
        true,
    ),
    (
        "*a* **b** ***c*** _d_ __e__ ~~f~~ **a *b* c** *a **b** c*\n",
        true,
    ),
    (
        "un*frigging*believable, 2 * 3 * 4, snake_case_name, **foo**bar, \"**quoted.**\"\n",
        true,
    ),
    (
        "- one\n- two\n  - three\n    1. four\n    2. five\n- six\n",
        true,
    ),
    (
        "- one\n\n- two\n\n  more of it\n\n  > quoted\n- three\n",
        true,
    ),
    (
        "3) three\n4) four\n\n* a\n\n- b\n\n+ c\n\n1. a\n1. b\n",
        true,
    ),
    (
        "- ```rust\n  code\n  ```\n- # heading\n- > quote\n-\n- ![a](b)\n",
        true,
    ),
    (
        "````markdown\n```rust,ignore\nfn main() {}\n\n    indented  \n```\n````\n\n    also code\n\n~~~ a`b\nc\n~~~\n",
        true,
    ),
    (
        "> quote\nlazy\n>\n> > deeper\n> - list\n\n> another\n",
        true,
    ),
    (
        "| a | b | c |\n|:--|:-:|--:|\n| `x\\|y` | *i* | <https://e.org> |\n| one<br>two | | |\n",
        true,
    ),
    (
        "[a](https://e.org \"T \\\"q\\\"\") [b][r] [r][] [r] <https://e.org/x?y=z&w> <me@e.org>\n\n[r]: </a b> 'It''s'\n",
        true,
    ),
    (
        "See https://e.org/a_b_c, www.e.org and http://e.org/(x).\n",
        true,
    ),
    ("![alt *text*](/a.png \"Title\")\n\n![](b.png)\n", true),
    (
        "\\*not\\* \\_this\\_ &amp;lt; &copy; \\# \\[x\\] 1\\. a\\\\b `` a`b `` ` `` `\n",
        true,
    ),
    (
        "\\# no heading\n\n\\- no item\n\n1\\. none\n\n\\> none\n\n\\---\n\n+1 and -1 and 1.5\n",
        true,
    ),
    ("---\n\n***\n\ntext\n\n_ _ _\n", true),
    ("**a `code` b**\n\n[`code`](https://e.org)\n", false),
    (
        "text ![image](a.png) text\n\n[![badge](b.svg)](https://e.org)\n",
        false,
    ),
    (
        "<details>\n<summary>More</summary>\n\nA <kbd>key</kbd>.\n\n</details>\n",
        false,
    ),
    (
        "A note[^1] and [a link][r].\n\n[^1]: Below,\n    in two lines.\n\n[r]: https://e.org\n",
        false,
    ),
    ("- [x] done\n- [ ] not\n", false),
    ("> [!NOTE]\n> Mind this.\n", false),
    ("**a **b** c** and [](https://e.org)\n", false),
    ("```markdown-raw\nkept\n```\n", false),
    // What real posts are written in besides.
    (
        "**From:** Ada \\\n**To:** all   \nof\tus, and\n a [link](/a \"T\") .\n",
        true,
    ),
    (
        "1. Install it:\n\n   ```console\n   $ rustup update stable\n   ```\n\n2. Then:\n   * one [page][1]\n   * or\n\n     > two\n3. Done.\n\n[1]: https://e.org/a_(b)\n",
        true,
    ),
    (
        "| Method | Since |\n|:---|---|\n| `Vec::<T>::new` and [it](/a) | **1.0** |\n| `a \\| b` | ~~none~~ &mdash; |\n",
        true,
    ),
    (
        "> *Quoted* by [Ada](https://e.org).\n>\n> ```rust\n> let x = \"<y>\";\n> ```\n>\n> — **Ada**, 1843\n",
        true,
    ),
    (
        "### [A heading][a] with `code`?\n\n#### 1.63.0 & later\n\n[a]: <https://e.org/x y>\n",
        true,
    ),
    (
        "- [`from_fn`]\n- [`<*const T>::copy_to`]\n- **[`bold`](/b)**\n\n[`from_fn`]: /a\n[`from_fn`]: /b\n[`<*const T>::copy_to`]: /c\n[`from_fn`]: /d\n\nSee [`from_fn`].\n",
        false,
    ),
    (
        "<!-- Chart start -->\n\n<div class=\"chart\">\n  <img src=\"a.svg\" alt=\"A &lt;chart&gt;\" />\n\n*Many*\n\n</div>\n<!-- end -->\n\nText<br>and <a href=\"/b\">more</a>.\n",
        false,
    ),
    (
        "* [x] `Clone` for [it](/a)\n* [ ] and\n  - [x] a part[^n]\n  - not a task\n\n[^n]: In [`code`](/b):\n\n    ```toml\n    a = 1\n    ```\n",
        false,
    ),
    (
        "1. ![Inline](a.png) in an item\n2. [![Linked](b.png \"T\")](/c)\n3. *![Leaning](d.png)*\n",
        false,
    ),
];

#[test]
fn every_construct_is_shown_the_same_and_stays_as_it_is_from_then_on() {
    for (written, is_known) in SAMPLES {
        let nodes = nodes_of(written);
        let raw = elements(&nodes).filter(|block| block.text("language") == RAW);
        assert_eq!(raw.count() == 0, *is_known, "{written}");
        let markdown = to_markdown(&nodes);
        assert_eq!(html(&markdown), html(written), "{written}\n{markdown}");
        assert_eq!(nodes_of(&markdown), nodes, "{written}\n{markdown}");
        assert_eq!(to_markdown(&nodes_of(&markdown)), markdown);
    }
}

/// An editor does not tell in which order marks stand around a text, nor two links to one address from one.
#[test]
fn marks_stand_around_each_other_in_one_order_and_those_that_meet_are_one() {
    for (written, said) in [
        ("**[a](/b)**", "[**a**](/b)\n"),
        ("*[a](/b)* and **_c_**", "[*a*](/b) and ***c***\n"),
        ("~~**[a](/b)**~~", "[~~**a**~~](/b)\n"),
        ("[a](/b)[.](/b)", "[a.](/b)\n"),
    ] {
        assert_eq!(to_markdown(&nodes_of(written)), said);
        assert_eq!(to_markdown(&nodes_of(said)), said);
    }
}

#[test]
fn samples_are_nodes_as_tiptap_names_them() {
    let text = |text: &str, marks: &[Mark]| Run {
        text: text.into(),
        marks: marks.iter().cloned().collect(),
    };
    let link = Mark::Link {
        href: "https://e.org".into(),
        title: "T".into(),
    };
    let paragraph = |runs: Vec<Run>| node(PARAGRAPH, vec![Node::Text(runs)]);
    let item = |said: &str| node(LIST_ITEM, vec![paragraph(vec![text(said, &[])])]);
    let expected = vec![
        Node::Element(
            Element::new(HEADING, vec![Node::Text(vec![text("One", &[])])]).with("level", 2_i64),
        ),
        paragraph(vec![
            text("a ", &[]),
            text("b", &[Mark::Bold, Mark::Italic]),
            text(" ", &[]),
            text("c", &[link]),
            text("d", &[Mark::Code]),
        ]),
        Node::Element(Element::new(ORDERED_LIST, vec![item("x"), item("y")]).with("start", 3_i64)),
        Node::Element(Element::code("rust", "let x;")),
        node(HORIZONTAL_RULE, vec![]),
    ];
    let markdown = "## One\n\na ***b*** [c](https://e.org \"T\")`d`\n\n3. x\n4. y\n\n```rust\nlet x;\n```\n\n---\n";
    assert_eq!(nodes_of(markdown), expected);
    assert_eq!(to_markdown(&expected), markdown);
}

#[test]
fn text_that_looks_like_markdown_is_the_text_that_it_was() {
    for text in ["-- -", "--- -", "-- --", "- - -", "== =", "=="] {
        let nodes = vec![node(PARAGRAPH, nodes_in_line(text))];
        assert_eq!(nodes_of(&to_markdown(&nodes)), nodes);
    }
    let image = |alt: &str| {
        Element::new(IMAGE, vec![])
            .with("src", "a")
            .with("alt", alt)
    };
    let [written, read] = ["a\n\n# b\r\rc\0", "a  # b  c "].map(|alt| {
        let markdown = to_markdown(&[Node::Element(image(alt))]);
        nodes_of(&markdown)
    });
    assert_eq!(written, read);
    assert_eq!(read, [Node::Element(image("a  # b  c "))]);
}

#[test]
fn space_that_nobody_is_shown_is_no_part_of_a_line() {
    for (written, said) in [
        ("End\n\u{c}\n", "End"),
        ("a&#32;\\\n&#32;b&#32;", "a\\\nb"),
        ("a&#9;b\tc", "a b c"),
        ("| a&#32; |\n|-|\n| b<br> |", "| a |\n|-|\n| b |"),
    ] {
        assert_eq!(nodes_of(written), nodes_of(said), "{written:?}");
    }
}

#[test]
fn code_in_any_language_and_with_any_line_ends_stays_in_its_block() {
    for language in ["~`", "~~~", "a`", "~"] {
        let nodes = vec![Node::Element(Element::code(language, "a\n\nb"))];
        assert_eq!(nodes_of(&to_markdown(&nodes)), nodes);
    }
    for (language, code) in [("rust", "a\rb\r\nc"), ("rust\rx", "a\nb\rc")] {
        let quote = |language: &str, code: &str| {
            node(
                BLOCKQUOTE,
                vec![Node::Element(Element::code(language, code))],
            )
        };
        let item = |quote: Node| {
            let item = node(LIST_ITEM, vec![node(PARAGRAPH, nodes_in_line("x")), quote]);
            vec![node(BULLET_LIST, vec![item])]
        };
        let markdown = to_markdown(&item(quote(language, code)));
        assert_eq!(nodes_of(&markdown), item(quote("rust", "a\nb\nc")));
    }
}

#[test]
fn what_stands_below_markdown_in_an_item_is_no_part_of_it() {
    let heading = Node::Element(Element::new(HEADING, nodes_in_line("One")).with("level", 1_i64));
    for below in [
        heading,
        node(BLOCKQUOTE, vec![node(PARAGRAPH, nodes_in_line("One"))]),
        node(HORIZONTAL_RULE, vec![]),
        Node::Element(Element::code("", "One")),
    ] {
        let html_block = Node::Element(Element::code(RAW, "<div>"));
        let item = node(
            LIST_ITEM,
            vec![node(PARAGRAPH, vec![]), html_block, below.clone()],
        );
        let markdown = to_markdown(&[node(BULLET_LIST, vec![item])]);
        let shown = html(&to_markdown(&[below]));
        assert!(html(&markdown).contains(shown.trim()), "{markdown}");
    }
}

#[test]
fn what_stands_too_deep_is_kept_as_it_is() {
    for piece in ["> ", "- ", "1. "] {
        let deep = piece.repeat(5_000) + "deep";
        let nodes = nodes_of(&deep);
        assert_eq!(nodes, [Node::Element(Element::code(RAW, &deep))]);
    }
}

#[test]
fn tens_of_thousands_of_marks_blocks_and_definitions_are_read_written_and_edited_at_once() {
    let mut runs = vec![];
    for number in 0..50_000 {
        let mut marks = Marks::from([Mark::Italic]);
        if number % 2 == 0 {
            marks.insert(Mark::Bold);
        }
        let text = "word".to_owned();
        runs.push(Run { text, marks });
    }
    let marked = [node(PARAGRAPH, vec![Node::Text(runs)])];
    assert!(to_markdown(&marked).len() > 200_000);
    for (before, after) in [
        ("", "*a* b ".repeat(40_000)),
        ("a b\n", "- a\n".repeat(30_000)),
        ("a b a b", "a **b** ".repeat(40_000)),
    ] {
        let doc = document();
        let mut transaction = doc.transact_mut();
        let fragment = transaction.get_or_insert_xml_fragment("default");
        edit(&fragment, &mut transaction, &nodes_of(before));
        let after = nodes_of(&after);
        edit(&fragment, &mut transaction, &after);
        assert_eq!(nodes_in(&fragment, &transaction), after);
    }
    let definitions: String = (0..20_000)
        .map(|number| format!("<b>[{number}]</b>\n\n[{number}]: /a\n\n"))
        .collect();
    assert_eq!(nodes_of(&definitions).len(), 20_001);
}

#[test]
fn a_table_whose_rows_are_shorter_than_one_is_no_longer_than_what_is_in_it() {
    let row = |name: &str, cells: usize| {
        let cells = (0..cells).map(|_| node(name, vec![node(PARAGRAPH, vec![])]));
        node(TABLE_ROW, cells.collect())
    };
    let mut rows = vec![row(TABLE_HEADER, 2), row(TABLE_CELL, 3), row(TABLE_CELL, 0)];
    let markdown = to_markdown(&[node(TABLE, rows.clone())]);
    assert_eq!(
        markdown,
        "|  |  |  |\n| --- | --- | --- |\n|  |  |  |\n|  |\n"
    );
    let row_lengths = |nodes: &[Node]| -> Vec<usize> {
        let table = elements(nodes).next().unwrap();
        table.elements().map(|row| row.children.len()).collect()
    };
    assert_eq!(row_lengths(&nodes_of(&markdown)), [3, 3, 3]);
    rows.push(row(TABLE_CELL, 30_000));
    rows.extend((0..30_000).map(|_| row(TABLE_CELL, 0)));
    assert!(to_markdown(&[node(TABLE, rows)]).len() < 1_000_000);
}

#[test]
fn blocks_that_say_the_same_stay_as_they_are_written() {
    let known = "One\n===\n\n* a\n* b [x]\n\n\n[x]: https://e.org\n\nTwo  \nlines\n";
    let said = |change: &dyn Fn(&mut Vec<Node>)| {
        let mut nodes = nodes_of(known);
        change(&mut nodes);
        kept(&to_markdown(&nodes), known)
    };
    let new = || nodes_of("new").remove(0);
    assert_eq!(said(&|_| {}), known);
    assert_eq!(said(&|nodes| nodes.push(new())), format!("{known}\nnew\n"));
    assert_eq!(
        said(&|nodes| nodes[0] = new()),
        "new\n\n* a\n* b [x]\n\n\n[x]: https://e.org\n\nTwo  \nlines\n"
    );
    assert_eq!(
        said(&|nodes| nodes[2] = new()),
        "One\n===\n\n* a\n* b [x]\n\n[x]: https://e.org\n\nnew\n"
    );
    assert_eq!(said(&|nodes| nodes.clear()), "[x]: https://e.org\n");
}

fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => "[a-c]{1,3}",
        2 => "[-*_~`#+>.!&<\\[\\]()|\\\\:=\"'1]{1,3}",
        1 => Just("&amp;".to_owned()),
        1 => Just("https://e.org/a_b".to_owned()),
        1 => Just("é€😀".to_owned()),
        1 => Just("1.".to_owned()),
    ];
    vec((word, any::<bool>()), 1..4).prop_map(|words| {
        let spaced = words
            .into_iter()
            .map(|(word, space)| word + if space { " " } else { "" });
        spaced.collect()
    })
}

fn marks() -> impl Strategy<Value = Marks> {
    let link = ("[a-z/ ()<>&\\\\]{0,4}", "[a\"\\\\ &]{0,3}").prop_map(|(href, title)| Mark::Link {
        href,
        title: title.trim().to_owned(),
    });
    let mark = prop_oneof![
        Just(Mark::Bold),
        Just(Mark::Italic),
        Just(Mark::Strike),
        link
    ];
    let marks = vec(mark, 0..3).prop_map(|marks| {
        let mut links = 0;
        let one_link = marks.into_iter().filter(|mark| {
            links += usize::from(matches!(mark, Mark::Link { .. }));
            links < 2 || !matches!(mark, Mark::Link { .. })
        });
        one_link.collect::<Marks>()
    });
    prop_oneof![6 => marks, 1 => Just(Marks::from([Mark::Code]))]
}

/// Inline nodes as they are once they have been Markdown.
fn line() -> impl Strategy<Value = Vec<Node>> {
    let piece = prop_oneof![
        8 => (words(), marks()).prop_map(|(text, marks)| Node::Text(vec![Run { text, marks }])),
        1 => Just(node(HARD_BREAK, vec![])),
    ];
    vec(piece, 1..6).prop_map(|pieces| {
        let line = super::pieces::nodes_of(super::pieces::pieces_of(&pieces));
        if line.is_empty() {
            nodes_in_line("x")
        } else {
            line
        }
    })
}

fn nodes_in_line(text: &str) -> Vec<Node> {
    vec![Node::Text(vec![Run {
        text: text.into(),
        marks: Marks::new(),
    }])]
}

fn code() -> impl Strategy<Value = Node> {
    ("[a-z,&\\\\`]{0,5}", "[a~` \n]{0,12}").prop_map(|(language, code)| {
        Node::Element(Element::code(language.trim(), code.trim_matches('\n')))
    })
}

fn table() -> impl Strategy<Value = Node> {
    let rows = (1..4_usize).prop_flat_map(|columns| vec(vec(line(), columns), 1..4));
    rows.prop_map(|rows| {
        let rows = rows.into_iter().enumerate().map(|(number, cells)| {
            let name = if number == 0 {
                TABLE_HEADER
            } else {
                TABLE_CELL
            };
            let cell = |line| node(name, vec![node(PARAGRAPH, line)]);
            node(TABLE_ROW, cells.into_iter().map(cell).collect())
        });
        node(TABLE, rows.collect())
    })
}

fn blocks() -> impl Strategy<Value = Vec<Node>> {
    let paragraph = || line().prop_map(|line| node(PARAGRAPH, line));
    let image = ("[a-z/ ()]{1,4}", "[a-z*\\[]{0,3}").prop_map(|(src, alt)| {
        let image = Element::new(IMAGE, vec![]).with("src", src);
        Node::Element(if alt.is_empty() {
            image
        } else {
            image.with("alt", alt)
        })
    });
    let leaf = prop_oneof![
        4 => paragraph(),
        1 => (line(), 1..7_i64).prop_map(|(line, level)| {
            Node::Element(Element::new(HEADING, line).with("level", level))
        }),
        1 => code(),
        1 => table(),
        1 => image,
        1 => Just(node(HORIZONTAL_RULE, vec![])),
    ];
    let block = leaf.prop_recursive(3, 24, 4, move |inner| {
        let item = (paragraph(), vec(inner.clone(), 0..3)).prop_map(|(first, mut rest)| {
            rest.insert(0, first);
            node(LIST_ITEM, rest)
        });
        let items = vec(item, 1..4).boxed();
        prop_oneof![
            vec(inner, 1..4).prop_map(|inner| node(BLOCKQUOTE, inner)),
            items.clone().prop_map(|items| node(BULLET_LIST, items)),
            (items, 0..200_i64).prop_map(|(items, start)| {
                Node::Element(Element::new(ORDERED_LIST, items).with("start", start))
            }),
        ]
    });
    vec(block, 0..6)
}

/// Any nodes in any others, as a client may put them there.
fn anything() -> impl Strategy<Value = Vec<Node>> {
    let name = prop_oneof![
        Just(PARAGRAPH),
        Just(HEADING),
        Just(BLOCKQUOTE),
        Just(BULLET_LIST),
        Just(ORDERED_LIST),
        Just(LIST_ITEM),
        Just(TASK_LIST),
        Just(CODE_BLOCK),
        Just(HORIZONTAL_RULE),
        Just(TABLE),
        Just(TABLE_ROW),
        Just(TABLE_CELL),
        Just(HARD_BREAK),
        Just("unknown"),
    ];
    let text =
        ("[a-z]{8}", marks()).prop_map(|(text, marks)| Node::Text(vec![Run { text, marks }]));
    let attributes = prop_oneof![
        Just(("level", Any::from(f64::NAN))),
        Just(("level", Any::from(i64::MAX))),
        Just(("start", Any::from(-1_i64))),
        Just(("start", Any::from(i64::MAX))),
        Just(("language", Any::from("a\nb`"))),
        Just(("language", Any::from(RAW))),
        Just(("align", Any::from(true))),
    ];
    let node = text.prop_recursive(6, 32, 4, move |inner| {
        (name.clone(), attributes.clone(), vec(inner, 0..4)).prop_map(
            |(name, (attribute, value), mut children)| {
                if matches!(name, HARD_BREAK | HORIZONTAL_RULE) {
                    children.clear();
                }
                Node::Element(Element::new(name, children).with(attribute, value))
            },
        )
    });
    vec(node, 0..4)
}

fn words_in(nodes: &[Node]) -> Vec<String> {
    let all = Element::new("", nodes.to_vec()).plain_text().into_bytes();
    let words = all
        .chunks(8)
        .map(|word| String::from_utf8_lossy(word).into_owned());
    words.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn nodes_are_the_same_after_they_were_markdown(nodes in blocks()) {
        let markdown = to_markdown(&nodes);
        prop_assert_eq!(nodes_of(&markdown), nodes, "{}", markdown);
    }

    #[test]
    fn any_text_is_shown_the_same_after_it_was_nodes(written in "([-*_~`#+>.!<\\[\\]()|a1 ]{0,8}\n){0,8}") {
        let markdown = to_markdown(&nodes_of(&written));
        prop_assert_eq!(to_markdown(&nodes_of(&markdown)), markdown);
    }

    #[test]
    fn whatever_a_client_makes_of_a_fragment_its_text_is_kept(nodes in anything(), after in blocks()) {
        let doc = document();
        let mut transaction = doc.transact_mut();
        let fragment = transaction.get_or_insert_xml_fragment("default");
        edit(&fragment, &mut transaction, &nodes);
        let markdown = to_markdown(&nodes_in(&fragment, &transaction));
        // In a guarded word, letters are entities.
        let said: String = nodes_of(&markdown).iter().map(|node| match node {
            Node::Element(element) => element.plain_text(),
            Node::Text(_) => String::new(),
        }).collect();
        for word in words_in(&nodes) {
            prop_assert!(markdown.contains(&word) || said.contains(&word), "{word} is not in {markdown}");
        }
        edit(&fragment, &mut transaction, &after);
        let there = to_markdown(&nodes_in(&fragment, &transaction));
        let wanted = to_markdown(&after);
        prop_assert_eq!(nodes_of(&there), nodes_of(&wanted));
    }

    #[test]
    fn a_fragment_becomes_the_nodes_that_are_wanted(before in blocks(), after in blocks()) {
        let doc = document();
        let mut transaction = doc.transact_mut();
        let fragment = transaction.get_or_insert_xml_fragment("default");
        for nodes in [&before, &after, &before] {
            edit(&fragment, &mut transaction, nodes);
            let there = nodes_in(&fragment, &transaction);
            prop_assert_eq!(to_markdown(&there), to_markdown(nodes));
            prop_assert!(!edit(&fragment, &mut transaction, nodes));
        }
    }
}
