-- Open interest of futures and perpetuals at crypto venues: instruments, values, gaps.

-- ---------------------------------------------------------------- venues
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

-- ---------------------------------------------------------------- values
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

-- ---------------------------------------------------------------- what people query
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

-- ---------------------------------------------------------------- rights
REVOKE EXECUTE ON FUNCTION facts.open_futures_day(date), facts.pack_futures_day(date), facts.thin_futures_day(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION facts.open_futures_day(date), facts.pack_futures_day(date), facts.thin_futures_day(date) TO ingest;
GRANT SELECT ON futures_venues, futures_instruments, futures_gaps, futures_open_interest TO ingest, worker, app_premium, app_admin;
GRANT SELECT ON facts.futures_hot, facts.futures_days, facts.futures_values TO ingest, worker, app_premium, app_admin;
GRANT SELECT ON futures_payloads TO ingest, worker, app_admin;
GRANT INSERT, UPDATE ON futures_venues, futures_instruments, futures_gaps TO ingest;
GRANT INSERT ON futures_payloads TO ingest;
GRANT INSERT ON facts.futures_hot TO ingest;
