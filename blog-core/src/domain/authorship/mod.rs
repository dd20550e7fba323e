mod changes;

use std::ops::Range;

use self::changes::{changes, erasures};
use super::{AuthorId, Passage, Version};

/// Who wrote which part of a version's body. The pieces together are the body.
///
/// It is carried on from version to version: what stays keeps its author, and what is new is the
/// author's of the version that brings it, or of whoever wrote it in a live session. So is what somebody
/// moves, or brings back in another way than by restoring a version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorship {
    pieces: Vec<Piece>,
}

/// A part of a body that one author wrote in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where it is.
    pub bytes: Range<usize>,
    /// Who wrote it.
    pub author: AuthorId,
    /// Number of the version that brought it.
    pub version: u32,
}

impl Authorship {
    /// The pieces, in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Length of the body in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.pieces.last().map_or(0, |piece| piece.bytes.end)
    }

    /// The authorship of `version`, where this is that of the version before, which says `before`.
    #[must_use]
    pub fn carried_to(&self, version: &Version, before: &str) -> Self {
        let passages = version.passages.as_deref();
        match passages.filter(|passages| are_in(passages, version)) {
            Some(passages) => self.typed(version, before, passages),
            None => self.edited(version, before),
        }
    }

    /// A version of which only the text is known: words that are not in the one before are new.
    fn edited(&self, version: &Version, before: &str) -> Self {
        let (mut next, mut kept) = (Self::default(), 0);
        for change in changes(before, &version.content.body) {
            next.copy(self, kept..change.old.start);
            next.write(change.new.len(), &version.author, version.number);
            kept = change.old.end;
        }
        next.copy(self, kept..self.bytes());
        next
    }

    /// A version from a live session: what its passages leave over is old.
    fn typed(&self, version: &Version, before: &str, passages: &[Passage]) -> Self {
        let body = &version.content.body;
        let old = self.left_over(version, before, &without(body, passages));
        let (mut next, mut end, mut taken) = (Self::default(), 0, 0);
        for passage in passages {
            let Range { start, end: until } = passage.range();
            next.copy(&old, taken..taken + start - end);
            taken += start - end;
            let author = &version.contributors[passage.contributor as usize].author;
            next.write(until - start, author, version.number);
            end = until;
        }
        next.copy(&old, taken..old.bytes());
        next
    }

    /// The authorship of what is left of `before` once somebody has erased in it.
    fn left_over(&self, version: &Version, before: &str, left: &str) -> Self {
        let (mut next, mut kept) = (Self::default(), 0);
        for change in erasures(before, left) {
            next.copy(self, kept..change.old.start);
            let mut old = before[change.old.clone()].char_indices();
            for character in left[change.new].chars() {
                let length = character.len_utf8();
                match old.find(|(_, old)| *old == character) {
                    Some((at, _)) => {
                        let start = change.old.start + at;
                        next.copy(self, start..start + length);
                    }
                    // A document once said what its post did not, for it broke a limit.
                    None => next.write(length, &version.author, version.number),
                }
            }
            kept = change.old.end;
        }
        next.copy(self, kept..self.bytes());
        next
    }

    /// Goes on with what `from` has there.
    fn copy(&mut self, from: &Self, bytes: Range<usize>) {
        let first = from
            .pieces
            .partition_point(|piece| piece.bytes.end <= bytes.start);
        for piece in &from.pieces[first..] {
            if piece.bytes.start >= bytes.end {
                break;
            }
            let start = piece.bytes.start.max(bytes.start);
            let length = piece.bytes.end.min(bytes.end) - start;
            self.write(length, &piece.author, piece.version);
        }
    }

    /// Goes on with so many bytes of an author.
    fn write(&mut self, length: usize, author: &AuthorId, version: u32) {
        let end = self.bytes();
        match self.pieces.last_mut() {
            _ if length == 0 => {}
            Some(last) if last.version == version && last.author == *author => {
                last.bytes.end += length;
            }
            _ => self.pieces.push(Piece {
                bytes: end..end + length,
                author: author.clone(),
                version,
            }),
        }
    }
}

/// Whether these passages are places in the version's body, in order, of contributors of its own.
fn are_in(passages: &[Passage], version: &Version) -> bool {
    let (body, mut end) = (&version.content.body, 0);
    passages.iter().all(|passage| {
        let Range { start, end: until } = passage.range();
        let is_next = end <= start && start <= until;
        end = until;
        is_next
            && body.is_char_boundary(start)
            && body.is_char_boundary(until)
            && (passage.contributor as usize) < version.contributors.len()
    })
}

/// What stands between the passages.
fn without(body: &str, passages: &[Passage]) -> String {
    let (mut rest, mut end) = (String::with_capacity(body.len()), 0);
    for passage in passages {
        let Range { start, end: until } = passage.range();
        rest.push_str(&body[end..start]);
        end = until;
    }
    rest.push_str(&body[end..]);
    rest
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::super::{Content, Contributor, PostId, VersionKind};
    use super::*;

    fn version(number: u32, author: &str, body: &str) -> Version {
        let content = Content {
            body: body.to_owned(),
            ..Content::default()
        };
        let (kind, at) = (VersionKind::Manual, DateTime::UNIX_EPOCH);
        let (post, revision) = (PostId::from_uuid(uuid::Uuid::nil()), u64::from(number));
        Version::new(post, number, revision, content, author.into(), kind, at)
    }

    /// Versions from a live session: who wrote in it, and what, in `[]`.
    fn typed(number: u32, authors: &[&str], marked: &str) -> Version {
        let (mut body, mut passages) = (String::new(), vec![]);
        for (part, piece) in marked.split(['[', ']']).enumerate() {
            let start = u32::try_from(body.len()).unwrap();
            let (writer, text) = match piece.split_once(':') {
                Some((writer, text)) if part % 2 == 1 => (Some(writer), text),
                _ => (None, piece),
            };
            body.push_str(text);
            if let Some(writer) = writer {
                let contributor = authors.iter().position(|author| *author == writer);
                passages.push(Passage {
                    contributor: u32::try_from(contributor.unwrap()).unwrap(),
                    start,
                    end: u32::try_from(body.len()).unwrap(),
                });
            }
        }
        let mut version = version(number, authors[0], &body);
        version.contributors = authors
            .iter()
            .map(|author| Contributor {
                author: (*author).to_owned(),
                words: 1,
            })
            .collect();
        version.passages = Some(passages);
        version
    }

    /// The last of these versions, each piece as `author:text`.
    fn told(versions: &[Version]) -> Vec<String> {
        let (mut authorship, mut before) = (Authorship::default(), "");
        for version in versions {
            authorship = authorship.carried_to(version, before);
            before = &version.content.body;
        }
        let tell = |piece: &Piece| {
            format!(
                "{}{}:{}",
                piece.author,
                piece.version,
                &before[piece.bytes.clone()]
            )
        };
        authorship.pieces().iter().map(tell).collect()
    }

    #[test]
    fn a_word_is_whose_version_brought_it_and_the_rest_of_its_line_is_not() {
        let ada = version(1, "ada", "One.\nThe quick fox.\nThree.\n");
        let ben = version(2, "ben", "One.\nThe slow fox.\nThree.\n");
        let pieces = ["ada1:One.\nThe ", "ben2:slow", "ada1: fox.\nThree.\n"];
        assert_eq!(told(&[ada, ben]), pieces);
    }

    #[test]
    fn spaces_between_new_words_are_new_and_unchanged_lines_are_not() {
        let ada = version(1, "ada", "a b c\n}\nx y z\n");
        let ben = version(2, "ben", "k l m\n}\nu v w\n");
        assert_eq!(
            told(&[ada, ben]),
            ["ben2:k l m", "ada1:\n}\n", "ben2:u v w", "ada1:\n"]
        );
    }

    #[test]
    fn words_of_any_script_are_told_apart() {
        let ada = version(1, "ada", "שלום 😀 世界 é");
        let ben = version(2, "ben", "שלום 😁 世紀 é");
        let pieces = ["ada1:שלום ", "ben2:😁", "ada1: 世", "ben2:紀", "ada1: é"];
        assert_eq!(told(&[ada, ben]), pieces);
    }

    #[test]
    fn what_is_typed_within_a_word_is_whoever_typed_it() {
        let ada = version(1, "ada", "The fox.\n");
        let live = typed(2, &["cyd", "ben"], "The [ben:quick ]fox[cyd:es😀].\n");
        let pieces = [
            "ada1:The ",
            "ben2:quick ",
            "ada1:fox",
            "cyd2:es😀",
            "ada1:.\n",
        ];
        assert_eq!(told(&[ada, live]), pieces);
    }

    #[test]
    fn who_erases_has_written_nothing() {
        let ada = version(1, "ada", "One.\n\nTwo and more.\n\nThree.\n");
        let ben = version(2, "ben", "One.\n\nTwo and more.\n\nThree four.\n");
        let live = typed(3, &["cyd"], "wo an more.\n\nTree fur.\n");
        let pieces = ["ada1:wo an more.\n\nTree", "ben2: fur", "ada1:.\n"];
        assert_eq!(told(&[ada, ben, live]), pieces);
    }

    #[test]
    fn passages_that_do_not_fit_count_for_nothing() {
        let ada = version(1, "ada", "Ö.");
        for passage in [(0, 1, 2), (0, 0, 99), (1, 0, 2), (0, 2, 0)] {
            let mut live = typed(2, &["cyd"], "Öl.");
            live.passages = Some(vec![passage.into()]);
            assert_eq!(told(&[ada.clone(), live]), ["cyd2:Öl", "ada1:."]);
        }
    }

    fn text() -> impl Strategy<Value = String> {
        "([abc😀\u{301}é .]{0,5}\n?){0,8}"
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_body(texts in proptest::collection::vec(text(), 1..6)) {
            let (mut authorship, mut before) = (Authorship::default(), String::new());
            for (number, text) in (1..).zip(texts) {
                let author = if number % 2 == 0 { "ada" } else { "ben" };
                let version = version(number, author, &text);
                authorship = authorship.carried_to(&version, &before);
                before = text;
                let pieces = authorship.pieces();
                let said: String = pieces.iter().map(|piece| &before[piece.bytes.clone()]).collect();
                prop_assert_eq!(&said, &before);
                let goes_on = |two: &[Piece]| two[0].bytes.end == two[1].bytes.start;
                prop_assert!(pieces.windows(2).all(goes_on));
            }
        }

        #[test]
        fn a_line_that_stays_keeps_its_author(
            old in ["([abé]{1,5}\n){0,4}", "([abé]{1,5}\n){0,4}"],
            new in ["([xy😀]{1,5}\n){0,4}", "([xy😀]{1,5}\n){0,4}"],
        ) {
            let line = "This line stays.\n";
            let [before, after] = [old, new].map(|around| around.join(line));
            let (ada, ben) = (version(1, "ada", &before), version(2, "ben", &after));
            let authorship = Authorship::default().carried_to(&ada, "").carried_to(&ben, &before);
            let at = after.find(line).unwrap();
            let of_line = |piece: &&Piece| piece.bytes.start < at + line.len() && at < piece.bytes.end;
            let mut pieces = authorship.pieces().iter().filter(of_line);
            prop_assert!(pieces.all(|piece| piece.author == "ada"));
        }

        #[test]
        fn what_is_left_of_a_text_is_whose_it_was(
            before in text(), erased in proptest::collection::vec(any::<bool>(), 60),
        ) {
            let mut erased = erased.into_iter().cycle();
            let left: String = before.chars().filter(|_| !erased.next().unwrap()).collect();
            let (ada, mut ben) = (version(1, "ada", &before), version(2, "ben", &left));
            ben.passages = Some(vec![]);
            let authorship = Authorship::default().carried_to(&ada, "").carried_to(&ben, &before);
            prop_assert!(authorship.pieces().iter().all(|piece| piece.author == "ada"));
        }
    }
}
