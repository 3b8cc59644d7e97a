-- name: replay_sets
-- Sessions of sources whose loads some reader may see at some moment.
SELECT DISTINCT source, quote_session FROM loads
 WHERE state IN ('published', 'superseded', 'withdrawn')
   AND (%(source)s::text IS NULL OR source = %(source)s) AND (%(session)s::date IS NULL OR quote_session = %(session)s)
 ORDER BY source, quote_session;

-- name: replay_loads
-- What some loads say of themselves; the number of the load, its state and when it was received aside.
SELECT load_id, asset_class, session_date, quote_session, known_at, coverage, volume_final, cut, rows_in, rows_published, rows_quarantined,
       rows_duplicate
  FROM loads WHERE load_id = ANY(%(load_ids)s);

-- name: replay_flow
-- Rows of reported changes that only one load of a pair has; a contract by its own words. Of each load: the place of its pair, from 1,
-- and whether it is the stored one.
WITH said AS (
    SELECT p.place, p.stored, f.contract_id, f.underlying_id, f.open_interest, f.oi_change, f.volume, f.trade_time, f.spot,
           f.bid, f.ask, f.mid, f.last, f.iv, f.delta, f.moneyness, f.vol_oi, f.share_new, f.reasons, f.dte, f.sentiment, f.confidence
      FROM unnest(%(load_ids)s::bigint[], %(places)s::integer[], %(sides)s::boolean[]) AS p (load_id, place, stored)
      JOIN facts.options_flow f ON f.load_id = p.load_id AND f.quote_session = %(session)s
), lone AS (
    SELECT said.*, count(*) OVER (PARTITION BY said.place, contract_id, underlying_id, open_interest, oi_change, volume, trade_time, spot, bid, ask,
           mid, last, iv, delta, moneyness, vol_oi, share_new, reasons, dte, sentiment, confidence) AS times FROM said
)
SELECT place, stored, concat_ws(' ', c.root, c.expiration, c."right", c.strike_milli / 1000.0::numeric(12, 3), c.deliverable) AS row,
       to_jsonb(lone) - ARRAY['place', 'stored', 'times', 'contract_id', 'underlying_id'] AS cells
  FROM lone JOIN contracts c USING (contract_id) WHERE times = 1 ORDER BY place, row, stored;

-- name: replay_chains
-- The same for contracts of chains, but for those that retention has taken.
WITH said AS (
    SELECT p.place, p.stored, f.contract_id, f.underlying_id, f.reasons, f.trade_time, f.open_interest, f.volume, f.bid,
           f.ask, f.last, f.mark, f.source_iv, f.source_delta, f.source_gamma, f.source_theta, f.source_vega, f.source_rho
      FROM unnest(%(load_ids)s::bigint[], %(places)s::integer[], %(sides)s::boolean[]) AS p (load_id, place, stored)
      JOIN facts.chain_snapshots f ON f.load_id = p.load_id AND f.quote_session = %(session)s
     WHERE NOT EXISTS (SELECT FROM pruned_loads gone WHERE gone.load_id = (%(stored)s::bigint[])[p.place])
), lone AS (
    SELECT said.*, count(*) OVER (PARTITION BY said.place, contract_id, underlying_id, reasons, trade_time, open_interest, volume, bid, ask, last,
           mark, source_iv, source_delta, source_gamma, source_theta, source_vega, source_rho) AS times FROM said
)
SELECT place, stored, concat_ws(' ', c.root, c.expiration, c."right", c.strike_milli / 1000.0::numeric(12, 3), c.deliverable) AS row,
       to_jsonb(lone) - ARRAY['place', 'stored', 'times', 'contract_id', 'underlying_id'] AS cells
  FROM lone JOIN contracts c USING (contract_id) WHERE times = 1 ORDER BY place, row, stored;

-- name: replay_daily
-- The same for sums by ticker.
WITH said AS (
    SELECT p.place, p.stored, f.underlying_id, to_jsonb(f) - ARRAY['load_id', 'underlying_id'] AS cells
      FROM unnest(%(load_ids)s::bigint[], %(places)s::integer[], %(sides)s::boolean[]) AS p (load_id, place, stored)
      JOIN facts.oi_daily f ON f.load_id = p.load_id AND f.quote_session = %(session)s
), lone AS (SELECT said.*, count(*) OVER (PARTITION BY said.place, underlying_id, cells) AS times FROM said)
SELECT place, stored, u.symbol AS row, cells FROM lone JOIN underlyings u USING (underlying_id) WHERE times = 1 ORDER BY place, row, stored;

-- name: replay_expiration
-- The same for sums by ticker and expiration.
WITH said AS (
    SELECT p.place, p.stored, f.underlying_id, f.expiration, to_jsonb(f) - ARRAY['load_id', 'underlying_id'] AS cells
      FROM unnest(%(load_ids)s::bigint[], %(places)s::integer[], %(sides)s::boolean[]) AS p (load_id, place, stored)
      JOIN facts.oi_expiration f ON f.load_id = p.load_id AND f.quote_session = %(session)s
), lone AS (SELECT said.*, count(*) OVER (PARTITION BY said.place, underlying_id, cells) AS times FROM said)
SELECT place, stored, concat_ws(' ', u.symbol, expiration) AS row, cells FROM lone JOIN underlyings u USING (underlying_id)
 WHERE times = 1 ORDER BY place, row, stored;

-- name: replay_prices
-- The same for prices of underlyings.
WITH said AS (
    SELECT p.place, p.stored, f.underlying_id, to_jsonb(f) - ARRAY['load_id', 'underlying_id'] AS cells
      FROM unnest(%(load_ids)s::bigint[], %(places)s::integer[], %(sides)s::boolean[]) AS p (load_id, place, stored)
      JOIN facts.underlying_daily f ON f.load_id = p.load_id AND f.quote_session = %(session)s
), lone AS (SELECT said.*, count(*) OVER (PARTITION BY said.place, underlying_id, cells) AS times FROM said)
SELECT place, stored, u.symbol AS row, cells FROM lone JOIN underlyings u USING (underlying_id) WHERE times = 1 ORDER BY place, row, stored;

-- name: replay_bars
-- The same for bars.
WITH said AS (
    SELECT p.place, p.stored, f.underlying_id, f.bar_end, f.minutes, f.open, f.high, f.low, f.close, f.volume, f.vwap
      FROM unnest(%(load_ids)s::bigint[], %(places)s::integer[], %(sides)s::boolean[]) AS p (load_id, place, stored)
      JOIN facts.bars f ON f.load_id = p.load_id AND f.quote_session = %(session)s
), lone AS (
    SELECT said.*, count(*) OVER (PARTITION BY said.place, underlying_id, bar_end, minutes, open, high, low, close, volume, vwap) AS times FROM said
)
SELECT place, stored, concat_ws(' ', u.symbol, lone.bar_end AT TIME ZONE 'UTC') AS row,
       to_jsonb(lone) - ARRAY['place', 'stored', 'times', 'underlying_id', 'bar_end'] AS cells
  FROM lone JOIN underlyings u USING (underlying_id) WHERE times = 1 ORDER BY place, row, stored;

-- name: replay_quarantine
-- The same for rows kept aside.
WITH said AS (
    SELECT p.place, p.stored, q.line_number, q.reason, q.raw_text
      FROM unnest(%(load_ids)s::bigint[], %(places)s::integer[], %(sides)s::boolean[]) AS p (load_id, place, stored)
      JOIN quarantine q ON q.load_id = p.load_id AND %(session)s::date IS NOT NULL
), lone AS (
    SELECT said.*, count(*) FILTER (WHERE stored) OVER same AS there, count(*) FILTER (WHERE NOT stored) OVER same AS here
      FROM said WINDOW same AS (PARTITION BY said.place, line_number, reason, raw_text)
)
SELECT place, stored, concat('line ', line_number) AS row, to_jsonb(lone) - ARRAY['place', 'stored', 'there', 'here', 'line_number'] AS cells
  FROM lone WHERE there <> here ORDER BY place, row, stored;

-- name: replay_states
-- Flags of the sessions of a source.
SELECT quote_session, to_jsonb(s) FROM session_states s WHERE source = %(source)s ORDER BY quote_session, known_at;

-- name: replay_reference
-- The same for rates, dividends and splits, adjusted contracts and lists of names.
WITH said AS (
    SELECT load_id, concat('rates ', described) AS row, to_jsonb(f) AS cells FROM facts.rates f WHERE load_id = ANY(%(load_ids)s::bigint[])
    UNION ALL SELECT load_id, concat('action ', underlying_id, ' ', kind, ' ', ex_date), to_jsonb(f) FROM facts.corporate_actions f
     WHERE load_id = ANY(%(load_ids)s::bigint[])
    UNION ALL SELECT load_id, concat('adjustment ', underlying_id, ' ', memo, ' ', root), to_jsonb(f) FROM facts.contract_adjustments f
     WHERE load_id = ANY(%(load_ids)s::bigint[])
    UNION ALL SELECT load_id, 'names', to_jsonb(f) FROM facts.listings f WHERE load_id = ANY(%(load_ids)s::bigint[])
), lone AS (
    SELECT p.place, p.stored, said.row, said.cells - 'load_id' AS cells,
           count(*) OVER (PARTITION BY p.place, said.row, said.cells - 'load_id') AS times
      FROM unnest(%(load_ids)s::bigint[], %(places)s::integer[], %(sides)s::boolean[]) AS p (load_id, place, stored)
      JOIN said ON said.load_id = p.load_id AND %(session)s::date IS NOT NULL
)
SELECT place, stored, row, cells FROM lone WHERE times = 1 ORDER BY place, row, stored;
