-- The truth about tables, keys, logins' rights and comments.
-- db/migrations/ adds up to this file; tests/db/test_migrations.py proves it.
-- Core PostgreSQL 15 only: no extension is used.

-- ---------------------------------------------------------------- schemas
CREATE SCHEMA facts;
CREATE SCHEMA auth;
COMMENT ON SCHEMA facts IS 'Stored rows by load. Read through the views in public, which show published loads only.';
COMMENT ON SCHEMA auth IS 'Accounts, sign-ins, attempts and the audit log. Only the login auth may enter.';

-- ---------------------------------------------------------------- reference
CREATE TABLE sources (
    source        text PRIMARY KEY,
    label         text NOT NULL,
    preference    integer NOT NULL,
    coverage      text NOT NULL CHECK (coverage IN ('full', 'top_list')),
    date_rule     text NOT NULL,
    licence_note  text NOT NULL,
    delay         text NOT NULL,
    simulated     boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE sources IS 'Every source, how it dates its figures, and which one pages prefer (lowest preference first).';

CREATE TABLE sentiments (code smallint PRIMARY KEY, label text NOT NULL UNIQUE, words text NOT NULL);
COMMENT ON TABLE sentiments IS 'Where the last trade sat between bid and ask: five labels, +2 above the ask to -2 below the bid.';

CREATE TABLE reasons (bit integer PRIMARY KEY, code text NOT NULL UNIQUE, meaning text NOT NULL);
COMMENT ON TABLE reasons IS 'Why a figure is NULL or weak. options_flow.reasons adds up the bits.';

-- ---------------------------------------------------------------- dimensions
CREATE TABLE underlyings (
    underlying_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    symbol        text NOT NULL,
    market        text NOT NULL DEFAULT 'US',
    name          text,
    UNIQUE (symbol, market)
);
COMMENT ON TABLE underlyings IS 'What options are written on. market: US, or the crypto venue.';

CREATE TABLE contracts (
    contract_id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    underlying_id  integer NOT NULL REFERENCES underlyings,
    root           text NOT NULL,
    expiration     date NOT NULL,
    "right"        text NOT NULL CHECK ("right" IN ('C', 'P')),
    strike_milli   integer NOT NULL CHECK (strike_milli > 0),
    deliverable    text NOT NULL DEFAULT 'standard' CHECK (deliverable IN ('standard', 'adjusted')),
    multiplier     integer,
    exercise_style text CHECK (exercise_style IN ('american', 'european')),
    settlement     text CHECK (settlement IN ('am', 'pm')),
    UNIQUE (underlying_id, root, expiration, "right", strike_milli, deliverable)
);
COMMENT ON COLUMN contracts.strike_milli IS 'Strike in thousandths of a dollar.';
COMMENT ON COLUMN contracts.multiplier IS 'Shares per contract; NULL where an adjustment makes it unknown.';

-- ---------------------------------------------------------------- loads
CREATE TABLE data_version (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), version bigint NOT NULL, changed_at timestamptz NOT NULL);
COMMENT ON TABLE data_version IS 'Goes up by one with every flip and withdrawal; part of every cache key.';

CREATE TABLE raw_payloads (
    payload_sha256 text PRIMARY KEY CHECK (payload_sha256 ~ '^[0-9a-f]{64}$'),
    file_name      text NOT NULL,
    size_bytes     bigint NOT NULL,
    pack_file      text NOT NULL,
    pack_offset    bigint NOT NULL,
    pack_length    bigint NOT NULL,
    received_at    timestamptz NOT NULL
);
COMMENT ON TABLE raw_payloads IS 'Where the bytes of each payload lie under OIFLOW_HOME/raw.';

CREATE TABLE loads (
    load_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source         text REFERENCES sources,
    slot           text,
    asset_class    text CHECK (asset_class IN ('stock', 'etf')),
    session_date   date,
    quote_session  date,
    known_at       timestamptz,
    received_at    timestamptz NOT NULL,
    state          text NOT NULL CHECK (state IN ('staged', 'published', 'refused', 'superseded', 'withdrawn')),
    coverage       text CHECK (coverage IN ('full', 'top_list')),
    volume_final   boolean,
    cut            boolean NOT NULL DEFAULT false,
    reason         text,
    detail         text,
    rows_in        integer NOT NULL DEFAULT 0,
    rows_published integer NOT NULL DEFAULT 0,
    rows_quarantined integer NOT NULL DEFAULT 0,
    rows_duplicate integer NOT NULL DEFAULT 0,
    payload_sha256 text NOT NULL REFERENCES raw_payloads DEFERRABLE INITIALLY DEFERRED,
    file_name      text NOT NULL,
    supersedes     bigint REFERENCES loads,
    published_at   timestamptz,
    published_version bigint,
    withdrawn_at   timestamptz,
    withdrawn_why  text,
    CHECK (state IN ('refused', 'staged') OR (slot IS NOT NULL AND session_date IS NOT NULL AND quote_session IS NOT NULL
                                  AND known_at IS NOT NULL AND coverage IS NOT NULL)),
    CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL)),
    CHECK (state <> 'refused' OR reason IS NOT NULL),
    CHECK (state = 'refused' OR source IS NOT NULL)
);
CREATE INDEX loads_by_session ON loads (source, quote_session, slot, known_at);
CREATE INDEX loads_by_payload ON loads (payload_sha256);
COMMENT ON COLUMN loads.session_date IS 'Session at whose close the open interest was counted.';
COMMENT ON COLUMN loads.quote_session IS 'Session in which volume, quotes, spot and IV were observed.';
COMMENT ON COLUMN loads.known_at IS 'When the source had shown the figures, never when we imported them.';
COMMENT ON COLUMN loads.cut IS 'The payload has exactly as many rows as the site exports at most.';

CREATE FUNCTION visible_loads(as_of timestamptz DEFAULT now()) RETURNS SETOF loads LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (source, slot, session_date) *
      FROM loads
     WHERE state IN ('published', 'superseded', 'withdrawn')
       AND known_at <= as_of AND (withdrawn_at IS NULL OR withdrawn_at > as_of)
     ORDER BY source, slot, session_date, known_at DESC, withdrawn_at NULLS LAST, load_id DESC
$$;
COMMENT ON FUNCTION visible_loads IS 'The load a reader sees for each source, slot and session at a moment of knowledge.';

CREATE TABLE quarantine (
    quarantine_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    load_id        bigint NOT NULL REFERENCES loads,
    payload_sha256 text NOT NULL,
    line_number    integer NOT NULL,
    reason         text NOT NULL,
    raw_text       text NOT NULL
);
CREATE INDEX quarantine_by_load ON quarantine (load_id);
COMMENT ON TABLE quarantine IS 'Rows kept aside with their text and a reason code. NUL and bad UTF-8 bytes are shown as \xNN.';

CREATE TABLE session_states (
    source         text NOT NULL REFERENCES sources,
    quote_session  date NOT NULL,
    session_date   date NOT NULL,
    known_at       timestamptz NOT NULL,
    coverage       text NOT NULL CHECK (coverage IN ('full', 'top_list')),
    flags          text[] NOT NULL,
    slots          text[] NOT NULL,
    slots_expected text[] NOT NULL,
    contracts      integer NOT NULL,
    trailing_median integer,
    volume_final   boolean NOT NULL,
    pairs          integer,
    continuous     integer,
    common         integer,
    unchanged      integer,
    outliers       integer,
    PRIMARY KEY (source, quote_session, known_at)
);
COMMENT ON TABLE session_states IS 'Derived: flags of each session by what was known at known_at. Deriving again for the same inputs replaces.';

CREATE FUNCTION visible_sessions(as_of timestamptz DEFAULT now()) RETURNS SETOF session_states LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (source, quote_session) * FROM session_states
     WHERE known_at <= as_of ORDER BY source, quote_session, known_at DESC
$$;

-- ---------------------------------------------------------------- facts
CREATE TABLE facts.options_flow (
    quote_session date NOT NULL,
    contract_id   integer NOT NULL,
    load_id       bigint NOT NULL,
    underlying_id integer NOT NULL,
    open_interest integer NOT NULL,
    oi_change     integer NOT NULL,
    volume        integer NOT NULL,
    trade_time    timestamptz,
    spot          real,
    bid           real,
    ask           real,
    mid           real,
    last          real,
    iv            real,
    delta         real,
    moneyness     real,
    vol_oi        real,
    share_new     real,
    reasons       integer NOT NULL,
    dte           smallint NOT NULL,
    sentiment     smallint,
    confidence    smallint,
    PRIMARY KEY (quote_session, contract_id, load_id)
) PARTITION BY RANGE (quote_session);
CREATE INDEX options_flow_by_underlying ON facts.options_flow (underlying_id, quote_session);
CREATE INDEX options_flow_by_contract ON facts.options_flow (contract_id, quote_session);
CREATE INDEX options_flow_movers ON facts.options_flow (quote_session, oi_change) WHERE oi_change >= 5000 OR oi_change <= -5000;
COMMENT ON COLUMN facts.options_flow.open_interest IS 'Contracts open at the close of the load''s session_date.';
COMMENT ON COLUMN facts.options_flow.oi_change IS 'Change of open interest in the session session_date. [contracts]';
COMMENT ON COLUMN facts.options_flow.moneyness IS 'ln(strike / spot). [1]';
COMMENT ON COLUMN facts.options_flow.iv IS 'Implied volatility per year, 0.24 not 24.';

CREATE FUNCTION facts.open_partition(session date, finished boolean) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    month text := 'options_flow_' || to_char(session, 'YYYYMM');
    day   text := 'options_flow_' || to_char(session, 'YYYYMMDD');
    made  text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext(month));
    IF to_regclass('facts.' || month) IS NOT NULL OR to_regclass('facts.' || day) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    made := day;
    IF finished AND NOT EXISTS (SELECT 1 FROM pg_inherits WHERE inhparent = 'facts.options_flow'::regclass
                                AND inhrelid::regclass::text LIKE 'facts.' || month || '%') THEN
        made := month;
    END IF;
    EXECUTE format('CREATE TABLE facts.%I (LIKE facts.options_flow)', made);
    EXECUTE format('GRANT INSERT ON facts.%I TO ingest', made);
    RETURN 'facts.' || made;
END $$;
COMMENT ON FUNCTION facts.open_partition IS 'An empty table apart for a session, or its whole month where that is finished; NULL where a partition takes the rows already.';

CREATE FUNCTION facts.close_partition(session date, made text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    part regclass := made::regclass;
    stem text := split_part(made, '.', 2);
    first date := session;
    after date := session + 1;
BEGIN
    IF made !~ '^facts\.options_flow_\d{6}(\d\d)?$' THEN
        RAISE EXCEPTION 'not a partition: %', made;
    END IF;
    IF length(stem) = length('options_flow_YYYYMM') THEN
        first := date_trunc('month', session)::date;
        after := (first + interval '1 month')::date;
    END IF;
    EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (quote_session, contract_id, load_id)', part);
    EXECUTE format('CREATE INDEX ON %s (underlying_id, quote_session)', part);
    EXECUTE format('CREATE INDEX ON %s (contract_id, quote_session)', part);
    EXECUTE format('CREATE INDEX ON %s (quote_session, oi_change) WHERE oi_change >= 5000 OR oi_change <= -5000', part);
    EXECUTE format('REVOKE INSERT ON %s FROM ingest', part);
    EXECUTE format('GRANT SELECT ON %s TO backup', part);
    EXECUTE format('ALTER TABLE facts.options_flow ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', part, first, after);
END $$;
COMMENT ON FUNCTION facts.close_partition IS 'Index a filled table and attach it; without this nobody sees it, and a crash before leaves no trace.';

CREATE FUNCTION facts.pack_month(month date) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    first date := date_trunc('month', month)::date;
    stem  text := 'options_flow_' || to_char(month, 'YYYYMM');
    day   regclass;
    moved bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext(stem));
    LOCK TABLE facts.options_flow IN SHARE UPDATE EXCLUSIVE MODE;
    EXECUTE format('CREATE TABLE facts.%I (LIKE facts.options_flow)', stem);
    EXECUTE format('INSERT INTO facts.%I SELECT * FROM facts.options_flow WHERE quote_session >= %L AND quote_session < %L ORDER BY quote_session, underlying_id, contract_id',
                   stem, first, first + interval '1 month');
    GET DIAGNOSTICS moved = ROW_COUNT;
    FOR day IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'facts.options_flow'::regclass
                  AND inhrelid::regclass::text LIKE 'facts.' || stem || '__' LOOP
        EXECUTE format('DROP TABLE %s', day);
    END LOOP;
    PERFORM facts.close_partition(first, 'facts.' || stem);
    RETURN moved;
END $$;
COMMENT ON FUNCTION facts.pack_month IS 'Put the day partitions of a finished month together into one. Returns the rows moved.';

CREATE TABLE facts.oi_daily (
    quote_session date NOT NULL,
    underlying_id integer NOT NULL,
    load_id       bigint NOT NULL,
    call_open_interest bigint NOT NULL,
    put_open_interest  bigint NOT NULL,
    call_oi_change bigint NOT NULL,
    put_oi_change  bigint NOT NULL,
    call_volume   bigint NOT NULL,
    put_volume    bigint NOT NULL,
    call_premium  double precision,
    put_premium   double precision,
    contracts     integer NOT NULL,
    PRIMARY KEY (quote_session, underlying_id, load_id)
);
CREATE INDEX oi_daily_by_underlying ON facts.oi_daily (underlying_id, quote_session);
COMMENT ON TABLE facts.oi_daily IS 'Sums per ticker and load. Over a top list they are sums "on list", never totals.';
COMMENT ON COLUMN facts.oi_daily.call_premium IS 'Sum of |change| x mid x multiplier over calls with both known. [USD]';

CREATE TABLE facts.oi_expiration (
    quote_session date NOT NULL,
    underlying_id integer NOT NULL,
    expiration    date NOT NULL,
    load_id       bigint NOT NULL,
    call_open_interest bigint NOT NULL,
    put_open_interest  bigint NOT NULL,
    call_oi_change bigint NOT NULL,
    put_oi_change  bigint NOT NULL,
    call_volume   bigint NOT NULL,
    put_volume    bigint NOT NULL,
    contracts     integer NOT NULL,
    PRIMARY KEY (quote_session, underlying_id, expiration, load_id)
);

CREATE TABLE facts.underlying_daily (
    quote_session date NOT NULL,
    underlying_id integer NOT NULL,
    load_id       bigint NOT NULL,
    spot          double precision,
    open          double precision,
    high          double precision,
    low           double precision,
    close         double precision,
    volume        bigint,
    PRIMARY KEY (quote_session, underlying_id, load_id)
);
COMMENT ON COLUMN facts.underlying_daily.spot IS 'Price seen with the option quotes; not the close. [USD]';

-- ---------------------------------------------------------------- what people query
CREATE VIEW options_flow WITH (security_invoker = true) AS
SELECT l.session_date, f.quote_session, l.known_at, l.source, l.coverage, l.slot, l.asset_class,
       u.symbol, c.root, c.expiration, c."right", c.strike_milli / 1000.0::numeric(12, 3) AS strike, c.deliverable, c.multiplier,
       f.dte, f.spot, f.bid, f.ask, f.mid, f.last, f.volume, l.volume_final, f.open_interest, f.oi_change,
       f.vol_oi, f.share_new, abs(f.oi_change) * f.mid::float8 * c.multiplier AS premium, f.iv, f.delta, f.moneyness,
       s.label AS sentiment, f.confidence,
       ARRAY(SELECT r.code FROM reasons r WHERE f.reasons & r.bit <> 0 ORDER BY r.bit) AS reasons,
       f.trade_time, f.contract_id, f.underlying_id, f.load_id
  FROM facts.options_flow f
  JOIN visible_loads() l ON l.load_id = f.load_id AND l.quote_session = f.quote_session
  JOIN contracts c ON c.contract_id = f.contract_id
  JOIN underlyings u ON u.underlying_id = f.underlying_id
  LEFT JOIN sentiments s ON s.code = f.sentiment;
COMMENT ON VIEW options_flow IS 'Reported changes of open interest as visible now: one row per contract, session and source.';

CREATE VIEW oi_daily_summary WITH (security_invoker = true) AS
SELECT l.session_date, d.quote_session, max(l.known_at) AS known_at, l.source, l.coverage, u.symbol,
       sum(call_open_interest)::bigint AS call_open_interest, sum(put_open_interest)::bigint AS put_open_interest,
       sum(call_oi_change)::bigint AS call_oi_change, sum(put_oi_change)::bigint AS put_oi_change,
       sum(call_volume)::bigint AS call_volume, sum(put_volume)::bigint AS put_volume,
       sum(call_premium) AS call_premium, sum(put_premium) AS put_premium,
       sum(put_open_interest)::float8 / nullif(sum(call_open_interest), 0)::float8 AS put_call_ratio,
       sum(contracts)::integer AS contracts, d.underlying_id
  FROM facts.oi_daily d JOIN visible_loads() l ON l.load_id = d.load_id JOIN underlyings u USING (underlying_id)
 GROUP BY l.session_date, d.quote_session, l.source, l.coverage, u.symbol, d.underlying_id;
COMMENT ON VIEW oi_daily_summary IS 'Ticker sums per session and source. coverage top_list: sums on list, not totals.';

CREATE VIEW oi_expiration_summary WITH (security_invoker = true) AS
SELECT l.session_date, d.quote_session, max(l.known_at) AS known_at, l.source, l.coverage, u.symbol, d.expiration,
       sum(call_open_interest)::bigint AS call_open_interest, sum(put_open_interest)::bigint AS put_open_interest,
       sum(call_oi_change)::bigint AS call_oi_change, sum(put_oi_change)::bigint AS put_oi_change,
       sum(call_volume)::bigint AS call_volume, sum(put_volume)::bigint AS put_volume,
       sum(contracts)::integer AS contracts, d.underlying_id
  FROM facts.oi_expiration d JOIN visible_loads() l ON l.load_id = d.load_id JOIN underlyings u USING (underlying_id)
 GROUP BY l.session_date, d.quote_session, l.source, l.coverage, u.symbol, d.expiration, d.underlying_id;

CREATE VIEW underlying_daily WITH (security_invoker = true) AS
SELECT l.session_date, d.quote_session, l.known_at, l.source, u.symbol, d.spot, d.open, d.high, d.low, d.close, d.volume, d.underlying_id, d.load_id
  FROM facts.underlying_daily d JOIN visible_loads() l ON l.load_id = d.load_id JOIN underlyings u USING (underlying_id);

-- ---------------------------------------------------------------- what a free visitor may see
CREATE TABLE free_data_version (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), version bigint NOT NULL, changed_at timestamptz NOT NULL);

CREATE TABLE free_sessions (
    quote_session date NOT NULL,
    session_date  date NOT NULL,
    known_at      timestamptz NOT NULL,
    source        text NOT NULL,
    coverage      text NOT NULL,
    flags         text[] NOT NULL,
    slots         text[] NOT NULL,
    slots_expected text[] NOT NULL,
    contracts     integer NOT NULL,
    volume_final  boolean NOT NULL,
    pairs         integer,
    continuous    integer,
    loads         bigint[] NOT NULL,
    PRIMARY KEY (quote_session)
);
COMMENT ON TABLE free_sessions IS 'Freshness of the latest five sessions.';
COMMENT ON COLUMN free_sessions.loads IS 'The loads whose rows stand in free_contracts: a flip writes only the sessions where they differ.';

CREATE TABLE free_tickers (
    quote_session date NOT NULL,
    rank          integer NOT NULL,
    symbol        text NOT NULL,
    asset_class   text,
    expiration    date NOT NULL,
    spot          double precision,
    call_oi_change bigint NOT NULL,
    put_oi_change bigint NOT NULL,
    call_open_interest bigint NOT NULL,
    put_open_interest bigint NOT NULL,
    contracts     integer NOT NULL,
    PRIMARY KEY (quote_session, symbol)
);
COMMENT ON TABLE free_tickers IS 'Latest session: the 20 largest tickers, nearest expiration of each only.';

CREATE TABLE free_strikes (
    quote_session date NOT NULL,
    symbol        text NOT NULL,
    expiration    date NOT NULL,
    strike        numeric(12, 3) NOT NULL,
    call_oi_change bigint NOT NULL,
    put_oi_change bigint NOT NULL,
    call_open_interest bigint NOT NULL,
    put_open_interest bigint NOT NULL,
    PRIMARY KEY (symbol, strike)
);
COMMENT ON TABLE free_strikes IS 'Latest session: change and level by strike at the nearest expiration of each ticker.';

CREATE TABLE free_contracts (
    quote_session date NOT NULL,
    contract_id   integer NOT NULL,
    symbol        text NOT NULL,
    asset_class   text,
    root          text NOT NULL,
    expiration    date NOT NULL,
    "right"       text NOT NULL,
    strike        numeric(12, 3) NOT NULL,
    deliverable   text NOT NULL,
    multiplier    integer,
    dte           smallint NOT NULL,
    open_interest integer NOT NULL,
    oi_change     integer NOT NULL,
    volume        integer NOT NULL,
    volume_final  boolean,
    spot          real,
    bid           real,
    ask           real,
    mid           real,
    last          real,
    iv            real,
    delta         real,
    vol_oi        real,
    share_new     real,
    sentiment     smallint,
    confidence    smallint,
    reasons       integer NOT NULL,
    nearest       boolean NOT NULL,
    PRIMARY KEY (quote_session, contract_id)
);
CREATE INDEX free_contracts_by_symbol ON free_contracts (symbol, quote_session);
COMMENT ON TABLE free_contracts IS 'Reported contracts of the latest five sessions. nearest: the nearest expiration of its ticker on that list.';

-- ---------------------------------------------------------------- requests and services
CREATE TABLE requests (
    request_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('import', 'withdraw', 'undo_withdrawal')),
    file_name    text,
    body         bytea,
    load_id      bigint REFERENCES loads,
    why          text,
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    answer       jsonb,
    finished_at  timestamptz,
    CHECK ((kind = 'import') = (file_name IS NOT NULL)),
    CHECK ((kind = 'import') = (load_id IS NULL))
);
CREATE INDEX requests_waiting ON requests (request_id) WHERE state IN ('waiting', 'running');
COMMENT ON TABLE requests IS 'What the web asks of the collector: uploads and withdrawals.';

CREATE TABLE heartbeats (
    service    text PRIMARY KEY,
    started_at timestamptz NOT NULL,
    beat_at    timestamptz NOT NULL,
    detail     jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE heartbeats IS 'When each service last said that it works.';

CREATE TABLE schema_migrations (version integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());

-- ---------------------------------------------------------------- accounts
CREATE TABLE auth.accounts (
    account_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         text NOT NULL UNIQUE CHECK (email = lower(email)),
    password_hash text,
    tier          text NOT NULL CHECK (tier IN ('free', 'premium', 'admin')),
    tier_until    timestamptz,
    state         text NOT NULL CHECK (state IN ('invited', 'waiting', 'active', 'disabled')),
    demo          boolean NOT NULL DEFAULT false,
    theme         text NOT NULL DEFAULT 'dark' CHECK (theme IN ('dark', 'light')),
    colours       text NOT NULL DEFAULT 'default' CHECK (colours IN ('default', 'green_up', 'red_up')),
    created_at    timestamptz NOT NULL DEFAULT now(),
    CHECK (state <> 'active' OR password_hash IS NOT NULL)
);
COMMENT ON COLUMN auth.accounts.tier_until IS 'From this instant the account counts as free.';

CREATE TABLE auth.invitations (
    token_sha256 text PRIMARY KEY,
    account_id   bigint REFERENCES auth.accounts ON DELETE CASCADE,
    purpose      text NOT NULL CHECK (purpose IN ('invite', 'reset', 'first_admin', 'confirm')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz,
    CHECK ((purpose = 'first_admin') = (account_id IS NULL))
);
COMMENT ON TABLE auth.invitations IS 'Single-use links to set a password: invitation, reset, first admin (its account is made when the link is used), confirmation.';

CREATE TABLE auth.sign_ins (
    sign_in_sha256 text PRIMARY KEY,
    account_id     bigint NOT NULL REFERENCES auth.accounts ON DELETE CASCADE,
    created_at     timestamptz NOT NULL DEFAULT now(),
    seen_at        timestamptz NOT NULL DEFAULT now(),
    idle_until     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    ended_at       timestamptz,
    ended_why      text,
    address        text NOT NULL,
    browser        text NOT NULL
);
CREATE INDEX sign_ins_by_account ON auth.sign_ins (account_id) WHERE ended_at IS NULL;

CREATE TABLE auth.tickets (
    ticket_sha256      text PRIMARY KEY,
    account_id         bigint NOT NULL REFERENCES auth.accounts ON DELETE CASCADE,
    pre_sign_in_sha256 text NOT NULL,
    expires_at         timestamptz NOT NULL,
    used_at            timestamptz
);
COMMENT ON TABLE auth.tickets IS 'Single-use, 30 seconds, bound to the browser that typed the password.';

CREATE TABLE auth.attempts (
    attempt_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email      text NOT NULL,
    address    text NOT NULL,
    known_browser boolean NOT NULL DEFAULT false,
    outcome    text NOT NULL CHECK (outcome IN ('right', 'wrong')),
    at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX attempts_by_email ON auth.attempts (email, at);
CREATE INDEX attempts_by_address ON auth.attempts (address, at);
CREATE INDEX attempts_by_time ON auth.attempts (at);

CREATE TABLE auth.known_browsers (
    browser_sha256 text NOT NULL,
    account_id     bigint NOT NULL REFERENCES auth.accounts ON DELETE CASCADE,
    seen_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, browser_sha256)
);
COMMENT ON TABLE auth.known_browsers IS 'Browsers that signed in before: their owner is not locked out by somebody else''s guesses.';

CREATE TABLE auth.saved_contracts (
    account_id bigint NOT NULL REFERENCES auth.accounts ON DELETE CASCADE,
    symbol     text NOT NULL,
    expiration date NOT NULL,
    "right"    text NOT NULL CHECK ("right" IN ('C', 'P')),
    strike_milli integer NOT NULL,
    deliverable text NOT NULL,
    saved_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, symbol, expiration, "right", strike_milli, deliverable)
);

CREATE TABLE auth.audit_log (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(),
    actor    text NOT NULL,
    action   text NOT NULL,
    subject  text NOT NULL,
    address  text NOT NULL DEFAULT '',
    detail   jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_by_time ON auth.audit_log (at);
CREATE INDEX audit_log_by_actor ON auth.audit_log (actor, action, at);
COMMENT ON TABLE auth.audit_log IS 'Insert only: no login but the owner may change or delete.';

-- ---------------------------------------------------------------- rows that belong to the schema
INSERT INTO data_version (version, changed_at) VALUES (0, '1970-01-01Z');
INSERT INTO free_data_version (version, changed_at) VALUES (0, '1970-01-01Z');
INSERT INTO sentiments (code, label, words) VALUES
    (2, 'Aggressive Buyer', 'Above ask'), (1, 'Buyer', 'Ask side'), (0, 'Neutral', 'At mid'),
    (-1, 'Seller', 'Bid side'), (-2, 'Aggressive Seller', 'Below bid');
INSERT INTO reasons (bit, code, meaning) VALUES
    (1, 'no_trade_price', 'The source shows no trade price.'),
    (2, 'no_quote', 'Bid or ask is missing.'),
    (4, 'crossed', 'The bid is above the ask.'),
    (8, 'no_ask', 'The ask is zero.'),
    (16, 'locked', 'Bid and ask are equal.'),
    (32, 'zero_bid', 'The bid is zero.'),
    (64, 'outside_quote', 'The trade lies outside the quote: often misread by the quote rule.'),
    (128, 'wide', 'The spread is more than half of the mid.'),
    (256, 'no_trade_time', 'The source shows no time of the last trade.'),
    (512, 'stale_trade', 'The last trade is more than 30 minutes older than the quote.'),
    (1024, 'no_iv', 'The source shows no implied volatility.'),
    (2048, 'no_delta', 'The source shows no delta.'),
    (4096, 'no_spot', 'The source shows no price of the underlying.'),
    (8192, 'no_prior_oi', 'Open interest known that morning is zero.'),
    (16384, 'oi_fell', 'Open interest fell or stood still: no share of it is new.');
INSERT INTO sources (source, label, preference, coverage, date_rule, licence_note, delay, simulated) VALUES
    ('barchart', 'Barchart', 10, 'top_list', 'Session from the footer''s instant; open interest of the session before.', 'Your own downloads, for your own use under the site''s terms.', '15 minutes', false),
    ('simulated', 'Simulated market', 100, 'top_list', 'As barchart.', 'Made up by this product; no vendor''s row in it.', 'none', true),
    ('simulated_chain', 'Simulated chains', 110, 'full', 'As barchart.', 'Made up by this product; no vendor''s row in it.', 'none', true);

-- ---------------------------------------------------------------- rights (logins are made by db/roles)
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION visible_loads(timestamptz), visible_sessions(timestamptz) FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO ingest, worker, app_free, app_premium, app_admin, backup;
GRANT USAGE ON SCHEMA facts TO ingest, worker, app_premium, app_admin, backup;
GRANT USAGE ON SCHEMA auth TO auth, backup;

GRANT SELECT ON sources, sentiments, reasons TO ingest, worker, app_free, app_premium, app_admin;
GRANT SELECT ON free_data_version, free_sessions, free_tickers, free_strikes, free_contracts TO ingest, app_free, app_premium, app_admin, worker;
GRANT SELECT ON underlyings, contracts, loads, data_version, session_states, heartbeats TO ingest, worker, app_premium, app_admin;
GRANT SELECT ON facts.options_flow, facts.oi_daily, facts.oi_expiration, facts.underlying_daily TO ingest, worker, app_premium, app_admin;
GRANT SELECT ON options_flow, oi_daily_summary, oi_expiration_summary, underlying_daily TO ingest, worker, app_premium, app_admin;
GRANT EXECUTE ON FUNCTION visible_loads(timestamptz), visible_sessions(timestamptz) TO ingest, worker, app_premium, app_admin;
GRANT SELECT ON raw_payloads, quarantine, requests, schema_migrations TO ingest, worker, app_admin;
REVOKE EXECUTE ON FUNCTION facts.open_partition(date, boolean), facts.close_partition(date, text), facts.pack_month(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION facts.open_partition(date, boolean), facts.close_partition(date, text), facts.pack_month(date) TO ingest;
GRANT INSERT ON requests TO app_admin;
GRANT SELECT ON schema_migrations TO app_free, app_premium, auth;
GRANT USAGE ON SCHEMA public TO auth;

GRANT INSERT ON underlyings, contracts, quarantine, raw_payloads TO ingest;
GRANT INSERT, UPDATE ON loads TO ingest;
GRANT USAGE ON SEQUENCE contracts_contract_id_seq TO ingest;
GRANT UPDATE ON data_version, free_data_version, requests TO ingest;
GRANT INSERT, DELETE ON session_states, free_sessions, free_tickers, free_strikes, free_contracts TO ingest;
GRANT DELETE ON loads, quarantine, raw_payloads, requests TO ingest;
GRANT INSERT, DELETE ON facts.options_flow, facts.oi_daily, facts.oi_expiration, facts.underlying_daily TO ingest;
GRANT INSERT, UPDATE ON heartbeats TO ingest, worker;

GRANT SELECT, INSERT, UPDATE, DELETE ON auth.accounts, auth.invitations, auth.sign_ins, auth.tickets, auth.attempts, auth.known_browsers, auth.saved_contracts TO auth;
GRANT SELECT, INSERT ON auth.audit_log TO auth;
GRANT SELECT ON ALL TABLES IN SCHEMA public, facts, auth TO backup;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO backup;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO backup;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public, auth TO backup;
