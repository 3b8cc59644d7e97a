-- name: put_futures_venue
-- A venue that is looked at from now on.
INSERT INTO futures_venues (venue, interval_s) VALUES (%(venue)s, %(interval_s)s)
ON CONFLICT (venue) DO UPDATE SET interval_s = excluded.interval_s;

-- name: futures_venues
-- Where each venue stands.
SELECT venue, interval_s, cycle_at, answered_at, listed_at FROM futures_venues ORDER BY venue;

-- name: mark_futures_cycle
-- A due cycle is accounted for; answered_at only where it gave values.
UPDATE futures_venues
   SET cycle_at = greatest(cycle_at, %(cycle_at)s::timestamptz), answered_at = coalesce(%(answered_at)s::timestamptz, answered_at)
 WHERE venue = %(venue)s;

-- name: mark_futures_list
-- The list of a venue was read.
UPDATE futures_venues SET listed_at = %(listed_at)s WHERE venue = %(venue)s;

-- name: futures_followed
-- Instruments of a venue that have not ended.
SELECT instrument_id, venue, symbol, base, quote, settle, unit, contract_size, base_units, inverse, linear, expiry
  FROM futures_instruments WHERE venue = %(venue)s AND ended IS NULL ORDER BY symbol;

-- name: add_futures_instruments
-- Instruments followed from now on; answers their ids.
INSERT INTO futures_instruments (venue, symbol, base, quote, settle, unit, contract_size, base_units, inverse, linear, usd_quoted, expiry, first_seen, last_seen)
SELECT venue, symbol, base, quote, settle, unit, contract_size, base_units, inverse, linear, usd_quoted, expiry, first_seen, first_seen
  FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS r(venue text, symbol text, base text, quote text, settle text, unit text, contract_size float8, base_units float8, inverse boolean,
         linear boolean, usd_quoted boolean, expiry timestamptz, first_seen timestamptz)
RETURNING symbol, instrument_id;

-- name: end_futures_instruments
-- Instruments that are not followed any more.
UPDATE futures_instruments SET ended = %(at)s, ended_why = %(why)s WHERE instrument_id = ANY(%(instrument_ids)s) AND ended IS NULL;

-- name: see_futures_instruments
-- Instruments that the list still shows.
UPDATE futures_instruments SET last_seen = %(at)s WHERE instrument_id = ANY(%(instrument_ids)s);

-- name: last_futures_values
-- The latest stored value of each instrument of a venue, of those that are still hot.
SELECT DISTINCT ON (f.instrument_id) f.instrument_id, f.oi_native, f.known_at
  FROM facts.futures_hot f
 WHERE f.session_date >= %(first)s
   AND f.instrument_id = ANY(ARRAY(SELECT i.instrument_id FROM futures_instruments i WHERE i.venue = %(venue)s AND i.ended IS NULL))
 ORDER BY f.instrument_id, f.known_at DESC;

-- name: open_futures_day
-- Partitions for a UTC day.
SELECT facts.open_futures_day(%(day)s);

-- name: futures_days_to_pack
-- Finished UTC days that still lie in a partition of their own.
SELECT to_date(right(part.relname, 8), 'YYYYMMDD') AS day
  FROM pg_inherits i JOIN pg_class part ON part.oid = i.inhrelid
 WHERE i.inhparent = 'facts.futures_hot'::regclass AND to_date(right(part.relname, 8), 'YYYYMMDD') < %(before)s
 ORDER BY day;

-- name: pack_futures_day
-- Put the values of a finished day together.
SELECT facts.pack_futures_day(%(day)s);

-- name: futures_days_to_thin
-- Packed days of a range that still hold more than a value an hour.
SELECT DISTINCT session_date AS day FROM facts.futures_days
 WHERE session_date >= %(first)s AND session_date < %(before)s AND cardinality(step_s) > 24 ORDER BY day;

-- name: thin_futures_day
-- Keep one value an hour of a packed day.
SELECT facts.thin_futures_day(%(day)s);

-- name: open_futures_gaps
-- Gaps of a venue that go on.
SELECT gap_id, symbol, reason, latest_at FROM futures_gaps WHERE venue = %(venue)s AND ended_at IS NULL;

-- name: add_futures_gaps
-- Gaps that begin.
INSERT INTO futures_gaps (venue, symbol, reason, detail, began_at, latest_at, cycles)
SELECT venue, symbol, reason, detail, began_at, latest_at, cycles
  FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS r(venue text, symbol text, reason text, detail text, began_at timestamptz, latest_at timestamptz, cycles integer);

-- name: extend_futures_gaps
-- Gaps that go on for some more cycles.
UPDATE futures_gaps SET latest_at = %(latest_at)s, cycles = cycles + %(cycles)s WHERE gap_id = ANY(%(gap_ids)s);

-- name: end_futures_gaps
-- Gaps that are over: a value came, or another reason.
UPDATE futures_gaps SET ended_at = %(ended_at)s WHERE gap_id = ANY(%(gap_ids)s);

-- name: keep_futures_payload
-- Answers that lie in the raw archive.
INSERT INTO futures_payloads (payload_sha256, venue, holds, seen_at)
VALUES (%(payload_sha256)s, %(venue)s, %(holds)s, %(seen_at)s) ON CONFLICT DO NOTHING;

-- name: futures_members
-- Instruments of a coin that were followed at any time of a window, as known at a moment.
SELECT i.instrument_id, i.venue, i.symbol, i.base, i.quote, i.settle, i.unit, i.contract_size, i.base_units, i.inverse, i.linear, i.expiry,
       v.interval_s, i.first_seen, CASE WHEN i.ended <= %(as_of)s THEN i.ended END AS ended
  FROM futures_instruments i JOIN futures_venues v USING (venue)
 WHERE i.base = %(base)s AND i.first_seen <= %(as_of)s AND (i.ended IS NULL OR i.ended > %(since)s)
 ORDER BY i.venue, i.symbol, i.first_seen;

-- name: futures_hot_values
-- Values of the latest days.
SELECT instrument_id, known_at, oi_native, price_used, sides
  FROM facts.futures_hot
 WHERE instrument_id = ANY(%(instrument_ids)s) AND session_date BETWEEN %(first)s AND %(last)s;

-- name: futures_packed_values
-- Values of packed days, a row a day.
SELECT session_date, instrument_id, step_s, oi_native, price_used, sides
  FROM facts.futures_days
 WHERE instrument_id = ANY(%(instrument_ids)s) AND session_date BETWEEN %(first)s AND %(last)s;

-- name: futures_latest
-- The latest value of some instruments in the last days before a moment.
SELECT DISTINCT ON (instrument_id)
       instrument_id, oi_native, unit, oi_base, oi_usd, price_used, price_kind, venue_ts, known_at, side_convention
  FROM futures_open_interest
 WHERE instrument_id = ANY(%(instrument_ids)s) AND session_date BETWEEN %(first)s AND %(last)s AND known_at <= %(as_of)s
 ORDER BY instrument_id, known_at DESC;

-- name: futures_gaps
-- Gaps of some venues that touch a window, as known at a moment, oldest first.
SELECT venue, symbol, reason, detail, began_at, CASE WHEN ended_at <= %(as_of)s THEN ended_at END AS ended_at, latest_at, cycles
  FROM futures_gaps
 WHERE venue = ANY(%(venues)s) AND began_at <= %(as_of)s AND (ended_at IS NULL OR ended_at > %(since)s)
 ORDER BY began_at, venue, symbol NULLS FIRST;

-- name: futures_coverage
-- How many instruments of each venue are followed, and when one of them was last seen on its list.
SELECT v.venue, v.interval_s, v.cycle_at, v.answered_at, v.listed_at, count(i.instrument_id)::integer AS instruments
  FROM futures_venues v LEFT JOIN futures_instruments i ON i.venue = v.venue AND i.ended IS NULL
 GROUP BY v.venue ORDER BY v.venue;
