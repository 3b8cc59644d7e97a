-- name: saved_contracts
-- Contracts that an account saved.
SELECT symbol, expiration, "right", strike_milli, deliverable, saved_at
  FROM auth.saved_contracts WHERE account_id = %(account_id)s
 ORDER BY symbol, expiration, strike_milli, "right", deliverable;

-- name: save_contract
-- Save a contract once.
INSERT INTO auth.saved_contracts (account_id, symbol, expiration, "right", strike_milli, deliverable)
VALUES (%(account_id)s, %(symbol)s, %(expiration)s, %(right)s, %(strike_milli)s, %(deliverable)s)
ON CONFLICT DO NOTHING;

-- name: count_saved_contracts
-- How many contracts an account saved.
SELECT count(*) FROM auth.saved_contracts WHERE account_id = %(account_id)s;

-- name: remove_saved_contract
-- Forget a saved contract.
DELETE FROM auth.saved_contracts
 WHERE account_id = %(account_id)s AND symbol = %(symbol)s AND expiration = %(expiration)s AND "right" = %(right)s
   AND strike_milli = %(strike_milli)s AND deliverable = %(deliverable)s;
