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
    simulated     boolean NOT NULL DEFAULT false,
    holds         text NOT NULL DEFAULT 'changes' CHECK (holds IN ('changes', 'chains', 'prices', 'bars', 'futures', 'rates', 'actions', 'adjustments', 'names')),
    key_needed    text NOT NULL DEFAULT 'none',
    call_cost     text NOT NULL DEFAULT 'a file',
    rate_limit    text NOT NULL DEFAULT 'none'
);
COMMENT ON COLUMN sources.holds IS 'changes: reported changes of open interest; chains: contracts with open interest and quotes; prices: days of underlyings; bars: parts of a day; futures; rates: curves of interest; actions: dividends and splits; adjustments: of contracts; names: of companies and funds.';
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
    asset_class   text CHECK (asset_class IN ('stock', 'etf', 'index', 'coin')),
    lot           double precision NOT NULL DEFAULT 1 CHECK (lot > 0),
    UNIQUE (symbol, market)
);
COMMENT ON TABLE underlyings IS 'What options are written on. market: US, or the crypto venue.';

COMMENT ON COLUMN underlyings.lot IS 'Contracts that one unit of a stored open interest or volume stands for: 1, or 0.1 where a venue trades tenths.';

CREATE TABLE contracts (
    contract_id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    underlying_id  integer NOT NULL REFERENCES underlyings,
    root           text NOT NULL,
    expiration     date NOT NULL,
    "right"        text NOT NULL CHECK ("right" IN ('C', 'P')),
    strike_milli   integer NOT NULL CHECK (strike_milli > 0),
    deliverable    text NOT NULL DEFAULT 'standard' CHECK (deliverable IN ('standard', 'adjusted')),
    multiplier     double precision,
    exercise_style text CHECK (exercise_style IN ('american', 'european')),
    settlement     text CHECK (settlement IN ('am', 'pm')),
    UNIQUE (underlying_id, root, expiration, "right", strike_milli, deliverable)
);
COMMENT ON COLUMN contracts.strike_milli IS 'Strike in thousandths of a dollar.';
COMMENT ON COLUMN contracts.multiplier IS 'Units of the underlying per contract: 100 shares, 1 coin; NULL where an adjustment makes it unknown or the source does not say.';

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
    received_at    timestamptz NOT NULL,
    folder         text NOT NULL DEFAULT ''
);
COMMENT ON COLUMN raw_payloads.folder IS 'The last folders the file lay in: some archives keep a date or a ticker there.';
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
    payload_sha256 text REFERENCES raw_payloads DEFERRABLE INITIALLY DEFERRED,
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
    CHECK (state = 'refused' OR source IS NOT NULL),
    CHECK ((payload_sha256 IS NULL) = (source = 'derived'))
);
CREATE INDEX loads_by_session ON loads (source, quote_session, slot, known_at);
CREATE INDEX loads_by_payload ON loads (payload_sha256);
CREATE INDEX loads_by_open_interest ON loads (session_date, source);
COMMENT ON COLUMN loads.session_date IS 'Session at whose close the open interest was counted.';
COMMENT ON COLUMN loads.quote_session IS 'Session in which volume, quotes, spot and IV were observed.';
COMMENT ON COLUMN loads.known_at IS 'When the source had shown the figures, never when we imported them.';
COMMENT ON COLUMN loads.cut IS 'The payload has exactly as many rows as the site exports at most.';

CREATE TABLE pruned_loads (
    load_id   bigint PRIMARY KEY REFERENCES loads,
    pruned_at timestamptz NOT NULL
);
COMMENT ON TABLE pruned_loads IS 'Scans whose contracts went, because a later look of their session stands; sums, price and bytes stay.';

CREATE FUNCTION visible_loads(as_of timestamptz DEFAULT now()) RETURNS SETOF loads LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (source, slot, session_date) *
      FROM loads
     WHERE state IN ('published', 'superseded', 'withdrawn')
       AND known_at <= as_of AND (withdrawn_at IS NULL OR withdrawn_at > as_of)
     ORDER BY source, slot, session_date, known_at DESC, withdrawn_at NULLS LAST, load_id DESC
$$;
COMMENT ON FUNCTION visible_loads IS 'The load a reader sees for each source, slot and session at a moment of knowledge.';

CREATE TABLE load_inputs (
    load_id bigint PRIMARY KEY REFERENCES loads ON DELETE CASCADE,
    later   bigint NOT NULL,
    earlier bigint NOT NULL
);
COMMENT ON TABLE load_inputs IS 'What derived loads follow from: the chain with the later open interest, and that of the session before.';

CREATE TABLE load_comparisons (
    later     bigint REFERENCES loads ON DELETE CASCADE,
    earlier   bigint NOT NULL,
    repeats   boolean NOT NULL,
    pairs     integer NOT NULL,
    unchanged integer NOT NULL,
    PRIMARY KEY (later, earlier)
);
COMMENT ON TABLE load_comparisons IS 'Whether a chain repeats the open interest of the session before: contracts compared, and those unchanged. Loads never change, so neither does this.';

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
    slots_expected text[] NOT NULL,
    trailing_median integer,
    pairs          integer,
    continuous     integer,
    common         integer,
    unchanged      integer,
    outliers       integer,
    PRIMARY KEY (source, quote_session, known_at)
);
COMMENT ON COLUMN session_states.slots_expected IS 'Slots that the sessions before make expect. What is there, visible_loads tells.';
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
    volume        integer,
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
COMMENT ON COLUMN facts.options_flow.volume IS 'Contracts traded in quote_session up to known_at; NULL where the source does not say.';
COMMENT ON COLUMN facts.options_flow.moneyness IS 'ln(strike / spot). [1]';
COMMENT ON COLUMN facts.options_flow.iv IS 'Implied volatility per year, 0.24 not 24.';

CREATE FUNCTION facts.open_partition(parent text, session date, finished boolean) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    month text := parent || '_' || to_char(session, 'YYYYMM');
    day   text := parent || '_' || to_char(session, 'YYYYMMDD');
    made  text;
BEGIN
    IF parent NOT IN ('options_flow', 'chain_snapshots') THEN
        RAISE EXCEPTION 'has no partitions by session: %', parent;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext(month));
    IF to_regclass('facts.' || month) IS NOT NULL OR to_regclass('facts.' || day) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    made := day;
    IF finished AND NOT EXISTS (SELECT 1 FROM pg_inherits WHERE inhparent = ('facts.' || parent)::regclass
                                AND inhrelid::regclass::text LIKE 'facts.' || month || '%') THEN
        made := month;
    END IF;
    EXECUTE format('CREATE TABLE facts.%I (LIKE facts.%I)', made, parent);
    EXECUTE format('GRANT INSERT ON facts.%I TO ingest', made);
    RETURN 'facts.' || made;
END $$;
COMMENT ON FUNCTION facts.open_partition IS 'An empty table apart for a session of a fact, or its whole month where that is finished; NULL where a partition takes the rows already.';

CREATE FUNCTION facts.close_partition(parent text, session date, made text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    part regclass := made::regclass;
    stem text := split_part(made, '.', 2);
    first date := session;
    after date := session + 1;
BEGIN
    IF parent NOT IN ('options_flow', 'chain_snapshots') OR made !~ ('^facts\.' || parent || '_\d{6}(\d\d)?$') THEN
        RAISE EXCEPTION 'not a partition of %: %', parent, made;
    END IF;
    IF length(stem) = length(parent || '_YYYYMM') THEN
        first := date_trunc('month', session)::date;
        after := (first + interval '1 month')::date;
    END IF;
    EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (quote_session, contract_id, load_id)', part);
    EXECUTE format('CREATE INDEX ON %s (underlying_id, quote_session)', part);
    EXECUTE format('CREATE INDEX ON %s (contract_id, quote_session)', part);
    IF parent = 'options_flow' THEN
        EXECUTE format('CREATE INDEX ON %s (quote_session, oi_change) WHERE oi_change >= 5000 OR oi_change <= -5000', part);
    END IF;
    EXECUTE format('REVOKE INSERT ON %s FROM ingest', part);
    EXECUTE format('GRANT SELECT ON %s TO backup', part);
    EXECUTE format('ALTER TABLE facts.%I ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', parent, part, first, after);
END $$;
COMMENT ON FUNCTION facts.close_partition IS 'Index a filled table and attach it; without this nobody sees it, and a crash before leaves no trace.';

CREATE FUNCTION facts.pack_month(parent text, month date) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    first date := date_trunc('month', month)::date;
    stem  text := parent || '_' || to_char(month, 'YYYYMM');
    day   regclass;
    moved bigint;
BEGIN
    IF parent NOT IN ('options_flow', 'chain_snapshots') THEN
        RAISE EXCEPTION 'has no partitions by session: %', parent;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext(stem));
    EXECUTE format('LOCK TABLE facts.%I IN SHARE UPDATE EXCLUSIVE MODE', parent);
    EXECUTE format('CREATE TABLE facts.%I (LIKE facts.%I)', stem, parent);
    EXECUTE format('INSERT INTO facts.%I SELECT * FROM facts.%I WHERE quote_session >= %L AND quote_session < %L ORDER BY quote_session, underlying_id, contract_id',
                   stem, parent, first, first + interval '1 month');
    GET DIAGNOSTICS moved = ROW_COUNT;
    FOR day IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = ('facts.' || parent)::regclass
                  AND inhrelid::regclass::text LIKE 'facts.' || stem || '__' LOOP
        EXECUTE format('DROP TABLE %s', day);
    END LOOP;
    PERFORM facts.close_partition(parent, first, 'facts.' || stem);
    RETURN moved;
END $$;
COMMENT ON FUNCTION facts.pack_month IS 'Put the day partitions of a finished month together into one. Returns the rows moved.';

CREATE FUNCTION facts.shrink_month(parent text, month date) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    stem text := parent || '_' || to_char(month, 'YYYYMM');
BEGIN
    IF parent NOT IN ('options_flow', 'chain_snapshots') THEN
        RAISE EXCEPTION 'has no partitions by session: %', parent;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext(stem));
    IF to_regclass('facts.' || stem) IS NULL THEN
        RETURN 0;
    END IF;
    EXECUTE format('ALTER TABLE facts.%I RENAME TO %I', stem, stem || '00');
    RETURN facts.pack_month(parent, month);
END $$;
COMMENT ON FUNCTION facts.shrink_month IS 'Write a packed month anew without the space of rows that went; 0 where it is not packed yet. Returns the rows that stay.';

CREATE TABLE facts.chain_snapshots (
    quote_session date NOT NULL,
    contract_id   integer NOT NULL,
    load_id       bigint NOT NULL,
    underlying_id integer NOT NULL,
    reasons       integer NOT NULL,
    trade_time    timestamptz,
    open_interest integer,
    volume        integer,
    bid           real,
    ask           real,
    last          real,
    mark          real,
    source_iv     real,
    source_delta  real,
    source_gamma  real,
    source_theta  real,
    source_vega   real,
    source_rho    real,
    PRIMARY KEY (quote_session, contract_id, load_id)
) PARTITION BY RANGE (quote_session);
CREATE INDEX chain_snapshots_by_underlying ON facts.chain_snapshots (underlying_id, quote_session);
CREATE INDEX chain_snapshots_by_contract ON facts.chain_snapshots (contract_id, quote_session);
COMMENT ON COLUMN facts.chain_snapshots.open_interest IS 'Lots open at the close of the load''s session_date; NULL where the source does not say.';
COMMENT ON COLUMN facts.chain_snapshots.volume IS 'Lots traded in quote_session up to known_at; NULL where the source does not say.';
COMMENT ON COLUMN facts.chain_snapshots.bid IS 'In the currency of the market: dollars per share, or coins where a venue quotes in coin. The same for ask, last, mark.';
COMMENT ON COLUMN facts.chain_snapshots.source_iv IS 'Implied volatility per year as the source shows it, 0.24 not 24. The Greeks beside it are the source''s too.';

CREATE TABLE facts.oi_daily (
    quote_session date NOT NULL,
    underlying_id integer NOT NULL,
    load_id       bigint NOT NULL,
    call_open_interest bigint,
    put_open_interest  bigint,
    call_oi_change bigint,
    put_oi_change  bigint,
    call_volume   bigint,
    put_volume    bigint,
    call_premium  double precision,
    put_premium   double precision,
    contracts     integer NOT NULL,
    unknown_open_interest integer NOT NULL DEFAULT 0,
    PRIMARY KEY (quote_session, underlying_id, load_id)
);
CREATE INDEX oi_daily_by_underlying ON facts.oi_daily (underlying_id, quote_session);
COMMENT ON TABLE facts.oi_daily IS 'Sums per ticker and load. Over a top list they are sums "on list", never totals.';
COMMENT ON COLUMN facts.oi_daily.call_oi_change IS 'NULL where the source reports levels and no changes; so is every sum of which no part is known.';
COMMENT ON COLUMN facts.oi_daily.unknown_open_interest IS 'Contracts whose open interest the source does not say; they are in no sum.';
COMMENT ON COLUMN facts.oi_daily.call_premium IS 'Sum of |change| x mid x multiplier over calls with both known. [USD]';

CREATE TABLE facts.oi_expiration (
    quote_session date NOT NULL,
    underlying_id integer NOT NULL,
    expiration    date NOT NULL,
    load_id       bigint NOT NULL,
    call_open_interest bigint,
    put_open_interest  bigint,
    call_oi_change bigint,
    put_oi_change  bigint,
    call_volume   bigint,
    put_volume    bigint,
    contracts     integer NOT NULL,
    unknown_open_interest integer NOT NULL DEFAULT 0,
    source_forward double precision,
    PRIMARY KEY (quote_session, underlying_id, expiration, load_id)
);
COMMENT ON COLUMN facts.oi_expiration.source_forward IS 'Price of the underlying for this expiration as the source shows it.';

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
    adjusted_close double precision,
    PRIMARY KEY (quote_session, underlying_id, load_id)
);
COMMENT ON COLUMN facts.underlying_daily.spot IS 'Price seen with the option quotes; not the close. [USD]';
COMMENT ON COLUMN facts.underlying_daily.adjusted_close IS 'Close divided by every later split and lowered by every later dividend that the source knew. [USD]';

CREATE TABLE facts.bars (
    quote_session date NOT NULL,
    underlying_id integer NOT NULL,
    load_id       bigint NOT NULL,
    bar_end       timestamptz NOT NULL,
    minutes       smallint NOT NULL,
    open          double precision,
    high          double precision,
    low           double precision,
    close         double precision,
    volume        bigint,
    vwap          double precision,
    PRIMARY KEY (quote_session, underlying_id, bar_end, load_id)
);
COMMENT ON TABLE facts.bars IS 'Prices of parts of a day. minutes: length; bar_end: its end.';

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

CREATE VIEW chain_snapshots WITH (security_invoker = true) AS
SELECT l.session_date, f.quote_session, l.known_at, l.source, l.coverage, l.slot, l.volume_final,
       u.symbol, u.market, c.root, c.expiration, c."right", c.strike_milli / 1000.0::numeric(12, 3) AS strike, c.deliverable, c.multiplier,
       c.exercise_style, c.settlement, c.expiration - f.quote_session AS dte,
       f.open_interest * u.lot AS open_interest, f.volume * u.lot AS volume, f.bid, f.ask, f.last, f.mark, f.source_iv, f.source_delta,
       f.source_gamma, f.source_theta, f.source_vega, f.source_rho,
       ARRAY(SELECT r.code FROM reasons r WHERE f.reasons & r.bit <> 0 ORDER BY r.bit) AS reasons,
       f.trade_time, f.contract_id, f.underlying_id, f.load_id
  FROM facts.chain_snapshots f
  JOIN visible_loads() l ON l.load_id = f.load_id AND l.quote_session = f.quote_session
  JOIN contracts c ON c.contract_id = f.contract_id
  JOIN underlyings u ON u.underlying_id = f.underlying_id;
COMMENT ON VIEW chain_snapshots IS 'Contracts of chains as visible now: one row per contract, session and source, the latest look at it.';

CREATE VIEW oi_daily_summary WITH (security_invoker = true) AS
SELECT l.session_date, d.quote_session, max(l.known_at) AS known_at, l.source, l.coverage, u.symbol,
       sum(call_open_interest) * u.lot AS call_open_interest, sum(put_open_interest) * u.lot AS put_open_interest,
       sum(call_oi_change) * u.lot AS call_oi_change, sum(put_oi_change) * u.lot AS put_oi_change,
       sum(call_volume) * u.lot AS call_volume, sum(put_volume) * u.lot AS put_volume,
       sum(call_premium) AS call_premium, sum(put_premium) AS put_premium,
       sum(put_open_interest)::float8 / nullif(sum(call_open_interest), 0)::float8 AS put_call_ratio,
       sum(contracts)::integer AS contracts, sum(unknown_open_interest)::integer AS unknown_open_interest, d.underlying_id, u.market
  FROM facts.oi_daily d JOIN visible_loads() l ON l.load_id = d.load_id JOIN underlyings u USING (underlying_id)
 GROUP BY l.session_date, d.quote_session, l.source, l.coverage, u.symbol, d.underlying_id, u.market, u.lot;
COMMENT ON VIEW oi_daily_summary IS 'Ticker sums per session and source. coverage top_list: sums on list, not totals.';

CREATE VIEW oi_expiration_summary WITH (security_invoker = true) AS
SELECT l.session_date, d.quote_session, max(l.known_at) AS known_at, l.source, l.coverage, u.symbol, d.expiration,
       sum(call_open_interest) * u.lot AS call_open_interest, sum(put_open_interest) * u.lot AS put_open_interest,
       sum(call_oi_change) * u.lot AS call_oi_change, sum(put_oi_change) * u.lot AS put_oi_change,
       sum(call_volume) * u.lot AS call_volume, sum(put_volume) * u.lot AS put_volume,
       sum(contracts)::integer AS contracts, sum(unknown_open_interest)::integer AS unknown_open_interest, d.underlying_id,
       avg(source_forward) AS source_forward, u.market
  FROM facts.oi_expiration d JOIN visible_loads() l ON l.load_id = d.load_id JOIN underlyings u USING (underlying_id)
 GROUP BY l.session_date, d.quote_session, l.source, l.coverage, u.symbol, d.expiration, d.underlying_id, u.market, u.lot;

CREATE VIEW underlying_daily WITH (security_invoker = true) AS
SELECT l.session_date, d.quote_session, l.known_at, l.source, u.symbol, d.spot, d.open, d.high, d.low, d.close, d.volume, d.underlying_id, d.load_id,
       d.adjusted_close, u.market
  FROM facts.underlying_daily d JOIN visible_loads() l ON l.load_id = d.load_id JOIN underlyings u USING (underlying_id);

CREATE VIEW bars WITH (security_invoker = true) AS
SELECT b.quote_session, l.known_at, l.source, u.symbol, b.minutes, b.bar_end, b.open, b.high, b.low, b.close, b.volume, b.vwap, b.underlying_id, b.load_id
  FROM facts.bars b JOIN visible_loads() l ON l.load_id = b.load_id JOIN underlyings u USING (underlying_id);

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

CREATE TABLE free_names (
    symbol text PRIMARY KEY,
    name   text NOT NULL
);
COMMENT ON TABLE free_names IS 'Names of the companies and funds whose contracts stand in free_contracts; those that no list names are left out.';

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
    multiplier    double precision,
    dte           smallint NOT NULL,
    open_interest integer NOT NULL,
    oi_change     integer NOT NULL,
    volume        integer,
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

-- ---------------------------------------------------------------- collection
CREATE TABLE duties (
    duty        text NOT NULL,
    source      text NOT NULL,
    session     date NOT NULL,
    opens_at    timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'published', 'late', 'backup', 'partial', 'gap')),
    slots       text[] NOT NULL DEFAULT '{}',
    slots_expected text[] NOT NULL,
    fallback    text,
    reason      text,
    settled_at  timestamptz,
    alerted_at  timestamptz,
    PRIMARY KEY (session, duty, source)
);
CREATE INDEX duties_open ON duties (due_at) WHERE state IN ('waiting', 'partial', 'gap');
COMMENT ON TABLE duties IS 'What has to be collected of each source for each session, and what became of it. A day without a session has none.';
COMMENT ON COLUMN duties.state IS 'waiting: not due yet; published: in time; late: after due_at; backup: by another source; partial: some slots only; gap: nothing.';
COMMENT ON COLUMN duties.settled_at IS 'When its figures were published, by this source or another.';

CREATE TABLE runs (
    run_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    duty        text NOT NULL,
    source      text NOT NULL,
    session     date NOT NULL,
    planned_at  timestamptz NOT NULL,
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    status      text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'done', 'partial', 'failed', 'missed', 'lost')),
    names       integer NOT NULL DEFAULT 0,
    names_expected integer NOT NULL DEFAULT 0,
    expirations integer NOT NULL DEFAULT 0,
    calls       integer NOT NULL DEFAULT 0,
    attempts    integer NOT NULL DEFAULT 0,
    fallback    text,
    rows_in     integer NOT NULL DEFAULT 0,
    published   integer NOT NULL DEFAULT 0,
    quarantined integer NOT NULL DEFAULT 0,
    duplicates  integer NOT NULL DEFAULT 0,
    reason      text
);
CREATE INDEX runs_by_session ON runs (session, duty, source);
CREATE INDEX runs_by_start ON runs (started_at);
COMMENT ON TABLE runs IS 'Every try of the collector. missed: the machine was down at its time; lost: the collector died in it.';
COMMENT ON COLUMN runs.calls IS 'Calls of providers; attempts counts those that were made again too.';

CREATE VIEW scan_runs WITH (security_invoker = true) AS
SELECT run_id AS scan_id, source, session, planned_at, started_at AS start_time, ended_at AS end_time, status, names AS stocks_scanned,
       names_expected AS stocks_expected, expirations AS expiries_scanned, calls AS total_api_calls,
       extract(epoch FROM ended_at - started_at)::float8 AS duration_seconds, reason, attempts AS total_attempts
  FROM runs WHERE duty = 'scan';
COMMENT ON VIEW scan_runs IS 'Scans of the day: when, how many calls, what came of them.';

-- ---------------------------------------------------------------- requests and services
CREATE TABLE requests (
    request_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('import', 'withdraw', 'undo_withdrawal', 'collect')),
    file_name    text,
    body         bytea,
    load_id      bigint REFERENCES loads,
    why          text,
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    answer       jsonb,
    finished_at  timestamptz,
    source       text,
    session      date,
    CHECK ((kind = 'import') = (file_name IS NOT NULL)),
    CHECK ((kind IN ('import', 'collect')) = (load_id IS NULL)),
    CHECK ((kind = 'collect') = (source IS NOT NULL))
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
    (16384, 'oi_fell', 'Open interest fell or stood still: no share of it is new.'),
    (32768, 'unknown_open_interest', 'The source does not say the open interest.'),
    (65536, 'unknown_volume', 'The source does not say the volume.');
INSERT INTO sources (source, label, preference, coverage, date_rule, licence_note, delay, simulated, holds) VALUES
    ('barchart', 'Barchart', 10, 'top_list', 'Session from the footer''s instant; open interest of the session before.', 'Your own downloads, for your own use under the site''s terms.', '15 minutes', false, 'changes'),
    ('simulated', 'Simulated market', 100, 'top_list', 'As barchart.', 'Made up by this product; no vendor''s row in it.', 'none', true, 'changes'),
    ('simulated_chain', 'Simulated chains', 110, 'full', 'As barchart.', 'Made up by this product; no vendor''s row in it.', 'none', true, 'chains');

-- ---------------------------------------------------------------- rights (logins are made by db/roles)
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION visible_loads(timestamptz), visible_sessions(timestamptz) FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO ingest, worker, app_free, app_premium, app_admin, backup;
GRANT USAGE ON SCHEMA facts TO ingest, worker, app_premium, app_admin, backup;
GRANT USAGE ON SCHEMA auth TO auth, backup;

GRANT SELECT ON sources, sentiments, reasons TO ingest, worker, app_free, app_premium, app_admin;
GRANT SELECT ON free_data_version, free_sessions, free_tickers, free_names, free_strikes, free_contracts TO ingest, app_free, app_premium, app_admin, worker;
GRANT SELECT ON underlyings, contracts, loads, load_inputs, load_comparisons, pruned_loads, data_version, session_states, heartbeats TO ingest, worker, app_premium, app_admin;
GRANT SELECT ON facts.options_flow, facts.chain_snapshots, facts.oi_daily, facts.oi_expiration, facts.underlying_daily, facts.bars TO ingest, worker, app_premium, app_admin;
GRANT SELECT ON options_flow, chain_snapshots, bars, oi_daily_summary, oi_expiration_summary, underlying_daily TO ingest, worker, app_premium, app_admin;
GRANT EXECUTE ON FUNCTION visible_loads(timestamptz), visible_sessions(timestamptz) TO ingest, worker, app_premium, app_admin;
GRANT SELECT ON raw_payloads, quarantine, requests, schema_migrations TO ingest, worker, app_admin;
REVOKE EXECUTE ON FUNCTION facts.open_partition(text, date, boolean), facts.close_partition(text, date, text), facts.pack_month(text, date),
    facts.shrink_month(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION facts.open_partition(text, date, boolean), facts.close_partition(text, date, text), facts.pack_month(text, date),
    facts.shrink_month(text, date) TO ingest;
GRANT INSERT ON requests TO app_admin;
GRANT SELECT ON duties, runs, scan_runs TO ingest, worker, app_admin;
GRANT SELECT ON scan_runs, runs TO app_premium;
GRANT INSERT, UPDATE ON duties, runs TO ingest;
GRANT SELECT ON schema_migrations TO app_free, app_premium, auth;
GRANT USAGE ON SCHEMA public TO auth;

GRANT INSERT ON underlyings, contracts, load_inputs, load_comparisons, quarantine, raw_payloads, pruned_loads TO ingest;
GRANT INSERT, UPDATE ON loads TO ingest;
GRANT USAGE ON SEQUENCE contracts_contract_id_seq TO ingest;
GRANT UPDATE ON data_version, free_data_version, requests TO ingest;
GRANT INSERT, DELETE ON session_states, free_sessions, free_tickers, free_names, free_strikes, free_contracts TO ingest;
GRANT DELETE ON loads, quarantine, raw_payloads, requests TO ingest;
GRANT INSERT, DELETE ON facts.options_flow, facts.chain_snapshots, facts.oi_daily, facts.oi_expiration, facts.underlying_daily, facts.bars TO ingest;
GRANT INSERT, UPDATE ON sources TO ingest;
GRANT UPDATE ON underlyings TO ingest;
GRANT INSERT, UPDATE ON heartbeats TO ingest, worker;

GRANT SELECT, INSERT, UPDATE, DELETE ON auth.accounts, auth.invitations, auth.sign_ins, auth.tickets, auth.attempts, auth.known_browsers, auth.saved_contracts TO auth;
GRANT SELECT, INSERT ON auth.audit_log TO auth;
GRANT SELECT ON ALL TABLES IN SCHEMA public, facts, auth TO backup;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO backup;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO backup;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public, auth TO backup;

-- ---------------------------------------------------------------- limits on calls of providers
CREATE SCHEMA limits;
COMMENT ON SCHEMA limits IS 'When each source was asked, as long as its limits look back. A table a source, made by open_bucket; nothing here is data.';

CREATE FUNCTION limits.open_bucket(source text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    made text := 'ratelimit___' || source;
BEGIN
    IF source !~ '^[a-z][a-z0-9_]{0,39}$' THEN
        RAISE EXCEPTION 'not a source: %', source;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext(made));
    IF to_regclass('limits.' || made) IS NULL THEN
        EXECUTE format('CREATE TABLE limits.%I (name varchar, weight smallint, item_timestamp timestamp)', made);
        EXECUTE format('CREATE INDEX ON limits.%I (item_timestamp)', made);
        EXECUTE format('GRANT SELECT, INSERT, DELETE ON limits.%I TO ingest', made);
    END IF;
END $$;
COMMENT ON FUNCTION limits.open_bucket IS 'The table that PyrateLimiter keeps the permits of a source in, as its PostgresBucket would make it.';

GRANT USAGE ON SCHEMA limits TO ingest, backup;
REVOKE EXECUTE ON FUNCTION limits.open_bucket(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION limits.open_bucket(text) TO ingest;

-- ---------------------------------------------------------------- futures: venues, instruments, gaps
CREATE TABLE futures_venues (
    venue         text PRIMARY KEY,
    interval_s    integer NOT NULL CHECK (interval_s > 0),
    cycle_at      timestamptz,
    answered_at   timestamptz,
    listed_at     timestamptz
);
COMMENT ON TABLE futures_venues IS 'Where each venue stands. A cycle is due at every whole interval of the UTC clock.';
COMMENT ON COLUMN futures_venues.cycle_at IS 'Latest due cycle that is accounted for: its values are stored, or it lies in a gap.';
COMMENT ON COLUMN futures_venues.answered_at IS 'Latest cycle that gave values.';
COMMENT ON COLUMN futures_venues.listed_at IS 'When the list of instruments was last read.';

CREATE TABLE futures_instruments (
    instrument_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    venue         text NOT NULL REFERENCES futures_venues,
    symbol        text NOT NULL,
    base          text NOT NULL,
    quote         text NOT NULL,
    settle        text NOT NULL,
    unit          text NOT NULL CHECK (unit IN ('contracts', 'base', 'usd')),
    contract_size double precision NOT NULL CHECK (contract_size > 0),
    base_units    double precision NOT NULL CHECK (base_units > 0),
    inverse       boolean NOT NULL,
    linear        boolean NOT NULL,
    usd_quoted    boolean NOT NULL,
    expiry        timestamptz,
    first_seen    timestamptz NOT NULL,
    last_seen     timestamptz NOT NULL,
    ended         timestamptz,
    ended_why     text CHECK (ended_why IN ('delisted', 'expired', 'volume', 'changed')),
    CHECK ((ended IS NULL) = (ended_why IS NULL))
);
CREATE UNIQUE INDEX futures_instruments_followed ON futures_instruments (venue, symbol) WHERE ended IS NULL;
CREATE INDEX futures_instruments_by_base ON futures_instruments (base);
COMMENT ON TABLE futures_instruments IS 'Instruments followed, by the venues'' own lists. One whose terms change ends, and begins again with the new ones.';
COMMENT ON COLUMN futures_instruments.base IS 'The coin as the venue''s list calls it: 1000PEPE is not PEPE, because no list says how they belong together.';
COMMENT ON COLUMN futures_instruments.unit IS 'What the venue''s open interest counts: contracts, units of the base coin, dollars of face value.';
COMMENT ON COLUMN futures_instruments.contract_size IS 'Coins per contract, or dollars where inverse.';
COMMENT ON COLUMN futures_instruments.base_units IS 'Coins of base behind one priced unit: 1 unless the list states more.';
COMMENT ON COLUMN futures_instruments.usd_quoted IS 'Whether the price is in dollars; stablecoins count as dollars.';
COMMENT ON COLUMN futures_instruments.ended_why IS 'delisted; expired; volume: too little traded; changed: other terms since then.';

CREATE TABLE futures_gaps (
    gap_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    venue         text NOT NULL REFERENCES futures_venues,
    symbol        text,
    reason        text NOT NULL,
    detail        text NOT NULL,
    began_at      timestamptz NOT NULL,
    latest_at     timestamptz NOT NULL,
    cycles        integer NOT NULL CHECK (cycles > 0),
    ended_at      timestamptz,
    CHECK (latest_at >= began_at AND ended_at >= latest_at)
);
CREATE UNIQUE INDEX futures_gaps_open ON futures_gaps (venue, coalesce(symbol, '')) WHERE ended_at IS NULL;
CREATE INDEX futures_gaps_by_time ON futures_gaps (began_at);
COMMENT ON TABLE futures_gaps IS 'Due cycles that gave no value: of a whole venue, or of one symbol while its venue answered. One row a range.';
COMMENT ON COLUMN futures_gaps.began_at IS 'First due cycle without a value; latest_at the last one so far, ended_at the first with a value again or another reason.';

CREATE TABLE futures_payloads (
    payload_sha256 text PRIMARY KEY REFERENCES raw_payloads,
    venue         text NOT NULL REFERENCES futures_venues,
    holds         text NOT NULL CHECK (holds IN ('instruments', 'open_interest')),
    seen_at       timestamptz NOT NULL
);
COMMENT ON TABLE futures_payloads IS 'Answers kept in the raw archive: every list of instruments, and looks of which a row was refused (one an hour and venue).';

-- ---------------------------------------------------------------- futures: values
CREATE TABLE facts.futures_hot (
    session_date  date NOT NULL,
    instrument_id integer NOT NULL,
    known_at      timestamptz NOT NULL,
    venue_ts      timestamptz,
    oi_native     double precision NOT NULL,
    price_used    real NOT NULL,
    price_kind    smallint NOT NULL CHECK (price_kind IN (1, 2)),
    sides         smallint NOT NULL CHECK (sides IN (1, 2)),
    changed       smallint NOT NULL CHECK (changed IN (0, 1)),
    PRIMARY KEY (session_date, instrument_id, known_at)
) PARTITION BY RANGE (session_date);
COMMENT ON TABLE facts.futures_hot IS 'Values of the latest days, a partition a UTC day: where the open interest changed, and every 15 minutes where it did not.';
COMMENT ON COLUMN facts.futures_hot.price_kind IS '1 mark, 2 index.';
COMMENT ON COLUMN facts.futures_hot.changed IS '0: looked, unchanged.';

CREATE TABLE facts.futures_days (
    session_date  date NOT NULL,
    instrument_id integer NOT NULL,
    step_s        integer[] NOT NULL,
    lag_s         integer[] NOT NULL,
    oi_native     double precision[] NOT NULL,
    price_used    real[] NOT NULL,
    price_kind    smallint[] NOT NULL,
    sides         smallint[] NOT NULL,
    changed       smallint[] NOT NULL,
    PRIMARY KEY (session_date, instrument_id)
) PARTITION BY RANGE (session_date);
COMMENT ON TABLE facts.futures_days IS 'The values of finished days, a row an instrument and UTC day, a partition a month: a fifth of the space.';
COMMENT ON COLUMN facts.futures_days.step_s IS 'Seconds from one known_at to the next, the first from midnight: nearly always the same, so it takes no space.';
COMMENT ON COLUMN facts.futures_days.lag_s IS 'known_at - venue_ts in seconds, NULL where the venue states no instant.';

CREATE FUNCTION facts.open_futures_day(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    hot   text := 'futures_hot_' || to_char(day, 'YYYYMMDD');
    month text := 'futures_days_' || to_char(day, 'YYYYMM');
    first date := date_trunc('month', day)::date;
BEGIN
    IF to_regclass('facts.' || hot) IS NULL THEN
        EXECUTE format('CREATE TABLE facts.%I PARTITION OF facts.futures_hot FOR VALUES FROM (%L) TO (%L)', hot, day, day + 1);
        EXECUTE format('GRANT SELECT ON facts.%I TO backup', hot);
    END IF;
    IF to_regclass('facts.' || month) IS NULL THEN
        EXECUTE format('CREATE TABLE facts.%I PARTITION OF facts.futures_days FOR VALUES FROM (%L) TO (%L)',
                       month, first, (first + interval '1 month')::date);
        EXECUTE format('GRANT SELECT ON facts.%I TO backup', month);
    END IF;
END $$;
COMMENT ON FUNCTION facts.open_futures_day IS 'Partitions for the values of a UTC day; nothing where they stand.';

CREATE FUNCTION facts.pack_futures_day(day date) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    moved bigint;
BEGIN
    INSERT INTO facts.futures_days
    SELECT session_date, instrument_id, array_agg(step_s ORDER BY known_at), array_agg(lag_s ORDER BY known_at),
           array_agg(oi_native ORDER BY known_at), array_agg(price_used ORDER BY known_at), array_agg(price_kind ORDER BY known_at),
           array_agg(sides ORDER BY known_at), array_agg(changed ORDER BY known_at)
      FROM (SELECT *, extract(epoch FROM known_at - venue_ts)::integer AS lag_s,
                   extract(epoch FROM known_at - lag(known_at, 1, day::timestamp AT TIME ZONE 'UTC')
                                                 OVER (PARTITION BY instrument_id ORDER BY known_at))::integer AS step_s
              FROM facts.futures_hot WHERE session_date = day) h
     GROUP BY session_date, instrument_id ORDER BY instrument_id;
    GET DIAGNOSTICS moved = ROW_COUNT;
    EXECUTE format('DROP TABLE facts.%I', 'futures_hot_' || to_char(day, 'YYYYMMDD'));
    RETURN moved;
END $$;
COMMENT ON FUNCTION facts.pack_futures_day IS 'Put the values of a finished UTC day together, a row an instrument; readers see the same before and after.';

CREATE FUNCTION facts.thin_futures_day(day date) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    thinned bigint;
BEGIN
    WITH whole AS (DELETE FROM facts.futures_days WHERE session_date = day RETURNING *),
    found AS (
        SELECT w.instrument_id, sum(v.step_s) OVER (PARTITION BY w.instrument_id ORDER BY v.place) AS known_s,
               v.lag_s, v.oi_native, v.price_used, v.price_kind, v.sides, v.changed
          FROM whole w, unnest(w.step_s, w.lag_s, w.oi_native, w.price_used, w.price_kind, w.sides, w.changed) WITH ORDINALITY
                        AS v(step_s, lag_s, oi_native, price_used, price_kind, sides, changed, place)
    ),
    hourly AS (SELECT DISTINCT ON (instrument_id, known_s / 3600) * FROM found ORDER BY instrument_id, known_s / 3600, known_s),
    steps AS (SELECT *, known_s - lag(known_s, 1, 0::bigint) OVER (PARTITION BY instrument_id ORDER BY known_s) AS step_s FROM hourly)
    INSERT INTO facts.futures_days
    SELECT day, instrument_id, array_agg(step_s::integer ORDER BY known_s), array_agg(lag_s ORDER BY known_s),
           array_agg(oi_native ORDER BY known_s), array_agg(price_used ORDER BY known_s), array_agg(price_kind ORDER BY known_s),
           array_agg(sides ORDER BY known_s), array_agg(changed ORDER BY known_s)
      FROM steps GROUP BY instrument_id ORDER BY instrument_id;
    GET DIAGNOSTICS thinned = ROW_COUNT;
    RETURN thinned;
END $$;
COMMENT ON FUNCTION facts.thin_futures_day IS 'Keep the first value of each hour of a packed day. The others are gone for good.';

-- ---------------------------------------------------------------- futures: what people query
CREATE VIEW facts.futures_values WITH (security_invoker = true) AS
SELECT session_date, instrument_id, known_at, venue_ts, oi_native, price_used, price_kind, sides, changed FROM facts.futures_hot
UNION ALL
SELECT d.session_date, d.instrument_id, d.session_date::timestamp AT TIME ZONE 'UTC' + make_interval(secs => v.known_s),
       d.session_date::timestamp AT TIME ZONE 'UTC' + make_interval(secs => v.known_s - v.lag_s),
       v.oi_native, v.price_used, v.price_kind, v.sides, v.changed
  FROM facts.futures_days d
 CROSS JOIN LATERAL (
     SELECT sum(u.step_s) OVER (ORDER BY u.place) AS known_s, u.lag_s, u.oi_native, u.price_used, u.price_kind, u.sides, u.changed
       FROM unnest(d.step_s, d.lag_s, d.oi_native, d.price_used, d.price_kind, d.sides, d.changed) WITH ORDINALITY
            AS u(step_s, lag_s, oi_native, price_used, price_kind, sides, changed, place)) v;
COMMENT ON VIEW facts.futures_values IS 'Every stored value, of the latest days and of packed ones alike.';

CREATE VIEW futures_open_interest WITH (security_invoker = true) AS
SELECT f.session_date, i.venue, i.symbol, i.base, f.oi_native, i.unit,
       i.base_units * CASE WHEN i.unit = 'usd' OR i.unit = 'contracts' AND i.inverse THEN a.face / f.price_used ELSE a.face END AS oi_base,
       CASE WHEN NOT i.usd_quoted THEN NULL
            WHEN i.unit = 'usd' OR i.unit = 'contracts' AND i.inverse THEN a.face ELSE a.face * f.price_used END AS oi_usd,
       f.price_used, CASE f.price_kind WHEN 1 THEN 'mark' ELSE 'index' END AS price_kind, f.venue_ts, f.known_at,
       CASE f.sides WHEN 1 THEN 'one_sided' ELSE 'two_sided' END AS side_convention, f.changed = 1 AS changed,
       i.quote, i.settle, i.expiry, f.instrument_id
  FROM facts.futures_values f
  JOIN futures_instruments i USING (instrument_id)
 CROSS JOIN LATERAL (SELECT f.oi_native / f.sides * CASE i.unit WHEN 'contracts' THEN i.contract_size ELSE 1 END AS face) a;
COMMENT ON VIEW futures_open_interest IS 'Open interest of each instrument as it was seen: the venue''s figure, and one side of each position in coins and dollars.';
COMMENT ON COLUMN futures_open_interest.session_date IS 'UTC day of known_at.';
COMMENT ON COLUMN futures_open_interest.side_convention IS 'two_sided: the venue adds long and short, so its figure is halved in oi_base and oi_usd.';
COMMENT ON COLUMN futures_open_interest.venue_ts IS 'The instant that the venue says it describes; NULL where it does not say.';
COMMENT ON COLUMN futures_open_interest.changed IS 'false: looked, unchanged.';

-- ---------------------------------------------------------------- futures: rights
REVOKE EXECUTE ON FUNCTION facts.open_futures_day(date), facts.pack_futures_day(date), facts.thin_futures_day(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION facts.open_futures_day(date), facts.pack_futures_day(date), facts.thin_futures_day(date) TO ingest;
GRANT SELECT ON futures_venues, futures_instruments, futures_gaps, futures_open_interest TO ingest, worker, app_premium, app_admin;
GRANT SELECT ON facts.futures_hot, facts.futures_days, facts.futures_values TO ingest, worker, app_premium, app_admin;
GRANT SELECT ON futures_payloads TO ingest, worker, app_admin;
GRANT INSERT, UPDATE ON futures_venues, futures_instruments, futures_gaps TO ingest;
GRANT INSERT ON futures_payloads TO ingest;
GRANT INSERT ON facts.futures_hot TO ingest;

-- ---------------------------------------------------------------- reference: rates, actions, adjustments, names
CREATE TABLE facts.rates (
    quote_session date NOT NULL,
    load_id       bigint NOT NULL,
    described     date NOT NULL,
    days          integer[] NOT NULL CHECK (cardinality(days) > 0 AND 0 < ALL (days)),
    rate          double precision[] NOT NULL,
    quoted        double precision[] NOT NULL,
    convention    text NOT NULL CHECK (convention IN ('continuous', 'simple', 'annual', 'semiannual', 'par')),
    assumed       boolean NOT NULL,
    known_at      timestamptz NOT NULL,
    PRIMARY KEY (load_id, described),
    CHECK (cardinality(days) = cardinality(rate) AND cardinality(days) = cardinality(quoted))
);
COMMENT ON TABLE facts.rates IS 'Curves of interest rates, by load: a point for each place in days, rate and quoted.';
COMMENT ON COLUMN facts.rates.described IS 'The day whose rates these are.';
COMMENT ON COLUMN facts.rates.rate IS 'Continuously compounded zero rate per year of 365 days: money grows by exp(rate x days / 365).';
COMMENT ON COLUMN facts.rates.quoted IS 'The rate as the source writes it, per year, 0.0425 not 4.25, by the convention beside it.';
COMMENT ON COLUMN facts.rates.assumed IS 'Nobody observed it: somebody wrote it down to have one.';

CREATE TABLE facts.corporate_actions (
    quote_session date NOT NULL,
    load_id       bigint NOT NULL,
    underlying_id integer NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('dividend', 'special', 'split')),
    ex_date       date NOT NULL,
    amount        double precision CHECK (amount > 0),
    ratio         double precision CHECK (ratio > 0),
    quoted        double precision,
    known_at      timestamptz NOT NULL,
    PRIMARY KEY (load_id, underlying_id, kind, ex_date),
    CHECK ((kind = 'split') = (ratio IS NOT NULL)),
    CHECK (kind <> 'split' OR amount IS NULL)
);
COMMENT ON TABLE facts.corporate_actions IS 'Dividends and splits, by load. A declared one may have its ex_date in the future.';
COMMENT ON COLUMN facts.corporate_actions.amount IS 'Dollars for each share that existed on the day before ex_date; NULL where the date is declared and the source does not say how much.';
COMMENT ON COLUMN facts.corporate_actions.ratio IS 'Shares after the split for one before it.';
COMMENT ON COLUMN facts.corporate_actions.quoted IS 'The amount or ratio as the source writes it: some divide amounts by later splits.';

CREATE TABLE facts.contract_adjustments (
    quote_session date NOT NULL,
    load_id       bigint NOT NULL,
    underlying_id integer NOT NULL,
    memo          text NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('split', 'merger', 'special_dividend', 'spin_off', 'other')),
    effective     date NOT NULL,
    root          text NOT NULL,
    deliverable   text NOT NULL,
    multiplier    double precision CHECK (multiplier > 0),
    known_at      timestamptz NOT NULL,
    PRIMARY KEY (load_id, memo, root)
);
COMMENT ON TABLE facts.contract_adjustments IS 'What memos of the clearing house say about contracts that were adjusted, by load.';
COMMENT ON COLUMN facts.contract_adjustments.root IS 'Option root of the adjusted contracts, as AAPL1.';
COMMENT ON COLUMN facts.contract_adjustments.multiplier IS 'By which premium and strike are multiplied; NULL where the memo does not say.';

CREATE TABLE facts.listings (
    quote_session date NOT NULL,
    load_id       bigint PRIMARY KEY,
    symbols       text[] NOT NULL,
    names         text[] NOT NULL,
    classes       text[] NOT NULL,
    known_at      timestamptz NOT NULL,
    CHECK (cardinality(symbols) = cardinality(names) AND cardinality(symbols) = cardinality(classes))
);
COMMENT ON TABLE facts.listings IS 'Names and classes of a whole list, a row a load: a list of 12,000 names a day takes a fifth of the space of rows.';

CREATE FUNCTION reference_loads(as_of timestamptz DEFAULT now()) RETURNS SETOF loads LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (l.source, l.slot) l.*
      FROM sources s JOIN loads l USING (source)
     WHERE s.holds IN ('rates', 'actions', 'adjustments', 'names')
       AND l.state IN ('published', 'superseded', 'withdrawn')
       AND (l.withdrawn_at IS NULL OR l.withdrawn_at > as_of AND l.known_at <= as_of)
     ORDER BY l.source, l.slot, l.known_at <= as_of DESC, greatest(l.known_at - as_of, as_of - l.known_at), l.load_id DESC
$$;
COMMENT ON FUNCTION reference_loads IS 'For each source and slot the latest load known by a moment; before the first one that one, of which only facts known by then count: a list tells the past as well.';

CREATE VIEW rates WITH (security_invoker = true) AS
SELECT f.described, p.days, p.rate, p.quoted, f.convention, f.assumed, f.known_at, l.source
  FROM reference_loads() l JOIN facts.rates f USING (load_id)
 CROSS JOIN LATERAL unnest(f.days, f.rate, f.quoted) AS p (days, rate, quoted);
COMMENT ON VIEW rates IS 'Points of all curves of interest rates as known now.';

CREATE VIEW corporate_actions WITH (security_invoker = true) AS
SELECT u.symbol, f.kind, f.ex_date, f.amount, f.ratio, f.quoted, f.known_at, l.source, f.underlying_id
  FROM reference_loads() l JOIN facts.corporate_actions f USING (load_id) JOIN underlyings u ON u.underlying_id = f.underlying_id;
COMMENT ON VIEW corporate_actions IS 'Dividends and splits as known now, of every source.';

CREATE VIEW contract_adjustments WITH (security_invoker = true) AS
SELECT u.symbol, f.memo, f.kind, f.effective, f.root, f.deliverable, f.multiplier, f.known_at, l.source, f.underlying_id
  FROM reference_loads() l JOIN facts.contract_adjustments f USING (load_id) JOIN underlyings u ON u.underlying_id = f.underlying_id;
COMMENT ON VIEW contract_adjustments IS 'Adjusted contracts as known now.';

CREATE VIEW listings WITH (security_invoker = true) AS
SELECT DISTINCT ON (n.symbol) n.symbol, n.name, n.class AS asset_class, f.known_at, l.source
  FROM reference_loads() l JOIN facts.listings f USING (load_id) JOIN sources s ON s.source = l.source
 CROSS JOIN LATERAL unnest(f.symbols, f.names, f.classes) AS n (symbol, name, class)
 ORDER BY n.symbol, s.preference, f.known_at DESC, l.slot;
COMMENT ON VIEW listings IS 'The name and class of each symbol as known now, of the source with the lowest preference that lists it.';

REVOKE EXECUTE ON FUNCTION reference_loads(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reference_loads(timestamptz) TO ingest, worker, app_premium, app_admin;
GRANT SELECT ON facts.rates, facts.corporate_actions, facts.contract_adjustments, facts.listings TO ingest, worker, app_premium, app_admin;
GRANT SELECT ON rates, corporate_actions, contract_adjustments, listings TO ingest, worker, app_premium, app_admin;
GRANT INSERT, DELETE ON facts.rates, facts.corporate_actions, facts.contract_adjustments, facts.listings TO ingest;
