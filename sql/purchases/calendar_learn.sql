-- The season of a year, learned from the orders of a shop -----------------------------------------------------------------

-- Fits that tell nothing are one answer among others here, and no WARNINGs.
CREATE FUNCTION cltv_season_fits(histories text, first_day date, as_of date, weekdays boolean, OUT harmonics int, OUT fitted cltv_model)
RETURNS SETOF record
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000000 ROWS 7
SET search_path = pg_catalog, pg_temp SET client_min_messages = error
AS $$
DECLARE
    -- Growth is a tilt of a year that was seen once, and a line beside one that was seen twice.
    has_trend CONSTANT boolean := as_of - first_day >= 729;
    common @extschema@.calendar;       -- what is estimated beside the season of a year
BEGIN
    IF weekdays THEN
        common := @extschema@.calendar_season(first_day, as_of, text 'week', 3);
    END IF;
    IF has_trend THEN
        common := coalesce(@extschema@.calendar_concat(common, t.trend), t.trend)
            FROM (SELECT @extschema@.calendar_trend(first_day, as_of, as_of, float8 '0') AS trend) AS t;
    END IF;
    -- Of customers who may leave at any purchase; what they have in common is the season.
    RETURN QUERY EXECUTE format($query$
        WITH h AS MATERIALIZED (%2$s)
        SELECT c.harmonics, CASE WHEN c.days IS NULL
               THEN (SELECT %1$s.bgnbd_fit(s.frequency, s.recency, s.tenure) FROM h, %1$s.rfm_summary(h.history, $1) AS s)
               ELSE (SELECT %1$s.bgnbd_fit(h.history, $1, c.days) FROM h) END
        FROM (SELECT 0 AS harmonics, $2 AS days
              UNION ALL SELECT g.n, coalesce(%1$s.calendar_concat(y.days, $2), y.days)
              FROM generate_series(1, $3) AS g (n), LATERAL (SELECT %1$s.calendar_season($4, $1, text 'year', g.n) AS days) AS y) AS c
        $query$, '@extschema@', histories) USING as_of, common, CASE WHEN has_trend THEN 6 ELSE 2 END, first_day;
END
$$;
COMMENT ON FUNCTION cltv_season_fits(text, date, date, boolean) IS
'Internal: fits with different seasons that calendar_learn compares.
BG/NBD fitted to the histories of a query, with a number of harmonics of a year from none on, weekdays if
asked for, and a trend where the orders span two years.';

CREATE FUNCTION calendar_learn(orders regclass, customer name, ordered_at name, amount name, as_of date DEFAULT NULL,
                               weekdays boolean DEFAULT false, last date DEFAULT NULL, order_id name DEFAULT NULL,
                               refund_of name DEFAULT NULL, refunds text DEFAULT 'subtract', amounts text DEFAULT 'revenue')
RETURNS calendar
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    source record;
    seen record;
    fits @extschema@.cltv_model[];
    best int;
    year float8[];      -- by weeks from the first of January on, the last of 8 days or 9
    week float8[];      -- from Monday on
    learned @extschema@.calendar;
BEGIN
    SELECT s.* FROM @extschema@.cltv_orders_source(orders, customer, ordered_at, amount, false, order_id, refund_of, refunds,
                                                   NULL::date, amounts) AS s
    INTO STRICT source;
    IF source.query IS NULL OR weekdays IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM @extschema@.cltv_check_day(as_of, text 'as_of', text 'Give a day.');
    PERFORM @extschema@.cltv_check_day(last, text 'last', text 'Give a day.');
    SELECT b.* FROM @extschema@.cltv_orders_bounds(source.lines, ordered_at, amount, as_of, amounts = 'revenue', true,
                                                   order_id IS NOT NULL) AS b
    INTO STRICT seen;
    IF seen.first_day IS NULL THEN
        RETURN NULL;
    END IF;
    as_of := seen.last_day;
    last := coalesce(last, as_of + 1826);
    IF last < as_of THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('last %s is before as_of, %s', last, as_of),
            HINT = 'It is the end of the longest horizon that predictions will have.';
    ELSIF as_of - seen.first_day < 364 THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('the orders from %s to %s span less than a year', seen.first_day, as_of),
            DETAIL = 'Nothing is known about the season on the missing days.',
            HINT = 'Wait until the orders span a year, or better two.';
    ELSIF last - seen.first_day >= 73050 THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('from %s to %s there are %s days', seen.first_day, last, last - seen.first_day + 1),
            DETAIL = 'A calendar has at most 73050 (200 years).',
            HINT = 'Look for wrong dates among the orders.';
    END IF;

    IF as_of - seen.first_day < 729 THEN
        RAISE WARNING USING
            MESSAGE = format('orders of %s days cannot distinguish a season from growth', as_of - seen.first_day + 1),
            DETAIL = 'What is learned as a season may be growth, or its end.',
            HINT = 'Orders of two years or more can distinguish them.';
    END IF;
    SELECT array_agg(f.fitted ORDER BY f.harmonics) INTO STRICT fits
    FROM @extschema@.cltv_season_fits(format(
        'SELECT %s.purchase_history(o.ordered_at, o.amount%s) AS history FROM (%s) AS o WHERE o.ordered_at::date <= $1 GROUP BY o.customer',
        '@extschema@', CASE amounts WHEN 'signed' THEN ', text ''signed''' ELSE '' END,
        @extschema@.cltv_orders_of_lines(source.lines, as_of, order_id IS NOT NULL, refunds, NULL::date, amounts)),
        seen.first_day, as_of, weekdays) AS f;
    SELECT f.place - 1 INTO best
    FROM unnest(fits) WITH ORDINALITY AS f (model, place)
    WHERE f.place > 1 AND @extschema@.bic(f.model) IS NOT NULL
    ORDER BY round(@extschema@.bic(f.model)::numeric, 6), f.place LIMIT 1;
    IF best IS NULL THEN
        RAISE invalid_parameter_value USING
            MESSAGE = 'no season can be learned from these orders',
            DETAIL = format('The fit with a season says: %s.', coalesce(@extschema@.model_status(fits[2]), 'no customers')),
            HINT = CASE WHEN @extschema@.model_status(fits[2]) LIKE 'runaway: season: week%'
                   THEN 'On some weekday nobody ever comes back: learn without weekdays, and join a calendar of rows with a column closed.'
                   ELSE 'Few customers, or hardly any who came back, tell nothing of a season.' END;
    ELSIF @extschema@.bic(fits[1]) <= @extschema@.bic(fits[best + 1]) THEN
        RAISE NOTICE USING
            MESSAGE = 'no yearly season found in these orders',
            DETAIL = 'By BIC a model without a season describes them better.',
            HINT = 'Fits of models show it, too: the z of the calendar''s coefficient is small.';
    END IF;

    -- The logarithms of the factors, whose mean is 1.
    SELECT array_agg(w.effect - ln(w.total / 365) ORDER BY w.number) INTO STRICT year
    FROM (SELECT m.number, m.effect, sum(m.days * exp(m.effect)) OVER (ORDER BY m.number ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS total
          FROM (SELECT d.number, avg(d.effect ORDER BY d.day) AS effect, count(*) AS days
                FROM (SELECT t.day, least((t.day - date '2023-01-01') / 7, 51) AS number, sum(p.estimate * t.value ORDER BY t.name) AS effect
                      FROM @extschema@.calendar_table(@extschema@.calendar_season(date '2023-01-01', date '2023-12-31', text 'year', best)) AS t
                      JOIN @extschema@.model_params(fits[best + 1]) AS p ON p.name = 'season: ' || t.name GROUP BY t.day) AS d
                GROUP BY d.number) AS m) AS w;
    IF weekdays THEN
        SELECT array_agg(d.effect - ln(d.total / 7) ORDER BY d.day) INTO STRICT week
        FROM (SELECT e.day, e.effect, sum(exp(e.effect)) OVER (ORDER BY e.day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS total
              FROM (SELECT t.day, sum(p.estimate * t.value ORDER BY t.name) AS effect
                    FROM @extschema@.calendar_table(@extschema@.calendar_season(date '2024-01-01', date '2024-01-07', text 'week', 3)) AS t
                    JOIN @extschema@.model_params(fits[best + 1]) AS p ON p.name = 'season: ' || t.name GROUP BY t.day) AS e) AS d;
    END IF;
    SELECT @extschema@.calendar(d.day, @extschema@.features(
               CASE WHEN weekdays THEN '{year,weekday}' ELSE '{year}' END::text[],
               array_remove(ARRAY[year[1 + least((extract(doy FROM d.day)::int - 1) / 7, 51)],
                                  week[extract(isodow FROM d.day)::int]], NULL)))
    INTO STRICT learned
    FROM (SELECT seen.first_day + n AS day FROM generate_series(0, last - seen.first_day) AS n) AS d;
    RETURN learned;
END
$$;
COMMENT ON FUNCTION calendar_learn(regclass, name, name, name, date, boolean, date, name, name, text, text) IS
'Learns a calendar with the season of a shop from its orders.
From customers'' repeat purchases up to as_of (NULL: the day of the last order): a column year, the logarithms
of the factors of the weeks of a year, whose mean factor is 1, and, if asked for, a column weekday; up to last
(NULL: five years beyond as_of). The coefficient of a column in a fit is 1 where customers follow it as
learned, and 0 where they do not. BG/NBD with one to six harmonics of a year, that of the least bic, and with
a trend beside it where orders are of two years or more, so that growth is no season; of less than two years
(one or two harmonics, no trend) a WARNING says that the two are not told apart; less than one year, and
orders that tell no season, are errors (22023); a NOTICE where bic sees no season; otherwise as in
cltv_backtest; no orders or a NULL that has no default give NULL. Fourier; Schwarz 1978.';
