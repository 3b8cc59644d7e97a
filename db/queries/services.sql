-- name: ping
-- Whether the database answers.
SELECT 1;

-- name: beat
-- A service says that it works.
INSERT INTO heartbeats (service, started_at, beat_at, detail)
VALUES (%(service)s, %(started_at)s, %(beat_at)s, %(detail)s::jsonb)
ON CONFLICT (service) DO UPDATE SET started_at = excluded.started_at, beat_at = excluded.beat_at, detail = excluded.detail;

-- name: try_service_lock
-- Take the lock of a service for this connection, if nobody holds it.
SELECT pg_try_advisory_lock(hashtextextended(%(service)s, 7204303));

-- name: free_service_lock
-- Give it back; without an effect where it was not held.
SELECT CASE WHEN EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())
            THEN pg_advisory_unlock(hashtextextended(%(service)s, 7204303)) END;

-- name: take_request
-- The oldest waiting request, marked as running.
UPDATE requests SET state = 'running'
 WHERE request_id = (SELECT request_id FROM requests WHERE state = 'waiting' ORDER BY request_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING request_id, kind, file_name, body, load_id, why, requested_by, source, session;

-- name: finish_request
-- What became of a request; the bytes of an upload are in the raw archive by now.
UPDATE requests SET state = %(state)s, answer = %(answer)s::jsonb, finished_at = %(finished_at)s, body = NULL
 WHERE request_id = %(request_id)s;

-- name: requeue_requests
-- Requests that a collector was at when it died wait again.
UPDATE requests SET state = 'waiting' WHERE state = 'running';

-- name: tidy_tickets
-- Tickets live 30 seconds.
DELETE FROM auth.tickets WHERE expires_at < %(now)s - interval '1 day';

-- name: tidy_attempts
-- Limits look back one hour; what an admin wants to know stands in the audit log.
DELETE FROM auth.attempts WHERE at < %(now)s - interval '1 day';

-- name: tidy_sign_ins
-- Sign-ins that ended or ran out a quarter ago; the audit log keeps the fact.
DELETE FROM auth.sign_ins WHERE least(coalesce(ended_at, expires_at), expires_at, idle_until) < %(now)s - interval '90 days';

-- name: tidy_invitations
-- Links that were used or ran out a quarter ago.
DELETE FROM auth.invitations WHERE least(coalesce(used_at, expires_at), expires_at) < %(now)s - interval '90 days';

-- name: tidy_known_browsers
-- Browsers not seen for a year.
DELETE FROM auth.known_browsers WHERE seen_at < %(now)s - interval '1 year';

-- name: has_loads
-- Whether anything was ever published here.
SELECT EXISTS (SELECT FROM loads WHERE state = 'published');

-- name: services_alive
-- What each service last said.
SELECT service, started_at, beat_at, detail FROM heartbeats ORDER BY service;
