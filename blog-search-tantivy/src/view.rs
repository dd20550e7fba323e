//! What one scope sees of one state of the index, as a bit per document.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use blog_core::domain::{Scope, Visibility};
use tantivy::columnar::{Column, StrColumn};
use tantivy::postings::Postings;
use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, InvertedIndexReader, Searcher, SegmentReader, TERMINATED, Term};

use crate::error::{IndexError, Result};
use crate::schema::{Fields, HEAD, PUBLIC};

/// How many counts are remembered.
const COUNTS: usize = 10_000;

/// A bit for each document of a segment.
#[derive(Debug, Clone)]
pub(crate) struct Mask(Vec<u64>);

impl Mask {
    fn empty(documents: DocId) -> Self {
        Self(vec![0; documents as usize / 64 + 1])
    }

    fn set(&mut self, doc: DocId, on: bool) {
        let bit = 1 << (doc % 64);
        if let Some(word) = self.0.get_mut(doc as usize / 64) {
            if on { *word |= bit } else { *word &= !bit }
        }
    }

    pub(crate) fn has(&self, doc: DocId) -> bool {
        self.0
            .get(doc as usize / 64)
            .is_some_and(|word| word >> (doc % 64) & 1 == 1)
    }

    fn len(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }
}

/// The columns of a segment.
pub(crate) struct Columns {
    pub(crate) id_high: Column<u64>,
    pub(crate) id_low: Column<u64>,
    pub(crate) ordered_at: Column<i64>,
    pub(crate) year: Column<i64>,
    pub(crate) popularity: Column<u64>,
    flags: Column<u64>,
    /// Tags, categories and authors, as numbers in [`Snapshot::values`].
    pub(crate) facets: [Option<(Column<u64>, Vec<u32>)>; 3],
}

/// What a mask says of the documents as a whole.
#[derive(Debug)]
struct Sight {
    masks: Arc<Vec<Mask>>,
    documents: u64,
    tokens: HashMap<Field, u64>,
    languages: Vec<String>,
    /// Remembers [`View::count`].
    counts: Mutex<HashMap<Term, u64>>,
}

/// One state of the index.
pub(crate) struct Snapshot {
    pub(crate) searcher: Searcher,
    pub(crate) fields: Fields,
    pub(crate) columns: Arc<Vec<Columns>>,
    /// The values of each facet.
    pub(crate) values: Arc<[Vec<String>; 3]>,
    public: Arc<Sight>,
    everything: Arc<Sight>,
}

impl Snapshot {
    pub(crate) fn new(searcher: Searcher, fields: Fields) -> Result<Self> {
        let mut values: [Vec<String>; 3] = Default::default();
        let mut numbers: [HashMap<String, u32>; 3] = Default::default();
        let mut columns = Vec::new();
        for segment in searcher.segment_readers() {
            let fast = segment.fast_fields();
            let mut facets = [None, None, None];
            for (place, name) in ["tag", "category", "author"].into_iter().enumerate() {
                if let Some(column) = fast.str(name)? {
                    let known = number(&column, &mut values[place], &mut numbers[place])?;
                    facets[place] = Some((column.ords().clone(), known));
                }
            }
            columns.push(Columns {
                id_high: fast.u64("id_high")?,
                id_low: fast.u64("id_low")?,
                ordered_at: fast.i64("ordered_at")?,
                year: fast.i64("year")?,
                popularity: fast.u64("popularity")?,
                flags: fast.u64("flags")?,
                facets,
            });
        }
        let sight = |flag| {
            let masks =
                searcher
                    .segment_readers()
                    .iter()
                    .zip(&columns)
                    .map(|(segment, columns)| {
                        let mut mask = Mask::empty(segment.max_doc());
                        for doc in segment.doc_ids_alive() {
                            if columns
                                .flags
                                .first(doc)
                                .is_some_and(|flags| flags & flag != 0)
                            {
                                mask.set(doc, true);
                            }
                        }
                        mask
                    });
            Sight::new(&searcher, &fields, masks.collect())
        };
        let (public, everything) = (Arc::new(sight(PUBLIC)?), Arc::new(sight(HEAD)?));
        Ok(Self {
            columns: Arc::new(columns),
            values: Arc::new(values),
            searcher,
            fields,
            public,
            everything,
        })
    }

    /// What `scope` sees.
    pub(crate) fn view(self: Arc<Self>, scope: &Scope) -> Result<View> {
        let sight = match scope.visibility() {
            Visibility::Published => Arc::clone(&self.public),
            Visibility::Everything => Arc::clone(&self.everything),
            Visibility::Own(author) => {
                let mut masks = (*self.public.masks).clone();
                let term = Term::from_field_text(self.fields.author, author);
                for ((segment, columns), mask) in self
                    .searcher
                    .segment_readers()
                    .iter()
                    .zip(&*self.columns)
                    .zip(&mut masks)
                {
                    each_doc(segment, &term, |doc| {
                        let flags = columns.flags.first(doc).unwrap_or(0);
                        mask.set(doc, !segment.is_deleted(doc) && flags & HEAD != 0);
                        true
                    })?;
                }
                Arc::new(Sight::new(&self.searcher, &self.fields, masks)?)
            }
        };
        Ok(View {
            snapshot: self,
            sight,
        })
    }
}

/// Gives each value of a column its number.
fn number(
    column: &StrColumn,
    values: &mut Vec<String>,
    numbers: &mut HashMap<String, u32>,
) -> Result<Vec<u32>> {
    let mut stream = column.dictionary().stream()?;
    let mut known = Vec::with_capacity(column.num_terms());
    while stream.advance() {
        let value = String::from_utf8_lossy(stream.key()).into_owned();
        let next = u32::try_from(values.len()).map_err(|_| IndexError::Damaged("facets"))?;
        let place = *numbers.entry(value).or_insert_with_key(|value| {
            values.push(value.clone());
            next
        });
        known.push(place);
    }
    Ok(known)
}

impl Sight {
    fn new(searcher: &Searcher, fields: &Fields, masks: Vec<Mask>) -> Result<Self> {
        let mut tokens = HashMap::new();
        let mut languages = Vec::new();
        for (segment, mask) in searcher.segment_readers().iter().zip(&masks) {
            for (field, _) in fields.weighted() {
                let norms = segment.get_fieldnorms_reader(field)?;
                let docs = (0..segment.max_doc()).filter(|doc| mask.has(*doc));
                let sum: u64 = docs.map(|doc| u64::from(norms.fieldnorm(doc))).sum();
                *tokens.entry(field).or_default() += sum;
            }
            let inverted = segment.inverted_index(fields.language)?;
            let mut stream = inverted.terms().stream()?;
            while let Some((key, info)) = stream.next() {
                let language = String::from_utf8_lossy(key).into_owned();
                if !languages.contains(&language) {
                    let mut postings =
                        inverted.read_postings_from_terminfo(info, IndexRecordOption::Basic)?;
                    if any(&mut postings, mask) {
                        languages.push(language);
                    }
                }
            }
        }
        let documents = masks.iter().map(Mask::len).sum();
        Ok(Self {
            masks: Arc::new(masks),
            documents,
            tokens,
            languages,
            counts: Mutex::default(),
        })
    }
}

/// What one scope sees.
pub(crate) struct View {
    pub(crate) snapshot: Arc<Snapshot>,
    sight: Arc<Sight>,
}

impl View {
    pub(crate) fn fields(&self) -> &Fields {
        &self.snapshot.fields
    }

    pub(crate) fn searcher(&self) -> &Searcher {
        &self.snapshot.searcher
    }

    pub(crate) fn masks(&self) -> Arc<Vec<Mask>> {
        Arc::clone(&self.sight.masks)
    }

    /// The languages of the visible documents.
    pub(crate) fn languages(&self) -> &[String] {
        &self.sight.languages
    }

    pub(crate) fn documents(&self) -> u64 {
        self.sight.documents
    }

    /// In how many visible documents the term occurs.
    pub(crate) fn count(&self, term: &Term) -> Result<u64> {
        let counts = || {
            self.sight
                .counts
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(count) = counts().get(term) {
            return Ok(*count);
        }
        let mut count = 0;
        for (segment, mask) in self.segments() {
            each_doc(segment, term, |doc| {
                count += u64::from(mask.has(doc));
                true
            })?;
        }
        let mut counts = counts();
        if counts.len() >= COUNTS {
            counts.clear();
        }
        counts.insert(term.clone(), count);
        Ok(count)
    }

    /// The first visible document with the term.
    pub(crate) fn first(&self, term: &Term) -> Result<Option<tantivy::DocAddress>> {
        let mut found = None;
        for (place, (segment, mask)) in (0_u32..).zip(self.segments()) {
            each_doc(segment, term, |doc| {
                if mask.has(doc) {
                    found = Some(tantivy::DocAddress::new(place, doc));
                }
                found.is_none()
            })?;
            if found.is_some() {
                break;
            }
        }
        Ok(found)
    }

    pub(crate) fn segments(&self) -> impl Iterator<Item = (&SegmentReader, &Mask)> {
        self.searcher()
            .segment_readers()
            .iter()
            .zip(self.sight.masks.iter())
    }

    /// The terms of a field that begin like this, with the number of visible documents.
    pub(crate) fn beginning(
        &self,
        field: Field,
        prefix: &str,
        at_most: usize,
    ) -> Result<HashMap<String, u64>> {
        let mut found: HashMap<String, u64> = HashMap::new();
        for (segment, mask) in self.segments() {
            let inverted = segment.inverted_index(field)?;
            let mut stream = inverted
                .terms()
                .range()
                .ge(prefix.as_bytes())
                .into_stream()?;
            let mut seen = 0;
            while seen < at_most {
                let Some((key, info)) = stream.next() else {
                    break;
                };
                if !key.starts_with(prefix.as_bytes()) {
                    break;
                }
                let count = visible(&inverted, info, mask)?;
                if count > 0 {
                    seen += 1;
                    *found
                        .entry(String::from_utf8_lossy(key).into_owned())
                        .or_default() += count;
                }
            }
        }
        Ok(found)
    }
}

impl Bm25StatisticsProvider for View {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        Ok(self.sight.tokens.get(&field).copied().unwrap_or(0))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.sight.documents)
    }

    /// In how many documents the word occurs, in whichever field it does most: a word that every
    /// body has is no rarer for standing in few titles.
    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        let mut most = self.count(term);
        let weighted = self.fields().weighted();
        let is_weighted = weighted.iter().any(|(field, _)| *field == term.field());
        if let Some(word) = term.value().as_str().filter(|_| is_weighted) {
            for (field, _) in weighted {
                let count = self.count(&Term::from_field_text(field, word));
                most = most.and_then(|most| Ok(most.max(count?)));
            }
        }
        most.map_err(|error| match error {
            IndexError::Tantivy(error) => error,
            other => tantivy::TantivyError::InternalError(other.to_string()),
        })
    }
}

/// In how many visible documents of a segment the term occurs.
pub(crate) fn visible(
    inverted: &InvertedIndexReader,
    info: &tantivy::postings::TermInfo,
    mask: &Mask,
) -> Result<u64> {
    let mut postings = inverted.read_postings_from_terminfo(info, IndexRecordOption::Basic)?;
    let mut count = 0;
    let mut doc = postings.doc();
    while doc != TERMINATED {
        count += u64::from(mask.has(doc));
        doc = postings.advance();
    }
    Ok(count)
}

fn any(postings: &mut impl Postings, mask: &Mask) -> bool {
    let mut doc = postings.doc();
    while doc != TERMINATED {
        if mask.has(doc) {
            return true;
        }
        doc = postings.advance();
    }
    false
}

/// Calls `act` with each document that has the term, until it says no.
pub(crate) fn each_doc(
    segment: &SegmentReader,
    term: &Term,
    mut act: impl FnMut(DocId) -> bool,
) -> Result<()> {
    let inverted = segment.inverted_index(term.field())?;
    let Some(mut postings) = inverted.read_postings(term, IndexRecordOption::Basic)? else {
        return Ok(());
    };
    let mut doc = postings.doc();
    while doc != TERMINATED && act(doc) {
        doc = postings.advance();
    }
    Ok(())
}
