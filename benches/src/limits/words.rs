//! One pass over the words of a text.

use unicode_segmentation::UnicodeSegmentation;

pub(crate) fn count(text: &str) -> usize {
    text.unicode_words().count()
}
