-- Segments by names or rules of one's own, and what to do about them.
--
-- An object renames the usual ones, {"Champions": "Stammkunden"}; an array is of rules as rfm_segment(r, f, m, rules) reads them, each
-- with a profile and an action of its own, {"segment": "VIP", "r": [4, 5], "fm": 5, "action": "Call them."}, and where one says
-- "orders": 0, it is of those who never ordered.

CREATE FUNCTION cltv_segment_rules(segments jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT coalesce(jsonb_agg(CASE jsonb_typeof(r.rule) WHEN 'object' THEN r.rule - '{profile,action}'::text[] ELSE r.rule END ORDER BY r.place)
                    FILTER (WHERE r.rule -> 'orders' IS DISTINCT FROM '0'), '[]')
    FROM jsonb_array_elements(segments) WITH ORDINALITY AS r (rule, place)
$function$;
COMMENT ON FUNCTION cltv_segment_rules(jsonb) IS
    'Internal: of rules as cltv_materialize takes them those that rfm_segment takes.
Those of customers with orders. NULL gives NULL.';

CREATE FUNCTION cltv_check_segments(segments jsonb, bins int) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    usual CONSTANT text[] := ARRAY(SELECT p.segment FROM @extschema@.rfm_segments AS p ORDER BY p.rank) || text 'Never Ordered';
    wrong record;
BEGIN
    IF segments IS NULL OR segments = 'null' THEN
        RETURN;
    ELSIF jsonb_typeof(segments) = 'object' THEN
        SELECT n.key, n.value INTO wrong FROM jsonb_each(segments) AS n WHERE n.key <> ALL (usual) ORDER BY n.key COLLATE "C" LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('segments: there is no segment "%s"', wrong.key),
                HINT = format('An object gives new names to the usual ones: %s.', array_to_string(usual, ', '));
        END IF;
        SELECT n.key, n.value INTO wrong FROM jsonb_each(segments) AS n
        WHERE jsonb_typeof(n.value) <> 'string' OR btrim(n.value #>> '{}') = '' ORDER BY n.key COLLATE "C" LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('segments: the name of "%s" must be a text that is not empty: %s', wrong.key, wrong.value),
                HINT = 'Leave a segment out to have its usual name.';
        END IF;
        RETURN;
    ELSIF jsonb_typeof(segments) <> 'array' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('segments must be an object of names or an array of rules: %s', segments),
            HINT = '{"Champions": "Our best"} gives a name; SELECT rfm_rules() is an example of rules.';
    ELSIF bins <> 5 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('segment rules use scores from 1 to 5, but bins is %s', bins),
            HINT = 'Leave bins out; names of segments go with any number of bins.';
    END IF;
    SELECT r.place, k.key INTO wrong
    FROM jsonb_array_elements(segments) WITH ORDINALITY AS r (rule, place)
    CROSS JOIN LATERAL jsonb_each(CASE jsonb_typeof(r.rule) WHEN 'object' THEN r.rule ELSE '{}' END) AS k
    WHERE k.key IN ('profile', 'action') AND jsonb_typeof(k.value) <> 'string' ORDER BY r.place, k.key COLLATE "C" LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('rule %s: "%s" must be a text', wrong.place, wrong.key),
            HINT = 'It is what cltv_playbook says of the segment; leave it out to say nothing.';
    END IF;
    SELECT r.place, r.rule INTO wrong FROM jsonb_array_elements(segments) WITH ORDINALITY AS r (rule, place)
    WHERE r.rule -> 'orders' = '0' AND (coalesce(jsonb_typeof(r.rule -> 'segment') <> 'string', true) OR btrim(r.rule ->> 'segment') = ''
                                        OR r.rule - '{segment,orders,profile,action}'::text[] <> '{}') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('rule %s: a rule for customers who never ordered has a segment and no scores: %s', wrong.place, wrong.rule),
            HINT = '{"segment": "Never ordered", "orders": 0}';
    END IF;
    PERFORM @extschema@.rfm_segment(float8 '1', float8 '1', float8 '1', @extschema@.cltv_segment_rules(segments));
END
$function$;
COMMENT ON FUNCTION cltv_check_segments(jsonb, int) IS
    'Internal: raises an error unless these can be names or rules of segments.
A name of no usual segment, a text that is none, rules that rfm_segment does not take, and rules with a number
of bins other than 5 are errors (22023). NULL is fine.';

CREATE FUNCTION cltv_segment_term(segments jsonb, all_customers boolean) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT CASE WHEN all_customers
        THEN format('CASE WHEN p.orders = 0 AND p.revenue = 0 AND p.first_order IS NULL THEN text %L ELSE %s END', coalesce(CASE jsonb_typeof(segments)
                 WHEN 'object' THEN segments ->> 'Never Ordered'
                 WHEN 'array' THEN (SELECT r.rule ->> 'segment' FROM jsonb_array_elements(segments) WITH ORDINALITY AS r (rule, place)
                                    WHERE r.rule -> 'orders' = '0' ORDER BY r.place LIMIT 1) END, 'Never Ordered'), s.term)
        ELSE s.term END
    FROM (SELECT CASE jsonb_typeof(segments)
              WHEN 'object' THEN format('coalesce(jsonb %L ->> p.segment, p.segment)', segments)
              WHEN 'array' THEN format('%s.rfm_segment(p.r::float8, p.f::float8, p.m::float8, jsonb %L)', '@extschema@',
                                       @extschema@.cltv_segment_rules(segments))
              ELSE 'p.segment' END AS term) AS s
$function$;
COMMENT ON FUNCTION cltv_segment_term(jsonb, boolean) IS
    'Internal: SQL of the segment of a row p with scores in the query of NAME.
By names or rules of one''s own; NULL: as rfm_score has it.';

CREATE FUNCTION cltv_playbook(customers regclass, OUT rank int, OUT segment text, OUT profile text, OUT action text)
    RETURNS SETOF record
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 10000 ROWS 12 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    options CONSTANT jsonb := @extschema@.cltv_made_as(@extschema@.cltv_target($1, $1::text));
    segments CONSTANT jsonb := nullif(options -> 'segments', 'null');
BEGIN
    IF options ->> 'kind' <> 'orders' THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type', MESSAGE = format('%s was made by cltv_materialize_contracts', $1),
            HINT = 'Only customers with orders have segments.';
    END IF;
    RETURN QUERY
    WITH usual AS (
        SELECT p.rank::int AS place, p.segment, p.profile, p.action FROM @extschema@.rfm_segments AS p
        UNION ALL
        SELECT 12, 'Never Ordered', 'Known, but without an order so far.',
               'Welcome series; ask what they are looking for; a reason for the first order.'
        WHERE (options ->> 'all_customers')::boolean
    ), named AS (
        SELECT u.place, coalesce(segments ->> u.segment, u.segment) AS segment, u.profile, u.action FROM usual AS u
        WHERE jsonb_typeof(segments) IS DISTINCT FROM 'array'
        UNION ALL
        SELECT r.place::int, r.rule ->> 'segment', r.rule ->> 'profile', r.rule ->> 'action'
        FROM jsonb_array_elements(CASE jsonb_typeof(segments) WHEN 'array' THEN segments ELSE '[]' END) WITH ORDINALITY AS r (rule, place)
        WHERE r.rule -> 'orders' IS DISTINCT FROM '0' OR (options ->> 'all_customers')::boolean
        UNION ALL
        SELECT u.place + 1000000, u.segment, u.profile, u.action FROM usual AS u
        WHERE jsonb_typeof(segments) = 'array' AND u.segment = 'Never Ordered' AND NOT jsonb_path_exists(segments, '$[*] ? (@.orders == 0)')
    )
    SELECT (row_number() OVER (ORDER BY min(n.place)))::int, n.segment,
           (array_agg(n.profile ORDER BY n.place) FILTER (WHERE n.profile IS NOT NULL))[1],
           (array_agg(n.action ORDER BY n.place) FILTER (WHERE n.action IS NOT NULL))[1]
    FROM named AS n GROUP BY n.segment ORDER BY 1;
END
$function$;
COMMENT ON FUNCTION cltv_playbook(regclass) IS
    'Returns the segments of a NAME of cltv_materialize, and what to do about them.
From the best to the least, with what characterises the customers and the action. Under names of your own,
segments => ''{"Champions": "Our best"}'', it is what rfm_segments says of the usual ones; rules, an array as
rfm_segment takes it, say it with the keys profile and action, and a rule with "orders": 0 and no scores names
those who never ordered. Another relation is error 42P01, one of contracts 42809; NULL gives no rows.';
