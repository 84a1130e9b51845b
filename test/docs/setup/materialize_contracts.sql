-- Two and a half years of subscriptions on two plans, as they were known at the end of June 2024: quantiles of times to leave.
CREATE TABLE subscriptions AS
SELECT i AS customer_id, plan, CASE plan WHEN 'team' THEN 40.00 ELSE 9.90 END AS mrr, started_on,
       CASE WHEN ended_on <= '2024-06-30' THEN ended_on END AS ended_on
FROM generate_series(1, 2000) AS i,
     LATERAL (SELECT CASE WHEN i % 5 = 0 THEN 'team' ELSE 'solo' END AS plan,
                     date '2022-01-01' + (i * 0.7548776662 * 912)::int % 912 AS started_on) AS p,
     LATERAL (SELECT count(*)::int AS months FROM generate_series(0, 59) AS t
              WHERE sbg_survival(CASE plan WHEN 'team' THEN sbg_model(0.6, 9) ELSE sbg_model(0.9, 6) END, t)
                    > i * 0.6180339887 % 1) AS m,
     LATERAL (SELECT (started_on + months * interval '1 month')::date AS ended_on) AS e;
