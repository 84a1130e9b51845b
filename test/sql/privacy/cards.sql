-- Cards of models, and why customers are worth what they are.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET DateStyle = 'ISO';
CREATE TABLE card_orders AS
SELECT * FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5), gg_model(p => 6.25, q => 3.74, v => 15.44),
                              customers => 300, first_day => '2023-01-01', last_day => '2024-12-31', seed => 42);
CREATE TABLE card_people AS SELECT customer_id, CASE customer_id % 3 WHEN 0 THEN 'AT' ELSE 'DE' END AS country, (customer_id % 5)::float8 AS visits, 0.3 AS rate
FROM (SELECT DISTINCT customer_id FROM card_orders) AS c;
CREATE FUNCTION rounded(card jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT CASE jsonb_typeof(card) WHEN 'number' THEN to_jsonb(trim_scale(round(card::text::numeric, 1)))
        WHEN 'object' THEN (SELECT jsonb_object_agg(e.key, rounded(e.value)) FROM jsonb_each(card) AS e)
        WHEN 'array' THEN (SELECT coalesce(jsonb_agg(rounded(e.value) ORDER BY e.place), '[]') FROM jsonb_array_elements(card) WITH ORDINALITY AS e (value, place))
        ELSE card END $$;

SELECT jsonb_pretty(model_card(bgnbd_model(0.55, 40, 0.8, 2.5)) - 'version');
SELECT jsonb_pretty(rounded(model_card(sbg_fit(p, l) ) - 'version')) FROM (VALUES (1, true), (2, true), (3, false), (2, false), (1, true), (1, false), (4, true)) AS c (p, l);
-- Of every kind there is, one
CREATE TEMP TABLE summaries AS SELECT s.*, p.country, p.visits, customer_id FROM (SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM card_orders GROUP BY 1) AS h,
    LATERAL rfm_summary(history, date '2024-12-31') AS s, LATERAL (SELECT country, visits FROM card_people AS p WHERE p.customer_id = h.customer_id) AS p;
SELECT card ->> 'kind' AS kind, ARRAY(SELECT jsonb_object_keys(card) EXCEPT SELECT 'kind' ORDER BY 1) AS fields, jsonb_array_length(card -> 'parameters') AS parameters, card -> 'columns' AS columns
FROM (
    SELECT model_card(bgnbd_fit(frequency, recency, tenure, features(x), features(x))) AS card FROM summaries, LATERAL (SELECT country, visits) AS x
    UNION ALL SELECT model_card(pnbd_fit(frequency, recency, tenure)) FROM summaries
    UNION ALL SELECT model_card(gg_fit(frequency, monetary_value)) FROM summaries
    UNION ALL SELECT model_card(cox_fit(1 + tenure, frequency > 2, features(x))) FROM summaries, LATERAL (SELECT country, visits) AS x
    UNION ALL SELECT model_card(linear_fit(revenue, features(x))) FROM summaries, LATERAL (SELECT country, visits) AS x
    UNION ALL SELECT model_card(tree_fit(revenue, features(x))) FROM summaries, LATERAL (SELECT country, visits) AS x
    UNION ALL SELECT model_card(boost_fit(response_feature_base(revenue, features(x)), 'squared', trees => 3)) FROM summaries, LATERAL (SELECT country, visits) AS x
    UNION ALL SELECT model_card(bgnbd_fit(frequency, recency, tenure)) FROM summaries WHERE customer_id < 3) AS c ORDER BY 1, 2;
SELECT model_card(NULL::cltv_model), model_card(NULL::forecast_model);

-- Of every family of series, one; and of one that has no model
CREATE TEMP TABLE series AS SELECT date '2020-01-01' + 7 * i AS day, (20 + i % 9 + i / 10.0)::float8 AS value FROM generate_series(1, 130) AS i;
SELECT card ->> 'kind' AS kind, card ->> 'period' AS period, card ->> 'rows' AS rows, ARRAY(SELECT jsonb_object_keys(card) ORDER BY 1) AS fields, jsonb_array_length(card -> 'parameters') AS parameters,
       (card #>> '{metrics,aicc}')::float8 = (m::jsonb ->> 'aicc')::float8 AS same_aicc, jsonb_array_length(card -> 'parameters') = (SELECT count(*) FROM model_params(m)) AS all_parameters
FROM (SELECT m, model_card(m) AS card FROM (
    SELECT forecast_fit(series_base(day, value), f) AS m FROM series, unnest('{ets,arima,seasonal,holt_winters,holt_winters_multiplicative,theta}'::text[]) AS f GROUP BY f
    UNION ALL SELECT acquisition_fit(day) FROM series
    UNION ALL SELECT forecast_fit(series_base(day, value), 'seasonal', calendar => calendar_season(date '2019-01-01', date '2026-12-31', 'year', 1)) FROM series
    UNION ALL SELECT forecast_fit(day, 5) FROM series) AS f) AS c ORDER BY 1, card ? 'calendar';

-- Parts add up to the prediction, whatever the models know.
CALL cltv_materialize('card', 'card_orders', customers => 'card_people', margin => 'rate');
SELECT feature, value, round(contribution::numeric, 4) AS contribution FROM cltv_explain('card', '17');
SELECT count(*), max(abs(e.total - v.cltv)) < 1e-6 AS same
FROM card AS v, LATERAL (SELECT contribution AS total FROM cltv_explain('card', v.customer_id::text) WHERE feature = '(prediction)') AS e WHERE customer_id % 7 = 0;
SELECT jsonb_pretty(rounded(cltv_model_card('card') #- '{version}' #- '{models,orders,version}' #- '{models,spend,version}' #- '{refreshed,finished}'));
-- By hand: three parts of the customer, or of the average, in all ways; of a customer with one purchase there are two numbers for the average's, 0 and 1.
WITH m AS (SELECT bgnbd_model(0.55, 40, 0.8, 2.5) AS m), h AS (
    SELECT purchase_history(d, NULL::float8) AS history FROM (VALUES (date '2024-01-01'), (date '2024-01-31'), (date '2024-03-01')) AS o (d)), t AS (
    SELECT m, history, expected_purchases(m, 200) AS usual, date '2024-01-01' + 200 AS day FROM m, h), v AS (
    SELECT *, expected_purchases(m, 2::float8, 60, 200, 365) AS own, expected_purchases(m, 2::float8, round(200 * 2 / 3.0)::float8, 200, 365) AS frequency,
        (1 - (usual - 1)) * expected_purchases(m, 1::float8, 60, 200, 365) + (usual - 1) * expected_purchases(m, 2::float8, 60, 200, 365) AS recency,
        (1 - (usual - 1)) * expected_purchases(m, 1::float8, 100, 200, 365) + (usual - 1) * expected_purchases(m, 2::float8, round(200 * 2 / 3.0)::float8, 200, 365) AS neither FROM t)
SELECT usual BETWEEN 1 AND 2 AS between_1_and_2, e.feature, e.value, abs(e.contribution - CASE e.feature WHEN '(base)' THEN neither WHEN 'recency' THEN ((recency - neither) + (own - frequency)) / 2 ELSE ((frequency - neither) + (own - recency)) / 2 END) < 1e-12 AS by_hand
FROM v, explain(m, NULL, history, day) AS e;
-- With attributes and a season
CALL cltv_materialize('card', 'card_orders', customers => 'card_people', margin => 0.3, attributes => '{country}', calendar => 'season', replace => true);
SELECT bool_and(abs(e.said - c.cltv) < 1e-9) AS adds_up, count(*) AS customers FROM card AS c CROSS JOIN LATERAL (SELECT max(contribution) AS said FROM cltv_explain('card', c.customer_id::text) WHERE feature = '(prediction)') AS e WHERE c.customer_id % 20 = 0;
WITH fitted AS (
    SELECT bgnbd_fit(calendar_base(history, date '2024-12-31', calendar_season(date '2022-01-01', date '2026-12-31', 'year', 1), features(x), features(x))) AS model, gg_model(6.25, 3.74, 15.44) AS spend
    FROM card_history JOIN card_people USING (customer_id), LATERAL (SELECT country) AS x)
SELECT count(*) AS customers, count(DISTINCT names) AS kinds, min(names::text) AS parts, max(abs(total - cltv_predict(model, spend, history, date '2024-12-31', 365, 0.1, 1, own, own)) / total) < 1e-9 AS same
FROM (SELECT f.*, h.history, features(x) AS own, (SELECT sum(contribution) FROM explain(model, spend, history, date '2024-12-31', attributes => features(x), average => '{"country": "DE"}')) AS total,
             (SELECT array_agg(feature) FROM explain(model, spend, history, date '2024-12-31', attributes => features(x), average => '{"country": "DE"}')) AS names
      FROM fitted AS f, card_history AS h JOIN card_people AS p USING (customer_id), LATERAL (SELECT p.country) AS x WHERE customer_id % 11 = 0) AS e;
-- Who is the average has nothing that made a difference but their own times; attributes that are the average's do nothing.
SELECT feature, round(contribution::numeric, 12) AS contribution FROM explain((SELECT bgnbd_fit(frequency, recency, tenure, features(x)) FROM summaries, LATERAL (SELECT country) AS x), NULL,
    (SELECT history FROM card_history WHERE customer_id = 17), date '2024-12-31', attributes => '{"country": "DE"}', average => '{"country": "DE"}') WHERE feature = 'attributes';
-- If they ordered today
SELECT cltv_if_ordered(m, NULL, history, date '2024-07-19') = expected_purchases(m, 3::float8, 200, 200, 365) AS by_hand, cltv_if_ordered(m, s, history, date '2024-07-19') > cltv_predict(m, s, history, date '2024-07-19', 365) AS more
FROM (SELECT bgnbd_model(0.55, 40, 0.8, 2.5) AS m, gg_model(6.25, 3.74, 15.44) AS s, purchase_history(d, 20) AS history FROM (VALUES (date '2024-01-01'), (date '2024-01-31'), (date '2024-03-01')) AS o (d)) AS t;
-- What cannot be
SELECT count(*) FROM explain(bgnbd_model(0.55, 40, 0.8, 2.5), NULL, NULL, date '2024-12-31');
SELECT count(*) FROM explain(NULL, NULL, (SELECT history FROM card_history WHERE customer_id = 17), date '2024-12-31');
SELECT count(*), count(contribution) FROM explain((SELECT bgnbd_fit(1, 5, 10)), NULL, (SELECT history FROM card_history WHERE customer_id = 17), date '2024-12-31');
SELECT * FROM explain(bgnbd_model(1000, 1, 0.001, 1000), NULL, (SELECT purchase_history(day, 1::float8) FROM (VALUES (date '1700-01-01'), (date '1990-01-01')) AS o (day)), date '2024-12-31');
SELECT * FROM explain(bgnbd_model(0.55, 40, 0.8, 2.5), NULL, (SELECT history FROM card_history WHERE customer_id = 17), date '2020-12-31');
SELECT * FROM explain((SELECT bgnbd_fit(frequency, recency, tenure, features(x)) FROM summaries, LATERAL (SELECT country) AS x), NULL, (SELECT history FROM card_history WHERE customer_id = 17), date '2024-12-31');
SELECT * FROM explain(gg_model(6.25, 3.74, 15.44), NULL, (SELECT history FROM card_history WHERE customer_id = 17), date '2024-12-31');
-- The day of the first order
SELECT feature, round(contribution::numeric, 6) AS contribution FROM explain(bgnbd_model(0.55, 40, 0.8, 2.5), gg_model(6.25, 3.74, 15.44), (SELECT purchase_history(date '2024-01-01', 30)), date '2024-01-01');
SELECT feature, round(contribution::numeric, 6) AS contribution FROM explain(bgnbd_model(0.55, 40, 0.8, 2.5), NULL, (SELECT purchase_history(date '2024-01-01', 30)), date '2024-01-02');
SELECT count(*) FROM cltv_explain('card', '999999');
SELECT * FROM cltv_explain('card_people', '17');
SELECT cltv_model_card('card_people');
CALL cltv_drop('card');
DROP TABLE card_orders, card_people;
DROP FUNCTION rounded(jsonb);
