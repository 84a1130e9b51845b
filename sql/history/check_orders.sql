-- What is odd about an orders table, before anybody believes what is computed from it ---------------------------------

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
    'Internal: the newest plausible day, from days and their numbers of orders.
Rows of days still to come, and a few rows far behind all others, are left out. No days give NULL.';

CREATE FUNCTION cltv_newest_day(query text, OUT newest date, OUT beyond bigint, OUT farthest date)
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    EXECUTE format($query$
        WITH days AS (
            SELECT q.ordered_at::date AS day, count(*) AS n FROM (%s) AS q GROUP BY 1
        ), plausible AS (
            SELECT %s.cltv_plausible_day(array_agg(d.day), array_agg(d.n)) AS day FROM days AS d
        )
        SELECT min(p.day), coalesce(sum(d.n) FILTER (WHERE d.day > p.day AND isfinite(d.day)), 0),
               max(d.day) FILTER (WHERE isfinite(d.day))
        FROM plausible AS p LEFT JOIN days AS d ON true$query$, query, '@extschema@')
    INTO newest, beyond, farthest;
END
$$;
COMMENT ON FUNCTION cltv_newest_day(text) IS
'Internal: the newest day on which orders are plausible.
The day of the newest row of a query with a column ordered_at (date or timestamp), but for a few rows behind a
gap that is longer than two weeks and than three times the longest gap before, and for rows still to come;
beyond counts these, farthest is the day of the last one. No row gives NULL.';

-- The rule of how far ahead orders can tell, stated here alone. A model was seen to hold for as long as it was watched:
-- beyond that its rate of leaving, the season and the newest customers' second year are what the family assumes.
CREATE FUNCTION cltv_extrapolation(days float8, horizon float8) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT format('predictions %s days ahead, from %s of orders, are an extrapolation', horizon,
                  CASE days WHEN 1 THEN '1 day' ELSE days || ' days' END)
    WHERE horizon > 1.1::float8 * days AND horizon < 'infinity'
$function$;
COMMENT ON FUNCTION cltv_extrapolation(float8, float8) IS
    'Internal: says that predictions go further ahead than the orders go back.
days are those from the first order to as_of, both included, and further is more than a tenth longer, so that a year may
be predicted from eleven months. NULL where it is not; a horizon without limit is beyond any history, as whoever asks
for it knows: NULL, too.';

-- The rule of a first day that is no day of trade but of an import.
CREATE FUNCTION cltv_is_import(first_day bigint, total bigint, days bigint) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT days >= 10 AND first_day >= 20 AND first_day >= 0.1 * total AND first_day >= 10.0 * (total - first_day) / (days - 1)
$function$;
COMMENT ON FUNCTION cltv_is_import(bigint, bigint, bigint) IS
    'Internal: whether a shop''s first day has so many orders that it looks like an import.
From the orders of that day, of all days, and the number of days with orders: a tenth of all, and ten times as many as on
another day; of ten days and of twenty orders on the first at least.';

CREATE FUNCTION cltv_currency_column(orders regclass) RETURNS name
    LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT a.attname FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE a.attrelid = orders AND a.attnum > 0 AND NOT a.attisdropped AND t.typcategory IN ('S', 'E')
        AND lower(a.attname) IN ('currency', 'currency_code', 'order_currency', 'iso_currency')
        AND has_column_privilege(orders, a.attnum, text 'SELECT') ORDER BY a.attnum LIMIT 1
$function$;
COMMENT ON FUNCTION cltv_currency_column(regclass) IS
    'Internal: the column that says in which currency an amount is, by its name.
currency, currency_code, order_currency or iso_currency, in any case, of text that one may read; NULL if there is none.';

-- What reports must know before they read rows: whether there is something that no report can be made of, which is told in
-- one message, where the report's query would be quoted with it, and whether rows are left out or look like lines.
CREATE FUNCTION cltv_orders_bounds(lines text, ordered_at name, amount name, as_of date, purchases boolean, hints boolean,
                                   one_row_an_order boolean,
                                   OUT first_day date, OUT last_day date, OUT beyond bigint)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    unbounded text;
    widest float8;
    rows bigint;
    endless date;
    farthest date;
    imported boolean;
    alike record;
BEGIN
    EXECUTE format($query$
        WITH days AS MATERIALIZED (
            SELECT q.ordered_at::date AS day, count(*) FILTER (WHERE %2$s) AS n,
                   min(format('%%s %%s', q.amount, q.customer))
                       FILTER (WHERE q.amount IN ('NaN', 'infinity', '-infinity')) AS unbounded,
                   max(abs(q.amount)) FILTER (WHERE q.amount > '-infinity' AND q.amount < 'infinity') AS widest, count(*) AS rows
            FROM (%1$s) AS q GROUP BY 1
        ), newest AS (
            SELECT coalesce($1, %3$s.cltv_plausible_day(array_agg(d.day), array_agg(d.n))) AS day
            FROM days AS d WHERE d.n > 0
        )
        SELECT min(d.day) FILTER (WHERE d.n > 0 AND (d.day <= e.day OR e.day IS NULL)), min(e.day),
               coalesce(sum(d.n) FILTER (WHERE d.day > e.day AND isfinite(d.day)), 0),
               max(d.day) FILTER (WHERE d.n > 0 AND isfinite(d.day)),
               min(d.day) FILTER (WHERE NOT isfinite(d.day) AND (d.day < e.day OR $1 IS NULL)),
               min(d.unbounded) FILTER (WHERE d.day <= e.day),
               max(d.widest) FILTER (WHERE d.day <= e.day), sum(d.rows) FILTER (WHERE d.day <= e.day),
               %3$s.cltv_is_import((array_agg(d.n ORDER BY d.day) FILTER (WHERE d.n > 0 AND d.day <= e.day))[1],
                                   (sum(d.n) FILTER (WHERE d.day <= e.day))::bigint, count(*) FILTER (WHERE d.n > 0 AND d.day <= e.day))
        FROM newest AS e LEFT JOIN days AS d ON true$query$,
        lines, CASE WHEN purchases THEN '(q.amount < 0) IS NOT TRUE' ELSE 'true' END, '@extschema@')
    INTO first_day, last_day, beyond, farthest, endless, unbounded, widest, rows, imported USING as_of;
    IF endless IS NOT NULL THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('%I must be finite, not %s', ordered_at, endless),
            NULL::text,
            text 'Leave orders without a finite time out in a view, or make the time NULL.');
    ELSIF unbounded IS NOT NULL THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('%I must be a finite number, not %s', amount, split_part(unbounded, ' ', 1)),
            format('It is in an order of customer %s.', substr(unbounded, strpos(unbounded, ' ') + 1)),
            text 'Correct it, or make it NULL, in a view if need be: NULL is an order of unknown value.');
    ELSIF widest > 1.7e308 / rows THEN
        PERFORM @extschema@.cltv_refuse(text '22003',
            format('%I may add up to more than a number can hold: one value is of the size %s', amount, widest),
            text 'Sums of amounts are double precision numbers, at most 1.8e308.',
            text 'Correct it, or make it NULL, in a view if need be: NULL is an order of unknown value.');
    END IF;
    IF beyond > 0 AND as_of IS NULL AND hints THEN
        RAISE NOTICE USING
            MESSAGE = format('%s of a day that cannot be believed: as_of is %s', CASE beyond WHEN 1 THEN 'an order is'
                             ELSE beyond || ' orders are' END, last_day),
            DETAIL = format('The last one is of %s.', farthest),
            HINT = 'Correct the dates, or give an as_of.';
    END IF;
    -- Lines of an order mostly lie side by side: the first rows that come show whether there are any. A day of an import is
    -- no help: all that a customer had ordered before may have it.
    IF hints AND NOT one_row_an_order THEN
        EXECUTE format($query$
            SELECT sum(s.n) AS rows, count(*) AS instants, sum(s.n) FILTER (WHERE s.n > 1) AS shared,
                   min(pg_typeof(s.ordered_at)::text) = 'date' AS days,
                   min(CASE pg_typeof(s.ordered_at) WHEN 'date'::regtype THEN 0.5 ELSE 0.2 END) AS share
            FROM (SELECT r.ordered_at, count(*) AS n
                  FROM (SELECT q.customer, q.ordered_at FROM (%s) AS q
                        WHERE (q.amount < 0) IS NOT TRUE%s LIMIT 10000) AS r
                  GROUP BY r.customer, r.ordered_at) AS s$query$, lines,
            CASE WHEN imported THEN ' AND q.ordered_at::date > $1' END)
        INTO STRICT alike USING first_day;
        IF alike.rows >= 10 AND alike.shared >= alike.share * alike.rows THEN
            RAISE NOTICE USING
                MESSAGE = format('rows look like lines of orders: %s rows have %s different pairs of customer and %s',
                                 alike.rows, alike.instants, CASE WHEN alike.days THEN 'day' ELSE 'time' END),
                HINT = 'Name the column with the number of the order, so that its lines are one order: order_id => ''...''.';
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION cltv_orders_bounds(text, name, name, date, boolean, boolean, boolean) IS
'Internal: the first and the last day of orders.
As cltv_orders_source reads them (lines), with refunds or of purchases only; the last is as_of, or without one
the newest plausible day, and beyond counts the rows after it; an amount up to then or a time that is not
finite is error 22023, which names the column, and amounts so large that their sum may be beyond a double
22003; with hints, a NOTICE tells of rows of implausible days, and of rows that look like lines of orders, by
the first 10000, unless these are one row an order.';

CREATE FUNCTION cltv_orders_known(orders regclass, customer name, ordered_at name, amount name, order_id name, refund_of name,
                                  refunds text, as_of date, amounts text,
                                  OUT lines text, OUT first_day date, OUT last_day date)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    source record;
BEGIN
    PERFORM @extschema@.cltv_check_day(as_of, text 'as_of', text 'Give a day.');
    SELECT s.* FROM @extschema@.cltv_orders_source(orders, customer, ordered_at, amount, false, order_id, refund_of, refunds,
                                                   as_of, amounts) AS s
    INTO STRICT source;
    IF source.query IS NULL THEN
        RETURN;
    END IF;
    SELECT b.first_day, b.last_day
    FROM @extschema@.cltv_orders_bounds(source.lines, ordered_at, amount, as_of, amounts = 'revenue', true,
                                        order_id IS NOT NULL) AS b
    INTO STRICT first_day, last_day;
    PERFORM @extschema@.cltv_check_span(first_day, last_day, text 'Forecasts are made from', text 'orders');
    lines := source.lines;
END
$$;
COMMENT ON FUNCTION cltv_orders_known(regclass, name, name, name, name, name, text, date, text) IS
'Internal: what is known of orders before they are read for a forecast.
How their lines are read (cltv_orders_source), and the first and the last day of them (cltv_orders_bounds, which warns); an
as_of that is no day of a shop and more than 100000 days are error 22023; a NULL among the arguments that have no default gives NULLs, and so do the days of no
orders.';

CREATE FUNCTION cltv_check_rows(
    orders regclass, customer name, ordered_at name, amount name, order_id name, currency name, as_of date, first_rows bigint,
    amounts text, days text)
RETURNS TABLE (severity text, what text, how_many bigint, example text, what_to_do text)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 10000000 ROWS 10
SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET datestyle = 'ISO'
AS $$
#variable_conflict use_variable
-- Days are written in ISO's order, and read in the session's: the orders may be a view that makes days of text.
DECLARE
    source record;
    rows_query text;
    order_term text := 'NULL::text';
    currency_term text := 'NULL::text';
    day record;
    seen record;
    found record;
    has_clock boolean;
    among text;
BEGIN
    IF orders IS NULL OR customer IS NULL OR ordered_at IS NULL OR amount IS NULL OR amounts IS NULL THEN
        RETURN;
    ELSIF first_rows < 0 THEN
        PERFORM @extschema@.cltv_refuse(text '22023', format('first_rows must not be negative: %s', first_rows), NULL::text,
                                        text 'Leave it out to have all rows checked.');
    END IF;
    SELECT s.* INTO STRICT source
    FROM @extschema@.cltv_orders_source(orders, customer, ordered_at, amount, false, NULL::name, NULL::name,
                                        text 'subtract', NULL::date, amounts) AS s;
    has_clock := source.time_type <> 'date'::regtype;
    IF order_id IS NOT NULL THEN
        order_term := @extschema@.cltv_key_term(orders, order_id, text 'order_id');
    END IF;
    IF currency IS NOT NULL THEN
        currency_term := @extschema@.cltv_key_term(orders, currency, text 'currency');
    END IF;
    rows_query := format(
        'SELECT %1$s AS customer, %2$s AS ordered_at, %3$s AS amount, %4$s AS order_id, %5$s AS currency FROM %6$s AS o',
        source.customer_term, source.time_term, source.amount_term, order_term, currency_term, orders);

    -- The days.
    SELECT d.* INTO STRICT day FROM @extschema@.cltv_newest_day(coalesce(days, rows_query)) AS d;
    rows_query := format('%s LIMIT %L', rows_query, first_rows);
    IF day.newest IS NULL THEN
        RETURN QUERY SELECT 'error', 'no orders', 0::bigint, NULL::text,
            'There is no row with a customer and a time: check the names of the columns.';
        RETURN;
    END IF;
    IF day.beyond > 0 THEN
        RETURN QUERY SELECT 'error', 'orders far beyond the others or in the future', day.beyond,
            format('%s, where the newest plausible day is %s', day.farthest, day.newest),
            'A typing error or a pre-order. They are left out where as_of is not given; correct the dates, or leave '
            'them out in a view.';
    END IF;
    IF isfinite(as_of) AND as_of > day.newest + 31 THEN
        RETURN QUERY SELECT 'warning', 'as_of long after the newest order', (as_of - day.newest)::bigint,
            format('as_of %s, newest order %s', as_of, day.newest),
            'Customers seem to have been silent since: give the day up to which the data are complete.';
    ELSIF as_of IS NULL AND day.newest < current_date - 31 THEN
        RETURN QUERY SELECT 'info', 'no orders in the last days', (current_date - day.newest)::bigint,
            format('the newest order is from %s', day.newest),
            'Nothing, if the data end there. Otherwise check whether the feed has stopped.';
    END IF;

    EXECUTE format($query$
        WITH r AS (     -- as large as an amount may be to be added up with others
            SELECT q.customer, q.ordered_at, q.ordered_at::date AS day, q.order_id, q.currency,
                   CASE WHEN q.amount > -1e290 AND q.amount < 1e290 THEN q.amount END AS amount,
                   NOT (q.amount > -1e290 AND q.amount < 1e290) AS unbounded FROM (%1$s) AS q
        ), per_day AS (
            SELECT r.day, count(*) AS n FROM r WHERE r.day >= date '1990-01-01' AND r.day <= $1 GROUP BY r.day
        ), gaps AS (
            SELECT d.day, d.n, lead(d.day) OVER (ORDER BY d.day) - d.day AS gap FROM per_day AS d
        ), usual AS (
            SELECT percentile_disc(0.98) WITHIN GROUP (ORDER BY g.gap) AS gap, count(*) AS days, avg(g.n) AS n FROM gaps AS g
        ), longest AS (
            SELECT g.day, g.gap FROM gaps AS g, usual AS u
            WHERE u.days >= 30 AND g.gap > greatest(7, 4 * u.gap) ORDER BY g.gap DESC, g.day LIMIT 1
        ), beginning AS (
            SELECT g.day, g.n, (SELECT sum(d.n)::bigint FROM per_day AS d) AS total, u.days
            FROM gaps AS g, usual AS u ORDER BY g.day LIMIT 1
        ), import AS (
            SELECT b.day, b.n, b.total, (b.total - b.n)::float8 / (b.days - 1) AS usual FROM beginning AS b
            WHERE %3$s.cltv_is_import(b.n, b.total, b.days)
        ), instants AS (    -- on the day of an import a customer may have any number of orders
            SELECT count(*) AS n FROM r AS i
            WHERE NOT i.customer IS NULL AND i.ordered_at IS NOT NULL AND NOT i.amount < %2$s
                AND i.day IS DISTINCT FROM (SELECT m.day FROM import AS m)
            GROUP BY i.customer, i.ordered_at
        ), several AS (
            SELECT sum(i.n) AS rows, count(*) AS instants, sum(i.n) FILTER (WHERE i.n > 1) AS shared,
                   sum(i.n - 1) FILTER (WHERE i.n > 1) AS surplus FROM instants AS i
        ), same AS (
            SELECT sum(s.n - 1) AS n, min(s.example) AS example FROM (
                SELECT count(*) AS n, format('customer %%L, %%s, %%s', d.customer, d.ordered_at, d.amount) AS example
                FROM r AS d WHERE NOT d.customer IS NULL AND d.amount > 0
                GROUP BY d.customer, d.ordered_at, d.amount, d.order_id HAVING count(*) > 1) AS s
        ), currencies AS (
            SELECT count(*) AS currencies, string_agg(c.currency, ', ' ORDER BY c.n DESC, c.currency) AS names,
                   sum(c.n) - max(c.n) AS minor
            FROM (SELECT x.currency, count(*) AS n FROM r AS x WHERE x.currency IS NOT NULL GROUP BY 1 LIMIT 1000) AS c
        ), own_gaps AS (    -- of the days on which a customer ordered
            SELECT p.customer, p.day - lag(p.day) OVER (PARTITION BY p.customer ORDER BY p.day) AS gap
            FROM (SELECT DISTINCT k.customer, k.day FROM r AS k
                  WHERE NOT k.customer IS NULL AND isfinite(k.day) AND k.day <= $1 AND NOT coalesce(k.amount < %2$s, false)) AS p
        ), rhythms AS (
            SELECT array_agg(g.gap) AS gaps, percentile_disc(0.5) WITHIN GROUP (ORDER BY g.gap) AS usual
            FROM own_gaps AS g WHERE g.gap IS NOT NULL GROUP BY g.customer HAVING count(*) >= 3
        ), renewals AS (    -- three of four gaps within a tenth of the customer's own median, which chance and habit rarely are
            SELECT count(*) AS customers, count(*) FILTER (WHERE e.even) AS even,
                   percentile_disc(0.5) WITHIN GROUP (ORDER BY h.usual) FILTER (WHERE e.even) AS usual
            FROM rhythms AS h, LATERAL (
                SELECT h.usual >= 5 AND count(*) FILTER (WHERE abs(u.gap - h.usual) <= greatest(1, h.usual / 10.0)) >= 0.75 * count(*)
                FROM unnest(h.gaps) AS u (gap)) AS e (even)
        )
        SELECT count(*) AS rows,
               count(*) FILTER (WHERE r.ordered_at IS NULL OR NOT isfinite(r.ordered_at)) AS no_time,
               count(*) FILTER (WHERE r.customer IS NULL) AS no_customer,
               sum(r.amount) FILTER (WHERE r.customer IS NULL) AS no_customer_revenue, sum(r.amount) AS revenue,
               count(*) FILTER (WHERE r.amount IS NULL AND r.unbounded IS NULL) AS no_amount,
               count(*) FILTER (WHERE r.amount = 0) AS zero, count(*) FILTER (WHERE r.amount < 0) AS negative,
               sum(r.amount) FILTER (WHERE r.amount < 0) AS negative_sum,
               min(r.amount) FILTER (WHERE r.amount < 0) AS most_negative,
               count(*) FILTER (WHERE r.unbounded) AS unbounded,
               count(*) FILTER (WHERE r.amount > 0) AS positive,
               count(*) FILTER (WHERE r.amount > 0 AND r.amount = trunc(r.amount)) AS whole,
               count(*) FILTER (WHERE r.amount > 0 AND r.amount - 100 * trunc(r.amount / 100) IN (99, 95, 90, 50, 49, 0)) AS pricelike,
               count(*) FILTER (WHERE r.amount > 0 AND r.amount - 100 * trunc(r.amount / 100) = 0) AS hundreds,
               percentile_disc(0.5) WITHIN GROUP (ORDER BY r.amount) FILTER (WHERE r.amount > 0) AS median,
               count(*) FILTER (WHERE r.day < date '1990-01-01') AS ancient, min(r.day) FILTER (WHERE isfinite(r.day)) AS oldest,
               (SELECT l.day FROM longest AS l) AS gap_from, (SELECT l.gap FROM longest AS l) AS gap,
               (SELECT u.gap FROM usual AS u) AS usual_gap, (SELECT b.day FROM beginning AS b) AS first_day,
               (SELECT m.n FROM import AS m) AS imported, (SELECT m.total FROM import AS m) AS import_total,
               (SELECT m.usual FROM import AS m) AS import_usual,
               (SELECT s.rows FROM several AS s) AS several_rows, (SELECT s.instants FROM several AS s) AS instants,
               (SELECT s.shared FROM several AS s) AS shared, (SELECT s.surplus FROM several AS s) AS surplus,
               (SELECT s.n FROM same AS s) AS same, (SELECT s.example FROM same AS s) AS same_example,
               (SELECT c.currencies FROM currencies AS c) AS currencies, (SELECT c.names FROM currencies AS c) AS currency_names,
               (SELECT c.minor FROM currencies AS c) AS minor_currency,
               (SELECT n.customers FROM renewals AS n) AS rhythmic, (SELECT n.even FROM renewals AS n) AS even,
               (SELECT n.usual FROM renewals AS n) AS usual_renewal
        FROM r$query$, rows_query, CASE amounts WHEN 'signed' THEN '''-infinity''' ELSE '0' END, '@extschema@')
    INTO STRICT seen USING day.newest;

    IF seen.rows = first_rows THEN
        among := format('of the first %s rows', first_rows);
    END IF;
    RETURN QUERY
    SELECT v.severity, v.what, v.how_many::bigint, nullif(concat_ws(', ', v.example, among), ''), v.what_to_do
    FROM (VALUES
        ('error', 'amounts that are not finite', seen.unbounded, 'NaN, Infinity, or beyond 1e290',
         'They cannot be summed: correct them, or leave them out in a view.', seen.unbounded > 0),
        ('error', 'days before 1990', seen.ancient, seen.oldest::text,
         'Often a missing date that became the beginning of a calendar (1970, 1900): such customers look decades old. '
         'Correct the dates, or leave the rows out in a view.', seen.ancient > 0),
        ('error', 'more than one currency', seen.minor_currency, seen.currency_names,
         format('Amounts of different currencies, by the column %s, are added up as they are: convert them in a view, or '
                'analyse one currency.', quote_ident(currency)),
         seen.currencies > 1),
        ('warning', 'rows that look like lines of orders', seen.surplus,
         format('%s rows, %s different pairs of customer and %s', seen.several_rows, seen.instants,
                CASE WHEN has_clock THEN 'time' ELSE 'day' END),
         'Counts of orders and refunds are those of lines. Give order_id => ''...'', or one row per order in a view.',
         order_id IS NULL AND seen.shared >= CASE WHEN has_clock THEN 0.2 ELSE 0.5 END * seen.several_rows
             AND seen.several_rows >= 10),
        ('warning', 'a first day like that of an import', seen.imported,
         format('%s of %s rows on %s, where other days have %s', seen.imported, seen.import_total, seen.first_day,
                round(seen.import_usual::numeric, 1)),
         'Orders from before may have been given the day of the import: how often these customers bought, and since when, is '
         'not known then. Give the days of the orders, or leave that day out in a view. Nothing, if it was the opening.',
         seen.imported IS NOT NULL),
        ('warning', 'rows without a customer', seen.no_customer,
         CASE WHEN seen.no_customer_revenue IS NOT NULL
         THEN format('%s of %s of the revenue', round(seen.no_customer_revenue::numeric, 2), round(seen.revenue::numeric, 2)) END,
         'They are left out: purchases without an account, or a join that finds nobody. Know how much of the revenue '
         'the numbers do not cover.', seen.no_customer > 0),
        ('warning', 'rows without a time', seen.no_time, NULL,
         'They are left out. Take another column for the time, or coalesce two in a view.', seen.no_time > 0),
        ('warning', 'a gap in the orders', seen.gap, format('no order from %s to %s', seen.gap_from + 1, seen.gap_from + seen.gap - 1),
         format('Days pass between orders of this shop now and then, %s at most as a rule. Was the shop closed, or is a part of '
                'the data missing? Customers seem to have been silent then.', seen.usual_gap), seen.gap IS NOT NULL),
        ('warning', 'duplicate rows', seen.same, seen.same_example,
         'The same customer, time and amount: loaded twice? Leave duplicates out in a view (SELECT DISTINCT).',
         seen.same > 0 AND has_clock AND seen.same >= 0.001 * seen.rows
             AND seen.shared < 0.2 * seen.several_rows),
        ('warning', 'amounts that look like cents', seen.whole, format('half of them are below %s', seen.median),
         'All amounts are whole numbers that end like prices in cents: divide them by 100 in a view, or read value and '
         'revenue in cents.', seen.positive >= 20 AND seen.whole = seen.positive AND seen.median >= 300
             AND seen.pricelike >= 0.8 * seen.positive AND seen.hundreds < 0.5 * seen.positive),
        ('warning', 'orders that look like renewals', seen.even,
         format('%s of %s customers with four days of orders or more, every %s days as a rule', seen.even, seen.rhythmic,
                seen.usual_renewal),
         'A contract that is not renewed has ended, and models of orders wait for the next order. If these are renewals, make '
         'contracts of them in a view, as docs/contracts/contract_periods.md shows, and call cltv_materialize_contracts.',
         seen.even >= 20 AND 2 * seen.even > seen.rhythmic),
        ('info', 'a history shorter than a year', day.newest - seen.first_day + 1,
         format('from %s to %s', seen.first_day, day.newest),
         'Predictions further ahead than that are an extrapolation, which no backtest can check: give a shorter horizon. '
         'Seasons are not known.', day.newest - seen.first_day + 1 < 365 AND among IS NULL),
        ('warning', 'more negative amounts than positive ones', seen.negative, format('%s positive ones', seen.positive),
         'They count as refunds, never as purchases. Is the sign the other way round, as in books of accounts? Then give a view '
         'with -amount.', amounts = 'revenue' AND seen.negative > seen.positive),
        ('info', 'negative amounts', seen.negative,
         format('%s in all, the largest %s', round(seen.negative_sum::numeric, 2), seen.most_negative),
         CASE amounts WHEN 'signed' THEN 'They are purchases that lost money. Refunds among them should be left out in '
             'a view, or name the order that they refund.'
         ELSE 'They count as refunds: subtracted from revenue, never a purchase. The order that is refunded still counts as a '
             'purchase, unless refunds are matched with their orders. For profits use amounts => ''signed''.' END,
         seen.negative > 0),
        ('info', 'amounts of 0', seen.zero, NULL,
         'Free orders count as purchases. Leave them out in a view if they are samples, replacements or tests.', seen.zero > 0),
        ('info', 'amounts that are missing', seen.no_amount, NULL,
         'They count as purchases of unknown value.', seen.no_amount > 0)
        ) AS v (severity, what, how_many, example, what_to_do, is_so)
    WHERE v.is_so;

    -- A customer who stands for many: the till, the guests, a test account.
    EXECUTE format($query$
        WITH c AS (SELECT q.customer AS key, count(*) AS n FROM (%1$s) AS q
                   WHERE NOT q.customer IS NULL GROUP BY q.customer)
        SELECT x.customer, c.n, t.n AS total
        FROM c, (SELECT sum(c.n) AS n, count(*) AS customers FROM c) AS t, LATERAL format('%%s', c.key) AS x (customer)
        WHERE t.customers >= 20 AND (c.n >= 0.05 * t.n AND c.n >= 20 * t.n / t.customers
            OR c.n >= 3 * t.n / t.customers AND c.n > 2 AND lower(btrim(x.customer)) IN
               ('', '0', '-1', '1', '99999', '999999', '9999999', 'guest', 'guests', 'unknown', 'anonymous', 'none', 'null', 'n/a', 'na', 'test',
                'gast', 'walk-in', 'walkin', 'pos', 'cash', 'nan', '00000000-0000-0000-0000-000000000000')
               AND (c.n >= 0.01 * t.n OR lower(btrim(x.customer)) NOT IN ('0', '1', '-1')))
        ORDER BY c.n DESC, x.customer LIMIT 1$query$, rows_query) INTO found;
    IF found.customer IS NOT NULL THEN
        RETURN QUERY SELECT 'warning', 'one customer that stands for many', found.n::bigint,
            format('customer %L has %s %% of all rows', found.customer, round(100.0 * found.n / found.total, 1)),
            'Guests, a till or a test account under one number are not one customer: set it to NULL in a view, or leave it out.';
    END IF;
END
$$;
COMMENT ON FUNCTION cltv_check_rows(regclass, name, name, name, name, name, date, bigint, text, text) IS
'Internal: computation behind cltv_check_orders.
days is a query of a column ordered_at that tells of the days of all orders, or NULL to read these of the
orders.';

CREATE FUNCTION cltv_check_orders(
    orders regclass, customer name DEFAULT 'customer_id', ordered_at name DEFAULT 'ordered_at',
    amount name DEFAULT 'amount', order_id name DEFAULT NULL, currency name DEFAULT NULL, as_of date DEFAULT NULL,
    first_rows bigint DEFAULT NULL, amounts text DEFAULT 'revenue')
RETURNS TABLE (severity text, what text, how_many bigint, example text, what_to_do text)
LANGUAGE sql STABLE PARALLEL RESTRICTED COST 10000000 ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.severity, c.what, c.how_many, c.example, c.what_to_do
    FROM @extschema@.cltv_check_rows(orders, customer, ordered_at, amount, order_id,
                                     coalesce(currency, @extschema@.cltv_currency_column(orders)), as_of, first_rows, amounts,
                                     NULL::text)
        WITH ORDINALITY AS c (severity, what, how_many, example, what_to_do, place)
    ORDER BY array_position('{error,warning,info}'::text[], c.severity), c.place
$$;
COMMENT ON FUNCTION cltv_check_orders(regclass, name, name, name, name, name, date, bigint, text) IS
'Checks an orders table and returns what looks wrong, worst first.
One row per finding; severity (error: numbers will be wrong; warning: look at it; info: know it), what, how
many rows (or days), an example, and what to do. orders is a table or view, the other names are its columns;
order_id may be left out, and so may currency, which is then a column called currency, currency_code, order_currency or
iso_currency, if there is one. With first_rows it looks at the days of all rows, and else at so many
that come first; amounts are revenue, or signed as profits are. No finding gives no row; a NULL name of table,
customer, time or amount gives none, too; a missing column is error 42703, a wrong type 42804.';

CREATE FUNCTION cltv_findings(orders regclass, customer name, ordered_at name, amount name, order_id name, as_of date,
                              amounts text, days text, OUT sentence text, OUT advice text, OUT query text)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 10000000
SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO'
AS $$
#variable_conflict use_variable
DECLARE
    -- Shares are the same in the first rows; all of them would take half as long as making views of the orders.
    first_rows CONSTANT bigint := 50000;
    currency CONSTANT name := @extschema@.cltv_currency_column(orders);
    found record;
    n bigint := 0;
BEGIN
    -- One by one: an error of the check is told without a long query.
    FOR found IN
        SELECT c.* FROM @extschema@.cltv_check_rows(orders, customer, ordered_at, amount, order_id, currency, as_of,
                                                    first_rows, amounts, days)
            WITH ORDINALITY AS c (severity, what, how_many, example, what_to_do, place)
        ORDER BY array_position('{error,warning,info}'::text[], c.severity), c.place
    LOOP
        CONTINUE WHEN found.severity = 'info';
        n := n + 1;
        IF n = 1 THEN
            sentence := found.what || coalesce(' (' || found.example || ')', '');
        END IF;
        advice := concat_ws(E'\n', advice, format('%s: %s, %s%s. %s', found.severity, found.what, found.how_many,
                                                  ' (' || found.example || ')', found.what_to_do));
    END LOOP;
    IF n > 0 THEN
        sentence := CASE n WHEN 1 THEN 'found in the orders: ' ELSE format('%s findings in the orders, the worst: ', n) END
                    || sentence;
    END IF;
    query := concat(format('SELECT * FROM %s.cltv_check_orders(%L', '@extschema@', orders),
                    CASE WHEN customer <> 'customer_id' THEN format(', customer => %L', customer) END,
                    CASE WHEN ordered_at <> 'ordered_at' THEN format(', ordered_at => %L', ordered_at) END,
                    CASE WHEN amount <> 'amount' THEN format(', amount => %L', amount) END,
                    CASE WHEN order_id IS NOT NULL THEN format(', order_id => %L', order_id) END,
                    CASE WHEN currency IS NOT NULL THEN format(', currency => %L', currency) END,
                    CASE WHEN as_of IS NOT NULL THEN format(', as_of => %L', as_of) END,
                    CASE WHEN amounts <> 'revenue' THEN format(', amounts => %L', amounts) END, ');');
END
$$;
COMMENT ON FUNCTION cltv_findings(regclass, name, name, name, name, date, text, text) IS
'Internal: counts of errors and warnings of cltv_check_orders, in a sentence.
With the worst of them, what to do about each, and the query that shows all. It looks at the days of all rows,
or of the query days, and else at the first 50000; at currencies where a column is called currency or the
like. The sentence is NULL where nothing is odd; errors are those of cltv_check_orders.';

CREATE FUNCTION cltv_notice_findings(orders regclass, customer name, ordered_at name, amount name, order_id name, as_of date,
                                     amounts text)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 10000000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    found record;
BEGIN
    SELECT f.* INTO STRICT found FROM @extschema@.cltv_findings(orders, customer, ordered_at, amount, order_id, as_of, amounts,
                                                           NULL::text) AS f;
    IF found.sentence IS NOT NULL THEN
        RAISE NOTICE USING MESSAGE = found.sentence, DETAIL = found.advice, HINT = found.query;
    END IF;
    RETURN found.sentence IS NOT NULL;
END
$$;
COMMENT ON FUNCTION cltv_notice_findings(regclass, name, name, name, name, date, text) IS
'Internal: raises one NOTICE if anything is odd about the orders.
The sentence, the advice and the query of cltv_findings.';
