-- Backtests of contracts: what models would have said of the renewals to come, and what came of them.

CREATE FUNCTION cltv_backtest_contracts(
    subscriptions regclass, customer name, started_on name, ended_on name, cutoff date,
    models text[] DEFAULT '{geometric,sbg,bdw,kaplan-meier}', period text DEFAULT 'month', as_of date DEFAULT NULL,
    ends text DEFAULT 'exclusive', attributes text[] DEFAULT NULL, longest_pause int DEFAULT 0,
    OUT model text, OUT status text, OUT contracts bigint, OUT renewals bigint, OUT "left" bigint, OUT expected_left float8,
    OUT bias float8, OUT brier float8, OUT concordance float8, OUT calibration float8)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 100000 ROWS 4
SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET DateStyle = 'ISO'
AS $$
#variable_conflict use_variable
DECLARE
    known CONSTANT text[] := ARRAY(SELECT f.name || u.suffix FROM @extschema@.cltv_families() AS f, unnest('{"",": attributes"}'::text[]) AS u (suffix)
                                   WHERE f.topic = 'contract' AND (u.suffix = '' OR f.attributes <> '{}') ORDER BY u.suffix, f.name)
                             || text 'kaplan-meier';
    source record;
    query text;
    first_day date;
    chosen text;
    fits text := '';
    place int := 0;
BEGIN
    IF subscriptions IS NULL OR customer IS NULL OR started_on IS NULL OR ended_on IS NULL OR cutoff IS NULL OR models IS NULL
       OR period IS NULL OR ends IS NULL OR longest_pause IS NULL THEN
        RETURN;
    END IF;
    period := @extschema@.cltv_known_period(period);
    IF NOT longest_pause BETWEEN 0 AND 36500 THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('longest_pause must be a number of days from 0 to 36500: %s', longest_pause),
            NULL::text,
            text 'A customer who comes back within that many days has paused; 0 allows no pauses.');
    END IF;
    FOREACH chosen IN ARRAY models LOOP
        IF (chosen = ANY (known)) IS NOT TRUE THEN
            PERFORM @extschema@.cltv_refuse(text '22023',
                format('unknown model %s', coalesce(quote_literal(chosen), 'NULL')),
                NULL::text,
                format('Models of contracts are %s.', array_to_string(known, ', ')));
        ELSIF chosen LIKE '%: %' AND attributes IS NULL THEN
            PERFORM @extschema@.cltv_refuse(text '22023',
                format('%s needs attributes', quote_literal(chosen)),
                NULL::text,
                text 'Name columns of the subscriptions: attributes => ''{plan}''.');
        END IF;
        place := place + 1;
        fits := fits || format(CASE WHEN place > 1 THEN ', ' ELSE '' END || '(%s, text %L, %s)', place, chosen,
                               CASE WHEN chosen = 'kaplan-meier' THEN 'NULL::@extschema@.cltv_model'
                               ELSE format('%s.%I(b.%s)', '@extschema@', split_part(chosen, ':', 1) || '_fit',
                                           CASE WHEN chosen LIKE '%: %' THEN 'by_churn, float8 ''1'', float8 ''0''' ELSE 'base' END) END);
    END LOOP;
    IF fits = '' THEN
        RETURN;
    END IF;
    PERFORM @extschema@.cltv_check_attributes(subscriptions, customer, attributes, '{ended_on,started_on,periods,churned}'::text[]);
    SELECT s.columns, s.amount, s.rows_of INTO STRICT source
    FROM @extschema@.cltv_subscriptions_source(subscriptions, customer, started_on, ended_on, NULL::name, NULL::name, ends) AS s;
    query := source.columns || source.amount || source.rows_of;
    PERFORM @extschema@.cltv_check_day(as_of, text 'as_of', text 'Pass the day up to which all subscriptions are known, or NULL.');
    IF as_of IS NULL THEN
        EXECUTE @extschema@.cltv_subscriptions_day(query) INTO as_of;
    END IF;
    IF NOT isfinite(cutoff) OR NOT cutoff < as_of THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('cutoff must be a day before %s, up to which the subscriptions are known, not %s', as_of, cutoff),
            NULL::text,
            text 'Leave enough time after it for renewals to compare with.');
    END IF;
    first_day := @extschema@.cltv_check_subscriptions(query, as_of, started_on, ended_on, NULL::name, ends);
    PERFORM @extschema@.cltv_check_span(first_day, as_of, text 'Models are compared over', text 'subscriptions');

    -- Of each contract that ran at the cut-off and came to renewals since: how many, and how it ended. What a model, or the
    -- curve, says of it depends on how many lay behind, how many came, and the attributes.
    RETURN QUERY EXECUTE format($query$
        WITH past AS MATERIALIZED (%1$s), present AS MATERIALIZED (%2$s),
        fitted AS MATERIALIZED (
            SELECT v.place, v.model, v.fitted, b.curve, b.longest
            FROM (SELECT %9$s.contract_base(h.periods::float8, h.churned) AS base,
                         %9$s.survival_curve(h.periods::float8, h.churned) AS curve, max(h.periods) AS longest%3$s FROM past AS h%4$s) AS b
            CROSS JOIN LATERAL (VALUES %5$s) AS v (place, model, fitted)
        ), due AS MATERIALIZED (
            SELECT h.periods AS behind, e.periods - h.periods AS came, n.churned, n.periods - h.periods AS seen, %6$s::text AS attributes
            FROM past AS h
            JOIN present AS n ON n.customer = h.customer AND n.started_on = h.started_on
            CROSS JOIN LATERAL %9$s.contract_periods(h.started_on, NULL::date, DATE %7$L, text %8$L, text 'exclusive', text 'started') AS e%4$s
            WHERE NOT h.churned AND e.periods > h.periods
        ), alike AS (
            SELECT d.behind, max(d.came) AS came, d.attributes FROM due AS d GROUP BY d.behind, d.attributes
        ), step AS (
            SELECT f.place, a.behind, a.attributes, g.renewal,
                   CASE WHEN f.model = 'kaplan-meier'
                        THEN %9$s.survival_prob(f.curve, least(a.behind + g.renewal, f.longest)::float8) / %9$s.survival_prob(f.curve, a.behind::float8)
                        ELSE %9$s.cltv_exp(sum(CASE WHEN p.leaves = 1 THEN float8 '-infinity' ELSE ln(1 - p.leaves) END)
                                 OVER (PARTITION BY f.place, a.behind, a.attributes ORDER BY g.renewal)) END AS stays
            FROM fitted AS f CROSS JOIN alike AS a CROSS JOIN LATERAL generate_series(1, a.came) AS g (renewal)
            CROSS JOIN LATERAL (SELECT CASE WHEN f.model = 'kaplan-meier' THEN NULL
                WHEN f.model LIKE '%%: %%' THEN %9$s.churn_prob(f.fitted, (a.behind + g.renewal - 1)::float8, a.attributes::%9$s.features)
                ELSE %9$s.churn_prob(f.fitted, (a.behind + g.renewal - 1)::float8) END AS leaves) AS p
        ), said AS (
            SELECT f.place, d.behind, d.came, d.seen, d.churned, s.stays, first.stays AS stays_first
            FROM fitted AS f CROSS JOIN due AS d
            LEFT JOIN step AS s ON s.place = f.place AND s.behind = d.behind AND s.renewal = d.came AND s.attributes IS NOT DISTINCT FROM d.attributes
            LEFT JOIN step AS first ON first.place = f.place AND first.behind = d.behind AND first.renewal = 1
                AND first.attributes IS NOT DISTINCT FROM d.attributes
        ), judged AS (
            SELECT s.place, count(*) AS contracts, sum(least(s.seen, s.came))::bigint AS renewals, count(*) FILTER (WHERE s.churned) AS gone,
                   sum(1 - s.stays) AS expected, avg((s.stays - (NOT s.churned)::int) ^ 2) AS brier,
                   %9$s.concordance(s.seen::float8, s.churned, 1 - s.stays_first) AS concordance, count(s.stays) < count(*) AS silent
            FROM said AS s GROUP BY s.place
        ), tenths AS (       -- by what was expected, ten groups as alike as can be
            SELECT t.place, t.tenth, abs(avg(1 - t.stays) - avg(t.churned::int)) AS gap, count(*) AS contracts
            FROM (SELECT s.*, ntile(10) OVER (PARTITION BY s.place ORDER BY s.stays, s.behind, s.churned) AS tenth FROM said AS s) AS t
            GROUP BY t.place, t.tenth
        )
        SELECT f.model, CASE WHEN f.model = 'kaplan-meier' THEN NULL ELSE %9$s.model_status(f.fitted) END, coalesce(j.contracts, 0),
               coalesce(j.renewals, 0), coalesce(j.gone, 0), CASE WHEN NOT j.silent THEN j.expected END,
               CASE WHEN NOT j.silent THEN j.expected / nullif(j.gone, 0) - 1 END, CASE WHEN NOT j.silent THEN j.brier END,
               CASE WHEN NOT j.silent THEN j.concordance END,
               CASE WHEN NOT j.silent THEN (SELECT sum(t.gap * t.contracts) / sum(t.contracts) FROM tenths AS t WHERE t.place = f.place) END
        FROM fitted AS f LEFT JOIN judged AS j ON j.place = f.place ORDER BY f.place$query$,
        @extschema@.cltv_contracts_query(source.columns, source.amount, source.rows_of, attributes, format('SELECT DATE %L AS as_of', cutoff), period, longest_pause, cutoff),
        @extschema@.cltv_contracts_query(source.columns, source.amount, source.rows_of, NULL::text[], format('SELECT DATE %L AS as_of', as_of), period, longest_pause, as_of),
        CASE WHEN attributes IS NOT NULL THEN ', @extschema@.feature_base(h.periods::float8, h.churned, k.attributes) AS by_churn' END,
        @extschema@.cltv_features_of(attributes, name 'h'), fits, CASE WHEN attributes IS NOT NULL THEN 'k.attributes' ELSE 'NULL' END,
        as_of, period, '@extschema@');
END
$$;
COMMENT ON FUNCTION cltv_backtest_contracts(regclass, name, name, name, date, text[], text, date, text, text[], int) IS
'Backtests models of contracts: predicted against actual renewals after a cut-off.
Fitted to subscriptions as they were known at the cut-off, one row per model: contracts that ran at the
cut-off and came to a renewal by as_of (NULL: the newest plausible day of a start or an end), renewals seen,
how many contracts left, and how many were expected to; bias = expected / left - 1; brier: mean squared error
of the probability of remaining; concordance: of the probability of leaving at the next renewal with who left
sooner, see concordance; calibration: mean distance, over ten groups by what was expected, of the share that
left from the share expected. subscriptions, customer, started_on, ended_on, period, ends and longest_pause
are as in subscription_metrics and cltv_materialize_contracts; models are geometric, sbg, bdw, each also with
attributes, columns of the subscriptions, as in ''sbg: attributes'', and kaplan-meier, the curve of the same
contracts, held flat behind its end. Unknown words, a cut-off that is not before as_of, more than 100000 days,
and subscriptions that end before they start are errors (22023); a missing column is 42703; a NULL that has no
default gives no rows.
Brier 1950; Harrell 1982.';
