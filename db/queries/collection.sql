-- name: expect_duty
-- Something that has to be collected; what stands already stays as it is.
INSERT INTO duties (duty, source, session, opens_at, due_at, slots_expected)
VALUES (%(duty)s, %(source)s, %(session)s, %(opens_at)s, %(due_at)s, %(slots_expected)s)
ON CONFLICT (session, duty, source) DO NOTHING;

-- name: latest_duty
-- The last session for which a duty of a source is known.
SELECT max(session) FROM duties WHERE duty = %(duty)s AND source = %(source)s;

-- name: open_duties
-- What is not wholly there yet: how often it was tried to its end by a right clock, when last and why it failed, and what stands
-- in the store by now. Lists of reference may be the same for days: of them counts what their tries have written down.
SELECT d.duty, d.source, d.session, d.opens_at, d.due_at, d.state, d.slots_expected, d.alerted_at, d.slots AS slots_before,
       tried.tries, tried.tried_at, tried.reason,
       CASE d.duty WHEN 'reference' THEN d.slots ELSE stored.slots END AS slots,
       CASE d.duty WHEN 'reference' THEN ARRAY[d.source] ELSE stored.sources END AS sources,
       CASE d.duty WHEN 'reference' THEN d.settled_at ELSE stored.stored_at END AS stored_at
  FROM duties d
 CROSS JOIN LATERAL (
    SELECT count(*)::integer AS tries, max(started_at) AS tried_at, (array_agg(reason ORDER BY started_at DESC))[1] AS reason
      FROM runs r WHERE r.session = d.session AND r.duty = d.duty AND r.source = d.source
       AND r.status <> 'lost' AND coalesce(r.reason, '') NOT LIKE 'wrong_clock:%%') tried
 CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT l.slot) AS slots, array_agg(DISTINCT l.source) AS sources, max(l.published_at) AS stored_at
      FROM loads l
     WHERE l.source = ANY(%(sources)s) AND l.quote_session = d.session AND l.state IN ('published', 'superseded')
       AND l.slot = ANY(d.slots_expected) AND l.known_at >= CASE d.duty WHEN 'lists' THEN d.session ELSE d.opens_at END) stored
 WHERE d.state IN ('waiting', 'partial', 'gap')
 ORDER BY d.opens_at, d.duty, d.source;

-- name: settle_duty
-- What became of a duty.
UPDATE duties SET state = %(state)s, slots = %(slots)s, fallback = %(fallback)s, reason = %(reason)s, settled_at = %(settled_at)s
 WHERE duty = %(duty)s AND source = %(source)s AND session = %(session)s;

-- name: alert_duty
-- Somebody was told of a gap.
UPDATE duties SET alerted_at = %(at)s WHERE duty = %(duty)s AND source = %(source)s AND session = %(session)s;

-- name: duty_list
-- Duties of some sessions, newest first.
SELECT duty, source, session, opens_at, due_at, state, slots, slots_expected, fallback, reason, settled_at, alerted_at
  FROM duties
 WHERE session BETWEEN %(first)s AND %(last)s AND (%(source)s::text IS NULL OR source = %(source)s)
 ORDER BY session DESC, opens_at DESC, duty, source LIMIT %(most)s;

-- name: begin_run
-- A try begins.
INSERT INTO runs (duty, source, session, planned_at, started_at, names_expected)
VALUES (%(duty)s, %(source)s, %(session)s, %(planned_at)s, %(started_at)s, %(names_expected)s) RETURNING run_id;

-- name: end_run
-- A try ended.
UPDATE runs SET ended_at = %(ended_at)s, status = %(status)s, names = %(names)s, expirations = %(expirations)s, calls = %(calls)s,
       attempts = %(attempts)s, fallback = %(fallback)s, rows_in = %(rows_in)s, published = %(published)s, quarantined = %(quarantined)s,
       duplicates = %(duplicates)s, reason = %(reason)s
 WHERE run_id = %(run_id)s;

-- name: miss_run
-- A time that passed without a try.
INSERT INTO runs (duty, source, session, planned_at, started_at, ended_at, status, names_expected, reason)
VALUES (%(duty)s, %(source)s, %(session)s, %(planned_at)s, %(at)s, %(at)s, 'missed', %(names_expected)s, %(reason)s);

-- name: lose_runs
-- Tries that a collector was at when it died.
UPDATE runs SET status = 'lost', ended_at = %(at)s, reason = 'the collector ended before it did' WHERE status = 'running' RETURNING run_id;

-- name: has_chains
-- Whether anything of these sources was ever shown.
SELECT EXISTS (SELECT FROM loads WHERE source = ANY(%(sources)s) AND state IN ('published', 'superseded', 'withdrawn'));

-- name: planned_runs
-- Planned instants of a duty's tries in a session, and whether all tries were lost; what a wrong clock made us try has still to come.
SELECT planned_at, bool_and(status = 'lost') FROM runs
 WHERE duty = %(duty)s AND source = %(source)s AND session = %(session)s AND coalesce(reason, '') NOT LIKE 'wrong_clock:%%'
 GROUP BY planned_at;

-- name: run_list
-- Tries of the collector, newest first.
SELECT run_id, duty, source, session, planned_at, started_at, ended_at, status, names, names_expected, expirations, calls, attempts, fallback,
       rows_in, published, quarantined, duplicates, reason
  FROM runs
 WHERE (%(duty)s::text IS NULL OR duty = %(duty)s) AND (%(source)s::text IS NULL OR source = %(source)s)
   AND (%(session)s::date IS NULL OR session = %(session)s)
 ORDER BY started_at DESC, run_id DESC LIMIT %(most)s;

-- name: levels_standing
-- Open interest of a name in the whole chain that stands last, up to a session: what a new look is held against.
WITH standing AS (
    SELECT l.load_id, l.session_date, l.quote_session, u.underlying_id, u.lot
      FROM loads l
      JOIN underlyings u ON u.symbol = l.slot AND u.market = %(market)s
      JOIN facts.oi_daily d ON d.quote_session = l.quote_session AND d.underlying_id = u.underlying_id AND d.load_id = l.load_id
     WHERE l.source IN (SELECT source FROM sources WHERE holds = 'chains' AND coverage = 'full' AND NOT simulated)
       AND l.slot = %(slot)s AND l.state = 'published' AND l.known_at < %(known_at)s
       AND l.quote_session BETWEEN %(session)s::date - 60 AND %(session)s
     ORDER BY l.session_date DESC, l.source = %(source)s DESC, l.known_at DESC LIMIT 1)
SELECT c.root, c.expiration, c."right", c.strike_milli, c.deliverable, f.open_interest * s.lot, s.session_date
  FROM standing s
  JOIN facts.chain_snapshots f ON f.quote_session = s.quote_session AND f.underlying_id = s.underlying_id AND f.load_id = s.load_id
  JOIN contracts c ON c.contract_id = f.contract_id
 WHERE f.open_interest IS NOT NULL;
