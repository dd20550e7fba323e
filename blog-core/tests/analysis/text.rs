use blog_core::analysis::{Prose, extract_summary, key_phrases};

use super::locale;

const BEES: &str = "# Bees\n\nHoney bees find their way by the sun and by landmarks. \
    A honey bee that has found flowers tells the others by a waggle dance. \
    Thanks for reading!\n\n\
    ## The dance\n\nThe waggle dance shows the direction and the distance of flowers. \
    The angle of the waggle dance is the angle between the sun and the flowers. \
    \n\n```\nlet dance = 1;\n```\n\n\
    The bees that follow the waggle dance fly in that direction. It was windy in Munich that year.";

#[test]
fn a_summary_has_what_the_text_says_most_in_its_order_and_word_for_word() {
    let summary = extract_summary(&Prose::of_markdown(BEES), &locale("en"), 2);
    assert_eq!(
        summary.sentences,
        [
            "Honey bees find their way by the sun and by landmarks.",
            "A honey bee that has found flowers tells the others by a waggle dance.",
        ]
    );
    assert_eq!(summary.text, summary.sentences.join(" "));
}

#[test]
fn what_is_said_twice_is_in_a_summary_once() {
    let text = "The new release is out for everyone today. ".repeat(5);
    let summary = extract_summary(&Prose::of_markdown(&text), &locale("en"), 3);
    assert_eq!(summary.text, "The new release is out for everyone today.");
}

#[test]
fn a_chinese_summary_has_no_spaces_between_sentences() {
    let text = "编译器检查每一个分支的类型。编译器说明缺少哪一个分支。今天的天气非常好适合散步。";
    let summary = extract_summary(&Prose::of_markdown(text), &locale("zh"), 3);
    assert_eq!(summary.text, text);
}

#[test]
fn key_phrases_are_what_a_text_is_about() {
    let phrases = key_phrases(&Prose::of_markdown(BEES), &locale("en"), 3).unwrap();
    assert_eq!(phrases[0].text, "waggle dance");
    assert_eq!(phrases[0].occurrences, 4);
    assert!(phrases.iter().any(|phrase| phrase.text == "flowers"));
}

#[test]
fn key_phrases_of_german_have_no_german_stop_words() {
    let text = "Die Katze schläft auf dem Sofa, und das Sofa gehört der Katze.";
    let phrases = key_phrases(&Prose::of_markdown(text), &locale("de-AT"), 9).unwrap();
    let words: Vec<_> = phrases.iter().map(|phrase| phrase.text.as_str()).collect();
    assert!(
        words.contains(&"Katze") && !words.contains(&"und"),
        "{words:?}"
    );
}

#[test]
fn key_phrases_are_not_guessed_where_words_have_no_spaces_between_them() {
    let prose = Prose::of_markdown("今日は雨です。");
    assert!(key_phrases(&prose, &locale("ja"), 3).is_err());
}
