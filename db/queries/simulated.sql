-- name: simulated_last_session
-- The last session of the simulated market that is published; NULL where there is none.
SELECT max(quote_session) FROM loads JOIN sources USING (source) WHERE simulated AND state = 'published';

-- name: clear_simulated_flow
-- Remove the simulated contracts' rows.
DELETE FROM facts.options_flow WHERE load_id IN (SELECT load_id FROM loads JOIN sources USING (source) WHERE simulated);

-- name: clear_simulated_daily
-- Remove the simulated sums by ticker.
DELETE FROM facts.oi_daily WHERE load_id IN (SELECT load_id FROM loads JOIN sources USING (source) WHERE simulated);

-- name: clear_simulated_expirations
-- Remove the simulated sums by expiration.
DELETE FROM facts.oi_expiration WHERE load_id IN (SELECT load_id FROM loads JOIN sources USING (source) WHERE simulated);

-- name: clear_simulated_prices
-- Remove the simulated prices.
DELETE FROM facts.underlying_daily WHERE load_id IN (SELECT load_id FROM loads JOIN sources USING (source) WHERE simulated);

-- name: clear_simulated_states
-- Remove the flags of simulated sessions.
DELETE FROM session_states USING sources WHERE sources.source = session_states.source AND simulated;

-- name: clear_simulated_quarantine
-- Remove rows kept aside from simulated payloads.
DELETE FROM quarantine WHERE load_id IN (SELECT load_id FROM loads JOIN sources USING (source) WHERE simulated);

-- name: clear_simulated_requests
-- Remove what was asked of simulated loads.
DELETE FROM requests WHERE load_id IN (SELECT load_id FROM loads JOIN sources USING (source) WHERE simulated);

-- name: clear_simulated_loads
-- Remove the simulated loads themselves, after their rows.
DELETE FROM loads USING sources WHERE sources.source = loads.source AND simulated;

-- name: clear_unused_payloads
-- Forget payloads that no load names any more; the packs they lay in.
DELETE FROM raw_payloads WHERE payload_sha256 NOT IN (SELECT payload_sha256 FROM loads WHERE payload_sha256 IS NOT NULL)
RETURNING pack_file;

-- name: pack_files
-- Every pack that still holds a payload.
SELECT DISTINCT pack_file FROM raw_payloads;
