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
    let summary = extract_summary(&Prose::of_markdown(BEES, &locale("en")), &locale("en"), 2);
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
    let summary = extract_summary(&Prose::of_markdown(&text, &locale("en")), &locale("en"), 3);
    assert_eq!(summary.text, "The new release is out for everyone today.");
}

#[test]
fn a_sentence_of_stop_words_is_in_a_summary_once() {
    let text = "It is what it was, and so it will be. ".repeat(3);
    let prose = Prose::of_markdown(&text, &locale("en"));
    let summary = extract_summary(&prose, &locale("en"), 3);
    assert_eq!(summary.text, "It is what it was, and so it will be.");
}

#[test]
fn a_chinese_summary_has_no_spaces_between_sentences() {
    let text = "编译器检查每一个分支的类型。编译器说明缺少哪一个分支。今天的天气非常好适合散步。";
    let summary = extract_summary(&Prose::of_markdown(text, &locale("zh")), &locale("zh"), 3);
    assert_eq!(summary.text, text);
}

#[test]
fn key_phrases_are_what_a_text_is_about() {
    let phrases = key_phrases(&Prose::of_markdown(BEES, &locale("en")), &locale("en"), 3).unwrap();
    assert_eq!(phrases[0].text, "waggle dance");
    assert_eq!(phrases[0].occurrences, 4);
    assert!(phrases.iter().any(|phrase| phrase.text == "flowers"));
}

#[test]
fn key_phrases_of_german_have_no_german_stop_words() {
    let text = "Die Katze schläft auf dem Sofa, und das Sofa gehört der Katze.";
    let phrases = key_phrases(
        &Prose::of_markdown(text, &locale("de-AT")),
        &locale("de-AT"),
        9,
    )
    .unwrap();
    let words: Vec<_> = phrases.iter().map(|phrase| phrase.text.as_str()).collect();
    assert!(
        words.contains(&"Katze") && !words.contains(&"und"),
        "{words:?}"
    );
}

fn phrases(text: &str, tag: &str) -> Vec<(String, usize)> {
    let prose = Prose::of_markdown(text, &locale(tag));
    let mut found: Vec<_> = key_phrases(&prose, &locale(tag), usize::MAX)
        .unwrap()
        .into_iter()
        .map(|phrase| (phrase.text, phrase.occurrences))
        .collect();
    found.sort();
    found
}

#[test]
fn elided_words_are_no_part_of_key_phrases() {
    for (tag, text, expected) in [
        (
            "fr",
            "C'est l’école d'une ville. Lorsqu'elle dort, qu'il pleuve sur l'école !",
            [("dort", 1), ("pleuve", 1), ("ville", 1), ("école", 2)].as_slice(),
        ),
        ("it", "La forza dell'acqua.", &[("acqua", 1), ("forza", 1)]),
        (
            "en",
            "That's a bridge. What’s it for? Here's O'Reilly, who can't swim.",
            &[("O'Reilly", 1), ("bridge", 1), ("swim", 1)],
        ),
    ] {
        let expected: Vec<_> = expected
            .iter()
            .map(|(w, n)| ((*w).to_owned(), *n))
            .collect();
        assert_eq!(phrases(text, tag), expected);
    }
}

#[test]
fn a_name_with_a_dot_in_it_is_a_key_phrase() {
    assert_eq!(
        phrases("We use Node.js here, i.e. version 3.14.", "en"),
        [("Node.js".to_owned(), 1), ("version".to_owned(), 1)]
    );
}

#[test]
fn there_are_never_more_than_a_hundred_key_phrases() {
    let text: String = (0..140).map(|number| format!("word{number} ")).collect();
    assert_eq!(phrases(&text, "en").len(), 100);
}

#[test]
fn the_score_of_a_key_phrase_follows_the_published_formula() {
    let prose = Prose::of_markdown("The warm rain fell.", &locale("en"));
    let found = key_phrases(&prose, &locale("en"), 9).unwrap();
    let rain = found.iter().find(|phrase| phrase.text == "rain").unwrap();
    // Its neighbours on each side are always others, and all words are as frequent as it.
    let context = 1.0 + (1.0 + 1.0) * 1.0;
    let word = context * 3.0_f64.ln().ln() / ((1.0 + 1.0) / context);
    let expected = 1.0 / (1.0 + word / (1.0 + word));
    assert!((rain.score - expected).abs() < 1e-9, "{}", rain.score);
}

#[test]
fn key_phrases_are_not_guessed_where_words_have_no_spaces_between_them() {
    let prose = Prose::of_markdown("今日は雨です。", &locale("ja"));
    assert!(key_phrases(&prose, &locale("ja"), 3).is_err());
}
