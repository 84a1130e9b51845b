-- Contracts: views without small groups, and why a customer has that value.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET DateStyle = ISO;
CREATE SCHEMA club_groups;
SET search_path = club_groups, public;
-- Half leave sooner. The newest customers are few a month.
CREATE TABLE subscriptions AS
SELECT i AS customer_id, plan, began AS started_on, CASE WHEN stays < 99 AND began + stays * 30 < date '2024-09-01' THEN began + stays * 30 END AS ended_on,
       CASE plan WHEN 'solo "x"' THEN 10 ELSE 25 END + i % 5 AS mrr
FROM (SELECT i, CASE WHEN i % 2 = 0 THEN 'solo "x"' ELSE 'team' END AS plan, date '2022-01-01' + ((i * 37) % 700 + (i * i) % 150) AS began,
             CASE WHEN (i * 7919) % 100 < CASE WHEN i % 2 = 0 THEN 80 ELSE 40 END THEN 1 + (i * 104729) % CASE WHEN i % 2 = 0 THEN 9 ELSE 20 END ELSE 99 END AS stays
      FROM generate_series(1, 400) AS i) AS s;
CALL cltv_materialize_contracts('club', 'subscriptions', attributes => '{plan}', as_of => '2024-06-01', margin => 0.5);
CALL cltv_materialize_contracts('shown', 'subscriptions', attributes => '{plan}', as_of => '2024-06-01', margin => 0.5, min_group => 10);
-- The groups that are shown are as they were
SELECT count(*) FILTER (WHERE c.customers < 10) > 0 AS some_small, bool_and((s.cohort IS NULL) = (c.customers < 10)) AS left_out, bool_and(s.cltv = c.cltv) AS same
FROM club_cohorts AS c LEFT JOIN shown_cohorts AS s USING (cohort);
SELECT bool_and((s.month IS NULL) = (c.renewals < 10)) AS left_out, bool_and(s.mrr_at_risk = c.mrr_at_risk) AS same FROM club_renewals AS c LEFT JOIN shown_renewals AS s USING (month);
SELECT count(*) FILTER (WHERE c.at_risk < 10) > 0 AS some_small, bool_and((s.period IS NULL) = (c.at_risk < 10)) AS left_out, bool_and(s.survival = c.survival AND s.expected = c.expected) AS same
FROM club_curve AS c LEFT JOIN shown_curve AS s USING (period);
SELECT count(*) FILTER (WHERE c.customers < 10) > 0 AS some_small, bool_and((s.period IS NULL) = (c.customers < 10)) AS left_out, bool_and(s.ending_mrr = c.ending_mrr AND s.arpa = c.arpa) AS same,
       count(s.new_mrr) + count(s.expansion_mrr) + count(s.contraction_mrr) + count(s.churned_mrr) + count(s.reactivation_mrr) + count(s.quick_ratio)
       + count(s.logo_retention) + count(s.net_revenue_retention) + count(s.gross_revenue_retention) AS of_who_moved
FROM club_mrr AS c LEFT JOIN shown_mrr AS s USING (period);
SELECT a.attname, format_type(a.atttypid, a.atttypmod) = format_type(b.atttypid, b.atttypmod) AS same_type FROM pg_attribute AS a JOIN pg_attribute AS b USING (attname, attnum)
WHERE a.attrelid = 'club_mrr'::regclass AND b.attrelid = 'shown_mrr'::regclass AND a.attnum > 0 ORDER BY a.attnum;
CALL cltv_refresh('shown');
SELECT min(customers) >= 10 AS groups FROM shown_mrr;
SELECT count(*) = 1 AS before_is_small FROM shown_mrr WHERE starting_mrr IS NULL;
SELECT cltv_made_as('shown') ->> 'min_group' AS min_group;
-- Why: the rows add up to the prediction of each
SELECT c.status, count(*) > 10 AS some, max(abs(e.total - c.cltv)) < 1e-9 AS adds_up, max(abs(e.said - c.cltv)) < 1e-9 AS says_so, min(e.n) AS least, max(e.n) AS most
FROM club AS c CROSS JOIN LATERAL (SELECT sum(contribution) FILTER (WHERE feature <> '(prediction)') AS total, max(contribution) FILTER (WHERE feature = '(prediction)') AS said, count(*) AS n
                                   FROM cltv_explain('club', c.customer_id::text)) AS e
GROUP BY c.status ORDER BY c.status;
SELECT e.feature, e.value, round(e.contribution::numeric, 4) AS contribution FROM cltv_explain('club', (SELECT min(customer_id) FROM club WHERE status = 'running' AND renewals > 5)::text) AS e;
SELECT e.feature, e.value FROM cltv_explain('club', (SELECT min(customer_id) FROM club WHERE status = 'ended')::text) AS e;
-- By hand: two parts, of sbg with alpha 2 and beta 5, and no discount. Expected periods of h renewals: the sum of the products of (beta + i) / (alpha + beta + i).
WITH e (behind, periods) AS (
    SELECT b, (SELECT sum((SELECT exp(sum(ln((5.0 + j) / (7 + j)))) FROM generate_series(b, b + k - 1) AS j)) FROM generate_series(1, 3) AS k) FROM (VALUES (0), (4)) AS b (b)
), v AS (SELECT max(periods) FILTER (WHERE behind = 0)::float8 AS new, max(periods) FILTER (WHERE behind = 4)::float8 AS old FROM e)
SELECT feature, value, abs(contribution - CASE feature WHEN '(base)' THEN 10 * new WHEN 'tenure' THEN (10 + 25) / 2.0 * (old - new) ELSE (25 - 10) * (old + new) / 2 END) < 1e-12 AS as_by_hand
FROM v, explain(sbg_model(2, 5), 4, 3, amount => 25, average_amount => 10);
SELECT sum(contribution) - cltv_predict(geometric_model(0.1), 7, 20, 12, 0.01) < 1e-12 AS adds_up FROM explain(geometric_model(0.1), 7, 12, 20, 10, 0.01);
SELECT contribution FROM explain(geometric_model(0.1), 7, 12, 20, 10) WHERE feature = 'tenure';
SELECT * FROM explain(NULL::cltv_model, 7, 12);
SELECT * FROM explain(geometric_model(0.1), NULL, 12);
SELECT feature, contribution FROM explain((SELECT geometric_fit(1, false)), 1, 12);
SELECT * FROM explain((SELECT contracts_model FROM club_model), 1, 12);
SELECT * FROM explain(sbg_model(2, 5), -1, 12);
SELECT * FROM cltv_explain('club', 'nobody');
SELECT * FROM cltv_explain('club', '999999');
-- Errors
CALL cltv_materialize_contracts('wrong', 'subscriptions', min_group => 0);
CALL cltv_materialize_contracts('wrong', 'subscriptions', min_group => NULL);
CALL cltv_drop('club');
CALL cltv_drop('shown');
DROP SCHEMA club_groups CASCADE;
