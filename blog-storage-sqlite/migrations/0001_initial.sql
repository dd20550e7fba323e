CREATE TABLE blog_posts (
    pk INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    locale TEXT NOT NULL,
    slug TEXT NOT NULL,
    status TEXT NOT NULL,
    author TEXT NOT NULL,
    head INTEGER NOT NULL,
    published INTEGER,
    revision INTEGER NOT NULL,
    public_revision INTEGER NOT NULL,
    public_updated_at INTEGER,
    scheduled_at INTEGER,
    published_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- What lists are ordered by.
    ordered_at INTEGER NOT NULL,
    listed_at INTEGER NOT NULL,
    -- JSON: translation_of, coauthors, collaboration, ai_generated.
    rest TEXT NOT NULL,
    -- JSON: this post's rows in blog_terms, so that a change can take them back.
    terms TEXT NOT NULL
);
CREATE UNIQUE INDEX blog_posts_slug ON blog_posts (slug, locale);
CREATE INDEX blog_posts_ordered ON blog_posts (status, ordered_at, id);
CREATE INDEX blog_posts_listed ON blog_posts (status, listed_at, id);

CREATE TABLE blog_versions (
    post BLOB NOT NULL,
    number INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    author TEXT NOT NULL,
    kind TEXT NOT NULL,
    message TEXT,
    created_at INTEGER NOT NULL,
    content_hash BLOB NOT NULL,
    log_position TEXT,
    -- JSON: the content without its body, and what was drawn from the body.
    fields TEXT NOT NULL,
    -- 0: body is the text; 1: body is an LZ4 block with its size before it.
    packed INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (post, number)
);

-- Tags, categories and authors of posts. `list` is `public` for what readers are shown, else the
-- status of a post whose head has the term. Kind `under` has a row for each ancestor of a category
-- and for itself.
CREATE TABLE blog_terms (
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    list TEXT NOT NULL,
    ordered_at INTEGER NOT NULL,
    post BLOB NOT NULL,
    PRIMARY KEY (kind, value, list, ordered_at, post)
) WITHOUT ROWID;

CREATE TABLE blog_redirects (
    -- `slug` or `path`.
    kind TEXT NOT NULL,
    locale TEXT NOT NULL,
    address TEXT NOT NULL,
    post BLOB NOT NULL,
    PRIMARY KEY (kind, address, locale)
) WITHOUT ROWID;
CREATE INDEX blog_redirects_post ON blog_redirects (post);

CREATE TABLE blog_authors (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    bio TEXT,
    links TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE blog_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    post BLOB NOT NULL,
    revision INTEGER NOT NULL,
    actor TEXT NOT NULL
);

CREATE TABLE blog_audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    post BLOB,
    outcome TEXT NOT NULL,
    origin TEXT NOT NULL
);
CREATE INDEX blog_audit_post ON blog_audit (post, seq) WHERE post IS NOT NULL;

CREATE TABLE blog_idempotency (
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    post BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (actor, key)
) WITHOUT ROWID;

CREATE TABLE blog_leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    token INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE blog_checkpoints (
    consumer TEXT NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE blog_dead_letters (
    seq INTEGER NOT NULL,
    consumer TEXT NOT NULL,
    event TEXT NOT NULL,
    error TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (seq, consumer)
) WITHOUT ROWID;
