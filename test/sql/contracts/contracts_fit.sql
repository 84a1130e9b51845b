-- The best of geometric contracts, sBG and BdW
CREATE TEMP TABLE contracts (periods bigint, churned boolean, customers float8);   -- Fader & Hardie 2007, "high end"
INSERT INTO contracts VALUES (1, true, 131), (2, true, 126), (3, true, 90), (4, true, 60), (5, true, 42),
                             (6, true, 34), (7, true, 26), (7, false, 491);
SELECT contracts_fit(periods, churned, customers)::text = bdw_fit(periods, churned, customers)::text AS tire FROM contracts;
SELECT f.model, f.status, round(f.log_likelihood::numeric, 3) AS log_likelihood, round(f.bic::numeric, 3) AS bic,
       f.bic = bic(f.fitted) AND f.aic = aic(f.fitted) AS its_own
FROM (SELECT contract_base(periods, churned, customers) AS base FROM contracts) AS c, contracts_fits(c.base) AS f;
-- From rows, a base and a base with a weight of the prior: the same.
SELECT contracts_fit(periods, churned)::text = contracts_fit(contract_base(periods, churned))::text AS rows_and_base,
       contracts_fit(contract_base(periods, churned), 1)::text = contracts_fit(periods, churned)::text AS prior_of_1,
       contracts_fit(contract_base(periods, churned)) ::text = bdw_fit(periods, churned)::text AS bdw
FROM contracts, generate_series(1, customers::int);
-- One rate for all: 10,000 who leave at a fifth of the renewals, seen over 8; geometric though sBG meets its limit there.
CREATE TEMP TABLE alike AS
SELECT t AS periods, true AS churned, round(10000 * 0.2 * 0.8 ^ (t - 1)) AS customers FROM generate_series(1, 8) AS t
UNION ALL SELECT 8, false, round(10000 * 0.8 ^ 8);
SELECT contracts_fit(periods, churned, customers)::jsonb ->> 'kind' AS kind, model_status(contracts_fit(periods, churned, customers)) AS status
FROM alike;
SELECT f.model, f.status FROM (SELECT contract_base(periods, churned, customers) AS base FROM alike) AS c, contracts_fits(c.base) AS f;
-- Exactly one rate: sBG is at its limit and as likely, and the simpler one is taken.
SELECT f.model, f.status, round(f.bic::numeric, 4) AS bic
FROM contracts_fits((SELECT contract_base(periods, churned, n) FROM (VALUES (1, true, 50), (1, false, 50)) AS v (periods, churned, n))) AS f;
-- Nobody left; nobody had the choice; nobody at all.
SELECT contracts_fit(3, false)::jsonb ->> 'kind' AS kind, model_status(contracts_fit(3, false)) AS status FROM generate_series(1, 20);
SELECT f.model, f.status, f.bic FROM contracts_fits((SELECT contract_base(0, false) FROM generate_series(1, 20))) AS f;
SELECT contracts_fit(periods, churned) IS NULL AS no_rows, contracts_fit(NULL::contract_base) IS NULL AS no_base FROM contracts WHERE false;
SELECT count(*) AS of_null FROM contracts_fits(NULL);
SELECT contracts_fit(-1, true);
SELECT contracts_fit(contract_base(periods, churned), -1) FROM contracts;
-- In parallel: the same to the last bit.
CREATE TABLE many_contracts AS SELECT 1 + g % 7 AS periods, g % 7 < 4 AND g % 3 > 0 AS churned FROM generate_series(1, 50000) AS g;
ANALYZE many_contracts;
BEGIN;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT contracts_fit(periods, churned) AS model FROM many_contracts;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT contracts_fit(periods, churned) FROM many_contracts;
SELECT serial.model::text = p.model::text AS same, model_status(p.model) AS status
FROM serial, (SELECT contracts_fit(periods, churned) AS model FROM many_contracts) AS p;
COMMIT;
DROP TABLE many_contracts;
