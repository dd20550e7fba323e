use std::path::Path;

use anyhow::{Context, Result};
use tantivy::collector::{Count, FacetCollector, TopDocs};
use tantivy::query::QueryParser;
use tantivy::schema::{FAST, Facet, FacetOptions, Field, STORED, STRING, Schema, TEXT};
use tantivy::snippet::SnippetGenerator;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term, doc};

use crate::sample::SamplePost;

/// A bare Tantivy index of posts.
pub(crate) struct BareIndex {
    reader: IndexReader,
    writer: IndexWriter,
    parser: QueryParser,
    fields: Fields,
}

#[derive(Clone, Copy)]
struct Fields {
    id: Field,
    title: Field,
    body: Field,
    tags: Field,
    at: Field,
}

impl BareIndex {
    pub(crate) fn of(dir: &Path, posts: &[SamplePost]) -> Result<Self> {
        let mut schema = Schema::builder();
        let fields = Fields {
            id: schema.add_text_field("id", STRING | STORED),
            title: schema.add_text_field("title", TEXT | STORED),
            body: schema.add_text_field("body", TEXT | STORED),
            tags: schema.add_facet_field("tags", FacetOptions::default()),
            at: schema.add_u64_field("at", FAST | STORED),
        };
        std::fs::create_dir_all(dir)?;
        let index = Index::create_in_dir(dir, schema.build())?;
        let mut writer = index.writer_with_num_threads(1, 128_000_000)?;
        for (number, post) in posts.iter().enumerate() {
            writer.add_document(fields.document(number as u64, post)?)?;
        }
        writer.commit()?;
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        let mut parser = QueryParser::for_index(&index, vec![fields.title, fields.body]);
        parser.set_field_boost(fields.title, 2.0);
        Ok(Self {
            reader,
            writer,
            parser,
            fields,
        })
    }

    /// The ten best with their stored fields and a snippet, their number, and the tags' counts.
    pub(crate) fn search(&self, text: &str) -> Result<usize> {
        let searcher = self.reader.searcher();
        let query = self.parser.parse_query(text)?;
        let mut tags = FacetCollector::for_field("tags");
        tags.add_facet("/tag");
        let best = TopDocs::with_limit(10).order_by_score();
        let (best, total, tags) = searcher.search(&*query, &(best, Count, tags))?;
        let mut bytes = total + tags.top_k("/tag", 10).len();
        let snippets = SnippetGenerator::create(&searcher, &*query, self.fields.body)?;
        for (_, address) in best {
            let document: TantivyDocument = searcher.doc(address)?;
            bytes += snippets.snippet_from_doc(&document).to_html().len();
        }
        Ok(bytes)
    }

    /// Adds a post and makes it visible: one commit with a payload, one reload.
    pub(crate) fn add(&mut self, number: u64, post: &SamplePost) -> Result<()> {
        let id = Term::from_field_text(self.fields.id, &post.slug);
        self.writer.delete_term(id.clone());
        self.writer
            .add_document(self.fields.document(number, post)?)?;
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&format!("{{\"seq\":{number}}}"));
        commit.commit()?;
        self.reader.reload()?;
        let found = self.reader.searcher().doc_freq(&id)?;
        (found > 0)
            .then_some(())
            .context("what was committed is not found")
    }
}

impl Fields {
    fn document(self, at: u64, post: &SamplePost) -> Result<TantivyDocument> {
        let mut document = doc!(
            self.id => post.slug.as_str(),
            self.title => post.title.as_str(),
            self.body => post.body.as_str(),
            self.at => at,
        );
        for tag in &post.tags {
            document.add_facet(self.tags, Facet::from_path(["tag", tag]));
        }
        Ok(document)
    }
}
