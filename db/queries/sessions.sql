-- name: stored_sessions
-- Every session as visible at a moment, of sources that hold these kinds: its loads, their stamps, and the derived flags.
SELECT l.source, s.label || coalesce(' (' || string_agg(DISTINCT origin.label, ', ') || ')', '') AS source_label, s.preference, s.simulated,
       s.holds, l.quote_session, max(l.session_date) AS session_date,
       max(l.known_at) AS known_at, min(l.coverage) AS coverage, coalesce(bool_and(l.volume_final), false) AS volume_final,
       bool_or(l.cut) AS cut, array_agg(l.slot ORDER BY l.slot) AS slots, array_agg(l.load_id ORDER BY l.slot) AS loads,
       sum(l.rows_published)::integer AS contracts, v.flags, v.slots_expected, v.trailing_median, v.pairs, v.continuous
  FROM visible_loads(%(as_of)s) l
  JOIN sources s ON s.source = l.source
  LEFT JOIN load_inputs i ON i.load_id = l.load_id
  LEFT JOIN loads chain ON chain.load_id = i.later
  LEFT JOIN sources origin ON origin.source = chain.source
  LEFT JOIN visible_sessions(%(as_of)s) v ON v.source = l.source AND v.quote_session = l.quote_session
 WHERE l.source = ANY(ARRAY(SELECT source FROM sources WHERE holds = ANY(%(holds)s)))
 GROUP BY l.source, s.label, s.preference, s.simulated, s.holds, l.quote_session, v.flags, v.slots_expected, v.trailing_median, v.pairs, v.continuous
 ORDER BY l.quote_session, s.preference, l.source;

-- name: data_version
-- Number and moment of the last flip or withdrawal.
SELECT version, changed_at FROM data_version;

-- name: source_list
-- What is known about every source.
SELECT source, label, preference, coverage, date_rule, licence_note, delay, simulated, holds, key_needed, call_cost, rate_limit FROM sources ORDER BY preference, source;

-- name: moment_of_transaction
-- The instant at which this transaction began.
SELECT now();
