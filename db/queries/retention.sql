-- name: scans_to_prune
-- Scans of sessions before a day whose contracts still stand although a later look of the same session does.
SELECT source, quote_session, array_agg(load_id), count(DISTINCT slot) FROM loads l
 WHERE source = ANY(%(sources)s) AND quote_session < %(before)s AND state = 'superseded'
   AND NOT EXISTS (SELECT FROM pruned_loads p WHERE p.load_id = l.load_id)
 GROUP BY source, quote_session ORDER BY quote_session, source;

-- name: prune_contracts
-- Delete the contracts of some loads of a session; how many there were.
WITH gone AS (DELETE FROM facts.chain_snapshots WHERE quote_session = %(session)s AND load_id = ANY(%(load_ids)s) RETURNING 1)
SELECT count(*) FROM gone;

-- name: mark_pruned
-- Write down that the contracts of these loads went.
INSERT INTO pruned_loads SELECT load_id, %(at)s FROM unnest(%(load_ids)s::bigint[]) AS gone (load_id);

-- name: shrink_month
-- Give the space of rows that went back, once nothing more of a month will go.
SELECT facts.shrink_month(%(parent)s, %(month)s);
