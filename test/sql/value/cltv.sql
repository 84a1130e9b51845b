-- Customer lifetime value

-- The textbook formula
SELECT cltv_simple(20, 5, 3, 0.20), cltv_simple(50, 12, 2, 0.30), cltv_simple(20, 6, 3), cltv_simple(50, 1, 12);
SELECT cltv_simple(avg_order_value => 20, purchase_frequency => 5, lifespan => 3, margin => 0.2, acquisition_cost => 70) AS loss,
       cltv_simple(NULL, 5, 3) AS nothing_known;

CREATE TABLE models AS SELECT bgnbd_model(.2425945, 30.895214, .792922, 2.4259068) AS orders, gg_model(6.25, 3.74, 15.44) AS spend;

-- Without discount it is purchases times spend
SELECT horizon, abs(cltv_predict(orders, spend, 2, 213, 272, 22.35, horizon, discount_rate => 0, margin => 0.3)
                    / (0.3 * gg_predict(spend, 2, 22.35) * bgnbd_predict(orders, 2, 213, 272, horizon)) - 1) < 1e-12 AS same
FROM models, unnest(ARRAY[1, 90, 365, 3650]::float8[]) horizon;

-- Discounted: against the same integral as a sum over days, by the midpoint rule (error about 1e-6 of the value)
SELECT horizon, round(value::numeric, 8) AS value, abs(value / by_days - 1) < 1e-6 AS as_by_days
FROM models, unnest(ARRAY[30, 365, 1500]::float8[]) horizon,
     LATERAL (SELECT cltv_predict(orders, spend, 2, 213, 272, 22.35, horizon, 0.15) AS value) v,
     LATERAL (SELECT gg_predict(spend, 2, 22.35) * sum(power(1.15, -(day - 0.5) / 365)
                     * (bgnbd_predict(orders, 2, 213, 272, day) - bgnbd_predict(orders, 2, 213, 272, day - 1))) AS by_days
              FROM generate_series(1, horizon::int) day) s;

-- The longer, the more; the residual lifetime value is the limit
SELECT horizon, round(cltv_predict(orders, spend, 2, 213, 272, 22.35, horizon)::numeric, 6) AS value
FROM models, unnest(ARRAY[0, 30, 365, 3650, 36500, 365000, 'infinity']::float8[]) horizon;
SELECT cltv_predict(orders, spend, 2, 213, 272, 22.35, 'infinity', discount_rate => 0) AS undiscounted FROM models;
-- A new customer, whose spend is not known
SELECT round(cltv_predict(orders, spend, 0, 0, 0, NULL, 365)::numeric, 6) AS newcomer,
       abs(cltv_predict(orders, spend, 3, 100, 200, NULL, 365, discount_rate => 0)
           - bgnbd_predict(orders, 3, 100, 200, 365) * gg_predict(spend, 0, NULL)) < 1e-12 AS unknown_spend
FROM models;
-- The default discount rate is 10 % a year, the default margin 1
SELECT cltv_predict(orders, spend, 2, 213, 272, 22.35, 365) = cltv_predict(orders, spend, 2, 213, 272, 22.35, 365, 0.10, 1) AS defaults
FROM models;
-- Infinite spend makes an infinite value, unless nothing is bought
SELECT cltv_predict(orders, gg_model(2, .8, 15), 0, 0, 10, NULL, 365) AS infinite_mean,
       cltv_predict(orders, gg_model(2, .8, 15), 0, 0, 10, NULL, 0) AS no_time,
       cltv_predict(orders, gg_model(2, .8, 15), 0, 0, 10, NULL, 365, margin => 0) AS no_margin
FROM models;
-- NULLs
SELECT cltv_predict(NULL, spend, 2, 213, 272, 22.35, 365), cltv_predict(orders, NULL, 2, 213, 272, 22.35, 365),
       cltv_predict(orders, spend, NULL, 213, 272, 22.35, 365), cltv_predict(orders, spend, 2, NULL, 272, 22.35, 365),
       cltv_predict(orders, spend, 2, 213, NULL, 22.35, 365), cltv_predict(orders, spend, 2, 213, 272, 22.35, NULL),
       cltv_predict(orders, spend, 2, 213, 272, 22.35, 365, NULL), cltv_predict(orders, spend, 2, 213, 272, 22.35, 365, .1, NULL)
FROM models;
-- A fit that refused
SELECT cltv_predict(bgnbd_fit(0, 0, 10), gg_model(6, 4, 15), 2, 213, 272, 22.35, 365) AS refused FROM generate_series(1, 20);

-- In other units than days. days_per_unit => 1 changes no bit
SELECT kind, count(*) AS customers, bool_and(cltv_predict(model, spend, x, t, tenure, m, horizon, rate, .3, days_per_unit => 1)
                                             = cltv_predict(model, spend, x, t, tenure, m, horizon, rate, .3)) AS same
FROM models, (VALUES ('bgnbd', bgnbd_model(.24, 30.9, .79, 2.43)), ('mbgnbd', mbgnbd_model(.53, 43, .89, 1.6)),
                     ('pnbd', pnbd_model(.55, 74, .61, 82))) o(kind, model),
     (VALUES (0, 0, 0, NULL), (2, 213, 272, 22.35), (40, 400, 401.5, 3)) c(x, t, tenure, m),
     unnest(ARRAY[0, 1, 365, 'infinity']::float8[]) horizon, unnest(ARRAY[.001, .1, 3]) rate
GROUP BY kind ORDER BY kind;
-- The same customers in weeks, and in years of 365 days
SELECT kind, bool_and(abs(cltv_predict(by_day, spend, x, t, tenure, 20, horizon)
                          / cltv_predict(by_unit, spend, x, t / days, tenure / days, 20, horizon / days, .1, 1, days) - 1) < 1e-12) AS same
FROM models, unnest(ARRAY[7, 365]::float8[]) days,
     LATERAL (VALUES ('bgnbd', bgnbd_model(.24, 30.9, .79, 2.43), bgnbd_model(.24, 30.9 / days, .79, 2.43)),
                     ('mbgnbd', mbgnbd_model(.53, 43, .89, 1.6), mbgnbd_model(.53, 43 / days, .89, 1.6)),
                     ('pnbd', pnbd_model(.55, 74, .61, 82), pnbd_model(.55, 74 / days, .61, 82 / days))) o(kind, by_day, by_unit),
     (VALUES (0, 0, 100), (2, 213, 272), (40, 400, 401.5)) c(x, t, tenure), unnest(ARRAY[30, 365, 3650, 'infinity']::float8[]) horizon
GROUP BY kind ORDER BY kind;
-- BG/BB by the opportunity: by bgbb_dert at the rate of an opportunity, and by hand at two opportunities a year
SELECT days, horizon, bool_and(abs(cltv_predict(o, spend, x, t, n, m, horizon, .1, .3, days)
                                   / (.3 * gg_predict(spend, x, m) * bgbb_dert(o, x, t, n, power(1.1, days / 365) - 1, horizon)) - 1) < 1e-12) AS as_dert
FROM models, bgbb_model(1.2, .75, .66, 2.78) o, (VALUES (0, 0, 0, NULL), (0, 0, 6, NULL), (4, 5, 6, 30)) c(x, t, n, m),
     unnest(ARRAY[1, 30.4, 365]) days, unnest(ARRAY[1, 5, 'infinity']::float8[]) horizon GROUP BY 1, 2 ORDER BY 1, 2;
SELECT round(cltv_predict(o, spend, 4, 5, 6, 30, 2, discount_rate => .21, margin => 1, days_per_unit => 182.5)::numeric, 8) AS value,
       round((gg_predict(spend, 4, 30) * (bgbb_predict(o, 4, 5, 6, 1) / 1.1 + (bgbb_predict(o, 4, 5, 6, 2) - bgbb_predict(o, 4, 5, 6, 1)) / 1.21))::numeric, 8) AS by_hand,
       cltv_predict(o, spend, 4, 5, 6, 30, 0, .1, 1, 365) AS nothing_ahead,
       cltv_predict(o, spend, 4, 5, 6, 30, 7, 0, 1, 365) = bgbb_predict(o, 4, 5, 6, 7) * gg_predict(spend, 4, 30) AS undiscounted,
       cltv_predict(o, spend, 4, 5, 6, 30, 'infinity', 0, 1, 365) AS for_ever
FROM models, bgbb_model(1.2, .75, .66, 2.78) o;
-- An opportunity in a far future is worth nothing, a unit of no time is not discounted
SELECT cltv_predict(orders, spend, 2, 213, 272, 22.35, 365, .1, 1, 1e308) < 1e-300 AS far, cltv_predict(bgbb_model(1, 1, 1, 1), spend, 1, 1, 1, 9, 5, .1, 1, 1e308) AS far_opportunity,
       cltv_predict(orders, spend, 2, 213, 272, 22.35, 365, 1e308, 1, 1e308) AS farther,
       abs(cltv_predict(orders, spend, 2, 213, 272, 22.35, 365, .1, 1, 1e-300) / cltv_predict(orders, spend, 2, 213, 272, 22.35, 365, 0) - 1) < 1e-12 AS at_once
FROM models;
SELECT cltv_predict(orders, spend, 2, 213, 272, 22.35, 365, .1, 1, NULL) AS no_unit, cltv_predict(orders, spend, 2, 213, 272, 22.35, NULL, .1, 1, 7) AS no_horizon,
       round(cltv_predict(orders, spend, 2, 213, 272, NULL, 52, .1, 1, 7)::numeric, 6) AS unknown_spend,
       cltv_predict(bgbb_fit(2, 4, 6), gg_model(6, 4, 15), 1, 1, 1, 9, 1, .1, 1, 30) AS refused
FROM models, generate_series(1, 20) GROUP BY orders::text, 1, 2, 3;

-- Bad input
DO $$
DECLARE
    query text;
    state text; message text; hint text;
BEGIN
    FOREACH query IN ARRAY ARRAY['2, 300, 272, 22.35, 365)', '2, 213, 272, -1, 365)', '2, 213, 272, 22.35, -1)',
        '2, 213, 272, 22.35, ''NaN'')', '2, 213, 272, 22.35, 365, -0.1)', '2, 213, 272, 22.35, 365, ''infinity'')',
        '2, 213, 272, 22.35, 365, ''NaN'')', '2, 213, 272, 22.35, 365, margin => -0.1)',
        '2, 213, 272, 22.35, 365, margin => 30)', '2, 213, 272, 22.35, 365, margin => ''NaN'')'] LOOP
        BEGIN
            EXECUTE 'SELECT cltv_predict(orders, spend, ' || query || ' FROM models';
            RAISE NOTICE '% passes', query;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
            RAISE NOTICE '% -> % % (%)', query, state, message, hint;
        END;
    END LOOP;
    FOREACH query IN ARRAY ARRAY['cltv_predict(spend, spend, 2, 213, 272, 22.35, 365)',
        'cltv_predict(orders, orders, 2, 213, 272, 22.35, 365)',
        'cltv_predict(orders, spend, 2, 213, 272, 22.35, 365, .1, 1, 0)', 'cltv_predict(orders, spend, 2, 213, 272, 22.35, 365, .1, 1, -7)',
        'cltv_predict(orders, spend, 2, 213, 272, 22.35, 365, .1, 1, ''NaN'')', 'cltv_predict(orders, spend, 2, 213, 272, 22.35, 365, .1, 1, ''infinity'')',
        'cltv_predict(bgbb_model(1, 1, 1, 1), spend, 2, 3, 4, 22.35, 5)', 'cltv_predict(bgbb_model(1, 1, 1, 1), spend, 2, 3, 4, 22.35, 5.5, .1, 1, 7)',
        'cltv_predict(bgbb_model(1, 1, 1, 1), spend, 2, 3.5, 4, 22.35, 5, .1, 1, 7)', 'cltv_predict(sbg_model(1, 1), spend, 2, 3, 4, 22.35, 5, .1, 1, 7)',
        'cltv_predict(bgbb_model(1, 1, 1, 1), orders, 2, 3, 4, 22.35, 5, .1, 1, 7)', 'cltv_simple(-1, 5, 3)', 'cltv_simple(1, ''NaN'', 3)',
        'cltv_simple(1, 5, ''infinity'')', 'cltv_simple(1, 5, 3, 2)', 'cltv_simple(1, 5, 3, 1, -2)',
        'cltv_simple(1e200, 1e200, 1)'] LOOP
        BEGIN
            EXECUTE 'SELECT ' || query || ' FROM models';
            RAISE NOTICE '% passes', query;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
            RAISE NOTICE '% -> % % (%)', query, state, message, hint;
        END;
    END LOOP;
END $$;

DROP TABLE models;
