/// Reads the members of a JSON object that are texts while the object comes, in any pieces. What is no
/// JSON gives something or other: the whole answer is read again at its end.
#[derive(Debug, Default)]
pub(super) struct Fields {
    within: Within,
    depth: usize,
    is_value: bool,
    key: String,
    escape: Option<String>,
    /// The first half of a character that JSON writes as two escapes.
    half: Option<u16>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Within {
    #[default]
    Between,
    Key,
    Value,
    /// In a text that is no member's of the outermost object.
    Elsewhere,
}

/// Bytes of a member's name.
const KEY: usize = 64;

impl Fields {
    /// Takes more of the JSON, and gives the name of each member of which there is more, with that.
    pub(super) fn push(&mut self, piece: &str) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        for character in piece.chars() {
            if self.within == Within::Between {
                self.between(character);
                if self.within == Within::Value {
                    found.push((self.key.clone(), String::new()));
                }
                continue;
            }
            let Some(character) = self.unescaped(character) else {
                continue;
            };
            match self.within {
                Within::Key if self.key.len() < KEY => self.key.push(character),
                Within::Value => match found.last_mut() {
                    Some((key, text)) if *key == self.key => text.push(character),
                    _ => found.push((self.key.clone(), character.to_string())),
                },
                _ => {}
            }
        }
        found
    }

    fn between(&mut self, character: char) {
        match character {
            '"' if self.depth == 1 && self.is_value => self.within = Within::Value,
            '"' if self.depth == 1 => {
                self.key.clear();
                self.within = Within::Key;
            }
            '"' => self.within = Within::Elsewhere,
            '{' | '[' => self.depth += 1,
            '}' | ']' => self.depth = self.depth.saturating_sub(1),
            ':' if self.depth == 1 => self.is_value = true,
            ',' if self.depth == 1 => self.is_value = false,
            _ => {}
        }
    }

    /// The character that this one completes, if it completes one. A quotation mark ends the text.
    fn unescaped(&mut self, character: char) -> Option<char> {
        let Some(escape) = &mut self.escape else {
            match character {
                '\\' => self.escape = Some(String::new()),
                '"' => self.within = Within::Between,
                character => return Some(character),
            }
            return None;
        };
        escape.push(character);
        if escape.starts_with('u') && escape.len() < 5 {
            return None;
        }
        let escape = self.escape.take()?;
        match escape.strip_prefix('u') {
            Some(digits) => self.decoded(digits),
            None => Some(match character {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                other => other,
            }),
        }
    }

    fn decoded(&mut self, digits: &str) -> Option<char> {
        let unit = u16::from_str_radix(digits, 16).ok()?;
        let units = self.half.take().into_iter().chain([unit]);
        match char::decode_utf16(units).next()? {
            Ok(character) => Some(character),
            Err(_) => {
                self.half = Some(unit);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::json;

    use super::Fields;

    proptest! {
        #[test]
        fn members_come_in_pieces_as_json_has_them(
            title in "\\PC{0,20}",
            body in "(\\PC|[\n\t\"\\\\🦀\u{1}]){0,60}",
            sizes in prop::collection::vec(1_usize..7, 1..20),
        ) {
            let seo = json!({"title": "inner", "keywords": ["a", {"title": "deep"}]});
            let whole = json!({"body": body, "seo": seo, "tags": ["x"], "title": title});
            let whole = whole.to_string();
            let escaped = whole.chars().map(|it| match it {
                '🦀' => "\\ud83e\\udd80".to_owned(),
                other => other.to_string(),
            });
            let text: Vec<char> = escaped.collect::<String>().chars().collect();
            let (mut fields, mut found) = (Fields::default(), BTreeMap::<_, String>::new());
            let (mut sizes, mut at) = (sizes.into_iter().cycle(), 0);
            while at < text.len() {
                let end = (at + sizes.next().unwrap()).min(text.len());
                let piece: String = text[at..end].iter().collect();
                for (key, text) in fields.push(&piece) {
                    found.entry(key).or_default().push_str(&text);
                }
                at = end;
            }
            let wanted = [("body".to_owned(), body), ("title".to_owned(), title)];
            prop_assert_eq!(found, BTreeMap::from(wanted));
        }
    }
}
