-- Names of companies and funds for free visitors, who find a ticker by its name like everybody else.

CREATE TABLE free_names (
    symbol text PRIMARY KEY,
    name   text NOT NULL
);
COMMENT ON TABLE free_names IS 'Names of the companies and funds whose contracts stand in free_contracts; those that no list names are left out.';

INSERT INTO free_names (symbol, name)
SELECT DISTINCT ON (u.symbol) u.symbol, u.name
  FROM free_contracts f JOIN contracts c ON c.contract_id = f.contract_id JOIN underlyings u ON u.underlying_id = c.underlying_id
 WHERE u.name IS NOT NULL;

GRANT SELECT ON free_names TO ingest, app_free, app_premium, app_admin, worker;
GRANT INSERT, DELETE ON free_names TO ingest;
