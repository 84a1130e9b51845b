-- How much may be asked: a budget is a table of one row, which belongs to who made it. Who asks must be allowed to update it, and
-- a trigger sees to it that others than the owner only spend.

CREATE FUNCTION cltv_budget_period(per text, at timestamptz) RETURNS date
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    -- In UTC: whoever sets the time zone would otherwise choose when a month ends.
    SELECT CASE WHEN per = 'ever' THEN date '-infinity' ELSE date_trunc(per, at AT TIME ZONE 'UTC')::date END
$function$;
COMMENT ON FUNCTION cltv_budget_period(text, timestamptz) IS
    'Internal: the first day, in UTC, of a budget period.
Day, week, month, quarter or year of a time; -infinity for ever.';

CREATE FUNCTION cltv_budget_spent() RETURNS trigger
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    today CONSTANT date := greatest(@extschema@.cltv_budget_period(OLD.per, clock_timestamp()), OLD.period);
    is_new CONSTANT boolean := today > OLD.period;
    only_spent CONSTANT boolean := (NEW.one, NEW.epsilon, NEW.delta, NEW.per, NEW.period) = (OLD.one, OLD.epsilon, OLD.delta, OLD.per, today)
        AND NEW.answers = CASE WHEN is_new THEN 0 ELSE OLD.answers END + 1
        AND NEW.epsilon_spent BETWEEN CASE WHEN is_new THEN 0 ELSE OLD.epsilon_spent END AND NEW.epsilon
        AND NEW.delta_spent BETWEEN CASE WHEN is_new THEN 0 ELSE OLD.delta_spent END AND NEW.delta;
BEGIN
    IF only_spent IS NOT TRUE AND NOT pg_has_role((SELECT c.relowner FROM pg_class AS c WHERE c.oid = TG_RELID), 'MEMBER') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('only the owner of %I.%I may change the budget', TG_TABLE_SCHEMA, TG_TABLE_NAME),
            HINT = 'Others spend it through dp_count and related functions.';
    END IF;
    RETURN NEW;
END
$function$;
COMMENT ON FUNCTION cltv_budget_spent() IS
    'Internal: trigger of the tables that cltv_privacy_budget makes.
Others than the owner may only spend (42501).';

CREATE PROCEDURE cltv_make_budget(name text, default_schema text, epsilon float8, per text, delta float8)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $procedure$
#variable_conflict use_variable
DECLARE
    full_name text;
    made regclass;
BEGIN
    IF epsilon IS NULL OR per IS NULL OR delta IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'epsilon, per and delta of cltv_privacy_budget must not be NULL',
            HINT = 'epsilon => 3, per => ''month'' allows answers whose epsilons add up to 3 each month.';
    ELSIF NOT (epsilon > 0 AND epsilon <= 1e9) OR NOT (delta BETWEEN 0 AND 0.1) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('epsilon %s or delta %s is out of range', epsilon, delta),
            HINT = 'epsilon is above 0, up to 1000000000; delta is from 0, which allows Laplace noise only, to 0.1.';
    ELSIF per <> ALL ('{day,week,month,quarter,year,ever}'::text[]) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('per must be day, week, month, quarter, year or ever: %s', per),
            HINT = 'A monthly budget is renewed on the first of each month; a budget for ever is never renewed.';
    END IF;
    SELECT format('%I.%I', p.home, p.base || '_privacy_budget') INTO STRICT full_name
    FROM @extschema@.cltv_place(name, default_schema, text '_privacy_budget', '{}'::regclass[]) AS p;
    made := to_regclass(full_name);
    IF made IS NOT NULL THEN
        -- What is spent stays spent.
        PERFORM @extschema@.cltv_owned_budget(made);
        EXECUTE format('UPDATE %s AS b SET epsilon = $1, delta = $2, per = $3, period = CASE WHEN b.per = $3 THEN b.period ELSE $4 END', made)
        USING epsilon::numeric, delta::numeric, per, @extschema@.cltv_budget_period(per, clock_timestamp());
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %s (one boolean PRIMARY KEY DEFAULT true CHECK (one), epsilon numeric NOT NULL, delta numeric NOT NULL, '
                   'per text NOT NULL, period date NOT NULL, epsilon_spent numeric NOT NULL DEFAULT 0, delta_spent numeric NOT NULL DEFAULT 0, '
                   'answers bigint NOT NULL DEFAULT 0)', full_name);
    EXECUTE format('INSERT INTO %s (epsilon, delta, per, period) VALUES ($1, $2, $3, $4)', full_name)
    USING epsilon::numeric, delta::numeric, per, @extschema@.cltv_budget_period(per, clock_timestamp());
    EXECUTE format('CREATE TRIGGER spent BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s.cltv_budget_spent()', full_name, '@extschema@');
    EXECUTE format('COMMENT ON TABLE %s IS %L', full_name, 'The privacy budget of cltv_privacy_budget: what may be asked, and what was');
    EXECUTE format('COMMENT ON COLUMN %s.epsilon IS %L', full_name, 'The sum of epsilons that may be spent in a period');
    EXECUTE format('COMMENT ON COLUMN %s.delta IS %L', full_name, 'The sum of deltas that may be spent in a period');
    EXECUTE format('COMMENT ON COLUMN %s.period IS %L', full_name, 'First day, in UTC, of the period to which what is spent belongs');
    EXECUTE format('COMMENT ON COLUMN %s.answers IS %L', full_name, 'Answers that were given in the period');
    made := full_name::regclass;
    INSERT INTO @extschema@.cltv_made (customers, part, relation) VALUES (made, 'privacy_budget', made);
    RAISE NOTICE 'the budget is the table %', full_name
        USING HINT = format('Roles that may ask need GRANT SELECT, UPDATE ON %s.', full_name);
END
$procedure$;
COMMENT ON PROCEDURE cltv_make_budget(text, text, float8, text, float8) IS
    'Internal: cltv_privacy_budget with a default schema.
cltv_privacy_budget calls it.';

CREATE PROCEDURE cltv_privacy_budget(name text, epsilon float8, per text DEFAULT 'month', delta float8 DEFAULT 0)
    LANGUAGE plpgsql
AS $procedure$
DECLARE
    home CONSTANT pg_catalog.text := pg_catalog.current_schema();
BEGIN
    CALL @extschema@.cltv_make_budget(name, home, epsilon, per, delta);
END
$procedure$;
COMMENT ON PROCEDURE cltv_privacy_budget(text, float8, text, float8) IS
    'Makes a privacy budget, the table NAME_privacy_budget, or changes its allowance.
The allowance is the sum of the epsilons, and of the deltas, of answers by dp_count, dp_sum, dp_mean and
dp_histogram with budget => ''NAME_privacy_budget'' in a day, week, month, quarter or year of UTC, or for
ever. What is spent is spent before the answer, one at a time; a transaction that is rolled back gives it
back. Who asks needs the right to SELECT and UPDATE the table, by which they can do no more than spend; only
its owner changes the allowance (42501). Values out of range are errors (22023, 22004).';

-- A table that is none of ours could have triggers of a stranger, which would run with the rights of who asks.
CREATE FUNCTION cltv_known_budget(budget regclass) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off
AS $function$
#variable_conflict use_variable
DECLARE
    full_name text;
BEGIN
    SELECT format('%I.%I', n.nspname, c.relname) INTO full_name
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = budget AND c.relkind = 'r' AND NOT c.relhasrules
        AND EXISTS (SELECT FROM @extschema@.cltv_made AS m WHERE m.relation = c.oid AND m.customers = c.oid AND m.part = 'privacy_budget')
        AND (SELECT array_agg(t.tgfoid::regprocedure) FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgenabled = 'O')
            = ARRAY['@extschema@.cltv_budget_spent()'::regprocedure];
    IF full_name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table', MESSAGE = format('%s is not a budget of cltv_privacy_budget', coalesce(budget::text, 'NULL')),
            HINT = 'CALL cltv_privacy_budget(''shop'', epsilon => 3), and pass budget => ''shop_privacy_budget''.';
    END IF;
    RETURN full_name;
END
$function$;
COMMENT ON FUNCTION cltv_known_budget(regclass) IS
    'Internal: the full name of an unchanged table of cltv_privacy_budget.
Another is error 42P01.';

CREATE FUNCTION cltv_owned_budget(budget regclass) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    full_name CONSTANT text := @extschema@.cltv_known_budget(budget);
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = budget AND pg_has_role(c.relowner, 'MEMBER')) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('must be owner of %s', full_name);
    END IF;
END
$function$;
COMMENT ON FUNCTION cltv_owned_budget(regclass) IS 'Internal: raises an error (42501) unless the current role owns the budget.';

CREATE FUNCTION cltv_privacy_spend(budget regclass, epsilon float8, delta float8) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO'
AS $function$
#variable_conflict use_variable
DECLARE
    full_name CONSTANT text := @extschema@.cltv_known_budget(budget);
    kept record;
    today date;
    lacking text;
BEGIN
    IF epsilon IS NULL OR delta IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'epsilon and delta of cltv_privacy_spend must not be NULL',
            HINT = 'Give what the answer costs; delta is 0 with Laplace noise.';
    ELSIF NOT (epsilon > 0 AND epsilon <= 1e9) OR NOT (delta BETWEEN 0 AND 0.1) THEN
        -- What is below 0 would give back what others have spent.
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('epsilon %s or delta %s is out of range', epsilon, delta),
            HINT = 'What an answer spends is an epsilon above 0, up to 1000000000, and a delta from 0, with Laplace noise, to 0.1.';
    END IF;
    -- Who comes second waits here, and then sees what the first has spent.
    EXECUTE format('SELECT b.* FROM %s AS b FOR UPDATE', full_name) INTO STRICT kept;
    today := @extschema@.cltv_budget_period(kept.per, clock_timestamp());
    IF today > kept.period THEN
        kept.period := today;
        kept.epsilon_spent := 0;
        kept.delta_spent := 0;
        kept.answers := 0;
    END IF;
    lacking := concat_ws(' and ', CASE WHEN kept.epsilon_spent + epsilon::numeric > kept.epsilon THEN 'epsilon' END,
                         CASE WHEN kept.delta_spent + delta::numeric > kept.delta THEN 'delta' END);
    IF lacking <> '' THEN
        RAISE EXCEPTION USING ERRCODE = 'configuration_limit_exceeded',
            MESSAGE = format('the privacy budget %s does not allow an answer of epsilon %s%s', full_name, epsilon,
                             CASE WHEN delta > 0 THEN ' and delta ' || delta ELSE '' END),
            DETAIL = format('Of epsilon %s, %s is spent in this period%s.', kept.epsilon, kept.epsilon_spent,
                            CASE WHEN delta > 0 THEN format(', of delta %s, %s', kept.delta, kept.delta_spent) ELSE '' END),
            HINT = CASE kept.per WHEN 'ever' THEN format('Ask with a smaller %s; this budget is not renewed.', lacking)
                   ELSE format('Ask with a smaller %s, or from %s on.', lacking,
                               CASE kept.per WHEN 'quarter' THEN kept.period + interval '3 months' ELSE kept.period + ('1 ' || kept.per)::interval END::date) END;
    END IF;
    EXECUTE format('UPDATE %s AS b SET period = $1, epsilon_spent = $2, delta_spent = $3, answers = $4', full_name)
    USING kept.period, kept.epsilon_spent + epsilon::numeric, kept.delta_spent + delta::numeric, kept.answers + 1;
END
$function$;
COMMENT ON FUNCTION cltv_privacy_spend(regclass, float8, float8) IS
    'Spends epsilon and delta of a privacy budget, for an answer of your own.
Where they are no longer there it is error 53400, another table 42P01. epsilon is above 0, up to 1e9, delta from
0 to 0.1; values out of range are errors (22023, 22004). Two at once wait for one another. A transaction that is
rolled back gives back what it spent.';
