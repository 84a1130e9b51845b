-- The revenue to come, beside the same by hand.
\set SHOW_CONTEXT never
CREATE TEMP TABLE shop AS
SELECT customer_id, ordered_at, amount FROM simulate_orders(bgnbd_model(0.6, 40, 0.7, 2.5), gg_model(6.25, 3.74, 15.44), 600, '2022-01-01', '2024-12-31', 7);
CREATE TEMP TABLE summaries AS
SELECT s.* FROM (SELECT purchase_history(ordered_at, amount) AS history FROM shop GROUP BY customer_id) AS h, rfm_summary(history, '2024-12-31') AS s;
CREATE TEMP TABLE fitted AS SELECT orders_fit(frequency, recency, tenure) AS model FROM summaries;
CREATE TEMP TABLE spent AS SELECT f.fitted AS spend FROM spend_fits((SELECT spend_base(frequency::float8, monetary_value, first_value) FROM summaries)) AS f LIMIT 1;
CREATE TEMP TABLE foretold AS SELECT * FROM revenue_forecast('shop', horizon => 365);
SELECT first_day, last_day, round(existing_customers) AS existing, round(new_customers::numeric, 1) AS new, round(existing_revenue) AS existing_revenue,
       round(new_revenue) AS new_revenue, round(revenue) AS revenue, lower < revenue AND revenue < upper AS between_them FROM foretold ORDER BY 1;
-- Existing customers: what each is expected to purchase and to spend
SELECT count(*), bool_and(abs(f.existing_purchases / e.purchases - 1) < 1e-9) AS purchases, bool_and(abs(f.existing_revenue / e.revenue - 1) < 1e-9) AS revenue
FROM foretold AS f, LATERAL (
    SELECT sum(p) AS purchases, sum(p * expected_spend(spend, frequency::float8, monetary_value, first_value)) AS revenue
    FROM summaries, fitted, spent, LATERAL (
        SELECT expected_purchases(model, frequency::float8, recency, tenure, (f.last_day - date '2024-12-31')::float8)
               - expected_purchases(model, frequency::float8, recency, tenure, (f.first_day - 1 - date '2024-12-31')::float8) AS p) AS each) AS e;
-- Customers to be won: a first purchase, and what follows by the age on the last day
SELECT count(*), bool_and(abs(f.new_purchases / e.purchases - 1) < 1e-9) AS purchases, bool_and(abs(f.new_customers / e.firsts - 1) < 1e-9) AS customers,
       bool_and(abs(f.new_revenue / (e.firsts * first_mean + (e.purchases - e.firsts) * repeat_mean) - 1) < 1e-9) AS revenue
FROM foretold AS f, (SELECT avg(first_value) FILTER (WHERE tenure < 365) AS first_mean, sum(frequency * monetary_value) / sum(frequency) AS repeat_mean FROM summaries) AS m, LATERAL (
    SELECT sum(n / 7 * ((day BETWEEN f.first_day AND f.last_day)::int + p)) AS purchases, sum(n / 7) FILTER (WHERE day BETWEEN f.first_day AND f.last_day) AS firsts
    FROM (SELECT d::date AS day, a.new_customers AS n FROM acquisition_forecast('shop', weeks => 53) AS a, generate_series(a.first_day, a.last_day, interval '1 day') AS d) AS w, fitted,
         LATERAL (SELECT expected_purchases(model, greatest(f.last_day - day, 0)::float8) - expected_purchases(model, greatest(f.first_day - 1 - day, 0)::float8) AS p) AS each) AS e;
-- Weeks and quarters and all of it add up to the same
SELECT period, count(*), round(sum(revenue)::numeric, 4) = (SELECT round(sum(revenue)::numeric, 4) FROM foretold) AS same
FROM unnest('{quarter,year,horizon}'::text[]) AS period, revenue_forecast('shop', horizon => 365, period => period) GROUP BY 1 ORDER BY 1;
SELECT min(first_day), max(last_day), count(*) FROM revenue_forecast('shop', horizon => 30, period => 'week');
SELECT first_day, last_day FROM revenue_forecast('shop', horizon => 100, as_of => '2024-06-15');
-- Whatever the types of the columns and the order of the rows, the same bits
CREATE TEMP TABLE typed AS
SELECT 'c' || customer_id AS "Who", ordered_at::date AS day, ordered_at::timestamptz AS at_zone, to_jsonb(customer_id) AS j, amount::numeric AS paid FROM shop ORDER BY md5(customer_id::text || ordered_at);
SELECT count(DISTINCT md5(f.figures)) FROM (
    SELECT string_agg(concat_ws(' ', existing_customers, new_customers, existing_revenue, new_revenue, lower, upper), ',' ORDER BY first_day) AS figures FROM foretold
    UNION ALL SELECT string_agg(concat_ws(' ', existing_customers, new_customers, existing_revenue, new_revenue, lower, upper), ',' ORDER BY first_day)
        FROM revenue_forecast('typed', 'Who', 'day', 'paid')
    UNION ALL SELECT string_agg(concat_ws(' ', existing_customers, new_customers, existing_revenue, new_revenue, lower, upper), ',' ORDER BY first_day)
        FROM revenue_forecast('typed', 'j', 'day', 'paid')) AS f;
SELECT count(*) FROM revenue_forecast('typed', 'Who', 'at_zone', 'paid');
-- Refunds are taken off by their share
CREATE TEMP TABLE refunded AS TABLE shop;
INSERT INTO refunded SELECT 1, '2024-12-01', -0.2 * sum(amount) FROM shop;
SELECT bool_and(abs(r.revenue / f.revenue - 0.8) < 1e-9) AS a_fifth_less, bool_and(abs(r.new_purchases - f.new_purchases) < 1e-9) AS as_many
FROM foretold AS f JOIN revenue_forecast('refunded') AS r USING (first_day);
-- A model that is given, its season with it
CREATE TEMP TABLE seasonal AS
SELECT bgnbd_fit(history, '2024-12-31', calendar_months('2022-01-01', '2024-12-31')) AS model FROM (SELECT purchase_history(ordered_at, amount) AS history FROM shop GROUP BY customer_id) AS h;
SELECT count(*), bool_and(abs(f.existing_purchases / e.purchases - 1) < 1e-9) AS purchases, bool_and(f.lower < f.revenue AND f.revenue < f.upper) AS between_them
FROM seasonal, revenue_forecast('shop', orders_model => model) AS f, LATERAL (
    SELECT sum(expected_purchases(model, frequency::float8, recency, tenure, '2024-12-31', (f.last_day - date '2024-12-31')::float8)
               - expected_purchases(model, frequency::float8, recency, tenure, '2024-12-31', (f.first_day - 1 - date '2024-12-31')::float8)) AS purchases FROM summaries) AS e;
SELECT count(*), count(lower), count(revenue) FROM revenue_forecast('shop', orders_model => bgnbd_model(0.6, 40, 0.7, 2.5), spend_model => gg_model(6.25, 3.74, 15.44));
-- Closed days: a calendar of these alone, up to the end of the horizon
CREATE TEMP TABLE sundays AS
SELECT calendar(d::date, features('{closed}', ARRAY[(extract(isodow FROM d) = 7)::int]::float8[])) AS days FROM generate_series(timestamp '2022-01-01', '2025-06-30', interval '1 day') AS d;
CREATE TEMP TABLE weekdays AS SELECT * FROM shop WHERE extract(isodow FROM ordered_at) <> 7;
CREATE TEMP TABLE of_weekdays AS
SELECT bgnbd_fit(history, '2024-12-31', days) AS bgnbd, pnbd_fit(history, '2024-12-31', days) AS pnbd FROM sundays, (SELECT purchase_history(ordered_at, amount) AS history FROM weekdays GROUP BY customer_id) AS h;
SELECT name, model_status(model), count(*), bool_and(f.lower < f.revenue AND f.revenue < f.upper) AS between_them
FROM of_weekdays, LATERAL (VALUES ('bgnbd', bgnbd), ('pnbd', pnbd)) AS m (name, model), revenue_forecast('weekdays', horizon => 181, orders_model => model) AS f GROUP BY 1, 2 ORDER BY 1;
SELECT revenue_forecast('weekdays', horizon => 400, orders_model => bgnbd) FROM of_weekdays;
-- The worth of all customers: those who have been won cost nothing more
SELECT e.existing_customers, abs(e.existing / (0.3 * f.existing_revenue) - 1) < 1e-9 AS existing, abs(e.future / (0.3 * f.new_revenue - 7 * f.new_customers) - 1) < 1e-9 AS future,
       abs(e.total / (e.existing + e.future) - 1) < 1e-9 AS total, abs(e.cost / (7 * f.new_customers) - 1) < 1e-9 AS cost, abs(e.undiscounted / e.total - 1) < 1e-9 AS undiscounted,
       e.lower < e.total AND e.total < e.upper AS between_them
FROM customer_equity('shop', horizon => 400, discount_rate => 0, margin => 0.3, acquisition_cost => 7) AS e, revenue_forecast('shop', horizon => 400, period => 'horizon') AS f;
SELECT d.existing < u.existing AS discounted, d.existing = c.existing AS cost_is_of_new_ones, d.future > c.future AS and_taken_off_there, abs(d.undiscounted / u.total - 1) < 1e-9 AS undiscounted
FROM customer_equity('shop', discount_rate => 0.1) AS d, customer_equity('shop', discount_rate => 0) AS u, customer_equity('shop', discount_rate => 0.1, acquisition_cost => 10) AS c;
-- What customers to be won cost is as uncertain as how many they are: the more it is, the longer the tail below. Where it is next
-- to nothing the bounds are those without it.
SELECT acquisition_cost, round((priced.upper - priced.total)::numeric / (priced.total - priced.lower)::numeric, 1) AS above_by_below, abs((priced.total - priced.lower) / (free.total - free.lower) - 1) < 1e-6 AS as_free
FROM customer_equity('shop') AS free (a, b, c, d, total, lower, upper, e, f), unnest('{0,0.0000001,20,1000}'::float8[]) AS acquisition_cost,
     LATERAL (SELECT q.total, q.lower, q.upper FROM customer_equity('shop', acquisition_cost => acquisition_cost) AS q) AS priced (total, lower, upper);
-- Models with attributes: of each existing customer their own, of those to be won those of the last year
CREATE TEMP TABLE two_kinds AS
SELECT customer_id, ordered_at, amount FROM simulate_orders(bgnbd_model(1.2, 20, 0.5, 3), gg_model(6.25, 3.74, 30), 300, '2022-01-01', '2024-12-31', 3)
UNION ALL SELECT 1000 + customer_id, ordered_at, amount FROM simulate_orders(bgnbd_model(0.5, 90, 0.9, 2), gg_model(6.25, 3.74, 8), 300, '2022-01-01', '2024-12-31', 4);
CREATE TEMP TABLE people AS SELECT DISTINCT customer_id, CASE WHEN customer_id > 1000 THEN 'web' ELSE 'shop' END AS channel, (customer_id * 7 % 40 + 20) AS age FROM two_kinds;
CREATE TEMP TABLE known AS
SELECT s.*, features(f) AS x, f.channel FROM (SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM two_kinds GROUP BY 1) AS h, rfm_summary(history, '2024-12-31') AS s,
       LATERAL (SELECT p.channel, p.age FROM people AS p WHERE p.customer_id = h.customer_id) AS f;
CREATE TEMP TABLE by_kind AS SELECT bgnbd_fit(frequency, recency, tenure, x, x) AS model, gg_fit(frequency, monetary_value, x) FILTER (WHERE monetary_value > 0) AS spend FROM known;
CREATE TEMP TABLE by_attributes AS
SELECT f.* FROM by_kind, revenue_forecast('two_kinds', horizon => 90, period => 'quarter', orders_model => model, spend_model => spend, customers => 'people', attributes => '{channel,age}') AS f;
SELECT abs(f.existing_purchases / e.purchases - 1) < 1e-9 AS purchases, abs(f.existing_revenue / e.revenue - 1) < 1e-9 AS revenue, f.lower < f.revenue AND f.revenue < f.upper AS between_them
FROM by_attributes AS f, LATERAL (
    SELECT sum(p) AS purchases, sum(p * expected_spend(spend, frequency::float8, coalesce(monetary_value, 0), spend => x)) AS revenue
    FROM known, by_kind, LATERAL (SELECT expected_purchases(model, frequency::float8, recency, tenure, 90, x, x) AS p) AS each) AS e;
-- New customers of 20 patterns that stand for all: near the mean over all who came within the last year
SELECT round((f.new_purchases / e.purchases)::numeric, 2) AS near
FROM by_attributes AS f, LATERAL (
    SELECT sum(w.n / 7 * (1 + m.p)) AS purchases
    FROM (SELECT d::date AS day, a.new_customers AS n FROM acquisition_forecast('two_kinds', weeks => 13) AS a, generate_series(a.first_day, a.last_day, interval '1 day') AS d) AS w,
         LATERAL (SELECT avg(expected_purchases(model, greatest('2025-03-31' - w.day, 0)::float8, x, x)) AS p FROM known, by_kind WHERE tenure < 365) AS m WHERE w.day <= '2025-03-31') AS e;
-- auto takes attributes where they tell something, whatever the order of rows; of one pattern it is the model without
SELECT (SELECT string_agg(DISTINCT p.name, ' ') FROM model_params(b.fitted) AS p WHERE p.name LIKE '%channel%') AS acts_on, bic(b.fitted) < bic(o.fitted) AS better, cardinality(b.given) = cardinality(b.frequency) AS each
FROM cltv_revenue_basis('two_kinds', 'customer_id', 'ordered_at', 'amount', NULL, 'bgnbd', NULL, NULL, NULL, NULL, NULL, 'subtract', 'revenue', 'people', '{channel}') AS b,
     cltv_revenue_basis('two_kinds', 'customer_id', 'ordered_at', 'amount', NULL, 'bgnbd', NULL, NULL, NULL, NULL, NULL, 'subtract', 'revenue', NULL, NULL) AS o;
CREATE TEMP TABLE shuffled AS SELECT * FROM two_kinds ORDER BY md5(customer_id::text || ordered_at);
CREATE TEMP TABLE shuffled_people AS SELECT age, channel, customer_id FROM people ORDER BY md5(customer_id::text);
SELECT bool_and(a::text = b::text) AS the_same FROM revenue_forecast('two_kinds', customers => 'people', attributes => '{channel,age}') AS a
JOIN revenue_forecast('shuffled', customers => 'shuffled_people', attributes => '{channel,age}') AS b USING (first_day);
SELECT bool_and(abs(a.existing_purchases / b.existing_purchases - 1) < 1e-9) AS the_same FROM (SELECT frequency::float8, recency, tenure, features(ARRAY['one'], ARRAY[1.5]) AS x FROM known) AS k, LATERAL (SELECT 1) AS l,
    cltv_revenue_ahead(bgnbd_model(0.6, 40, 0.7, 2.5), NULL, ARRAY[k.frequency], ARRAY[k.recency], ARRAY[k.tenure], '{NaN}', '{NaN}', '2024-12-31', '{30}', NULL, 0, 1, 0.8, ARRAY[k.x]) AS a,
    cltv_revenue_ahead(bgnbd_model(0.6, 40, 0.7, 2.5), NULL, ARRAY[k.frequency], ARRAY[k.recency], ARRAY[k.tenure], '{NaN}', '{NaN}', '2024-12-31', '{30}', NULL, 0, 1, 0.8) AS b;
-- Season and attributes in one; customers of whom nothing is known; a backtest; the worth of all
SELECT string_agg(DISTINCT split_part(p.name, ':', 1), ' ') AS has FROM cltv_revenue_basis('two_kinds', 'customer_id', 'ordered_at', 'amount', NULL, 'bgnbd', 'season',
    (SELECT bgnbd_fit(h.history, '2024-12-31', calendar_season('2022-01-01', '2024-12-31', 'year', 1), features(f)) FROM (SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM two_kinds GROUP BY 1) AS h, LATERAL (SELECT p.channel FROM people AS p WHERE p.customer_id = h.customer_id) AS f),
    NULL, NULL, NULL, 'subtract', 'revenue', 'people', '{channel}') AS b, model_params(b.fitted) AS p WHERE p.name LIKE '%:%';
SELECT count(*) FROM revenue_forecast('two_kinds', horizon => 90, customers => 'people', attributes => '{channel}', orders_model => (SELECT bgnbd_fit(h.history, '2024-12-31', calendar_season('2022-01-01', '2024-12-31', 'year', 1), features(f))
    FROM (SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM two_kinds GROUP BY 1) AS h, LATERAL (SELECT p.channel FROM people AS p WHERE p.customer_id = h.customer_id) AS f)) WHERE lower < revenue AND revenue < upper;
CREATE TEMP TABLE some_people AS SELECT customer_id, channel, nullif(age, 27) AS age FROM people WHERE customer_id % 10 <> 3;
SELECT count(*), bool_and(revenue > 0) AS revenue FROM revenue_forecast('two_kinds', customers => 'some_people', attributes => '{channel,age}');
SELECT abs(s.existing_purchases / f.existing_purchases - 1) < 0.1 AS nearly FROM by_attributes AS f, by_kind, revenue_forecast('two_kinds', horizon => 90, period => 'quarter', orders_model => model, spend_model => spend, customers => 'some_people', attributes => '{channel,age}') AS s;
SELECT cut, held IS NOT NULL AS judged FROM cltv_backtest_revenue('two_kinds', customers => 'people', attributes => '{channel}');
SELECT total > 0 AS total, lower < total AND total < upper AS between_them FROM customer_equity('two_kinds', customers => 'people', attributes => '{channel}');
SELECT revenue_forecast('two_kinds', orders_model => model) FROM by_kind;
SELECT revenue_forecast('two_kinds', orders_model => model, customers => 'people', attributes => '{age}') FROM by_kind;
SELECT revenue_forecast('two_kinds', attributes => '{channel}');
SELECT revenue_forecast('two_kinds', customers => 'people', attributes => '{height}');
-- Windows that are hidden: what came, counted by hand
SELECT b.cut, b.actual_new_customers = a.newcomers AS newcomers, b.actual_existing_purchases = a.old AS old, b.actual_new_purchases = a.new AS new,
       abs(b.actual_revenue - a.revenue) < 1e-6 AS revenue, b.held = (b.actual_revenue BETWEEN b.lower AND b.upper) AS held, round(off_by::numeric, 2) AS off_by
FROM cltv_backtest_revenue('shop', horizon => 180, windows => 3) AS b, LATERAL (
    SELECT count(DISTINCT customer_id) FILTER (WHERE f > b.cut) AS newcomers, count(DISTINCT (customer_id, day)) FILTER (WHERE f <= b.cut) AS old,
           count(DISTINCT (customer_id, day)) FILTER (WHERE f > b.cut) AS new, sum(amount) AS revenue
    FROM (SELECT *, ordered_at::date AS day, min(ordered_at::date) OVER (PARTITION BY customer_id) AS f FROM shop) AS s WHERE day BETWEEN b.first_day AND b.last_day) AS a;
-- Intervals of 80 % in a dozen shops
CREATE FUNCTION pg_temp.held(shops int, customers int, last_day date, query text) RETURNS SETOF boolean LANGUAGE plpgsql AS $$
BEGIN
    FOR seed IN 1 .. shops LOOP
        DROP TABLE IF EXISTS one_of_them;
        CREATE TEMP TABLE one_of_them AS SELECT * FROM simulate_orders(
            CASE seed % 3 WHEN 0 THEN bgnbd_model(0.6, 30, 0.7, 2.5) WHEN 1 THEN pnbd_model(0.7, 40, 0.6, 150) ELSE nbd_model(0.8, 100) END,
            gg_model(6.25, 3.74, 15.44), customers, '2022-01-01', last_day, seed);
        RETURN QUERY EXECUTE query;
    END LOOP;
END $$;
SET client_min_messages = error;
SELECT count(*), count(*) FILTER (WHERE held) AS held
FROM pg_temp.held(12, 400, '2024-06-30', $$SELECT held FROM cltv_backtest_revenue('one_of_them', horizon => 181)$$) AS s (held);
RESET client_min_messages;
-- Where no amount can be negative no bound is, whatever the model of spend: of three customers, often nothing comes at all. Signed
-- amounts may bring any sign, and keep a normal interval
CREATE TEMP TABLE three (customer_id int, ordered_at date, amount numeric);
INSERT INTO three SELECT i % 3, date '2024-01-01' + (i * i * 7) % 180, 5 + (i * 37) % 60 FROM generate_series(1, 14) AS i;
SELECT amounts, f.period, min(lower) < 0 AS below, min(lower) = 0 AS nothing, bool_and(lower < revenue AND revenue < upper) AS between_them
FROM (VALUES ('revenue'), ('signed')) AS a (amounts), (VALUES ('week', 370), ('quarter', 371)) AS p (period, days),
     LATERAL (SELECT p.period, f.* FROM revenue_forecast('three', horizon => p.days, period => p.period, amounts => a.amounts, spend_model => own_model(30, 10, 20)) AS f) AS f GROUP BY 1, 2 ORDER BY 1, 2;
SELECT amounts, lower < 0 AS below, lower < total AND total < upper AS between_them
FROM (VALUES ('revenue'), ('signed')) AS a (amounts), LATERAL customer_equity('three', horizon => 30, amounts => a.amounts, spend_model => own_model(30, 10, 20)) AS e ORDER BY 1;
SELECT lower > -cost AS above, lower < 0 AS below FROM customer_equity('three', acquisition_cost => 1000, spend_model => own_model(30, 10, 20));
-- Nor is a customer expected to bring less than nothing where own means follow first orders, of which one was of 17 cents
SELECT expected_spend(own, 0, NULL, 0.17) < 0 AS beyond, r.existing_revenue, r.lower >= 0 AS bounded, s.existing_revenue < 0 AS of_any_sign
FROM (SELECT ('{"kind":"own","form":"first order","params":{"mu":20,"tau":2,"sigma":9,"first_weight":0.97,"first_scale":40},"log_likelihood":-8,"customers":3,"iterations":10,"status":"converged","covariance":[[1,0,0,0,0],[0,1,0,0,0],[0,0,1,0,0],[0,0,0,1,0],[0,0,0,0,1]]}')::cltv_model AS own) AS m,
     fitted AS b, LATERAL cltv_revenue_ahead(b.model, own, '{0}', '{0}', '{200}', '{NaN}', '{0.17}', '2024-07-01', '{30}', NULL, 0, 1, 0.8, NULL, false) AS r,
     LATERAL cltv_revenue_ahead(b.model, own, '{0}', '{0}', '{200}', '{NaN}', '{0.17}', '2024-07-01', '{30}', NULL, 0, 1, 0.8, NULL, true) AS s;
-- Intervals of 80 % in 60 shops of five customers over a month hold what came, which is often nothing
SET client_min_messages = error;
SELECT avg(held::int) BETWEEN 0.75 AND 0.95 AS held
FROM pg_temp.held(60, 5, '2024-07-30', $$
    SELECT coalesce((SELECT sum(t.amount) FROM one_of_them AS t WHERE t.ordered_at > '2024-06-30'), 0) BETWEEN f.lower AND f.upper
    FROM revenue_forecast('one_of_them', horizon => 30, period => 'horizon', as_of => '2024-06-30') AS f$$) AS s (held);
RESET client_min_messages;
-- Odd shops: none, one customer, one day, one week, nobody new, NULLs
CREATE TEMP TABLE odd (customer_id int, ordered_at date, amount numeric);
SELECT count(*) FROM revenue_forecast('odd');
SELECT * FROM customer_equity('odd');
SELECT count(*) FROM cltv_backtest_revenue('odd');
INSERT INTO odd VALUES (NULL, '2024-01-01', 1), (1, NULL, 1);
SELECT count(*) FROM revenue_forecast('odd');
INSERT INTO odd SELECT i, '2024-01-01', i FROM generate_series(1, 50) AS i;
SELECT count(*) FROM revenue_forecast('odd');
TRUNCATE odd;
INSERT INTO odd SELECT 1, date '2024-01-01' + 9 * i, 10 FROM generate_series(0, 30) AS i;
SELECT count(*) FROM revenue_forecast('odd', period => 'horizon');
CREATE TEMP TABLE week AS SELECT * FROM simulate_orders(bgnbd_model(0.5, 10, 0.8, 2.5), gg_model(6.25, 3.74, 15.44), 200, '2024-01-01', '2024-01-07', 1);
SELECT round(new_customers) AS new, revenue > 0 AS revenue, lower < revenue AND revenue < upper AS between_them FROM revenue_forecast('week', horizon => 7, period => 'horizon');
CREATE TEMP TABLE closed AS SELECT s.* FROM shop AS s WHERE customer_id IN (SELECT customer_id FROM shop GROUP BY 1 HAVING min(ordered_at) < '2024-01-01');
SELECT new_customers < 0.1 AS nobody_new, existing_revenue > 1000 AS but_revenue FROM revenue_forecast('closed', period => 'horizon');
UPDATE odd SET amount = NULL;
INSERT INTO odd SELECT i % 40, date '2024-01-01' + (i * i * 13) % 300, NULL FROM generate_series(1, 300) AS i;
SELECT count(*), count(revenue), count(existing_purchases) FROM revenue_forecast('odd', horizon => 90);
-- NULL arguments and bad ones
SELECT count(*) FROM revenue_forecast(NULL);
SELECT count(*) FROM revenue_forecast('shop', horizon => NULL);
SELECT count(total) FROM customer_equity('shop', margin => NULL);
SELECT count(*) FROM cltv_backtest_revenue('shop', windows => NULL);
SELECT revenue_forecast('shop', period => 'decade');
SELECT revenue_forecast('shop', horizon => 0);
SELECT revenue_forecast('shop', horizon => 10);
SELECT revenue_forecast('shop', level => 1);
SELECT revenue_forecast('shop', model => 'bgbb');
SELECT revenue_forecast('shop', calendar => 'year');
SELECT revenue_forecast('shop', as_of => 'infinity');
SELECT revenue_forecast('shop', customer => 'nobody');
SELECT revenue_forecast('shop', orders_model => gg_model(6.25, 3.74, 15.44));
SELECT revenue_forecast('shop', spend_model => nbd_model(1, 2));
SELECT customer_equity('shop', margin => 30);
SELECT customer_equity('shop', margin => 'NaN');
SELECT customer_equity('shop', discount_rate => -1);
SELECT customer_equity('shop', acquisition_cost => 'infinity');
SELECT customer_equity('shop', horizon => 4000);
SELECT cltv_backtest_revenue('shop', windows => 0);
SELECT cltv_backtest_revenue('shop', windows => 30);
-- What it computes with, given arrays that do not go together
SELECT count(*) FROM cltv_revenue_ahead(nbd_model(1, 2), NULL, '{1}', '{5}', '{9}', '{NaN}', '{NaN}', '2024-01-01', '{30}', NULL, 0, 1, 0.8);
SELECT cltv_revenue_ahead(nbd_model(1, 2), NULL, '{1,2}', '{5}', '{9}', '{1}', '{1}', '2024-01-01', '{30}', NULL, 0, 1, 0.8);
SELECT cltv_revenue_ahead(nbd_model(1, 2), NULL, '{1}', '{50}', '{9}', '{1}', '{1}', '2024-01-01', '{30}', NULL, 0, 1, 0.8);
SELECT cltv_revenue_ahead(nbd_model(1, 2), NULL, '{NULL}', '{5}', '{9}', '{1}', '{1}', '2024-01-01', '{30}', NULL, 0, 1, 0.8);
SELECT cltv_revenue_ahead(nbd_model(1, 2), NULL, '{1}', '{5}', '{9}', '{1}', '{1}', '2024-01-01', '{30,30}', NULL, 0, 1, 0.8);
SELECT cltv_revenue_ahead(nbd_model(1, 2), NULL, '{1}', '{5}', '{9}', '{1}', '{1}', '2024-01-01', '{}', NULL, 0, 1, 0.8);
SELECT cltv_revenue_ahead(nbd_model(1, 2), NULL, '{1}', '{5}', '{9}', '{1}', '{1}', '2024-01-01', '{30}', '{1,2}', 0, 1, 0.8);
SELECT cltv_revenue_ahead(nbd_model(1, 2), NULL, '{1}', '{5}', '{9}', '{1}', '{1}', '2024-01-01', '{30}', NULL, 'NaN', 1, 0.8);
