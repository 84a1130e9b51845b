-- What views of contracts are written of, and the views for charts over them.

CREATE FUNCTION cltv_attributes_of(options jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT o.attributes FROM jsonb_to_record(options) AS o (attributes text[])
$function$;
COMMENT ON FUNCTION cltv_attributes_of(jsonb) IS 'Internal: the columns that the models of a NAME are offered.
NULL: none.';

CREATE FUNCTION cltv_period_rates(options jsonb, OUT months float8, OUT discount float8)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT m.months, (1 + (options ->> 'discount_rate')::float8) ^ (m.months / 12) - 1
    FROM (SELECT CASE options ->> 'period' WHEN 'day' THEN 12.0 / 365 WHEN 'week' THEN 12.0 / 52 WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 ELSE 12 END::float8
              AS months) AS m
$function$;
COMMENT ON FUNCTION cltv_period_rates(jsonb) IS
    'Internal: the months of a period of contracts, as MRR counts them, and the discount of one period.
Of the options of cltv_materialize_contracts. NULL gives NULL.';

-- What cannot be read is told by name before anything is refreshed.
CREATE FUNCTION cltv_check_contracts(customers regclass) RETURNS void
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000000 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(customers);
    subscriptions CONSTANT regclass := @extschema@.cltv_source(customers);
    source record;
    query text;
    as_of date := options ->> 'as_of';
BEGIN
    IF subscriptions IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('%s is not what %s reads', options ->> 'subscriptions', customers),
            HINT = 'Call cltv_materialize_contracts with replace => true and the name that the subscriptions have now.';
    END IF;
    SELECT s.columns, s.amount, s.rows_of INTO STRICT source
    FROM @extschema@.cltv_subscriptions_source(
        subscriptions, (options ->> 'customer')::name, (options ->> 'started_on')::name,
        (options ->> 'ended_on')::name, (options ->> 'mrr')::name, NULL::name, options ->> 'ends') AS s;
    query := source.columns || source.amount || source.rows_of;
    IF as_of IS NULL THEN
        EXECUTE @extschema@.cltv_subscriptions_day(query) INTO as_of;
    END IF;
    PERFORM @extschema@.cltv_check_subscriptions(query, as_of, (options ->> 'started_on')::name, (options ->> 'ended_on')::name,
                                                 (options ->> 'mrr')::name, options ->> 'ends');
END
$function$;
COMMENT ON FUNCTION cltv_check_contracts(regclass) IS
    'Internal: raises an error (22023) for an impossible subscription of a NAME.
It names the subscription, of those that a NAME of cltv_materialize_contracts reads.';

CREATE PROCEDURE cltv_contract_views(customers regclass)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET DateStyle = 'ISO'
AS $procedure$
#variable_conflict use_variable
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(customers);
    base text;
    home text;
    model text;
    history text;
    features_of CONSTANT text := @extschema@.cltv_features_of(@extschema@.cltv_attributes_of(options), name 'h');
    -- Groups of fewer customers, or contracts, are not shown; nor are sums over those who came, left or changed, who may be few.
    least_group CONSTANT int := coalesce((options ->> 'min_group')::int, 1);
    few text;
BEGIN
    SELECT n.nspname, c.relname INTO STRICT home, base
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = customers;
    SELECT min(p.full_name) FILTER (WHERE p.part = 'model'), min(p.full_name) FILTER (WHERE p.part = 'history')
    INTO STRICT model, history
    FROM @extschema@.cltv_parts(customers) AS p;

    -- What the model has of the contracts as they are: the mean over their attributes.
    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE MATERIALIZED VIEW %1$I.%2$I AS
WITH alike AS (
    SELECT %5$s::text AS attributes, count(*)::float8 AS contracts
    FROM %3$s AS h CROSS JOIN %4$s AS m%6$s
    GROUP BY 1
), ahead AS (
    SELECT a.attributes, a.contracts, g.period,
           @cltv@.cltv_exp(sum(CASE WHEN g.leaves = 1 THEN float8 '-infinity' ELSE ln(1 - g.leaves) END)
               OVER (PARTITION BY a.attributes ORDER BY g.period)) AS stays
    FROM alike AS a
    CROSS JOIN LATERAL (SELECT g.period, %7$s AS leaves FROM %4$s AS m
                        CROSS JOIN generate_series(1, (SELECT max(h.periods) FROM %3$s AS h)) AS g (period)) AS g
), expected AS (
    SELECT a.period, sum(a.contracts * a.stays) / sum(a.contracts) AS survival FROM ahead AS a GROUP BY a.period
)
SELECT t."time"::int AS period, t.at_risk::bigint AS at_risk, t.events::bigint AS ended, t.events / nullif(t.at_risk, 0) AS churn_rate, t.survival, t.lower, t.upper,
       CASE WHEN t."time" = 0 THEN 1 ELSE e.survival END AS expected
FROM (SELECT @cltv@.survival_curve(h.periods::float8, h.churned) AS curve FROM %3$s AS h) AS c
CROSS JOIN LATERAL @cltv@.survival_table(c.curve, float8 '0.95', text 'log-log') AS t
LEFT JOIN expected AS e ON e.period = t."time"%8$s$sql$),
        home, base || '_curve', history, model,
        CASE WHEN features_of IS NULL THEN 'NULL' ELSE 'CASE WHEN m.attributes IS NOT NULL THEN k.attributes END' END, features_of,
        @extschema@.cltv_by_attributes(text 'churn_prob(m.contracts_model, (g.period - 1)::float8?)', text 'a.attributes::@extschema@.features'),
        CASE WHEN least_group > 1 THEN format(E'\nWHERE t.at_risk >= %s', least_group) END);
    EXECUTE format('CREATE UNIQUE INDEX ON %I.%I (period)', home, base || '_curve');

    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE MATERIALIZED VIEW %1$I.%2$I AS
SELECT s.period, s.customers, %13$s, %10$s, s.ending_mrr, %11$s, s.arpa, s.complete
FROM (SELECT s.*, lag(s.customers, 1, bigint '0') OVER (ORDER BY s.period) AS before
      FROM @cltv@.subscription_metrics(%3$L::regclass, name %4$L, name %5$L, name %6$L, name %7$L, text 'month', %8$L::date, NULL::name, text %9$L) AS s) AS s%12$s$sql$),
        home, base || '_mrr', options ->> 'subscriptions', options ->> 'customer', options ->> 'started_on', options ->> 'ended_on',
        options ->> 'mrr', options ->> 'as_of', options ->> 'ends',
        (SELECT string_agg(CASE WHEN least_group > 1 THEN 'NULL::numeric AS ' ELSE 's.' END || u.name, ', ' ORDER BY u.place)
         FROM unnest('{new_mrr,expansion_mrr,contraction_mrr,churned_mrr,reactivation_mrr}'::text[]) WITH ORDINALITY AS u (name, place)),
        (SELECT string_agg(CASE WHEN least_group > 1 THEN 'NULL::float8 AS ' ELSE 's.' END || u.name, ', ' ORDER BY u.place)
         FROM unnest('{net_revenue_retention,gross_revenue_retention,logo_retention,quick_ratio}'::text[]) WITH ORDINALITY AS u (name, place)),
        CASE WHEN least_group > 1 THEN format(' WHERE s.customers >= %s', least_group) END,
        CASE WHEN least_group > 1 THEN format('CASE WHEN s.before >= %s THEN s.starting_mrr END AS starting_mrr', least_group) ELSE 's.starting_mrr' END);
    few := CASE WHEN least_group > 1 THEN format(E'\nHAVING count(*) >= %s', least_group) ELSE '' END;
    EXECUTE format('CREATE UNIQUE INDEX ON %I.%I (period)', home, base || '_mrr');

    EXECUTE format($sql$
CREATE VIEW %1$I.%2$I AS
SELECT date_trunc('month', v.first_started::timestamp)::date AS cohort, count(*) AS customers,
       count(*) FILTER (WHERE v.status <> 'ended') AS still_there,
       count(*) FILTER (WHERE v.status <> 'ended') / count(*)::float8 AS retention, sum(v.mrr) AS mrr, sum(v.cltv) AS cltv,
       avg(v.cltv) AS cltv_per_customer
FROM %3$s AS v GROUP BY date_trunc('month', v.first_started::timestamp)$sql$ || few, home, base || '_cohorts', customers);
    EXECUTE format($sql$
CREATE VIEW %1$I.%2$I AS
SELECT date_trunc('month', v.next_renewal::timestamp)::date AS month, count(*) AS renewals, sum(v.churn_prob) AS expected_to_leave,
       sum(v.mrr) AS mrr, sum(v.mrr::float8 * v.churn_prob) AS mrr_at_risk, sum(v.cltv) AS cltv
FROM %3$s AS v WHERE v.status <> 'ended' GROUP BY date_trunc('month', v.next_renewal::timestamp)$sql$ || few,
        home, base || '_renewals', customers);

    INSERT INTO @extschema@.cltv_made (customers, part, relation)
    SELECT customers, part, to_regclass(format('%I.%I', home, base || '_' || part))
    FROM unnest('{curve,mrr,cohorts,renewals}'::text[]) AS part;
END
$procedure$;
COMMENT ON PROCEDURE cltv_contract_views(regclass) IS
    'Internal: makes the chart views of a NAME of cltv_materialize_contracts.
The materialized views NAME_curve by period and NAME_mrr by month, and NAME_cohorts and NAME_renewals. They
must not exist.';

CREATE FUNCTION cltv_contract_remarks(options jsonb) RETURNS TABLE (part text, number int, name text, remark text)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 60 SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT r.*
    FROM (VALUES
        ('customers', NULL, NULL, 'One row per customer, as of the newest day of the subscriptions at the last refresh'),
        ('history', NULL, NULL, 'The contracts of each customer: subscriptions that follow each other, or overlap, are one'),
        ('model', NULL, NULL, 'The model in use, one row'),
        ('curve', NULL, NULL, 'How many contracts are still there after so many periods, and how many the model expects'),
        ('mrr', NULL, NULL, 'Monthly recurring revenue by calendar month, and what moved it'),
        ('cohorts', NULL, NULL, 'Customers and their value by the month of their first contract'),
        ('renewals', NULL, NULL, 'What is to be renewed, by month, and what is at risk then'),
        ('history', 1, NULL, 'The customer'),
        ('history', NULL, 'contract_number', 'Number of the contract of the customer, from 1'),
        ('history', NULL, 'started_on', 'First day of the contract'),
        ('history', NULL, 'ended_on', 'First day without it; empty where none is known'),
        ('history', NULL, 'as_of', 'Day up to which all subscriptions are known'),
        ('history', NULL, 'periods', 'Whole periods behind it; one that was begun counts where it ended within it'),
        ('history', NULL, 'churned', 'Whether it has ended'),
        ('history', NULL, 'mrr', 'Monthly recurring revenue of what runs of it'),
        ('model', NULL, 'as_of', 'Day up to which the contracts of the fit were observed'),
        ('model', NULL, 'contracts_model', 'The model of contracts; see model_params(contracts_model)'),
        ('model', NULL, 'status', 'Status of the fit: converged, or why not'),
        ('model', NULL, 'contracts', 'Contracts in the fit'),
        ('model', NULL, 'log_likelihood', 'Log-likelihood of the model'),
        ('model', NULL, 'aic', 'Akaike''s information criterion of the model: less is better'),
        ('model', NULL, 'family', 'The family of the model: geometric, sbg, bdw'),
        ('model', NULL, 'compared', 'What was fitted: status and Bayesian information criterion of each, less is better'),
        ('model', NULL, 'attributes', 'What attributes act on in the model: churn; empty where a model without attributes is better'),
        ('customers', 1, NULL, 'The customer'),
        ('customers', NULL, 'status', 'running; cancelled: runs, and its end is known; or ended'),
        ('customers', NULL, 'first_started', 'First day of the first contract'),
        ('customers', NULL, 'started_on', 'First day of the newest contract'),
        ('customers', NULL, 'ended_on', 'First day without it; empty where none is known'),
        ('customers', NULL, 'tenure', 'Days from the first contract to the day of observation'),
        ('customers', NULL, 'contracts', 'Number of contracts: one more than the times that the customer came back'),
        ('customers', NULL, 'renewals', 'Completed periods of the newest contract'),
        ('customers', NULL, 'next_renewal', 'Day of the next renewal'),
        ('customers', NULL, 'mrr', 'Monthly recurring revenue now'),
        ('customers', NULL, 'churn_prob', 'Probability of leaving at the next renewal, from 0 to 1; empty for those who have left'),
        ('customers', NULL, 'expected_periods', format('Renewals expected out of the next %s', options ->> 'horizon')),
        ('customers', NULL, 'periods_lower', 'Lower end of the 95 % interval of their number'),
        ('customers', NULL, 'periods_upper', 'Upper end of it'),
        ('customers', NULL, 'cltv', format('Value expected of the next %s renewals, discounted at %s a year, at a margin of %s',
                                           options ->> 'horizon', options ->> 'discount_rate', options ->> 'margin')),
        ('customers', NULL, 'cltv_lower', 'Value if it is periods_lower'),
        ('customers', NULL, 'cltv_upper', 'Value if it is periods_upper'),
        ('customers', NULL, 'value_tier', 'High: the fifth of the current customers with the highest cltv; Medium: the rest of the upper half; Low: the lower half'),
        ('curve', NULL, 'period', 'Number of periods since the start'),
        ('curve', NULL, 'at_risk', 'Contracts that reached that renewal'),
        ('curve', NULL, 'ended', 'Those of them that were not renewed'),
        ('curve', NULL, 'churn_rate', 'Share of those that reached it that were not renewed, from 0 to 1'),
        ('curve', NULL, 'survival', 'Share of all contracts still there then, from 0 to 1, by Kaplan and Meier'),
        ('curve', NULL, 'lower', 'Lower end of its 95 % interval'),
        ('curve', NULL, 'upper', 'Upper end of its 95 % interval'),
        ('curve', NULL, 'expected', 'Share that the model expects'),
        ('mrr', NULL, 'period', 'First day of the month'),
        ('mrr', NULL, 'customers', 'Customers with recurring revenue at its end'),
        ('mrr', NULL, 'starting_mrr', 'Recurring revenue at its start'),
        ('mrr', NULL, 'new_mrr', 'Of customers who have it for the first time'),
        ('mrr', NULL, 'expansion_mrr', 'Increase of customers who had some at its start'),
        ('mrr', NULL, 'contraction_mrr', 'Decrease of customers who still have some'),
        ('mrr', NULL, 'churned_mrr', 'Of customers who no longer have any'),
        ('mrr', NULL, 'reactivation_mrr', 'Of customers who had none at its start, and had some before'),
        ('mrr', NULL, 'ending_mrr', 'Recurring revenue at its end'),
        ('mrr', NULL, 'net_revenue_retention', 'What is left of the revenue at its start, with expansion; may exceed 1'),
        ('mrr', NULL, 'gross_revenue_retention', 'What is left of the revenue at its start, without expansion, from 0 to 1'),
        ('mrr', NULL, 'logo_retention', 'Share of the customers at its start who are there at its end, from 0 to 1'),
        ('mrr', NULL, 'quick_ratio', 'What was won divided by what was lost'),
        ('mrr', NULL, 'arpa', 'Recurring revenue per customer'),
        ('mrr', NULL, 'complete', 'Whether the month is over'),
        ('cohorts', NULL, 'cohort', 'Month of the first contract'),
        ('cohorts', NULL, 'customers', 'Customers who began then'),
        ('cohorts', NULL, 'still_there', 'Those of them who are still there, or there again'),
        ('cohorts', NULL, 'retention', 'Their share, from 0 to 1'),
        ('cohorts', NULL, 'mrr', 'Their monthly recurring revenue now'),
        ('cohorts', NULL, 'cltv', 'Sum of their cltv'),
        ('cohorts', NULL, 'cltv_per_customer', 'Mean cltv of all who began then'),
        ('renewals', NULL, 'month', 'Month of the next renewal'),
        ('renewals', NULL, 'renewals', 'Customers whose next renewal is then'),
        ('renewals', NULL, 'expected_to_leave', 'How many of them are expected to leave'),
        ('renewals', NULL, 'mrr', 'Their monthly recurring revenue'),
        ('renewals', NULL, 'mrr_at_risk', 'What of it is expected to be lost'),
        ('renewals', NULL, 'cltv', 'Sum of their cltv')
    ) AS r (part, number, name, remark)
    WHERE options ->> 'kind' = 'contracts'
$function$;
COMMENT ON FUNCTION cltv_contract_remarks(jsonb) IS
    'Internal: what the relations and columns of a NAME of contracts mean.
Of other options there are none.';
