/// Advance widths of `' '` to `'~'` in thousandths of the font's size: Helvetica's, which Arial
/// has too (Adobe Core 14 font metrics).
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// About how wide a line of Arial is, in pixels, with letters of `size` pixels. Ideographs and
/// pictures are as wide as the font is high.
pub(super) fn estimated_width(text: &str, size: f64) -> f64 {
    let units: f64 = text
        .chars()
        .map(|character| {
            let index = (character as usize).wrapping_sub(' ' as usize);
            match WIDTHS.get(index) {
                Some(width) => f64::from(*width),
                None if character >= '\u{2e80}' => 1_000.0,
                None => 556.0,
            }
        })
        .sum();
    units * size / 1_000.0
}
