-- Chains, prices and bars beside the reported changes; what is known about each source; units of other markets.

-- ---------------------------------------------------------------- sources
ALTER TABLE sources ADD COLUMN holds text NOT NULL DEFAULT 'changes' CHECK (holds IN ('changes', 'chains', 'prices', 'bars', 'futures'));
ALTER TABLE sources ADD COLUMN key_needed text NOT NULL DEFAULT 'none';
ALTER TABLE sources ADD COLUMN call_cost text NOT NULL DEFAULT 'a file';
ALTER TABLE sources ADD COLUMN rate_limit text NOT NULL DEFAULT 'none';
COMMENT ON COLUMN sources.holds IS 'changes: reported changes of open interest; chains: contracts with open interest and quotes; prices: days of underlyings; bars: parts of a day; futures.';

-- ---------------------------------------------------------------- dimensions
ALTER TABLE underlyings ADD COLUMN asset_class text CHECK (asset_class IN ('stock', 'etf', 'index', 'coin'));
ALTER TABLE underlyings ADD COLUMN lot double precision NOT NULL DEFAULT 1 CHECK (lot > 0);
COMMENT ON COLUMN underlyings.lot IS 'Contracts that one unit of a stored open interest or volume stands for: 1, or 0.1 where a venue trades tenths.';
DROP VIEW options_flow;
ALTER TABLE contracts ALTER COLUMN multiplier TYPE double precision;
COMMENT ON COLUMN contracts.multiplier IS 'Units of the underlying per contract: 100 shares, 1 coin; NULL where an adjustment makes it unknown or the source does not say.';

-- ---------------------------------------------------------------- loads
ALTER TABLE raw_payloads ADD COLUMN folder text NOT NULL DEFAULT '';
COMMENT ON COLUMN raw_payloads.folder IS 'The last folders the file lay in: some archives keep a date or a ticker there.';

ALTER TABLE session_states ADD COLUMN stale_slots text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN session_states.stale_slots IS 'Slots of chains that repeat the open interest of the session before.';

-- ---------------------------------------------------------------- partitions of any fact
DROP FUNCTION facts.open_partition(date, boolean);
DROP FUNCTION facts.close_partition(date, text);
DROP FUNCTION facts.pack_month(date);

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

-- ---------------------------------------------------------------- facts
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

ALTER TABLE facts.oi_daily
    ALTER COLUMN call_open_interest DROP NOT NULL, ALTER COLUMN put_open_interest DROP NOT NULL,
    ALTER COLUMN call_oi_change DROP NOT NULL, ALTER COLUMN put_oi_change DROP NOT NULL,
    ALTER COLUMN call_volume DROP NOT NULL, ALTER COLUMN put_volume DROP NOT NULL,
    ADD COLUMN unknown_open_interest integer NOT NULL DEFAULT 0;
ALTER TABLE facts.oi_expiration
    ALTER COLUMN call_open_interest DROP NOT NULL, ALTER COLUMN put_open_interest DROP NOT NULL,
    ALTER COLUMN call_oi_change DROP NOT NULL, ALTER COLUMN put_oi_change DROP NOT NULL,
    ALTER COLUMN call_volume DROP NOT NULL, ALTER COLUMN put_volume DROP NOT NULL,
    ADD COLUMN unknown_open_interest integer NOT NULL DEFAULT 0, ADD COLUMN source_forward double precision;
COMMENT ON COLUMN facts.oi_daily.call_oi_change IS 'NULL where the source reports levels and no changes; so is every sum of which no part is known.';
COMMENT ON COLUMN facts.oi_daily.unknown_open_interest IS 'Contracts whose open interest the source does not say; they are in no sum.';
COMMENT ON COLUMN facts.oi_expiration.source_forward IS 'Price of the underlying for this expiration as the source shows it.';

ALTER TABLE facts.underlying_daily ADD COLUMN adjusted_close double precision;
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

DROP VIEW oi_daily_summary;
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

DROP VIEW oi_expiration_summary;
CREATE VIEW oi_expiration_summary WITH (security_invoker = true) AS
SELECT l.session_date, d.quote_session, max(l.known_at) AS known_at, l.source, l.coverage, u.symbol, d.expiration,
       sum(call_open_interest) * u.lot AS call_open_interest, sum(put_open_interest) * u.lot AS put_open_interest,
       sum(call_oi_change) * u.lot AS call_oi_change, sum(put_oi_change) * u.lot AS put_oi_change,
       sum(call_volume) * u.lot AS call_volume, sum(put_volume) * u.lot AS put_volume,
       sum(contracts)::integer AS contracts, sum(unknown_open_interest)::integer AS unknown_open_interest, d.underlying_id,
       avg(source_forward) AS source_forward, u.market
  FROM facts.oi_expiration d JOIN visible_loads() l ON l.load_id = d.load_id JOIN underlyings u USING (underlying_id)
 GROUP BY l.session_date, d.quote_session, l.source, l.coverage, u.symbol, d.expiration, d.underlying_id, u.market, u.lot;

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

CREATE OR REPLACE VIEW underlying_daily WITH (security_invoker = true) AS
SELECT l.session_date, d.quote_session, l.known_at, l.source, u.symbol, d.spot, d.open, d.high, d.low, d.close, d.volume, d.underlying_id, d.load_id,
       d.adjusted_close, u.market
  FROM facts.underlying_daily d JOIN visible_loads() l ON l.load_id = d.load_id JOIN underlyings u USING (underlying_id);

CREATE VIEW bars WITH (security_invoker = true) AS
SELECT b.quote_session, l.known_at, l.source, u.symbol, b.minutes, b.bar_end, b.open, b.high, b.low, b.close, b.volume, b.vwap, b.underlying_id, b.load_id
  FROM facts.bars b JOIN visible_loads() l ON l.load_id = b.load_id JOIN underlyings u USING (underlying_id);

-- ---------------------------------------------------------------- rows that belong to the schema
UPDATE sources SET holds = 'chains' WHERE source = 'simulated_chain';
INSERT INTO reasons (bit, code, meaning) VALUES
    (32768, 'unknown_open_interest', 'The source does not say the open interest.'),
    (65536, 'unknown_volume', 'The source does not say the volume.');

-- ---------------------------------------------------------------- rights
REVOKE EXECUTE ON FUNCTION facts.open_partition(text, date, boolean), facts.close_partition(text, date, text), facts.pack_month(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION facts.open_partition(text, date, boolean), facts.close_partition(text, date, text), facts.pack_month(text, date) TO ingest;
GRANT SELECT ON facts.chain_snapshots, facts.bars, options_flow, chain_snapshots, bars, oi_daily_summary, oi_expiration_summary TO ingest, worker, app_premium, app_admin;
GRANT INSERT, DELETE ON facts.chain_snapshots, facts.bars TO ingest;
GRANT INSERT, UPDATE ON sources TO ingest;
GRANT UPDATE ON underlyings TO ingest;
