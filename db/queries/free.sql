-- name: free_loads
-- Which loads free visitors see of which session.
SELECT quote_session, loads FROM free_sessions;

-- name: free_clear_sessions
-- Before the freshness of the latest sessions is written again.
DELETE FROM free_sessions;

-- name: free_clear_contracts
-- Sessions that left the latest five, or show other loads now.
DELETE FROM free_contracts WHERE quote_session = ANY(%(quote_sessions)s);

-- name: free_clear_tickers
-- Before the largest tickers are written again.
DELETE FROM free_tickers;

-- name: free_clear_names
-- Before names of companies and funds are written again.
DELETE FROM free_names;

-- name: free_clear_strikes
-- Before their strikes are written again.
DELETE FROM free_strikes;

-- name: free_fill_session
-- Freshness of one of the latest sessions.
INSERT INTO free_sessions (quote_session, session_date, known_at, source, coverage, flags, slots, slots_expected, contracts, volume_final,
                           pairs, continuous, loads)
VALUES (%(quote_session)s, %(session_date)s, %(known_at)s, %(source)s, %(coverage)s, %(flags)s, %(slots)s, %(slots_expected)s,
        %(contracts)s, %(volume_final)s, %(pairs)s, %(continuous)s, %(loads)s);

-- name: free_fill_contracts
-- Reported contracts of sessions that are new among the latest, the nearest expiration of each ticker marked.
INSERT INTO free_contracts (quote_session, contract_id, symbol, asset_class, root, expiration, "right", strike, deliverable, multiplier, dte,
                            open_interest, oi_change, volume, volume_final, spot, bid, ask, mid, last, iv, delta, vol_oi, share_new,
                            sentiment, confidence, reasons, nearest)
SELECT f.quote_session, f.contract_id, u.symbol, coalesce(l.asset_class, nullif(nullif(u.asset_class, 'index'), 'coin')), c.root, c.expiration, c."right", c.strike_milli / 1000.0::numeric(12, 3),
       c.deliverable, c.multiplier, f.dte, f.open_interest, f.oi_change, f.volume, l.volume_final, f.spot, f.bid, f.ask, f.mid, f.last,
       f.iv, f.delta, f.vol_oi, f.share_new, f.sentiment, f.confidence, f.reasons,
       c.expiration = min(c.expiration) OVER (PARTITION BY f.quote_session, f.underlying_id)
  FROM facts.options_flow f
  JOIN loads l ON l.load_id = f.load_id
  JOIN contracts c ON c.contract_id = f.contract_id
  JOIN underlyings u ON u.underlying_id = f.underlying_id
 WHERE f.quote_session BETWEEN %(first)s AND %(last)s AND f.load_id = ANY(%(loads)s);

-- name: free_fill_tickers
-- Latest session: the largest tickers, nearest expiration of each only.
WITH summed AS (
    SELECT symbol, min(asset_class) AS asset_class, min(expiration) AS expiration, avg(spot::float8) AS spot,
           coalesce(sum(oi_change) FILTER (WHERE "right" = 'C'), 0) AS call_oi_change,
           coalesce(sum(oi_change) FILTER (WHERE "right" = 'P'), 0) AS put_oi_change,
           coalesce(sum(open_interest) FILTER (WHERE "right" = 'C'), 0) AS call_open_interest,
           coalesce(sum(open_interest) FILTER (WHERE "right" = 'P'), 0) AS put_open_interest, count(*) AS contracts
      FROM free_contracts WHERE quote_session = %(quote_session)s AND nearest GROUP BY symbol
), ranked AS (
    SELECT *, row_number() OVER (ORDER BY abs(call_oi_change) + abs(put_oi_change) DESC, symbol COLLATE "C") AS rank FROM summed
)
INSERT INTO free_tickers (quote_session, rank, symbol, asset_class, expiration, spot, call_oi_change, put_oi_change, call_open_interest,
                          put_open_interest, contracts)
SELECT %(quote_session)s, rank, symbol, asset_class, expiration, spot, call_oi_change, put_oi_change, call_open_interest,
       put_open_interest, contracts
  FROM ranked WHERE rank <= %(most)s;

-- name: free_fill_names
-- Names of the companies and funds on the lists of the latest sessions.
INSERT INTO free_names (symbol, name)
SELECT DISTINCT ON (u.symbol) u.symbol, u.name
  FROM free_contracts f JOIN contracts c ON c.contract_id = f.contract_id JOIN underlyings u ON u.underlying_id = c.underlying_id
 WHERE u.name IS NOT NULL;

-- name: free_fill_strikes
-- Latest session: change and level by strike at the nearest expiration of the tickers shown. Adjusted contracts do not compare.
INSERT INTO free_strikes (quote_session, symbol, expiration, strike, call_oi_change, put_oi_change, call_open_interest, put_open_interest)
SELECT f.quote_session, f.symbol, f.expiration, f.strike,
       coalesce(sum(f.oi_change) FILTER (WHERE f."right" = 'C'), 0), coalesce(sum(f.oi_change) FILTER (WHERE f."right" = 'P'), 0),
       coalesce(sum(f.open_interest) FILTER (WHERE f."right" = 'C'), 0), coalesce(sum(f.open_interest) FILTER (WHERE f."right" = 'P'), 0)
  FROM free_contracts f JOIN free_tickers t ON t.quote_session = f.quote_session AND t.symbol = f.symbol
 WHERE f.quote_session = %(quote_session)s AND f.nearest AND f.deliverable = 'standard'
 GROUP BY f.quote_session, f.symbol, f.expiration, f.strike;

-- name: free_fill_version
-- Free visitors see the version of the flip that filled their tables.
UPDATE free_data_version SET version = current.version, changed_at = current.changed_at FROM data_version current;

-- name: free_data_version
-- Number and moment of the last flip that touched what free visitors see.
SELECT version, changed_at FROM free_data_version;

-- name: free_stored_sessions
-- The latest sessions with their flags.
SELECT f.source, s.label AS source_label, s.preference, s.simulated, f.quote_session, f.session_date, f.known_at, f.coverage,
       f.volume_final, 'cut' = ANY(f.flags) AS cut, f.slots, f.loads, f.contracts, f.flags, f.slots_expected,
       NULL::integer AS trailing_median, f.pairs, f.continuous
  FROM free_sessions f JOIN sources s ON s.source = f.source
 ORDER BY f.quote_session;

-- name: free_session_contracts
-- Latest session: the nearest expiration of the largest tickers.
SELECT f.contract_id, f.symbol, f.asset_class, f.expiration, f."right", (f.strike * 1000)::integer AS strike_milli, f.deliverable,
       f.multiplier, f.dte, f.oi_change, f.open_interest, f.share_new, f.volume, f.vol_oi, f.bid, f.ask, f.mid, f.last, f.spot, f.iv,
       f.delta, f.sentiment, f.confidence, f.reasons, NULL::timestamptz AS trade_time
  FROM free_contracts f
  JOIN free_tickers t ON t.quote_session = f.quote_session AND t.symbol = f.symbol
 WHERE f.quote_session = %(quote_session)s AND f.nearest;

-- name: free_session_volumes
-- Volume of each contract of one session, and whether it was read after the close.
SELECT contract_id, volume, volume_final FROM free_contracts WHERE quote_session = %(quote_session)s;

-- name: free_contract_history
-- One contract over the latest sessions.
SELECT quote_session, open_interest, oi_change, volume, iv, delta, last, spot
  FROM free_contracts
 WHERE symbol = %(symbol)s AND expiration = %(expiration)s AND "right" = %(right)s AND strike = %(strike_milli)s / 1000.0
   AND deliverable = %(deliverable)s AND quote_session BETWEEN %(first)s AND %(last)s
 ORDER BY quote_session;

-- name: free_ticker_history
-- Sums of one ticker over the latest sessions, calls and puts apart.
SELECT quote_session, coalesce(sum(open_interest) FILTER (WHERE "right" = 'C'), 0)::bigint AS call_open_interest,
       coalesce(sum(open_interest) FILTER (WHERE "right" = 'P'), 0)::bigint AS put_open_interest,
       coalesce(sum(oi_change) FILTER (WHERE "right" = 'C'), 0)::bigint AS call_oi_change,
       coalesce(sum(oi_change) FILTER (WHERE "right" = 'P'), 0)::bigint AS put_oi_change,
       coalesce(sum(volume) FILTER (WHERE "right" = 'C'), 0)::bigint AS call_volume,
       coalesce(sum(volume) FILTER (WHERE "right" = 'P'), 0)::bigint AS put_volume, max(spot)::float8 AS spot
  FROM free_contracts
 WHERE symbol = %(symbol)s AND quote_session BETWEEN %(first)s AND %(last)s
 GROUP BY quote_session ORDER BY quote_session;

-- name: free_ticker_contracts
-- Contracts of one ticker on the list of any of the latest sessions.
SELECT DISTINCT expiration, "right", (strike * 1000)::integer, deliverable
  FROM free_contracts
 WHERE symbol = %(symbol)s AND quote_session BETWEEN %(first)s AND %(last)s;

-- name: free_ticker_names
-- Every ticker on the list of a session, with the name of its company or fund where a list names it.
SELECT DISTINCT f.symbol, n.name FROM free_contracts f LEFT JOIN free_names n ON n.symbol = f.symbol
 WHERE f.quote_session = %(quote_session)s ORDER BY f.symbol;

-- name: free_balance
-- Net change of calls and of puts over what is shown of the latest session.
SELECT quote_session, sum(call_oi_change)::bigint AS calls, sum(put_oi_change)::bigint AS puts FROM free_tickers GROUP BY quote_session;
