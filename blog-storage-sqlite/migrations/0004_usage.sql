-- Calls of models, and what they have cost.
CREATE TABLE blog_usage_calls (
    id BLOB NOT NULL PRIMARY KEY,
    -- Days since 1970-01-01.
    day INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    purpose TEXT NOT NULL,
    post BLOB,
    model TEXT NOT NULL,
    reserved_tokens INTEGER NOT NULL,
    reserved_micros INTEGER NOT NULL,
    -- JSON: the names of those that it is charged to.
    accounts TEXT NOT NULL,
    -- What follows is there once it is settled.
    answered_by TEXT,
    spent_tokens INTEGER,
    spent_micros INTEGER,
    milliseconds INTEGER,
    outcome TEXT
) WITHOUT ROWID;
CREATE INDEX blog_usage_calls_day ON blog_usage_calls (day);

-- What accounts hold. Above 2^63 - 1, SQLite adds up floating-point numbers.
CREATE TABLE blog_usage_accounts (
    name TEXT NOT NULL PRIMARY KEY,
    tokens INTEGER NOT NULL,
    micros INTEGER NOT NULL
) WITHOUT ROWID;
