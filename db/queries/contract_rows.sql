-- name: session_contracts
-- Contracts of one session.
SELECT f.contract_id, u.symbol, coalesce(l.asset_class, nullif(nullif(u.asset_class, 'index'), 'coin')) AS asset_class, c.expiration, c."right", c.strike_milli, c.deliverable, c.multiplier, f.dte, f.oi_change,
       f.open_interest, f.share_new, f.volume, f.vol_oi, f.bid, f.ask, f.mid, f.last, f.spot, f.iv, f.delta, f.sentiment,
       f.confidence, f.reasons, f.trade_time
  FROM facts.options_flow f
  JOIN loads l ON l.load_id = f.load_id
  JOIN contracts c ON c.contract_id = f.contract_id
  JOIN underlyings u ON u.underlying_id = f.underlying_id
 WHERE f.quote_session = %(quote_session)s AND f.load_id = ANY(%(loads)s);

-- name: session_volumes
-- Volume of each contract of one session, and whether it was read after the close.
SELECT f.contract_id, f.volume, l.volume_final
  FROM facts.options_flow f JOIN loads l ON l.load_id = f.load_id
 WHERE f.quote_session = %(quote_session)s AND f.load_id = ANY(%(loads)s);

-- name: latest_listings
-- For each of these contracts that was stored up to a session, the load that listed it last: one look each, newest partition first.
SELECT wanted.contract_id, listed.load_id
  FROM unnest(%(contract_ids)s::integer[]) wanted (contract_id)
 CROSS JOIN LATERAL (
    SELECT f.load_id FROM facts.options_flow f
     WHERE f.contract_id = wanted.contract_id AND f.quote_session <= %(last)s
     ORDER BY f.quote_session DESC LIMIT 1) listed;

-- name: contracts_in_loads
-- Which of these contracts stand in some loads.
SELECT DISTINCT contract_id FROM facts.options_flow
 WHERE quote_session BETWEEN %(first)s AND %(last)s AND contract_id = ANY(%(contract_ids)s) AND load_id = ANY(%(loads)s);

-- name: chain_totals
-- Sums over the chain of each ticker in some loads, the largest first.
SELECT u.symbol, p.spot, d.call_open_interest * u.lot AS total_call_open_interest, d.put_open_interest * u.lot AS total_put_open_interest,
       d.put_open_interest::float8 / nullif(d.call_open_interest, 0) AS put_call_open_interest,
       coalesce(d.call_volume, 0) * u.lot + coalesce(d.put_volume, 0) * u.lot AS chain_volume, d.contracts AS chain_contracts, l.known_at
  FROM facts.oi_daily d
  JOIN loads l ON l.load_id = d.load_id
  JOIN underlyings u ON u.underlying_id = d.underlying_id
  LEFT JOIN facts.underlying_daily p ON p.quote_session = d.quote_session AND p.underlying_id = d.underlying_id AND p.load_id = d.load_id
 WHERE d.quote_session = %(quote_session)s AND d.load_id = ANY(%(loads)s)
 ORDER BY d.call_open_interest + d.put_open_interest DESC NULLS LAST, u.symbol;

-- name: contract_history
-- One contract over the sessions.
SELECT f.quote_session, f.open_interest, f.oi_change, f.volume, f.iv, f.delta, f.last, f.spot
  FROM facts.options_flow f
  JOIN contracts c ON c.contract_id = f.contract_id
  JOIN underlyings u ON u.underlying_id = c.underlying_id
 WHERE u.symbol = %(symbol)s AND c.expiration = %(expiration)s AND c."right" = %(right)s AND c.strike_milli = %(strike_milli)s
   AND c.deliverable = %(deliverable)s AND f.quote_session BETWEEN %(first)s AND %(last)s AND f.load_id = ANY(%(loads)s)
 ORDER BY f.quote_session;

-- name: ticker_contracts
-- Contracts of one ticker that stood on the list between two sessions.
WITH listed AS MATERIALIZED (
    SELECT DISTINCT contract_id FROM facts.options_flow
     WHERE underlying_id IN (SELECT underlying_id FROM underlyings WHERE symbol = %(symbol)s)
       AND quote_session BETWEEN %(first)s AND %(last)s AND load_id = ANY(%(loads)s)
)
SELECT DISTINCT c.expiration, c."right", c.strike_milli, c.deliverable FROM listed JOIN contracts c ON c.contract_id = listed.contract_id;
