-- Models of orders with attributes: fits, statuses, what predictions take and refuse, forged models.
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

-- Customers of three channels, of whom those of one buy twice as often and those of another leave sooner, by BG/NBD.
CREATE TABLE customer AS
SELECT row_number() OVER (ORDER BY channel, customer_id) AS id, channel, frequency, recency, tenure,
       20 + (customer_id * 7919 % 50) AS age, customer_id % 3 = 0 AS newsletter
FROM (SELECT channel, customer_id, rfm_summary(ordered_at, amount, date '2024-12-31') AS s
      FROM (VALUES ('ads', 400, bgnbd_model(0.8, 60, 0.9, 4), 1), ('friends', 300, bgnbd_model(0.8, 30, 0.9, 4), 2),
                   ('sale', 300, bgnbd_model(0.8, 60, 2.0, 2.9), 3)) AS c (channel, customers, model, seed),
           LATERAL simulate_orders(model, gg_model(6, 4, 60), customers, '2023-01-01', '2024-12-31', seed)
      GROUP BY channel, customer_id) AS h, LATERAL (SELECT (s).*) AS r;
CREATE TABLE models AS
SELECT f.name, f.plain, f.purchases, f.both_sides FROM (
    SELECT bgnbd_fit(frequency, recency, tenure) AS plain_bg, bgnbd_fit(frequency, recency, tenure, features(p)) AS purchases_bg,
           bgnbd_fit(frequency, recency, tenure, features(p), features(d)) AS both_bg,
           mbgnbd_fit(frequency, recency, tenure) AS plain_mbg, mbgnbd_fit(frequency, recency, tenure, features(p)) AS purchases_mbg,
           mbgnbd_fit(frequency, recency, tenure, features(p), features(d)) AS both_mbg,
           pnbd_fit(frequency, recency, tenure) AS plain_p, pnbd_fit(frequency, recency, tenure, features(p)) AS purchases_p,
           pnbd_fit(frequency, recency, tenure, features(p), features(d)) AS both_p
    FROM customer, LATERAL (SELECT customer.channel, age) AS p, LATERAL (SELECT customer.channel) AS d) AS fits,
    LATERAL (VALUES ('bgnbd', plain_bg, purchases_bg, both_bg), ('mbgnbd', plain_mbg, purchases_mbg, both_mbg),
                    ('pnbd', plain_p, purchases_p, both_p)) AS f (name, plain, purchases, both_sides);

\echo '-- coefficients by name, with their tests; the truth of BG/NBD is ln 2 for friends and 1.13 for sale'
SELECT m.name, p.name AS parameter, round(p.estimate::numeric, 3) AS estimate, round(p.std_error::numeric, 3) AS std_error,
       round(p.z::numeric, 2) AS z, round(p.p_value::numeric, 4) AS p_value
FROM models AS m, model_params(both_sides) AS p;
SELECT name, model_status(both_sides), round((t.statistic)::numeric, 2) AS statistic, t.df, t.p_value < 0.001 AS tells,
       round((u.statistic)::numeric, 2) AS dropout_statistic, u.df AS dropout_df
FROM models, lr_test(plain, both_sides) AS t, lr_test(purchases, both_sides) AS u;
SELECT bool_and(abs(z - estimate / std_error) < 1e-12 AND abs(upper + lower - 2 * estimate) < 1e-9 * abs(upper)) AS as_wald
FROM models, model_params(both_sides) AS p WHERE z IS NOT NULL;

\echo '-- the sum of the customers'' log-likelihoods is that of the fit, and each is that of a model with parameters of its own'
SELECT name, bool_and(abs(sum - log_likelihood(both_sides)) < 1e-9 * abs(sum)) AS same
FROM (SELECT name, both_sides, (SELECT sum(log_likelihood(both_sides, frequency, recency, tenure, features(p), features(d)))
                    FROM customer, LATERAL (SELECT customer.channel, age) AS p, LATERAL (SELECT customer.channel) AS d) AS sum FROM models) AS s
GROUP BY name ORDER BY name;
WITH c AS (SELECT max(estimate) FILTER (WHERE name = 'r') AS r, max(estimate) FILTER (WHERE name = 'alpha') AS alpha,
                  max(estimate) FILTER (WHERE name = 'a') AS a, max(estimate) FILTER (WHERE name = 'b') AS b,
                  max(estimate) FILTER (WHERE name = 'purchases: channel=sale') + 31 * max(estimate) FILTER (WHERE name = 'purchases: age') AS gamma,
                  max(estimate) FILTER (WHERE name = 'dropout: channel=sale') AS delta
           FROM (SELECT p.* FROM models AS m, model_params(both_sides) AS p WHERE m.name = 'bgnbd') AS p),
     own AS (SELECT bgnbd_model(r, alpha * exp(-gamma), (a + b) / (1 + b / a * exp(-delta)), (a + b) / (1 + a / b * exp(delta))) AS own FROM c)
SELECT abs(prob_alive(both_sides, 3, 100, 300, p, d) / prob_alive(own, 3, 100, 300) - 1) < 1e-12 AS alive,
       abs(prob_alive(both_sides, 3, 100, 300, 50, p, d) / prob_alive(own, 3, 100, 300, 50) - 1) < 1e-12 AS alive_after,
       abs(churn_prob(both_sides, 3, 100, 300, p, d) / churn_prob(own, 3, 100, 300) - 1) < 1e-12 AS gone,
       abs(churn_prob(both_sides, 3, 100, 300, 50, p, d) / churn_prob(own, 3, 100, 300, 50) - 1) < 1e-12 AS silent,
       abs(expected_purchases(both_sides, 3, 100, 300, 50, p, d) / expected_purchases(own, 3, 100, 300, 50) - 1) < 1e-12 AS purchases,
       abs(expected_purchases(both_sides, 50, p, d) / expected_purchases(own, 50) - 1) < 1e-12 AS of_a_new_one,
       abs(log_likelihood(both_sides, 3, 100, 300, p, d) / log_likelihood(own, 3, 100, 300) - 1) < 1e-12 AS log_likelihood,
       abs(cltv_predict(both_sides, spend, 3, 100, 300, 40, 365, purchases => p, dropout => d, margin => 0.3)
           / cltv_predict(own, spend, 3, 100, 300, 40, 365, margin => 0.3) - 1) < 1e-12 AS value,
       abs(cltv_predict(both_sides, spend, 0, 0, 0, NULL, 52, purchases => p, dropout => d, days_per_unit => 7)
           / cltv_predict(own, spend, 0, 0, 0, NULL, 52, 0.1, 1, 7) - 1) < 1e-12 AS in_weeks,
       (SELECT lower < estimate AND estimate < upper FROM expected_purchases_interval(both_sides, 3, 100, 300, 50, purchases => p, dropout => d)) AS interval
FROM models, own, (VALUES ('{"channel":"sale","age":31}'::features, '{"channel":"sale"}'::features, gg_model(6, 4, 60))) AS v (p, d, spend)
WHERE name = 'bgnbd';

\echo '-- the same bits whatever the order, by parallel workers, by a stored base and by rollup; a weight of 2 is everybody twice'
CREATE TABLE bases AS SELECT id % 4 AS part, feature_base(frequency, recency, tenure, features(p), features(d)) AS base
FROM customer, LATERAL (SELECT customer.channel, age) AS p, LATERAL (SELECT customer.channel) AS d GROUP BY id % 4;
SELECT (SELECT bgnbd_fit(frequency, recency, tenure, features(p), features(d) ORDER BY id DESC)::text
        FROM customer, LATERAL (SELECT customer.channel, age) AS p, LATERAL (SELECT customer.channel) AS d) = both_sides::text AS descending,
       (SELECT bgnbd_fit(rollup(base))::text FROM bases) = both_sides::text AS rolled_up,
       (SELECT bgnbd_fit(rollup(base), prior => 0)::text FROM bases) = both_sides::text AS without_prior
FROM models WHERE name = 'bgnbd';
BEGIN;
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT bgnbd_fit(frequency, recency, tenure, features(p), features(d))::text = (SELECT both_sides::text FROM models WHERE name = 'bgnbd') AS parallel
FROM customer, LATERAL (SELECT customer.channel, age) AS p, LATERAL (SELECT customer.channel) AS d;
COMMIT;
SELECT round((log_likelihood(bgnbd_fit(frequency, recency, tenure, features(p), features(d), 2)) /
              (SELECT log_likelihood(both_sides) FROM models WHERE name = 'bgnbd'))::numeric, 9) AS twice
FROM customer, LATERAL (SELECT customer.channel, age) AS p, LATERAL (SELECT customer.channel) AS d;
SELECT model_status(bgnbd_fit(frequency, recency, tenure, NULL, features(d))) AS of_dropout_alone,
       model_status(bgnbd_fit(frequency::float8, recency, tenure, features(d), 1)) AS weighted
FROM customer, LATERAL (SELECT customer.channel) AS d;

\echo '-- a penalty holds coefficients near 0; the values are those of R''s optim, of the mean log-likelihood less the penalty'
CREATE TABLE whole AS SELECT feature_base(frequency, recency, tenure, features(p), features(d)) AS base
FROM customer, LATERAL (SELECT customer.channel, age) AS p, LATERAL (SELECT customer.channel) AS d;
CREATE TABLE penalised AS
SELECT v.*, bgnbd_fit(base, penalty => v.penalty) AS model
FROM whole, (VALUES (0.01, -14251.1215789), (0.1, -14254.8227707), (1, -14276.7176802)) AS v (penalty, log_likelihood);
SELECT v.penalty, min(model_status(model)) AS status, bool_and(abs(p.estimate - v.estimate) < 2e-7 * greatest(1, abs(v.estimate))) AS as_by_r, count(*),
       bool_and(abs(log_likelihood(model) - m.log_likelihood) < 1e-6) AS log_likelihood, count(p.std_error) AS errors, count(p.p_value) AS tests
FROM (VALUES (0.01, 'r', 0.82268924850), (0.01, 'alpha', 65.657309816), (0.01, 'a', 0.687254569), (0.01, 'b', 2.627576584),
             (0.01, 'purchases: channel=friends', 0.628555184), (0.01, 'purchases: channel=sale', -0.142375190), (0.01, 'purchases: age', 0.001546020),
             (0.01, 'dropout: channel=friends', 0.047274530), (0.01, 'dropout: channel=sale', 1.065851678),
             (0.1, 'r', 0.82331239152), (0.1, 'alpha', 62.366256742), (0.1, 'a', 0.735827771), (0.1, 'b', 2.352487008),
             (0.1, 'purchases: channel=friends', 0.518492464), (0.1, 'purchases: channel=sale', -0.181382564), (0.1, 'purchases: age', 0.001428732),
             (0.1, 'dropout: channel=friends', -0.087875961), (0.1, 'dropout: channel=sale', 0.671234306),
             (1, 'r', 0.798464665757), (1, 'alpha', 53.243718858), (1, 'a', 0.713909316), (1, 'b', 1.946735147),
             (1, 'purchases: channel=friends', 0.215598301), (1, 'purchases: channel=sale', -0.116035117), (1, 'purchases: age', 0.000656132),
             (1, 'dropout: channel=friends', -0.063839765), (1, 'dropout: channel=sale', 0.156381654),
             (0.01, 'penalty', 0.01), (0.1, 'penalty', 0.1), (1, 'penalty', 1)) AS v (penalty, name, estimate)
     JOIN penalised AS m USING (penalty), model_params(model) AS p
WHERE p.name = v.name GROUP BY v.penalty ORDER BY v.penalty;
SELECT bgnbd_fit(base, penalty => 0)::text = both_sides::text AS none, bgnbd_fit(base)::text = both_sides::text AS by_default,
       bgnbd_fit(base, 1, 0)::text = both_sides::text AS by_place
FROM whole, models WHERE name = 'bgnbd';
SELECT bool_and(abs(h.estimate - coalesce(p.estimate, 0)) < 1e-9 * greatest(1, abs(p.estimate))) AS as_without_attributes, count(*)
FROM whole, models AS m, model_params(bgnbd_fit(base, prior => 0, penalty => 1e12)) AS h LEFT JOIN LATERAL model_params(plain) AS p USING (name)
WHERE m.name = 'bgnbd' AND h.name <> 'penalty';
SELECT bool_and(model::text::cltv_model::text = model::text) AS text_trip, bool_and((model::jsonb)::text::cltv_model::text = model::text) AS json_trip,
       bool_and(model::jsonb -> 'penalty' = to_jsonb(penalty)) AS says_it, bool_and(model::jsonb ->> 'prior' = 'true') AS as_a_prior
FROM penalised;
SELECT (expected_purchases_interval(model, 3, 100, 300, 50, purchases => '{"age":31,"channel":"sale"}', dropout => '{"channel":"sale"}')).lower IS NULL AS no_interval,
       expected_purchases(model, 3, 100, 300, 50, '{"age":31,"channel":"sale"}', '{"channel":"sale"}') > 0 AS predicts
FROM penalised;
SELECT name, status, left(log_likelihood::text, 12) AS log_likelihood FROM (
    SELECT v.name, model_status(m) AS status, log_likelihood(m) FROM whole,
    LATERAL (VALUES ('pnbd', pnbd_fit(base, penalty => 0.1)), ('mbgnbd', mbgnbd_fit(base, penalty => 0.1)), ('best', orders_fit(base, penalty => 0.1))) AS v (name, m)) AS f;
-- What runs away, and what follows from others, has a maximum under a penalty; what has one value has none.
SELECT model_status(bgnbd_fit(feature_base(frequency, recency, tenure, features(p)), penalty => 0.01)) AS separated,
       model_status(bgnbd_fit(feature_base(frequency, recency, tenure, features(q)), penalty => 0.01)) AS collinear
FROM customer, LATERAL (SELECT frequency > 0 AS came_back) AS p, LATERAL (SELECT age, 2 * age + 1 AS twice) AS q;
SELECT e.* FROM (VALUES ('bgnbd_fit(base, penalty => -1)'), ('bgnbd_fit(base, penalty => ''NaN'')'), ('bgnbd_fit(base, penalty => ''Infinity'')'),
    ('lr_test((SELECT plain FROM models WHERE name = ''bgnbd''), bgnbd_fit(base, penalty => 1))'),
    ('replace(bgnbd_fit(base, penalty => 1)::text, ''"penalised"'', ''"converged"'')::cltv_model'),
    ('replace(bgnbd_fit(base, penalty => 1)::text, ''"penalty":1'', ''"penalty":0'')::cltv_model'),
    ('replace(bgnbd_fit(base, penalty => 1)::text, ''"penalty":1,'', '''')::cltv_model'),
    ('replace(bgnbd_fit(base)::text, ''"status"'', ''"penalty":1,"status"'')::cltv_model')) AS v (call),
    error_of('SELECT ' || call || ' FROM whole') AS e;
SELECT bgnbd_fit(base, penalty => NULL) IS NULL AS null_penalty FROM whole;

\echo '-- levels: the most frequent is the reference, those of fewer than 30 customers are (other), a NULL is a level'
CREATE TABLE levels AS
SELECT bgnbd_fit(frequency, recency, tenure, features(p)) AS model
FROM customer, LATERAL (SELECT CASE WHEN id % 20 < 12 THEN 'often' WHEN id % 20 < 14 THEN 'seldom' WHEN id % 20 < 16 THEN NULL
                                    ELSE 'rare' || id % 23 END AS class) AS p;
SELECT name, model_status(model) FROM levels, model_params(model);
SELECT model::jsonb -> 'design' #>> '{0,levels}' AS levels, model::jsonb -> 'design' #>> '{0,other}' AS other FROM levels;
SELECT expected_purchases(model, 365, '{"class":"rare1"}') = expected_purchases(model, 365, '{"class":"never seen"}') AS unseen_is_other,
       expected_purchases(model, 365, '{"class":null}') <> expected_purchases(model, 365, '{"class":"often"}') AS null_is_a_level,
       expected_purchases(model, 365, '{"class":"often","more":1}') > 0 AS more_columns
FROM levels;
SELECT expected_purchases(m, 365, '{"x":"never seen"}') = expected_purchases(m, 365, '{"x":"ads"}') AS unseen_is_reference
FROM (SELECT bgnbd_fit(frequency, recency, tenure, features(p)) AS m FROM customer, LATERAL (SELECT channel AS x) AS p) AS f;

\echo '-- numbers of any size: a date, and money in cents'
SELECT name, round(estimate::numeric, 6) AS estimate, round(std_error::numeric, 6) AS std_error
FROM (SELECT bgnbd_fit(frequency, recency, tenure, features(p)) AS m
      FROM customer, LATERAL (SELECT date '2024-12-31' - tenure::int AS won, 1e6 * age AS cents) AS p) AS f, model_params(m);

\echo '-- no answer, and why'
SET client_min_messages = notice;
SELECT model_status(bgnbd_fit(frequency, recency, tenure, '{"one":1}')) FROM customer;
SELECT model_status(pnbd_fit(frequency, recency, tenure, features(p), features(p)))
FROM customer, LATERAL (SELECT age, 'one' AS level) AS p;
SELECT model_status(mbgnbd_fit(frequency, recency, tenure, features(p)))
FROM customer, LATERAL (SELECT age, 2 * age + 1 AS twice) AS p;
SELECT model_status(mbgnbd_fit(frequency, recency, tenure, features(p)))
FROM customer, LATERAL (SELECT channel, channel = 'ads' AS ads) AS p;
SELECT model_status(m), m::text, expected_purchases(m, 365, '{"came_back":true}') AS prediction, (SELECT count(estimate) FROM model_params(m)) AS estimates
FROM (SELECT bgnbd_fit(frequency, recency, tenure, features(p)) AS m FROM customer, LATERAL (SELECT frequency > 0 AS came_back) AS p) AS f;
SELECT model_status(bgnbd_fit(0, 0, tenure, features(p))) FROM customer, LATERAL (SELECT channel) AS p;
SELECT bgnbd_fit(frequency, recency, tenure, NULL::features) FROM customer;
SELECT bgnbd_fit(base) FROM (VALUES ('{"customers":0,"targets":"orders","columns":[{"role":"purchases","name":"a","kind":"null"}],"attributes":[],"rows":[]}'::feature_base)) AS v (base);
-- five thousand levels, one for each customer: the first of them is what the others, (other), are compared with
SELECT model_status(m), array_agg(name) FROM (SELECT bgnbd_fit(i % 4, i % 4 * 20, 100 + i % 50, features(p)) AS m
    FROM generate_series(1, 5000) AS i, LATERAL (SELECT 'l' || i AS level) AS p) AS f, model_params(m) WHERE name LIKE '%:%' GROUP BY 1;
SELECT e.* FROM (VALUES
    ($$SELECT bgnbd_fit('{"customers":1,"targets":"orders","columns":[{"name":"a","kind":"number"}],"attributes":[[1]],"rows":[[0,1,2,3,1]]}'::feature_base)$$),
    ($$SELECT bgnbd_fit(frequency, recency, tenure, features(p)) FROM customer, LATERAL (SELECT nullif(age, 31) AS age) AS p$$),
    ($$SELECT bgnbd_fit(frequency, recency, tenure, features(p), features(d)) FROM customer, LATERAL (SELECT age) AS p, LATERAL (SELECT NULL::int AS none) AS d$$),
    ($$SELECT bgnbd_fit(1, 2, 3, features(p)) FROM generate_series(1, 30 * 502) AS i, LATERAL (SELECT 'l' || i % 502 AS level) AS p$$)) AS v (statement),
    error_of(statement) AS e;
SET client_min_messages = warning;

\echo '-- predictions with other attributes than the fit had'
SELECT v.call, e.code, e.message FROM (VALUES
    ('expected_purchases(both_sides, 365::float8)'), ('prob_alive(both_sides, 1, 2, 3)'), ('cltv_predict(both_sides, gg_model(6, 4, 60), 1, 2, 3, 4, 365)'),
    ('log_likelihood(both_sides, 1, 2, 3)'), ('purchase_pmf(both_sides, 1, 365)'), ('bgnbd_predict(both_sides, 1, 2, 3, 365)'),
    ('expected_purchases_interval(both_sides, 1, 2, 3, 365)'), ('simulate_orders(both_sides, gg_model(6, 4, 60), 1, ''2024-01-01'', ''2024-12-31'', 1)'),
    ('expected_purchases(both_sides, 365, p)'), ('expected_purchases(both_sides, 365, p, p)'), ('expected_purchases(both_sides, 365, d, d)'),
    ('expected_purchases(purchases, 365, p, d)'), ('expected_purchases(plain, 365, p)'), ('expected_purchases(both_sides, 365, ''{"age":"x","channel":"ads"}'', d)'),
    ('expected_purchases(gg_model(6, 4, 60), 365, p)'), ('expected_purchases(bgbb_model(1, 1, 1, 1), 365, p)')) AS v (call),
    error_of($$SELECT $$ || v.call || $$ FROM models, (VALUES ('{"age":31,"channel":"ads"}'::features, '{"channel":"ads"}'::features)) AS v (p, d) WHERE name = 'bgnbd'$$) AS e;
SELECT expected_purchases(both_sides, 365, '{"age":null,"channel":"ads"}', '{"channel":"ads"}') AS unknown_number,
       expected_purchases(both_sides, 365, NULL, NULL) AS nothing_known, expected_purchases(both_sides, NULL::float8, '{"age":1,"channel":"ads"}', '{"channel":"ads"}') AS no_horizon
FROM models WHERE name = 'bgnbd';
SELECT e.code, e.message, e.detail FROM (VALUES ('both_sides, plain'), ('plain, plain'), ('plain, bgnbd_model(1, 1, 1, 1)'),
    ('plain, (SELECT bgnbd_fit(frequency, recency, tenure, features(p)) FROM customer, LATERAL (SELECT age) AS p WHERE id < 900)')) AS v (call),
    error_of('SELECT lr_test(' || call || ') FROM models WHERE name = ''bgnbd''') AS e;

\echo '-- text, JSON and binary forms carry the design'
SELECT bool_and(m::text::cltv_model::text = m::text) AS text_trip, bool_and((m::jsonb)::text::cltv_model::text = m::text) AS json_trip
FROM (SELECT both_sides FROM models UNION ALL SELECT purchases FROM models UNION ALL SELECT model FROM levels) AS all_of_them (m);
\set design '"design":[{"role":"purchases","name":"age","coefficients":[0.5]},{"role":"dropout","name":"c","levels":["x","y",null],"other":true,"coefficients":[1,2,3]}]'
\set rest ',"log_likelihood":null,"customers":null,"iterations":null,"status":"given","covariance":null}'
SELECT name, estimate, std_error, z FROM model_params(('{"kind":"bgnbd","params":{"r":1,"alpha":2,"a":3,"b":4},' || :'design' || :'rest')::cltv_model);
SELECT v.was, v.becomes, e.code, e.detail FROM (VALUES
    ('"purchases"', '"other"'), ('"dropout"', '"purchases","x":1'), ('"age"', '""'), ('[0.5]', '[]'), ('[0.5]', '[0.5,1]'), ('[0.5]', '["Infinity"]'),
    ('["x","y",null]', '[]'), ('["x","y",null]', '["x","x",null]'), ('["x","y",null]', '["x",null,"y"]'), ('"other":true,', ''),
    ('"other":true', '"other":false'), ('"other":true', '"other":1'), ('"name":"c",', '"name":"c","name":"d",'), (',"coefficients":[1,2,3]', ''),
    ('"role":"purchases",', ''), ('"kind":"bgnbd"', '"kind":"bgbb"'), ('"status":"given"', '"status":"separated: purchases: age"'), ('"status":"given"', '"status":"constant: x"'),
    ('[{"role"', '[],"design":[{"role"'), ('"purchases","name":"age"', '"dropout","name":"z"')) AS v (was, becomes),
    error_of(format('SELECT %L::cltv_model', replace('{"kind":"bgnbd","params":{"r":1,"alpha":2,"a":3,"b":4},' || :'design' || :'rest', v.was, v.becomes))) AS e;
CREATE TABLE received (model cltv_model);
CREATE FUNCTION receive(field bytea, OUT code text, OUT same boolean) LANGUAGE plpgsql AS $$
DECLARE
    file text := current_setting('data_directory') || '/cltv_attributes_test.bin';
    content bytea := '\x5047434f50590aff0d0a00' || '\x0000000000000000'::bytea || '\x0001' ||
                     int4send(length(field)) || field || '\xffff';
    object oid := lo_from_bytea(0, content);
BEGIN
    PERFORM lo_export(object, file);
    PERFORM lo_unlink(object);
    TRUNCATE received;
    EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
    code := 'none';
    same := (SELECT cltv_model_send(model) = field FROM received);
EXCEPTION WHEN OTHERS THEN
    code := SQLSTATE;
END $$;
SELECT r.*, count(*) FROM (SELECT both_sides FROM models UNION ALL SELECT model FROM levels UNION ALL SELECT model FROM penalised) AS all_of_them (m), receive(cltv_model_send(m)) AS r GROUP BY 1, 2;
SELECT cltv_model_send(('{"kind":"bgnbd","params":{"r":1,"alpha":2,"a":3,"b":4},' || :'design' || :'rest')::cltv_model) AS field \gset
SELECT r.*, count(*) FROM generate_series(0, length(:'field'::bytea) - 1) AS n, receive(substr(:'field'::bytea, 1, n)) AS r GROUP BY 1, 2 ORDER BY 1, 2;
SELECT bool_and(r.code IN ('none', '22P03', '22021', '08P01')) AS only_input_errors
FROM generate_series(0, length(:'field'::bytea) * 8 - 1) AS n, receive(set_bit(:'field'::bytea, n, 1 - get_bit(:'field'::bytea, n))) AS r;
DO $$ BEGIN
    EXECUTE format('COPY (SELECT 1 WHERE false) TO PROGRAM %L',
                   'rm ' || quote_literal(current_setting('data_directory') || '/cltv_attributes_test.bin'));
END $$;

\echo '-- a model of many levels is stored out of its row, and fetched once for all rows'
CREATE TABLE large AS
SELECT bgnbd_fit(frequency, recency, tenure, features(p)) AS model
FROM customer, generate_series(1, 3), LATERAL (SELECT 'level ' || id % 60 AS level) AS p;
SELECT (SELECT count(*) FROM model_params(model)) AS parameters, model_status(model), pg_column_size(model) > 8192 AS is_large FROM large;
SELECT count(DISTINCT e) > 50 AS differ FROM large, generate_series(1, 60) AS i, expected_purchases(model, 100, features('{}'::jsonb || jsonb_build_object('level', 'level ' || i))) AS e;

DROP TABLE received, large, levels, penalised, whole, bases, models, customer;
DROP FUNCTION receive(bytea), error_of(text);
