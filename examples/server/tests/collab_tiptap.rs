//! Live editing in TipTap, with the official client of Hocuspocus.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by it"
)]

mod server;
mod yjs;

use serde_json::{Value, json};

use server::{Server, wait_until};
use yjs::{Scene, Tiptap};

const BODY: &str = "# Title\n\nSome *text*, **bold** and [a link](https://e.org \"T\").\n\n\
    - one\n  - two\n- three\n\n1. first\n2. second\n\n> A quote.\n\n```rust\nlet x = 1;\n```\n\n\
    | a | b |\n| --- | :---: |\n| 1 | `2` |\n\n![alt](/a.png)\n\nThe [`code`](https://e.org).\n\n---\n";

/// A blog whose bodies are rich text, with a post that says this.
fn scene(body: &str) -> Scene {
    let scene = Scene::served_by(|data| Server::start_with(data, &["--collab-body", "rich-text"]));
    let saved = scene.patch(&scene.head()["revision"], body);
    assert_eq!(saved.status, 200, "{}", saved.text);
    scene
}

#[test]
fn a_post_in_markdown_opens_with_its_blocks_and_marks_and_closing_it_changes_nothing() {
    let scene = scene(BODY);
    let revision = scene.head()["revision"].clone();
    let mut ada = Tiptap::open(&scene.server, &scene.post);
    let html = ada.html();
    for part in [
        "<h1>Title</h1>",
        "Some <em>text</em>, <strong>bold</strong> and <a ",
        "href=\"https://e.org\" title=\"T\">a link</a>",
        "<ul><li><p>one</p><ul><li><p>two</p></li></ul></li><li><p>three</p></li></ul>",
        "<ol><li><p>first</p></li><li><p>second</p></li></ol>",
        "<blockquote><p>A quote.</p></blockquote>",
        "<pre><code class=\"language-rust\">let x = 1;</code></pre>",
        "<code>2</code>",
        "<img src=\"/a.png\" alt=\"alt\">",
        "<pre><code class=\"language-markdown-raw\">The [`code`](https://e.org).</code></pre>",
        "<hr>",
    ] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    ada.wait_until_stored();
    drop(ada);
    let head = scene.head();
    assert_eq!(
        (&head["body"], &head["revision"]),
        (&json!(BODY), &revision)
    );
    scene.server.stop("-TERM");
}

#[test]
fn what_is_written_and_formatted_is_markdown_and_html() {
    let scene = scene("# Title\n\nFirst.\n");
    let mut ada = Tiptap::open(&scene.server, &scene.post);
    ada.type_behind("First", " *words*");
    ada.type_below("First *words*.", "Second line");
    ada.type_below("Second line", "An item");
    ada.mark("line", "bold", Value::Null);
    ada.mark("Second", "link", json!({"href": "https://e.org"}));
    ada.turn("An item", "toggleBulletList", Value::Null);
    ada.turn("Title", "setHeading", json!({"level": 2}));
    ada.add(json!([
        {"type": "table", "content": [
            {"type": "tableRow", "content": [
                {"type": "tableHeader", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "a"}]}]}
            ]},
            {"type": "tableRow", "content": [
                {"type": "tableCell", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "b|c"}]}]}
            ]}
        ]},
        {"type": "codeBlock", "attrs": {"language": "rust"}, "content": [{"type": "text", "text": "let x;\n"}]}
    ]));
    ada.wait_until_stored();
    let expected = "## Title\n\nFirst \\*words\\*.\n\n[Second](https://e.org) **line**\n\n- An item\n\n\
        | a |\n| --- |\n| b\\|c |\n\n```rust\nlet x;\n\n```\n";
    assert_eq!(scene.head()["body"], expected);
    let html = scene.head()["html"].to_string();
    assert!(
        html.contains("<strong>line</strong>") && html.contains("<li>An item</li>"),
        "{html}"
    );
    scene.server.stop("-TERM");
}

#[test]
fn what_is_saved_over_the_api_appears_and_nothing_that_was_typed_is_lost() {
    let scene = scene("One two.\n\nThree.\n\nFour five.\n");
    let mut ada = Tiptap::open(&scene.server, &scene.post);
    let read = scene.head()["revision"].clone();
    ada.type_behind("One", " and a half");
    let saved = scene.patch(&read, "One two.\n\nThree.\n\nFour **five**.\n\nSix.\n");
    ada.type_behind("Four", " and more");
    assert_eq!(saved.status, 200, "{}", saved.text);
    wait_until("TipTap shows it", || ada.html().contains("<p>Six.</p>"));
    let shown = "<p>One and a half two.</p><p>Three.</p>\
        <p>Four and more <strong>five</strong>.</p><p>Six.</p>";
    assert_eq!(ada.html(), shown);
    ada.type_behind("Six", "teen");
    ada.wait_until_stored();
    let all = "One and a half two.\n\nThree.\n\nFour and more **five**.\n\nSixteen.\n";
    assert_eq!(scene.post.body(&scene.server), all);
    scene.server.stop("-TERM");
}

#[test]
fn two_editors_and_a_crash_leave_one_text() {
    let scene = scene("Begin.\n\nEnd.\n");
    let mut ada = Tiptap::open(&scene.server, &scene.post);
    let mut ben = Tiptap::open(&scene.server, &scene.post);
    ada.type_behind("Begin", " of Ada");
    ben.type_behind("Begin", " of Ben");
    ben.turn("End.", "setHeading", json!({"level": 3}));
    for number in 0..10 {
        ada.type_below("End.", &format!("ada{number}"));
        ben.type_below("End.", &format!("ben{number}"));
    }
    wait_until("both show the same", || {
        let html = ada.html();
        html == ben.html() && html.contains("ada9") && html.contains("ben9")
    });
    ada.wait_until_stored();
    ben.wait_until_stored();
    let html = ada.html();
    let scene = Scene {
        server: {
            scene.server.kill();
            Server::start_with(scene.folder.path(), &["--collab-body", "rich-text"])
        },
        ..scene
    };
    let mut cyd = Tiptap::open(&scene.server, &scene.post);
    assert_eq!(cyd.html(), html);
    let body = scene.post.body(&scene.server);
    for name in ["of Ada", "of Ben", "### End."] {
        assert_eq!(body.matches(name).count(), 1, "{body}");
    }
    for number in 0..10 {
        for name in ["ada", "ben"] {
            assert!(body.contains(&format!("{name}{number}\n")), "{body}");
        }
    }
    scene.server.stop("-TERM");
}
