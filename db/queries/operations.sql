-- name: load_list
-- Loads by source, state and session, newest first.
SELECT load_id, source, slot, session_date, quote_session, known_at, received_at, state, coverage, volume_final, cut, reason, detail,
       rows_in, rows_published, rows_quarantined, rows_duplicate, file_name, payload_sha256, supersedes, published_at, withdrawn_at,
       withdrawn_why
  FROM loads
 WHERE (%(source)s::text IS NULL OR source = %(source)s) AND (%(state)s::text IS NULL OR state = %(state)s)
   AND (%(session_date)s::date IS NULL OR session_date = %(session_date)s)
 ORDER BY quote_session DESC NULLS FIRST, source, slot, load_id DESC LIMIT %(most)s;

-- name: quarantine_list
-- Rows kept aside, of one load or of all, for one reason or for any, newest first.
SELECT q.quarantine_id, q.load_id, l.source, l.slot, l.session_date, l.quote_session, l.file_name, l.state, q.line_number, q.reason,
       q.raw_text
  FROM quarantine q JOIN loads l USING (load_id)
 WHERE (%(load_id)s::bigint IS NULL OR q.load_id = %(load_id)s) AND (%(reason)s::text IS NULL OR q.reason = %(reason)s)
 ORDER BY q.quarantine_id DESC LIMIT %(most)s;

-- name: quarantine_reasons
-- How many rows each source keeps aside for which reason, in the loads that are in view or behind one; those stored again repeat it.
SELECT l.source, q.reason, count(*) AS rows, count(DISTINCT q.load_id) AS loads
  FROM quarantine q JOIN loads l USING (load_id)
 WHERE l.state IN ('published', 'superseded') AND l.reason IS NULL
 GROUP BY l.source, q.reason ORDER BY count(*) DESC, q.reason;

-- name: reasons_kept
-- Every reason for which a row, or a whole payload, is kept aside.
SELECT reason FROM quarantine UNION SELECT reason FROM loads WHERE state = 'refused' AND reason IS NOT NULL ORDER BY 1;

-- name: request_list
-- What the web asked of the collector, newest first, without the bytes of files.
SELECT request_id, kind, file_name, octet_length(body) AS size_bytes, load_id, source, session, why, requested_by, requested_at, state, answer, finished_at
  FROM requests ORDER BY request_id DESC LIMIT %(most)s;

-- name: ask_for_import
-- Hand a file to the collector.
INSERT INTO requests (kind, file_name, body, requested_by) VALUES ('import', %(file_name)s, %(body)s, %(requested_by)s)
RETURNING request_id;

-- name: ask_to_collect
-- Ask the collector to fetch a source now.
INSERT INTO requests (kind, source, session, requested_by) VALUES ('collect', %(source)s, %(session)s, %(requested_by)s)
RETURNING request_id;

-- name: ask_about_load
-- Ask the collector to withdraw a load or to bring it back.
INSERT INTO requests (kind, load_id, why, requested_by) VALUES (%(kind)s, %(load_id)s, %(why)s, %(requested_by)s)
RETURNING request_id;

-- name: load_state
-- State of one load.
SELECT state FROM loads WHERE load_id = %(load_id)s;

-- name: source_loads
-- How many loads each source has, and of which sessions.
SELECT source, count(*) FILTER (WHERE state = 'published') AS published, count(*) FILTER (WHERE state = 'refused') AS refused,
       max(session_date) FILTER (WHERE state = 'published') AS latest_session
  FROM loads GROUP BY source;
