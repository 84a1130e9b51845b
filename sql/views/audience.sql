-- Audiences: whom to contact, with customers held back to learn from, and what came of it.

CREATE FUNCTION cltv_draw(customer text, seed bigint) RETURNS float8
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT ('x' || left(encode(sha256(convert_to(seed || ':' || customer, 'UTF8')), 'hex'), 13))::bit(52)::bigint / 4503599627370496.0::float8
$function$;
COMMENT ON FUNCTION cltv_draw(text, bigint) IS
    'Returns a number from 0 to below 1 that belongs to a customer.
The same on every server and every night, and different for another seed: the first 52 bits of the SHA-256 of
seed:customer. NULL gives NULL.';

CREATE FUNCTION hashed_email(email text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT encode(sha256(convert_to(lower(btrim(email, E' \t\r\n')), 'UTF8')), 'hex')
$function$;
COMMENT ON FUNCTION hashed_email(text) IS
    'Returns a hashed e-mail address as ad platforms match it.
The SHA-256, in hexadecimal, of the address trimmed and in lower case. NULL gives NULL.';

CREATE FUNCTION cltv_audience_options(audience regclass) RETURNS jsonb
    LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT m.options FROM @extschema@.cltv_made AS m
    WHERE m.customers = $1 AND m.part = 'audience' ORDER BY m.made DESC LIMIT 1
$function$;
COMMENT ON FUNCTION cltv_audience_options(regclass) IS
    'Returns the arguments with which an audience was made, and its key column.
NULL for another relation.';

-- Who is on the list now, told from who was: entered, left, and what is to be sent. In the transaction of the caller, one at a
-- time: who comes second finds nothing left to do.
CREATE FUNCTION cltv_audience_step(audience regclass, OUT version int, OUT entered bigint, OUT departed bigint)
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET DateStyle = 'ISO' SET quote_all_identifiers = off
AS $function$
#variable_conflict use_variable
DECLARE
    full_name CONSTANT text := @extschema@.cltv_owned(audience);
    options CONSTANT jsonb := @extschema@.cltv_audience_options(audience);
    key CONSTANT text := quote_ident(options ->> 'key');
    source text;
    excluded text;
    versions text;
    outbox text;
    contacted text := '';
    moment timestamptz;
BEGIN
    SELECT max(p.full_name) FILTER (WHERE p.part = 'audience_source'), max(p.full_name) FILTER (WHERE p.part = 'audience_excluded'),
           max(p.full_name) FILTER (WHERE p.part = 'audience_versions'), max(p.full_name) FILTER (WHERE p.part = 'audience_outbox')
    INTO source, excluded, versions, outbox FROM @extschema@.cltv_parts(audience) AS p;
    IF source IS NULL OR excluded IS NULL OR versions IS NULL OR outbox IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('parts of the audience %s are missing', full_name),
            HINT = 'Call cltv_audience with this name and a query to make the views again, or cltv_drop to remove what is left.';
    END IF;
    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', full_name);
    moment := clock_timestamp();
    IF (options ->> 'rest_days')::int > 0 THEN
        -- Whoever owns audiences rests customers from all of them.
        SELECT string_agg(format($sql$
          AND (e.stays OR NOT EXISTS (SELECT FROM %s AS x WHERE format('%%s', x.%I) = e.id AND x.change = 'entered'
               AND x.at > $1 - $2 * interval '1 day'))$sql$, o.full_name, a.attname), '' ORDER BY o.full_name)
        INTO contacted
        FROM (SELECT DISTINCT m.customers FROM @extschema@.cltv_made AS m WHERE m.part = 'audience_outbox') AS m,
             LATERAL (SELECT p.* FROM @extschema@.cltv_parts(m.customers) AS p WHERE p.part = 'audience_outbox') AS o
        JOIN pg_attribute AS a ON a.attrelid = o.relation AND a.attnum = 2
        WHERE o.owner = (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = current_user);
    END IF;
    EXECUTE format('SELECT coalesce(max(v.version), 0) + 1 FROM %s AS v', versions) INTO version;
    EXECUTE format(@extschema@.cltv_sql($sql$
WITH source AS MATERIALIZED (
    SELECT s.%1$s AS customer, format('%%s', s.%1$s) AS id, to_jsonb(s.*) - $3 AS details FROM %2$s AS s WHERE NOT s.%1$s IS NULL
), told AS (
    SELECT s.*, coalesce(s.details ->> 'stratum', '') AS stratum, (s.details ->> 'priority')::float8 AS priority,
           coalesce((s.details ->> 'cost')::float8, 0) AS cost, @cltv@.cltv_draw(s.id, $4) AS draw
    FROM source AS s
), one AS (
    SELECT DISTINCT ON (t.id) t.* FROM told AS t ORDER BY t.id, t.priority DESC NULLS LAST, t.details::text
), earlier AS (
    SELECT DISTINCT ON (format('%%s', a.%1$s)) format('%%s', a.%1$s) AS id, a.arm, a.left_at IS NULL AS stays
    FROM %3$s AS a ORDER BY format('%%s', a.%1$s), a.entered_version DESC
), eligible AS (
    SELECT e.* FROM (SELECT o.*, b.arm AS before, coalesce(b.stays, false) AS stays FROM one AS o LEFT JOIN earlier AS b ON b.id = o.id) AS e
    WHERE NOT EXISTS (SELECT FROM %4$s AS x WHERE x.customer = e.id)%5$s
), ranked AS (
    SELECT e.*, row_number() OVER w AS place, sum(e.cost) OVER (w ROWS UNBOUNDED PRECEDING) AS spent
    FROM eligible AS e WINDOW w AS (ORDER BY e.priority DESC NULLS LAST, e.draw, e.id COLLATE "C")
), chosen AS (
    SELECT r.* FROM ranked AS r WHERE ($5 IS NULL OR r.place <= $5) AND ($6 IS NULL OR r.spent <= $6)
), told_apart AS (
    SELECT c.*, round($7 * count(*) OVER s) - count(*) FILTER (WHERE c.before = 'control') OVER s AS wanted,
           row_number() OVER (PARTITION BY c.stratum, c.before IS NULL ORDER BY c.draw, c.id COLLATE "C") AS turn
    FROM chosen AS c WINDOW s AS (PARTITION BY c.stratum)
), armed AS (
    SELECT t.*, coalesce(t.before, CASE WHEN CASE WHEN $8 THEN t.turn <= t.wanted ELSE t.draw < $7 END THEN 'control' ELSE 'treated' END) AS arm
    FROM told_apart AS t
), renewed AS (
    UPDATE %3$s AS a SET details = c.details, stratum = c.stratum FROM armed AS c
    WHERE a.left_at IS NULL AND c.stays AND format('%%s', a.%1$s) = c.id AND (a.details, a.stratum) IS DISTINCT FROM (c.details, c.stratum)
    RETURNING 1
), gone AS (
    UPDATE %3$s AS a SET left_at = $1, left_version = $9
    WHERE a.left_at IS NULL AND NOT EXISTS (SELECT FROM armed AS c WHERE c.id = format('%%s', a.%1$s))
    RETURNING a.%1$s, a.arm
), came AS (
    INSERT INTO %3$s (%1$s, arm, stratum, entered_version, entered_at, details)
    SELECT c.customer, c.arm, c.stratum, $9, $1, c.details FROM armed AS c WHERE NOT c.stays ORDER BY c.place
    RETURNING %1$s, arm
), mail AS (
    INSERT INTO %6$s (%1$s, change, version, at)
    SELECT m.customer, m.change, $9, $1
    FROM (SELECT c.%1$s AS customer, text 'entered' AS change FROM came AS c WHERE c.arm = 'treated'
          UNION ALL SELECT g.%1$s, text 'left' FROM gone AS g WHERE g.arm = 'treated') AS m
    RETURNING 1
), counted AS (
    SELECT (SELECT count(*) FROM came) AS came, (SELECT count(*) FROM gone) AS gone, (SELECT count(*) FROM mail) AS mail,
           (SELECT count(*) FROM armed AS a WHERE a.arm = 'treated') AS treated, (SELECT count(*) FROM armed AS a WHERE a.arm = 'control') AS control
), noted AS (
    INSERT INTO %7$s (version, at, entered, "left", treated, control, query, options)
    SELECT $9, $1, k.came, k.gone, k.treated, k.control, pg_get_viewdef($10), $11 FROM counted AS k WHERE k.came + k.gone > 0 OR $9 = 1
    RETURNING 1
)
SELECT k.came, k.gone FROM counted AS k$sql$),
        key, source, full_name, excluded, contacted, outbox, versions)
    INTO entered, departed
    USING moment, (options ->> 'rest_days')::int, options ->> 'key', (options ->> 'seed')::bigint, (options ->> 'most')::bigint,
          (options ->> 'budget')::float8, (options ->> 'control')::float8,
          EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = source::regclass AND a.attname = 'stratum' AND NOT a.attisdropped),
          version, source::regclass::oid, options;
    IF entered + departed > 0 THEN
        PERFORM pg_notify('cltv_audience', full_name);
    ELSE
        EXECUTE format('SELECT max(v.version) FROM %s AS v', versions) INTO version;
    END IF;
END
$function$;
COMMENT ON FUNCTION cltv_audience_step(regclass) IS
    'Internal: brings an audience up to date.
Returns its version, how many customers entered it and how many left. cltv_audience and cltv_audience_refresh
call it. Only the owner may (42501).';

-- Through views of views, too.
CREATE FUNCTION cltv_audiences_over(customers regclass) RETURNS SETOF regclass
    LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 3 SET search_path = pg_catalog, pg_temp
AS $function$
    WITH RECURSIVE over AS (
        SELECT p.relation::oid AS relation FROM @extschema@.cltv_parts($1) AS p
        UNION
        SELECT r.ev_class FROM over AS o
        JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = o.relation
        JOIN pg_rewrite AS r ON r.oid = d.objid
    )
    SELECT DISTINCT m.customers
    FROM @extschema@.cltv_made AS m JOIN pg_class AS c ON c.oid = m.customers
    WHERE m.part = 'audience' AND c.relowner = (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = current_user)
        AND EXISTS (SELECT FROM @extschema@.cltv_parts(m.customers) AS p JOIN over AS o ON o.relation = p.relation
                    WHERE p.part IN ('audience_source', 'audience_excluded'))
    ORDER BY m.customers
$function$;
COMMENT ON FUNCTION cltv_audiences_over(regclass) IS
    'Internal: the audiences that read what cltv_materialize made of a NAME.
Those of the current role, also through views.';

CREATE PROCEDURE cltv_make_audience(name text, default_schema text, given jsonb, stage text, INOUT source text, INOUT excluded text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET DateStyle = 'ISO'
    SET quote_all_identifiers = off
AS $procedure$
#variable_conflict use_variable
DECLARE
    suffixes CONSTANT text[] := '{_source,_excluded,"",_versions,_outbox,_export}';
    home text;
    base text;
    full_name text;
    made regclass;
    key name;
    bad record;
    part record;
BEGIN
    IF name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'name of cltv_audience must not be NULL',
            HINT = 'It is the name of the table to be made: ''winback'', ''sales.winback''.';
    END IF;
    SELECT p.home, p.base INTO STRICT home, base FROM @extschema@.cltv_place(name, default_schema, '_excluded', '{}'::regclass[]) AS p;
    full_name := format('%I.%I', home, base);
    made := to_regclass(full_name);
    IF stage = 'begin' THEN
        IF given ->> 'query' IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'query of cltv_audience must not be NULL',
                HINT = 'It selects the customers, by their key in its first column: $$SELECT customer_id FROM shop WHERE ...$$.';
        ELSIF NOT coalesce((given ->> 'control')::float8 BETWEEN 0 AND 0.9, false) THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('control must be a share from 0 to 0.9, not %s', coalesce(given ->> 'control', 'NULL')),
                HINT = '0.1 holds back every tenth customer, so that audience_result can measure what contacting the others did.';
        ELSIF coalesce((given ->> 'rest_days')::int < 0, true) OR (given ->> 'most')::bigint < 1 OR (given ->> 'budget')::float8 < 0
            OR given ->> 'seed' IS NULL OR given ->> 'budget' = 'NaN' THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = 'rest_days, most or budget is negative, or seed or rest_days is NULL',
                HINT = 'rest_days 0 means none; NULL for most and budget means no limit; seed is any number.';
        END IF;
        -- One that is there keeps who is and was on it, in which arm, and what was sent.
        IF made IS NOT NULL AND @extschema@.cltv_audience_options(made) IS NOT NULL THEN
            PERFORM @extschema@.cltv_owned(made);
            EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', full_name);
            FOR part IN SELECT p.full_name FROM @extschema@.cltv_parts(made) AS p WHERE p.part = 'audience_source' LOOP
                EXECUTE format('DROP VIEW %s', part.full_name);
            END LOOP;
        ELSE
            SELECT format('%I.%I', home, base || u.suffix) AS full_name INTO bad FROM unnest(suffixes) AS u (suffix)
            WHERE to_regclass(format('%I.%I', home, base || u.suffix)) IS NOT NULL LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION USING ERRCODE = 'duplicate_table', MESSAGE = format('relation %s already exists', bad.full_name),
                    HINT = 'Choose another name for the audience.';
            END IF;
        END IF;
        source := format('%I.%I', home, base || '_source');
        excluded := format('%I.%I', home, base || '_excluded');
        RETURN;
    END IF;

    SELECT a.attname INTO key FROM pg_attribute AS a WHERE a.attrelid = source::regclass AND a.attnum = 1;
    PERFORM @extschema@.cltv_source_column(source::regclass, key, text 'customer', name 's');
    IF key = ANY ('{arm,stratum,entered_version,entered_at,left_version,left_at,details,id,change,version,at,sent_at,priority,cost}'::name[]) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_column', MESSAGE = format('the key of an audience cannot be called %I', key),
            HINT = 'Rename it in the query: SELECT ... AS customer_id.';
    END IF;
    -- Only what the server came with turns a value into JSON.
    SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type INTO bad
    FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid LEFT JOIN pg_type AS e ON e.oid = t.typelem AND t.typelem <> 0
    WHERE a.attrelid = source::regclass AND a.attnum > 1 AND NOT a.attisdropped
        AND NOT (t.oid < 16384 OR t.typtype = 'e' OR t.typtype = 'd' AND t.typbasetype < 16384 OR t.typcategory = 'A' AND (e.oid < 16384 OR e.typtype = 'e'))
    ORDER BY a.attnum LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch', MESSAGE = format('column "%s" of the query has type %s', bad.attname, bad.type),
            DETAIL = 'An audience keeps the columns of its query as JSON, which supports only built-in types.',
            HINT = format('Cast it in the query: %I::text AS %1$I.', bad.attname);
    END IF;
    FOR bad IN SELECT a.attname FROM pg_attribute AS a
               WHERE a.attrelid = source::regclass AND a.attname IN ('priority', 'cost') AND NOT a.attisdropped
    LOOP
        PERFORM @extschema@.cltv_source_column(source::regclass, bad.attname, bad.attname::text, name 's');
    END LOOP;
    IF made IS NOT NULL AND @extschema@.cltv_audience_options(made) ->> 'key' IS DISTINCT FROM key::text
        AND @extschema@.cltv_audience_options(made) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('the key of the audience %s is %I, that of the query %I', full_name,
                             @extschema@.cltv_audience_options(made) ->> 'key', key),
            HINT = 'Give it the same name, or drop the audience and its members with cltv_drop and make another.';
    END IF;
    PERFORM @extschema@.cltv_warn_of_owner(ARRAY(
        SELECT d.refobjid::regclass FROM pg_rewrite AS r JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
            AND d.refclassid = 'pg_class'::regclass
        WHERE r.ev_class = source::regclass AND d.refobjid <> r.ev_class));

    IF made IS NULL THEN
        EXECUTE format('CREATE TABLE %s AS SELECT s.%I FROM %s AS s WITH NO DATA', full_name, key, source);
        EXECUTE format('ALTER TABLE %s ALTER %I SET NOT NULL, ADD arm text NOT NULL, ADD stratum text NOT NULL, '
                       'ADD entered_version int NOT NULL, ADD entered_at timestamptz NOT NULL, ADD left_version int, '
                       'ADD left_at timestamptz, ADD details jsonb NOT NULL, ADD CHECK (arm IN (''treated'', ''control''))', full_name, key);
        EXECUTE format('CREATE UNIQUE INDEX ON %s (%I) WHERE left_at IS NULL', full_name, key);
        EXECUTE format('CREATE UNIQUE INDEX ON %s (%I, entered_version)', full_name, key);
        EXECUTE format('CREATE TABLE %I.%I (version int PRIMARY KEY, at timestamptz NOT NULL, entered bigint NOT NULL, "left" bigint NOT NULL, '
                       'treated bigint NOT NULL, control bigint NOT NULL, query text NOT NULL, options jsonb NOT NULL)', home, base || '_versions');
        EXECUTE format('CREATE TABLE %I.%I AS SELECT NULL::bigint AS id, a.%I FROM %s AS a WITH NO DATA', home, base || '_outbox', key, full_name);
        EXECUTE format('ALTER TABLE %1$I.%2$I ALTER id SET NOT NULL, ALTER id ADD GENERATED ALWAYS AS IDENTITY, ADD PRIMARY KEY (id), '
                       'ALTER %3$I SET NOT NULL, ADD change text NOT NULL CHECK (change IN (''entered'', ''left'')), '
                       'ADD version int NOT NULL, ADD at timestamptz NOT NULL, ADD sent_at timestamptz, ADD UNIQUE (%3$I, change, version)',
                       home, base || '_outbox', key);
        made := to_regclass(full_name);
        EXECUTE format('COMMENT ON TABLE %s IS %L', full_name, 'Who is and was on an audience of cltv_audience, and who is held back');
        EXECUTE format('COMMENT ON COLUMN %s.arm IS %L', full_name, 'treated, or control: held back, never to be contacted');
        EXECUTE format('COMMENT ON TABLE %I.%I IS %L', home, base || '_outbox', 'What is to be sent and what was: set sent_at when it is');
        EXECUTE format('COMMENT ON TABLE %I.%I IS %L', home, base || '_versions', 'When the audience changed, by which query');
    END IF;
    IF to_regclass(format('%I.%I', home, base || '_export')) IS NULL THEN
        -- What was never sent need not be taken back; who has left or is excluded by now is not written to.
        EXECUTE format($sql$
CREATE VIEW %1$I.%2$I AS
SELECT o.id, o.%3$I, o.change, o.version, o.at, a.stratum, a.details
FROM %4$s AS o
JOIN %5$s AS a ON a.%3$I = o.%3$I
WHERE o.sent_at IS NULL AND CASE o.change
    WHEN 'entered' THEN a.entered_version = o.version AND a.left_at IS NULL
        AND NOT EXISTS (SELECT FROM %6$s AS x WHERE x.customer = format('%%s', o.%3$I))
    ELSE a.left_version = o.version
        AND EXISTS (SELECT FROM %4$s AS e WHERE e.%3$I = o.%3$I AND e.change = 'entered' AND e.version = a.entered_version AND e.sent_at IS NOT NULL)
    END$sql$, home, base || '_export', key, format('%I.%I', home, base || '_outbox'), full_name, excluded);
        EXECUTE format('COMMENT ON VIEW %I.%I IS %L', home, base || '_export', 'What is to be sent now; the same rows until sent_at of NAME_outbox is set');
    END IF;
    INSERT INTO @extschema@.cltv_made (customers, part, relation, options)
    SELECT made, u.part, to_regclass(format('%I.%I', home, base || u.suffix)),
           CASE u.part WHEN 'audience' THEN given - 'query' || jsonb_build_object('key', key) END
    FROM unnest('{audience_source,audience_excluded,audience,audience_versions,audience_outbox,audience_export}'::text[], suffixes) AS u (part, suffix);
    source := full_name;
END
$procedure$;
COMMENT ON PROCEDURE cltv_make_audience(text, text, jsonb, text, text, text) IS
    'Internal: cltv_audience before (begin) and after its query becomes a view.';

CREATE PROCEDURE cltv_audience(
    name text, query text, control float8 DEFAULT 0.1, seed bigint DEFAULT 1, exclude text DEFAULT NULL, rest_days int DEFAULT 0,
    most bigint DEFAULT NULL, budget float8 DEFAULT NULL)
    LANGUAGE plpgsql SET extra_float_digits = 1
AS $procedure$
DECLARE
    home pg_catalog.text := pg_catalog.current_schema();
    given CONSTANT pg_catalog.jsonb := pg_catalog.jsonb_build_object('query', query, 'control', control, 'seed', seed, 'exclude', exclude,
        'rest_days', rest_days, 'most', most, 'budget', budget);
    source pg_catalog.text;
    excluded pg_catalog.text;
    step pg_catalog.record;
    code pg_catalog.text;
    message pg_catalog.text;
    detail pg_catalog.text;
    hint pg_catalog.text;
BEGIN
    CALL @extschema@.cltv_make_audience(name, home, given, pg_catalog.text 'begin', source, excluded);
    -- With the names as the caller's search_path has them, which a view keeps.
    EXECUTE pg_catalog.format('CREATE VIEW %s AS SELECT * FROM (%s%s) AS q', source, query, E'\n');
    EXECUTE pg_catalog.format('CREATE OR REPLACE VIEW %s AS SELECT pg_catalog.format(''%%s'', q.customer) AS customer FROM (%s%s) AS q (customer)',
                              excluded, coalesce(exclude, 'SELECT NULL::pg_catalog.text WHERE false'), E'\n');
    CALL @extschema@.cltv_make_audience(name, home, given, pg_catalog.text 'end', source, excluded);
    SELECT * INTO step FROM @extschema@.cltv_audience_step(source::pg_catalog.regclass);
    RAISE NOTICE '%: version %, % entered, % left', source, step.version, step.entered, step.departed;
EXCEPTION WHEN OTHERS THEN
    -- What went wrong within need not be told in the words of generated SQL.
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT, home = SCHEMA_NAME;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    IF hint = '' AND code IN ('42601', '0A000', '42P16') THEN
        hint := 'query and exclude are each one SELECT, with the key of the customers in the first column, and no semicolon.';
    END IF;
    SELECT t.* INTO code, message, detail, hint FROM @extschema@.cltv_told(name, text 'cltv_audience', home, code, message, detail, hint) AS t;
    PERFORM @extschema@.cltv_refuse(code, message, detail, hint);
END
$procedure$;
COMMENT ON PROCEDURE cltv_audience(text, text, float8, bigint, text, int, bigint, float8) IS
    'Makes an audience, or gives an existing one another query.
The table NAME of who is and was on it, by the key in the first column of the query, the others kept as
details; NAME_versions, when it changed; NAME_outbox, whom to tell what, and the view NAME_export of what is
to be sent now. A share control of the customers, drawn by cltv_draw with the seed and for good, is held back
and never in the outbox; with a column stratum in the query the share is exact within each. exclude selects
those who must not be contacted; rest_days leaves out whom an audience of the same owner has had within so
many days; of what is left, most takes so many of the highest priority, and budget as many as the sum of their
cost allows (columns of the query; controls count). Says the name on the channel cltv_audience where something
changed. Arguments out of range are errors (22023), a key called as a column of NAME 42701, other types than
PostgreSQL''s own 42804.';

CREATE PROCEDURE cltv_audience_refresh(name text)
    LANGUAGE plpgsql
AS $procedure$
DECLARE
    target CONSTANT pg_catalog.regclass := pg_catalog.to_regclass(name);
    step pg_catalog.record;
BEGIN
    IF target IS NULL OR @extschema@.cltv_audience_options(target) IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table', MESSAGE = pg_catalog.format('%s was not made by cltv_audience', coalesce(name, 'NULL')),
            HINT = 'Give the name as cltv_audience had it, with its schema where that is not on search_path.';
    END IF;
    SELECT * INTO step FROM @extschema@.cltv_audience_step(target);
    PERFORM @extschema@.cltv_expire(target);
    RAISE NOTICE '%: version %, % entered, % left', @extschema@.cltv_full_name(target), step.version, step.entered, step.departed;
END
$procedure$;
COMMENT ON PROCEDURE cltv_audience_refresh(text) IS
    'Runs the query of an audience again.
New customers enter, those no longer selected leave, and nobody is entered twice, whatever runs at once or
is tried again. cltv_refresh does it for the audiences over what it refreshed. Another name is error 42P01;
only the owner may (42501).';

CREATE FUNCTION cltv_audience_key(audience regclass) RETURNS name
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    key CONSTANT name := @extschema@.cltv_audience_options(audience) ->> 'key';
BEGIN
    IF key IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table', MESSAGE = format('%s was not made by cltv_audience', audience),
            HINT = 'Give the name of an audience.';
    END IF;
    RETURN key;
END
$function$;
COMMENT ON FUNCTION cltv_audience_key(regclass) IS
    'Internal: the column that names the customers of an audience.
Another relation is error 42P01.';

CREATE FUNCTION cltv_audience_changes(audience regclass, since timestamptz DEFAULT '-infinity', OUT customer text, OUT change text, OUT version int,
                                      OUT at timestamptz, OUT arm text)
    RETURNS SETOF record
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 10000 ROWS 100 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
BEGIN
    RETURN QUERY EXECUTE format($sql$
        SELECT format('%%s', a.%1$I), c.change, c.version, c.at, a.arm
        FROM %2$s AS a, LATERAL (VALUES (text 'entered', a.entered_version, a.entered_at), (text 'left', a.left_version, a.left_at)) AS c (change, version, at)
        WHERE c.at > $1 ORDER BY c.at, c.change DESC, format('%%s', a.%1$I) COLLATE "C"$sql$, @extschema@.cltv_audience_key(audience), audience) USING since;
END
$function$;
COMMENT ON FUNCTION cltv_audience_changes(regclass, timestamptz) IS
    'Returns who entered and who left an audience since a time.
Controls included, in the order of the changes; a relation that is not an audience is error 42P01; NULL gives no
rows.';
