-- Calls of models, and what they have cost.
CREATE TABLE blog.usage_calls (
    id uuid PRIMARY KEY,
    -- Days since 1970-01-01.
    day integer NOT NULL,
    at timestamptz NOT NULL,
    actor text COLLATE "C" NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    post uuid,
    model text COLLATE "C" NOT NULL,
    reserved_tokens bigint NOT NULL,
    reserved_micros bigint NOT NULL,
    -- Names of those that it is charged to.
    accounts text[] NOT NULL,
    -- What follows is there once it is settled.
    answered_by text,
    spent_tokens bigint,
    spent_micros bigint,
    milliseconds bigint,
    outcome text
);
CREATE INDEX usage_calls_day ON blog.usage_calls (day);

-- What accounts hold. Who charges several locks them in the order of their names.
CREATE TABLE blog.usage_accounts (
    name text COLLATE "C" PRIMARY KEY,
    tokens numeric NOT NULL,
    micros numeric NOT NULL
) WITH (fillfactor = 50);

-- Undoes the statement that calls it, and names the account that would hold more than its limit.
CREATE FUNCTION blog.exceeded(account text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'exceeded' USING ERRCODE = 'BL004', DETAIL = account;
END
$$;
