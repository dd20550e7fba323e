use std::collections::HashMap;

use pulldown_cmark::{
    Alignment, CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd,
    TextMergeStream, html,
};
use serde::Serialize;

use crate::domain::Slug;

/// A body as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Sanitised HTML.
    pub html: String,
    /// Its headings, in order.
    pub toc: Vec<Heading>,
}

/// A heading that a table of contents can lead to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// The `id` of its element.
    pub id: String,
    /// What it says, without markup.
    pub text: String,
}

/// Block structures deeper than this become plain text: HTML parsers and browsers recurse on them.
const DEEPEST: usize = 64;

/// CommonMark and GFM (tables, task lists, strikethrough, footnotes, autolinks) as sanitised HTML,
/// with anchors on headings.
#[must_use]
pub fn render(markdown: &str) -> Rendered {
    let mut page = Page::default();
    let events: Vec<_> = TextMergeStream::new(shallow(parser(markdown))).collect();
    let mut events = events.into_iter();
    while let Some(event) = events.next() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => page.heading(level, &mut events),
            Event::Start(Tag::CodeBlock(kind)) => page.code(&kind, &mut events),
            other => page.push(other),
        }
    }
    let mut html = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut html, page.events.into_iter());
    Rendered {
        html: super::sanitize::sanitize(&html),
        toc: page.toc,
    }
}

/// Reads a body as [`render`] does.
#[must_use]
pub fn parser(markdown: &str) -> Parser<'_> {
    Parser::new_ext(
        markdown,
        Options::ENABLE_TABLES
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_GFM,
    )
}

/// The same events without the containers below the deepest level; what they hold stays.
fn shallow<'a>(events: impl Iterator<Item = Event<'a>>) -> impl Iterator<Item = Event<'a>> {
    let mut depth = 0_usize;
    events.filter(move |event| match event {
        Event::Start(_) => {
            depth += 1;
            depth <= DEEPEST
        }
        Event::End(_) => {
            depth = depth.saturating_sub(1);
            depth < DEEPEST
        }
        _ => true,
    })
}

#[derive(Default)]
struct Page<'a> {
    events: Vec<Event<'a>>,
    toc: Vec<Heading>,
    ids: HashMap<String, u32>,
    links: usize,
    table: Table,
}

/// Where in a table the page is.
#[derive(Default)]
struct Table {
    columns: Vec<Alignment>,
    column: usize,
    is_head: bool,
}

impl<'a> Page<'a> {
    fn push(&mut self, event: Event<'a>) {
        match &event {
            Event::Start(Tag::Link { .. }) => self.links += 1,
            Event::End(TagEnd::Link) => self.links = self.links.saturating_sub(1),
            Event::Text(text) if self.links == 0 && may_have_address(text) => {
                let text = text.clone();
                return self.text_with_addresses(&text);
            }
            _ => {}
        }
        let event = self.table.aligned(event);
        self.events.push(event);
    }

    /// GFM's extended autolinks: addresses that begin with `http://`, `https://` or `www.`.
    fn text_with_addresses(&mut self, text: &str) {
        let mut rest = text;
        while let Some((start, length)) = first_address(rest) {
            let address = &rest[start..start + length];
            self.events.push(owned_text(&rest[..start]));
            let target = if address.starts_with("www.") {
                format!("http://{address}")
            } else {
                address.to_owned()
            };
            self.events.push(Event::Start(Tag::Link {
                link_type: LinkType::Autolink,
                dest_url: CowStr::from(target),
                title: CowStr::Borrowed(""),
                id: CowStr::Borrowed(""),
            }));
            self.events.push(owned_text(address));
            self.events.push(Event::End(TagEnd::Link));
            rest = &rest[start + length..];
        }
        self.events.push(owned_text(rest));
    }

    fn heading(&mut self, level: HeadingLevel, events: &mut impl Iterator<Item = Event<'a>>) {
        let inner: Vec<_> = events
            .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))))
            .collect();
        let text: String = inner
            .iter()
            .filter_map(|event| match event {
                Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
                Event::SoftBreak | Event::HardBreak => Some(" "),
                _ => None,
            })
            .collect();
        let id = self.unused_id(&text);
        let opening = format!(
            "<{level} id=\"{id}\"><a class=\"anchor\" href=\"#{id}\" aria-hidden=\"true\">#</a>"
        );
        self.events.push(Event::Html(CowStr::from(opening)));
        for event in inner {
            self.push(event);
        }
        self.events
            .push(Event::Html(CowStr::from(format!("</{level}>\n"))));
        self.toc.push(Heading {
            level: level as u8,
            id,
            text,
        });
    }

    fn unused_id(&mut self, text: &str) -> String {
        let base = Slug::from_title(text).to_string();
        let count = self.ids.entry(base.clone()).or_default();
        *count += 1;
        if *count == 1 {
            return base;
        }
        let numbered = format!("{base}-{count}");
        self.ids.insert(numbered.clone(), 1);
        numbered
    }

    fn code(&mut self, kind: &CodeBlockKind<'a>, events: &mut impl Iterator<Item = Event<'a>>) {
        let mut code = String::new();
        for event in events.take_while(|event| !matches!(event, Event::End(TagEnd::CodeBlock))) {
            if let Event::Text(text) = event {
                code.push_str(&text);
            }
        }
        let language = match kind {
            CodeBlockKind::Fenced(info) => {
                let first = info.split([',', ' ', '\t']).next().unwrap_or_default();
                first.trim_matches(['{', '}', '.']).to_owned()
            }
            CodeBlockKind::Indented => String::new(),
        };
        self.events
            .push(Event::Html(CowStr::from(code_html(&language, &code))));
    }
}

impl Table {
    /// A cell's alignment as an attribute, where it would be a style otherwise: policies of pages
    /// (Content-Security-Policy) drop styles.
    fn aligned<'a>(&mut self, event: Event<'a>) -> Event<'a> {
        match &event {
            Event::Start(Tag::Table(columns)) => {
                self.columns.clone_from(columns);
                return Event::Start(Tag::Table(vec![Alignment::None; columns.len()]));
            }
            Event::Start(Tag::TableHead | Tag::TableRow) => {
                self.column = 0;
                self.is_head = matches!(event, Event::Start(Tag::TableHead));
            }
            Event::Start(Tag::TableCell) => {
                if let Some(side) = self.side() {
                    let name = self.name();
                    return Event::Html(CowStr::from(format!("<{name} align=\"{side}\">")));
                }
            }
            Event::End(TagEnd::TableCell) => {
                let side = self.side();
                self.column += 1;
                if side.is_some() {
                    return Event::Html(CowStr::from(format!("</{}>", self.name())));
                }
            }
            _ => {}
        }
        event
    }

    const fn name(&self) -> &'static str {
        if self.is_head { "th" } else { "td" }
    }

    fn side(&self) -> Option<&'static str> {
        match self.columns.get(self.column)? {
            Alignment::None => None,
            Alignment::Left => Some("left"),
            Alignment::Center => Some("center"),
            Alignment::Right => Some("right"),
        }
    }
}

fn code_html(language: &str, code: &str) -> String {
    let inner = highlighted(language, code).unwrap_or_else(|| super::sanitize::escaped(code));
    if language.is_empty() {
        format!("<pre><code>{inner}</code></pre>\n")
    } else {
        let class = super::sanitize::escaped(language);
        format!("<pre><code class=\"language-{class}\">{inner}</code></pre>\n")
    }
}

#[cfg(feature = "highlight")]
fn highlighted(language: &str, code: &str) -> Option<String> {
    super::highlight::highlight(language, code)
}

#[cfg(not(feature = "highlight"))]
fn highlighted(_language: &str, _code: &str) -> Option<String> {
    None
}

fn owned_text<'a>(text: &str) -> Event<'a> {
    Event::Text(CowStr::from(text.to_owned()))
}

fn may_have_address(text: &str) -> bool {
    text.contains("://") || text.contains("www.")
}

/// Where the first address stands, and how long it is.
pub(crate) fn first_address(text: &str) -> Option<(usize, usize)> {
    let mut places = text.match_indices(['h', 'w']).map(|(at, _)| at);
    places.find_map(|at| {
        let (before, address) = text.split_at(at);
        let starts = ["https://", "http://", "www."];
        let start = starts.iter().find(|start| address.starts_with(**start))?;
        if before.ends_with(char::is_alphanumeric) {
            return None;
        }
        let length = address_length(address);
        (length > start.len()).then_some((at, length))
    })
}

/// GFM section 6.9: an address ends before white space or `<`, without trailing punctuation, and
/// without a closing parenthesis that it did not open.
fn address_length(text: &str) -> usize {
    let end = text
        .find(|c: char| c.is_whitespace() || c == '<')
        .unwrap_or(text.len());
    let mut address = &text[..end];
    let opened = address.matches('(').count();
    let mut closed = address.matches(')').count();
    loop {
        let unopened = address.ends_with(')') && closed > opened;
        let punctuation =
            address.ends_with(['?', '!', '.', ',', ':', '*', '_', '~', '\'', '"', ';']);
        if !(unopened || punctuation) {
            return address.len();
        }
        closed -= usize::from(unopened);
        address = &address[..address.len() - 1];
    }
}

#[cfg(test)]
mod tests {
    use super::render;

    fn check(markdown: &str, expected: &str) {
        assert_eq!(render(markdown).html.trim(), expected, "{markdown}");
    }

    #[test]
    fn github_flavours_are_rendered() {
        check("~~gone~~", "<p><del>gone</del></p>");
        assert!(render("|a|\n|-|\n|b|").html.contains("<td>b</td>"));
        assert!(render("- [x] done").html.contains("type=\"checkbox\""));
        assert!(render("a[^1]\n\n[^1]: note").html.contains("note"));
        assert!(
            render("see https://example.org/a_(b).")
                .html
                .contains("href=\"https://example.org/a_(b)\"")
        );
    }

    #[test]
    fn columns_are_aligned_without_styles() {
        check(
            "|a|b|c|\n|:-|:-:|-|\n|1|2 *x*|3|\n|4|",
            "<table><thead><tr><th align=\"left\">a</th><th align=\"center\">b</th>\
             <th>c</th></tr></thead><tbody>\n\
             <tr><td align=\"left\">1</td><td align=\"center\">2 <em>x</em></td><td>3</td></tr>\n\
             <tr><td align=\"left\">4</td><td align=\"center\"></td><td></td></tr>\n\
             </tbody></table>",
        );
        check(
            "|a|\n|-:|\n\n<table><tr><td align=\"char\" style=\"text-align:left\">b</td></tr></table>",
            "<table><thead><tr><th align=\"right\">a</th></tr></thead><tbody>\n\
             </tbody></table>\n<table><tbody><tr><td>b</td></tr></tbody></table>",
        );
    }

    #[test]
    fn headings_get_ids_of_their_own_and_a_table_of_contents() {
        let rendered = render("# One\n\n## One\n\n### `Code` & *more*\n");
        let ids: Vec<_> = rendered
            .toc
            .iter()
            .map(|heading| heading.id.as_str())
            .collect();
        assert_eq!(ids, ["one", "one-2", "code-more"]);
        assert_eq!(rendered.toc[2].text, "Code & more");
        assert!(rendered.html.contains("<h2 id=\"one-2\">"));
    }

    #[test]
    fn nothing_that_runs_reaches_a_page() {
        for hostile in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[a](javascript:alert(1))",
            "<svg onload=alert(1)></svg>",
            "<a href=\"data:text/html,<script>alert(1)</script>\">a</a>",
            "```\"><script>alert(1)</script>\ncode\n```",
            "# <iframe src=javascript:alert(1)>",
            "<style>*{display:none}</style>",
        ] {
            let html = render(hostile).html.to_lowercase();
            for word in [
                "<script",
                "onerror=",
                "href=\"javascript",
                "onload=",
                "href=\"data",
                "<iframe",
                "<style",
            ] {
                assert!(!html.contains(word), "{hostile} gave {html}");
            }
        }
    }

    #[test]
    fn a_body_of_nothing_but_nesting_is_rendered() {
        for piece in [">", "- ", "[", "*a ", "<b>", "`"] {
            let _ = render(&piece.repeat(50_000));
        }
    }

    #[test]
    fn a_body_of_nothing_but_addresses_is_rendered() {
        for piece in ["www.a ", "xwww.", "http://", ")", "."] {
            let _ = render(&format!("http://a{}", piece.repeat(200_000)));
        }
    }
}
