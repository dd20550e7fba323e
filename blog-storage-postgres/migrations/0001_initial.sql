-- `blog.` stands for the schema that the host chose.
CREATE TABLE blog.posts (
    id uuid PRIMARY KEY,
    locale text COLLATE "C" NOT NULL,
    slug text COLLATE "C" NOT NULL,
    status text NOT NULL,
    author text NOT NULL,
    head integer NOT NULL,
    published integer,
    revision bigint NOT NULL,
    public_revision bigint NOT NULL,
    public_updated_at timestamptz,
    scheduled_at timestamptz,
    published_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- What lists are ordered by.
    ordered_at timestamptz NOT NULL,
    listed_at timestamptz NOT NULL,
    -- JSON as it was written: translation_of, coauthors, collaboration, ai_generated.
    rest text NOT NULL,
    CONSTRAINT posts_slug UNIQUE (slug, locale)
);
CREATE INDEX posts_ordered ON blog.posts (status, ordered_at, id);
CREATE INDEX posts_listed ON blog.posts (status, listed_at, id);

CREATE TABLE blog.versions (
    post uuid NOT NULL REFERENCES blog.posts ON DELETE CASCADE,
    number integer NOT NULL,
    revision bigint NOT NULL,
    author text NOT NULL,
    kind text NOT NULL,
    message text,
    created_at timestamptz NOT NULL,
    content_hash bytea NOT NULL,
    log_position text,
    -- JSON as it was written: jsonb would change numbers, and the hash with them.
    fields text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (post, number)
);

-- Tags, categories and authors of posts: see `blog_core::tables::Term`.
CREATE TABLE blog.terms (
    kind text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    list text COLLATE "C" NOT NULL,
    ordered_at timestamptz NOT NULL,
    listed_at timestamptz NOT NULL,
    post uuid NOT NULL REFERENCES blog.posts ON DELETE CASCADE,
    PRIMARY KEY (kind, value, list, ordered_at, post)
);
CREATE INDEX terms_listed ON blog.terms (kind, value, list, listed_at, post);
CREATE INDEX terms_post ON blog.terms (post);

CREATE TABLE blog.redirects (
    -- `slug` or `path`.
    kind text NOT NULL,
    locale text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    post uuid NOT NULL REFERENCES blog.posts ON DELETE CASCADE,
    PRIMARY KEY (kind, address, locale)
);
CREATE INDEX redirects_post ON blog.redirects (post);

CREATE TABLE blog.authors (
    id text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    bio text,
    links text NOT NULL
);

-- The number of the last event. Who writes events locks this row last of all, until the end of the
-- transaction: numbers have no gaps, and whoever sees one sees all before it.
CREATE TABLE blog.log (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    last bigint NOT NULL
);
INSERT INTO blog.log (last) VALUES (0);

CREATE TABLE blog.events (
    seq bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    post uuid NOT NULL,
    revision bigint NOT NULL,
    actor text NOT NULL
);

-- Events of hosts' transactions, which may stay open: they are numbered once they are committed.
CREATE TABLE blog.inbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    post uuid NOT NULL,
    revision bigint NOT NULL,
    actor text NOT NULL
);

CREATE TABLE blog.audit (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    post uuid,
    outcome text NOT NULL,
    origin text NOT NULL
);
CREATE INDEX audit_post ON blog.audit (post, seq) WHERE post IS NOT NULL;

CREATE TABLE blog.idempotency (
    actor text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    post uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (actor, key)
);

CREATE TABLE blog.leases (
    name text PRIMARY KEY,
    holder text NOT NULL,
    token bigint NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE blog.checkpoints (
    consumer text PRIMARY KEY,
    seq bigint NOT NULL
);

CREATE TABLE blog.dead_letters (
    seq bigint NOT NULL,
    consumer text COLLATE "C" NOT NULL,
    event text NOT NULL,
    error text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (seq, consumer)
);

-- Undoes the statement that calls it, with this code.
CREATE FUNCTION blog.refuse(code text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'refused' USING ERRCODE = code;
END
$$;
