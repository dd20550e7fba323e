use super::finding::{Finding, FindingCode};
use super::outline::{Heading, Outline};
use crate::render::{plain_text, word_count};

const FEW_WORDS: u32 = 300;

/// Link texts that say nothing of where they lead.
const VAGUE: [&str; 24] = [
    "here",
    "click here",
    "this",
    "link",
    "this link",
    "read more",
    "more",
    "learn more",
    "this page",
    "this post",
    "hier",
    "klicken sie hier",
    "mehr",
    "weiterlesen",
    "ici",
    "cliquez ici",
    "en savoir plus",
    "aquí",
    "haz clic aquí",
    "leer más",
    "qui",
    "clicca qui",
    "тут",
    "здесь",
];

/// Headings, pictures, links and length of a body.
pub(super) fn check(body: &str, findings: &mut Vec<Finding>) {
    let outline = Outline::of(body);
    let words = word_count(&plain_text(body));
    length(words, findings);
    headings(&outline.headings, words, findings);
    for image in &outline.images {
        if image.alt.trim().is_empty() {
            let message = format!("The picture {} has no alternative text.", image.address);
            findings.push(Finding::new(FindingCode::ImageAltMissing, message).at(image.line));
        }
    }
    for link in &outline.links {
        let text = link.text.trim();
        if text.is_empty() {
            let message = "A link has no text.";
            findings.push(Finding::new(FindingCode::LinkTextEmpty, message).at(link.line));
        } else if VAGUE.contains(&text.to_lowercase().as_str()) {
            let message = format!("The link text “{text}” does not say where it leads.");
            findings.push(Finding::new(FindingCode::LinkTextVague, message).at(link.line));
        }
    }
}

fn length(words: u32, findings: &mut Vec<Finding>) {
    if words == 0 {
        let message = "The body has no words.";
        findings.push(Finding::new(FindingCode::BodyEmpty, message));
    } else if words < FEW_WORDS {
        let message = format!("The body has {words} words; {FEW_WORDS} or more are found better.");
        findings.push(Finding::new(FindingCode::BodyShort, message));
    }
}

fn headings(headings: &[Heading], words: u32, findings: &mut Vec<Finding>) {
    if headings.is_empty() && words > FEW_WORDS {
        let message = "A long body without headings is hard to scan.";
        findings.push(Finding::new(FindingCode::HeadingsMissing, message));
    }
    // The title is the heading of level 1.
    let mut above = 1;
    for heading in headings {
        let (text, level) = (heading.text.trim(), heading.level);
        let mut add = |code, message: String| {
            findings.push(Finding::new(code, message).at(heading.line));
        };
        if text.is_empty() {
            add(FindingCode::HeadingEmpty, "A heading is empty.".to_owned());
        }
        if level == 1 {
            let message = format!("The heading “{text}” is of level 1, which the title has.");
            add(FindingCode::HeadingSecondTitle, message);
        } else if level > above + 1 {
            let message =
                format!("The heading “{text}” is of level {level}, behind one of level {above}.");
            add(FindingCode::HeadingSkipsLevel, message);
        }
        above = level;
    }
}
