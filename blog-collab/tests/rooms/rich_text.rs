//! Bodies as rich text, as TipTap has them in a Yjs document.

use blog_collab::{BodyFormat, HubOptions};
use blog_core::domain::Content;
use blog_core::ports::View;
use blog_core::services::PostEdit;
use yrs::types::Attrs;
use yrs::{
    Any, GetString, Text, Transact, TransactionMut, Xml, XmlElementPrelim, XmlElementRef,
    XmlFragment, XmlFragmentRef, XmlOut, XmlTextPrelim, XmlTextRef,
};

use crate::client::Client;
use crate::world::{Node, World, ada, ben, cyd, dora};

const RICH: &str = "# News\n\nOne *two* **three**.\n";

fn rich(options: &mut HubOptions) {
    *options = HubOptions::rich_text();
}

fn body(body: &str) -> PostEdit {
    PostEdit {
        body: Some(body.to_owned()),
        ..PostEdit::default()
    }
}

/// What the post says at first is this.
async fn node_saying(world: &World, text: &str) -> Node {
    let node = world.node_with(rich);
    node.save(body(text)).await;
    node
}

impl Client {
    fn fragment(&self) -> XmlFragmentRef {
        self.yjs.doc.get_or_insert_xml_fragment("default")
    }

    fn xml(&self) -> String {
        let fragment = self.fragment();
        let transaction = self.yjs.doc.transact();
        let children = fragment.children(&transaction).map(|child| match child {
            XmlOut::Element(element) => element.get_string(&transaction),
            XmlOut::Text(text) => text.get_string(&transaction),
            XmlOut::Fragment(fragment) => fragment.get_string(&transaction),
        });
        children.collect()
    }

    fn element(&self, at: u32) -> XmlElementRef {
        let fragment = self.fragment();
        let transaction = self.yjs.doc.transact();
        fragment
            .get(&transaction, at)
            .unwrap()
            .into_xml_element()
            .unwrap()
    }

    /// The first text of a top-level node.
    fn text_in(&self, at: u32) -> XmlTextRef {
        self.element(at)
            .first_child()
            .unwrap()
            .into_xml_text()
            .unwrap()
    }

    /// Edits the document and sends the update.
    async fn edit(&self, edit: impl FnOnce(&mut TransactionMut<'_>)) {
        let update = {
            let mut transaction = self.yjs.doc.transact_mut();
            edit(&mut transaction);
            transaction.encode_update_v1()
        };
        self.send_update(&update).await;
    }

    /// Adds a paragraph at the end.
    async fn write_paragraph(&self, text: &str) {
        let fragment = self.fragment();
        self.edit(|transaction| {
            let paragraph = fragment.push_back(transaction, XmlElementPrelim::empty("paragraph"));
            paragraph.push_back(transaction, XmlTextPrelim::new(text));
        })
        .await;
    }
}

fn mark(name: &str) -> Attrs {
    Attrs::from([(name.into(), Any::Map(std::sync::Arc::default()))])
}

#[tokio::test(start_paused = true)]
async fn a_post_opens_with_its_nodes_and_marks() {
    let world = World::new().await;
    let node = node_saying(&world, RICH).await;
    let ada = Client::join(&node, &ada(), 1).await;
    assert_eq!(
        ada.xml(),
        "<heading level=\"1\">News</heading>\
         <paragraph>One <italic>two</italic> <bold>three</bold>.</paragraph>"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_and_formatted_is_folded_into_markdown() {
    let world = World::new().await;
    let node = node_saying(&world, RICH).await;
    let mut ada = Client::join(&node, &ada(), 1).await;
    let text = ada.text_in(1);
    ada.edit(|transaction| {
        text.format(transaction, 0, 3, mark("bold"));
        text.insert(transaction, 8, "& ");
    })
    .await;
    ada.write_paragraph("New *paragraph*").await;
    ada.listen().await;
    let all = "# News\n\n**One** *two* & **three**.\n\nNew \\*paragraph\\*\n";
    assert_eq!(node.body().await, all);
}

#[tokio::test(start_paused = true)]
async fn opening_and_closing_a_post_makes_no_version_however_it_is_written() {
    let world = World::new().await;
    let written = "News\n====\n\nSome *text*\nand [a link][there].\n\n* one\n* two[^1]\n\n\
                   [there]: https://example.org 'There'\n[^1]: A note.\n";
    let node = node_saying(&world, written).await;
    let head = node.blog.collab().head(world.post).await.unwrap().post.head;
    let ada = Client::join(&node, &ada(), 1).await;
    // TipTap adds an empty paragraph behind what is none, to have a place for the caret.
    let fragment = ada.fragment();
    ada.edit(|transaction| {
        fragment.push_back(transaction, XmlElementPrelim::empty("paragraph"));
    })
    .await;
    drop(ada);
    node.stop().await;
    assert_eq!(world.stored_body().await, written);
    let node = world.node_with(rich);
    assert_eq!(
        node.blog.collab().head(world.post).await.unwrap().post.head,
        head
    );
}

#[tokio::test(start_paused = true)]
async fn blocks_that_nobody_changed_stay_as_they_were_written() {
    let world = World::new().await;
    let written = "News\n====\n\nSome text\nand [a link][there].\n\n* one\n* two\n\n\
                   [there]: https://example.org\n";
    let node = node_saying(&world, written).await;
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write_paragraph("The end.").await;
    let heading = ada.text_in(0);
    ada.edit(|transaction| heading.insert(transaction, 0, "Good "))
        .await;
    ada.listen().await;
    let all = "# Good News\n\nSome text\nand [a link][there].\n\n* one\n* two\n\nThe end.\n\n\
               [there]: https://example.org\n";
    assert_eq!(node.body().await, all);
}

#[tokio::test(start_paused = true)]
async fn what_the_schema_does_not_know_is_a_block_of_markdown_and_comes_back_as_it_was() {
    let world = World::new().await;
    let raw = "A note[^1] and <kbd>Ctrl</kbd>.";
    let note = "[^1]: Below.";
    let node = node_saying(&world, &format!("{raw}\n\n{note}\n")).await;
    let mut ada = Client::join(&node, &ada(), 1).await;
    let block = |text: &str| format!("<codeBlock language=\"markdown-raw\">{text}</codeBlock>");
    assert_eq!(ada.xml(), block(raw) + &block(note));
    ada.write_paragraph("More.").await;
    ada.listen().await;
    assert_eq!(node.body().await, format!("{raw}\n\n{note}\n\nMore.\n"));
}

#[tokio::test(start_paused = true)]
async fn a_save_edits_the_paragraph_in_which_somebody_types() {
    let world = World::new().await;
    let node = node_saying(&world, "One two three.\n\nFour.\n").await;
    let mut ada = Client::join(&node, &ada(), 1).await;
    let text = ada.text_in(0);
    node.save(body("Zero.\n\nOne two **three**!\n\nFour.\n"))
        .await;
    // Nobody has told her yet.
    ada.edit(|transaction| text.insert(transaction, 3, " and a half"))
        .await;
    ada.listen().await;
    assert_eq!(
        ada.xml(),
        "<paragraph>Zero.</paragraph>\
         <paragraph>One and a half two <bold>three</bold>!</paragraph>\
         <paragraph>Four.</paragraph>"
    );
    let all = "Zero.\n\nOne and a half two **three**!\n\nFour.\n";
    assert_eq!(node.body().await, all);
}

#[tokio::test(start_paused = true)]
async fn a_save_of_what_was_read_before_others_typed_is_merged() {
    let world = World::new().await;
    let node = node_saying(&world, "One.\n\nTwo.\n").await;
    let posts = node.blog.posts();
    let read = posts.get(&ben(), world.post, View::Head).await.unwrap();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write_paragraph("Typed.").await;
    ada.listen().await;
    let edit = body("Zero.\n\nOne.\n\nTwo.\n");
    let saved = posts
        .save(&ben(), world.post, read.post.revision, edit)
        .await;
    let all = "Zero.\n\nOne.\n\nTwo.\n\nTyped.\n";
    assert_eq!(saved.unwrap().version.content.body, all);
    ada.listen().await;
    assert!(
        ada.xml()
            .starts_with("<paragraph>Zero.</paragraph><paragraph>One.")
    );
    assert_eq!(node.body().await, all);
}

#[tokio::test(start_paused = true)]
async fn nodes_that_markdown_does_not_have_stay_where_they_are() {
    let world = World::new().await;
    let node = node_saying(&world, "One.\n\nTwo.\n").await;
    let mut ada = Client::join(&node, &ada(), 1).await;
    let fragment = ada.fragment();
    ada.edit(|transaction| {
        let video = fragment.insert(transaction, 1, XmlElementPrelim::empty("youtube"));
        video.insert_attribute(transaction, "src", "https://video.example/1");
        let panel = fragment.insert(transaction, 2, XmlElementPrelim::empty("panel"));
        let inside = panel.push_back(transaction, XmlElementPrelim::empty("paragraph"));
        inside.push_back(transaction, XmlTextPrelim::new("Inside."));
    })
    .await;
    ada.listen().await;
    assert_eq!(node.body().await, "One.\n\nInside.\n\nTwo.\n");
    node.save(body("One!\n\nInside.\n\nTwo.\n\nThree.\n")).await;
    ada.listen().await;
    assert_eq!(
        ada.xml(),
        "<paragraph>One!</paragraph><youtube src=\"https://video.example/1\"></youtube>\
         <panel><paragraph>Inside.</paragraph></panel>\
         <paragraph>Two.</paragraph><paragraph>Three.</paragraph>"
    );
}

#[tokio::test(start_paused = true)]
async fn a_node_of_several_paragraphs_stays_when_others_are_saved() {
    let world = World::new().await;
    let node = node_saying(&world, "One.\n\nTwo.\n").await;
    let mut ada = Client::join(&node, &ada(), 1).await;
    let fragment = ada.fragment();
    let mut inside = None;
    ada.edit(|transaction| {
        let panel = fragment.insert(transaction, 1, XmlElementPrelim::empty("panel"));
        for text in ["A", "B"] {
            let paragraph = panel.push_back(transaction, XmlElementPrelim::empty("paragraph"));
            inside = Some(paragraph.push_back(transaction, XmlTextPrelim::new(text)));
        }
    })
    .await;
    ada.listen().await;
    assert_eq!(node.body().await, "One.\n\nA\n\nB\n\nTwo.\n");
    node.save(body("One!\n\nA\n\nB\n\nTwo.\n")).await;
    // Nobody has told her yet.
    let inside = inside.unwrap();
    ada.edit(|transaction| inside.insert(transaction, 1, ", typed"))
        .await;
    ada.listen().await;
    assert_eq!(
        ada.xml(),
        "<paragraph>One!</paragraph>\
         <panel><paragraph>A</paragraph><paragraph>B, typed</paragraph></panel>\
         <paragraph>Two.</paragraph>"
    );
    assert_eq!(node.body().await, "One!\n\nA\n\nB, typed\n\nTwo.\n");
}

#[tokio::test(start_paused = true)]
async fn a_task_list_stays_below_another_list_when_something_else_is_saved() {
    let world = World::new().await;
    let node = node_saying(&world, "One.\n\n- a\n").await;
    let mut ada = Client::join(&node, &ada(), 1).await;
    let fragment = ada.fragment();
    ada.edit(|transaction| {
        let list = fragment.push_back(transaction, XmlElementPrelim::empty("taskList"));
        let item = list.push_back(transaction, XmlElementPrelim::empty("taskItem"));
        let paragraph = item.push_back(transaction, XmlElementPrelim::empty("paragraph"));
        paragraph.push_back(transaction, XmlTextPrelim::new("b"));
    })
    .await;
    ada.listen().await;
    assert_eq!(node.body().await, "One.\n\n- a\n\n* [ ] b\n");
    node.save(body("One!\n\n- a\n\n* [ ] b\n")).await;
    ada.listen().await;
    assert_eq!(
        ada.xml(),
        "<paragraph>One!</paragraph>\
         <bulletList><listItem><paragraph>a</paragraph></listItem></bulletList>\
         <taskList><taskItem><paragraph>b</paragraph></taskItem></taskList>"
    );
}

#[tokio::test(start_paused = true)]
async fn a_program_edits_the_same_nodes_and_who_writes_is_counted() {
    let world = World::new().await;
    let node = node_saying(&world, "One.\n").await;
    let mut dora = Client::join(&node, &dora(), 1).await;
    dora.write_paragraph("Two words more.").await;
    dora.listen().await;
    let edit = |content: Content| Content {
        body: content.body.replace("One.", "One. From a program."),
        ..content
    };
    node.hub.edit(&cyd(), world.post, edit).await.unwrap();
    dora.listen().await;
    assert_eq!(
        dora.xml(),
        "<paragraph>One. From a program.</paragraph><paragraph>Two words more.</paragraph>"
    );
    let head = node.blog.posts().get(&ben(), world.post, View::Head).await;
    let wrote: Vec<_> = head
        .unwrap()
        .version
        .contributors
        .iter()
        .map(|it| (it.author.to_string(), it.words))
        .collect();
    assert_eq!(wrote, [("dora".to_owned(), 3), ("cyd".to_owned(), 3)]);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_grows_too_long_is_not_taken() {
    let world = World::new().await;
    let node = world.node_with_limit_and(2_000, rich);
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write_paragraph(&"x".repeat(1_500)).await;
    assert_eq!(ada.listen().await.close, None);
    ada.write_paragraph(&"y".repeat(1_000)).await;
    assert_eq!(ada.listen().await.close, Some(blog_collab::Close::TooLarge));
    assert!(!node.body().await.contains('y'));
}

#[tokio::test(start_paused = true)]
async fn addresses_and_backslashes_count_as_well() {
    let world = World::new().await;
    let node = world.node_with_limit_and(2_000, rich);
    node.save(body("One.\n")).await;
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write_paragraph(&"*".repeat(1_500)).await;
    assert_eq!(ada.listen().await.close, Some(blog_collab::Close::TooLarge));
    let mut ben = Client::join(&node, &ben(), 2).await;
    for close in [None, Some(blog_collab::Close::TooLarge)] {
        let fragment = ben.fragment();
        ben.edit(|transaction| {
            let image = fragment.push_back(transaction, XmlElementPrelim::empty("image"));
            image.insert_attribute(transaction, "src", "a".repeat(1_200));
        })
        .await;
        assert_eq!(ben.listen().await.close, close);
    }
    let said = format!("One.\n\n![]({})\n", "a".repeat(1_200));
    assert_eq!(node.body().await, said);
}

#[tokio::test(start_paused = true)]
async fn a_post_that_was_saved_with_too_many_nodes_may_be_edited_and_gets_no_more() {
    let world = World::new().await;
    let node = world.node_with(|options| {
        rich(options);
        options.document_types = 20;
    });
    node.save(body(&"One.\n\n".repeat(20))).await;
    let mut ada = Client::join(&node, &ada(), 1).await;
    let (fragment, text) = (ada.fragment(), ada.text_in(0));
    ada.edit(|transaction| {
        text.insert(transaction, 0, "Number ");
        fragment.remove_range(transaction, 1, 19);
    })
    .await;
    assert_eq!(ada.listen().await.close, None);
    assert_eq!(node.body().await, "Number One.\n");
    ada.write_paragraph("Two.").await;
    assert_eq!(ada.listen().await.close, Some(blog_collab::Close::TooLarge));
}

#[tokio::test(start_paused = true)]
async fn a_program_does_not_add_more_nodes_than_a_document_may_have() {
    let world = World::new().await;
    let node = world.node_with(|options| {
        rich(options);
        options.document_types = 20;
    });
    let cyd = cyd();
    let add = |count: usize| {
        let edit = move |content: Content| Content {
            body: content.body + &"\nOne.\n".repeat(count),
            ..content
        };
        node.hub.edit(&cyd, world.post, edit)
    };
    for count in [4, 4] {
        add(count).await.unwrap();
    }
    assert!(add(4).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn nodes_stand_as_deep_as_they_may_and_are_said_as_deep_as_markdown_has_them() {
    let world = World::new().await;
    let node = node_saying(&world, "One.\n").await;
    let mut ada = Client::join(&node, &ada(), 1).await;
    for (levels, close) in [(126, None), (130, Some(blog_collab::Close::TooLarge))] {
        let fragment = ada.fragment();
        ada.edit(|transaction| {
            let quote = || XmlElementPrelim::empty("blockquote");
            let mut parent = fragment.push_back(transaction, quote());
            for _ in 1..levels {
                parent = parent.push_back(transaction, quote());
            }
            let inside = parent.push_back(transaction, XmlElementPrelim::empty("paragraph"));
            inside.push_back(transaction, XmlTextPrelim::new("Deep."));
        })
        .await;
        assert_eq!(ada.listen().await.close, close);
    }
    assert_eq!(
        node.body().await,
        format!("One.\n\n{}Deep.\n", "> ".repeat(65))
    );
}

#[tokio::test(start_paused = true)]
async fn a_post_whose_document_was_begun_as_text_keeps_its_body() {
    let world = World::new().await;
    let node = world.node();
    let mut ada = Client::join(&node, &ada(), 1).await;
    ada.write("Typed. ").await;
    ada.listen().await;
    let said = node.body().await;
    node.stop().await;
    let node = world.node_with(|options| options.body = BodyFormat::RichText);
    assert_eq!(
        node.hub.content(&ben(), world.post).await.unwrap().body,
        said
    );
    drop(Client::join(&node, &ben(), 2).await);
    assert_eq!(node.body().await, said);
}

#[tokio::test(start_paused = true)]
async fn what_was_saved_in_one_format_stays_the_body_in_the_other() {
    let world = World::new().await;
    let format = |format| move |options: &mut HubOptions| options.body = format;
    let node = world.node_with(rich);
    let ada = Client::join(&node, &ada(), 1).await;
    ada.write_paragraph("As rich text.").await;
    drop(ada);
    node.stop().await;
    for (number, body_format) in [BodyFormat::Markdown, BodyFormat::RichText]
        .into_iter()
        .cycle()
        .take(4)
        .enumerate()
    {
        let before = world.stored_body().await;
        let node = world.node_with(format(body_format));
        assert_eq!(node.body().await, before);
        let said = format!("Save {number}.\n");
        node.save(body(&said)).await;
        drop(Client::join(&node, &ben(), 2).await);
        assert_eq!(node.body().await, said);
        node.stop().await;
    }
}
