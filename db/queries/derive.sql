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
SELECT source, quote_session, session_date, known_at, coverage, flags, slots, slots_expected, contracts, trailing_median,
       volume_final, pairs, continuous, common, unchanged, outliers, coalesce(stale_slots, ARRAY[]::text[])
  FROM jsonb_populate_recordset(NULL::session_states, %(states)s::jsonb);

-- name: derive_stored_sessions
-- The stored sessions of each source in a range.
SELECT source, array_agg(DISTINCT quote_session ORDER BY quote_session) FROM loads
 WHERE state IN ('published', 'superseded', 'withdrawn') AND quote_session BETWEEN %(first)s AND %(last)s
 GROUP BY source ORDER BY source;
