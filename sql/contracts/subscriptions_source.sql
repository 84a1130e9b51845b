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
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('unknown ends "%s"', ends),
            NULL::text,
            format('Use exclusive where %I is the first day without the subscription, inclusive where it is the last '
                          'day with it.', ended_on));
    END IF;
    -- Without a column of amounts each row has one.
    SELECT format('SELECT %s AS customer, %s AS attribute, %s AS started, coalesce(%s%s, date ''infinity'') AS ended, ',
                  c.term, coalesce(@extschema@.cltv_key_term(subscriptions, by, text 'by'), 'NULL::text'),
                  format(CASE s.base_type WHEN 'timestamptz'::regtype THEN '(%s AT TIME ZONE %L)::date' ELSE '(%s)::date' END,
                         s.term, zone),
                  format(CASE e.base_type WHEN 'timestamptz'::regtype THEN '(%s AT TIME ZONE %L)::date' ELSE '(%s)::date' END,
                         e.term, zone),
                  CASE lower(ends) WHEN 'inclusive' THEN ' + 1' ELSE '' END),
           coalesce(m.term, '1'),
           format(' AS mrr FROM %s AS o WHERE NOT %s IS NULL AND o.%I IS NOT NULL', subscriptions, c.term, started_on)
               || CASE WHEN mrr IS NULL THEN '' ELSE format(' AND o.%I IS NOT NULL', mrr) END
    INTO STRICT columns, amount, rows_of
    FROM @extschema@.cltv_source_column(subscriptions, customer, text 'customer', name 'o') AS c,
         @extschema@.cltv_source_column(subscriptions, started_on, text 'started_on', name 'o') AS s,
         @extschema@.cltv_source_column(subscriptions, ended_on, text 'ended_on', name 'o') AS e,
         LATERAL (SELECT (@extschema@.cltv_source_column(subscriptions, mrr, text 'mrr', name 'o')).term) AS m;
END
$$;
COMMENT ON FUNCTION cltv_subscriptions_source(regclass, name, name, name, name, name, text) IS
'Internal: the query that reads a table of subscriptions, in three parts.
The middle part is the amount as the table has it; a missing column is 42703, one of another type 42804, an
unknown word for ends 22023.';

-- The newest day of a start or an end that can be believed.
CREATE FUNCTION cltv_subscriptions_day(source text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT replace('SELECT @extschema@.cltv_plausible_day(array_agg(d.day), array_agg(d.n)) AS as_of FROM ('
        'SELECT v.day, count(*) AS n FROM (?) AS r, LATERAL (VALUES (r.started), (r.ended)) AS v (day) '
        'WHERE isfinite(v.day) GROUP BY v.day) AS d', '?', source)
$$;
COMMENT ON FUNCTION cltv_subscriptions_day(text) IS
'Internal: the query for the newest plausible day of a start or an end.';

CREATE FUNCTION cltv_known_period(period text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF lower(period) NOT IN ('day', 'week', 'month', 'quarter', 'year') THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('unknown period "%s"', period),
            NULL::text,
            text 'Use day, week, month, quarter or year.');
    END IF;
    RETURN lower(period);
END
$$;
COMMENT ON FUNCTION cltv_known_period(text) IS
'Internal: the renewal period in lower case, if valid.
Day, week, month, quarter or year; else error 22023; NULL gives NULL.';

CREATE FUNCTION cltv_check_subscriptions(source text, as_of date, started_on name, ended_on name, mrr name, ends text)
RETURNS date
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    seen record;
    bad record;
BEGIN
    -- The amount is of any type of numbers: only some have infinity or NaN, which sort behind all others.
    EXECUTE format('SELECT min(r.started) AS first_day, min(r.mrr) < 0 OR max(r.mrr)::text IN (''Infinity'', ''NaN'') '
                   'OR bool_or(r.ended < r.started OR NOT isfinite(r.started)) AS bad FROM (%s) AS r WHERE r.started <= $1', source)
    INTO seen USING as_of;
    IF seen.bad THEN
        EXECUTE format($query$
            SELECT r.started, r.ended - %2$s AS ended, r.mrr, format('%%s', r.customer) AS customer,
                   r.mrr < 0 OR r.mrr::text IN ('Infinity', 'NaN') AS wrong_amount
            FROM (%1$s) AS r
            WHERE r.started <= $1 AND (r.mrr < 0 OR r.mrr::text IN ('Infinity', 'NaN') OR r.ended < r.started OR NOT isfinite(r.started))
            ORDER BY r.started, format('%%s', r.customer) COLLATE "C", r.mrr LIMIT 1$query$,
            source, CASE WHEN lower(ends) = 'inclusive' THEN 1 ELSE 0 END)
        INTO STRICT bad USING as_of;
        PERFORM @extschema@.cltv_refuse(text '22023',
            CASE WHEN NOT isfinite(bad.started) THEN format('%I must be finite, not %s', started_on, bad.started)
                           WHEN NOT bad.wrong_amount
                           THEN format('%I %s is before %I %s', ended_on, bad.ended, started_on, bad.started)
                           ELSE format('%I must be a finite number, 0 or more, not %s', mrr, bad.mrr) END,
            format('It is in a subscription of customer %s that started on %s.', bad.customer, bad.started),
            text 'Correct the subscription, or leave it out in a view.');
    END IF;
    RETURN seen.first_day;
END
$$;
COMMENT ON FUNCTION cltv_check_subscriptions(text, date, name, name, name, text) IS
'Internal: the first day of what started by as_of; raises errors for bad rows.
An amount that is negative or not finite, an end before the start and an infinite start are errors (22023)
that name the subscription; no subscriptions give NULL.';

CREATE FUNCTION cltv_check_attributes(subscriptions regclass, customer name, attributes text[], own_columns text[]) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    -- What stands beside the attributes in the query of contracts.
    beside CONSTANT text[] := '{customer,attribute,started,ended,mrr,anew,contract_number,as_of}';
    attribute text;
BEGIN
    FOREACH attribute IN ARRAY customer::text || attributes LOOP
        IF attribute = ANY (own_columns) OR attribute <> customer AND attribute = ANY (beside) THEN
            RAISE EXCEPTION USING ERRCODE = 'duplicate_column',
                MESSAGE = format('a column cannot be named %I, as one of the result is', attribute),
                HINT = 'Rename it in a view over the subscriptions.';
        END IF;
    END LOOP;
    IF customer::text = ANY (attributes) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_column', MESSAGE = format('attribute %I is named twice', customer),
            HINT = 'The customer is not an attribute; name each other column once.';
    END IF;
    PERFORM @extschema@.cltv_check_columns(subscriptions, customer, attributes);
END
$$;
COMMENT ON FUNCTION cltv_check_attributes(regclass, name, text[], text[]) IS
'Internal: raises an error unless attributes are columns of the subscriptions.
Each is named once (42703, 42701), and neither they nor the customer may have the name of an own column.';

-- The contracts of a query of cltv_subscriptions_source: rows of a customer that overlap, or follow each other after a pause of at
-- most so many days, are one, with the attributes of the newest of them; what never ran is none. With a day up to which ends
-- were known, later ones are not.
CREATE FUNCTION cltv_contracts_query(columns text, amount text, rows_of text, attributes text[], day text, period text, longest_pause int,
                                     known_until date)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO' SET quote_all_identifiers = off
AS $function$
    SELECT format(replace($sql$
WITH read AS (
    SELECT r.customer, r.started, %8$s AS ended, r.mrr%5$s FROM (%1$s%2$s AS mrr%3$s%4$s) AS r
), known AS (
    SELECT r.*, coalesce(r.started > max(r.ended) OVER (PARTITION BY r.customer ORDER BY r.started, r.ended
                                                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) + %11$s, true) AS anew
    FROM read AS r
    WHERE r.started <> r.ended
), numbered AS (
    SELECT k.*, count(*) FILTER (WHERE k.anew) OVER (PARTITION BY k.customer ORDER BY k.started, k.ended
                                                     ROWS UNBOUNDED PRECEDING) AS contract_number
    FROM known AS k
)
SELECT c.customer, c.contract_number, c.started AS started_on, nullif(c.ended, DATE 'infinity') AS ended_on, c.as_of,
       p.periods, p.churned, c.mrr%9$s
FROM (SELECT n.customer, n.contract_number, day.as_of, min(n.started) AS started, max(n.ended) AS ended,
             coalesce(sum(n.mrr) FILTER (WHERE n.started <= day.as_of AND n.ended > day.as_of), 0) AS mrr%6$s
      FROM (%7$s) AS day JOIN numbered AS n ON n.started <= day.as_of
      GROUP BY n.customer, n.contract_number, day.as_of) AS c
CROSS JOIN LATERAL @cltv@.contract_periods(c.started, c.ended, c.as_of, text %10$L, text 'exclusive', text 'started') AS p$sql$, '@cltv@', replace('@extschema@', '%', '%%')),
        columns, amount, string_agg(format(', o.%1$I AS %1$I', u.attribute), '' ORDER BY u.place),
        substr(rows_of, length(' AS mrr') + 1), string_agg(format(', r.%I', u.attribute), '' ORDER BY u.place),
        string_agg(format(', (array_agg(n.%1$I ORDER BY n.started DESC, n.ended DESC))[1] AS %1$I', u.attribute), '' ORDER BY u.place),
        day, CASE WHEN known_until IS NULL THEN 'r.ended'
        ELSE format('CASE WHEN r.ended > DATE %L THEN DATE ''infinity'' ELSE r.ended END', known_until) END,
        string_agg(format(', c.%I', u.attribute), '' ORDER BY u.place), period, longest_pause)
    FROM unnest(coalesce(attributes, '{}')) WITH ORDINALITY AS u (attribute, place)
$function$;
COMMENT ON FUNCTION cltv_contracts_query(text, text, text, text[], text, text, int, date) IS
'Internal: the query of the contracts of a table of subscriptions.
From the parts of cltv_subscriptions_source, the query of the day of observation, the period and the days of
the longest pause; gives customer, contract_number, started_on, ended_on, as_of, periods, churned, mrr and the
attributes.';

-- The attributes of a row as features, k.attributes; nothing where there are none.
CREATE FUNCTION cltv_features_of(attributes text[], alias name) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $function$
    SELECT '
    CROSS JOIN LATERAL (SELECT @extschema@.features(given.*) AS attributes FROM (SELECT '
        || string_agg(format('%1$I.%2$I AS %2$I', alias, u.attribute), ', ' ORDER BY u.place) || ') AS given OFFSET 0) AS k'
    FROM unnest(attributes) WITH ORDINALITY AS u (attribute, place)
$function$;
COMMENT ON FUNCTION cltv_features_of(text[], name) IS
    'Internal: the SQL that joins features of columns of a relation to it.
NULL, of no columns, is nothing.';

-- A call whose last argument, where a ? stands, is the attributes of a customer if the model knows of them.
CREATE FUNCTION cltv_by_attributes(call text, attributes text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT format('CASE WHEN %s IS NULL THEN %s ELSE %s END', attributes, '@extschema@.' || replace(call, '?', ''),
                  '@extschema@.' || replace(call, '?', ', ' || attributes))
$function$;
COMMENT ON FUNCTION cltv_by_attributes(text, text) IS
    'Internal: the SQL that calls a function with or without attributes.
With them where they are known for a customer.';

CREATE FUNCTION cltv_exp(power float8) RETURNS float8
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $function$
    SELECT CASE WHEN power OPERATOR(pg_catalog.<) pg_catalog.float8 '-700' THEN pg_catalog.float8 '0' ELSE pg_catalog.exp(power) END
$function$;
COMMENT ON FUNCTION cltv_exp(float8) IS
    'Internal: e to a power, without underflow errors.
0 where it is below 1e-304, for which exp() has an error. NULL gives NULL.';
