-- name: lock_attempts
-- One attempt at a time for an e-mail or an address, so that limits hold under load.
SELECT pg_advisory_xact_lock(hashtextextended('attempts of ' || %(key)s, 0));

-- name: count_attempts
-- Evaluated wrong attempts since an instant: of the e-mail from known and unknown browsers, and of the address from unknown ones.
SELECT (SELECT count(*)::integer FROM auth.attempts WHERE email = %(email)s AND at > %(since)s AND outcome = 'wrong' AND known_browser),
       (SELECT count(*)::integer FROM auth.attempts WHERE email = %(email)s AND at > %(since)s AND outcome = 'wrong' AND NOT known_browser),
       (SELECT count(*)::integer FROM auth.attempts WHERE address = %(address)s AND at > %(since)s AND outcome = 'wrong' AND NOT known_browser);

-- name: insert_attempt
-- Counted as wrong before the hash; a crash in between leaves it wrong.
INSERT INTO auth.attempts (email, address, known_browser, outcome, at)
VALUES (%(email)s, %(address)s, %(known_browser)s, 'wrong', %(now)s) RETURNING attempt_id;

-- name: right_attempt
-- The password was right.
UPDATE auth.attempts SET outcome = 'right' WHERE attempt_id = %(attempt_id)s;

-- name: is_known_browser
-- Whether this browser signed in to the account before.
SELECT true FROM auth.known_browsers WHERE account_id = %(account_id)s AND browser_sha256 = %(browser_sha256)s;

-- name: remember_browser
-- The owner gets in with this browser while somebody else guesses.
INSERT INTO auth.known_browsers (account_id, browser_sha256, seen_at) VALUES (%(account_id)s, %(browser_sha256)s, %(now)s)
ON CONFLICT (account_id, browser_sha256) DO UPDATE SET seen_at = excluded.seen_at;

-- name: insert_ticket
-- Bound to the browser that typed the password.
INSERT INTO auth.tickets (ticket_sha256, account_id, pre_sign_in_sha256, expires_at)
VALUES (%(ticket_sha256)s, %(account_id)s, %(pre_sign_in_sha256)s, %(expires_at)s);

-- name: use_ticket
-- Takes a ticket out of use; nothing when it is used, late, or another browser's.
UPDATE auth.tickets t SET used_at = %(now)s FROM auth.accounts a
 WHERE t.ticket_sha256 = %(ticket_sha256)s AND t.pre_sign_in_sha256 = %(pre_sign_in_sha256)s AND t.used_at IS NULL
   AND t.expires_at > %(now)s AND a.account_id = t.account_id AND a.state = 'active'
RETURNING t.account_id;

-- name: ticket_owner
-- Whose a ticket is or was; nothing for one that was never given.
SELECT a.email FROM auth.tickets t JOIN auth.accounts a USING (account_id) WHERE t.ticket_sha256 = %(ticket_sha256)s;

-- name: insert_sign_in
-- Only the hash of the cookie is kept.
INSERT INTO auth.sign_ins (sign_in_sha256, account_id, created_at, seen_at, idle_until, expires_at, address, browser)
VALUES (%(sign_in_sha256)s, %(account_id)s, %(now)s, %(now)s, %(idle_until)s, %(expires_at)s, %(address)s, %(browser)s);

-- name: signed_in_account
-- The account behind a cookie with the clock of its sign-in.
SELECT a.account_id, a.email, a.tier, a.tier_until, a.demo, a.theme, a.colours, s.created_at, s.seen_at
  FROM auth.sign_ins s JOIN auth.accounts a USING (account_id)
 WHERE s.sign_in_sha256 = %(sign_in_sha256)s AND s.ended_at IS NULL AND a.state = 'active'
   AND s.idle_until > %(now)s AND s.expires_at > %(now)s;

-- name: touch_sign_in
-- Somebody is there.
UPDATE auth.sign_ins SET seen_at = %(now)s, idle_until = %(idle_until)s
 WHERE sign_in_sha256 = %(sign_in_sha256)s AND ended_at IS NULL;

-- name: end_sign_in
-- Ends one sign-in; the account's e-mail for the audit log.
UPDATE auth.sign_ins s SET ended_at = %(now)s, ended_why = %(why)s FROM auth.accounts a
 WHERE s.sign_in_sha256 = %(sign_in_sha256)s AND s.ended_at IS NULL AND a.account_id = s.account_id RETURNING a.email;

-- name: end_sign_ins_of_account
-- Ends every sign-in and every ticket of an account.
WITH used AS (
    UPDATE auth.tickets SET used_at = %(now)s WHERE account_id = %(account_id)s AND used_at IS NULL
)
UPDATE auth.sign_ins SET ended_at = %(now)s, ended_why = %(why)s WHERE account_id = %(account_id)s AND ended_at IS NULL;

-- name: sign_ins_of_account
-- Open sign-ins of an account, the newest first.
SELECT created_at, seen_at, address, browser FROM auth.sign_ins
 WHERE account_id = %(account_id)s AND ended_at IS NULL AND idle_until > %(now)s AND expires_at > %(now)s
 ORDER BY seen_at DESC;
