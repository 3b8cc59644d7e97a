-- What the collector has to do for each session, what became of it, and every time it tried.

CREATE TABLE duties (
    duty        text NOT NULL,
    source      text NOT NULL,
    session     date NOT NULL,
    opens_at    timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'published', 'late', 'backup', 'partial', 'gap')),
    slots       text[] NOT NULL DEFAULT '{}',
    slots_expected text[] NOT NULL,
    fallback    text,
    reason      text,
    settled_at  timestamptz,
    alerted_at  timestamptz,
    PRIMARY KEY (session, duty, source)
);
CREATE INDEX duties_open ON duties (due_at) WHERE state IN ('waiting', 'partial', 'gap');
COMMENT ON TABLE duties IS 'What has to be collected of each source for each session, and what became of it. A day without a session has none.';
COMMENT ON COLUMN duties.state IS 'waiting: not due yet; published: in time; late: after due_at; backup: by another source; partial: some slots only; gap: nothing.';
COMMENT ON COLUMN duties.settled_at IS 'When its figures were published, by this source or another.';

CREATE TABLE runs (
    run_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    duty        text NOT NULL,
    source      text NOT NULL,
    session     date NOT NULL,
    planned_at  timestamptz NOT NULL,
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    status      text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'done', 'partial', 'failed', 'missed', 'lost')),
    names       integer NOT NULL DEFAULT 0,
    names_expected integer NOT NULL DEFAULT 0,
    expirations integer NOT NULL DEFAULT 0,
    calls       integer NOT NULL DEFAULT 0,
    attempts    integer NOT NULL DEFAULT 0,
    fallback    text,
    rows_in     integer NOT NULL DEFAULT 0,
    published   integer NOT NULL DEFAULT 0,
    quarantined integer NOT NULL DEFAULT 0,
    duplicates  integer NOT NULL DEFAULT 0,
    reason      text
);
CREATE INDEX runs_by_session ON runs (session, duty, source);
CREATE INDEX runs_by_start ON runs (started_at);
COMMENT ON TABLE runs IS 'Every try of the collector. missed: the machine was down at its time; lost: the collector died in it.';
COMMENT ON COLUMN runs.calls IS 'Calls of providers; attempts counts those that were made again too.';

CREATE VIEW scan_runs WITH (security_invoker = true) AS
SELECT run_id AS scan_id, source, session, planned_at, started_at AS start_time, ended_at AS end_time, status, names AS stocks_scanned,
       names_expected AS stocks_expected, expirations AS expiries_scanned, calls AS total_api_calls,
       extract(epoch FROM ended_at - started_at)::float8 AS duration_seconds, reason
  FROM runs WHERE duty = 'scan';
COMMENT ON VIEW scan_runs IS 'Scans of the day: when, how many calls, what came of them.';

ALTER TABLE requests DROP CONSTRAINT requests_kind_check;
ALTER TABLE requests ADD CONSTRAINT requests_kind_check CHECK (kind IN ('import', 'withdraw', 'undo_withdrawal', 'collect'));
ALTER TABLE requests DROP CONSTRAINT requests_check1;
ALTER TABLE requests ADD CONSTRAINT requests_check1 CHECK ((kind IN ('import', 'collect')) = (load_id IS NULL));
ALTER TABLE requests ADD COLUMN source text;
ALTER TABLE requests ADD COLUMN session date;
ALTER TABLE requests ADD CONSTRAINT requests_check2 CHECK ((kind = 'collect') = (source IS NOT NULL));

GRANT SELECT ON duties, runs, scan_runs TO ingest, worker, app_admin;
GRANT SELECT ON scan_runs, runs TO app_premium;
GRANT INSERT, UPDATE ON duties, runs TO ingest;
