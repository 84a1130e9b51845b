-- cltv_materialize, the views that it makes, and cltv_drop
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA made;
SET search_path = made, public;

CREATE TABLE shop_orders AS
SELECT customer_id, ordered_at, amount
FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5), gg_model(p => 6.25, q => 3.74, v => 15.44),
                     customers => 600, first_day => '2023-01-01', last_day => '2024-12-31', seed => 7);
INSERT INTO shop_orders VALUES
    (1, '2024-12-30', -5), (9001, '2024-03-01', -20), (9002, '2024-03-02', NULL), (9003, NULL, 10), (NULL, '2024-03-03', 10);

-- What it makes, in the order of the issue: names, kinds, columns, and a remark on every one of them.
CALL cltv_materialize('shop', 'shop_orders');
SELECT relname, relkind, obj_description(oid, 'pg_class') AS remark
FROM pg_class WHERE relname ~ '^shop(_|$)' AND relkind IN ('m', 'v', 'r') ORDER BY relname;
SELECT relname, attnum, attname, format_type(atttypid, atttypmod) AS type, col_description(attrelid, attnum) AS remark
FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
WHERE relname ~ '^shop(_|$)' AND relkind IN ('m', 'v') AND attnum > 0 ORDER BY relname, attnum;
SELECT indrelid::regclass, pg_get_indexdef(indexrelid) AS definition FROM pg_index
WHERE indrelid::regclass::text ~ '^shop(_|$)' AND indrelid <> 'shop_orders'::regclass ORDER BY 1;

-- No type of the extension where a BI tool looks.
SELECT relname, attname FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
WHERE relname ~ '^shop(_|$)' AND relname NOT IN ('shop_model', 'shop_history') AND relkind IN ('m', 'v') AND attnum > 0
    AND atttypid::regtype NOT IN ('bigint', 'integer', 'smallint', 'double precision', 'text', 'date');

CALL cltv_materialize('folded', 'shop_orders', incremental => true);
SELECT attname, format_type(atttypid, atttypmod) AS type, col_description(attrelid, attnum) AS remark
FROM pg_attribute WHERE attrelid IN ('folded_history'::regclass, 'folded_source'::regclass, 'folded_watermark'::regclass)
    AND attnum > 0 ORDER BY attrelid::regclass::text, attnum;
SELECT relname, attname FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
WHERE relname ~ '^folded' AND relkind IN ('m', 'v', 'r') AND attnum > 0
    AND (col_description(attrelid, attnum) IS NULL OR obj_description(attrelid, 'pg_class') IS NULL);

-- NAME is what the analyst's query gives: the one of the tour, by hand.
CREATE VIEW as_by_hand AS
WITH c AS (
    SELECT customer_id, s.*
    FROM (SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM shop_orders
          WHERE customer_id IS NOT NULL AND ordered_at IS NOT NULL GROUP BY customer_id) AS h,
         rfm_summary(history, date '2024-12-31') AS s
), m AS (
    SELECT bgnbd_fit(frequency, recency, tenure) AS orders_model, gg_fit(frequency, monetary_value, first_value) AS spend_model FROM c
), scored AS (
    SELECT customer_id, first_order, last_order, orders, revenue, frequency, recency, tenure, monetary_value,
           first_value, (rfm_score(last_order, orders, revenue) OVER ()).*,
           expected_purchases(orders_model, frequency, recency, tenure, 365) AS expected_orders,
           churn_prob(orders_model, frequency, recency, tenure, 365) AS churn_prob,
           cltv_predict(orders_model, spend_model, frequency, recency, tenure, monetary_value, 365, first_value => first_value) AS cltv
    FROM c, m
)
SELECT customer_id, first_order, last_order, orders, round(revenue::numeric, 2)::float8 AS revenue, frequency, recency, tenure,
       round(monetary_value::numeric, 6)::float8 AS monetary_value, round(first_value::numeric, 2)::float8 AS first_value, r, f, m, segment, expected_orders, churn_prob, cltv,
       value_tier(cltv) OVER () AS value_tier FROM scored;
SELECT count(*) AS customers, count(cltv) AS with_cltv, round(sum(cltv)::numeric, 2) AS cltv FROM shop;
SELECT count(*) AS differences FROM (TABLE shop EXCEPT TABLE as_by_hand) AS d;
SELECT count(*) AS missing FROM (TABLE as_by_hand EXCEPT TABLE shop) AS d;
-- A refund alone, an order of unknown value, one of an unknown time, one of nobody.
SELECT customer_id, first_order, orders, revenue, frequency, r, f, m, segment, expected_orders IS NULL AS no_orders,
       cltv IS NULL AS no_cltv, value_tier
FROM shop WHERE customer_id > 9000 OR customer_id IS NULL ORDER BY 1;

SELECT as_of, status, spend_status, customers, round(r::numeric, 4) AS r, round(alpha::numeric, 2) AS alpha,
       round(a::numeric, 3) AS a, round(b::numeric, 2) AS b, round(p::numeric, 2) AS p, round(q::numeric, 2) AS q,
       round(v::numeric, 2) AS v, round(log_likelihood::numeric, 2) AS log_likelihood, round(aic::numeric, 2) AS aic
FROM shop_model;
SELECT count(*) FROM shop_model CROSS JOIN LATERAL model_params(orders_model) AS p
WHERE p.estimate = CASE name WHEN 'r' THEN r WHEN 'alpha' THEN alpha WHEN 'a' THEN a WHEN 'b' THEN b END;

-- The views for charts add up to NAME.
SELECT sum(customers) AS customers, round(sum(revenue)::numeric, 2) = (SELECT round(sum(revenue)::numeric, 2) FROM shop) AS revenue,
       round(sum(cltv)::numeric, 4) = (SELECT round(sum(cltv)::numeric, 4) FROM shop) AS cltv,
       round(sum(expected_orders)::numeric, 4) = (SELECT round(sum(expected_orders)::numeric, 4) FROM shop) AS expected_orders
FROM shop_segments;
SELECT segment, customers, round(cltv_per_customer::numeric, 2) AS cltv_per_customer, round(churn_prob::numeric, 3) AS churn_prob
FROM shop_segments ORDER BY cltv_per_customer DESC NULLS LAST, segment;
SELECT r, sum(customers) AS customers, count(*) AS cells, count(*) FILTER (WHERE customers = 0) AS empty
FROM shop_rfm_grid GROUP BY r ORDER BY r;
SELECT g.customers - count(s.r) AS difference FROM shop_rfm_grid AS g LEFT JOIN shop AS s USING (r, f)
GROUP BY r, f, g.customers HAVING g.customers <> count(s.r);
SELECT band, customers, round(share::numeric, 3) AS share, round(cumulative_share::numeric, 3) AS cumulative_share,
       cltv_from <= cltv_to AS ordered FROM shop_value_bands ORDER BY band;
SELECT count(*) AS at_risk, min(rank) AS first, bool_and(value_tier IN ('High', 'Medium')) AS chosen,
       bool_and(value_at_stake = cltv * churn_prob) AS at_stake,
       count(*) = (SELECT ceil(count(*) / 5.0) FROM shop WHERE value_tier IN ('High', 'Medium')) AS a_fifth,
       min(churn_prob) >= (SELECT max(churn_prob) FROM shop WHERE value_tier IN ('High', 'Medium')
                           AND customer_id NOT IN (SELECT customer_id FROM shop_at_risk)) AS likeliest_gone
FROM shop_at_risk;
SELECT count(*) FROM (SELECT rank, rank() OVER (ORDER BY value_at_stake DESC) AS place FROM shop_at_risk) AS ranked
WHERE rank <> place;
SELECT count(*) AS weeks, min(first_day) AS first_day, max(last_day) AS last_day,
       bool_and(expected_purchases > 0 AND expected_revenue > 0) AS positive,
       round(sum(expected_purchases)::numeric, 6) = (SELECT round(sum(expected_orders)::numeric, 6) FROM shop) AS purchases
FROM shop_forecast;
-- Undiscounted, the revenue of the weeks is the value of the horizon.
CALL cltv_materialize('undiscounted', 'shop_orders', discount_rate => 0, horizon => 90);
SELECT count(*) AS weeks, max(last_day) AS last_day,
       round(sum(expected_revenue)::numeric, 4) = (SELECT round(sum(cltv)::numeric, 4) FROM undiscounted) AS revenue
FROM undiscounted_forecast;

-- The family with the least BIC, of all that were fitted.
SELECT family, (SELECT c.key FROM jsonb_each(compared) AS c WHERE c.value ->> 'bic' IS NOT NULL
                ORDER BY (c.value ->> 'bic')::float8 LIMIT 1) AS least, compared ? 'pnbd' AS others_too,
       abs((compared -> family ->> 'bic')::float8 - bic(orders_model)) < 1e-9 AS same
FROM shop_model;
-- One order of a day to come, and one far behind the others, are left out; so are they where orders are folded in.
CREATE TABLE stray_orders AS TABLE shop_orders;
INSERT INTO stray_orders VALUES (1, '2062-03-01', 10), (2, '2025-09-01', 10);
CALL cltv_materialize('stray', 'stray_orders');
CALL cltv_materialize('stray_too', 'stray_orders', incremental => true);
SELECT count(*) AS differences FROM (TABLE stray EXCEPT TABLE shop) AS d;
SELECT count(*) AS differences FROM (TABLE stray_too EXCEPT TABLE shop) AS d;
SELECT settled_until FROM stray_too_watermark;
-- They do not stay out once others have come.
INSERT INTO stray_orders SELECT customer_id, ordered_at + interval '8 months', amount FROM shop_orders WHERE ordered_at >= '2024-05-01';
CALL cltv_refresh('stray');
CALL cltv_refresh('stray_too');
SELECT max(last_order) AS newest, max(last_order) FILTER (WHERE customer_id = 2) >= '2025-09-01' AS is_in FROM stray;
SELECT count(*) AS differences FROM (TABLE stray EXCEPT TABLE stray_too) AS d;
-- A fold that does not count the days one by one finds the same newest day, however many orders come however long after the others.
BEGIN;
CREATE TABLE folds AS SELECT 0 AS orders, 0 AS gap, false AS afresh, date 'today' AS expected, date 'today' AS folded WHERE false;
DO $$
DECLARE
    newest CONSTANT date := (SELECT max(last_row(h.history)) FROM stray_too_history AS h);
    came int;
    gap int;
    afresh boolean;
BEGIN
    FOREACH came IN ARRAY '{1,3,4,40}'::int[] LOOP
        FOREACH gap IN ARRAY '{1,13,15,90}'::int[] LOOP
            FOREACH afresh IN ARRAY '{f,t}'::boolean[] LOOP
                DELETE FROM stray_orders AS o WHERE o.ordered_at >= newest + 1;
                PERFORM cltv_fold('stray_too', true);
                INSERT INTO stray_orders SELECT 7, newest + gap, 1 FROM generate_series(1, came);
                INSERT INTO folds SELECT came, gap, afresh, cltv_plausible_day(array_agg(d.day), array_agg(d.n))
                FROM (SELECT u.day, count(*) AS n
                      FROM (SELECT o.ordered_at::date AS day FROM stray_orders AS o, stray_too_watermark AS w
                            WHERE afresh OR o.ordered_at >= w.settled_until + 1
                            UNION ALL SELECT last_row(h.history) FROM stray_too_history AS h WHERE NOT afresh) AS u
                      GROUP BY u.day) AS d;
                PERFORM cltv_fold('stray_too', afresh);
                UPDATE folds AS f SET folded = (SELECT max(last_row(h.history)) FROM stray_too_history AS h) WHERE f.folded IS NULL;
            END LOOP;
        END LOOP;
    END LOOP;
END $$;
SELECT count(*) AS folds, count(*) FILTER (WHERE folded IS DISTINCT FROM expected) AS differences, count(DISTINCT expected) AS days,
       string_agg(DISTINCT format('%s after %s', orders, gap), ', ') FILTER (WHERE expected < (SELECT min(f.expected) FROM folds AS f) + gap) AS left_out
FROM folds;
ROLLBACK;
SELECT cltv_plausible_day('{2024-01-01,2024-01-02,2024-01-03,2024-01-04,2024-01-05,2024-02-15}', '{9,9,9,9,9,1}') AS typo,
       cltv_plausible_day('{2024-01-01,2024-01-02,2024-01-03,2024-01-04,2024-01-05,2024-02-15}', '{9,9,9,9,9,9}') AS resumed,
       cltv_plausible_day('{2924-01-01,2924-01-02}', '{5,5}') AS made_up, cltv_plausible_day('{}', '{}') IS NULL AS none,
       cltv_plausible_day('{2024-01-01,infinity}', '{5,5}') AS endless;
-- Money has the digits of the amounts.
SELECT count(*) FILTER (WHERE revenue::numeric <> round(revenue::numeric, 2)) AS with_noise FROM shop;
SELECT count(*) FILTER (WHERE revenue::text ~ '[.][0-9]{3}') AS with_noise FROM shop_segments;
SELECT cltv_money(695.4200000000001, 2), cltv_money(-0.125, 2), cltv_money(123456789012.345, 2), cltv_money(NULL, 2);
SELECT cltv_money(695.4200000000001, NULL), (SELECT digits FROM shop_model) AS digits;
-- Rounded as numeric does it, whether by numeric or not: amounts near a half, of all sizes, and their digits.
SELECT count(*) AS amounts, count(*) FILTER (WHERE cltv_money(x, d)::text <> round(x::numeric, d)::float8::text) AS others,
       count(*) FILTER (WHERE cltv_money_digits(x) <> scale(trim_scale(x::numeric))) AS other_digits
FROM (SELECT sign * (n * 7919 % 1000003 + 0.5 + off) * 10.0::float8 ^ size AS x
      FROM generate_series(1, 300) AS n, unnest('{1,-1}'::int[]) AS sign, generate_series(-5, 4) AS size,
           unnest('{0,1e-9,-1e-9,-0.000001,0.25}'::float8[]) AS off
      UNION ALL VALUES (10086536043.49996), (14428944658.894972), (0.30000000000000004), (-0.001), (0)) AS v,
     generate_series(0, 8) AS d
WHERE abs(x) < 1e11;
-- How many these are is looked for at each refresh, not when the table is still empty.
CREATE TABLE grown_orders (LIKE shop_orders);
CALL cltv_materialize('grown', 'grown_orders');
INSERT INTO grown_orders TABLE shop_orders;
CALL cltv_refresh('grown');
SELECT count(*) AS differences FROM (TABLE shop EXCEPT TABLE grown) AS d;
UPDATE grown_orders SET amount = amount + 0.0005;
CALL cltv_refresh('grown');
SELECT digits, (SELECT count(*) FROM grown WHERE revenue::numeric <> round(revenue::numeric, 4)) AS with_noise FROM grown_model;
UPDATE grown_orders SET amount = amount / 3;
CALL cltv_refresh('grown');
SELECT digits IS NULL AS as_they_are, (SELECT max(scale(revenue::numeric)) > 4 FROM grown) AS fine FROM grown_model;
CALL cltv_drop('grown');
CALL cltv_drop('stray');
CALL cltv_drop('stray_too');
DROP TABLE stray_orders;

-- Options.
CREATE TABLE lively_orders AS
SELECT * FROM simulate_orders(pnbd_model(r => 0.55, alpha => 10, s => 0.6, beta => 80), gg_model(p => 6.25, q => 3.74, v => 15.44),
                              customers => 600, first_day => '2023-01-01', last_day => '2024-12-31', seed => 1);
CALL cltv_materialize('lively', 'lively_orders', horizon => 'infinity', model => 'pnbd', bins => 10, margin => 0.3,
                      as_of => '2024-06-30');
SELECT max(last_order) <= '2024-06-30' AS cut, max(r) AS r, max(m) AS m, max(first_order + tenure::int) AS as_of FROM lively;
SELECT as_of, status, s IS NOT NULL AS s, beta IS NOT NULL AS beta FROM lively_model;
SELECT count(*) AS cells, max(r) AS r, max(f) AS f FROM lively_rfm_grid;
SELECT count(*) AS weeks, min(first_day) AS first_day FROM lively_forecast;
SELECT col_description('lively'::regclass, attnum) AS remark FROM pg_attribute
WHERE attrelid = 'lively'::regclass AND attname IN ('expected_orders', 'churn_prob', 'cltv') ORDER BY attnum;
CALL cltv_materialize('cautious', 'shop_orders', model => 'mbgnbd', horizon => 0.5, margin => 1e-1);
SELECT status, round(a::numeric, 3) AS a FROM cautious_model;
SELECT count(cltv) AS with_cltv, min(churn_prob) > 0 AS one_timers_leave FROM cautious;
SELECT week, first_day, last_day FROM cautious_forecast;

-- A table of customers: its columns come along, under another name where there is one already, and a margin for each.
CREATE TABLE buyers (segment text, country text, customer_id bigint PRIMARY KEY, margin_rate numeric(4,3), orders date,
                     customer_orders int, "Loyal?" boolean, scores int, value_tier varchar(3));
COMMENT ON COLUMN buyers.country IS 'Country of the account';
COMMENT ON COLUMN buyers.orders IS 'Day of the first visit';
INSERT INTO buyers SELECT 'B2B', CASE WHEN id % 2 = 0 THEN 'AT' ELSE 'CH' END, id, 0.25, '2024-01-01', 3, true, 4, 'x'
FROM generate_series(1, 500) AS id;
CALL cltv_materialize('rich', 'shop_orders', customers => 'buyers', margin => 'margin_rate');
SELECT attname, format_type(atttypid, atttypmod) AS type, col_description(attrelid, attnum) AS remark
FROM pg_attribute WHERE attrelid = 'rich'::regclass AND attnum > 16 ORDER BY attnum;
SELECT count(*) AS customers, count(r.country) AS with_country,
       count(*) FILTER (WHERE r.cltv IS NOT DISTINCT FROM s.cltv * 0.25) AS with_margin,
       count(*) FILTER (WHERE r.cltv IS NULL AND s.cltv IS NOT NULL) AS without_margin,
       bool_and(r.segment IS NOT DISTINCT FROM s.segment) AS same_segment, min(customer_segment) AS customer_segment
FROM rich AS r JOIN shop AS s USING (customer_id);
CALL cltv_materialize('plain', 'shop_orders', customers => 'buyers', margin => 0.25);
SELECT count(*) FILTER (WHERE p.cltv IS NOT DISTINCT FROM s.cltv * 0.25) AS with_margin, count(country) AS with_country
FROM plain AS p JOIN shop AS s USING (customer_id);
CALL cltv_materialize('as_text', 'shop_orders', customers => 'buyers', margin => '2.5e-1');
SELECT count(*) AS differences FROM (SELECT cltv FROM as_text EXCEPT SELECT cltv FROM plain) AS d;
CALL cltv_materialize('bad', 'shop_orders', margin => 'margin_rate', customers => NULL);
CALL cltv_materialize('bad', 'shop_orders', customers => 'buyers', margin => 'rate');
CALL cltv_materialize('bad', 'shop_orders', customers => 'buyers', margin => 'country');
CALL cltv_materialize('bad', 'shop_orders', customers => 'buyers', margin => 'NaN');
CALL cltv_materialize('bad', 'shop_orders', margin => 'NaN'::float8);
CREATE VIEW twice AS SELECT customer_id, country FROM buyers UNION ALL SELECT 7, 'DE';
CALL cltv_materialize('bad', 'shop_orders', customers => 'twice');
CREATE VIEW nobody AS SELECT country FROM buyers;
CALL cltv_materialize('bad', 'shop_orders', customers => 'nobody');

-- Names that need quoting, and schemas.
CREATE SCHEMA "My ""Sales""; DROP";
CREATE TABLE "My ""Sales""; DROP"."Bestellungen '24" ("Künde; --" text, "when %I" date, "Betrag €" int);
INSERT INTO "My ""Sales""; DROP"."Bestellungen '24"
SELECT 'Köln ' || customer_id, ordered_at, amount FROM shop_orders WHERE customer_id < 300;
CALL cltv_materialize('"My ""Sales""; DROP"."Wert $1 ''x''"', '"My ""Sales""; DROP"."Bestellungen ''24"',
                      customer => 'Künde; --', ordered_at => 'when %I', amount => 'Betrag €', incremental => true);
SELECT relname, relkind FROM pg_class WHERE relnamespace = '"My ""Sales""; DROP"'::regnamespace
    AND relkind IN ('m', 'v', 'r') ORDER BY relname COLLATE "C";
SELECT count(*), count(cltv), min("Künde; --") FROM "My ""Sales""; DROP"."Wert $1 'x'";
SELECT count(*) > 0 AS someone, min("Künde; --") LIKE 'Köln%' AS named FROM "My ""Sales""; DROP"."Wert $1 'x'_at_risk";
CALL cltv_refresh('"My ""Sales""; DROP"."Wert $1 ''x''"');
SELECT name, health, reason, customers FROM cltv_health WHERE name LIKE '%Wert%';
CALL cltv_rebuild('"My ""Sales""; DROP"."Wert $1 ''x''"');
CALL cltv_drop('"My ""Sales""; DROP"."Wert $1 ''x''"');
SELECT relname FROM pg_class WHERE relnamespace = '"My ""Sales""; DROP"'::regnamespace AND relkind IN ('m', 'v', 'r');
-- An unquoted name folds to lower case, as everywhere; 51 bytes are room enough for a name.
CALL cltv_materialize('Made.Loud', 'shop_orders');
SELECT count(*) > 0 AS found FROM loud;
CALL cltv_drop('LOUD');
CALL cltv_materialize(repeat('n', 51), 'shop_orders');
SELECT relname FROM pg_class WHERE relname LIKE 'nnn%_value_bands';
CALL cltv_drop(repeat('n', 51));
CALL cltv_materialize(repeat('ü', 26), 'shop_orders');
CALL cltv_materialize('a.b.c', 'shop_orders');
CALL cltv_materialize('', 'shop_orders');
CALL cltv_materialize('no such name', 'shop_orders');
CALL cltv_materialize('nowhere.shop', 'shop_orders');
CALL cltv_materialize(NULL, 'shop_orders');
CALL cltv_materialize('bad', NULL);
CALL cltv_materialize('bad', 'shop_orders', late_days => NULL);
CALL cltv_materialize('bad', 'shop_orders', customer => 'orders');
CALL cltv_materialize('bad', 'shop_orders', amount => 'price');
CALL cltv_materialize('bad', 'shop_orders', customer => 'ctid');
BEGIN;
ALTER TABLE shop_orders RENAME customer_id TO segment;
CALL cltv_materialize('bad', 'shop_orders', customer => 'segment');
ROLLBACK;

-- Wrong values.
CALL cltv_materialize('bad', 'shop_orders', horizon => 0);
CALL cltv_materialize('bad', 'shop_orders', horizon => 'NaN');
CALL cltv_materialize('bad', 'shop_orders', horizon => 'infinity', discount_rate => 0);
CALL cltv_materialize('bad', 'shop_orders', discount_rate => -0.1);
CALL cltv_materialize('bad', 'shop_orders', discount_rate => 10);
CALL cltv_materialize('bad', 'shop_orders', margin => 1000);
CALL cltv_materialize('bad', 'shop_orders', discount_rate => 'NaN');
CALL cltv_materialize('bad', 'shop_orders', margin => -0.1);
CALL cltv_materialize('bad', 'shop_orders', margin => 30);
CALL cltv_materialize('bad', 'shop_orders', bins => 1);
CALL cltv_materialize('bad', 'shop_orders', bins => 11);
CALL cltv_materialize('bad', 'shop_orders', late_days => -1);
CALL cltv_materialize('bad', 'shop_orders', late_days => 2147483647);
CALL cltv_materialize('bad', 'shop_orders', as_of => 'infinity');
CALL cltv_materialize('bad', 'shop_orders', model => 'bgbb');
CALL cltv_materialize('bad', 'shop_orders', model => 'bgnbd''; DROP TABLE shop_orders; --');
CALL cltv_materialize('bad', 'no_orders');
-- What ends with the session.
CREATE TEMPORARY TABLE passing_orders AS SELECT * FROM shop_orders;
CREATE TEMPORARY VIEW passing_buyers AS SELECT DISTINCT customer_id FROM shop_orders;
CALL cltv_materialize('bad', 'passing_orders');
CALL cltv_materialize('bad', 'shop_orders', customers => 'passing_buyers');
CALL cltv_materialize('pg_temp.bad', 'shop_orders');
SELECT relname FROM pg_class WHERE relname ~ '^bad';

-- However few digits a session shows, and whatever a backslash means to one that has not compiled the procedures yet.
\c -
SET client_min_messages = warning;
SET search_path = made, public;
SET extra_float_digits = -15;
DO $$ BEGIN SET standard_conforming_strings = off; EXCEPTION WHEN OTHERS THEN NULL; END $$; -- not every version can
CALL cltv_materialize('hidden', 'shop_orders', horizon => 123.456789012345, discount_rate => 0.123456789, margin => 0.1::float8 + 0.2);
CALL cltv_refresh('hidden');
SELECT model FROM cltv_fits((SELECT customer_base(frequency, recency, tenure) FROM hidden), '{bgnbd}');
RESET standard_conforming_strings;
RESET extra_float_digits;
CALL cltv_materialize('shown', 'shop_orders', horizon => 123.456789012345, discount_rate => 0.123456789, margin => 0.1::float8 + 0.2);
SELECT count(*) AS customers, count(s.cltv) AS with_value,
       count(*) FILTER (WHERE (s.expected_orders, s.cltv) IS DISTINCT FROM (h.expected_orders, h.cltv)) AS differing
FROM shown AS s JOIN hidden AS h USING (customer_id);
SELECT col_description('shown'::regclass, attnum) = col_description('hidden'::regclass, attnum) AS same_comment
FROM pg_attribute WHERE attrelid = 'hidden'::regclass AND attname = 'cltv';
SELECT bool_and(h.parameters = s.parameters) AS same_parameters
FROM cltv_refresh_log AS s, cltv_refresh_log AS h WHERE s.name = 'made.shown' AND h.name = 'made.hidden';
CALL cltv_drop('shown');
CALL cltv_drop('hidden');

-- Types of times and of amounts, domains too; others are an error that says how.
CREATE DOMAIN money_eur AS numeric(10,2) CHECK (VALUE IS NULL OR VALUE < 1e6);
CREATE DOMAIN price AS money_eur;
CREATE TABLE typed AS SELECT customer_id, ordered_at, ordered_at::date AS day, ordered_at AT TIME ZONE 'UTC' AS moment,
    ordered_at::text AS written, amount, round(amount)::int AS whole, amount::numeric(10,2) AS exact, amount::float4 AS short,
    amount::numeric::price AS price, amount::text AS digits, amount::numeric::money AS cash
FROM shop_orders WHERE customer_id < 9001;
CREATE FUNCTION typed_as(ordered_at name, amount name) RETURNS TABLE (customers bigint, frequency numeric, revenue numeric)
LANGUAGE plpgsql AS $$
BEGIN
    CALL cltv_materialize('typed_as', 'typed', ordered_at => ordered_at, amount => amount, replace => true);
    RETURN QUERY SELECT count(*), sum(t.frequency), round(sum(t.revenue)::numeric) FROM typed_as AS t;
END $$;
SELECT at, amount, result.* FROM (VALUES ('ordered_at', 'amount'), ('day', 'amount'), ('moment', 'amount'), ('day', 'whole'),
    ('day', 'exact'), ('day', 'short'), ('day', 'price')) AS v (at, amount), typed_as(at, amount) AS result;
CALL cltv_materialize('bad', 'typed', ordered_at => 'written');
CALL cltv_materialize('bad', 'typed', amount => 'digits');
CALL cltv_materialize('bad', 'typed', amount => 'cash');
CALL cltv_materialize('bad', 'typed', ordered_at => 'whole');
-- Days of the time zone of the call, whatever that of a refresh.
SET TimeZone = 'America/New_York';
CREATE TABLE late_evening AS SELECT customer_id, moment, amount FROM typed UNION ALL SELECT -1, '2024-07-04 23:30', 5;
CALL cltv_materialize('new_york', 'late_evening', ordered_at => 'moment');
CALL cltv_materialize('new_york_too', 'late_evening', ordered_at => 'moment', incremental => true);
CALL cltv_materialize('new_york_then', 'late_evening', ordered_at => 'moment', as_of => '2024-07-04');
SET TimeZone = 'Asia/Tokyo';
INSERT INTO late_evening VALUES (-1, timestamptz '2024-12-31 23:30 America/New_York', 5),
                                (-2, timestamptz '2024-12-31 23:59 America/New_York', 5);
CALL cltv_refresh('new_york');
CALL cltv_refresh('new_york_too');
CALL cltv_refresh('new_york_then');
SELECT 'full' AS made, customer_id, first_order, last_order FROM new_york WHERE customer_id < 0
UNION ALL SELECT 'incremental', customer_id, first_order, last_order FROM new_york_too WHERE customer_id < 0
UNION ALL SELECT 'fixed as_of', customer_id, first_order, last_order FROM new_york_then WHERE customer_id < 0 ORDER BY 1, 2 DESC;
SELECT time_zone FROM new_york_too_watermark;
RESET TimeZone;
-- Debian's time zones are without CET from trixie on.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_timezone_names WHERE name = 'CET') THEN
        PERFORM set_config('TimeZone', 'CET', true);
        CALL cltv_materialize('bad', 'late_evening', ordered_at => 'moment');
        RAISE 'made in CET';
    END IF;
EXCEPTION WHEN invalid_parameter_value THEN
    IF SQLERRM <> 'TimeZone CET has a different meaning in AT TIME ZONE' THEN RAISE; END IF;
END
$$;

-- Sources: a view, a partitioned table, a foreign table; customers of a type with an equality of its own.
CREATE VIEW order_view AS SELECT customer_id, ordered_at, amount FROM shop_orders WHERE amount > 0;
CREATE TABLE order_parts (LIKE shop_orders) PARTITION BY RANGE (ordered_at);
CREATE TABLE order_parts_2023 PARTITION OF order_parts FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE order_parts_rest PARTITION OF order_parts DEFAULT;
INSERT INTO order_parts SELECT * FROM order_view;
-- Where postgres_fdw is not installed, a view stands in for the foreign table.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgres_fdw') THEN
        CREATE EXTENSION postgres_fdw;
        EXECUTE format('CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
                       split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'),
                       current_database());
        CREATE USER MAPPING FOR CURRENT_USER SERVER elsewhere;
        CREATE FOREIGN TABLE order_elsewhere (customer_id bigint, ordered_at timestamp, amount float8)
            SERVER elsewhere OPTIONS (table_name 'order_view');
    ELSE
        CREATE VIEW order_elsewhere AS TABLE order_view;
    END IF;
END $$;
CALL cltv_materialize('of_view', 'order_view');
CALL cltv_materialize('of_parts', 'order_parts');
CALL cltv_materialize('of_elsewhere', 'order_elsewhere');
CALL cltv_materialize('of_elsewhere_too', 'order_elsewhere', incremental => true);
SELECT count(*) AS differences FROM (SELECT * FROM of_view EXCEPT SELECT * FROM of_parts) AS d;
SELECT count(*) AS differences FROM (SELECT * FROM of_view EXCEPT SELECT * FROM of_elsewhere) AS d;
SELECT count(*) AS differences FROM (SELECT * FROM of_view EXCEPT SELECT * FROM of_elsewhere_too) AS d;
SELECT count(*) FROM of_view;

-- Where citext is not installed, text stands in for it.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'citext') THEN
        CREATE SCHEMA extra;
        CREATE EXTENSION citext SCHEMA extra;
        CREATE TABLE mail_orders (email extra.citext, ordered_at date, amount int);
        CREATE TABLE mail_buyers (email extra.citext, country text);
        INSERT INTO mail_orders SELECT 'Me@' || i, '2024-01-01', 1 FROM generate_series(1, 3) AS i;
    ELSE
        CREATE TABLE mail_orders (email text, ordered_at date, amount int);
        CREATE TABLE mail_buyers (email text, country text);
    END IF;
    INSERT INTO mail_orders SELECT 'me@' || i, '2024-01-02', 1 FROM generate_series(1, 3) AS i;
    INSERT INTO mail_buyers SELECT 'me@' || i, 'AT' FROM generate_series(1, 2) AS i;
END $$;
CALL cltv_materialize('mail', 'mail_orders', customer => 'email', customers => 'mail_buyers');
CALL cltv_materialize('mail_too', 'mail_orders', customer => 'email', customers => 'mail_buyers', incremental => true);
DELETE FROM mail_orders WHERE lower(email::text) = 'me@3';
CALL cltv_refresh('mail_too');
SELECT count(*) AS customers, count(country) AS with_country FROM mail;
SELECT count(*) AS customers, count(country) AS with_country FROM mail_too;

-- Nobody at all, one customer, refunds alone: views without numbers, no made-up ones.
CREATE TABLE few_orders (LIKE shop_orders);
CALL cltv_materialize('few', 'few_orders');
SELECT as_of, status, customers, r FROM few_model;
SELECT (SELECT count(*) FROM few) AS customers, (SELECT count(*) FROM few_forecast) AS weeks,
       (SELECT count(*) FROM few_segments) AS segments, (SELECT count(*) FROM few_rfm_grid) AS cells;
SELECT name, health, reason, as_of, customers FROM cltv_health WHERE name = 'made.few';
INSERT INTO few_orders VALUES (1, '2024-01-01', 10), (1, '2024-02-01', 20);
CALL cltv_materialize('few', 'few_orders', replace => true);
SELECT as_of, status, spend_status, customers FROM few_model;
SELECT customer_id, frequency, recency, tenure, monetary_value, r, f, m, segment, expected_orders, churn_prob, cltv, value_tier FROM few;
SELECT count(*) AS weeks, count(expected_purchases) AS expected FROM few_forecast;
SELECT name, health, reason, as_of, customers FROM cltv_health WHERE name = 'made.few';
-- Nobody has come back yet: that is a model, of spend, too, and no failure. A refused fit of spend is said.
INSERT INTO few_orders SELECT i, date '2024-01-01' + i, 10 + i % 7 FROM generate_series(2, 40) AS i;
DELETE FROM few_orders WHERE customer_id = 1 AND amount = 20;
SET client_min_messages = notice;
CALL cltv_materialize('few', 'few_orders', replace => true);
SET client_min_messages = warning;
SELECT status, cltv_usable(orders_model) AS predicts, (SELECT count(expected_orders) FROM few) AS predicted FROM few_model;
SELECT health, reason FROM cltv_health WHERE name = 'made.few';
UPDATE few_orders SET amount = NULL;
SET client_min_messages = notice;
CALL cltv_materialize('few', 'few_orders', replace => true);
SET client_min_messages = warning;
SELECT health, reason FROM cltv_health WHERE name = 'made.few';
SELECT cltv_usable(NULL), cltv_usable(nbd_fit(0, 0, 0)) AS no_time, cltv_usable(nbd_fit(0, 0, 9)) AS some_time,
       cltv_usable(nbd_model(1, 2)) AS given;
DELETE FROM few_orders WHERE customer_id > 1;
UPDATE few_orders SET amount = -1;
CALL cltv_materialize('few', 'few_orders', replace => true, incremental => true);
SELECT as_of, status, customers FROM few_model;
SELECT customer_id, first_order, orders, revenue, r, f, m, segment FROM few;

-- A name that is taken; replace; what somebody else has made of a name stays.
CALL cltv_materialize('shop', 'shop_orders');
CREATE TABLE ours_model (r float8);
CALL cltv_materialize('ours', 'shop_orders');
CALL cltv_materialize('ours', 'shop_orders', replace => true);
CALL cltv_drop('ours');
CALL cltv_drop('ours', missing_ok => true);
CALL cltv_drop('shop_orders');
CALL cltv_drop('nowhere', missing_ok => true);
CALL cltv_drop('nowhere');
CALL cltv_drop(NULL);
CREATE VIEW shop_mine AS SELECT count(*) FROM shop;
CALL cltv_materialize('shop', 'shop_orders', horizon => 30, replace => true);
CALL cltv_drop('shop');
SELECT count(*) > 0 AS still_there FROM shop;
DROP VIEW shop_mine;
-- Our view makes way for a table of one's own, which is then nobody else's to drop; nor is shop_orders.
DROP VIEW shop_segments;
CREATE TABLE shop_segments AS SELECT 'mine' AS segment;
CREATE TABLE shop_watermark (day date);
CALL cltv_refresh('shop');
CALL cltv_drop('shop');
SELECT relname FROM pg_class WHERE relname ~ '^shop(_|$)' AND relkind IN ('m', 'v', 'r') ORDER BY relname;

-- In a transaction, which it does not end; the caller's search_path is as before.
DROP TABLE shop_segments, shop_watermark;
SET search_path = made, public, pg_temp;
BEGIN;
CALL cltv_materialize('shop', 'shop_orders', incremental => true);
SHOW search_path;
CALL cltv_rebuild('shop');
SELECT count(*) > 0 AS readable FROM shop;
CALL cltv_drop('shop');
SHOW search_path;
ROLLBACK;
SHOW search_path;
SELECT to_regclass('shop') IS NULL AS rolled_back;
SET search_path = made, public;

-- A search_path on which others have put functions, operators, types and tables of the same names.
CREATE SCHEMA hostile;
SET search_path = hostile, made, public, pg_catalog;
CREATE TYPE hostile.float8 AS (x int);
CREATE DOMAIN hostile.name AS pg_catalog.text CHECK (false);
CREATE DOMAIN hostile.jsonb AS pg_catalog.text CHECK (false);
CREATE DOMAIN hostile.text AS pg_catalog.text CHECK (false);
CREATE FUNCTION hostile.format(pg_catalog.text, VARIADIC pg_catalog."any") RETURNS pg_catalog.text LANGUAGE internal AS 'text_format';
CREATE FUNCTION hostile.steal(pg_catalog.text, pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$hostile$$; END';
CREATE OPERATOR hostile.= (FUNCTION = hostile.steal, LEFTARG = pg_catalog.text, RIGHTARG = pg_catalog.text);
CREATE FUNCTION hostile.same(pg_catalog.int8, pg_catalog.int8) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$hostile$$; END';
CREATE OPERATOR hostile.= (FUNCTION = hostile.same, LEFTARG = pg_catalog.int8, RIGHTARG = pg_catalog.int8);
CREATE FUNCTION hostile.purchase_history(pg_catalog.timestamp, pg_catalog.float8) RETURNS pg_catalog.text LANGUAGE sql AS 'SELECT $$hostile$$';
CREATE FUNCTION hostile.value_tier(pg_catalog.float8) RETURNS pg_catalog.text LANGUAGE sql AS 'SELECT $$hostile$$';
CREATE FUNCTION hostile.clock_timestamp() RETURNS pg_catalog.timestamptz LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$hostile$$; END';
CREATE FUNCTION hostile.to_regclass(pg_catalog.text) RETURNS regclass LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$hostile$$; END';
CREATE FUNCTION hostile.set_config(pg_catalog.text, pg_catalog.text, boolean) RETURNS pg_catalog.text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$hostile$$; END';
CREATE FUNCTION hostile.current_setting(pg_catalog.text) RETURNS pg_catalog.text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$hostile$$; END';
CREATE TABLE hostile.pg_class (oid pg_catalog.oid);
CREATE TABLE hostile.pg_extension (extname pg_catalog.text);
CREATE TABLE hostile.cltv_refresh_log (role pg_catalog.text, name pg_catalog.text);
\c -
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET search_path = hostile, made, public, pg_catalog;
CALL cltv_materialize('made.safe', 'shop_orders', customers => 'buyers', margin => 'margin_rate');
CALL cltv_materialize('made.safe_too', 'shop_orders', customers => 'buyers', incremental => true, margin => 0.5);
CALL cltv_refresh('safe');
CALL cltv_refresh('safe_too');
CALL cltv_rebuild('safe_too');
CALL cltv_materialize('made.safe', 'shop_orders', customers => 'buyers', margin => 'margin_rate', replace => true);
SHOW search_path;
SET search_path = made, public;
SELECT pg_get_viewdef('safe') ~ 'hostile' OR pg_get_viewdef('safe_history') ~ 'hostile' AS hostile,
       (SELECT count(*) FROM (TABLE safe EXCEPT TABLE rich) AS d) AS differences;
SELECT name, health FROM cltv_health WHERE name LIKE 'made.safe%' ORDER BY name;
SET search_path = hostile, made, public, pg_catalog;
CALL cltv_drop('safe');
CALL cltv_drop('made.safe_too');
SET search_path = made, public;
SELECT count(*) FROM pg_class WHERE relname ~ '^safe';
DROP SCHEMA hostile CASCADE;

-- The extension somewhere else.
\set db :DBNAME
CREATE DATABASE cltv_elsewhere;
\c cltv_elsewhere
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA "Some where";
CREATE EXTENSION cltv SCHEMA "Some where";
CREATE TABLE orders AS
SELECT customer_id, ordered_at, amount
FROM "Some where".simulate_orders("Some where".bgnbd_model(0.55, 40, 0.8, 2.5), "Some where".gg_model(6.25, 3.74, 15.44),
                                  customers => 200, first_day => '2023-01-01', last_day => '2024-12-31', seed => 7);
CALL "Some where".cltv_materialize('shop', 'orders');
CALL "Some where".cltv_materialize('inc', 'orders', incremental => true);
INSERT INTO orders VALUES (1, '2025-01-01', 10);
CALL "Some where".cltv_refresh('shop');
CALL "Some where".cltv_refresh('inc');
CALL "Some where".cltv_rebuild('inc');
CALL "Some where".cltv_refresh('inc', false);
SELECT name, health, as_of, customers FROM "Some where".cltv_health ORDER BY name;
SELECT count(*) AS differences FROM (TABLE shop EXCEPT TABLE inc) AS d;
CALL "Some where".cltv_materialize('shop', 'orders', replace => true);
CALL "Some where".cltv_drop('inc');
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('m', 'v', 'r') ORDER BY relname;
\c :db
SET client_min_messages = warning;
DROP DATABASE cltv_elsewhere;
DROP SCHEMA made CASCADE;
DROP SCHEMA "My ""Sales""; DROP" CASCADE;
DROP EXTENSION IF EXISTS postgres_fdw CASCADE;
DROP EXTENSION IF EXISTS citext;
DROP SCHEMA IF EXISTS extra;
DELETE FROM cltv_refresh_runs;
