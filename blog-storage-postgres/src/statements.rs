//! The statements that write. Each is one round trip, whatever it writes: see [`crate::columns`]
//! for its parameters.

macro_rules! post_names {
    () => {
        "id, locale, slug, status, author, head, published, revision, public_revision, \
         public_updated_at, scheduled_at, published_at, created_at, updated_at, ordered_at, \
         listed_at, rest"
    };
}

macro_rules! posts {
    () => {
        "unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::int[], \
         $8::bigint[], $9::bigint[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], \
         $13::timestamptz[], $14::timestamptz[], $15::timestamptz[], $16::timestamptz[], \
         $17::text[]"
    };
}

/// Versions, redirects, authors and audit entries.
macro_rules! insert_rest {
    () => {
        "version AS (INSERT INTO blog.versions (post, number, revision, author, kind, message, \
         created_at, content_hash, log_position, fields, body) SELECT * FROM unnest($18::uuid[], \
         $19::int[], $20::bigint[], $21::text[], $22::text[], $23::text[], $24::timestamptz[], \
         $25::bytea[], $26::text[], $27::text[], $28::text[]) RETURNING 1), \
         redirect AS (INSERT INTO blog.redirects AS former (kind, locale, address, post) \
         SELECT * FROM unnest($34::text[], $35::text[], $36::text[], $37::uuid[]) \
         ON CONFLICT (kind, address, locale) DO UPDATE SET post = CASE \
         WHEN former.kind = 'slug' OR former.post = excluded.post THEN excluded.post END), \
         profile AS (INSERT INTO blog.authors (id, name, bio, links) \
         SELECT * FROM unnest($38::text[], $39::text[], $40::text[], $41::text[]) \
         ON CONFLICT DO NOTHING), \
         trail AS (INSERT INTO blog.audit (at, actor, action, post, outcome, origin) \
         SELECT * FROM unnest($42::timestamptz[], $43::text[], $44::text[], $45::uuid[], \
         $46::text[], $47::text[])), "
    };
}

macro_rules! terms {
    ($listed_at:literal) => {
        concat!(
            "unnest($29::text[], $30::text[], $31::text[], $32::timestamptz[], $33::uuid[], ",
            $listed_at,
            "::timestamptz[])"
        )
    };
}

/// Events, numbered. The row of numbers is locked after all that may have to wait for others.
macro_rules! numbered_events {
    ($after:literal) => {
        concat!(
            "number AS (UPDATE blog.log SET last = last + cardinality($50::uuid[]) \
             WHERE cardinality($50::uuid[]) > 0 AND ",
            $after,
            " >= 0 RETURNING last), \
             event AS (INSERT INTO blog.events (seq, at, kind, post, revision, actor) \
             SELECT number.last - cardinality($50::uuid[]) + e.place, e.at, e.kind, e.post, \
             e.revision, e.actor FROM number, unnest($48::timestamptz[], $49::text[], \
             $50::uuid[], $51::bigint[], $52::text[]) WITH ORDINALITY \
             AS e (at, kind, post, revision, actor, place)) "
        )
    };
}

/// The number of the last event of this statement, else of all.
macro_rules! last_number {
    () => {
        "coalesce((SELECT last FROM number), (SELECT last FROM blog.log))"
    };
}

/// New posts with their first versions: uniqueness is all there is to check, and the database does
/// it. Answers the number of the last event.
pub(crate) const CREATE: &str = concat!(
    "WITH post AS (INSERT INTO blog.posts (",
    post_names!(),
    ") SELECT * FROM ",
    posts!(),
    ") RETURNING 1), ",
    insert_rest!(),
    "term AS (INSERT INTO blog.terms (kind, value, list, ordered_at, post, listed_at) \
     SELECT * FROM ",
    terms!("$53"),
    "), ",
    numbered_events!("(SELECT count(*) FROM post) + (SELECT count(*) FROM version)"),
    "SELECT ",
    last_number!()
);

/// Parameters 53 to 67: which posts are new; posts to delete and their revisions; the idempotency
/// record; the checkpoint; the lease and the time at which it must be held; the terms' `listed_at`.
macro_rules! change {
    () => {
        concat!(
            "WITH given AS (SELECT * FROM ",
            posts!(),
            ", $53::bool[]) AS given (",
            post_names!(),
            ", is_new)), \
             created AS (INSERT INTO blog.posts (",
            post_names!(),
            ") SELECT ",
            post_names!(),
            " FROM given WHERE is_new RETURNING 1), \
             updated AS (UPDATE blog.posts p SET locale = g.locale, slug = g.slug, \
             status = g.status, author = g.author, head = g.head, published = g.published, \
             revision = g.revision, public_revision = g.public_revision, \
             public_updated_at = g.public_updated_at, scheduled_at = g.scheduled_at, \
             published_at = g.published_at, created_at = g.created_at, updated_at = g.updated_at, \
             ordered_at = g.ordered_at, listed_at = g.listed_at, rest = g.rest \
             FROM given g WHERE NOT g.is_new AND p.id = g.id AND p.revision = g.revision - 1 \
             RETURNING 1), \
             deleted AS (DELETE FROM blog.posts p \
             USING unnest($54::uuid[], $55::bigint[]) AS d (id, revision) \
             WHERE p.id = d.id AND p.revision = d.revision RETURNING 1), ",
            insert_rest!(),
            "former_term AS (DELETE FROM blog.terms t USING given g WHERE NOT g.is_new \
             AND t.post = g.id AND NOT EXISTS (SELECT 1 FROM ",
            terms!("$67"),
            " AS n (kind, value, list, ordered_at, post, listed_at) WHERE (n.kind, n.value, n.list, \
             n.ordered_at, n.post) = (t.kind, t.value, t.list, t.ordered_at, t.post))), \
             term AS (INSERT INTO blog.terms AS t (kind, value, list, ordered_at, post, listed_at) \
             SELECT * FROM ",
            terms!("$67"),
            " ON CONFLICT (kind, value, list, ordered_at, post) DO UPDATE \
             SET listed_at = excluded.listed_at WHERE t.listed_at <> excluded.listed_at), \
             answer AS (INSERT INTO blog.idempotency (actor, key, request_hash, post, at) \
             SELECT $56::text, $57::text, $58::bytea, $59::uuid, $60::timestamptz \
             WHERE $57 IS NOT NULL RETURNING 1), \
             progress AS (INSERT INTO blog.checkpoints (consumer, seq) \
             SELECT $61::text, $62::bigint WHERE $61 IS NOT NULL \
             ON CONFLICT (consumer) DO UPDATE SET seq = excluded.seq), \
             lease AS (SELECT 1 FROM blog.leases WHERE name = $63::text AND holder = $64::text \
             AND token = $65::bigint AND expires_at > $66::timestamptz FOR SHARE), "
        )
    };
}

/// Refuses what is not as the commit expects it.
macro_rules! refused {
    () => {
        "CASE WHEN (SELECT count(*) FROM updated) + (SELECT count(*) FROM deleted) <> \
         (SELECT count(*) FROM given WHERE NOT is_new) + cardinality($54::uuid[]) \
         THEN blog.refuse('BL001') \
         WHEN $63 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM lease) THEN blog.refuse('BL002') "
    };
}

/// Any commit. Answers the number of the last event.
pub(crate) const CHANGE: &str = concat!(
    change!(),
    numbered_events!(
        "(SELECT count(*) FROM created) + (SELECT count(*) FROM updated) \
         + (SELECT count(*) FROM deleted) + (SELECT count(*) FROM version) \
         + (SELECT count(*) FROM answer)"
    ),
    "SELECT ",
    refused!(),
    "ELSE ",
    last_number!(),
    " END"
);

/// Any commit inside a host's transaction, which may stay open: its events get their numbers later.
pub(crate) const CHANGE_IN_HOST: &str = concat!(
    change!(),
    "event AS (INSERT INTO blog.inbox (at, kind, post, revision, actor) SELECT * FROM \
     unnest($48::timestamptz[], $49::text[], $50::uuid[], $51::bigint[], $52::text[])) \
     SELECT ",
    refused!(),
    "ELSE 0 END"
);

/// Gives the events of hosts' transactions that are committed their numbers.
pub(crate) const NUMBER_INBOX: &str = "WITH taken AS (DELETE FROM blog.inbox WHERE id IN (SELECT id FROM blog.inbox \
     FOR UPDATE SKIP LOCKED) RETURNING id, at, kind, post, revision, actor), \
     number AS (UPDATE blog.log SET last = last + (SELECT count(*) FROM taken) \
     WHERE EXISTS (SELECT 1 FROM taken) RETURNING last) \
     INSERT INTO blog.events (seq, at, kind, post, revision, actor) \
     SELECT number.last - count(*) OVER () + row_number() OVER (ORDER BY t.id), t.at, t.kind, \
     t.post, t.revision, t.actor FROM number, taken t RETURNING 1";
