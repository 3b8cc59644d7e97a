-- name: reconcile_loads
-- Loads with open interest of a source's own that are visible at a moment, of some sessions.
SELECT l.session_date, l.quote_session, l.source, l.load_id
  FROM visible_loads(%(as_of)s) l JOIN sources s ON s.source = l.source AND s.holds IN ('changes', 'chains')
 WHERE l.session_date BETWEEN %(first)s AND %(last)s AND l.payload_sha256 IS NOT NULL
 ORDER BY l.session_date, l.source;

-- name: reconcile_session
-- Open interest of the same contracts in one session, for every two sources that show them.
WITH seen AS (
    SELECT l.source, f.contract_id, f.underlying_id, f.open_interest
      FROM facts.chain_snapshots f JOIN loads l ON l.load_id = f.load_id
     WHERE f.quote_session = ANY(%(days)s) AND f.load_id = ANY(%(loads)s) AND f.open_interest IS NOT NULL
    UNION ALL
    SELECT l.source, f.contract_id, f.underlying_id, f.open_interest
      FROM facts.options_flow f JOIN loads l ON l.load_id = f.load_id
     WHERE f.quote_session = ANY(%(days)s) AND f.load_id = ANY(%(loads)s)
)
SELECT a.source AS source, b.source AS other, u.symbol, count(*) AS pairs,
       count(*) FILTER (WHERE a.open_interest = b.open_interest) AS equal,
       sum(a.open_interest)::bigint AS open_interest, sum(b.open_interest)::bigint AS other_open_interest,
       max(abs(a.open_interest - b.open_interest)) AS largest_difference
  FROM seen a
  JOIN seen b ON b.contract_id = a.contract_id AND b.source > a.source
  JOIN underlyings u ON u.underlying_id = a.underlying_id
 GROUP BY a.source, b.source, u.symbol
 ORDER BY a.source, b.source, u.symbol;
