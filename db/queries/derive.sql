-- name: derive_neighbours
-- The stored sessions that bound a range widened by a number of stored sessions on both sides.
WITH stored AS (
    SELECT DISTINCT quote_session FROM loads
     WHERE source = %(source)s AND state IN ('published', 'superseded', 'withdrawn')
)
SELECT (SELECT min(quote_session) FROM (SELECT quote_session FROM stored WHERE quote_session < %(first)s ORDER BY 1 DESC LIMIT %(count)s) earlier),
       (SELECT max(quote_session) FROM (SELECT quote_session FROM stored WHERE quote_session > %(last)s ORDER BY 1 LIMIT %(count)s) later);

-- name: derive_loads
-- Every load of a source that a reader may see at some moment, between two sessions.
SELECT load_id, slot, quote_session, session_date, known_at, withdrawn_at, coverage, cut, volume_final, rows_published
  FROM loads
 WHERE source = %(source)s AND quote_session BETWEEN %(first)s AND %(last)s
   AND state IN ('published', 'superseded', 'withdrawn')
 ORDER BY quote_session, slot, known_at, withdrawn_at DESC NULLS FIRST, load_id;

-- name: derive_flow_rows
-- Key, open interest and change of the rows of some loads; all columns NOT NULL, so each binary row has one length.
SELECT quote_session - DATE '2000-01-01', contract_id, load_id, open_interest, oi_change
  FROM facts.options_flow
 WHERE quote_session BETWEEN %(first)s AND %(last)s AND load_id = ANY(%(load_ids)s)
 ORDER BY load_id, contract_id;

-- name: derive_chain_rows
-- Key, open interest and volume of the contracts of some loads; no column NULL, so each binary row has one length.
SELECT contract_id, load_id, coalesce(open_interest, -1), coalesce(volume, -1)
  FROM facts.chain_snapshots
 WHERE quote_session BETWEEN %(first)s AND %(last)s AND load_id = ANY(%(load_ids)s);

-- name: source_holds
-- What kind of rows a source has.
SELECT holds FROM sources WHERE source = %(source)s;

-- name: delete_session_states
-- Derived states that are about to be derived again.
DELETE FROM session_states WHERE source = %(source)s AND quote_session = ANY(%(sessions)s);

-- name: insert_session_states
-- Derived states from one JSON array.
INSERT INTO session_states
SELECT source, quote_session, session_date, known_at, coverage, flags, slots_expected, trailing_median, pairs, continuous, common,
       unchanged, outliers
  FROM jsonb_populate_recordset(NULL::session_states, %(states)s::jsonb);

-- name: derive_stored_sessions
-- The stored sessions of each source in a range.
SELECT source, array_agg(DISTINCT quote_session ORDER BY quote_session) FROM loads
 WHERE state IN ('published', 'superseded', 'withdrawn') AND quote_session BETWEEN %(first)s AND %(last)s
 GROUP BY source ORDER BY source;

-- name: chain_sessions_of_loads
-- Sessions of the open interest of those of some loads that hold whole chains.
SELECT DISTINCT l.session_date FROM loads l JOIN sources s ON s.source = l.source AND s.holds = 'chains' AND NOT s.simulated
 WHERE l.load_id = ANY(%(load_ids)s) AND l.coverage = 'full' ORDER BY 1;

-- name: chain_sessions_between
-- Sessions of the open interest of whole chains, by the session of their quotes.
SELECT DISTINCT l.session_date FROM loads l JOIN sources s ON s.source = l.source AND s.holds = 'chains' AND NOT s.simulated
 WHERE l.quote_session BETWEEN %(first)s AND %(last)s AND l.coverage = 'full' ORDER BY 1;

-- name: chains_of_sessions
-- Loads of whole chains of US options that a reader may see at some moment, or will after this flip, by the session of their open interest.
SELECT l.load_id, l.source, s.preference, l.slot, l.session_date, l.quote_session, l.known_at, l.withdrawn_at, l.volume_final
  FROM loads l JOIN sources s ON s.source = l.source AND s.holds = 'chains' AND NOT s.simulated
 WHERE l.session_date = ANY(%(sessions)s) AND l.coverage = 'full' AND l.rows_published > 0
   AND (l.state IN ('published', 'superseded', 'withdrawn') OR l.load_id = ANY(%(fresh)s))
   AND EXISTS (SELECT FROM facts.oi_daily d JOIN underlyings u ON u.underlying_id = d.underlying_id AND u.market = 'US'
                WHERE d.quote_session = l.quote_session AND d.load_id = l.load_id)
 ORDER BY l.session_date, l.slot, s.preference, l.source, l.known_at, l.withdrawn_at DESC NULLS FIRST, l.load_id;

-- name: derived_of_sessions
-- Derived loads of some sessions, as they stand.
SELECT load_id, slot, session_date, quote_session, known_at, withdrawn_at, later, earlier FROM loads JOIN load_inputs USING (load_id)
 WHERE source = 'derived' AND session_date = ANY(%(sessions)s) AND state IN ('published', 'superseded', 'withdrawn');

-- name: chain_rows_for_changes
-- Contracts of some loads with their quotes; unknown is -1, NaN or the instant 2000-01-01, so that each binary row has one length.
SELECT f.load_id, f.contract_id, f.underlying_id, c.expiration - DATE '2000-01-01', (c."right" = 'C')::integer, c.strike_milli,
       (c.deliverable = 'standard')::integer, coalesce(f.open_interest, -1), coalesce(f.volume, -1), coalesce(f.bid, 'NaN'),
       coalesce(f.ask, 'NaN'), coalesce(f.last, 'NaN'), coalesce(f.source_iv, 'NaN'), coalesce(f.source_delta, 'NaN'),
       coalesce(p.spot, 'NaN'), coalesce(f.trade_time, '2000-01-01Z')
  FROM facts.chain_snapshots f
  JOIN contracts c ON c.contract_id = f.contract_id
  LEFT JOIN facts.underlying_daily p ON p.quote_session = f.quote_session AND p.underlying_id = f.underlying_id AND p.load_id = f.load_id
 WHERE f.quote_session BETWEEN %(first)s AND %(last)s AND f.load_id = ANY(%(load_ids)s)
 ORDER BY f.load_id, c.strike_milli, f.contract_id;

-- name: inputs_of_loads
-- What derived loads follow from.
SELECT load_id, later, earlier FROM load_inputs WHERE load_id = ANY(%(load_ids)s);

-- name: load_comparisons
-- Which of some chains repeat an earlier one, as far as they were compared.
SELECT later, earlier, repeats FROM load_comparisons WHERE later = ANY(%(later)s);

-- name: insert_load_comparisons
-- What came of comparing chains with those of the session before.
INSERT INTO load_comparisons (later, earlier, repeats, pairs, unchanged)
SELECT * FROM unnest(%(later)s::bigint[], %(earlier)s::bigint[], %(repeats)s::boolean[], %(pairs)s::integer[], %(unchanged)s::integer[]);
