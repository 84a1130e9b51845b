-- The options of cltv_materialize: an option is a line here, and an argument there. What passes is kept in cltv_made, where
-- refresh and describe read it again.

CREATE FUNCTION cltv_options(given jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
AS $function$
DECLARE
    rule record;
    value text;
    percent CONSTANT text := 'It is a share: write %s for %s percent.';
BEGIN
    -- least and most are of numbers, both included; a message is there where there is something to say.
    FOR rule IN
        SELECT * FROM (VALUES
            ('orders',        false, NULL, NULL, NULL, NULL),
            ('customer',      false, NULL, NULL, NULL, NULL),
            ('ordered_at',    false, NULL, NULL, NULL, NULL),
            ('amount',        false, NULL, NULL, NULL, NULL),
            ('horizon',       false, '5e-324', 'Infinity', 'a positive number of days',
                              '365 is a year; ''infinity'' is all the time to come.'),
            ('discount_rate', false, '0', '1', 'between 0 and 1', percent),
            ('margin',        false, NULL, NULL, NULL, NULL),
            ('model',         false, NULL, NULL, NULL, NULL),      -- a family, or auto
            ('bins',          false, '2', '10', 'between 2 and 10', 'Quintiles, bins => 5, are usual.'),
            ('as_of',         true,  NULL, NULL, NULL, NULL),
            ('customers',     true,  NULL, NULL, NULL, NULL),
            ('replace',       false, NULL, NULL, NULL, NULL),
            ('incremental',   false, NULL, NULL, NULL, NULL),
            ('late_days',     false, '0', '100000', 'between 0 and 100000',
                              'It is the number of newest days whose orders may still arrive or change after a refresh.'),
            ('order_id',      true,  NULL, NULL, NULL, NULL),
            ('refund_of',     true,  NULL, NULL, NULL, NULL),
            ('refunds',       false, NULL, NULL, NULL, NULL)       -- subtract or match
        ) AS rules (option, nullable, least, most, must, hint)
    LOOP
        value := given ->> rule.option;
        IF value IS NULL AND NOT rule.nullable THEN
            RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
                MESSAGE = format('%s of cltv_materialize must not be NULL', rule.option),
                HINT = 'Leave an argument out to have its default.';
        ELSIF rule.must IS NOT NULL AND NOT (value::float8 BETWEEN rule.least::float8 AND rule.most::float8) THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('%s must be %s: %s', rule.option, rule.must, value),
                HINT = CASE WHEN rule.hint <> percent THEN rule.hint
                       WHEN value::float8 BETWEEN 1 AND 100 THEN format(percent, trim_scale(value::numeric / 100), value)
                       ELSE format(percent, 0.1, 10) END;
        END IF;
    END LOOP;
    IF (given ->> 'horizon')::float8 = 'infinity' AND (given ->> 'discount_rate')::float8 = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'an infinite horizon needs a discount_rate above 0',
            HINT = 'All the purchases to come may be infinitely many, and their value with them.';
    ELSIF NOT isfinite((given ->> 'as_of')::date) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('as_of must be a day: %s', given ->> 'as_of'),
            HINT = 'Leave it out to have the day of the newest order at each refresh.';
    END IF;
    RETURN given;
END
$function$;
COMMENT ON FUNCTION cltv_options(jsonb) IS
    'The arguments of cltv_materialize, if each of them can be; else an error that names the argument, its value and what it may be (22004, 22023).';

-- The newest day that can be believed, of the days of all orders and how many fall on each: neither one that is still to
-- come, unless most are, nor one behind a gap that is longer than two weeks and than three times any before it, with hardly
-- an order behind it. One order dated 2062 would make all customers look lost.
CREATE FUNCTION cltv_plausible_day(days date[], counts bigint[]) RETURNS date
    LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 1000 SET search_path = pg_catalog, pg_temp
AS $function$
    WITH known AS (
        SELECT u.day, u.n FROM unnest(days, counts) AS u (day, n) WHERE isfinite(u.day)
    ), placed AS (
        SELECT k.day, lead(k.day) OVER up - k.day AS gap, k.day - lag(k.day) OVER up AS gap_before,
               sum(k.n) OVER up AS until, sum(k.n) OVER () AS total, row_number() OVER up AS number
        FROM known AS k WINDOW up AS (ORDER BY k.day)
    ), judged AS (
        SELECT p.day, p.until, p.total,
               p.gap > greatest(14, 3 * max(p.gap_before) OVER (ORDER BY p.day))
                   AND p.total - p.until <= greatest(3, p.total / 2000) AND p.number >= 5
                   AND p.until >= 10 * (p.total - p.until) AS cut
        FROM placed AS p
    )
    SELECT coalesce(least(min(j.day) FILTER (WHERE j.cut),
                          max(j.day) FILTER (WHERE j.day <= current_date + 1 AND 2 * j.until >= j.total)),
                    max(j.day))
    FROM judged AS j
$function$;
COMMENT ON FUNCTION cltv_plausible_day(date[], bigint[]) IS
    'The newest day that can be believed, of days and the number of orders on each: rows of days still to come, and a few rows far behind all others, are left out. No days give NULL.';
