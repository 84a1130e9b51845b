-- The options of cltv_materialize, of orders and of contracts: an option is a line here, and an argument there. What passes is
-- kept in cltv_made, where refresh and describe read it again.

CREATE FUNCTION cltv_share_hint(value float8) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
AS $function$
    SELECT CASE WHEN value > 1 AND value <= 100
           THEN format('Did you mean %s? It is a share: %1$s is %2$s percent.', trim_scale(value::numeric / 100), value)
           ELSE 'It is a share: 0.1 is 10 percent.' END
$function$;
COMMENT ON FUNCTION cltv_share_hint(float8) IS
    'Internal: the hint of an error about an invalid share.
Whoever writes 30 may mean 30 percent.';

CREATE FUNCTION cltv_options(given jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
AS $function$
DECLARE
    rule record;
    value text;
    shortest int;       -- of days, in which a period is sure to end
    percent CONSTANT text := 'It is a share of 1.';
BEGIN
    -- least and most bound numbers, both included; there is a message where there is something to say.
    FOR rule IN
        SELECT * FROM (VALUES
            ('orders', 'orders',        false, NULL, NULL, NULL, NULL),
            ('orders', 'customer',      false, NULL, NULL, NULL, NULL),
            ('orders', 'ordered_at',    false, NULL, NULL, NULL, NULL),
            ('orders', 'amount',        false, NULL, NULL, NULL, NULL),
            ('orders', 'horizon',       false, '5e-324', 'Infinity', 'a positive number of days',
             '365 is a year; ''infinity'' is all the time to come.'),
            ('orders', 'discount_rate', false, '0', '1', 'between 0 and 1', percent),
            ('orders', 'margin',        false, NULL, NULL, NULL, NULL),
            ('orders', 'model',         false, NULL, NULL, NULL, NULL),      -- a family, or auto
            ('orders', 'bins',          false, '2', '10', 'between 2 and 10', 'Quintiles, bins => 5, are usual.'),
            ('orders', 'as_of',         true,  NULL, NULL, NULL, NULL),
            ('orders', 'customers',     true,  NULL, NULL, NULL, NULL),
            ('orders', 'replace',       false, NULL, NULL, NULL, NULL),
            ('orders', 'incremental',   false, NULL, NULL, NULL, NULL),
            ('orders', 'late_days',     false, '0', '100000', 'between 0 and 100000',
             'It is the number of newest days whose orders may still arrive or change after a refresh.'),
            ('orders', 'order_id',      true,  NULL, NULL, NULL, NULL),
            ('orders', 'refund_of',     true,  NULL, NULL, NULL, NULL),
            ('orders', 'refunds',       false, NULL, NULL, NULL, NULL),      -- subtract or match
            ('orders', 'amounts',       false, NULL, NULL, NULL, NULL),      -- revenue or signed
            ('orders', 'all_customers', false, NULL, NULL, NULL, NULL),
            ('orders', 'signed_up',     true,  NULL, NULL, NULL, NULL),
            ('orders', 'attributes',    true,  NULL, NULL, NULL, NULL),
            ('orders', 'calendar',      true,  NULL, NULL, NULL, NULL),      -- season, months or auto
            ('orders', 'learner',       true,  NULL, NULL, NULL, NULL),      -- of cltv_learners()
            ('orders', 'choose',        false, NULL, NULL, NULL, NULL),      -- bic or holdout
            ('orders', 'min_group',     false, '1', '1000000', 'between 1 and 1000000',
             'The views for charts leave out groups of fewer customers; 1 leaves out none.'),
            ('orders', 'acquisition_cost', true, NULL, NULL, NULL, NULL),
            ('orders', 'cost_to_serve',    true, NULL, NULL, NULL, NULL),
            ('orders', 'segments',      true,  NULL, NULL, NULL, NULL),      -- names or rules, see cltv_check_segments
            ('orders', 'revenue',       true,  NULL, NULL, NULL, NULL),      -- week, month, quarter or year
            ('orders', 'cohorts',       true,  NULL, NULL, NULL, NULL),      -- likewise
            ('orders', 'products',      true,  NULL, NULL, NULL, NULL),
            ('orders', 'clusters',      true,  NULL, NULL, NULL, NULL),      -- a number or auto
            ('contracts', 'subscriptions', false, NULL, NULL, NULL, NULL),
            ('contracts', 'customer',      false, NULL, NULL, NULL, NULL),
            ('contracts', 'started_on',    false, NULL, NULL, NULL, NULL),
            ('contracts', 'ended_on',      false, NULL, NULL, NULL, NULL),
            ('contracts', 'mrr',           false, NULL, NULL, NULL, NULL),
            ('contracts', 'period',        false, NULL, NULL, NULL, NULL),      -- day, week, month, quarter or year
            ('contracts', 'ends',          false, NULL, NULL, NULL, NULL),      -- exclusive or inclusive
            ('contracts', 'horizon',       false, '1', '1200', 'a number of periods from 1 to 1200',
             '12 is a year of months.'),
            ('contracts', 'discount_rate', false, '0', '1', 'between 0 and 1', percent),
            ('contracts', 'margin',        false, '0', '1', 'between 0 and 1', percent),
            ('contracts', 'model',         false, NULL, NULL, NULL, NULL),      -- a family, or auto
            ('contracts', 'attributes',    true,  NULL, NULL, NULL, NULL),
            ('contracts', 'as_of',         true,  NULL, NULL, NULL, NULL),
            ('contracts', 'replace',       false, NULL, NULL, NULL, NULL),
            ('contracts', 'min_group',     false, '1', '1000000', 'between 1 and 1000000',
             'The views for charts leave out groups of fewer customers; 1 leaves out none.'),
            ('contracts', 'longest_pause', false, '0', '36500', 'a number of days from 0 to 36500',
             'A customer who comes back within that many days has paused; 0 allows no pauses.')
        ) AS rules (kind, option, nullable, least, most, must, hint)
        WHERE rules.kind = given ->> 'kind'
    LOOP
        value := given ->> rule.option;
        IF value IS NULL AND NOT rule.nullable THEN
            RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
                MESSAGE = format('%s of cltv_materialize%s must not be NULL', rule.option, CASE rule.kind WHEN 'contracts' THEN '_contracts' ELSE '' END),
                HINT = 'Omit an argument to use its default.';
        ELSIF rule.must IS NOT NULL AND NOT (value::float8 BETWEEN rule.least::float8 AND rule.most::float8) THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('%s must be %s: %s', rule.option, rule.must, value),
                HINT = CASE WHEN rule.hint <> percent THEN rule.hint ELSE @extschema@.cltv_share_hint(value::float8) END;
        END IF;
    END LOOP;
    PERFORM @extschema@.cltv_choice(given ->> 'choose');
    IF given ->> 'learner' IS NOT NULL THEN     -- or an error that names the learners there are
        PERFORM @extschema@.cltv_learner_fit(given ->> 'learner', NULL::@extschema@.feature_base);
    END IF;
    IF given ->> 'kind' = 'orders' THEN
        PERFORM @extschema@.cltv_check_segments(given -> 'segments', (given ->> 'bins')::int);
        FOR rule IN SELECT u.option, given ->> u.option AS period FROM unnest('{revenue,cohorts}'::text[]) AS u (option) WHERE given ->> u.option IS NOT NULL LOOP
            shortest := CASE rule.period WHEN 'week' THEN 7 WHEN 'month' THEN 31 WHEN 'quarter' THEN 92 WHEN 'year' THEN 366 END;
            IF shortest IS NULL THEN
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = format('%s must be week, month, quarter or year: %s', rule.option, rule.period),
                    HINT = 'It is the length of a period; leave it out to have no such view.';
            ELSIF rule.option = 'revenue' AND (given ->> 'horizon')::float8 < shortest THEN
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = format('within a horizon of %s days no %s may end', given ->> 'horizon', rule.period),
                    HINT = format('revenue by %s needs a horizon of %s days at least.', rule.period, shortest);
            END IF;
        END LOOP;
    END IF;
    IF given ->> 'kind' = 'contracts' AND (given ->> 'horizon')::float8 <> trunc((given ->> 'horizon')::float8) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('horizon must be a whole number of periods: %s', given ->> 'horizon'),
            HINT = '12 is a year of months.';
    ELSIF (given ->> 'horizon')::float8 = 'infinity' AND (given ->> 'discount_rate')::float8 = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'an infinite horizon needs a discount_rate above 0',
            HINT = 'There may be infinitely many purchases to come, with infinite value.';
    ELSIF (given ->> 'all_customers')::boolean AND given ->> 'customers' IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'all_customers needs a table of customers', HINT = 'Name it: customers => ''...''.';
    ELSIF given ->> 'kind' = 'orders' AND given ->> 'attributes' IS NOT NULL AND given ->> 'customers' IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'attributes needs a table of customers', HINT = 'Name it: customers => ''...''.';
    ELSIF given ->> 'customers' IS NULL AND (given ->> 'acquisition_cost' IS NOT NULL OR given ->> 'cost_to_serve' IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s needs a table of customers', CASE WHEN given ->> 'acquisition_cost' IS NULL THEN 'cost_to_serve' ELSE 'acquisition_cost' END),
            HINT = 'Name it: customers => ''...'', with a column of what each customer cost.';
    ELSIF given ->> 'calendar' NOT IN ('season', 'months', 'auto') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('calendar must be season, months or auto: %s', given ->> 'calendar'),
            HINT = 'season is a smooth year, months has a factor per month, auto tries both; leave it out to have neither.';
    ELSIF given ->> 'learner' IS NOT NULL AND (given ->> 'horizon')::float8 > 100000 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('a learner needs a horizon of days that are over, not %s', given ->> 'horizon'),
            HINT = 'It is trained on the outcomes of as many days: horizon => 90 is a quarter.';
    ELSIF given ->> 'clusters' <> 'auto' AND given ->> 'clusters' !~ '^([2-9]|[1-9][0-9]|100)$' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('clusters must be auto or a whole number from 2 to 100: %s', given ->> 'clusters'),
            HINT = 'Five are usual; auto chooses 3 to 8 once and keeps that number; leave it out to have none.';
    ELSIF given -> 'attributes' = '[]' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'attributes names no column', HINT = 'Leave it out to have models without attributes.';
    ELSIF given ->> 'signed_up' IS NOT NULL AND NOT (given ->> 'all_customers')::boolean THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'signed_up needs all_customers', HINT = 'Add all_customers => true: signed_up is the day since which customers without an order are known.';
    END IF;
    PERFORM @extschema@.cltv_check_day((given ->> 'as_of')::date, text 'as_of', text 'Leave it out to have the newest day at each refresh.');
    RETURN given;
END
$function$;
COMMENT ON FUNCTION cltv_options(jsonb) IS
    'Internal: the checked arguments of cltv_materialize or cltv_materialize_contracts.
An invalid one is an error that names the argument, its value and what it may be (22004, 22023).';
