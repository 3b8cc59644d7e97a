-- name: insert_raw_payloads
-- Where the bytes of new payloads lie.
INSERT INTO raw_payloads (payload_sha256, file_name, folder, size_bytes, pack_file, pack_offset, pack_length, received_at)
SELECT payload_sha256, file_name, coalesce(folder, ''), size_bytes, pack_file, pack_offset, pack_length, received_at
  FROM jsonb_populate_recordset(NULL::raw_payloads, %(rows)s::jsonb)
ON CONFLICT (payload_sha256) DO NOTHING;

-- name: insert_loads
-- New loads, staged or refused.
INSERT INTO loads (source, slot, asset_class, session_date, quote_session, known_at, received_at, state, coverage, volume_final, cut, reason, detail,
                   rows_in, rows_published, rows_quarantined, rows_duplicate, payload_sha256, file_name)
SELECT source, slot, asset_class, session_date, quote_session, known_at, received_at, state, coverage, volume_final, cut, reason, detail,
       rows_in, rows_published, rows_quarantined, rows_duplicate, payload_sha256, file_name
  FROM jsonb_populate_recordset(NULL::loads, %(rows)s::jsonb)
RETURNING load_id, payload_sha256, source, slot, quote_session, known_at, reason;

-- name: insert_load_inputs
-- What new derived loads follow from.
INSERT INTO load_inputs (load_id, later, earlier)
SELECT * FROM unnest(%(load_ids)s::bigint[], %(later)s::bigint[], %(earlier)s::bigint[]);

-- name: insert_quarantine
-- Rows kept aside.
INSERT INTO quarantine (load_id, payload_sha256, line_number, reason, raw_text)
SELECT load_id, payload_sha256, line_number, reason, raw_text FROM jsonb_populate_recordset(NULL::quarantine, %(rows)s::jsonb);

-- name: open_partition
-- A table apart for a session or its finished month; NULL where a partition stands.
SELECT facts.open_partition(%(parent)s, %(session)s, %(finished)s);

-- name: close_partition
-- Index and attach it.
SELECT facts.close_partition(%(parent)s, %(session)s, %(made)s);

-- name: months_to_pack
-- Facts and finished months that still lie in day partitions.
SELECT DISTINCT parent, to_date(substring(part.relname FROM '(\d{6})\d\d$'), 'YYYYMM') AS month
  FROM unnest(ARRAY['options_flow', 'chain_snapshots']) AS fact(parent)
  JOIN pg_inherits i ON i.inhparent = ('facts.' || parent)::regclass
  JOIN pg_class part ON part.oid = i.inhrelid AND part.relname ~ '_\d{8}$'
 WHERE to_date(substring(part.relname FROM '(\d{6})\d\d$'), 'YYYYMM') < date_trunc('month', %(today)s::date)
 ORDER BY parent, month;

-- name: pack_month
-- Put the day partitions of a finished month together into one.
SELECT facts.pack_month(%(parent)s, %(month)s);

-- name: raise_data_version
-- The flip's own number. Held to the end of the transaction, so flips come one after another.
UPDATE data_version SET version = version + 1, changed_at = %(at)s RETURNING version;

-- name: show_loads
-- The pointer: staged loads become visible, each noting what it follows.
WITH given AS MATERIALIZED (
    SELECT load_id FROM unnest(%(load_ids)s::bigint[]) AS each (load_id)
), line AS MATERIALIZED (
    SELECT load_id, lag(load_id) OVER (PARTITION BY source, slot, session_date ORDER BY known_at, load_id) AS previous
      FROM loads LEFT JOIN given USING (load_id)
     WHERE source = %(source)s AND quote_session = ANY(%(sessions)s) AND (state IN ('published', 'superseded') OR given.load_id IS NOT NULL)
)
UPDATE loads l SET state = 'published', published_at = %(at)s, published_version = %(version)s, supersedes = line.previous
  FROM line JOIN given USING (load_id)
 WHERE l.load_id = line.load_id;

-- name: withdraw_shown
-- Later versions of withdrawn payloads end when their payload did.
UPDATE loads l SET state = 'withdrawn', withdrawn_at = ended.at, withdrawn_why = ended.why
  FROM (SELECT DISTINCT ON (again.load_id) again.load_id, base.withdrawn_at AS at, base.withdrawn_why AS why
          FROM unnest(%(load_ids)s::bigint[], %(ends)s::timestamptz[]) AS given (load_id, at)
          JOIN loads again USING (load_id)
          JOIN loads base ON base.payload_sha256 = again.payload_sha256 AND base.source = again.source AND base.slot = again.slot
                         AND base.session_date = again.session_date AND base.withdrawn_at = given.at) ended
 WHERE l.load_id = ended.load_id;

-- name: end_derived
-- Derived loads end when an input is withdrawn, and come back with it.
UPDATE loads l SET state = CASE WHEN ended.at IS NULL THEN 'superseded' ELSE 'withdrawn' END, withdrawn_at = ended.at,
       withdrawn_why = CASE WHEN ended.at IS NOT NULL THEN 'An input was withdrawn.' END
  FROM unnest(%(load_ids)s::bigint[], %(ends)s::timestamptz[]) AS ended (load_id, at)
 WHERE l.load_id = ended.load_id;

-- name: forget_derived
-- No load follows on one that is about to be dropped.
UPDATE loads SET supersedes = NULL WHERE supersedes = ANY(%(load_ids)s);

-- name: forget_loads
-- Whatever named loads that are about to be dropped names the payload's first load instead.
WITH replaced AS (
    SELECT l.load_id, min(base.load_id) AS first
      FROM loads l JOIN loads base ON base.payload_sha256 = l.payload_sha256 AND base.source = l.source AND base.slot = l.slot
                                  AND base.session_date = l.session_date AND base.reason IS NULL
     WHERE l.load_id = ANY(%(load_ids)s) GROUP BY l.load_id
), followed AS (
    UPDATE loads l SET supersedes = nullif(replaced.first, l.load_id) FROM replaced WHERE l.supersedes = replaced.load_id
)
UPDATE requests r SET load_id = replaced.first FROM replaced WHERE r.load_id = replaced.load_id;

-- name: drop_loads
-- Loads stored again that are wrong by what came since: nobody sees them from here on, and the next import deletes their rows.
UPDATE loads SET state = 'staged', withdrawn_at = NULL, withdrawn_why = NULL WHERE load_id = ANY(%(load_ids)s);

-- name: rank_loads
-- The newest stamp of a slot is published, those behind it are superseded.
UPDATE loads l SET state = line.state
  FROM (SELECT load_id, CASE WHEN row_number() OVER (PARTITION BY source, slot, session_date ORDER BY known_at DESC, load_id DESC) = 1
                             THEN 'published' ELSE 'superseded' END AS state
          FROM loads WHERE source = %(source)s AND quote_session = ANY(%(sessions)s) AND state IN ('published', 'superseded')) line
 WHERE l.load_id = line.load_id AND l.state <> line.state;

-- name: free_view_touched
-- Whether any of these sessions is, or was, among the latest five that free visitors see.
SELECT EXISTS (SELECT FROM free_sessions WHERE quote_session = ANY(%(sessions)s))
    OR EXISTS (SELECT FROM (SELECT DISTINCT quote_session FROM visible_loads(%(at)s) ORDER BY 1 DESC LIMIT 5) latest
                WHERE quote_session = ANY(%(sessions)s));

-- name: delete_staged_flow
-- Rows of loads that were never shown.
DELETE FROM facts.options_flow WHERE quote_session = ANY(%(sessions)s) AND load_id = ANY(%(load_ids)s);

-- name: delete_staged_chains
-- Their contracts of chains.
DELETE FROM facts.chain_snapshots WHERE quote_session = ANY(%(sessions)s) AND load_id = ANY(%(load_ids)s);

-- name: delete_staged_bars
-- Their bars.
DELETE FROM facts.bars WHERE quote_session = ANY(%(sessions)s) AND load_id = ANY(%(load_ids)s);

-- name: declare_sources
-- What is known about sources, as the product knows it now.
INSERT INTO sources (source, label, preference, coverage, date_rule, licence_note, delay, simulated, holds, key_needed, call_cost, rate_limit)
SELECT source, label, preference, coverage, date_rule, licence_note, delay, simulated, holds, key_needed, call_cost, rate_limit
  FROM jsonb_populate_recordset(NULL::sources, %(rows)s::jsonb)
ON CONFLICT (source) DO UPDATE SET label = excluded.label, preference = excluded.preference, coverage = excluded.coverage,
    date_rule = excluded.date_rule, licence_note = excluded.licence_note, delay = excluded.delay, simulated = excluded.simulated,
    holds = excluded.holds, key_needed = excluded.key_needed, call_cost = excluded.call_cost, rate_limit = excluded.rate_limit;

-- name: delete_staged_daily
-- Their roll-ups by ticker.
DELETE FROM facts.oi_daily WHERE quote_session = ANY(%(sessions)s) AND load_id = ANY(%(load_ids)s);

-- name: delete_staged_expiration
-- Their roll-ups by expiration.
DELETE FROM facts.oi_expiration WHERE quote_session = ANY(%(sessions)s) AND load_id = ANY(%(load_ids)s);

-- name: delete_staged_prices
-- Their prices.
DELETE FROM facts.underlying_daily WHERE quote_session = ANY(%(sessions)s) AND load_id = ANY(%(load_ids)s);

-- name: delete_staged_rates
-- Their curves.
DELETE FROM facts.rates WHERE quote_session = ANY(%(sessions)s) AND load_id = ANY(%(load_ids)s);

-- name: delete_staged_actions
-- Their dividends and splits.
DELETE FROM facts.corporate_actions WHERE quote_session = ANY(%(sessions)s) AND load_id = ANY(%(load_ids)s);

-- name: delete_staged_adjustments
-- Their memos.
DELETE FROM facts.contract_adjustments WHERE quote_session = ANY(%(sessions)s) AND load_id = ANY(%(load_ids)s);

-- name: delete_staged_names
-- Their names.
DELETE FROM facts.listings WHERE quote_session = ANY(%(sessions)s) AND load_id = ANY(%(load_ids)s);

-- name: delete_staged_quarantine
-- Their rows kept aside.
DELETE FROM quarantine WHERE load_id = ANY(%(load_ids)s);

-- name: delete_staged_loads
-- The loads themselves.
DELETE FROM loads WHERE load_id = ANY(%(load_ids)s) AND state = 'staged';

-- name: delete_stray_payloads
-- Payloads without a load: the import that brought them did not end.
DELETE FROM raw_payloads r
 WHERE NOT EXISTS (SELECT FROM loads l WHERE l.payload_sha256 = r.payload_sha256)
   AND NOT EXISTS (SELECT FROM futures_payloads f WHERE f.payload_sha256 = r.payload_sha256);
