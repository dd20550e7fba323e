-- Live documents: how far the log of each goes. Who appends locks the row until the end of the
-- transaction: numbers have no gaps, and whoever sees one sees all before it.
CREATE TABLE blog.collab_documents (
    id uuid PRIMARY KEY,
    last bigint NOT NULL,
    version bigint NOT NULL,
    version_at bigint NOT NULL,
    folded bigint NOT NULL
) WITH (fillfactor = 50);

-- The entries of their logs. An append is one row; entries that two snapshots enclose share one.
CREATE TABLE blog.collab_segments (
    document uuid NOT NULL,
    -- Number of the last entry.
    last bigint NOT NULL,
    entries bytea NOT NULL,
    PRIMARY KEY (document, last)
);

-- The newest of each document, and the one before it.
CREATE TABLE blog.collab_snapshots (
    document uuid NOT NULL,
    position bigint NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (document, position)
);

CREATE TABLE blog.collab_claims (
    document uuid NOT NULL,
    -- A client id. Those from 2^63 on are negative.
    client bigint NOT NULL,
    actor text COLLATE "C" NOT NULL,
    PRIMARY KEY (document, client)
);
