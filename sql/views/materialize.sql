-- What a shop asks every day, as materialized views made in one call.
--
-- The procedures run with the rights of their caller and write SQL that the caller can read with \d+. Only the names
-- that the caller gives are looked up along the caller's search_path; then it is set to the system's catalog, and the
-- extension's own objects are named with their schema, wherever the extension was installed or moved to. Numbers are
-- written into that SQL with all their digits, however few the session shows, and no constant has a backslash in it, which
-- means something else where standard_conforming_strings is off. Functions of the extension are called with exactly the
-- arguments that they are declared with, so that nobody's overload, where others may create functions in its schema, fits
-- better and becomes part of a view.

CREATE PROCEDURE cltv_materialize(
    name text, orders regclass, margin text, customers regclass,
    customer name DEFAULT 'customer_id', ordered_at name DEFAULT 'ordered_at', amount name DEFAULT 'amount',
    horizon float8 DEFAULT 365, discount_rate float8 DEFAULT 0.10, model text DEFAULT 'bgnbd', bins int DEFAULT 5,
    as_of date DEFAULT NULL, replace boolean DEFAULT false, incremental boolean DEFAULT false, late_days int DEFAULT 3)
    LANGUAGE plpgsql SET extra_float_digits = 1
AS $procedure$
#variable_conflict use_variable
DECLARE
    began CONSTANT pg_catalog.timestamptz := pg_catalog.clock_timestamp();
    callers_path CONSTANT pg_catalog.text := pg_catalog.current_setting('search_path');
    own_columns CONSTANT pg_catalog.text[] := '{first_order,last_order,orders,revenue,frequency,recency,tenure,'
        'monetary_value,r,f,m,segment,expected_orders,churn_prob,cltv,value_tier}';
    -- What stands beside the customer in the other relations.
    beside_customer CONSTANT pg_catalog.text[] := '{history,settled,ordered_at,amount,rank,value_at_stake}';
    times CONSTANT pg_catalog.text[] := '{date,timestamp without time zone,timestamp with time zone}';
    numbers CONSTANT pg_catalog.text[] := '{numeric,double precision,real,bigint,integer,smallint}';
    home pg_catalog.text := pg_catalog.current_schema();
    ext pg_catalog.text;
    words pg_catalog.text[];
    base pg_catalog.text;
    obstacle pg_catalog.text;
    column_name pg_catalog.text;
    time_type pg_catalog.text;
    time_zone pg_catalog.text;
    local_time pg_catalog.text;
    key pg_catalog.text;
    same_customer pg_catalog.text;
    source pg_catalog.text;
    rows_of_source pg_catalog.text;
    day pg_catalog.text;
    horizon_term pg_catalog.text;
    margin_term pg_catalog.text;
    parameters pg_catalog.text;
    carried pg_catalog.text[];
    taken pg_catalog.text[];
    carried_name pg_catalog.text;
    carried_columns pg_catalog.text := '';
    carried_picks pg_catalog.text := '';
    observed pg_catalog.jsonb;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    SELECT quote_ident(n.nspname) INTO STRICT ext
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'cltv';

    -- What is asked for is checked before anything is made.
    IF name IS NULL OR orders IS NULL OR customer IS NULL OR ordered_at IS NULL OR amount IS NULL OR horizon IS NULL
        OR discount_rate IS NULL OR margin IS NULL OR model IS NULL OR bins IS NULL OR replace IS NULL
        OR incremental IS NULL OR late_days IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'only as_of and customers of cltv_materialize may be NULL',
            HINT = 'Leave an argument out to have its default.';
    END IF;
    words := parse_ident(name);
    IF array_length(words, 1) > 2 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_name', MESSAGE = format('not a name of a view: %s', name),
            HINT = 'Give a name, or schema.name; quote what is not plain lower case: ''shop."My Customers"''.';
    END IF;
    base := words[array_length(words, 1)];
    home := CASE array_length(words, 1) WHEN 2 THEN words[1] ELSE home END;
    IF home IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_schema', MESSAGE = 'no schema has been selected to create in',
            HINT = 'Set search_path, or name the schema: schema.name.';
    END IF;
    IF octet_length(base) > 63 - octet_length('_value_bands') THEN
        RAISE EXCEPTION USING ERRCODE = 'name_too_long',
            MESSAGE = format('name is too long: %s, %s bytes', base, octet_length(base)),
            HINT = format('The views are named after it, with suffixes such as _value_bands: %s bytes are left for it.',
                          63 - octet_length('_value_bands'));
    END IF;
    IF NOT (horizon > 0 AND horizon <> 'NaN') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('horizon must be a positive number of days: %s', horizon),
            HINT = '365 is a year; ''infinity'' is all the time to come.';
    ELSIF NOT (discount_rate >= 0 AND discount_rate < 'infinity') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('discount_rate must be a finite number of zero or more: %s', discount_rate),
            HINT = 'It is a share a year: 0.10 is 10 percent.';
    ELSIF horizon = 'infinity' AND discount_rate = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'an infinite horizon needs a discount_rate above 0',
            HINT = 'All the purchases to come may be infinitely many, and their value with them.';
    ELSIF NOT isfinite(as_of) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('as_of must be a day: %s', as_of),
            HINT = 'Leave it out to have the day of the newest order at each refresh.';
    ELSIF bins NOT BETWEEN 2 AND 10 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('bins must be between 2 and 10: %s', bins), HINT = 'Quintiles, bins => 5, are usual.';
    ELSIF late_days NOT BETWEEN 0 AND 100000 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('late_days must be between 0 and 100000: %s', late_days),
            HINT = 'It is the number of newest days whose orders may still arrive or change after a refresh.';
    END IF;

    -- The views outlive the session.
    SELECT format('%s is temporary', c.oid::regclass) INTO obstacle
    FROM pg_class AS c WHERE c.oid IN (orders, customers) AND c.relpersistence = 't' LIMIT 1;
    IF left(home, length('pg_temp')) = 'pg_temp' THEN
        obstacle := format('schema %s is temporary', home);
    END IF;
    IF obstacle IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type', MESSAGE = obstacle,
            HINT = 'Materialized views are there for longer than a session: take a table and a schema that are, too.';
    END IF;
    IF customer = ANY (own_columns || beside_customer) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_column',
            MESSAGE = format('the customer column cannot be named %I, as a column of the result is', customer),
            HINT = 'Rename it in a view over the orders.';
    END IF;

    -- The orders. An order falls on a day of the time zone that the session has now, whatever zone a refresh will have.
    EXECUTE format('SELECT (ARRAY[%1$s.cltv_column_type($1, $2, text ''customer'', NULL::text[]), '
                   '%1$s.cltv_column_type($1, $3, text ''ordered_at'', $5), '
                   '%1$s.cltv_column_type($1, $4, text ''amount'', $6)])[2]', ext)
    INTO time_type USING orders, customer, ordered_at, amount, times, numbers;
    local_time := format('o.%I::%s', ordered_at, time_type);
    IF time_type = 'timestamp with time zone' THEN
        time_zone := current_setting('TimeZone');
        local_time := format('(%s AT TIME ZONE %L)', local_time, time_zone);
        -- CET and a few others are zones with summer time in a setting, but abbreviations without it in SQL.
        IF EXISTS (SELECT FROM (VALUES (timestamptz '2024-01-15 12:00 UTC'), ('2024-07-15 12:00 UTC')) AS v (moment)
                   WHERE moment::timestamp <> moment AT TIME ZONE time_zone) THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('TimeZone %s means another time in AT TIME ZONE', time_zone),
                HINT = 'SET TimeZone to a place such as Europe/Vienna: the days of the orders will be those there.';
        END IF;
    END IF;

    -- A model of orders in days has a fit over a customer_base whose weighted form calls the third argument tenure.
    SELECT string_agg(format('(n.orders_model::jsonb #>> ''{params,%1$s}'')::float8 AS %1$I',
                             parameter), E',\n       ' ORDER BY position)
    INTO parameters
    FROM pg_proc AS made, unnest(made.proargnames) WITH ORDINALITY AS p (parameter, position)
    WHERE made.proname = model || '_model' AND made.pronamespace = ext::regnamespace
        AND EXISTS (SELECT FROM pg_proc AS fit WHERE fit.proname = model || '_fit'
                    AND fit.pronamespace = made.pronamespace AND fit.proargnames[3] = 'tenure');
    IF parameters IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('not a model of orders in days: %s', model),
            HINT = (SELECT format('Models are: %s.', string_agg(DISTINCT left(proname, -4), ', '))
                    FROM pg_proc WHERE proname ~ '_fit$' AND pronamespace = ext::regnamespace
                        AND proargnames[3] = 'tenure');
    END IF;

    -- The customers: their columns are carried along, their rows are one for a customer.
    key := quote_ident(customer);
    IF margin ~ '^[[:space:]]*[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?[[:space:]]*$' THEN
        margin_term := margin::float8 || '::float8';
        IF margin::float8 NOT BETWEEN 0 AND 1 THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('margin must be between 0 and 1: %s', margin),
                HINT = 'It is a share of the revenue: 0.3 for 30 %.';
        END IF;
    ELSIF customers IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('margin is no number: %s', margin),
            HINT = 'Give a share such as 0.3, or the column of a table of customers: customers => ''...''.';
    ELSE
        EXECUTE format('SELECT %s.cltv_column_type($1, $2, text ''margin'', $3)', ext)
        USING customers, margin::name, numbers;
        margin_term := format('c.%I::float8', margin);
    END IF;
    IF customers IS NOT NULL THEN
        EXECUTE format('SELECT %s.cltv_column_type($1, $2, text ''customer'', NULL::text[])', ext)
        USING customers, customer;
        carried := ARRAY(SELECT attname FROM pg_attribute
                         WHERE attrelid = customers AND attnum > 0 AND NOT attisdropped AND attname <> customer
                         ORDER BY attnum);
        taken := own_columns || customer::text || carried;
        FOREACH column_name IN ARRAY carried LOOP
            carried_name := column_name;
            IF column_name = ANY (own_columns) THEN
                WHILE carried_name = ANY (taken) LOOP
                    carried_name := 'customer_' || carried_name;
                END LOOP;
                taken := taken || carried_name;
            END IF;
            carried_columns := carried_columns || format(E',\n           c.%I AS %I', column_name, carried_name);
            carried_picks := carried_picks || format(', %I', carried_name);
        END LOOP;
        EXECUTE format('SELECT min(%1$I::text) FROM '
                       '(SELECT %1$I FROM %2$s WHERE %1$I IS NOT NULL GROUP BY 1 HAVING count(*) > 1) AS twice',
                       customer, customers) INTO obstacle;
        IF obstacle IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'unique_violation',
                MESSAGE = format('customer %s is there more than once in %s', obstacle, customers),
                HINT = 'A customer has one row of attributes.';
        END IF;
        -- Equal is what the type's own index says, which need not be in the schemas searched here (citext).
        SELECT format('OPERATOR(%I.%s)', n.nspname, o.oprname) INTO same_customer
        FROM pg_attribute AS a
        JOIN pg_opclass AS c ON c.opcintype = a.atttypid AND c.opcdefault
            AND c.opcmethod = (SELECT oid FROM pg_am WHERE amname = 'btree')
        JOIN pg_amop AS p ON p.amopfamily = c.opcfamily AND p.amopstrategy = 3
            AND p.amoplefttype = a.atttypid AND p.amoprighttype = a.atttypid
        JOIN pg_operator AS o ON o.oid = p.amopopr
        JOIN pg_namespace AS n ON n.oid = o.oprnamespace
        WHERE a.attrelid = customers AND a.attname = customer
            AND a.atttypid = (SELECT atttypid FROM pg_attribute WHERE attrelid = orders AND attname = customer);
    END IF;

    IF replace THEN
        EXECUTE format('CALL %s.cltv_drop(text %L, missing_ok => true)', ext, format('%I.%I', home, base));
    END IF;
    SELECT format('%I.%I', home, base || suffix) INTO obstacle
    FROM unnest('{"",_model,_history,_segments,_rfm_grid,_value_bands,_at_risk,_forecast}'::text[]
                || CASE WHEN incremental THEN '{_source,_watermark}'::text[] END) AS suffix
    WHERE to_regclass(format('%I.%I', home, base || suffix)) IS NOT NULL LIMIT 1;
    IF obstacle IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_table', MESSAGE = format('relation %s exists already', obstacle),
            HINT = 'Take another name; or replace => true, which drops what cltv_materialize has made of that name.';
    END IF;

    -- One history a customer.
    source := format('%I.%I', home, base || '_history');
    rows_of_source := format(E'FROM %s AS o\nWHERE o.%s IS NOT NULL AND o.%I IS NOT NULL%s', orders, key, ordered_at,
        CASE WHEN as_of IS NOT NULL THEN format(' AND %s < DATE %L + 1', local_time, as_of) ELSE '' END);
    IF incremental THEN
        EXECUTE format(E'CREATE VIEW %I.%I AS\nSELECT o.%s, o.%I::%s AS ordered_at, o.%I::float8 AS amount\n%s',
                       home, base || '_source', key, ordered_at, time_type, amount, rows_of_source);
        EXECUTE format('CREATE TABLE %1$I.%2$I (settled_until date, late_days int NOT NULL '
                       'CHECK (late_days BETWEEN 0 AND 100000), '
                       'time_zone text)', home, base || '_watermark');
        EXECUTE format('INSERT INTO %I.%I VALUES (NULL, $1, $2)', home, base || '_watermark')
        USING late_days, time_zone;
        -- A fold writes some rows of every page: with room left there, next to them, and no index to change.
        EXECUTE format('CREATE TABLE %1$s WITH (fillfactor = 85) AS SELECT %2$s, NULL::%3$s.purchase_history AS settled, '
                       'NULL::%3$s.purchase_history AS history FROM %4$I.%5$I WITH NO DATA',
                       source, key, ext, home, base || '_source');
        EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (%s)', source, key);
        EXECUTE format('SELECT %s.cltv_fold($1, $2, true)', ext) USING home::name, base::name;
    ELSE
        EXECUTE format($sql$
CREATE MATERIALIZED VIEW %1$s AS
SELECT o.%2$s, %3$s.purchase_history(%4$s, o.%5$I::float8) AS history
%6$s
GROUP BY o.%2$s$sql$, source, key, ext, local_time, amount, rows_of_source);
        EXECUTE format('CREATE UNIQUE INDEX ON %s (%s)', source, key);
    END IF;

    day := CASE WHEN as_of IS NULL THEN format('SELECT max(%s.last_row(history)) AS as_of FROM %s', ext, source)
           ELSE format('SELECT DATE %L AS as_of', as_of) END;
    horizon_term := CASE WHEN horizon < 'infinity' THEN horizon::text ELSE quote_literal(horizon) END || '::float8';

    -- The models, one row even of no customers.
    EXECUTE format($sql$
CREATE MATERIALIZED VIEW %1$I.%2$I AS
SELECT n.as_of, n.orders_model, n.spend_model,
       %3$s,
       (n.spend_model::jsonb #>> '{params,p}')::float8 AS p,
       (n.spend_model::jsonb #>> '{params,q}')::float8 AS q,
       (n.spend_model::jsonb #>> '{params,v}')::float8 AS v,
       %4$s.model_status(n.orders_model) AS status, %4$s.model_status(n.spend_model) AS spend_status,
       n.customers, %4$s.log_likelihood(n.orders_model) AS log_likelihood, %4$s.aic(n.orders_model) AS aic
FROM (SELECT max(day.as_of) AS as_of,
             %4$s.%5$I(s.frequency, s.recency, s.tenure) AS orders_model,
             %4$s.gg_fit(s.frequency, s.monetary_value) AS spend_model,
             count(s.frequency) AS customers
      FROM (%6$s) AS day
      CROSS JOIN %7$s AS h
      CROSS JOIN LATERAL %4$s.rfm_summary(h.history, day.as_of) AS s) AS n$sql$,
        home, base || '_model', parameters, ext, model || '_fit', day, source);
    EXECUTE format('CREATE UNIQUE INDEX ON %I.%I (as_of)', home, base || '_model');

    -- One row a customer.
    EXECUTE format($sql$
CREATE MATERIALIZED VIEW %1$I.%2$I AS
WITH predicted AS (
    SELECT h.%3$s, s.first_order, s.last_order, s.orders, s.revenue, s.frequency, s.recency, s.tenure, s.monetary_value,
           (%4$s.rfm_score(s.last_order, s.orders, s.revenue, %5$s) OVER ()).*,
           %4$s.expected_purchases(m.orders_model, s.frequency::float8, s.recency, s.tenure, %6$s) AS expected_orders,
           %4$s.churn_prob(m.orders_model, s.frequency::float8, s.recency, s.tenure, %6$s) AS churn_prob,
           %4$s.cltv_predict(m.orders_model, m.spend_model, s.frequency::float8, s.recency, s.tenure, s.monetary_value,
                             horizon => %6$s, discount_rate => %7$s::float8, margin => %8$s) AS cltv%9$s
    FROM (%10$s) AS day
    CROSS JOIN %11$s AS h
    CROSS JOIN LATERAL %4$s.rfm_summary(h.history, day.as_of) AS s
    LEFT JOIN %1$I.%12$I AS m ON true%13$s
)
SELECT %3$s, first_order, last_order, orders, revenue, frequency, recency, tenure, monetary_value, r, f, m, segment,
       expected_orders, churn_prob, cltv,
       %4$s.value_tier(cltv, '{0.2,0.5}'::float8[], text 'customers') OVER () AS value_tier%14$s
FROM predicted$sql$,
        home, base, key, ext, bins, horizon_term, discount_rate, margin_term, carried_columns, day, source,
        base || '_model',
        CASE WHEN customers IS NULL THEN ''
        ELSE format(E'\n    LEFT JOIN %1$s AS c ON c.%2$s %3$s h.%2$s', customers, key, coalesce(same_customer, '='))
        END,
        carried_picks);
    EXECUTE format('CREATE UNIQUE INDEX ON %I.%I (%s)', home, base, key);

    EXECUTE format('CALL %s.cltv_chart_views($1, $2, $3, $4)', ext) USING home::name, base::name, horizon, bins;
    EXECUTE format('CALL %s.cltv_describe($1, $2, $3, $4, $5, $6)', ext)
    USING home::name, base::name, horizon, discount_rate, margin, customers;

    -- From now on cltv_health watches whether it is refreshed.
    EXECUTE format('SELECT %s.cltv_observe($1, NULL::jsonb)', ext) INTO observed
    USING format('%I.%I', home, base)::regclass;
    EXECUTE format('INSERT INTO %s.cltv_refresh_log '
                   '(name, started, finished, as_of, customers, orders, parameters, status) '
                   'SELECT $1, $2, clock_timestamp(), o.* FROM jsonb_to_record($3) '
                   'AS o (as_of date, customers bigint, orders bigint, parameters jsonb, status text)', ext)
    USING format('%I.%I', home, base), began, observed;
    PERFORM set_config('search_path', callers_path, true);
END
$procedure$;
COMMENT ON PROCEDURE cltv_materialize(text, regclass, text, regclass, name, name, name, float8, float8, text, int, date,
                                      boolean, boolean, int) IS
    'The same with a table of customers: joined by the customer column, which must be unique in it; its other columns are carried along behind value_tier, a name that the result has already with the prefix customer_. margin names one of its columns, or is a number as text. A customer without a margin has no cltv.';

-- The usual call: one margin for all.
CREATE PROCEDURE cltv_materialize(
    name text, orders regclass,
    customer name DEFAULT 'customer_id', ordered_at name DEFAULT 'ordered_at', amount name DEFAULT 'amount',
    horizon float8 DEFAULT 365, discount_rate float8 DEFAULT 0.10, margin float8 DEFAULT 1, model text DEFAULT 'bgnbd',
    bins int DEFAULT 5, as_of date DEFAULT NULL, customers regclass DEFAULT NULL, replace boolean DEFAULT false,
    incremental boolean DEFAULT false, late_days int DEFAULT 3)
    LANGUAGE plpgsql SET extra_float_digits = 1
AS $procedure$
DECLARE
    ext pg_catalog.text := (SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension AS e
                 JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
                 WHERE e.extname OPERATOR(pg_catalog.=) 'cltv');
BEGIN
    EXECUTE pg_catalog.format('CALL %s.cltv_materialize($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '
                              '$14, $15)', ext)
    USING name, orders, margin::pg_catalog.text, customers, customer, ordered_at, amount, horizon, discount_rate, model,
        bins, as_of, replace, incremental, late_days;
END
$procedure$;
COMMENT ON PROCEDURE cltv_materialize(text, regclass, name, name, name, float8, float8, float8, text, int, date, regclass,
                                      boolean, boolean, int) IS
    'Makes the materialized views NAME_history (customer, history), NAME_model (one row) and NAME (one row a customer: order totals, RFM scores and segment, expected_orders and churn_prob within horizon days, cltv discounted at discount_rate a year, value_tier), and the views for charts NAME_segments, NAME_rfm_grid, NAME_value_bands, NAME_at_risk, NAME_forecast; all owned by the caller, who needs the right to read the orders. model is a model of orders in days (bgnbd, mbgnbd, pnbd); as_of NULL is the day of the newest order at each refresh. An existing relation of one of these names is an error unless replace. With incremental, NAME_history is a table into which cltv_refresh folds new orders; those of the newest late_days days are read again each time.';
