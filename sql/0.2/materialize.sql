-- What a shop asks every day, as materialized views made in one call.
--
-- The procedures run with the rights of their caller and write SQL that the caller can read with \d+. Only the names
-- that the caller gives are looked up along the caller's search_path; then it is set to the system's catalog, and the
-- extension's own objects are named with their schema, wherever the extension was installed or moved to.

CREATE PROCEDURE cltv_materialize(
    name text, orders regclass, margin text, customers regclass,
    customer name DEFAULT 'customer_id', ordered_at name DEFAULT 'ordered_at', amount name DEFAULT 'amount',
    horizon float8 DEFAULT 365, discount_rate float8 DEFAULT 0.10, model text DEFAULT 'bgnbd', bins int DEFAULT 5,
    as_of date DEFAULT NULL, replace boolean DEFAULT false, incremental boolean DEFAULT false, late_days int DEFAULT 1)
    LANGUAGE plpgsql
AS $procedure$
#variable_conflict use_column
<<here>>
DECLARE
    -- The columns of the views, which the customer column must not be named after.
    own_columns CONSTANT text[] := '{first_order,last_order,orders,revenue,frequency,recency,tenure,monetary_value,'
        'r,f,m,segment,expected_orders,churn_prob,cltv,value_tier,history,settled}';
    suffixes CONSTANT text[] :=
        '{_orders,_watermark,_history,_model,"",_segments,_rfm_grid,_value_bands,_at_risk,_forecast}';
    home text := pg_catalog.current_schema();
    ext text;
    words text[];
    base text;
    found text;
    column_name text;
    purpose text;
    column_type text;
    key text;
    source text;
    rows_of_source text;
    day text;
    horizon_term text;
    margin_term text;
    parameters text;
    carried text[] := '{}';
    carried_columns text := '';
    carried_picks text := '';
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
    ELSIF bins NOT BETWEEN 2 AND 10 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('bins must be between 2 and 10: %s', bins), HINT = 'Quintiles, bins => 5, are usual.';
    ELSIF late_days < 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('late_days must not be negative: %s', late_days),
            HINT = 'It is the number of newest days whose orders may still arrive or change after a refresh.';
    END IF;

    -- The orders: columns that exist, of types that the histories take.
    FOR column_name, purpose IN SELECT * FROM unnest(ARRAY[customer, ordered_at, amount]::text[],
                                                   ARRAY['customer', 'ordered_at', 'amount']) LOOP
        SELECT format_type(CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END, NULL) INTO column_type
        FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
        WHERE a.attrelid = orders AND a.attname = here.column_name AND a.attnum > 0 AND NOT a.attisdropped;
        IF column_type IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_column',
                MESSAGE = format('column %I of relation %s does not exist', column_name, orders),
                HINT = format('Say which column it is: %s => ''...''.', purpose);
        END IF;
        IF purpose = 'ordered_at' AND column_type NOT IN
            ('date', 'timestamp without time zone', 'timestamp with time zone') THEN
            RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
                MESSAGE = format('column %I of relation %s is no time: %s', column_name, orders, column_type),
                HINT = 'It must be a date, timestamp or timestamptz; cast it in a view over the orders.';
        ELSIF purpose = 'amount' AND column_type NOT IN
            ('numeric', 'double precision', 'real', 'bigint', 'integer', 'smallint') THEN
            RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
                MESSAGE = format('column %I of relation %s is no number: %s', column_name, orders, column_type),
                HINT = 'It must be numeric, float8, float4 or a whole number; cast it in a view over the orders.';
        END IF;
    END LOOP;
    IF customer = ANY (own_columns) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_column',
            MESSAGE = format('the customer column cannot be named %I, as a column of the result is', customer),
            HINT = 'Rename it in a view over the orders.';
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
    IF margin ~ '^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$' THEN
        margin_term := (margin::float8)::text;
    ELSIF customers IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('margin is no number: %s', margin),
            HINT = 'Give a share such as 0.3, or the column of a table of customers: customers => ''...''.';
    ELSE
        margin_term := format('c.%I::float8', margin);
    END IF;
    IF customers IS NOT NULL THEN
        SELECT array_agg(a.attname::text ORDER BY a.attnum) INTO carried
        FROM pg_attribute AS a WHERE a.attrelid = customers AND a.attnum > 0 AND NOT a.attisdropped;
        FOREACH column_name IN ARRAY ARRAY[customer::text] || CASE WHEN margin_term LIKE 'c.%' THEN margin END LOOP
            IF column_name <> ALL (carried) THEN
                RAISE EXCEPTION USING ERRCODE = 'undefined_column',
                    MESSAGE = format('column %I of relation %s does not exist', column_name, customers),
                    HINT = 'The customers are joined by the customer column, under the same name; margin may name another.';
            END IF;
        END LOOP;
        -- A name that the result has already gets a prefix.
        SELECT coalesce(string_agg(format(E',\n           c.%I AS %I', a, carried_name), '' ORDER BY position), ''),
               coalesce(string_agg(format(', %I', carried_name), '' ORDER BY position), '')
        INTO carried_columns, carried_picks
        FROM unnest(carried) WITH ORDINALITY AS u (a, position),
             LATERAL (SELECT CASE WHEN a = ANY (own_columns) THEN 'customer_' || a ELSE a END AS carried_name) AS named
        WHERE a <> customer;
        EXECUTE format('SELECT min(%1$I::text) FROM '
                       '(SELECT %1$I FROM %2$s WHERE %1$I IS NOT NULL GROUP BY 1 HAVING count(*) > 1) AS twice',
                       customer, customers) INTO found;
        IF found IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'unique_violation',
                MESSAGE = format('customer %s is there more than once in %s', found, customers),
                HINT = 'A customer has one row of attributes.';
        END IF;
    END IF;

    IF replace THEN
        EXECUTE format('CALL %s.cltv_drop(%L, missing_ok => true)', ext, format('%I.%I', home, base));
        PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);
    END IF;
    SELECT format('%I.%I', home, base || suffix) INTO found
    FROM unnest(suffixes) AS suffix WHERE to_regclass(format('%I.%I', home, base || suffix)) IS NOT NULL LIMIT 1;
    IF found IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_table', MESSAGE = format('relation %s exists already', found),
            HINT = 'Take another name; or replace => true, which drops what cltv_materialize has made of that name.';
    END IF;

    -- One history a customer.
    source := format('%I.%I', home, base || '_history');
    key := quote_ident(customer);
    rows_of_source := format(E'FROM %s AS o\nWHERE o.%s IS NOT NULL%s', orders, key,
        CASE WHEN as_of IS NOT NULL
        THEN format(' AND o.%I::date <= DATE %L', ordered_at, as_of) ELSE '' END);
    IF incremental THEN
        EXECUTE format(E'CREATE VIEW %I.%I AS\nSELECT o.%s, o.%I AS ordered_at, o.%I::float8 AS amount\n%s',
                       home, base || '_orders', key, ordered_at, amount, rows_of_source);
        EXECUTE format('CREATE TABLE %I.%I AS SELECT NULL::date AS settled_until, %s::int AS late_days',
                       home, base || '_watermark', late_days);
        EXECUTE format('CREATE TABLE %1$s AS SELECT %2$s, NULL::%3$s.purchase_history AS settled, '
                       'NULL::%3$s.purchase_history AS history FROM %4$I.%5$I WITH NO DATA',
                       source, key, ext, home, base || '_orders');
        EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (%s), SET (fillfactor = 80)', source, key);
        EXECUTE format('SELECT %s.cltv_fold($1, $2, true)', ext) USING home, base;
    ELSE
        EXECUTE format($sql$
CREATE MATERIALIZED VIEW %1$s AS
SELECT o.%2$s, %3$s.purchase_history(o.%4$I, o.%5$I::float8) AS history
%6$s
GROUP BY o.%2$s$sql$, source, key, ext, ordered_at, amount, rows_of_source);
        EXECUTE format('CREATE UNIQUE INDEX ON %s (%s)', source, key);
    END IF;

    day := CASE WHEN as_of IS NULL THEN format('SELECT max(%s.last_row(history)) AS as_of FROM %s', ext, source)
           ELSE format('SELECT DATE %L AS as_of', as_of) END;
    horizon_term := CASE WHEN horizon < 'infinity' THEN horizon::text ELSE '''infinity''' END || '::float8';

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
             count(*) AS customers
      FROM (%6$s) AS day
      CROSS JOIN %7$s AS h
      CROSS JOIN LATERAL %4$s.rfm_summary(h.history, day.as_of) AS s) AS n$sql$,
        home, base || '_model', parameters, ext, model || '_fit',
        day, source);
    EXECUTE format('CREATE UNIQUE INDEX ON %I.%I (as_of)', home, base || '_model');

    -- One row a customer.
    EXECUTE format($sql$
CREATE MATERIALIZED VIEW %1$I.%2$I AS
WITH predicted AS (
    SELECT h.%3$s, s.first_order, s.last_order, s.orders, s.revenue, s.frequency, s.recency, s.tenure, s.monetary_value,
           %4$s.rfm_score(s.last_order, s.orders, s.revenue, %5$s) OVER () AS scores,
           %4$s.expected_purchases(m.orders_model, s.frequency, s.recency, s.tenure, %6$s) AS expected_orders,
           %4$s.churn_prob(m.orders_model, s.frequency, s.recency, s.tenure, %6$s) AS churn_prob,
           %4$s.cltv_predict(m.orders_model, m.spend_model, s.frequency, s.recency, s.tenure, s.monetary_value,
                             horizon => %6$s, discount_rate => %7$s, margin => %8$s) AS cltv%9$s
    FROM (%10$s) AS day
    CROSS JOIN %11$s AS h
    CROSS JOIN LATERAL %4$s.rfm_summary(h.history, day.as_of) AS s
    LEFT JOIN %1$I.%12$I AS m ON true%13$s
)
SELECT %3$s, first_order, last_order, orders, revenue, frequency, recency, tenure, monetary_value,
       (scores).r AS r, (scores).f AS f, (scores).m AS m, (scores).segment AS segment,
       expected_orders, churn_prob, cltv, %4$s.value_tier(cltv) OVER () AS value_tier%14$s
FROM predicted$sql$,
        home, base, key, ext, bins, horizon_term, discount_rate, margin_term, carried_columns,
        day,
        source, base || '_model',
        CASE WHEN customers IS NULL THEN ''
        ELSE format(E'\n    LEFT JOIN %s AS c ON c.%s = h.%2$s', customers, key) END,
        carried_picks);
    EXECUTE format('CREATE UNIQUE INDEX ON %I.%I (%s)', home, base, key);

    EXECUTE format('CALL %s.cltv_chart_views(%L, %L, %L)', ext, format('%I.%I', home, base), horizon, bins);
    PERFORM set_config('search_path', 'pg_catalog, pg_temp', true);
    EXECUTE format('CALL %s.cltv_describe(%L, %L, %L, %L)', ext, format('%I.%I', home, base), horizon, discount_rate, margin);
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
    incremental boolean DEFAULT false, late_days int DEFAULT 1)
    LANGUAGE plpgsql
AS $procedure$
DECLARE
    ext text := (SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension AS e
                 JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
                 WHERE e.extname OPERATOR(pg_catalog.=) 'cltv');
BEGIN
    EXECUTE pg_catalog.format('CALL %s.cltv_materialize($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)',
                              ext)
    USING name, orders, margin::pg_catalog.text, customers, customer, ordered_at, amount, horizon, discount_rate, model,
        bins, as_of, replace, incremental, late_days;
END
$procedure$;
COMMENT ON PROCEDURE cltv_materialize(text, regclass, name, name, name, float8, float8, float8, text, int, date, regclass,
                                      boolean, boolean, int) IS
    'Makes the materialized views NAME_history (customer, history), NAME_model (one row) and NAME (one row a customer: order totals, RFM scores and segment, expected_orders and churn_prob within horizon days, cltv discounted at discount_rate a year, value_tier), and the views for charts NAME_segments, NAME_rfm_grid, NAME_value_bands, NAME_at_risk, NAME_forecast; all owned by the caller, who needs the right to read the orders. model is a model of orders in days (bgnbd, mbgnbd, pnbd); as_of NULL is the day of the newest order at each refresh. An existing relation of one of these names is an error unless replace. With incremental, NAME_history is a table into which cltv_refresh folds new orders; those of the newest late_days days are read again each time.';

CREATE PROCEDURE cltv_drop(name text, missing_ok boolean DEFAULT false)
    LANGUAGE plpgsql
AS $procedure$
#variable_conflict use_variable
DECLARE
    home text := pg_catalog.current_schema();
    target regclass := pg_catalog.to_regclass(name);
    words text[];
    base text;
    part record;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    IF target IS NULL THEN
        words := parse_ident(name);
        base := words[array_length(words, 1)];
        IF array_length(words, 1) > 1 THEN home := words[1]; END IF;
    ELSE
        SELECT n.nspname, c.relname INTO home, base
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = target;
    END IF;
    -- What is there without its NAME_model was not made here, or not by us.
    IF to_regclass(format('%I.%I', home, base || '_model')) IS NULL THEN
        IF missing_ok THEN RETURN; END IF;
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('%s was not made by cltv_materialize', name),
            DETAIL = format('There is no %I.%I.', home, base || '_model'),
            HINT = 'Give the name as cltv_materialize had it, with its schema where that is not on search_path.';
    END IF;
    FOR part IN
        SELECT format('%I.%I', home, base || suffix) AS name,
               CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind
        FROM unnest('{_forecast,_at_risk,_value_bands,_rfm_grid,_segments,"",_model,_history,_watermark,_orders}'::text[])
             WITH ORDINALITY AS parts (suffix, position)
        JOIN pg_class AS c ON c.oid = to_regclass(format('%I.%I', home, base || suffix))
        ORDER BY position
    LOOP
        EXECUTE format('DROP %s %s', part.kind, part.name);
    END LOOP;
END
$procedure$;
COMMENT ON PROCEDURE cltv_drop(text, boolean) IS
    'Drops all that cltv_materialize made of a name. Views of your own over them are an error (2BP01): drop these first. A name that is not there is an error unless missing_ok. The rows of cltv_refresh_log stay.';
