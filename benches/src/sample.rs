//! Texts to measure with: pseudo words, frequent ones as frequent as Zipf's law has them.

use std::collections::HashSet;

const SYLLABLES: [&str; 16] = [
    "ra", "ten", "mo", "lis", "ku", "ver", "na", "dor", "pi", "sal", "fe", "gan", "bu", "tor",
    "el", "ish",
];

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) const fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// From 0 up to 1.
    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Words with the chance that each comes up.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    words: Vec<String>,
    cumulative: Vec<f64>,
}

impl Vocabulary {
    pub(crate) fn of(size: usize) -> Self {
        let mut random = Random::new(1949);
        let mut seen = HashSet::with_capacity(size);
        let mut words = Vec::with_capacity(size);
        while words.len() < size {
            let syllables = 2 + random.below(4);
            let word: String = (0..syllables)
                .map(|_| SYLLABLES[random.below(SYLLABLES.len())])
                .collect();
            if seen.insert(word.clone()) {
                words.push(word);
            }
        }
        let mut sum = 0.0;
        let mut cumulative: Vec<f64> = (1..=size)
            .map(|rank| {
                sum += 1.0 / rank as f64;
                sum
            })
            .collect();
        cumulative.iter_mut().for_each(|chance| *chance /= sum);
        Self { words, cumulative }
    }

    pub(crate) fn text(&self, random: &mut Random, words: usize) -> String {
        let words: Vec<_> = (0..words)
            .map(|_| self.words[self.rank(random)].as_str())
            .collect();
        words.join(" ")
    }

    /// A query of `words` words, none of them among the twenty that are in every text.
    pub(crate) fn query(&self, random: &mut Random, words: usize) -> String {
        let mut word = || loop {
            let rank = self.rank(random);
            if rank >= 20 {
                return self.words[rank].as_str();
            }
        };
        (0..words).map(|_| word()).collect::<Vec<_>>().join(" ")
    }

    fn rank(&self, random: &mut Random) -> usize {
        let wanted = random.fraction();
        let rank = self.cumulative.partition_point(|chance| *chance < wanted);
        rank.min(self.words.len() - 1)
    }
}

/// A post to write or to find.
#[derive(Debug, Clone)]
pub(crate) struct SamplePost {
    pub(crate) title: String,
    pub(crate) slug: String,
    pub(crate) body: String,
    pub(crate) tags: [String; 3],
}

/// Posts of 4 KB without end, each with another title and slug.
#[derive(Debug, Clone)]
pub(crate) struct SamplePosts {
    random: Random,
    body: String,
}

impl SamplePosts {
    pub(crate) fn new(seed: u64) -> Self {
        let mut body = Vocabulary::of(5_000).text(&mut Random::new(5), 800);
        body.truncate(4096);
        Self {
            random: Random::new(seed),
            body,
        }
    }

    pub(crate) fn next(&mut self) -> SamplePost {
        let number = self.random.next();
        SamplePost {
            title: format!("A title of a post {number:016x}"),
            slug: format!("some-post-slug-{number:016x}"),
            body: self.body.clone(),
            tags: [number % 30, 30 + number % 31, 70 + number % 37].map(|tag| format!("tag-{tag}")),
        }
    }
}
