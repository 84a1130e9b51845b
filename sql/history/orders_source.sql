-- Orders tables of any shape ------------------------------------------------------------------------------------------
-- One place says which columns can be read as what, and writes the SQL that reads them: for cohorts, backtests and
-- materialised views alike. Reading a table runs no code of whoever owns it or its types: casts are those that came
-- with PostgreSQL (all of which have an oid below 16384), and customers are told apart by their type's own sort order,
-- which only a superuser can have made. A view is its owner's code, and is meant to be.

CREATE FUNCTION cltv_check_day(day date, argument text, hint text DEFAULT 'Give a day.') RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT isfinite(day) THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('%s must be finite, not %s', argument, day),
            NULL::text,
            hint);
    ELSIF day NOT BETWEEN date '0001-01-01' AND date '9999-12-31' THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('%s must be a day of the years 1 to 9999, not %s', argument, day),
            NULL::text,
            hint);
    END IF;
END
$$;
COMMENT ON FUNCTION cltv_check_day(date, text, text) IS
'Internal: raises an error (22023) for a day that no shop has known.
Infinite ones, and those outside the years 1 to 9999; argument is what it is called. NULL is none.';

CREATE FUNCTION cltv_check_span(first_day date, last_day date, purpose text, source text) RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF last_day - first_day > 100000 THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('from %s to %s there are %s days', first_day, last_day, last_day - first_day),
            format('%s at most 100000 days (273 years).', purpose),
            format('Look for wrong dates among the %s, or pass the last day as as_of.', source));
    END IF;
END
$$;
COMMENT ON FUNCTION cltv_check_span(date, date, text, text) IS
'Internal: raises an error (22023) for more than 100000 days, from a wrong date most likely.
purpose is what they are too many for ("Forecasts are made from"), source what has the dates ("orders"). NULL is none.';

CREATE FUNCTION cltv_source_column(relation regclass, column_name name, role text, alias name,
                                   OUT term text, OUT base_type regtype)
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    meaning text;
    mend text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attname = column_name
                   AND a.attnum > 0 AND NOT a.attisdropped) THEN
        PERFORM @extschema@.cltv_refuse(text '42703',
            format('column "%s" of relation %s does not exist', column_name, relation),
            format('Its columns are: %s.', (
                SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
                WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped)),
            format('Give the name of a column as it is stored, without quotes: %s => ''...''.%s', role,
                   CASE role WHEN 'amount' THEN format(' Orders without amounts are a view of them: '
                                                       'SELECT ..., NULL::numeric AS amount FROM %s.', relation) END));
    ELSIF NOT has_column_privilege(relation, column_name::text, text 'SELECT') THEN
        PERFORM @extschema@.cltv_refuse(text '42501',
            (SELECT format('permission denied for %s %s', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                           WHEN 'f' THEN 'foreign table' ELSE 'table' END, c.relname) FROM pg_class AS c WHERE c.oid = relation),
            NULL::text,
            format('Its owner may say: GRANT SELECT ON %s TO %I;', relation, current_user));
    END IF;
    -- The parser knows the type, asks for the right to read the column, and locks the relation until the end of the
    -- transaction, so that nobody gives the column another type in between. No row is read.
    EXECUTE format('SELECT pg_typeof(r.%I) FROM (SELECT) AS one LEFT JOIN %s AS r ON false', column_name, relation)
        INTO STRICT base_type;
    -- A domain, which may be one over another domain, is taken as its base type.
    WHILE (SELECT t.typtype = 'd' FROM pg_type AS t WHERE t.oid = base_type) LOOP
        SELECT t.typbasetype INTO STRICT base_type FROM pg_type AS t WHERE t.oid = base_type;
    END LOOP;
    term := format('%I.%I', alias, column_name);

    IF role IN ('customer', 'order_id', 'refund_of', 'currency', 'by', 'item', 'products') THEN
        -- Most types have an operator class of their own.
        IF EXISTS (SELECT FROM pg_opclass AS c JOIN pg_am AS m ON m.oid = c.opcmethod
                   WHERE m.amname = 'btree' AND c.opcdefault AND c.opcintype = base_type) THEN
            RETURN;
        END IF;
        -- Ranges and enums are sorted; so are arrays and rows, of types that are. Others have an operator class,
        -- perhaps that of a type with the same bytes, as varchar has that of text.
        IF NOT EXISTS (
            WITH RECURSIVE part (type) AS (
                SELECT base_type::oid
                UNION
                SELECT inner_type FROM part JOIN pg_type AS t ON t.oid = part.type, LATERAL (
                    SELECT t.typbasetype WHERE t.typtype = 'd'
                    UNION ALL SELECT t.typelem WHERE t.typcategory = 'A'
                    UNION ALL SELECT a.atttypid FROM pg_attribute AS a
                              WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                ) AS within (inner_type)
            ), sorted AS (
                SELECT c.opcintype AS type FROM pg_opclass AS c JOIN pg_am AS m ON m.oid = c.opcmethod
                WHERE m.amname = 'btree' AND c.opcdefault
            )
            SELECT FROM part JOIN pg_type AS t ON t.oid = part.type
            WHERE t.typtype = 'b' AND t.typcategory <> 'A'
                AND NOT EXISTS (SELECT FROM sorted AS s WHERE s.type = t.oid)
                AND NOT EXISTS (SELECT FROM pg_cast AS k JOIN sorted AS s ON s.type = k.casttarget
                                WHERE k.castsource = t.oid AND k.castmethod = 'b' AND k.castcontext = 'i')
        ) THEN
            RETURN;
        END IF;
        meaning := 'Customers are distinguished by a type that can be sorted.';
        mend := '%I::text';
    ELSIF role IN ('ordered_at', 'signed_up', 'started_on', 'ended_on') THEN
        term := format('%s::%s', term, base_type);
        IF base_type = ANY ('{date,timestamp,timestamptz}'::regtype[]) THEN
            RETURN;
        END IF;
        meaning := format('The time of %s is a date, timestamp or timestamptz.',
                          CASE role WHEN 'ordered_at' THEN 'an order' WHEN 'signed_up' THEN 'a sign-up' ELSE 'a subscription' END);
        mend := (SELECT CASE WHEN t.oid IN ('json'::regtype, 'jsonb'::regtype) THEN '(%I #>> ''{}'')::timestamp'
                             WHEN t.oid IN ('time'::regtype, 'timetz'::regtype) THEN 'a_day + %I::time'
                             WHEN t.typcategory = 'N' THEN 'to_timestamp(%I)'
                             WHEN t.typcategory = 'S' THEN '%I::timestamp'
                             ELSE '%I::text::timestamp' END FROM pg_type AS t WHERE t.oid = base_type);
    ELSE
        term := format('%s::float8', term);
        IF base_type = 'float8'::regtype
           OR EXISTS (SELECT FROM pg_cast AS k WHERE k.castsource = base_type AND k.casttarget = 'float8'::regtype
                      AND k.oid < 16384) THEN
            RETURN;
        END IF;
        meaning := format('The %s is a number.', CASE role WHEN 'amount' THEN 'amount of an order' WHEN 'mrr' THEN 'recurring revenue' ELSE role END);
        mend := (SELECT CASE WHEN t.oid = 'json'::regtype THEN '(%I #>> ''{}'')::numeric'
                             WHEN t.oid = 'money'::regtype OR t.typcategory = 'S' THEN '%I::numeric'
                             ELSE '%I::text::numeric' END FROM pg_type AS t WHERE t.oid = base_type);
    END IF;
    PERFORM @extschema@.cltv_refuse(text '42804',
        format('column "%s" of relation %s has type %s', column_name, relation, base_type),
        meaning,
        format('Cast the column in a view, and give the view: SELECT ..., ' || mend || ' AS %1$I FROM %2$s.',
                      column_name, relation));
END
$$;
COMMENT ON FUNCTION cltv_source_column(regclass, name, text, name) IS
'Internal: the SQL term that reads a column of a table or view.
Alias.column with the cast that its role needs, and the type of the column, of a domain its base type; role
customer is any type that can be sorted, ordered_at and its like a date, timestamp or timestamptz, any other
role a number, read as float8 by a cast that came with PostgreSQL; a missing column is error 42703, another
type 42804 with the cast to write in a view, no right to read the column 42501; NULL gives NULL.';

CREATE FUNCTION cltv_key_term(relation regclass, column_name name, role text) RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000 SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@.cltv_source_column(relation, column_name, role, name 'o');
    RETURN format('nullif(format(''%%s'', o.%I), '''')', column_name);
END
$$;
COMMENT ON FUNCTION cltv_key_term(regclass, name, text) IS
'Internal: the SQL term that reads a column, such as an order number, as text.
By its type''s output, of an alias o: NULL where nothing is said; a missing column is error 42703, a type that
cannot be sorted 42804; NULL gives NULL.';

CREATE FUNCTION cltv_one_row_an_order(lines text, cut date, amounts text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $$
BEGIN
    -- Sums that do not depend on the order of the rows. An order of which nothing is left is none, but for one whose costs
    -- are just what it brought; rows without a number are orders of their own.
    RETURN format($query$SELECT n.customer, n.ordered_at, n.amount FROM (
    SELECT l.customer, coalesce(min(l.ordered_at) FILTER (WHERE l.refunded_key IS NULL), min(l.ordered_at)) AS ordered_at,
           %3$s.exact_sum(l.amount) AS amount, sum(abs(l.amount)) AS moved,
           %4$s AS lowered
    FROM (%1$s) AS l WHERE coalesce(l.refunded_key, l.order_key) IS NOT NULL
    GROUP BY l.customer, coalesce(l.refunded_key, l.order_key)%2$s) AS n
WHERE NOT (coalesce(n.lowered, false) AND abs(n.amount) <= 1e-9 * n.moved)
UNION ALL SELECT s.customer, s.ordered_at, s.amount FROM (%1$s) AS s
WHERE coalesce(s.refunded_key, s.order_key) IS NULL$query$,
        lines, CASE WHEN cut IS NOT NULL THEN format(', l.ordered_at::date > DATE %L', cut) ELSE '' END, '@extschema@',
        CASE WHEN amounts = 'signed' THEN 'bool_or(l.refunded_key IS NOT NULL)'
        ELSE 'bool_or(l.amount > 0) AND bool_or(l.amount < 0)' END);
END
$$;
COMMENT ON FUNCTION cltv_one_row_an_order(text, date, text) IS
'Internal: the query that makes one row of the lines of an order and of its refunds.
From a query of customer, ordered_at, amount, order_key and refunded_key (the order that a row refunds): the
time of the first line, the sum of the amounts; an order that is refunded whole has no row, of amounts that
are signed one that a row names as refunded; lines after the day of the cut are kept apart from those before.';

-- A refund undoes the latest order before it of the same amount that no other refund has undone, as brackets close: the
-- orders and refunds of a customer of one amount are steps up and down, and a refund closes the order of its height.
-- What is left is taken off the order of the next higher amount before it.
CREATE FUNCTION cltv_refunds_matched(query text, cut date) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $$
BEGIN
    RETURN format($query$SELECT f.customer, f.ordered_at, f.amount FROM (
    WITH numbered AS MATERIALIZED (
        SELECT q.customer, q.ordered_at, q.amount, abs(q.amount) AS size,
               CASE WHEN q.amount > 0 THEN 1 WHEN q.amount < 0 THEN -1 END AS step,
               dense_rank() OVER (ORDER BY q.customer%2$s) AS who,
               row_number() OVER (ORDER BY q.customer, q.ordered_at, q.amount DESC) AS number
        FROM (%1$s) AS q
    ), heights AS (
        SELECT n.who, n.number, n.size, n.step, sum(n.step) OVER w AS height FROM numbered AS n WHERE n.step IS NOT NULL
        WINDOW w AS (PARTITION BY n.who, n.size ORDER BY n.number ROWS UNBOUNDED PRECEDING)
    ), floors AS (
        SELECT h.*, h.height - least(0, min(h.height) OVER (PARTITION BY h.who, h.size ORDER BY h.number
                                                            ROWS UNBOUNDED PRECEDING)) AS open FROM heights AS h
    ), levels AS (
        SELECT f.*, f.step < 0 AND coalesce(lag(f.open) OVER w, 0) = 0 AS loose,
               f.open + CASE WHEN f.step < 0 THEN 1 ELSE 0 END AS level
        FROM floors AS f WINDOW w AS (PARTITION BY f.who, f.size ORDER BY f.number)
    ), closed AS (
        SELECT l.*, CASE WHEN l.step > 0 THEN coalesce(lead(l.step) OVER w, 1) < 0 ELSE true END AS undone
        FROM levels AS l WHERE NOT l.loose WINDOW w AS (PARTITION BY l.who, l.size, l.level ORDER BY l.number)
    ), parts AS (
        SELECT DISTINCT ON (r.number) r.number AS refund, o.number, r.size, o.size AS whole
        FROM levels AS r JOIN closed AS o ON o.who = r.who AND o.step > 0 AND NOT o.undone AND o.number < r.number
            AND o.size > r.size
        WHERE r.loose ORDER BY r.number, o.size, o.number DESC
    ), taken AS (
        SELECT p.*, sum(p.size) OVER (PARTITION BY p.number ORDER BY p.refund ROWS UNBOUNDED PRECEDING) AS so_far
        FROM parts AS p
    ), bearable AS (
        SELECT t.number, max(t.so_far) AS taken, max(t.so_far) >= max(t.whole) * (1 - 1e-9) AS undone
        FROM taken AS t WHERE t.so_far <= t.whole * (1 + 1e-9) GROUP BY t.number
    ), gone AS (
        SELECT c.number FROM closed AS c WHERE c.undone
        UNION ALL SELECT b.number FROM bearable AS b WHERE b.undone
        UNION ALL SELECT t.refund FROM taken AS t WHERE t.so_far <= t.whole * (1 + 1e-9)
    )
    SELECT n.customer, n.ordered_at, n.amount - coalesce(b.taken, 0) AS amount
    FROM numbered AS n LEFT JOIN bearable AS b ON b.number = n.number LEFT JOIN gone AS g ON g.number = n.number
    WHERE g.number IS NULL) AS f$query$,
        query, CASE WHEN cut IS NOT NULL THEN format(', q.ordered_at::date > DATE %L', cut) ELSE '' END);
END
$$;
COMMENT ON FUNCTION cltv_refunds_matched(text, date) IS
'Internal: the query that subtracts refunds from the orders they reverse.
Each negative amount of a query of customer, ordered_at and amount closes the latest earlier order of the
customer of the same amount, and neither is a row any more; else it lowers the earlier order of the next
higher amount; else it stays as it is; refunds after the day of the cut change no order before it.';

CREATE FUNCTION cltv_orders_of_lines(lines text, until date, one_row_an_order boolean, refunds text, cut date, amounts text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $$
DECLARE
    orders text := lines;
BEGIN
    -- The day is what counts: where clocks go back over midnight, it does not begin at its last midnight. Most rows need
    -- no look at their day.
    IF until IS NOT NULL THEN
        orders := format('SELECT u.* FROM (%s) AS u WHERE u.ordered_at < DATE %L OR u.ordered_at::date <= DATE %2$L',
                        orders, until);
    END IF;
    IF one_row_an_order THEN
        orders := @extschema@.cltv_one_row_an_order(orders, cut, amounts);
    END IF;
    IF refunds = 'match' THEN
        orders := @extschema@.cltv_refunds_matched(orders, cut);
    END IF;
    RETURN orders;
END
$$;
COMMENT ON FUNCTION cltv_orders_of_lines(text, date, boolean, text, date, text) IS
'Internal: the query that makes orders of the rows of a table.
None after the day until (NULL: all), so that nothing that came later changes what was before; one row an
order, where asked for; refunds match: taken off the orders that they undo; none of this across the day of the
cut.';

CREATE FUNCTION cltv_orders_source(orders regclass, customer name, ordered_at name, amount name, lasting boolean,
                                   order_id name DEFAULT NULL, refund_of name DEFAULT NULL,
                                   refunds text DEFAULT 'subtract', cut date DEFAULT NULL, amounts text DEFAULT 'revenue',
                                   OUT query text, OUT customer_term text, OUT stored_time_term text,
                                   OUT time_term text, OUT amount_term text, OUT rows_term text,
                                   OUT customer_type regtype, OUT stored_time_type regtype, OUT time_type regtype,
                                   OUT time_zone text, OUT customer_as_text text, OUT lines text)
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 10000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    IF orders IS NULL OR customer IS NULL OR ordered_at IS NULL OR amount IS NULL OR lasting IS NULL OR refunds IS NULL
       OR amounts IS NULL THEN
        RETURN;
    END IF;
    IF refunds NOT IN ('subtract', 'match') THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('refunds must be ''subtract'' or ''match'', not %L', refunds),
            NULL::text,
            text '''subtract'' subtracts refunds from revenue; ''match'' also removes the refunded order.');
    ELSIF amounts NOT IN ('revenue', 'signed') THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('amounts must be ''revenue'' or ''signed'', not %L', amounts),
            NULL::text,
            text '''revenue'' treats a negative amount as a refund; ''signed'' treats it as a purchase that lost money.');
    ELSIF amounts = 'signed' AND refunds = 'match' THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            text 'refunds cannot be matched where amounts are signed',
            text 'A negative amount is then a purchase, not a refund.',
            text 'Name the column with the order that a row refunds, refund_of, if there is one; or leave refunds out in a view.');
    ELSIF refund_of IS NOT NULL AND order_id IS NULL THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            text 'refund_of needs order_id',
            NULL::text,
            text 'Name the column with the number of the order, too: order_id => ''...''.');
    END IF;
    SELECT c.term, c.base_type FROM @extschema@.cltv_source_column(orders, customer, text 'customer', name 'o') AS c
    INTO STRICT customer_term, customer_type;
    SELECT t.term, t.base_type
    FROM @extschema@.cltv_source_column(orders, ordered_at, text 'ordered_at', name 'o') AS t
    INTO STRICT stored_time_term, stored_time_type;
    SELECT a.term FROM @extschema@.cltv_source_column(orders, amount, text 'amount', name 'o') AS a
    INTO STRICT amount_term;

    time_term := stored_time_term;
    time_type := stored_time_type;
    -- The days are those of the session's zone, written out: a later session may have another, and so may another
    -- server, where a part of the query may run.
    IF stored_time_type = 'timestamptz'::regtype THEN
        time_type := 'timestamp'::regtype;
        time_zone := current_setting('TimeZone');
        -- CET and a few others are zones with summer time in a setting, but abbreviations without it in AT TIME ZONE.
        IF NOT EXISTS (SELECT FROM (VALUES (timestamptz '2024-01-15 12:00+00'), ('2024-07-15 12:00+00')) AS v (moment)
                       WHERE moment::timestamp <> moment AT TIME ZONE time_zone) THEN
            time_term := format('(%s AT TIME ZONE %L)', time_term, time_zone);
        ELSIF lasting THEN
            PERFORM @extschema@.cltv_refuse(text '22023',
                format('TimeZone %s has a different meaning in AT TIME ZONE', time_zone),
                NULL::text,
                text 'SET TimeZone to a place such as Europe/Vienna: the days of the orders will be those there.');
        ELSE
            time_term := format('%s::timestamp', time_term);
        END IF;
    END IF;
    -- A customer may be a row with a NULL in it, which is neither NULL nor NOT NULL.
    rows_term := format('%s AS o WHERE NOT %s IS NULL AND o.%I IS NOT NULL', orders, customer_term, ordered_at);
    lines := format('SELECT %s AS customer, %s AS ordered_at, %s AS amount%s FROM %s', customer_term, time_term, amount_term,
                    CASE WHEN order_id IS NOT NULL THEN
                        format(', %s AS order_key, %s AS refunded_key',
                               @extschema@.cltv_key_term(orders, order_id, text 'order_id'),
                               coalesce(@extschema@.cltv_key_term(orders, refund_of, text 'refund_of'), 'NULL::text')) END,
                    rows_term);
    query := @extschema@.cltv_orders_of_lines(lines, NULL::date, order_id IS NOT NULL, refunds, cut, amounts);
    -- Text by the cast that came with PostgreSQL, if one did, else by the type's output, which is no user's code.
    customer_as_text := CASE WHEN EXISTS (SELECT FROM pg_cast AS k WHERE k.castsource = customer_type
                                          AND k.casttarget = 'text'::regtype AND k.oid < 16384)
                        THEN 'customer::text' ELSE 'format(''%s'', customer)' END;
END
$$;
COMMENT ON FUNCTION cltv_orders_source(regclass, name, name, name, boolean, name, name, text, date, text) IS
'Internal: how to read the orders of a table or view with any column names.
To be executed with search_path = pg_catalog, pg_temp: query gives customer, ordered_at (date, else timestamp;
a timestamptz is the time in the TimeZone of the session that asks) and amount (float8), without rows whose
customer or time is NULL; lines gives the rows as they are, for cltv_orders_of_lines; its parts are the terms
of the columns, of an alias o, and rows_term, what follows FROM; stored_time_term is the time as it is stored,
customer_as_text makes text of the column customer of query; lasting: the query will be run in other sessions,
too; order_id, if given, makes one row of the lines of an order, and refund_of, the order that a row refunds,
takes the row off that order, which is no purchase any more when nothing is left of it; refunds: subtract
leaves other refunds as rows of their own, match undoes the latest earlier order of the same amount, or else
lowers the order of the next higher one; no refund after the day of the cut changes an order before it;
amounts: revenue, or signed, of which negative ones are those of purchases, so that no refunds can be matched
(22023); errors are those of cltv_source_column, another word for refunds or amounts (22023), and, if lasting,
a TimeZone that AT TIME ZONE takes for another (22023); a NULL that has no default gives NULL.';

CREATE FUNCTION cltv_same_customer(orders regclass, customers regclass, customer name) RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 10000 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    in_orders CONSTANT regtype :=
        (@extschema@.cltv_source_column(orders, customer, text 'customer', name 'o')).base_type;
    in_customers CONSTANT regtype :=
        (@extschema@.cltv_source_column(customers, customer, text 'customer', name 'c')).base_type;
    equal text;
BEGIN
    IF in_orders <> in_customers THEN
        -- Those of PostgreSQL that it takes for another without being asked, such as int and bigint, varchar and text
        IF EXISTS (SELECT FROM pg_cast AS k WHERE k.oid < 16384 AND k.castcontext = 'i'
                   AND (k.castsource, k.casttarget) IN ((in_orders, in_customers), (in_customers, in_orders))) THEN
            RETURN 'OPERATOR(pg_catalog.=)';
        END IF;
        PERFORM @extschema@.cltv_refuse(text '42804',
            format('column "%s" has type %s in relation %s and type %s in relation %s',
                             customer, in_orders, orders, in_customers, customers),
            text 'Customers are found by equal values of one type.',
            CASE WHEN in_customers = 'text'::regtype
                   THEN format('Cast it in a view, and give the view: SELECT ..., %1$I::text AS %1$I FROM %2$s.',
                               customer, orders)
                   ELSE format('Cast it in a view, and give the view: SELECT ..., %1$I::%2$s AS %1$I FROM %3$s.',
                               customer, in_orders, customers) END);
    END IF;
    -- Equal is what the type's own index says, which need not be in the schemas searched (citext).
    SELECT format('OPERATOR(%I.%s)', n.nspname, o.oprname) INTO equal
    FROM pg_opclass AS c
    JOIN pg_am AS m ON m.oid = c.opcmethod AND m.amname = 'btree'
    JOIN pg_amop AS p ON p.amopfamily = c.opcfamily AND p.amopstrategy = 3
        AND p.amoplefttype = c.opcintype AND p.amoprighttype = c.opcintype
    JOIN pg_operator AS o ON o.oid = p.amopopr
    JOIN pg_namespace AS n ON n.oid = o.oprnamespace
    WHERE c.opcdefault AND c.opcintype = in_orders;
    IF equal IS NOT NULL THEN
        RETURN equal;
    END IF;
    -- An enum or a row is compared by PostgreSQL's own operator of all enums or rows, unless the type converts itself
    -- to another, which may have a better one.
    IF EXISTS (SELECT FROM pg_cast AS k WHERE k.castsource = in_orders AND k.castcontext = 'i' AND k.oid >= 16384) THEN
        PERFORM @extschema@.cltv_refuse(text '42804',
            format('column "%s" of relation %s has type %s, which has an implicit cast of its own',
                             customer, orders, in_orders),
            text 'That cast would decide whether two customers are equal.',
            format('Cast the column in a view over each, and give the views: '
                          'SELECT ..., %1$I::text AS %1$I FROM %2$s.', customer, orders));
    END IF;
    RETURN 'OPERATOR(pg_catalog.=)';
END
$$;
COMMENT ON FUNCTION cltv_same_customer(regclass, regclass, name) IS
'Internal: the operator that matches customers of two tables.
With its schema; it finds the customers of a table of orders in a table of customers by the column customer of
both: equality of their one type, of domains that of the base type, or of two types that PostgreSQL itself
takes for one another; other pairs and a type with an implicit cast of a user''s making are error 42804, more
errors as in cltv_source_column; NULL gives NULL.';

-- Columns of a table of customers, as attributes ------------------------------------------------------------------------

CREATE FUNCTION cltv_check_columns(customers regclass, customer name, attributes text[]) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    columns CONSTANT text[] := ARRAY(SELECT a.attname FROM pg_attribute AS a
                                     WHERE a.attrelid = customers AND a.attnum > 0 AND NOT a.attisdropped
                                         AND a.attname <> customer ORDER BY a.attnum);
    attribute text;
BEGIN
    FOREACH attribute IN ARRAY coalesce(attributes, '{}') LOOP
        IF (attribute = ANY (columns)) IS NOT TRUE THEN
            PERFORM @extschema@.cltv_refuse(text '42703',
                format('attribute %s is not a column of %s', coalesce(quote_ident(attribute), 'NULL'), customers),
                NULL::text,
                format('Its columns are: %s.', (SELECT string_agg(quote_ident(c), ', ') FROM unnest(columns) AS c)));
        ELSIF (SELECT count(*) FROM unnest(attributes) AS u (name) WHERE u.name = attribute) > 1 THEN
            PERFORM @extschema@.cltv_refuse(text '42701',
                format('attribute %s is named twice', quote_ident(attribute)),
                NULL::text,
                text 'Name each column once.');
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION cltv_check_columns(regclass, name, text[]) IS
'Internal: raises an error unless attributes are columns of a table of customers.
Besides the customer itself (42703), each named once (42701).';

CREATE FUNCTION cltv_customer_attributes(orders regclass, customers regclass, customer name, attributes text[], known name)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 10000 SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
#variable_conflict use_variable
DECLARE
    same_customer text;
    twice text;
BEGIN
    IF attributes IS NULL OR orders IS NULL OR customer IS NULL THEN
        RETURN NULL;
    ELSIF customers IS NULL THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            text 'attributes needs a table of customers',
            NULL::text,
            text 'Name it: customers => ''...''.');
    ELSIF attributes = '{}' THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            text 'attributes names no column',
            NULL::text,
            text 'Leave it out to have models without attributes.');
    END IF;
    PERFORM @extschema@.cltv_check_columns(customers, customer, attributes);
    same_customer := @extschema@.cltv_same_customer(orders, customers, customer);
    EXECUTE format('SELECT min(t.customer) FROM (SELECT format(''%%s'', c.%1$I) AS customer FROM %2$s AS c '
                   'WHERE NOT c.%1$I IS NULL GROUP BY c.%1$I HAVING count(*) > 1) AS t', customer, customers) INTO twice;
    IF twice IS NOT NULL THEN
        PERFORM @extschema@.cltv_refuse(text '23505',
            format('duplicate customer %L in %s', twice, customers),
            NULL::text,
            text 'A customer has one row of attributes.');
    END IF;
    -- Columns by their own names and no others: the names are those of the attributes.
    RETURN format('
        LEFT JOIN %1$s AS a ON a.%2$I %3$s c.%4$I
        CROSS JOIN LATERAL (SELECT %5$s.features(given.*) AS attributes FROM (SELECT %6$s) AS given OFFSET 0) AS k',
        customers, customer, same_customer, known, '@extschema@',
        (SELECT string_agg(format('a.%1$I AS %1$I', u.attribute), ', ' ORDER BY u.place)
         FROM unnest(attributes) WITH ORDINALITY AS u (attribute, place)));
END
$$;
COMMENT ON FUNCTION cltv_customer_attributes(regclass, regclass, name, text[], name) IS
'Internal: the SQL that joins attributes from a table of customers to a relation c.
As k.attributes, where the column known of c is the customer; of a customer who is not there all are NULL; no
table, no attribute, what cltv_check_columns finds, a customer who is there twice (23505) and customers of
another type are errors; NULL for attributes gives NULL.';
