-- Tables of subscriptions of any shape: one place says how they are read, and what of them cannot be.

-- The rows of subscriptions as query, amount, rest of the query: customer, attribute, started, ended (the first day without
-- the subscription, infinity where none is known) and, behind the amount, mrr. A row without a customer, a start or an
-- amount is left out. A day is one of the time zone that the session has now.
CREATE FUNCTION cltv_subscriptions_source(subscriptions regclass, customer name, started_on name, ended_on name, mrr name,
                                          by name, ends text, OUT columns text, OUT amount text, OUT rows_of text)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    zone CONSTANT text := current_setting('TimeZone');
BEGIN
    IF lower(ends) NOT IN ('exclusive', 'inclusive') THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('ends "%s" is not known', ends),
            HINT = format('Use exclusive where %I is the first day without the subscription, inclusive where it is the last '
                          'day with it.', ended_on);
    END IF;
    SELECT format('SELECT %s AS customer, %s AS attribute, %s AS started, coalesce(%s%s, date ''infinity'') AS ended, ',
                  c.term, coalesce(@extschema@.cltv_key_term(subscriptions, by, text 'by'), 'NULL::text'),
                  format(CASE s.base_type WHEN 'timestamptz'::regtype THEN '(%s AT TIME ZONE %L)::date' ELSE '(%s)::date' END,
                         s.term, zone),
                  format(CASE e.base_type WHEN 'timestamptz'::regtype THEN '(%s AT TIME ZONE %L)::date' ELSE '(%s)::date' END,
                         e.term, zone),
                  CASE lower(ends) WHEN 'inclusive' THEN ' + 1' ELSE '' END),
           m.term,
           format(' AS mrr FROM %s AS o WHERE NOT %s IS NULL AND o.%I IS NOT NULL AND o.%I IS NOT NULL',
                  subscriptions, c.term, started_on, mrr)
    INTO STRICT columns, amount, rows_of
    FROM @extschema@.cltv_source_column(subscriptions, customer, text 'customer', name 'o') AS c,
         @extschema@.cltv_source_column(subscriptions, started_on, text 'started_on', name 'o') AS s,
         @extschema@.cltv_source_column(subscriptions, ended_on, text 'ended_on', name 'o') AS e,
         @extschema@.cltv_source_column(subscriptions, mrr, text 'mrr', name 'o') AS m;
END
$$;
COMMENT ON FUNCTION cltv_subscriptions_source(regclass, name, name, name, name, name, text) IS
'the query that reads a table of subscriptions, in three parts of which the middle one is the amount as the table has it; a missing column is 42703, one of another type 42804, an unknown word for ends 22023';

-- The newest day of a start or an end that can be believed.
CREATE FUNCTION cltv_subscriptions_day(source text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT replace('SELECT @extschema@.cltv_plausible_day(array_agg(d.day), array_agg(d.n)) AS as_of FROM ('
        'SELECT v.day, count(*) AS n FROM (?) AS r, LATERAL (VALUES (r.started), (r.ended)) AS v (day) '
        'WHERE isfinite(v.day) GROUP BY v.day) AS d', '?', source)
$$;
COMMENT ON FUNCTION cltv_subscriptions_day(text) IS
'the query whose one row is the newest day of a start or an end, in a query of cltv_subscriptions_source, that can be believed';

CREATE FUNCTION cltv_check_subscriptions(source text, as_of date, started_on name, ended_on name, mrr name, ends text)
RETURNS date
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    wrong CONSTANT text := 'NOT (r.mrr >= 0 AND r.mrr < ''infinity'') OR r.ended < r.started OR NOT isfinite(r.started)';
    seen record;
    bad record;
BEGIN
    EXECUTE format('SELECT min(r.started) AS first_day, bool_or(%s) AS bad FROM (%s) AS r WHERE r.started <= $1', wrong, source)
    INTO seen USING as_of;
    IF seen.bad THEN
        EXECUTE format($query$
            SELECT r.started, r.ended - %3$s AS ended, r.mrr, format('%%s', r.customer) AS customer FROM (%2$s) AS r
            WHERE r.started <= $1 AND (%1$s)
            ORDER BY r.started, format('%%s', r.customer) COLLATE "C", r.mrr LIMIT 1$query$,
            wrong, source, CASE WHEN lower(ends) = 'inclusive' THEN 1 ELSE 0 END)
        INTO STRICT bad USING as_of;
        RAISE invalid_parameter_value USING
            MESSAGE = CASE WHEN NOT isfinite(bad.started) THEN format('%I must be finite, not %s', started_on, bad.started)
                           WHEN bad.mrr >= 0 AND bad.mrr < 'infinity'
                           THEN format('%I %s is before %I %s', ended_on, bad.ended, started_on, bad.started)
                           ELSE format('%I must be a finite number, 0 or more, not %s', mrr, bad.mrr) END,
            DETAIL = format('It is in a subscription of customer %s that started on %s.', bad.customer, bad.started),
            HINT = 'Correct the subscription, or leave it out in a view.';
    END IF;
    RETURN seen.first_day;
END
$$;
COMMENT ON FUNCTION cltv_check_subscriptions(text, date, name, name, name, text) IS
'the first day of what started by as_of, in a query of cltv_subscriptions_source; an amount that is negative or not finite, an end before the start and an infinite start are errors (22023) that name the subscription; no subscriptions give NULL';
