-- name: account_by_email
-- One account with everything that rules and the sign-in form need.
SELECT account_id, email, password_hash, tier, tier_until, state, demo, theme, colours, created_at
  FROM auth.accounts WHERE email = %(email)s;

-- name: account_by_id
-- As account_by_email, by id.
SELECT account_id, email, password_hash, tier, tier_until, state, demo, theme, colours, created_at
  FROM auth.accounts WHERE account_id = %(account_id)s;

-- name: accounts_all
-- Every account with its last sign-in and the number of open ones.
SELECT a.account_id, a.email, a.tier, a.tier_until, a.state, a.demo, a.created_at, max(s.seen_at) AS seen_at,
       count(*) FILTER (WHERE s.ended_at IS NULL AND s.idle_until > %(now)s AND s.expires_at > %(now)s)::integer AS sign_ins
  FROM auth.accounts a LEFT JOIN auth.sign_ins s USING (account_id)
 GROUP BY a.account_id ORDER BY a.email;

-- name: insert_account
-- A new account; nothing when the e-mail is taken.
INSERT INTO auth.accounts (email, password_hash, tier, tier_until, state, demo, created_at)
VALUES (%(email)s, %(password_hash)s, %(tier)s, %(tier_until)s, %(state)s, %(demo)s, %(now)s)
ON CONFLICT (email) DO NOTHING RETURNING account_id;

-- name: set_account_tier
-- Tier and the instant from which the account counts as free.
UPDATE auth.accounts SET tier = %(tier)s, tier_until = %(tier_until)s WHERE account_id = %(account_id)s;

-- name: set_account_state
-- invited, waiting, active or disabled.
UPDATE auth.accounts SET state = %(state)s WHERE account_id = %(account_id)s;

-- name: set_account_password
-- A new password makes the account active.
UPDATE auth.accounts SET password_hash = %(password_hash)s, state = 'active' WHERE account_id = %(account_id)s;

-- name: set_account_look
-- Theme and colours of rising and falling.
UPDATE auth.accounts SET theme = %(theme)s, colours = %(colours)s WHERE account_id = %(account_id)s;

-- name: count_admins
-- Admins that can sign in or have been invited, whose tier does not end; beside `but`.
SELECT count(*)::integer FROM auth.accounts
 WHERE tier = 'admin' AND tier_until IS NULL AND state = 'active' AND account_id IS DISTINCT FROM %(but)s;

-- name: open_demo_accounts
-- Demo accounts that sign in, or may once a link is used or an admin lets them.
SELECT account_id, email FROM auth.accounts WHERE demo AND state <> 'disabled' ORDER BY email;

-- name: lock_accounts
-- Serialises the commands that must leave one admin.
SELECT pg_advisory_xact_lock(hashtextextended('auth.accounts', 0));

-- name: count_waiting
-- Sign-ups that wait for an admin.
SELECT count(*)::integer FROM auth.accounts WHERE state = 'waiting';

-- name: insert_link
-- A single-use link; only its hash is kept.
INSERT INTO auth.invitations (token_sha256, account_id, purpose, created_at, expires_at)
VALUES (%(token_sha256)s, %(account_id)s, %(purpose)s, %(now)s, %(expires_at)s);

-- name: drop_open_links
-- A new link replaces the open ones of the account and purpose.
DELETE FROM auth.invitations
 WHERE account_id IS NOT DISTINCT FROM %(account_id)s AND purpose = %(purpose)s AND used_at IS NULL;

-- name: drop_links_of_account
-- No open link survives a disabled account or a new password.
DELETE FROM auth.invitations WHERE account_id = %(account_id)s AND used_at IS NULL;

-- name: open_link
-- What an unused link in its time is for.
SELECT i.account_id, i.purpose, a.email, i.expires_at
  FROM auth.invitations i LEFT JOIN auth.accounts a USING (account_id)
 WHERE i.token_sha256 = %(token_sha256)s AND i.used_at IS NULL AND i.expires_at > %(now)s
   AND a.state IS DISTINCT FROM 'disabled';

-- name: use_link
-- Takes the link out of use; nothing when somebody was faster.
UPDATE auth.invitations SET used_at = %(now)s
 WHERE token_sha256 = %(token_sha256)s AND used_at IS NULL AND expires_at > %(now)s RETURNING account_id, purpose;

-- name: insert_audit
-- One line of the audit log.
INSERT INTO auth.audit_log (at, actor, action, subject, address, detail)
VALUES (%(now)s, %(actor)s, %(action)s, %(subject)s, %(address)s, %(detail)s);

-- name: audit_entries
-- The newest lines of the audit log, by words anywhere in actor, action or subject.
SELECT at, actor, action, subject, address, detail::text AS detail FROM auth.audit_log
 WHERE %(search)s = '' OR strpos(lower(actor || ' ' || action || ' ' || subject), lower(%(search)s)) > 0
 ORDER BY at DESC, audit_id DESC LIMIT %(most)s;

-- name: count_audit
-- How often an actor did something since an instant.
SELECT count(*)::integer FROM auth.audit_log WHERE actor = %(actor)s AND action = %(action)s AND at > %(since)s;

-- name: try_refusal
-- Whether nobody else writes a refusal of this action and address now.
SELECT pg_try_advisory_xact_lock(hashtextextended('refusal ' || %(action)s || ' ' || %(address)s, 0));

-- name: count_audit_from_address
-- How often something was done from an address since an instant.
SELECT count(*)::integer FROM auth.audit_log WHERE action = %(action)s AND address = %(address)s AND at > %(since)s;
