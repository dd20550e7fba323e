use pulldown_cmark::{Event, Tag, TagEnd};

use crate::render::{is_line_break, parser};

/// Where what search engines look at stands in a body.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) headings: Vec<Heading>,
    pub(super) images: Vec<Image>,
    pub(super) links: Vec<Link>,
}

#[derive(Debug)]
pub(super) struct Heading {
    pub(super) level: u8,
    pub(super) text: String,
    pub(super) line: usize,
}

#[derive(Debug)]
pub(super) struct Image {
    pub(super) address: String,
    pub(super) alt: String,
    pub(super) line: usize,
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) text: String,
    pub(super) line: usize,
}

/// What text belongs to while it is read.
#[derive(Default)]
struct Open {
    heading: Option<Heading>,
    image: Option<Image>,
    link: Option<Link>,
    images: usize,
}

impl Outline {
    pub(super) fn of(markdown: &str) -> Self {
        let ends: Vec<_> = markdown.match_indices('\n').map(|(at, _)| at).collect();
        let mut outline = Self::default();
        let mut open = Open::default();
        for (event, range) in parser(markdown).into_offset_iter() {
            let line = ends.partition_point(|end| *end < range.start) + 1;
            outline.take(event, line, &mut open);
        }
        outline
    }

    fn take(&mut self, event: Event<'_>, line: usize, open: &mut Open) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                open.heading = Some(Heading {
                    level: level as u8,
                    text: String::new(),
                    line,
                });
            }
            Event::End(TagEnd::Heading(_)) => self.headings.extend(open.heading.take()),
            Event::Start(Tag::Image { dest_url, .. }) => {
                open.images += 1;
                open.image.get_or_insert_with(|| Image {
                    address: dest_url.to_string(),
                    alt: String::new(),
                    line,
                });
            }
            Event::End(TagEnd::Image) => {
                open.images = open.images.saturating_sub(1);
                if open.images == 0 {
                    self.images.extend(open.image.take());
                }
            }
            Event::Start(Tag::Link { .. }) => {
                open.link = Some(Link {
                    text: String::new(),
                    line,
                });
            }
            Event::End(TagEnd::Link) => self.links.extend(open.link.take()),
            Event::Text(text) | Event::Code(text) => open.write(&text),
            Event::SoftBreak | Event::HardBreak => open.write(" "),
            Event::InlineHtml(html) if is_line_break(&html) => open.write(" "),
            _ => {}
        }
    }
}

impl Open {
    fn write(&mut self, text: &str) {
        let heading = self.heading.as_mut().map(|heading| &mut heading.text);
        let image = self.image.as_mut().map(|image| &mut image.alt);
        let link = self.link.as_mut().map(|link| &mut link.text);
        for place in [heading, image, link].into_iter().flatten() {
            place.push_str(text);
        }
    }
}
