-- Reference data: rates, dividends and splits, adjusted contracts, names. Facts with the instant each of them was known.

ALTER TABLE sources DROP CONSTRAINT sources_holds_check;
ALTER TABLE sources ADD CONSTRAINT sources_holds_check
    CHECK (holds IN ('changes', 'chains', 'prices', 'bars', 'futures', 'rates', 'actions', 'adjustments', 'names'));
COMMENT ON COLUMN sources.holds IS 'changes: reported changes of open interest; chains: contracts with open interest and quotes; prices: days of underlyings; bars: parts of a day; futures; rates: curves of interest; actions: dividends and splits; adjustments: of contracts; names: of companies and funds.';

CREATE TABLE facts.rates (
    quote_session date NOT NULL,
    load_id       bigint NOT NULL,
    described     date NOT NULL,
    days          integer[] NOT NULL CHECK (cardinality(days) > 0 AND 0 < ALL (days)),
    rate          double precision[] NOT NULL,
    quoted        double precision[] NOT NULL,
    convention    text NOT NULL CHECK (convention IN ('continuous', 'simple', 'annual', 'semiannual', 'par')),
    assumed       boolean NOT NULL,
    known_at      timestamptz NOT NULL,
    PRIMARY KEY (load_id, described),
    CHECK (cardinality(days) = cardinality(rate) AND cardinality(days) = cardinality(quoted))
);
COMMENT ON TABLE facts.rates IS 'Curves of interest rates, by load: a point for each place in days, rate and quoted.';
COMMENT ON COLUMN facts.rates.described IS 'The day whose rates these are.';
COMMENT ON COLUMN facts.rates.rate IS 'Continuously compounded zero rate per year of 365 days: money grows by exp(rate x days / 365).';
COMMENT ON COLUMN facts.rates.quoted IS 'The rate as the source writes it, per year, 0.0425 not 4.25, by the convention beside it.';
COMMENT ON COLUMN facts.rates.assumed IS 'Nobody observed it: somebody wrote it down to have one.';

CREATE TABLE facts.corporate_actions (
    quote_session date NOT NULL,
    load_id       bigint NOT NULL,
    underlying_id integer NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('dividend', 'special', 'split')),
    ex_date       date NOT NULL,
    amount        double precision CHECK (amount > 0),
    ratio         double precision CHECK (ratio > 0),
    quoted        double precision,
    known_at      timestamptz NOT NULL,
    PRIMARY KEY (load_id, underlying_id, kind, ex_date),
    CHECK ((kind = 'split') = (ratio IS NOT NULL)),
    CHECK (kind <> 'split' OR amount IS NULL)
);
COMMENT ON TABLE facts.corporate_actions IS 'Dividends and splits, by load. A declared one may have its ex_date in the future.';
COMMENT ON COLUMN facts.corporate_actions.amount IS 'Dollars for each share that existed on the day before ex_date; NULL where the date is declared and the source does not say how much.';
COMMENT ON COLUMN facts.corporate_actions.ratio IS 'Shares after the split for one before it.';
COMMENT ON COLUMN facts.corporate_actions.quoted IS 'The amount or ratio as the source writes it: some divide amounts by later splits.';

CREATE TABLE facts.contract_adjustments (
    quote_session date NOT NULL,
    load_id       bigint NOT NULL,
    underlying_id integer NOT NULL,
    memo          text NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('split', 'merger', 'special_dividend', 'spin_off', 'other')),
    effective     date NOT NULL,
    root          text NOT NULL,
    deliverable   text NOT NULL,
    multiplier    double precision CHECK (multiplier > 0),
    known_at      timestamptz NOT NULL,
    PRIMARY KEY (load_id, memo, root)
);
COMMENT ON TABLE facts.contract_adjustments IS 'What memos of the clearing house say about contracts that were adjusted, by load.';
COMMENT ON COLUMN facts.contract_adjustments.root IS 'Option root of the adjusted contracts, as AAPL1.';
COMMENT ON COLUMN facts.contract_adjustments.multiplier IS 'By which premium and strike are multiplied; NULL where the memo does not say.';

CREATE TABLE facts.listings (
    quote_session date NOT NULL,
    load_id       bigint PRIMARY KEY,
    symbols       text[] NOT NULL,
    names         text[] NOT NULL,
    classes       text[] NOT NULL,
    known_at      timestamptz NOT NULL,
    CHECK (cardinality(symbols) = cardinality(names) AND cardinality(symbols) = cardinality(classes))
);
COMMENT ON TABLE facts.listings IS 'Names and classes of a whole list, a row a load: a list of 12,000 names a day takes a fifth of the space of rows.';

CREATE FUNCTION reference_loads(as_of timestamptz DEFAULT now()) RETURNS SETOF loads LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (l.source, l.slot) l.*
      FROM sources s JOIN loads l USING (source)
     WHERE s.holds IN ('rates', 'actions', 'adjustments', 'names')
       AND l.state IN ('published', 'superseded', 'withdrawn')
       AND (l.withdrawn_at IS NULL OR l.withdrawn_at > as_of AND l.known_at <= as_of)
     ORDER BY l.source, l.slot, l.known_at <= as_of DESC, greatest(l.known_at - as_of, as_of - l.known_at), l.load_id DESC
$$;
COMMENT ON FUNCTION reference_loads IS 'For each source and slot the latest load known by a moment; before the first one that one, of which only facts known by then count: a list tells the past as well.';

CREATE VIEW rates WITH (security_invoker = true) AS
SELECT f.described, p.days, p.rate, p.quoted, f.convention, f.assumed, f.known_at, l.source
  FROM reference_loads() l JOIN facts.rates f USING (load_id)
 CROSS JOIN LATERAL unnest(f.days, f.rate, f.quoted) AS p (days, rate, quoted);
COMMENT ON VIEW rates IS 'Points of all curves of interest rates as known now.';

CREATE VIEW corporate_actions WITH (security_invoker = true) AS
SELECT u.symbol, f.kind, f.ex_date, f.amount, f.ratio, f.quoted, f.known_at, l.source, f.underlying_id
  FROM reference_loads() l JOIN facts.corporate_actions f USING (load_id) JOIN underlyings u ON u.underlying_id = f.underlying_id;
COMMENT ON VIEW corporate_actions IS 'Dividends and splits as known now, of every source.';

CREATE VIEW contract_adjustments WITH (security_invoker = true) AS
SELECT u.symbol, f.memo, f.kind, f.effective, f.root, f.deliverable, f.multiplier, f.known_at, l.source, f.underlying_id
  FROM reference_loads() l JOIN facts.contract_adjustments f USING (load_id) JOIN underlyings u ON u.underlying_id = f.underlying_id;
COMMENT ON VIEW contract_adjustments IS 'Adjusted contracts as known now.';

CREATE VIEW listings WITH (security_invoker = true) AS
SELECT DISTINCT ON (n.symbol) n.symbol, n.name, n.class AS asset_class, f.known_at, l.source
  FROM reference_loads() l JOIN facts.listings f USING (load_id) JOIN sources s ON s.source = l.source
 CROSS JOIN LATERAL unnest(f.symbols, f.names, f.classes) AS n (symbol, name, class)
 ORDER BY n.symbol, s.preference, f.known_at DESC, l.slot;
COMMENT ON VIEW listings IS 'The name and class of each symbol as known now, of the source with the lowest preference that lists it.';

REVOKE EXECUTE ON FUNCTION reference_loads(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reference_loads(timestamptz) TO ingest, worker, app_premium, app_admin;
GRANT SELECT ON facts.rates, facts.corporate_actions, facts.contract_adjustments, facts.listings TO ingest, worker, app_premium, app_admin;
GRANT SELECT ON rates, corporate_actions, contract_adjustments, listings TO ingest, worker, app_premium, app_admin;
GRANT INSERT, DELETE ON facts.rates, facts.corporate_actions, facts.contract_adjustments, facts.listings TO ingest;
