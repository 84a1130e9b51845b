-- Attributes beyond models of orders in continuous time: NBD, BG/BB, spend and contracts, and what value makes of them.
-- runs a statement and shows the error that it raises
\set ECHO none
\pset format unaligned
SET client_min_messages = warning;
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    message := 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;

-- Channels: who comes by friends buys twice as often, and for 1.5 times as much.
CREATE TABLE customer AS
SELECT row_number() OVER (ORDER BY channel, customer_id) AS id, channel, frequency, recency, tenure, monetary_value, first_value,
       20 + (customer_id * 7919 % 50) AS age
FROM (SELECT channel, customer_id, rfm_summary(ordered_at, amount, date '2024-12-31') AS s
      FROM (VALUES ('ads', 500, nbd_model(0.8, 60), 60, 1), ('friends', 300, nbd_model(0.8, 30), 90, 2)) AS c (channel, customers, model, level, seed),
           LATERAL simulate_orders(model, gg_model(6, 4, level), customers, '2023-01-01', '2024-12-31', seed)
      GROUP BY channel, customer_id) AS h, LATERAL (SELECT (s).*) AS r;
-- Opportunities, of which who comes by friends takes more.
CREATE TABLE donor AS
SELECT i AS id, CASE i % 3 WHEN 0 THEN 'friends' ELSE 'ads' END AS channel, frequency,
       CASE WHEN frequency = 0 THEN 0 ELSE least(6, frequency + (i / 7) % 4) END AS recency, 6 AS opportunities
FROM (SELECT i, least(6, ((i * 0.6180339887) % 1 * (3.5 + 2 * (i % 3 = 0)::int))::int) AS frequency FROM generate_series(1, 900) AS i) AS d;
-- Contracts, whose customers leave sooner where the plan is monthly.
CREATE TABLE contract AS
SELECT i AS id, CASE i % 3 WHEN 0 THEN 'yearly' ELSE 'monthly' END AS plan, least(lasts, 8) AS periods, lasts <= 8 AS churned
FROM (SELECT i, 1 + floor(ln(1 - (i * 0.6180339887) % 1) / ln(1 - (0.05 + 0.3 * ((i * 0.7548776662) % 1)) / (1 + (i % 3 = 0)::int)))::int AS lasts
      FROM generate_series(1, 1200) AS i) AS c;

\echo '-- what attributes act on'
SELECT name, attributes FROM cltv_families() ORDER BY name COLLATE "C";

CREATE TABLE models AS
SELECT o.*, b.*, c.*, o.spend AS spend_model
FROM (SELECT nbd_fit(frequency, recency, tenure) AS nbd_plain, nbd_fit(frequency, recency, tenure, features(p)) AS nbd,
             bgnbd_fit(frequency, recency, tenure) AS orders,
             gg_fit(frequency, monetary_value) AS gg_plain, gg_fit(frequency, monetary_value, features(s)) AS spend,
             lognormal_fit(frequency, monetary_value) AS lognormal_plain, lognormal_fit(frequency, monetary_value, features(s)) AS lognormal
      FROM customer, LATERAL (SELECT customer.channel, age) AS p, LATERAL (SELECT customer.channel) AS s) AS o,
     (SELECT bgbb_fit(frequency, recency, opportunities) AS bgbb_plain, bgbb_fit(frequency, recency, opportunities, features(p)) AS bgbb_purchases,
             bgbb_fit(frequency, recency, opportunities, features(p), features(p)) AS bgbb
      FROM donor, LATERAL (SELECT channel) AS p) AS b,
     (SELECT sbg_fit(periods, churned) AS sbg_plain, sbg_fit(periods, churned, features(p)) AS sbg,
             geometric_fit(periods, churned) AS geometric_plain, geometric_fit(periods, churned, features(p)) AS geometric
      FROM contract, LATERAL (SELECT plan) AS p) AS c;
CREATE VIEW pair AS SELECT p.* FROM models, LATERAL (VALUES ('nbd', nbd_plain, nbd), ('gg', gg_plain, spend), ('lognormal', lognormal_plain, lognormal),
    ('bgbb', bgbb_plain, bgbb), ('sbg', sbg_plain, sbg), ('geometric', geometric_plain, geometric)) AS p (name, plain, model);

\echo '-- coefficients by name; ln 2 of purchases is 0.69, ln 1.5 of spend 0.41'
SELECT m.name, model_status(model), p.name AS parameter, round(p.estimate::numeric, 3) AS estimate, round(p.std_error::numeric, 3) AS std_error, round(p.z::numeric, 1) AS z
FROM pair AS m, model_params(model) AS p;
SELECT name, t.df, t.p_value < 0.001 AS tells, bic(model) < bic(plain) AS better FROM pair, lr_test(plain, model) AS t WHERE name <> 'bgbb';

\echo '-- the sum of the customers'' log-likelihoods is that of the fit'
SELECT abs((SELECT sum(log_likelihood(nbd, frequency, recency, tenure, features(p))) FROM customer, LATERAL (SELECT channel, age) AS p) / log_likelihood(nbd) - 1) < 1e-12 AS nbd,
       abs((SELECT sum(log_likelihood(bgbb, frequency, recency, opportunities, features(p), features(p))) FROM donor, LATERAL (SELECT channel) AS p) / log_likelihood(bgbb) - 1) < 1e-12 AS bgbb,
       abs((SELECT sum(log_likelihood(sbg, periods, churned, features(p))) FROM contract, LATERAL (SELECT plan) AS p) / log_likelihood(sbg) - 1) < 1e-12 AS sbg,
       abs((SELECT sum(log_likelihood(geometric, periods, churned, features(p))) FROM contract, LATERAL (SELECT plan) AS p) / log_likelihood(geometric) - 1) < 1e-12 AS geometric
FROM models;

\echo '-- a prediction is that of a model with the parameters that the attributes give'
CREATE VIEW coefficient AS SELECT m.name AS model, p.name, p.estimate FROM pair AS m, model_params(model) AS p;
WITH own AS (
    SELECT (SELECT gg_model(max(estimate) FILTER (WHERE name = 'p'), max(estimate) FILTER (WHERE name = 'q'),
                            max(estimate) FILTER (WHERE name = 'v') * exp(max(estimate) FILTER (WHERE name LIKE 'spend:%')))
            FROM coefficient WHERE model = 'gg') AS gg,
           (SELECT lognormal_model(max(estimate) FILTER (WHERE name = 'mu') + max(estimate) FILTER (WHERE name LIKE 'spend:%'),
                                   max(estimate) FILTER (WHERE name = 'tau'), max(estimate) FILTER (WHERE name = 'sigma'))
            FROM coefficient WHERE model = 'lognormal') AS lognormal,
           (SELECT sbg_model((a + b) / (1 + b / a * exp(-d)), (a + b) / (1 + a / b * exp(d)))
            FROM (SELECT max(estimate) FILTER (WHERE name = 'alpha') AS a, max(estimate) FILTER (WHERE name = 'beta') AS b,
                         max(estimate) FILTER (WHERE name LIKE 'churn:%') AS d FROM coefficient WHERE model = 'sbg') AS s) AS sbg,
           (SELECT nbd_model(max(estimate) FILTER (WHERE name = 'r'), max(estimate) FILTER (WHERE name = 'alpha')
                             * exp(-max(estimate) FILTER (WHERE name = 'purchases: channel=friends') - 31 * max(estimate) FILTER (WHERE name = 'purchases: age')))
            FROM coefficient WHERE model = 'nbd') AS nbd)
SELECT v.what, abs(v.here / v.there - 1) < 1e-12 AS same
FROM own, models AS m, (VALUES ('{"channel":"friends"}'::features, '{"plan":"yearly"}'::features, '{"channel":"friends","age":31}'::features)) AS f (s, c, p),
     LATERAL (VALUES
         ('spend, new', expected_spend(m.spend, 0, NULL, spend => s), expected_spend(own.gg, 0, NULL)),
         ('spend, known', expected_spend(m.spend, 3, 40, spend => s), expected_spend(own.gg, 3, 40)),
         ('gg_predict', gg_predict(m.spend, 3, 40, spend => s), gg_predict(own.gg, 3, 40)),
         ('lognormal, new', expected_spend(m.lognormal, 0, NULL, spend => s), expected_spend(own.lognormal, 0, NULL)),
         ('lognormal, known', lognormal_predict(m.lognormal, 3, 40, spend => s), expected_spend(own.lognormal, 3, 40)),
         ('survival', sbg_survival(m.sbg, 5, c), sbg_survival(own.sbg, 5)),
         ('retention', sbg_retention(m.sbg, 5, c), sbg_retention(own.sbg, 5)),
         ('periods', sbg_predict(m.sbg, 2, 10, c), sbg_predict(own.sbg, 2, 10)),
         ('churn', churn_prob(m.sbg, 2, c), churn_prob(own.sbg, 2)),
         ('value of a contract', cltv_predict(m.sbg, 2, 10, 'infinity', 0.1, c), cltv_predict(own.sbg, 2, 10, 'infinity', 0.1)),
         ('likelihood', log_likelihood(m.sbg, 2, true, c), log_likelihood(own.sbg, 2, true)),
         ('pmf', purchase_pmf(m.nbd, 3, 100, 300, 90, 2, p), purchase_pmf(own.nbd, 3, 100, 300, 90, 2)),
         ('pmf, new', purchase_pmf(m.nbd, 2, 90, p), purchase_pmf(own.nbd, 2, 90)),
         ('value, spend alone', cltv_predict(m.orders, m.spend, 3, 100, 300, 40, 365, spend => s), cltv_predict(m.orders, own.gg, 3, 100, 300, 40, 365)),
         ('value, both', cltv_predict(m.nbd, m.spend, 3, 100, 300, 40, 365, purchases => p, spend => s), cltv_predict(own.nbd, own.gg, 3, 100, 300, 40, 365)),
         ('value, no attributes', cltv_predict(m.orders, m.gg_plain, 3, 100, 300, 40, 365, purchases => NULL), cltv_predict(m.orders, m.gg_plain, 3, 100, 300, 40, 365)),
         ('orders drawn', (SELECT sum(extract(epoch FROM ordered_at) * amount)::float8 FROM simulate_orders(m.nbd, m.spend, 20, '2024-01-01', '2024-12-31', 5, p, spend => s)),
                          (SELECT sum(extract(epoch FROM ordered_at) * amount)::float8 FROM simulate_orders(own.nbd, own.gg, 20, '2024-01-01', '2024-12-31', 5)))
     ) AS v (what, here, there);
SELECT lower < estimate AND estimate < upper AND estimate = expected_spend(spend, 3, 40, spend => '{"channel":"friends"}') AS interval
FROM models, expected_spend_interval(spend, 3, 40, spend => '{"channel":"friends"}');
SELECT sum(p) BETWEEN 0.999999 AND 1.000001 AS one FROM models, generate_series(0, 200) AS n, purchase_pmf(nbd, n, 365, '{"channel":"friends","age":31}') AS p;

\echo '-- the same bits whatever the order, by parallel workers, by a stored base and by rollup; weights count'
CREATE TABLE bases AS
SELECT id % 4 AS part, feature_base(frequency, monetary_value, features(s)) AS spends FROM customer, LATERAL (SELECT channel) AS s GROUP BY 1;
CREATE TABLE contract_bases AS
SELECT id % 4 AS part, feature_base(periods, churned, features(s)) AS contracts FROM contract, LATERAL (SELECT plan) AS s GROUP BY 1;
SELECT (SELECT gg_fit(rollup(spends))::text FROM bases) = spend::text AS spend_rolled_up, (SELECT sbg_fit(rollup(contracts))::text FROM contract_bases) = sbg::text AS contracts_rolled_up,
       (SELECT round((log_likelihood(gg_fit(feature_base(frequency, monetary_value, features(s), 2))) / log_likelihood(spend))::numeric, 9) FROM customer, LATERAL (SELECT customer.channel) AS s) AS spend_twice,
       (SELECT gg_fit(frequency, monetary_value, features(s) ORDER BY id DESC)::text FROM customer, LATERAL (SELECT channel) AS s) = spend::text AS descending,
       (SELECT round((log_likelihood(sbg_fit(periods, churned, features(s), 2)) / log_likelihood(sbg))::numeric, 9) FROM contract, LATERAL (SELECT plan) AS s) AS twice,
       (SELECT abs(log_likelihood(gg_fit(rollup(spends), prior => 0)) - log_likelihood(spend)) < 1e-6 FROM bases) AS without_prior
FROM models;
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
SELECT lognormal_fit(frequency, monetary_value, features(s))::text = (SELECT lognormal::text FROM models) AS parallel FROM customer, LATERAL (SELECT channel) AS s;
COMMIT;
SELECT (SELECT rollup(spends)::text::feature_base::text FROM bases) = (SELECT rollup(spends)::text FROM bases) AS text_trip, feature_base(2, 10, '{"a":1}'::features) AS spends,
       (SELECT feature_base(3, true, '{"a":"x"}'::features)) AS contracts, (SELECT feature_base(0, 0, '{"a":"x"}'::features)) IS NULL AS says_nothing;
SELECT bool_and(m::text::cltv_model::text = m::text) AS text_trip, bool_and((m::jsonb)::text::cltv_model::text = m::text) AS json_trip FROM pair AS p (name, plain, m);

\echo '-- no answer, and why'
SET client_min_messages = notice;
SELECT model_status(gg_fit(frequency, 20, features(s))) FROM customer, LATERAL (SELECT channel) AS s;
SELECT model_status(gg_fit(frequency, monetary_value, '{"one":1}')) FROM customer;
SELECT model_status(lognormal_fit(frequency, monetary_value, features(s))) FROM customer, LATERAL (SELECT age, 2 * age AS twice) AS s;
SELECT model_status(sbg_fit(periods, false, features(s))) FROM contract, LATERAL (SELECT plan) AS s;
SELECT model_status(sbg_fit(periods, churned AND contract.plan = 'monthly', features(s))) FROM contract, LATERAL (SELECT contract.plan) AS s;
SELECT gg_fit(frequency, monetary_value, NULL::features) IS NULL AS nothing FROM customer;
SELECT e.* FROM (VALUES
    ($$SELECT nbd_fit(feature_base(frequency, recency, tenure, features(p), features(p))) FROM customer, LATERAL (SELECT channel) AS p$$),
    ($$SELECT bgnbd_fit(feature_base(frequency, monetary_value, features(p))) FROM customer, LATERAL (SELECT channel) AS p$$),
    ($$SELECT rollup(b) FROM (SELECT spends FROM bases UNION ALL SELECT contracts FROM contract_bases) AS u (b)$$),
    ($$SELECT gg_fit(frequency, -1, features(p)) FROM customer, LATERAL (SELECT channel) AS p$$),
    ($$SELECT gg_fit(frequency, monetary_value, features(p)) FROM customer, LATERAL (SELECT nullif(age, 31) AS age) AS p$$),
    ($$SELECT bgbb_fit(2, 1.5, 6, features(p)) FROM donor, LATERAL (SELECT channel) AS p$$),
    ($$SELECT sbg_fit(0, true, features(p)) FROM contract, LATERAL (SELECT plan) AS p$$),
    ($$SELECT expected_spend(spend, 3, 40) FROM models$$),
    ($$SELECT expected_spend(spend, 3, 40, spend => '{"other":1}') FROM models$$),
    ($$SELECT expected_spend(gg_plain, 3, 40, spend => '{"other":1}') FROM models$$),
    ($$SELECT expected_spend(own_model(1, 2, 3), 3, 40, spend => '{"other":1}')$$),
    ($$SELECT churn_prob(sbg, 1) FROM models$$),
    ($$SELECT churn_prob(sbg_plain, 1, '{"plan":"x"}') FROM models$$),
    ($$SELECT cltv_predict(orders, spend, 3, 100, 300, 40, 365) FROM models$$),
    ($$SELECT cltv_predict(nbd, spend, 3, 100, 300, 40, 365) FROM models$$),
    ($$SELECT simulate_orders(nbd, spend, 1, '2024-01-01', '2024-12-31', 1, '{"channel":"ads","age":null}', spend => '{"channel":"ads"}') FROM models$$),
    ($$SELECT '{"customers":1,"targets":"spend","columns":[{"role":"spend","name":"a","kind":"number"}],"attributes":[[1]],"rows":[[0,0,5,1]]}'::feature_base$$),
    ($$SELECT '{"customers":1,"targets":"contracts","columns":[{"role":"churn","name":"a","kind":"number"}],"attributes":[[1]],"rows":[[0,2,3,1]]}'::feature_base$$),
    ($$SELECT '{"customers":1,"targets":"others","columns":[],"attributes":[],"rows":[]}'::feature_base$$),
    ($$SELECT '{"kind":"own","params":{"mu":1,"tau":2,"sigma":3},"design":[{"role":"spend","name":"a","coefficients":[1]}],"log_likelihood":null,"customers":null,"iterations":null,"status":"given","covariance":null}'::cltv_model$$),
    ($$SELECT '{"kind":"gg","params":{"p":1,"q":2,"v":3},"design":[{"role":"churn","name":"a","coefficients":[1]}],"log_likelihood":null,"customers":null,"iterations":null,"status":"given","covariance":null}'::cltv_model$$)
    ) AS v (statement), error_of(statement) AS e;
SELECT expected_spend(spend, 0, NULL, spend => '{"channel":null}') = expected_spend(spend, 0, NULL, spend => '{"channel":"ads"}') AS unseen_is_reference,
       churn_prob(sbg, 1, NULL) IS NULL AS unknown FROM models;

DROP TABLE contract_bases, bases, models, contract, donor, customer CASCADE;
DROP FUNCTION error_of(text);
