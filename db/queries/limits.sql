-- name: open_bucket
-- Make the bucket of a source if it is missing.
SELECT limits.open_bucket(%(source)s);

-- name: wait_for_bucket
-- Until the end of the transaction the bucket of a source is this connection's alone; who waits is served in turn.
SELECT pg_advisory_xact_lock(hashtext('limits'), hashtext(%(source)s));

-- name: bucket_time
-- The server's own time now, the same for all processes. [ms since 1970]
SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
