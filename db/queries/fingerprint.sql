-- name: fingerprint_flow
-- Reported changes visible at a moment, by natural key; no surrogate ids, no time of import.
SELECT l.source, l.slot, l.session_date, l.quote_session, l.known_at AT TIME ZONE 'UTC', l.coverage, l.volume_final, l.cut, u.symbol, u.market,
       c.root, c.expiration, c."right", c.strike_milli, c.deliverable, c.multiplier, c.exercise_style, c.settlement,
       f.open_interest, f.oi_change, f.volume, f.trade_time AT TIME ZONE 'UTC', f.spot, f.bid, f.ask, f.mid, f.last, f.iv, f.delta,
       f.moneyness, f.vol_oi, f.share_new, f.reasons, f.dte, f.sentiment, f.confidence
  FROM visible_loads(%(as_of)s) l
  JOIN facts.options_flow f ON f.load_id = l.load_id AND f.quote_session = l.quote_session
  JOIN contracts c ON c.contract_id = f.contract_id
  JOIN underlyings u ON u.underlying_id = f.underlying_id
 WHERE %(quote_session)s::date IS NULL OR l.quote_session = %(quote_session)s
 ORDER BY l.source COLLATE "C", l.quote_session, l.slot COLLATE "C", u.symbol COLLATE "C", u.market COLLATE "C", c.root COLLATE "C",
          c.expiration, c."right" COLLATE "C", c.strike_milli, c.deliverable COLLATE "C";

-- name: fingerprint_chains
-- Contracts of chains visible at a moment, by natural key.
SELECT l.source, l.slot, l.session_date, l.quote_session, l.known_at AT TIME ZONE 'UTC', l.coverage, l.volume_final, u.symbol, u.market,
       c.root, c.expiration, c."right", c.strike_milli, c.deliverable, c.multiplier, c.exercise_style, c.settlement,
       f.open_interest * u.lot, f.volume * u.lot, f.trade_time AT TIME ZONE 'UTC', f.bid, f.ask, f.last, f.mark, f.source_iv, f.source_delta,
       f.source_gamma, f.source_theta, f.source_vega, f.source_rho, f.reasons
  FROM visible_loads(%(as_of)s) l
  JOIN facts.chain_snapshots f ON f.load_id = l.load_id AND f.quote_session = l.quote_session
  JOIN contracts c ON c.contract_id = f.contract_id
  JOIN underlyings u ON u.underlying_id = f.underlying_id
 WHERE %(quote_session)s::date IS NULL OR l.quote_session = %(quote_session)s
 ORDER BY l.source COLLATE "C", l.quote_session, l.slot COLLATE "C", u.symbol COLLATE "C", u.market COLLATE "C", c.root COLLATE "C",
          c.expiration, c."right" COLLATE "C", c.strike_milli, c.deliverable COLLATE "C";

-- name: fingerprint_bars
-- Bars visible at a moment, by natural key.
SELECT l.source, l.slot, l.quote_session, l.known_at AT TIME ZONE 'UTC', u.symbol, u.market, b.bar_end AT TIME ZONE 'UTC', b.minutes, b.open, b.high,
       b.low, b.close, b.volume, b.vwap
  FROM visible_loads(%(as_of)s) l JOIN facts.bars b ON b.load_id = l.load_id AND b.quote_session = l.quote_session
  JOIN underlyings u ON u.underlying_id = b.underlying_id
 WHERE %(quote_session)s::date IS NULL OR l.quote_session = %(quote_session)s
 ORDER BY l.source COLLATE "C", l.quote_session, l.slot COLLATE "C", u.symbol COLLATE "C", b.bar_end;

-- name: fingerprint_daily
-- Ticker roll-ups visible at a moment, by natural key.
SELECT l.source, l.slot, l.session_date, l.quote_session, l.known_at AT TIME ZONE 'UTC', u.symbol, u.market, d.call_open_interest, d.put_open_interest,
       d.call_oi_change, d.put_oi_change, d.call_volume, d.put_volume, round(d.call_premium), round(d.put_premium), d.contracts
  FROM visible_loads(%(as_of)s) l JOIN facts.oi_daily d ON d.load_id = l.load_id AND d.quote_session = l.quote_session
  JOIN underlyings u ON u.underlying_id = d.underlying_id
 WHERE %(quote_session)s::date IS NULL OR l.quote_session = %(quote_session)s
 ORDER BY l.source COLLATE "C", l.quote_session, l.slot COLLATE "C", u.symbol COLLATE "C", u.market COLLATE "C";

-- name: fingerprint_expiration
-- Roll-ups by ticker and expiration visible at a moment, by natural key.
SELECT l.source, l.slot, l.session_date, l.quote_session, l.known_at AT TIME ZONE 'UTC', u.symbol, u.market, d.expiration, d.call_open_interest,
       d.put_open_interest, d.call_oi_change, d.put_oi_change, d.call_volume, d.put_volume, d.contracts
  FROM visible_loads(%(as_of)s) l JOIN facts.oi_expiration d ON d.load_id = l.load_id AND d.quote_session = l.quote_session
  JOIN underlyings u ON u.underlying_id = d.underlying_id
 WHERE %(quote_session)s::date IS NULL OR l.quote_session = %(quote_session)s
 ORDER BY l.source COLLATE "C", l.quote_session, l.slot COLLATE "C", u.symbol COLLATE "C", u.market COLLATE "C", d.expiration;

-- name: fingerprint_prices
-- Prices of underlyings visible at a moment, by natural key.
SELECT l.source, l.slot, l.session_date, l.quote_session, l.known_at AT TIME ZONE 'UTC', u.symbol, u.market, d.spot, d.open, d.high, d.low, d.close, d.volume,
       d.adjusted_close
  FROM visible_loads(%(as_of)s) l JOIN facts.underlying_daily d ON d.load_id = l.load_id AND d.quote_session = l.quote_session
  JOIN underlyings u ON u.underlying_id = d.underlying_id
 WHERE %(quote_session)s::date IS NULL OR l.quote_session = %(quote_session)s
 ORDER BY l.source COLLATE "C", l.quote_session, l.slot COLLATE "C", u.symbol COLLATE "C", u.market COLLATE "C";

-- name: fingerprint_rates
-- Curves that a reader of a moment finds, by natural key.
SELECT l.source, l.slot, l.quote_session, l.known_at AT TIME ZONE 'UTC', f.described, f.days, f.rate, f.quoted, f.convention, f.assumed, f.known_at AT TIME ZONE 'UTC'
  FROM reference_loads(%(as_of)s) l JOIN facts.rates f USING (load_id)
 WHERE f.known_at <= %(as_of)s AND (%(quote_session)s::date IS NULL OR l.quote_session = %(quote_session)s)
 ORDER BY l.source COLLATE "C", l.slot COLLATE "C", f.described;

-- name: fingerprint_actions
-- Dividends and splits that a reader of a moment finds, by natural key.
SELECT l.source, l.slot, l.quote_session, l.known_at AT TIME ZONE 'UTC', u.symbol, f.kind, f.ex_date, f.amount, f.ratio, f.quoted, f.known_at AT TIME ZONE 'UTC'
  FROM reference_loads(%(as_of)s) l JOIN facts.corporate_actions f USING (load_id) JOIN underlyings u ON u.underlying_id = f.underlying_id
 WHERE f.known_at <= %(as_of)s AND (%(quote_session)s::date IS NULL OR l.quote_session = %(quote_session)s)
 ORDER BY l.source COLLATE "C", l.slot COLLATE "C", u.symbol COLLATE "C", f.kind COLLATE "C", f.ex_date;

-- name: fingerprint_adjustments
-- Adjusted contracts that a reader of a moment finds, by natural key.
SELECT l.source, l.slot, l.quote_session, l.known_at AT TIME ZONE 'UTC', u.symbol, f.memo, f.kind, f.effective, f.root, f.deliverable, f.multiplier, f.known_at AT TIME ZONE 'UTC'
  FROM reference_loads(%(as_of)s) l JOIN facts.contract_adjustments f USING (load_id) JOIN underlyings u ON u.underlying_id = f.underlying_id
 WHERE f.known_at <= %(as_of)s AND (%(quote_session)s::date IS NULL OR l.quote_session = %(quote_session)s)
 ORDER BY l.source COLLATE "C", l.slot COLLATE "C", f.memo COLLATE "C", f.root COLLATE "C";

-- name: fingerprint_names
-- Lists of names that a reader of a moment finds, by natural key.
SELECT l.source, l.slot, l.quote_session, l.known_at AT TIME ZONE 'UTC', f.symbols, f.names, f.classes, f.known_at AT TIME ZONE 'UTC'
  FROM reference_loads(%(as_of)s) l JOIN facts.listings f USING (load_id)
 WHERE f.known_at <= %(as_of)s AND (%(quote_session)s::date IS NULL OR l.quote_session = %(quote_session)s)
 ORDER BY l.source COLLATE "C", l.slot COLLATE "C";

-- name: fingerprint_sessions
-- Slots, coverage and flags of each session visible at a moment.
WITH seen AS (
    SELECT source, quote_session, array_agg(slot ORDER BY slot COLLATE "C") AS slots, sum(rows_published) AS contracts,
           bool_and(volume_final) AS volume_final
      FROM visible_loads(%(as_of)s)
     WHERE %(quote_session)s::date IS NULL OR quote_session = %(quote_session)s
     GROUP BY source, quote_session
)
SELECT v.source, v.quote_session, v.session_date, v.known_at AT TIME ZONE 'UTC', v.coverage, v.flags, seen.slots, v.slots_expected,
       seen.contracts, v.trailing_median, seen.volume_final, v.pairs, v.continuous, v.common, v.unchanged, v.outliers
  FROM visible_sessions(%(as_of)s) v JOIN seen USING (source, quote_session)
 WHERE seen.contracts > 0
 ORDER BY v.source COLLATE "C", v.quote_session;

-- name: begin_snapshot
-- All that follows in this transaction reads one state of the database, and as long as it needs.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
SET LOCAL statement_timeout = '10min';
