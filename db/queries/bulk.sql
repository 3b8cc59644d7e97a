-- name: make_wanted_contracts
-- Contracts to look up; lives as long as the transaction.
CREATE TEMPORARY TABLE wanted_contracts (
    ordinal integer NOT NULL, symbol text NOT NULL, root text NOT NULL, expiration date NOT NULL, "right" text NOT NULL,
    strike_milli integer NOT NULL, deliverable text NOT NULL
) ON COMMIT DROP;

-- name: insert_underlyings
-- Tickers seen for the first time; answers which.
INSERT INTO underlyings (symbol, market, lot)
SELECT symbol, %(market)s, %(lot)s FROM unnest(%(symbols)s::text[]) AS wanted(symbol)
 WHERE NOT EXISTS (SELECT FROM underlyings u WHERE u.symbol = wanted.symbol AND u.market = %(market)s)
 ORDER BY symbol
ON CONFLICT (symbol, market) DO NOTHING
RETURNING symbol;

-- name: underlying_ids
-- Ids of tickers.
SELECT symbol, underlying_id FROM underlyings WHERE market = %(market)s AND symbol = ANY(%(symbols)s);

-- name: wanted_contract_ids
-- Ids of the contracts asked for, as far as they are known.
SELECT w.ordinal, c.contract_id
  FROM wanted_contracts w
  JOIN underlyings u ON u.symbol = w.symbol AND u.market = %(market)s
  JOIN contracts c ON c.underlying_id = u.underlying_id AND c.root = w.root AND c.expiration = w.expiration AND c."right" = w."right"
                  AND c.strike_milli = w.strike_milli AND c.deliverable = w.deliverable;

-- name: next_contract_ids
-- Ids for new contracts, taken so that they can be copied in with them.
SELECT nextval('contracts_contract_id_seq') AS contract_id FROM generate_series(1, %(count)s);
