-- Three years of a shop with monthly subscriptions on two plans. Customers differ in how easily they leave, and tire after a few
-- months; those of the larger plan leave less easily. The quantiles of times to leave, so that nothing is left to chance.
CREATE TABLE subscriptions AS
SELECT i AS customer_id, plan, started_on,
       CASE WHEN months < 60 THEN nullif(least((started_on + months * interval '1 month')::date, date '2025-01-01'), date '2025-01-01') END AS ended_on,
       CASE plan WHEN 'team' THEN 29.00 ELSE 9.00 END AS price, 'month'::text AS interval_unit
FROM generate_series(1, 4000) AS i,
     LATERAL (SELECT CASE WHEN i % 5 = 0 THEN 'team' ELSE 'solo' END AS plan,
                     date '2022-01-01' + ((i * 0.7548776662 * 1096)::int % 1096) AS started_on) AS p,
     LATERAL (SELECT count(*)::int AS months FROM generate_series(0, 59) AS t
              WHERE bdw_survival(CASE plan WHEN 'team' THEN bdw_model(0.5, 8, 1.5) ELSE bdw_model(0.9, 7, 1.5) END, t)
                    > (i * 0.6180339887) % 1) AS m
WHERE started_on < date '2025-01-01';
