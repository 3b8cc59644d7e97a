-- name: insert_rates
-- Curves of interest rates.
INSERT INTO facts.rates SELECT * FROM jsonb_populate_recordset(NULL::facts.rates, %(rows)s::jsonb);

-- name: insert_actions
-- Dividends and splits.
INSERT INTO facts.corporate_actions SELECT * FROM jsonb_populate_recordset(NULL::facts.corporate_actions, %(rows)s::jsonb);

-- name: insert_adjustments
-- Adjusted contracts.
INSERT INTO facts.contract_adjustments SELECT * FROM jsonb_populate_recordset(NULL::facts.contract_adjustments, %(rows)s::jsonb);

-- name: insert_names
-- Whole lists of names.
INSERT INTO facts.listings SELECT * FROM jsonb_populate_recordset(NULL::facts.listings, %(rows)s::jsonb);

-- name: standing_rates
-- What stands of some loads, to hold new facts against.
SELECT load_id, described, days, rate, quoted, convention, assumed, known_at FROM facts.rates WHERE load_id = ANY(%(load_ids)s);

-- name: standing_actions
-- The same for dividends and splits.
SELECT load_id, underlying_id, kind, ex_date, amount, ratio, quoted, known_at FROM facts.corporate_actions WHERE load_id = ANY(%(load_ids)s);

-- name: standing_adjustments
-- The same for adjusted contracts.
SELECT load_id, underlying_id, memo, kind, effective, root, deliverable, multiplier, known_at
  FROM facts.contract_adjustments WHERE load_id = ANY(%(load_ids)s);

-- name: standing_names
-- The same for names.
SELECT f.load_id, n.symbol, n.name, n.class AS asset_class, f.known_at
  FROM facts.listings f CROSS JOIN LATERAL unnest(f.symbols, f.names, f.classes) AS n (symbol, name, class)
 WHERE f.load_id = ANY(%(load_ids)s);

-- name: list_standing
-- The list of a source and slot that counts at a moment, and when it was known: what a new one is held against.
SELECT load_id, known_at FROM loads
 WHERE source = %(source)s AND slot = %(slot)s AND known_at <= %(as_of)s AND state IN ('published', 'superseded')
 ORDER BY known_at DESC, load_id DESC LIMIT 1;

-- name: name_underlyings
-- Names and classes as the lists know them now; what no list has stays unknown. Indexes are in no list of securities.
UPDATE underlyings u SET name = found.name, asset_class = found.asset_class
  FROM (SELECT own.underlying_id, l.name, coalesce(CASE WHEN own.symbol = ANY(%(indexes)s) THEN 'index' END, l.asset_class) AS asset_class
          FROM underlyings own LEFT JOIN listings l ON l.symbol = own.symbol WHERE own.market = 'US') found
 WHERE u.underlying_id = found.underlying_id
   AND (u.name, u.asset_class) IS DISTINCT FROM (found.name, found.asset_class);

-- name: rate_curves
-- Curves that describe a day or an earlier one, as known at a moment, best first: observed before assumed, then the latest, then by
-- preference of their sources.
SELECT f.described, f.days, f.rate, f.quoted, f.convention, f.assumed, f.known_at, l.source
  FROM reference_loads(%(as_of)s) l JOIN facts.rates f USING (load_id) JOIN sources s ON s.source = l.source
 WHERE f.known_at <= %(as_of)s AND f.described BETWEEN CASE WHEN f.assumed THEN '-infinity'::date ELSE %(earliest)s::date END AND %(day)s
 ORDER BY f.assumed, f.described DESC, s.preference, f.known_at DESC LIMIT 1;

-- name: corporate_actions
-- Dividends and splits of some names as known at a moment, of the preferred source that knows the fact, oldest first.
SELECT symbol, kind, ex_date, amount, ratio, known_at, source
  FROM (SELECT u.symbol, f.kind, f.ex_date, f.amount, f.ratio, f.known_at, l.source,
               rank() OVER (PARTITION BY u.symbol, f.kind = 'split', f.ex_date
                            ORDER BY f.amount IS NULL AND f.ratio IS NULL, s.preference, l.source) AS place
          FROM reference_loads(%(as_of)s) l JOIN facts.corporate_actions f USING (load_id) JOIN sources s ON s.source = l.source
          JOIN underlyings u ON u.underlying_id = f.underlying_id
         WHERE f.known_at <= %(as_of)s AND u.market = 'US' AND u.symbol = ANY(%(symbols)s)) said
 WHERE place = 1 ORDER BY symbol, ex_date, kind;

-- name: contract_adjustments
-- Memos on contracts of some names as known at a moment, oldest first.
SELECT u.symbol, f.memo, f.kind, f.effective, f.root, f.deliverable, f.multiplier, f.known_at, l.source
  FROM reference_loads(%(as_of)s) l JOIN facts.contract_adjustments f USING (load_id) JOIN underlyings u ON u.underlying_id = f.underlying_id
 WHERE f.known_at <= %(as_of)s AND u.market = 'US' AND u.symbol = ANY(%(symbols)s)
 ORDER BY u.symbol, f.effective, f.memo, f.root;

-- name: latest_payload
-- The bytes of the newest load of a source that is in view.
SELECT payload_sha256 FROM loads WHERE source = %(source)s AND state = 'published' ORDER BY known_at DESC, load_id DESC LIMIT 1;
