-- NBD, limits of the other models, weak fits, and the choice among them

-- Ehrenberg's posterior: the rate is Gamma(r + x, rate alpha + T)
SELECT x, round(nbd_predict(m, x, least(x, 1) * 100, 150, 90)::numeric, 9) AS purchases,
       round(((.74443 + x) / (63.3364 + 150) * 90)::numeric, 9) AS by_hand,
       prob_alive(m, x, least(x, 1) * 100, 150) AS alive, churn_prob(m, x, least(x, 1) * 100, 150) AS churn,
       round(churn_prob(m, x, least(x, 1) * 100, 150, 90)::numeric, 9) AS silent,
       round(purchase_pmf(m, x, least(x, 1) * 100, 150, 90, 2)::numeric, 9) AS two
FROM nbd_model(r => .74443, alpha => 63.3364) m, unnest(ARRAY[0, 3, 20]) x;
SELECT nbd_model(.7, 30), expected_purchases(nbd_model(.7, 30), 'infinity') AS all_to_come;

-- Customers who never leave: the other models end at that limit, or next to it, and predict the same
CREATE TABLE orders AS
SELECT customer_id, (s).frequency, (s).recency, (s).tenure
FROM (SELECT customer_id, rfm_summary(ordered_at, amount, date '2024-06-30') AS s
      FROM simulate_orders(nbd_model(.8, 60), gg_model(6, 4, 15), 2000, '2023-01-01', '2024-06-30', 11)
      GROUP BY customer_id) h;
CREATE TABLE fits AS
SELECT nbd_fit(frequency, recency, tenure) AS nbd, bgnbd_fit(frequency, recency, tenure) AS bgnbd,
       mbgnbd_fit(frequency, recency, tenure) AS mbgnbd, pnbd_fit(frequency, recency, tenure) AS pnbd,
       orders_fit(frequency, recency, tenure) AS best, customer_base(frequency, recency, tenure) AS base FROM orders;
SELECT name, model_status(m) AS status, round(log_likelihood(m)::numeric, 4) AS log_likelihood, round(bic(m)::numeric, 3) AS bic,
       (SELECT round(sum(expected_purchases(m, frequency, recency, tenure, 90))::numeric, 2) FROM orders) AS next_90_days
FROM fits, LATERAL (VALUES ('nbd', nbd), ('bgnbd', bgnbd), ('mbgnbd', mbgnbd), ('pnbd', pnbd), ('best', best)) v (name, m);
SELECT name, round(estimate::numeric, 4) AS estimate, round(std_error::numeric, 4) AS std_error FROM fits, model_params(pnbd);
SELECT bool_and(m::text::cltv_model::text = m::text) AS text_is_exact
FROM fits, LATERAL (VALUES (nbd), (bgnbd), (mbgnbd), (pnbd), (best)) v (m);
SELECT f.model, f.status, round(f.bic::numeric, 3) AS bic FROM fits, orders_fits(base) f;
SELECT best::jsonb ->> 'kind' AS best, best::text = orders_fit(base)::text AS of_a_base FROM fits;
SELECT orders_fit(base, prior => 1)::text = best::text AS as_without, orders_fit(base, prior => 0)::jsonb ? 'prior' AS by_a_prior FROM fits;
SELECT orders_fit(base, prior => -1) FROM fits;

-- A handful of customers, and none who came back
SELECT name, model_status(m) AS status, round(lower::numeric, 3) AS lower, round(i.estimate::numeric, 3) AS estimate,
       round(upper::numeric, 3) AS upper
FROM (SELECT nbd_fit(x, t, u) AS nbd, bgnbd_fit(x, t, u) AS bgnbd, mbgnbd_fit(x, t, u) AS mbgnbd, pnbd_fit(x, t, u) AS pnbd
      FROM (VALUES (0, 0, 200), (0, 0, 150), (0, 0, 90), (1, 50, 180), (4, 150, 160)) v (x, t, u)) f,
     LATERAL (VALUES ('nbd', nbd), ('bgnbd', bgnbd), ('mbgnbd', mbgnbd), ('pnbd', pnbd)) v (name, m),
     expected_purchases_interval(m, 4, 150, 160, 90) i;
SELECT model_status(m) AS status, m::jsonb ->> 'prior' AS prior, round(lower::numeric, 6) AS lower,
       round(i.estimate::numeric, 6) AS estimate, round(upper::numeric, 6) AS upper
FROM (SELECT bgnbd_fit(0, 0, 100) AS m FROM generate_series(1, 300)) f, expected_purchases_interval(m, 0, 0, 100, 365) i;

-- The weight of the prior
SELECT log_likelihood(bgnbd_fit(base, 0)) >= log_likelihood(bgnbd_fit(base)) - 0.01 AS plain, nbd_fit(base, 1)::text = nbd::text AS same
FROM fits;
DO $$
DECLARE
    message text; state text;
BEGIN
    FOR message IN SELECT unnest(ARRAY['-1', 'float8 ''NaN''', 'float8 ''infinity''']) LOOP
        BEGIN
            EXECUTE format('SELECT pnbd_fit(base, %s) FROM fits', message);
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
            RAISE NOTICE '% %', state, message;
        END;
    END LOOP;
END $$;
SELECT model_status(nbd_fit(base, 0)) AS plain FROM (SELECT customer_base(0, 0, 100) AS base FROM generate_series(1, 300)) s;

DROP TABLE orders, fits;
