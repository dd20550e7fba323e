-- Live documents: how far the log of each goes.
CREATE TABLE blog_collab_documents (
    id BLOB NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL,
    version INTEGER NOT NULL,
    version_at INTEGER NOT NULL,
    folded INTEGER NOT NULL
) WITHOUT ROWID;

-- The entries of their logs. An append is one row; entries that two snapshots enclose share one.
CREATE TABLE blog_collab_segments (
    document BLOB NOT NULL,
    -- Number of the last entry.
    last INTEGER NOT NULL,
    -- 1: entries is an LZ4 block with its size before it.
    packed INTEGER NOT NULL,
    entries BLOB NOT NULL,
    PRIMARY KEY (document, last)
) WITHOUT ROWID;

-- The newest of each document, and the one before it.
CREATE TABLE blog_collab_snapshots (
    document BLOB NOT NULL,
    position INTEGER NOT NULL,
    packed INTEGER NOT NULL,
    state BLOB NOT NULL,
    PRIMARY KEY (document, position)
) WITHOUT ROWID;

CREATE TABLE blog_collab_claims (
    document BLOB NOT NULL,
    -- A client id. Those from 2^63 on are negative.
    client INTEGER NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (document, client)
) WITHOUT ROWID;
