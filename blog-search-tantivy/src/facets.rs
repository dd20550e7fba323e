//! One pass over the posts that match: the best of them, how many, and how they spread.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use blog_core::domain::PostId;
use blog_core::ports::{Facet, Facets, SearchSort};
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal, SegmentReader};

use crate::schema::post_id;
use crate::view::{Columns, Mask, View};

/// How many values of a facet are told.
const MAX_VALUES: usize = 50;

/// What the pass is to do.
pub(crate) struct Pass {
    masks: Arc<Vec<Mask>>,
    columns: Arc<Vec<Columns>>,
    sizes: [usize; 3],
    sort: SearchSort,
    wanted: usize,
    from: i64,
    to: i64,
    facets: bool,
    except: Option<PostId>,
}

impl Pass {
    /// Finds the `wanted` best of what `view` shows.
    pub(crate) fn new(view: &View, wanted: usize) -> Self {
        let documents = usize::try_from(view.documents()).unwrap_or(usize::MAX);
        Self {
            masks: view.masks(),
            columns: Arc::clone(&view.snapshot.columns),
            sizes: view.snapshot.values.each_ref().map(Vec::len),
            sort: SearchSort::Relevance,
            wanted: wanted.min(documents),
            from: i64::MIN,
            to: i64::MAX,
            facets: false,
            except: None,
        }
    }

    pub(crate) fn sorted(self, sort: SearchSort) -> Self {
        Self { sort, ..self }
    }

    /// Only from `from` on and before `to`, in microseconds.
    pub(crate) fn between(self, from: Option<i64>, to: Option<i64>) -> Self {
        Self {
            from: from.unwrap_or(i64::MIN),
            to: to.unwrap_or(i64::MAX),
            ..self
        }
    }

    pub(crate) fn with_facets(self) -> Self {
        Self {
            facets: true,
            ..self
        }
    }

    pub(crate) fn without(self, post: PostId) -> Self {
        Self {
            except: Some(post),
            ..self
        }
    }
}

/// A post that matches: its place in the order, then its id, then where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ranked {
    primary: u64,
    ordered_at: i64,
    id: Reverse<(u64, u64)>,
    pub(crate) at: DocAddress,
    score: u32,
}

impl Ranked {
    pub(crate) fn score(&self) -> f32 {
        f32::from_bits(self.score)
    }

    pub(crate) fn post(&self) -> Option<PostId> {
        post_id(self.id.0.0, self.id.0.1)
    }
}

/// What the pass found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) total: usize,
    pub(crate) best: Vec<Ranked>,
    counts: [Vec<u32>; 3],
    years: BTreeMap<i64, u64>,
}

impl Found {
    /// How the posts spread, the commonest values first, the latest years first.
    pub(crate) fn facets(&self, view: &View) -> Facets {
        let values = &view.snapshot.values;
        let [tags, categories, authors] = [0, 1, 2].map(|place| {
            let counted = self.counts[place].iter().zip(&values[place]);
            let mut all: Vec<_> = counted.filter(|(count, _)| **count > 0).collect();
            all.sort_by(|(one, a), (other, b)| other.cmp(one).then_with(|| a.cmp(b)));
            let best = all.into_iter().take(MAX_VALUES);
            best.map(|(count, value)| Facet {
                value: value.clone(),
                count: u64::from(*count),
            })
            .collect()
        });
        let years = self.years.iter().rev().take(MAX_VALUES);
        let years = years.map(|(year, count)| Facet {
            value: year.to_string(),
            count: *count,
        });
        Facets {
            tags,
            categories,
            authors,
            years: years.collect(),
        }
    }
}

impl Collector for Pass {
    type Fruit = Found;
    type Child = SegmentPass;

    fn for_segment(
        &self,
        segment: SegmentOrdinal,
        _reader: &SegmentReader,
    ) -> tantivy::Result<SegmentPass> {
        let counts = if self.facets {
            self.sizes.map(|size| vec![0; size])
        } else {
            Default::default()
        };
        Ok(SegmentPass {
            segment,
            masks: Arc::clone(&self.masks),
            columns: Arc::clone(&self.columns),
            sort: self.sort,
            wanted: self.wanted,
            from: self.from,
            to: self.to,
            facets: self.facets,
            except: self.except.map(|post| post.as_uuid().as_u64_pair()),
            heap: BinaryHeap::with_capacity(self.wanted.min(1024) + 1),
            found: Found {
                counts,
                ..Found::default()
            },
        })
    }

    fn requires_scoring(&self) -> bool {
        self.sort == SearchSort::Relevance
    }

    fn merge_fruits(&self, fruits: Vec<Found>) -> tantivy::Result<Found> {
        let mut fruits = fruits.into_iter();
        let mut all = fruits.next().unwrap_or_default();
        for fruit in fruits {
            all.total += fruit.total;
            all.best.extend(fruit.best);
            for (sum, counts) in all.counts.iter_mut().zip(fruit.counts) {
                sum.iter_mut()
                    .zip(counts)
                    .for_each(|(sum, count)| *sum += count);
            }
            for (year, count) in fruit.years {
                *all.years.entry(year).or_default() += count;
            }
        }
        all.best.sort_unstable_by(|one, other| other.cmp(one));
        all.best.truncate(self.wanted);
        Ok(all)
    }
}

/// The pass over one segment.
pub(crate) struct SegmentPass {
    segment: SegmentOrdinal,
    masks: Arc<Vec<Mask>>,
    columns: Arc<Vec<Columns>>,
    sort: SearchSort,
    wanted: usize,
    from: i64,
    to: i64,
    facets: bool,
    except: Option<(u64, u64)>,
    heap: BinaryHeap<Reverse<Ranked>>,
    found: Found,
}

impl SegmentCollector for SegmentPass {
    type Fruit = Found;

    fn collect(&mut self, doc: DocId, score: Score) {
        let segment = self.segment as usize;
        let (Some(mask), Some(columns)) = (self.masks.get(segment), self.columns.get(segment))
        else {
            return;
        };
        if !mask.has(doc) {
            return;
        }
        let ordered_at = columns.ordered_at.first(doc).unwrap_or(0);
        if ordered_at < self.from || ordered_at >= self.to {
            return;
        }
        let id = || {
            let half = |column: &tantivy::columnar::Column<u64>| column.first(doc).unwrap_or(0);
            (half(&columns.id_high), half(&columns.id_low))
        };
        if self.except.is_some_and(|except| except == id()) {
            return;
        }
        self.found.total += 1;
        if self.facets {
            for (facet, counts) in columns.facets.iter().zip(&mut self.found.counts) {
                let Some((column, numbers)) = facet else {
                    continue;
                };
                for ord in column.values_for_doc(doc) {
                    let place = usize::try_from(ord).ok().and_then(|ord| numbers.get(ord));
                    if let Some(count) = place.and_then(|place| counts.get_mut(*place as usize)) {
                        *count += 1;
                    }
                }
            }
            if let Some(year) = columns.year.first(doc) {
                *self.found.years.entry(year).or_default() += 1;
            }
        }
        let primary = match self.sort {
            // Scores are not negative, so that their bits have their order.
            SearchSort::Relevance => u64::from(score.max(0.0).to_bits()),
            SearchSort::Date => 0,
            SearchSort::Popularity => columns.popularity.first(doc).unwrap_or(0),
        };
        if self.heap.len() >= self.wanted {
            match self.heap.peek() {
                Some(Reverse(least))
                    if (primary, ordered_at) >= (least.primary, least.ordered_at) => {}
                _ => return,
            }
        }
        let at = DocAddress::new(self.segment, doc);
        let score = score.to_bits();
        self.heap.push(Reverse(Ranked {
            primary,
            ordered_at,
            id: Reverse(id()),
            at,
            score,
        }));
        if self.heap.len() > self.wanted {
            self.heap.pop();
        }
    }

    fn harvest(mut self) -> Found {
        self.found.best = self
            .heap
            .into_sorted_vec()
            .into_iter()
            .map(|Reverse(ranked)| ranked)
            .collect();
        self.found
    }
}
