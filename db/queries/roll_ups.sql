-- name: balance
-- Net change of calls and of puts in each session.
SELECT quote_session, sum(call_oi_change)::bigint AS calls, sum(put_oi_change)::bigint AS puts
  FROM facts.oi_daily
 WHERE quote_session BETWEEN %(first)s AND %(last)s AND load_id = ANY(%(loads)s)
 GROUP BY quote_session ORDER BY quote_session;

-- name: ticker_history
-- Sums of one ticker over the sessions, calls and puts apart, with the price seen.
SELECT d.quote_session, sum(d.call_open_interest)::bigint AS call_open_interest, sum(d.put_open_interest)::bigint AS put_open_interest,
       sum(d.call_oi_change)::bigint AS call_oi_change, sum(d.put_oi_change)::bigint AS put_oi_change,
       sum(d.call_volume)::bigint AS call_volume, sum(d.put_volume)::bigint AS put_volume, max(p.spot) AS spot
  FROM facts.oi_daily d
  LEFT JOIN facts.underlying_daily p
    ON p.underlying_id = d.underlying_id AND p.quote_session = d.quote_session AND p.load_id = d.load_id
 WHERE d.underlying_id IN (SELECT underlying_id FROM underlyings WHERE symbol = %(symbol)s)
   AND d.quote_session BETWEEN %(first)s AND %(last)s AND d.load_id = ANY(%(loads)s)
 GROUP BY d.quote_session ORDER BY d.quote_session;

-- name: ticker_names
-- Every ticker with a row in a session, with the name of its company or fund where a list names it.
SELECT DISTINCT u.symbol, u.name FROM facts.oi_daily d JOIN underlyings u ON u.underlying_id = d.underlying_id
 WHERE d.quote_session = %(quote_session)s AND d.load_id = ANY(%(loads)s) ORDER BY u.symbol;
