-- What cltv_materialize made, and how: by OID, so that nothing else is ever taken for it, whatever its name.

CREATE TABLE cltv_made (
    customers regclass NOT NULL,
    part      text NOT NULL,
    relation  regclass NOT NULL,
    options   jsonb,
    made      timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
CREATE INDEX cltv_made_customers ON cltv_made (customers);
CREATE INDEX cltv_made_relation ON cltv_made (relation);
COMMENT ON TABLE cltv_made IS
    'One row for each relation that cltv_materialize made.
Everybody can read it; only the owner of a relation can add its row. Part of a dump, so that a restored
database knows what it holds.';
COMMENT ON COLUMN cltv_made.customers IS 'The NAME that the relation belongs to.';
COMMENT ON COLUMN cltv_made.part IS 'Customers for NAME itself, otherwise what follows NAME_.
History, model, segments, ...';
COMMENT ON COLUMN cltv_made.relation IS 'The relation.';
COMMENT ON COLUMN cltv_made.options IS 'Arguments of cltv_materialize, in the row of NAME itself.';
COMMENT ON COLUMN cltv_made.made IS 'When the relation was made.
Of two rows for one part the later one counts.';
COMMENT ON INDEX cltv_made_customers IS 'Finds the parts of a NAME.';
COMMENT ON INDEX cltv_made_relation IS 'Finds the NAME of a part.';

-- A dump and pg_upgrade take the rows along, by the names of the relations; those of relations that are gone are left
-- out, for a bare OID may be anybody's in the restored database.
SELECT pg_catalog.pg_extension_config_dump('@extschema@.cltv_made',
    'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class) AND customers::oid IN (SELECT oid FROM pg_catalog.pg_class)');

-- Everybody may write, for cltv_materialize and a restore run with the rights of their caller, but only of relations of
-- their own. Nobody may change or delete rows, for with that right goes the one to lock the table for good; a row whose
-- relation is gone is of no account.
CREATE FUNCTION cltv_made_by_owner() RETURNS trigger
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    foreign_one regclass;
BEGIN
    SELECT c.oid::regclass INTO foreign_one FROM pg_class AS c
    WHERE c.oid IN (NEW.relation, NEW.customers) AND NOT pg_has_role(c.relowner, 'MEMBER') LIMIT 1;
    IF foreign_one IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('must be owner of %s', foreign_one), HINT = 'Only cltv_materialize and a restore write here.';
    END IF;
    RETURN NEW;
END
$function$;
COMMENT ON FUNCTION cltv_made_by_owner() IS
    'Internal: trigger of cltv_made.
A row must be written by the owner of the relation that it names (else error 42501).';
CREATE TRIGGER by_owner BEFORE INSERT OR UPDATE ON cltv_made FOR EACH ROW EXECUTE FUNCTION cltv_made_by_owner();
COMMENT ON TRIGGER by_owner ON cltv_made IS 'Keeps rows to the owner of the relation.';
GRANT SELECT, INSERT ON cltv_made TO PUBLIC;

-- As the log has it, whatever quote_all_identifiers says.
CREATE FUNCTION cltv_full_name(relation regclass) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $function$
    SELECT format('%I.%I', n.nspname, c.relname)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = $1
$function$;
COMMENT ON FUNCTION cltv_full_name(regclass) IS
    'Internal: schema and name of a relation, quoted where needed.
NULL for a relation that no longer exists.';

CREATE FUNCTION cltv_parts(customers regclass)
    RETURNS TABLE (part text, relation regclass, kind text, full_name text, owner oid, place int)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $function$
    SELECT DISTINCT ON (known.place) m.part, m.relation, c.relkind::text, format('%I.%I', n.nspname, c.relname), c.relowner,
           known.place::int
    FROM @extschema@.cltv_made AS m
    JOIN unnest('{source,watermark,history,model,customers,segments,rfm_grid,value_bands,at_risk,forecast,next,revenue,cohorts,products,clusters,'
                'curve,mrr,renewals,'
                'audience_source,audience_excluded,audience,audience_versions,audience_outbox,audience_export}'::text[])
        WITH ORDINALITY AS known (part, place) ON known.part = m.part
    JOIN pg_class AS c ON c.oid = m.relation
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE m.customers = $1 AND c.relkind IN ('m', 'v', 'r')
    ORDER BY known.place, m.made DESC
$function$;
COMMENT ON FUNCTION cltv_parts(regclass) IS
    'Returns the relations that cltv_materialize made of a NAME and that still exist.
In the order in which they were made. None for a relation that it did not make.';

CREATE FUNCTION cltv_made_as(customers regclass) RETURNS jsonb
    LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT m.options FROM @extschema@.cltv_made AS m
    WHERE m.customers = $1 AND m.part = 'customers' ORDER BY m.made DESC LIMIT 1
$function$;
COMMENT ON FUNCTION cltv_made_as(regclass) IS
    'Returns the arguments with which cltv_materialize made a NAME.
NULL for a relation that it did not make.';

CREATE FUNCTION cltv_made_names(customers regclass, OUT home text, OUT base text, OUT key text, OUT model text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $function$
#variable_conflict use_variable
BEGIN
    SELECT n.nspname, c.relname, quote_ident(a.attname) INTO STRICT home, base, key
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = 1
    WHERE c.oid = customers;
    SELECT p.full_name INTO STRICT model FROM @extschema@.cltv_parts(customers) AS p WHERE p.part = 'model';
END
$function$;
COMMENT ON FUNCTION cltv_made_names(regclass) IS
    'Internal: the names from which statements about the views of a NAME are made.
Its schema and its own name, both as they are; the column of its customers and its model, both as SQL.';

-- Whoever owns a schema can rename it while somebody works in it, and put another of the same name in its place, whose
-- views and triggers would then run with the rights of who works there. So its owner must be able to do all that anyway:
-- the current role, one that may become it, a superuser.
CREATE FUNCTION cltv_trusted_schema(home text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    schema_owner oid;
BEGIN
    SELECT CASE WHEN pg_get_userbyid(n.nspowner) = 'pg_database_owner'
           THEN (SELECT d.datdba FROM pg_database AS d WHERE d.datname = current_database()) ELSE n.nspowner END
    INTO schema_owner
    FROM pg_namespace AS n WHERE n.nspname = home;
    IF schema_owner IS NULL THEN
        PERFORM @extschema@.cltv_refuse(text '3F000',
            format('schema %I does not exist', home),
            NULL::text,
            format('CREATE SCHEMA %I, or name another.', home));
    ELSIF NOT pg_has_role(schema_owner, (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = current_user), 'MEMBER') THEN
        PERFORM @extschema@.cltv_refuse(text '42501',
            format('schema %I belongs to %s', home, pg_get_userbyid(schema_owner)),
            format('Its owner could put other views in the place of these, which would run with the rights of %s.',
                            current_user),
            format('Use a schema that belongs to %s or to a superuser.', current_user));
    END IF;
END
$function$;
COMMENT ON FUNCTION cltv_trusted_schema(text) IS
    'Internal: raises an error unless the owner of a schema can be trusted.
The owner is the current role, a role that may become it, or a superuser (else error 42501); a schema that
does not exist is 3F000.';

CREATE FUNCTION cltv_owned(customers regclass) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $function$
#variable_conflict use_variable
DECLARE
    home text;
    full_name text;
    foreign_part record;
BEGIN
    SELECT n.nspname, format('%I.%I', n.nspname, c.relname) INTO home, full_name
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = customers;
    -- Triggers and views are code of their owner, and would run with the caller's rights: not even a superuser may.
    SELECT p.full_name, pg_get_userbyid(p.owner) AS owner INTO foreign_part
    FROM @extschema@.cltv_parts(customers) AS p
    WHERE p.owner <> (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = current_user)
    ORDER BY p.part <> 'customers', p.place LIMIT 1;
    IF FOUND THEN
        PERFORM @extschema@.cltv_refuse(text '42501',
            format('must be owner of %s', foreign_part.full_name),
            NULL::text,
            format('SET ROLE %I.', foreign_part.owner));
    END IF;
    PERFORM @extschema@.cltv_trusted_schema(home);
    RETURN full_name;
END
$function$;
COMMENT ON FUNCTION cltv_owned(regclass) IS
    'Internal: the full name of a NAME of cltv_materialize that the current role owns.
An error (42501) unless all of its parts belong to the current role, in a schema that nobody else can rename.';

-- The named relation, its NAME where it is one that cltv_materialize made, and what to call it.
CREATE FUNCTION cltv_target(target regclass, name text) RETURNS regclass
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
BEGIN
    IF target IS NULL OR @extschema@.cltv_made_as(target) IS NULL THEN
        PERFORM @extschema@.cltv_refuse(text '42P01',
            format('%s was not made by cltv_materialize', coalesce(name, 'NULL')),
            NULL::text,
            text 'Give the name as cltv_materialize had it, with its schema where that is not on search_path.');
    END IF;
    RETURN target;
END
$function$;
COMMENT ON FUNCTION cltv_target(regclass, text) IS
    'Internal: the NAME asked for, or an error (42P01) if cltv_materialize did not make it.';

-- Who owns what a query reads decides what it executes: a table can become a view with functions in it.
CREATE FUNCTION cltv_warn_of_owner(sources regclass[]) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    source record;
BEGIN
    IF NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user) THEN
        RETURN;
    END IF;
    FOR source IN
        SELECT DISTINCT format('%I.%I', n.nspname, c.relname) AS full_name, r.rolname AS owner
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_roles AS r ON r.oid = c.relowner
        WHERE c.oid = ANY (sources) AND NOT r.rolsuper
        ORDER BY 1
    LOOP
        RAISE WARNING USING MESSAGE = format('%s belongs to %s, and is read with the rights of a superuser',
                                             source.full_name, source.owner),
            DETAIL = 'Its owner can turn it into a view whose functions run with these rights at each refresh.',
            HINT = format('SET ROLE %I, or a role that can only read it, before cltv_materialize.', source.owner);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION cltv_warn_of_owner(regclass[]) IS
    'Internal: warns a superuser of relations owned by others that are about to be read.
Whoever owns the orders decides what a refresh executes.';

CREATE FUNCTION cltv_sources(customers regclass) RETURNS regclass[]
    LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT array_agg(DISTINCT d.refobjid::regclass)
    FROM @extschema@.cltv_parts($1) AS p
    JOIN pg_rewrite AS r ON r.ev_class = p.relation
    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class AS c ON c.oid = d.refobjid AND c.relkind <> 'c'  -- types of rows are read from nowhere
    WHERE d.refobjid <> ALL (SELECT q.relation::oid FROM @extschema@.cltv_parts($1) AS q)
$function$;
COMMENT ON FUNCTION cltv_sources(regclass) IS
    'Internal: the relations of others that a NAME of cltv_materialize reads.
The orders, and the table of customers.';

-- By what the views depend on, and not by the name that was given: somebody else may have another relation of that name by now,
-- whose functions would run with the rights of whoever refreshes.
CREATE FUNCTION cltv_source(customers regclass) RETURNS regclass
    LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT CASE WHEN n.relation = ANY (n.sources) THEN n.relation WHEN cardinality(n.others) = 1 THEN n.others[1] END
    FROM (SELECT to_regclass(coalesce(o.options ->> 'orders', o.options ->> 'subscriptions')) AS relation, s.sources,
                 ARRAY(SELECT f.source FROM unnest(s.sources) AS f (source)
                       WHERE f.source IS DISTINCT FROM to_regclass(o.options ->> 'customers')) AS others
          FROM (SELECT @extschema@.cltv_made_as($1) AS options) AS o, (SELECT @extschema@.cltv_sources($1) AS sources) AS s) AS n
$function$;
COMMENT ON FUNCTION cltv_source(regclass) IS
    'Internal: the orders or subscriptions that a NAME reads, whatever they are called by now.
NULL where they cannot be told from other relations that the views read.';

-- Of several families those that refuse are no news, unless all do.
CREATE FUNCTION cltv_refresh_model(customers regclass, concurrently boolean) RETURNS void
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    heard CONSTANT text := current_setting('client_min_messages');
    model text;
    relation regclass;
    several boolean;
    kind text;
    refused text;
    spend_refused text;
BEGIN
    SELECT p.full_name, p.relation INTO STRICT model, relation
    FROM @extschema@.cltv_parts(customers) AS p WHERE p.part = 'model';
    SELECT o.model = 'auto' OR o.attributes IS NOT NULL OR o.calendar IS NOT NULL, o.kind INTO several, kind
    FROM jsonb_to_record(@extschema@.cltv_made_as(customers)) AS o (model text, attributes text[], calendar text, kind text);
    IF several THEN
        PERFORM set_config('client_min_messages', 'error', true);
    END IF;
    PERFORM @extschema@.cltv_refresh_view(relation, "concurrently", false);
    PERFORM set_config('client_min_messages', heard, true);
    IF several THEN
        EXECUTE format(@extschema@.cltv_sql(
            'SELECT (SELECT string_agg(format(''%%s: %%s'', c.key, c.value ->> ''status''), ''; '' ORDER BY c.key) '
            'FROM jsonb_each(m.compared) AS c WHERE NOT @cltv@.cltv_usable(m.%2$I)), %3$s FROM %1$s AS m WHERE m.%4$I > 0'),
            model, kind || '_model',
            CASE kind WHEN 'orders'
            THEN 'CASE WHEN NOT @extschema@.cltv_usable(m.spend_model) THEN m.spend_status END' ELSE 'NULL' END,
            CASE kind WHEN 'orders' THEN 'customers' ELSE 'contracts' END)
        INTO refused, spend_refused;
        IF refused IS NOT NULL THEN
            RAISE WARNING USING MESSAGE = format('no model of %s fits %s: %s', kind, customers, refused),
                HINT = 'Predictions are NULL. Fit more customers, or over a longer time.';
        ELSIF spend_refused IS NOT NULL THEN
            RAISE NOTICE USING MESSAGE = format('no model of spend fits %s: %s', customers, spend_refused),
                HINT = 'Orders and churn are predicted, cltv is NULL.';
        END IF;
    END IF;
END
$function$;
COMMENT ON FUNCTION cltv_refresh_model(regclass, boolean) IS
    'Internal: refits the models of a NAME of cltv_materialize.
With model => ''auto'' a warning is given only if all families refuse. cltv_materialize and cltv_refresh call
it.';
