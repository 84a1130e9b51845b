-- Monthly recurring revenue and what moved it: every kind of change, beside a query by hand, bad rows, prices a month
CREATE FUNCTION error_of(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;
CREATE TABLE subscription (customer_id int, plan text, started_on date, ended_on date, mrr numeric(10, 2));
INSERT INTO subscription VALUES
    (1, 'basic', '2024-01-10', NULL, 10.00),                                                -- stays
    (2, 'basic', '2024-01-31', '2024-03-15', 10.00), (2, 'plus', '2024-03-15', NULL, 25.50),    -- changes the plan upwards
    (3, 'plus', '2024-01-01', '2024-02-29', 25.50), (3, 'basic', '2024-02-29', NULL, 10.00),    -- and downwards
    (4, 'basic', '2024-01-05', '2024-02-10', 10.00), (4, 'basic', '2024-04-01', NULL, 12.00),   -- leaves and comes back
    (5, 'plus', '2024-02-20', '2024-04-30', 25.50),                                         -- leaves with the last day of April
    (6, 'basic', '2024-02-03', '2024-02-20', 10.00),                                        -- within a month: never seen at an end
    (7, 'basic', '2024-02-01', '2024-02-01', 10.00),                                        -- never ran
    (8, 'basic', '2024-01-15', NULL, 10.00), (8, 'extra', '2024-02-10', '2024-03-31', 5.25),    -- two at once, then one
    (9, 'free', '2024-01-01', NULL, 0);                                                     -- pays nothing
SELECT period, customers, starting_mrr AS starting, new_mrr AS new, expansion_mrr AS expansion, contraction_mrr AS contraction, churned_mrr AS churned,
       reactivation_mrr AS reactivation, ending_mrr AS ending, round(net_revenue_retention::numeric, 4) AS nrr, round(gross_revenue_retention::numeric, 4) AS grr,
       round(logo_retention::numeric, 4) AS logo, round(quick_ratio::numeric, 4) AS quick, round(arpa::numeric, 4) AS arpa, complete
FROM subscription_metrics('subscription', 'customer_id', 'started_on', 'ended_on', 'mrr', as_of => '2024-05-20');
-- The last day with the subscription instead of the first without it: customers 3 and 5 and the third month of 8 last a day longer
SELECT period, customers, starting_mrr, new_mrr, expansion_mrr, contraction_mrr, churned_mrr, reactivation_mrr, ending_mrr
FROM subscription_metrics('subscription', 'customer_id', 'started_on', 'ended_on', 'mrr', 'MONTH', '2024-05-20', ends => 'Inclusive');
-- An earlier day is an earlier report; without one it is the newest day of a start or an end
SELECT bool_and(a IS NOT DISTINCT FROM b) AS same_until_then, count(b) AS months
FROM subscription_metrics('subscription', 'customer_id', 'started_on', 'ended_on', 'mrr', as_of => '2024-05-20') AS a
     FULL JOIN subscription_metrics('subscription', 'customer_id', 'started_on', 'ended_on', 'mrr', as_of => '2024-03-31') AS b USING (period)
WHERE period <= '2024-03-01';
SELECT max(period) AS last, bool_and(complete) AS complete FROM subscription_metrics('subscription', 'customer_id', 'started_on', 'ended_on', 'mrr');
SELECT period, customers, ending_mrr, complete FROM subscription_metrics('subscription', 'customer_id', 'started_on', 'ended_on', 'mrr', 'quarter', '2024-06-30');
SELECT count(*) AS weeks, min(extract(isodow FROM period)) AS begin, max(extract(isodow FROM period)) AS all_begin
FROM subscription_metrics('subscription', 'customer_id', 'started_on', 'ended_on', 'mrr', 'week', '2024-05-20');
-- Each plan as if the others were not: a change of plan is churn there and new revenue here
SELECT attribute, period, customers, new_mrr, churned_mrr, reactivation_mrr, ending_mrr
FROM subscription_metrics('subscription', 'customer_id', 'started_on', 'ended_on', 'mrr', as_of => '2024-04-30', by => 'plan');
-- Times of any kind, other types of money, ends that never come, rows of which something is not known
CREATE VIEW timed AS
SELECT format('c%s', customer_id) AS "customer %s", started_on + interval '13 hours' AS "started ""on""", coalesce(ended_on + interval '7 hours', 'infinity') AS ended,
       mrr::float8 AS "mrr %I" FROM subscription
UNION ALL VALUES ('c1', NULL::timestamp, NULL::timestamp, 10), (NULL, '2024-01-01', NULL, 10), ('c1', '2024-01-01', NULL, NULL);
SELECT bool_and(a IS NOT DISTINCT FROM b) AS same
FROM subscription_metrics('subscription', 'customer_id', 'started_on', 'ended_on', 'mrr', as_of => '2024-05-20') AS a
     FULL JOIN subscription_metrics('timed', 'customer %s', 'started "on"', 'ended', 'mrr %I', as_of => '2024-05-20') AS b USING (period);

-- Random subscriptions of random customers, some overlapping, some in one day, beside a query by hand: every cent, every count
CREATE TABLE many AS
SELECT g % 700 AS customer_id, (ARRAY['a', 'b', NULL])[1 + g % 3] AS segment, d.started, CASE WHEN g % 5 > 0 THEN d.started + (g::bigint * 7919 % 400)::int * (g % 11)::int / 6 END AS ended,
       CASE WHEN g % 23 = 0 THEN 0 ELSE ((g::bigint * 104729) % 9973) / 100.0 END AS mrr
FROM generate_series(1, 3000) AS g, LATERAL (SELECT date '2020-01-01' + (g::bigint * 15485863 % 1461)::int AS started) AS d;
CREATE FUNCTION by_hand(period text, until date, segmented boolean, inclusive boolean) RETURNS TABLE (
    month date, attribute text, customers bigint, starting numeric, new numeric, expansion numeric, contraction numeric, churned numeric, reactivation numeric, ending numeric,
    kept bigint, customers_before bigint) LANGUAGE sql AS $$
    WITH months AS (
        SELECT m::date AS first, least((m + CASE period WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || period)::interval END)::date - 1, until) AS last
        FROM generate_series(date_trunc(period, (SELECT min(started) FROM many)::timestamp), until::timestamp,
                             CASE period WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || period)::interval END) AS m
    ), paid AS (     -- of every customer who ever was, at the end of every month
        SELECT w.customer_id, w.attribute, m.first, coalesce(sum(s.mrr), 0) AS mrr
        FROM (SELECT DISTINCT customer_id, CASE WHEN segmented THEN segment END AS attribute FROM many) AS w CROSS JOIN months AS m
             LEFT JOIN many AS s ON s.customer_id = w.customer_id AND (NOT segmented OR s.segment IS NOT DISTINCT FROM w.attribute)
                 AND s.started <= m.last AND (s.ended IS NULL OR s.ended + inclusive::int > m.last)
        GROUP BY 1, 2, 3
    ), pairs AS (
        SELECT p.*, coalesce(lag(mrr) OVER w, 0) AS before, coalesce(max(mrr) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) > 0 AS known
        FROM paid AS p WINDOW w AS (PARTITION BY customer_id, p.attribute ORDER BY p.first)
    )
    SELECT p.first, p.attribute, count(*) FILTER (WHERE mrr > 0), sum(before), coalesce(sum(mrr) FILTER (WHERE mrr > 0 AND NOT known), 0),
           coalesce(sum(mrr - before) FILTER (WHERE before > 0 AND mrr > before), 0), coalesce(sum(before - mrr) FILTER (WHERE mrr > 0 AND mrr < before), 0),
           coalesce(sum(before) FILTER (WHERE mrr = 0), 0), coalesce(sum(mrr) FILTER (WHERE before = 0 AND known), 0), sum(mrr),
           count(*) FILTER (WHERE before > 0 AND mrr > 0), count(*) FILTER (WHERE before > 0)
    FROM pairs AS p GROUP BY 1, 2
$$;
CREATE FUNCTION compared(period text, until date, segmented boolean, inclusive boolean, OUT rows bigint, OUT to_the_cent boolean, OUT adds_up boolean, OUT logos boolean,
                         OUT gross boolean, OUT net_above_1 boolean, OUT all_kinds boolean) LANGUAGE sql AS $$
    SELECT count(h.month),
           bool_and((m.customers, m.starting_mrr, m.new_mrr, m.expansion_mrr, m.contraction_mrr, m.churned_mrr, m.reactivation_mrr, m.ending_mrr)
               IS NOT DISTINCT FROM (h.customers, h.starting, h.new, h.expansion, h.contraction, h.churned, h.reactivation, h.ending)),
           bool_and(m.starting_mrr + m.new_mrr + m.expansion_mrr + m.reactivation_mrr - m.contraction_mrr - m.churned_mrr = m.ending_mrr),
           bool_and(m.logo_retention IS NOT DISTINCT FROM (h.kept::numeric / nullif(h.customers_before, 0))::float8),
           bool_and(m.gross_revenue_retention BETWEEN 0 AND 1 OR h.starting = 0), bool_or(m.net_revenue_retention > 1),
           sum(m.new_mrr) > 0 AND sum(m.expansion_mrr) > 0 AND sum(m.contraction_mrr) > 0 AND sum(m.churned_mrr) > 0 AND sum(m.reactivation_mrr) > 0
    FROM by_hand(period, until, segmented, inclusive) AS h
         FULL JOIN subscription_metrics('many', 'customer_id', 'started', 'ended', 'mrr', period, until, CASE WHEN segmented THEN name 'segment' END,
                                        CASE WHEN inclusive THEN 'inclusive' ELSE 'exclusive' END) AS m
             ON (m.period, coalesce(m.attribute, '')) = (h.month, coalesce(h.attribute, ''))
    -- Of a value there is a row from its first customer on.
    WHERE m.period IS NOT NULL OR h.ending > 0
$$;
SELECT v.*, c.* FROM (VALUES ('month', date '2024-02-10', false, false), ('month', '2024-02-29', true, true), ('quarter', '2023-12-31', true, false),
                             ('week', '2021-03-03', false, true), ('day', '2020-04-04', false, false)) AS v (period, until, segmented, inclusive),
     compared(period, until, segmented, inclusive) AS c;

-- Nothing to tell
SELECT count(*) AS rows FROM subscription_metrics('subscription', 'customer_id', 'started_on', 'ended_on', 'mrr', as_of => '2023-12-31');
SELECT count(*) AS rows FROM subscription_metrics('subscription', NULL, 'started_on', 'ended_on', 'mrr');
SELECT count(*) AS rows FROM subscription_metrics((SELECT 'subscription'::regclass WHERE false), 'customer_id', 'started_on', 'ended_on', 'mrr');
CREATE TABLE none (customer_id int, started_on date, ended_on date, mrr int);
SELECT count(*) AS rows FROM subscription_metrics('none', 'customer_id', 'started_on', 'ended_on', 'mrr');
-- Bad rows and words; a row that begins after as_of is not looked at
CREATE TABLE whole AS SELECT 1 AS customer_id, date '2024-01-05' AS started_on, date '2024-02-07' AS ended_on, int2 '5' AS int2, 5 AS int4, int8 '5' AS int8,
    float4 '5' AS float4, float8 '5' AS float8, numeric '5' AS numeric;
CREATE TABLE bad (customer_id text, started_on date, ended_on date, mrr float8);
CREATE FUNCTION error_with(started date, ended date, mrr float8, arguments text DEFAULT '', OUT code text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM bad;
    INSERT INTO bad VALUES ('a', '2024-01-01', NULL, 1), ('b %s b', started, ended, mrr);
    SELECT e.* INTO code, message, detail, hint
    FROM error_of(format('SELECT count(*) FROM subscription_metrics(''bad'', ''customer_id'', ''started_on'', ''ended_on'', ''mrr''%s)', arguments)) AS e;
END $$;
SELECT e.* FROM (VALUES (date '2024-02-01', date '2024-01-31', 5.0::float8, ''), ('2024-02-01', '2024-01-31', 5, ', ends => ''inclusive'''), ('2024-02-01', NULL, -5, ''),
                        ('2024-02-01', NULL, 'NaN', ''), ('2024-02-01', NULL, 'Infinity', ''), ('-infinity', NULL, 5, ''),
                        ('2024-02-01', '2024-01-31', -5, ', as_of => ''2024-01-31'''), ('2024-02-01', NULL, 5, ', as_of => ''infinity'''),
                        ('2024-02-01', NULL, 5, ', period => ''fortnight'''), ('2024-02-01', NULL, 5, ', ends => ''never'''),
                        ('1500-01-01', NULL, 5, ', period => ''day''')) AS v (started, ended, mrr, arguments),
     error_with(v.started, v.ended, v.mrr, v.arguments) AS e;
SELECT e.* FROM (VALUES ('''customer'', ''started_on'', ''ended_on'', ''mrr'''), ('''customer_id'', ''plan'', ''ended_on'', ''mrr'''),
                        ('''customer_id'', ''started_on'', ''mrr'', ''mrr'''), ('''customer_id'', ''started_on'', ''ended_on'', ''plan'''),
                        ('''customer_id'', ''started_on'', ''ended_on'', ''mrr'', by => ''colour''')) AS v (columns),
     error_of(format('SELECT count(*) FROM subscription_metrics(''subscription'', %s)', columns)) AS e;

-- Prices a month
SELECT price, interval_unit, interval_count, monthly_amount(price, interval_unit, interval_count) AS a_month
FROM (VALUES (120.00, 'year', 1), (120.00, 'YEAR', 2), (29.99, 'month', 1), (90, 'month', 3), (90, 'Quarter', 1), (10, 'week', 1), (10, 'week', 2), (1, 'day', 1), (1, 'day', 30),
             (100, 'year', 1), (-6, 'month', 6), (0, 'week', 1)) AS v (price, interval_unit, interval_count);
SELECT monthly_amount(29.99, 'month') AS unchanged, monthly_amount(NULL, 'month') IS NULL AND monthly_amount(1, NULL) IS NULL AS nulls, monthly_amount('NaN', 'year') AS nan,
       monthly_amount(1, 'year', 2147483647) > 0 AS tiny;
SELECT e.* FROM (VALUES ('monthly_amount(1, ''fortnight'')'), ('monthly_amount(1, ''months'')'), ('monthly_amount(1, ''month'', 0)'), ('monthly_amount(1, ''month'', -1)')) AS v (call),
     error_of('SELECT ' || call) AS e;

-- Any kind of number is one.
SELECT count(*) AS kinds, count(DISTINCT s.said) AS answers, min(s.said) AS answer
FROM unnest('{int2,int4,int8,float4,float8,numeric}'::name[]) AS k (kind),
     LATERAL (SELECT string_agg(m.new_mrr || ' ' || m.churned_mrr || ' ' || m.ending_mrr, ', ' ORDER BY m.period) AS said
              FROM subscription_metrics('whole', 'customer_id', 'started_on', 'ended_on', k.kind, as_of => '2024-03-31') AS m) AS s;
DROP TABLE whole;
DROP VIEW timed;
DROP TABLE subscription, many, none, bad;
DROP FUNCTION error_of(text), by_hand(text, date, boolean, boolean), compared(text, date, boolean, boolean), error_with(date, date, float8, text);
