-- What a shop asks every day, as materialized views made in one call.
--
-- All of it runs with the rights of the caller and writes SQL that the caller can read with \d+. Only the names that the
-- caller gives are looked up along the caller's search_path; from then on it is the system's catalog, and the extension's
-- own objects are named with their schema. In the generated SQL each relation of the caller has an alias, and each column
-- that of its relation before it, so that no name of the caller's is taken for one of ours. Numbers and dates are written
-- into it with all their digits and in ISO's order, whatever the session shows, and no constant has a backslash in it,
-- which means something else where standard_conforming_strings is off. Functions of the extension are called with exactly
-- the arguments that they are declared with, so that nobody's overload in its schema fits better.

-- Notices and warnings are for those who look at the models, not for a choice between them.
CREATE FUNCTION cltv_held_out(orders regclass, customer name, ordered_at name, amount name, as_of date, days int, models text[],
                              order_id name, refund_of name, refunds text, amounts text, customers regclass,
                              attributes text[]) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL RESTRICTED COST 100000 SET search_path = pg_catalog, pg_temp SET client_min_messages = error
AS $$
    SELECT jsonb_object_agg(b.model, round(b.rmse::numeric, 6))
    FROM @extschema@.cltv_backtest(orders, customer, ordered_at, amount, as_of - days, models, as_of, order_id, refund_of,
                                   refunds, text 'holdout', amounts, customers, attributes) AS b
    WHERE b.rmse IS NOT NULL AND b.model = ANY (models)
$$;
COMMENT ON FUNCTION cltv_held_out(regclass, name, name, name, date, int, text[], name, name, text, text, regclass, text[]) IS
    'Internal: how well models would have predicted the newest days.
How far off models of these names would have been in the purchases of the last so many days up to as_of, as
cltv_backtest finds it (rmse), by name; NULL for models gives NULL.';

CREATE PROCEDURE cltv_materialize(
    name text, orders regclass,
    customer name DEFAULT 'customer_id', ordered_at name DEFAULT 'ordered_at', amount name DEFAULT 'amount',
    horizon float8 DEFAULT 365, discount_rate float8 DEFAULT 0.10, margin cltv_setting DEFAULT '1',
    model text DEFAULT 'auto', bins int DEFAULT 5, as_of date DEFAULT NULL, customers regclass DEFAULT NULL,
    replace boolean DEFAULT false, incremental boolean DEFAULT false, late_days int DEFAULT 3,
    order_id name DEFAULT NULL, refund_of name DEFAULT NULL, refunds text DEFAULT 'subtract',
    all_customers boolean DEFAULT false, signed_up name DEFAULT NULL, attributes text[] DEFAULT NULL,
    amounts text DEFAULT 'revenue', calendar text DEFAULT NULL, learner text DEFAULT NULL,
    choose text DEFAULT 'bic', min_group int DEFAULT 1, acquisition_cost name DEFAULT NULL, cost_to_serve name DEFAULT NULL,
    segments jsonb DEFAULT NULL, revenue text DEFAULT NULL, cohorts text DEFAULT NULL, products name DEFAULT NULL,
    clusters cltv_setting DEFAULT NULL)
    LANGUAGE plpgsql SET extra_float_digits = 1
AS $procedure$
DECLARE
    home pg_catalog.text := pg_catalog.current_schema();
    given CONSTANT pg_catalog.jsonb := pg_catalog.jsonb_build_object(
        'kind', 'orders', 'orders', orders::pg_catalog.oid, 'customer', customer, 'ordered_at', ordered_at, 'amount', amount,
        'horizon', horizon, 'discount_rate', discount_rate, 'margin', margin::pg_catalog.text, 'model', model,
        'bins', bins, 'as_of', as_of, 'customers', customers::pg_catalog.oid, 'replace', replace,
        'incremental', incremental, 'late_days', late_days, 'order_id', order_id, 'refund_of', refund_of,
        'refunds', refunds, 'all_customers', all_customers, 'signed_up', signed_up, 'attributes', attributes,
        'amounts', amounts, 'calendar', calendar, 'learner', learner, 'choose', choose, 'min_group', min_group,
        'acquisition_cost', acquisition_cost, 'cost_to_serve', cost_to_serve, 'segments', segments,
        'revenue', pg_catalog.lower(revenue), 'cohorts', pg_catalog.lower(cohorts), 'products', products,
        'clusters', pg_catalog.lower(clusters::pg_catalog.text));
    code pg_catalog.text;
    message pg_catalog.text;
    detail pg_catalog.text;
    hint pg_catalog.text;
BEGIN
    CALL @extschema@.cltv_make(name, home, given);
EXCEPTION WHEN OTHERS THEN
    -- Whatever went wrong is one message, without the SQL in which it did.
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT, home = SCHEMA_NAME;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    SELECT t.* INTO code, message, detail, hint FROM @extschema@.cltv_told(name, text 'cltv_materialize', home, code, message, detail, hint) AS t;
    PERFORM @extschema@.cltv_refuse(code, message, detail, hint);
END
$procedure$;
COMMENT ON PROCEDURE cltv_materialize(text, regclass, name, name, name, float8, float8, cltv_setting, text, int, date,
                                      regclass, boolean, boolean, int, name, name, text, boolean, name, text[],
                                      text, text, text, text, int, name, name, jsonb, text, text, name, cltv_setting) IS
    'Makes the views of a shop: histories, models, customers and views for charts.
It makes the materialized views NAME_history (customer, history), NAME_model (one row) and NAME (one row a
customer: order totals, RFM scores and segment, expected_orders and churn_prob within horizon days, cltv
discounted at discount_rate a year, value_tier), and the views for charts NAME_segments, NAME_rfm_grid,
NAME_value_bands, NAME_at_risk, NAME_forecast and NAME_next; all owned by the caller, who needs the right to
read the orders. model is a family of models of orders in days (bgnbd, mbgnbd, pnbd), or auto: at each refresh the one
with the least BIC, as of spend always; as_of NULL is the day of the newest order at each refresh. With a
table of customers, joined by the customer column, which must be unique in it, its other columns are carried
along behind value_tier, a name that the result has already with the prefix customer_. margin is a share of
the revenue, or names a column of customers: a customer without one has no cltv. An existing relation of one
of these names is an error; replace drops first what cltv_materialize has made of NAME. With incremental,
NAME_history is a table into which cltv_refresh folds new orders; those of the newest late_days days are read
again each time. With order_id, lines of one order are one order with their sum; refund_of names the column
with the order that a row refunds, and refunds => ''match'' finds it where it is not named: what is refunded
whole is no order any more. With all_customers, customers without an order are rows, too: Never Ordered,
without predictions, of a tenure since the day in signed_up. attributes are columns of customers, such as
{channel,country}, that may act on purchases, dropout and spend: models with them are fitted, too, and taken
where they describe the customers better by BIC; NAME has what they are as features. With amounts =>
''signed'' negative amounts are those of purchases that lost money, as of profits, and no refunds. calendar is
season, months or auto: models with a yearly season, smooth or by months or either, are fitted, too, where the
orders are of a year and a half at least, and taken where they describe the customers better by BIC; with
attributes, too, models with both are. choose => ''holdout'' takes the model of orders that would have
predicted the purchases of the newest days best, as cltv_backtest does, instead of by BIC, where the orders
are of 90 days at least. With min_group above 1 the views for charts show groups of so many customers at
least: segments and cells of the grid that are smaller are left out, bands of value are fewer and without
their bounds, and NAME_at_risk, which lists single customers, is empty. acquisition_cost and cost_to_serve
name columns of customers with what it cost to win each and to serve them so far, in the money of the orders:
NAME then has profit, margin x revenue less cost_to_serve; lifetime_value, profit and cltv, less the same
share for serving them; and net_value, that less acquisition_cost. segments gives segments names or rules of
your own, see cltv_playbook. revenue is week, month, quarter or year: NAME_revenue is the revenue to come by
such periods within the horizon, also from customers still to be won, as revenue_forecast has it. cohorts, one
of the same words: NAME_cohorts is the margin that the customers of each first period brought in each later
one, and what is expected of them. products names the column of the orders with the product: NAME_products has
a row for each. clusters is a number from 2 to 100, or auto: NAME has the cluster of each customer by
cluster_features, with the labels of the refresh before, and NAME_clusters describes the clusters.';

CREATE PROCEDURE cltv_make(name text, default_schema text, given jsonb)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET DateStyle = 'ISO'
    SET quote_all_identifiers = off
AS $procedure$
#variable_conflict use_variable
DECLARE
    began CONSTANT timestamptz := clock_timestamp();
    hashes_before CONSTANT text := current_setting('enable_hashagg');
    own_columns text[] := '{first_order,last_order,orders,revenue,frequency,recency,tenure,monetary_value,first_value,'
        'r,f,m,segment,expected_orders,churn_prob,cltv,value_tier}';
    -- What stands beside the customer in the other relations.
    beside_customer CONSTANT text[] := '{history,of_customer,settled,open,ordered_at,amount,order_key,refunded_key,rank,value_at_stake,'
        'usual_gap,overdue,next_order,earliest,latest}';
    options jsonb;
    chosen record;
    home text;
    base text;
    obstacle text;
    column_name text;
    read record;
    key text;
    same_customer text;
    source text;
    model_view text;
    day text;
    horizon_term text;
    margin_term text;
    net_of_costs boolean;
    costs text := '';     -- in the query of customers: what they earned, what it cost; and what is made of it
    net_values text := '';
    parameters text;
    spend_parameters text;
    families text[];
    fits text;
    carried text[];
    taken text[];
    carried_name text;
    carried_columns text := '';
    carried_picks text := '';
    made regclass;
    kept jsonb;
    by_customer boolean := false;
    everybody text;
    signed_up_day text;
    -- With attributes: what makes them of a row c of the customers, whether all of their numbers are known, what more the
    -- models are made of, and how predictions have them.
    made_of text;
    all_known text;
    joined_customers text := '';
    bases text := '';
    spend_fits text := '';
    by_attributes text := '';
    seasons text[];     -- with a calendar: those that are tried
    learnt_column name; -- with a learner: what is learnt, its window, and what the model view says of it
    days int;
    learner_columns text := '';
    learner_joins text := '';
    learner_says text;
    cluster_says text;  -- with clusters: in the query of customers
    keep interval;      -- as cltv_retain had it of what is replaced
    held_out text;      -- with choose => 'holdout': what the models would have foretold
BEGIN
    -- What is asked for is checked before anything is made.
    options := @extschema@.cltv_options(given);
    SELECT * INTO chosen FROM jsonb_to_record(options) AS o (
        orders regclass, customer name, ordered_at name, amount name, horizon float8, discount_rate float8, margin text,
        model text, bins int, as_of date, customers regclass, replace boolean, incremental boolean, late_days int,
        order_id name, refund_of name, refunds text, all_customers boolean, signed_up name,
        attributes text[], amounts text, calendar text, learner text, choose text, acquisition_cost name, cost_to_serve name,
        segments jsonb, revenue text, cohorts text, products name, clusters text);
    learnt_column := (SELECT 'learnt_' || l.learns FROM @extschema@.cltv_learners() AS l WHERE l.name = chosen.learner);
    net_of_costs := chosen.acquisition_cost IS NOT NULL OR chosen.cost_to_serve IS NOT NULL;
    -- Those that end in to_score and to_net are used only within the query.
    own_columns := own_columns || '{orders_to_score,revenue_to_score}'::text[]
        || CASE WHEN net_of_costs THEN '{profit,lifetime_value,net_value,earned_to_net,cost_to_net}'::text[] ELSE '{}' END || CASE WHEN chosen.attributes IS NOT NULL THEN '{attributes}'::text[] ELSE '{}' END
        || CASE WHEN learnt_column IS NOT NULL THEN ARRAY[learnt_column::text] ELSE '{}' END
        || CASE WHEN chosen.clusters IS NOT NULL THEN ARRAY['cluster'] ELSE '{}' END;
    SELECT p.home, p.base INTO STRICT home, base
    FROM @extschema@.cltv_place(name, default_schema, '_value_bands', ARRAY[chosen.orders, chosen.customers]) AS p;
    IF chosen.customer = ANY (own_columns || beside_customer) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_column',
            MESSAGE = format('the customer column cannot be named %I, as a column of the result is', chosen.customer),
            HINT = 'Rename it in a view over the orders.';
    END IF;

    -- The orders. An order falls on a day of the time zone that the session has now, whatever zone a refresh will have;
    -- what an abbreviation of one means is a setting of the session that refreshes.
    SELECT o.* INTO STRICT read FROM @extschema@.cltv_orders_source(
        chosen.orders, chosen.customer, chosen.ordered_at, chosen.amount, true,
        chosen.order_id, chosen.refund_of, chosen.refunds, chosen.as_of, chosen.amounts) AS o;
    PERFORM @extschema@.cltv_lasting_zone(read.time_zone);
    PERFORM @extschema@.cltv_plain_key(chosen.orders, chosen.products, text 'products', name 'o');

    -- The families to be fitted: the one asked for, or all of them, and the columns of their parameters.
    SELECT array_agg(f.name ORDER BY f.name) INTO families
    FROM @extschema@.cltv_families() AS f
    WHERE f.topic = 'orders' AND f.unit = 'days' AND (chosen.model = f.name OR chosen.model = 'auto' AND f.is_compared);
    IF families IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('not a model of orders in days: %s', chosen.model),
            HINT = (SELECT format('Models are: %s; auto is the best of them.', string_agg(f.name, ', ' ORDER BY f.name))
                    FROM @extschema@.cltv_families() AS f WHERE f.topic = 'orders' AND f.unit = 'days');
    END IF;
    SELECT string_agg(p.term, E',\n       ' ORDER BY p.place) FILTER (WHERE p.topic = 'orders'),
           string_agg(p.term, E',\n       ' ORDER BY p.place) FILTER (WHERE p.topic = 'spend')
    INTO parameters, spend_parameters
    FROM (SELECT f.topic, min(f.name || to_char(u.place, '00')) AS place,
                 format('(%1$s.fitted::jsonb #>> ''{params,%2$s}'')::float8 AS %2$I', left(f.topic, 1), u.parameter) AS term
          FROM @extschema@.cltv_families() AS f, unnest(f.parameters) WITH ORDINALITY AS u (parameter, place)
          WHERE f.name = ANY (families) OR f.topic = 'spend' GROUP BY f.topic, u.parameter) AS p;
    fits := (SELECT string_agg(format(@extschema@.cltv_sql('(%L::text, NULL::text, NULL::text, @cltv@.%I(n.base))'), f, f || '_fit'), E',\n                 ')
             FROM unnest(families) AS f);

    -- The customers: their columns are carried along, their rows are one for a customer.
    key := quote_ident(chosen.customer);
    source := format('%I.%I', home, base || '_history');
    IF chosen.margin ~ '^[[:space:]]*[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?[[:space:]]*$' THEN
        margin_term := chosen.margin::float8 || '::float8';
        IF chosen.margin::float8 NOT BETWEEN 0 AND 1 THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('margin must be between 0 and 1: %s', chosen.margin),
                HINT = @extschema@.cltv_share_hint(chosen.margin::float8);
        END IF;
    ELSIF chosen.customers IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('margin is not a number: %s', chosen.margin),
            HINT = 'Give a share such as 0.3, or the column of a table of customers: customers => ''...''.';
    ELSE
        margin_term := (@extschema@.cltv_source_column(chosen.customers, chosen.margin::name, text 'margin', name 'c')).term;
    END IF;
    IF net_of_costs THEN
        costs := format(E',\n           %1$s * coalesce(s.revenue, float8 ''0'') AS earned_to_net, %1$s * coalesce(s.revenue, float8 ''0'') - %2$s AS profit, %3$s AS cost_to_net', margin_term,
            CASE WHEN chosen.cost_to_serve IS NULL THEN 'float8 ''0''' ELSE format('coalesce(%s, float8 ''0'')',
                (@extschema@.cltv_source_column(chosen.customers, chosen.cost_to_serve, text 'cost_to_serve', name 'c')).term) END,
            CASE WHEN chosen.acquisition_cost IS NULL THEN 'float8 ''0''' ELSE
                (@extschema@.cltv_source_column(chosen.customers, chosen.acquisition_cost, text 'acquisition_cost', name 'c')).term END);
        -- Who earned nothing yet is not known to cost a share of it.
        net_values := replace(E' p.profit,\n       ? AS lifetime_value, ? - p.cost_to_net AS net_value,',
            '?', 'p.profit + p.cltv * CASE WHEN p.earned_to_net > float8 ''0'' THEN p.profit / p.earned_to_net ELSE float8 ''1'' END');
    END IF;
    IF chosen.customers IS NOT NULL THEN
        same_customer := @extschema@.cltv_same_customer(chosen.orders, chosen.customers, chosen.customer);
        carried := ARRAY(SELECT a.attname FROM pg_attribute AS a
                         WHERE a.attrelid = chosen.customers AND a.attnum > 0 AND NOT a.attisdropped
                             AND a.attname <> chosen.customer
                         ORDER BY a.attnum);
        taken := own_columns || chosen.customer::text || carried;
        FOREACH column_name IN ARRAY carried LOOP
            carried_name := column_name;
            IF column_name = ANY (own_columns) THEN
                WHILE carried_name = ANY (taken) LOOP
                    carried_name := 'customer_' || carried_name;
                END LOOP;
                taken := taken || carried_name;
            END IF;
            carried_columns := carried_columns || format(E',\n           c.%I AS %I', column_name, carried_name);
            carried_picks := carried_picks || format(', p.%I', carried_name);
        END LOOP;
    END IF;
    IF chosen.attributes IS NOT NULL THEN
        PERFORM @extschema@.cltv_check_columns(chosen.customers, chosen.customer, chosen.attributes);
        SELECT string_agg(format('c.%1$I AS %1$I', u.attribute), ', ' ORDER BY u.place),
               string_agg(format('c.%I IS NOT NULL', u.attribute), ' AND ' ORDER BY u.place)
                   FILTER (WHERE t.typcategory NOT IN ('S', 'E'))
        INTO made_of, all_known
        FROM unnest(chosen.attributes) WITH ORDINALITY AS u (attribute, place)
        JOIN pg_attribute AS a ON a.attrelid = chosen.customers AND a.attname = u.attribute
        JOIN pg_type AS t ON t.oid = a.atttypid;
        made_of := format(@extschema@.cltv_sql(
            E'\n    CROSS JOIN LATERAL (SELECT @cltv@.features(given.*) AS attributes FROM (SELECT %s) AS given OFFSET 0) AS k'), made_of);
        joined_customers := format(E'\n      LEFT JOIN %1$s AS c ON c.%2$s %3$s h.%2$s', chosen.customers, key, same_customer)
                            || made_of;
        -- A number that is not known has no place in a model: then there are those without attributes.
        all_known := coalesce('bool_and(' || all_known || ')', 'true');
        bases := format(@extschema@.cltv_sql($sql$,
             CASE WHEN %1$s THEN @cltv@.feature_base(s.frequency, s.recency, s.tenure, k.attributes) END AS by_purchases,
             CASE WHEN %1$s THEN @cltv@.feature_base(s.frequency, s.recency, s.tenure, k.attributes, k.attributes) END AS by_both,
             CASE WHEN %1$s AND NOT coalesce(bool_or(s.monetary_value < 0), false)
             THEN @cltv@.feature_base(s.frequency, s.monetary_value, k.attributes) FILTER (WHERE s.monetary_value > 0)
             END AS by_spend$sql$), all_known);
        fits := concat_ws(E',\n                 ', fits, (
            SELECT string_agg(format(@extschema@.cltv_sql('(%L::text, NULL::text, %L::text, @cltv@.%I(n.%I, float8 ''1'', float8 ''0''))'), f.name, u.acts_on,
                                     f.name || '_fit', u.base), E',\n                 ' ORDER BY f.name, u.base DESC)
            FROM @extschema@.cltv_families() AS f
            JOIN (VALUES ('purchases', 'by_purchases'), ('purchases, dropout', 'by_both')) AS u (acts_on, base)
                ON string_to_array(u.acts_on, ', ') <@ f.attributes
            WHERE f.name = ANY (families)));
        spend_fits := (
            SELECT E'\n        UNION ALL SELECT w.family, ''spend'', @extschema@.model_status(w.fitted), @extschema@.bic(w.fitted), '
                || format(E'w.fitted, 100\n        FROM (VALUES %s) AS w (family, fitted)',
                          string_agg(format('(%L::text, %s.%I(n.by_spend, float8 ''1'', float8 ''0''))', f.name, '@extschema@', f.name || '_fit'), ', '
                                     ORDER BY f.name))
            FROM @extschema@.cltv_families() AS f WHERE 'spend' = ANY (f.attributes));
        by_attributes := ', purchases => CASE WHEN ''purchases'' = ANY (m.attributes) THEN k.attributes END, '
                         'dropout => CASE WHEN ''dropout'' = ANY (m.attributes) THEN k.attributes END';
    END IF;
    -- A season that was seen for less than a year and a half is not told from growth.
    IF chosen.calendar IS NOT NULL THEN
        seasons := CASE chosen.calendar WHEN 'auto' THEN '{season,months}'::text[] ELSE ARRAY[chosen.calendar] END;
        -- Each season by itself and, where there are attributes, with them: a base by what its arguments are.
        bases := bases || (
            SELECT string_agg(format(@extschema@.cltv_sql(E',\n             CASE WHEN max(s.tenure) >= 548%4$s '
                       'THEN @cltv@.calendar_base(h.history, day.as_of, day.%1$s%3$s) END AS %2$s'),
                       u.season, 'by_' || u.season || b.suffix, b.arguments,
                       CASE WHEN b.suffix <> '' THEN ' AND ' || all_known END), '' ORDER BY u.place, b.suffix)
            FROM unnest(seasons) WITH ORDINALITY AS u (season, place)
            JOIN (VALUES ('', ''), ('_purchases', ', k.attributes'), ('_both', ', k.attributes, k.attributes')) AS b (suffix, arguments)
                ON b.suffix = '' OR chosen.attributes IS NOT NULL);
        fits := concat_ws(E',\n                 ', fits, (
            SELECT string_agg(format(@extschema@.cltv_sql('(%1$L::text, %2$L::text, %3$L::text, @cltv@.%4$I(n.%5$I, float8 ''1'', float8 ''0''))'), f.name, u.season,
                                     b.acts_on, f.name || '_fit', 'by_' || u.season || b.suffix),
                              E',\n                 ' ORDER BY f.name, u.place, b.suffix)
            FROM @extschema@.cltv_families() AS f CROSS JOIN unnest(seasons) WITH ORDINALITY AS u (season, place)
            JOIN (VALUES ('', NULL), ('_purchases', 'purchases'), ('_both', 'purchases, dropout')) AS b (suffix, acts_on)
                ON b.suffix = '' OR chosen.attributes IS NOT NULL AND string_to_array(b.acts_on, ', ') <@ f.attributes
            WHERE f.name = ANY (families) AND f.has_calendar));
    END IF;
    -- What customers of a window before, as long as the horizon, did in it; and what the same would have said a window ago.
    IF chosen.learner IS NOT NULL THEN
        days := ceil(chosen.horizon);
        bases := bases || E',\n             max(s.tenure) AS seen_days' || CASE WHEN chosen.attributes IS NOT NULL
            THEN format(E',\n             %s AS all_known', all_known) ELSE '' END;
        learner_columns := format(E',\n       l.fitted AS learner_model, CASE WHEN n.customers > 0 THEN coalesce(%s.model_status(l.fitted), ''no window before'') END '
            'AS learner_status,\n       l.dropped AS learner_dropped, p.predicted AS learner_predicted, p.actual AS learner_actual, p.gini AS learner_gini%s',
            '@extschema@', CASE WHEN chosen.attributes IS NOT NULL THEN ', coalesce(n.all_known, false) AS learner_attributes' ELSE '' END);
        learner_joins := format(E'\nLEFT JOIN LATERAL %1$s.cltv_learnt(%2$L::regclass, name %3$L, name %4$L, name %5$L, CASE WHEN n.seen_days >= %6$s '
                'THEN n.as_of - %6$s END, n.as_of, %7$L::name, %8$L::name, text %9$L, text %10$L, %11$L::regclass, %12$s, ARRAY[text %13$L]) AS l ON true'
            '\nLEFT JOIN LATERAL %1$s.cltv_learner_past(%2$L::regclass, name %3$L, name %4$L, name %5$L, CASE WHEN n.seen_days >= 2 * %6$s '
                'THEN n.as_of END, %6$s, text %13$L, %7$L::name, %8$L::name, text %9$L, text %10$L, %11$L::regclass, %12$s) AS p ON true',
            '@extschema@', chosen.orders, chosen.customer, chosen.ordered_at, chosen.amount, days, chosen.order_id, chosen.refund_of,
            chosen.refunds, chosen.amounts, chosen.customers,
            CASE WHEN chosen.attributes IS NULL THEN 'NULL::text[]' ELSE format('CASE WHEN n.all_known THEN %L::text[] END', chosen.attributes) END,
            chosen.learner);
        learner_says := format(E',\n           %1$s.predict(m.learner_model, %1$s.features_without(%2$s, m.learner_dropped)) AS %3$I', '@extschema@',
            replace(CASE WHEN chosen.attributes IS NULL THEN 'own' ELSE format('CASE WHEN m.learner_attributes THEN %s.features_concat(own, k.attributes) '
                'ELSE own END', '@extschema@') END, 'own', '@extschema@.learner_features(h.history, day.as_of)'), learnt_column);
    END IF;
    -- Customers who are alike; the histories know to which NAME they belong, whatever it is called by now.
    IF chosen.clusters IS NOT NULL THEN
        bases := bases || format(@extschema@.cltv_sql(E',\n             @cltv@.feature_base(@cltv@.cluster_features(h.history, day.as_of)) AS by_likeness'));
        learner_columns := learner_columns || format(@extschema@.cltv_sql(E',\n       k.fitted AS clusters, @cltv@.model_status(k.fitted) AS clusters_status, '
                                                                           'k.dropped AS clusters_dropped'));
        learner_joins := learner_joins || format(@extschema@.cltv_sql(
            E'\nLEFT JOIN LATERAL @cltv@.cltv_clustered(n.by_likeness, %s, @cltv@.cltv_clusters_before(%L::regclass)) AS k ON true'),
            CASE chosen.clusters WHEN 'auto' THEN 'NULL::int' ELSE chosen.clusters END, source);
        cluster_says := format(@extschema@.cltv_sql(E',\n           @cltv@.cluster(m.clusters, @cltv@.cluster_features(h.history, day.as_of)) AS cluster'));
    END IF;
    -- The names of all that is fitted, as cltv_backtest has them, and a third of the time at most to judge them by.
    IF chosen.choose = 'holdout' THEN
        bases := bases || E',\n             max(s.tenure) AS span';
        held_out := format(
            @extschema@.cltv_sql(E'\n        CROSS JOIN (SELECT @cltv@.cltv_held_out(%L::regclass, name %L, name %L, name %L, n.as_of, '
                'least(%L::float8, floor(n.span / 3))::int, CASE WHEN n.span >= 90 THEN %L::text[] END, '
                '%L::name, %L::name, text %L, text %L, %L::regclass, %L::text[]) AS rmse OFFSET 0) AS held'),
            chosen.orders, chosen.customer, chosen.ordered_at, chosen.amount, chosen.horizon,
            (SELECT array_agg(concat_ws(': ', f.name, s.season, a.acts_on) ORDER BY f.name, s.season NULLS FIRST, a.acts_on NULLS FIRST)
             FROM @extschema@.cltv_families() AS f, unnest(seasons || NULL::text) AS s (season),
                  unnest(CASE WHEN chosen.attributes IS NULL THEN ARRAY[NULL::text]
                         ELSE ARRAY[NULL, 'purchases', 'purchases, dropout'] END) AS a (acts_on)
             WHERE f.name = ANY (families) AND (s.season IS NULL OR f.has_calendar)
                 AND (a.acts_on IS NULL OR string_to_array(a.acts_on, ', ') <@ f.attributes)),
            chosen.order_id, chosen.refund_of, chosen.refunds, chosen.amounts, chosen.customers, chosen.attributes);
    END IF;
    IF chosen.signed_up IS NOT NULL THEN
        SELECT format(CASE c.base_type WHEN 'timestamptz'::regtype THEN '(%1$s AT TIME ZONE %2$L)::date' ELSE '%1$s::date' END,
                      c.term, current_setting('TimeZone')) INTO signed_up_day
        FROM @extschema@.cltv_source_column(chosen.customers, chosen.signed_up, text 'signed_up', name 'c') AS c;
    END IF;
    PERFORM @extschema@.cltv_warn_of_owner(ARRAY[chosen.orders, chosen.customers]);

    keep := @extschema@.cltv_retention(to_regclass(format('%I.%I', home, base)));
    CALL @extschema@.cltv_clear(home, base, '{"",_model,_history,_segments,_rfm_grid,_value_bands,_at_risk,_forecast,_next}'::text[]
        || CASE WHEN chosen.revenue IS NOT NULL THEN ARRAY['_revenue'] END || CASE WHEN chosen.cohorts IS NOT NULL THEN ARRAY['_cohorts'] END
        || CASE WHEN chosen.products IS NOT NULL THEN ARRAY['_products'] END || CASE WHEN chosen.clusters IS NOT NULL THEN ARRAY['_clusters'] END
        || CASE WHEN chosen.incremental THEN '{_source,_watermark}'::text[] END, chosen.replace);

    IF chosen.customers IS NOT NULL THEN
        EXECUTE format('SELECT min(twice.customer) FROM (SELECT format(''%%s'', c.%1$s) AS customer FROM %2$s AS c '
                       'WHERE c.%1$s IS NOT NULL GROUP BY c.%1$s HAVING count(*) > 1) AS twice',
                       key, chosen.customers) INTO obstacle;
        IF obstacle IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'unique_violation',
                MESSAGE = format('duplicate customer %L in %s', obstacle, chosen.customers),
                HINT = 'A customer has one row of attributes.';
        END IF;
    END IF;

    -- One history a customer.
    model_view := format('%I.%I', home, base || '_model');
    IF chosen.incremental THEN
        by_customer := chosen.order_id IS NOT NULL OR chosen.refunds = 'match';
        -- The lines as they are: which make an order, and what is refunded, is found out by a fold.
        EXECUTE format(E'CREATE VIEW %I.%I AS\nSELECT %s, %s AS ordered_at, %s AS amount%s\nFROM %s%s',
                       home, base || '_source', read.customer_term, read.stored_time_term, read.amount_term,
                       CASE WHEN chosen.order_id IS NOT NULL THEN format(', %s AS order_key, %s AS refunded_key',
                           @extschema@.cltv_key_term(chosen.orders, chosen.order_id, text 'order_id'),
                           coalesce(@extschema@.cltv_key_term(chosen.orders, chosen.refund_of, text 'refund_of'),
                                    'NULL::text')) END,
                       read.rows_term,
                       CASE WHEN chosen.as_of IS NOT NULL THEN format(' AND %s < DATE %L + 1', read.time_term, chosen.as_of) END);
        EXECUTE format('CREATE TABLE %1$I.%2$I (settled_until date, late_days int NOT NULL '
                       'CHECK (late_days BETWEEN 0 AND 100000), '
                       'time_zone text)', home, base || '_watermark');
        EXECUTE format('INSERT INTO %I.%I VALUES (NULL, $1, $2)', home, base || '_watermark')
        USING chosen.late_days, read.time_zone;
        -- A fold writes some rows of every page: with room left there, next to them, and no index to change.
        EXECUTE format(@extschema@.cltv_sql(
            'CREATE TABLE %1$s WITH (fillfactor = 85) AS SELECT s.%2$s, NULL::' || CASE WHEN by_customer THEN 'boolean AS open, '
            ELSE '@cltv@.purchase_history AS settled, ' END ||
            'NULL::@cltv@.purchase_history AS history FROM %3$I.%4$I AS s WITH NO DATA'),
            source, key, home, base || '_source');
        IF by_customer THEN
            EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (%s)', source, key);
        END IF;
    ELSE
        IF chosen.order_id IS NULL AND chosen.refunds = 'subtract' THEN     -- as cltv_refresh_step has it
            PERFORM set_config('enable_hashagg', 'off', true);
        END IF;
        EXECUTE format(@extschema@.cltv_sql($sql$
CREATE MATERIALIZED VIEW %1$s AS
SELECT q.customer AS %2$s, @cltv@.purchase_history(q.ordered_at, q.amount%5$s) AS history
FROM (%3$s) AS q
WHERE q.ordered_at < %4$s
GROUP BY q.customer$sql$), source, key, read.query,
            CASE WHEN chosen.as_of IS NOT NULL THEN format('DATE %L + 1', chosen.as_of)
            ELSE format(@extschema@.cltv_sql(
                $sql$(SELECT @cltv@.cltv_plausible_day(array_agg(d.day), array_agg(d.n)) + 1
    FROM (SELECT u.day, count(*) AS n FROM (SELECT %1$s::date AS day FROM %2$s) AS u GROUP BY u.day) AS d)$sql$),
                read.time_term, read.rows_term) END,
            CASE chosen.amounts WHEN 'signed' THEN ', text ''signed''' ELSE '' END);
        EXECUTE format('CREATE UNIQUE INDEX ON %s (%s)', source, key);
        PERFORM set_config('enable_hashagg', hashes_before, true);
    END IF;

    day := CASE WHEN chosen.as_of IS NULL
           THEN format(@extschema@.cltv_sql('SELECT max(@cltv@.last_row(h.history)) AS as_of FROM %s AS h'), source)
           ELSE format('SELECT DATE %L AS as_of', chosen.as_of) END;
    horizon_term := CASE WHEN chosen.horizon < 'infinity' THEN chosen.horizon::text
                    ELSE quote_literal(chosen.horizon) END || '::float8';

    -- The models, one row even of no customers.
    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE MATERIALIZED VIEW %1$s AS
SELECT n.as_of, o.fitted AS orders_model, s.fitted AS spend_model,
       %2$s,
       %6$s,
       @cltv@.model_status(o.fitted) AS status, @cltv@.model_status(s.fitted) AS spend_status,
       n.customers, @cltv@.log_likelihood(o.fitted) AS log_likelihood, @cltv@.aic(o.fitted) AS aic, o.family, o.compared,
       CASE WHEN n.digits <= 4 THEN n.digits END AS digits, s.family AS spend_family, s.compared AS spend_compared%7$s%11$s
FROM (SELECT max(day.as_of) AS as_of, @cltv@.customer_base(s.frequency, s.recency, s.tenure) AS base,
             @cltv@.spend_base(s.frequency::float8, s.monetary_value, s.first_value) AS spends, count(s.frequency) AS customers,
             max(@cltv@.cltv_money_digits(s.revenue)) AS digits%8$s
      FROM (%3$s) AS day
      CROSS JOIN LATERAL (SELECT h.*, @cltv@.rfm_summary(h.history, day.as_of) AS of_customer FROM %4$s AS h OFFSET 0) AS h
      CROSS JOIN LATERAL (SELECT (h.of_customer).*) AS s%9$s) AS n
LEFT JOIN LATERAL (
    WITH f AS MATERIALIZED (
        SELECT v.family, v.season, v.attributes, v.fitted%13$s
        FROM (VALUES %5$s) AS v (family, season, attributes, fitted)%14$s
    )
    SELECT f.family, f.season, f.attributes, f.fitted,
           (SELECT jsonb_object_agg(concat_ws(': ', g.family, g.season, g.attributes),
                                    jsonb_build_object('status', coalesce(@cltv@.model_status(g.fitted), 'not fitted'),
                                                       'bic', @cltv@.bic(g.fitted)%15$s)) FROM f AS g) AS compared
    FROM f
    ORDER BY @cltv@.cltv_usable(f.fitted) DESC, %16$sround(@cltv@.bic(f.fitted)::numeric, 6), array_position(%17$L::text[], f.family)
    LIMIT 1) AS o ON true
LEFT JOIN LATERAL (
    WITH f AS MATERIALIZED (
        SELECT v.model AS family, NULL::text AS attributes, v.status, v.bic, v.fitted, v.place
        FROM @cltv@.spend_fits(n.spends)
             WITH ORDINALITY AS v (model, status, log_likelihood, aic, bic, fitted, place)%10$s
    )
    SELECT f.family, f.attributes, f.fitted,
           (SELECT jsonb_object_agg(concat_ws(': ', g.family, g.attributes),
                                    jsonb_build_object('status', coalesce(g.status, 'not fitted'), 'bic', g.bic)) FROM f AS g) AS compared
    FROM f
    ORDER BY @cltv@.cltv_usable(f.fitted) DESC, f.bic, f.place
    LIMIT 1) AS s ON true%12$s
WITH NO DATA$sql$),
        model_view, parameters,
        CASE WHEN chosen.calendar IS NOT NULL
        THEN format('SELECT d.as_of%2$s FROM (%1$s) AS d', day,
                    (SELECT string_agg(format(@extschema@.cltv_sql(', @cltv@.cltv_year_calendar(text %1$L, d.as_of) AS %1$I'), u.season), '')
                     FROM unnest(seasons) AS u (season)))
        ELSE day END, source, fits, spend_parameters,
        CASE WHEN chosen.attributes IS NOT NULL
        THEN E',\n       string_to_array(concat_ws('', '', o.attributes, s.attributes), '', '') AS attributes' ELSE '' END
        || CASE WHEN chosen.calendar IS NOT NULL THEN E',\n       o.season AS calendar' ELSE '' END,
        bases, joined_customers, spend_fits, learner_columns, learner_joins,
        CASE WHEN held_out <> '' THEN E',\n               (held.rmse ->> concat_ws('': '', v.family, v.season, v.attributes))::float8 AS rmse' END,
        held_out, CASE WHEN held_out <> '' THEN ', ''rmse'', g.rmse' END, CASE WHEN held_out <> '' THEN 'f.rmse, ' END,
        -- Of those that are the same at a limit the simplest, as orders_fit takes it.
        ARRAY(SELECT f.name FROM @extschema@.cltv_families() AS f WHERE f.name = ANY (families)
              ORDER BY cardinality(f.parameters), f.name));
    EXECUTE format('CREATE UNIQUE INDEX ON %s (as_of)', model_view);

    -- One row a customer. Who never ordered is told apart by a history that is not there.
    everybody := source;
    IF chosen.all_customers THEN
        everybody := format(E'(SELECT k.%1$s, k.history FROM %2$s AS k%3$s\n          UNION ALL SELECT c.%1$s, NULL FROM %4$s AS c '
            'WHERE NOT c.%1$s IS NULL AND NOT EXISTS (SELECT FROM %2$s AS k WHERE c.%1$s %5$s k.%1$s%6$s))',
            key, source, CASE WHEN by_customer THEN ' WHERE k.history IS NOT NULL' ELSE '' END, chosen.customers, same_customer,
            CASE WHEN by_customer THEN ' AND k.history IS NOT NULL' ELSE '' END);
    END IF;
    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE MATERIALIZED VIEW %1$I.%2$I AS
WITH told AS (          -- a window keeps all that comes into it, and so the models stay out of it
    SELECT h.%3$s, s.first_order, s.last_order, %11$s AS orders, @cltv@.cltv_money(%12$s, m.digits) AS revenue, s.frequency,
           s.recency, %13$s AS tenure, @cltv@.cltv_money(s.monetary_value, m.digits + 4) AS monetary_value,
           @cltv@.cltv_money(s.first_value, m.digits) AS first_value,
           s.orders::float8 AS orders_to_score, s.revenue AS revenue_to_score,
           %17$s%15$s%18$s%20$s%5$s
    FROM (%6$s) AS day
    LEFT JOIN %8$s AS m ON true     -- before the histories: behind them it would be read again for each
    CROSS JOIN LATERAL (SELECT k.*, (k.of_customer).*       -- each column is taken out once, however often it is named
        FROM (SELECT h.*, @cltv@.rfm_summary(h.history, day.as_of) AS of_customer FROM %7$s AS h OFFSET 0) AS k OFFSET 0) AS h
    CROSS JOIN LATERAL (SELECT h.frequency, h.recency, h.tenure, h.monetary_value, h.first_value, h.orders, h.revenue,
                               h.first_order, h.last_order) AS s%9$s
    OFFSET 0
), predicted AS (
    SELECT t.*, (@cltv@.rfm_score(t.last_order, t.orders_to_score, t.revenue_to_score, %4$s) OVER ()).*,
           @cltv@.value_tier(t.cltv, '{0.2,0.5}'::float8[], text 'customers') OVER () AS value_tier
    FROM told AS t
)
SELECT p.%3$s, p.first_order, p.last_order, p.orders, p.revenue, p.frequency, p.recency, p.tenure, p.monetary_value,
       p.first_value, p.r, p.f, p.m, %14$s AS segment%16$s, p.expected_orders, p.churn_prob, p.cltv,%21$s%19$s
       p.value_tier%10$s
FROM predicted AS p
WITH NO DATA$sql$),
        home, base, key, chosen.bins, carried_columns, day, everybody, model_view,
        CASE WHEN chosen.customers IS NULL THEN ''
        ELSE format(E'\n    LEFT JOIN %1$s AS c ON c.%2$s %3$s h.%2$s', chosen.customers, key, same_customer)
        END || coalesce(made_of, '') || CASE WHEN by_customer AND NOT chosen.all_customers THEN E'\n    WHERE h.history IS NOT NULL' ELSE '' END,
        carried_picks,
        CASE WHEN chosen.all_customers THEN 'coalesce(s.orders, 0)' ELSE 's.orders' END,
        CASE WHEN chosen.all_customers THEN 'coalesce(s.revenue, 0)' ELSE 's.revenue' END,
        CASE WHEN signed_up_day IS NOT NULL
        THEN format('CASE WHEN h.history IS NOT NULL THEN s.tenure WHEN %1$s > day.as_of THEN 0 '
                    'WHEN isfinite(%1$s) THEN (day.as_of - %1$s)::float8 END', signed_up_day)
        ELSE 's.tenure' END,
        @extschema@.cltv_segment_term(chosen.segments, chosen.all_customers),
        CASE WHEN chosen.attributes IS NOT NULL THEN ', k.attributes' END,
        CASE WHEN chosen.attributes IS NOT NULL THEN ', p.attributes' END,
        -- A model with a calendar asks when the purchases were.
        format(CASE WHEN chosen.calendar IS NOT NULL
               THEN @extschema@.cltv_sql($sql$@cltv@.expected_purchases(m.orders_model, h.history, day.as_of, %1$s%4$s) AS expected_orders,
           @cltv@.churn_prob(m.orders_model, h.history, day.as_of, %1$s%4$s) AS churn_prob,
           @cltv@.cltv_predict(m.orders_model, m.spend_model, h.history, day.as_of, %1$s, %2$s::float8, %3$s, %5$s) AS cltv$sql$)
               ELSE @extschema@.cltv_sql($sql$@cltv@.expected_purchases(m.orders_model, s.frequency::float8, s.recency, s.tenure, %1$s%4$s)
               AS expected_orders,
           @cltv@.churn_prob(m.orders_model, s.frequency::float8, s.recency, s.tenure, %1$s%4$s) AS churn_prob,
           @cltv@.cltv_predict(m.orders_model, m.spend_model, s.frequency::float8, s.recency, s.tenure,
                                    s.monetary_value, horizon => %1$s, discount_rate => %2$s::float8,
                                    margin => %3$s, days_per_unit => NULL::float8, first_value => s.first_value,
                                    %5$s) AS cltv$sql$) END,
               horizon_term, chosen.discount_rate, margin_term, by_attributes,
               CASE WHEN chosen.attributes IS NULL
               THEN replace('purchases => ?, dropout => ?, spend => ?', '?', 'NULL::@extschema@.features')
               ELSE substr(by_attributes, 3) || ', spend => CASE WHEN ''spend'' = ANY (m.attributes) THEN k.attributes END' END),
        concat(learner_says, cluster_says),
        concat(CASE WHEN learnt_column IS NOT NULL THEN format(' p.%I,', learnt_column) END, CASE WHEN cluster_says IS NOT NULL THEN ' p.cluster,' END), costs, net_values);
    EXECUTE format('CREATE UNIQUE INDEX ON %I.%I (%s)', home, base, key);

    -- What is made is written down before it is filled, so that cltv_fold and the others find it.
    made := format('%I.%I', home, base)::regclass;
    kept := options - 'replace' || jsonb_build_object(
        'orders', (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class AS c
                   JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = chosen.orders),
        'customers', (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class AS c
                      JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = chosen.customers));
    INSERT INTO @extschema@.cltv_made (customers, part, relation, options)
    SELECT made, p.part, to_regclass(format('%I.%I', home, base || p.suffix)),
           CASE p.part WHEN 'customers' THEN kept END
    FROM (VALUES ('customers', ''), ('history', '_history'), ('model', '_model'), ('source', '_source'),
                 ('watermark', '_watermark')) AS p (part, suffix)
    WHERE chosen.incremental OR p.part NOT IN ('source', 'watermark');
    IF chosen.incremental THEN
        PERFORM @extschema@.cltv_fold(made, true);
        IF NOT by_customer THEN
            EXECUTE format('ALTER TABLE %s ADD PRIMARY KEY (%s)', source, key);
        END IF;
    END IF;
    PERFORM @extschema@.cltv_keep_again(made, keep);
    PERFORM @extschema@.cltv_refresh_model(made, false);
    EXECUTE format('REFRESH MATERIALIZED VIEW %s', made);
    CALL @extschema@.cltv_chart_views(made);
    CALL @extschema@.cltv_next_view(made);
    IF chosen.revenue IS NOT NULL THEN CALL @extschema@.cltv_revenue_view(made); END IF;
    IF chosen.cohorts IS NOT NULL THEN CALL @extschema@.cltv_cohorts_view(made); END IF;
    IF chosen.products IS NOT NULL THEN CALL @extschema@.cltv_products_view(made); END IF;
    IF chosen.clusters IS NOT NULL THEN CALL @extschema@.cltv_clusters_view(made); END IF;
    CALL @extschema@.cltv_describe(made);
    CALL @extschema@.cltv_first_run(made, began);
END
$procedure$;
COMMENT ON PROCEDURE cltv_make(text, text, jsonb) IS
    'Internal: cltv_materialize with its arguments in one object and a default schema.
cltv_materialize calls it.';
