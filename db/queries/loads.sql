-- name: try_import_lock
-- One importer at a time in a database; held by a connection, so that a killed importer frees it.
SELECT pg_try_advisory_lock(7204302);

-- name: free_import_lock
-- The end of an import.
SELECT pg_advisory_unlock(7204302);

-- name: join_staging
-- Every staging transaction holds this to its end, also when its importer was killed meanwhile.
SELECT pg_advisory_xact_lock_shared(7204303);

-- name: wait_for_staging
-- Waits until no staging transaction of a killed importer runs any more.
SELECT pg_advisory_xact_lock(7204303);

-- name: commit_lazily
-- Staged rows need not be on disk at once: the flip that shows them is, and with it all that came before.
SET LOCAL synchronous_commit = off;

-- name: commit_firmly
-- The flip is on disk when it is answered.
SET LOCAL synchronous_commit = on;

-- name: staged_loads
-- What a crash left behind: seen by nobody.
SELECT load_id, quote_session FROM loads WHERE state = 'staged';

-- name: known_payloads
-- Payloads that are published or superseded, as a scan or not, with their rows: coming again, all of them are duplicates. Not those of
-- which a part was withdrawn or gave way to another payload: that part may come again.
SELECT payload_sha256, coalesce(source = ANY(%(scans)s), false) AS scan, sum(rows_in)::bigint FROM loads
 WHERE payload_sha256 = ANY(%(hashes)s)
   AND (state IN ('published', 'superseded', 'withdrawn') AND reason IS NULL OR state = 'refused' AND reason = 'same_stamp')
 GROUP BY payload_sha256, scan HAVING bool_and(state IN ('published', 'superseded'));

-- name: refused_payloads
-- Payloads refused before, with the reason: coming again for the same reason, they are not noted twice.
SELECT payload_sha256, reason FROM loads WHERE state = 'refused' AND payload_sha256 = ANY(%(hashes)s);

-- name: archived_payloads
-- Payloads that count from the raw archive, as a scan or not. Not those that were only refused: what was held back and counts now is
-- written once more, without the note that it was held.
SELECT payload_sha256, source = ANY(%(scans)s) FROM loads
 WHERE payload_sha256 = ANY(%(hashes)s) AND state IN ('published', 'superseded', 'withdrawn');

-- name: raw_payload
-- Where the bytes of a payload lie.
SELECT pack_file, pack_offset, pack_length, size_bytes, file_name, folder, received_at FROM raw_payloads WHERE payload_sha256 = %(payload_sha256)s;

-- name: set_loads
-- Every load of some sessions of a source but the refused ones, oldest stamp first.
SELECT load_id, slot, session_date, quote_session, known_at, withdrawn_at, state, payload_sha256, reason, file_name, received_at, rows_published, holds
  FROM loads JOIN sources USING (source)
 WHERE source = %(source)s AND quote_session = ANY(%(sessions)s) AND state <> 'refused'
 ORDER BY known_at, withdrawn_at DESC NULLS FIRST, load_id;

-- name: load_keys
-- Contract and open interest of the rows of some loads.
SELECT load_id, contract_id, open_interest FROM facts.options_flow
 WHERE quote_session = %(quote_session)s AND load_id = ANY(%(load_ids)s);

-- name: standing_chains
-- What contracts of some loads say; unknown is NaN or -1, so that each binary row has one length.
SELECT load_id, contract_id, coalesce(open_interest, -1), coalesce(volume, -1), coalesce(bid, 'NaN'), coalesce(ask, 'NaN'), coalesce(last, 'NaN'),
       coalesce(mark, 'NaN'), coalesce(source_iv, 'NaN'), coalesce(source_delta, 'NaN'), coalesce(source_gamma, 'NaN'),
       coalesce(source_theta, 'NaN'), coalesce(source_vega, 'NaN'), coalesce(source_rho, 'NaN')
  FROM facts.chain_snapshots
 WHERE quote_session BETWEEN %(first)s AND %(last)s AND load_id = ANY(%(load_ids)s);

-- name: standing_prices
-- The same for days of underlyings.
SELECT load_id, underlying_id, coalesce(open, 'NaN'), coalesce(high, 'NaN'), coalesce(low, 'NaN'), coalesce(close, 'NaN'),
       coalesce(adjusted_close, 'NaN'), coalesce(volume, -1)
  FROM facts.underlying_daily
 WHERE quote_session BETWEEN %(first)s AND %(last)s AND load_id = ANY(%(load_ids)s);

-- name: standing_bars
-- The same for bars.
SELECT load_id, underlying_id, bar_end, minutes, coalesce(open, 'NaN'), coalesce(high, 'NaN'), coalesce(low, 'NaN'), coalesce(close, 'NaN'),
       coalesce(vwap, 'NaN'), coalesce(volume, -1)
  FROM facts.bars
 WHERE quote_session BETWEEN %(first)s AND %(last)s AND load_id = ANY(%(load_ids)s);

-- name: held_lines
-- Lines that loads keep aside although they could be read: what they say counts beside the other slots of a set.
SELECT load_id, line_number, reason FROM quarantine
 WHERE load_id = ANY(%(load_ids)s) AND reason IN ('ambiguous_contract', 'conflicting_rows', 'outside_slot', 'repeated_in_set');

-- name: load_family
-- One load with what its withdrawal needs; known_at is the stamp of its payload.
SELECT load_id, source, slot, session_date, quote_session, state, payload_sha256, withdrawn_at,
       (SELECT ARRAY[later, earlier] FROM load_inputs i WHERE i.load_id = l.load_id) AS inputs,
       (SELECT min(known_at) FROM loads base WHERE base.payload_sha256 = l.payload_sha256 AND base.source = l.source AND base.slot = l.slot
           AND base.session_date = l.session_date) AS known_at
  FROM loads l WHERE load_id = %(load_id)s;

-- name: withdraw_family
-- Take a payload's loads of one slot and session out of view from an instant on.
UPDATE loads SET state = 'withdrawn', withdrawn_at = %(at)s, withdrawn_why = %(why)s
 WHERE payload_sha256 = %(payload_sha256)s AND source = %(source)s AND slot = %(slot)s AND session_date = %(session_date)s
   AND state IN ('published', 'superseded')
RETURNING load_id;

-- name: restore_family
-- Bring back what one withdrawal took out.
UPDATE loads SET state = 'superseded', withdrawn_at = NULL, withdrawn_why = NULL
 WHERE payload_sha256 = %(payload_sha256)s AND source = %(source)s AND slot = %(slot)s AND session_date = %(session_date)s
   AND state = 'withdrawn' AND withdrawn_at = %(withdrawn_at)s
RETURNING load_id;

-- name: same_stamp_stands
-- Whether another payload of this slot and session with the same stamp is in view.
SELECT EXISTS (SELECT FROM loads WHERE source = %(source)s AND slot = %(slot)s AND session_date = %(session_date)s AND known_at = %(known_at)s
                  AND reason IS NULL AND state IN ('published', 'superseded'));

-- name: refused_loads
-- Whole payloads kept aside, newest first.
SELECT load_id, file_name, reason, detail, received_at, payload_sha256
  FROM loads WHERE state = 'refused' AND (%(reason)s::text IS NULL OR reason = %(reason)s) ORDER BY load_id DESC LIMIT %(most)s;
