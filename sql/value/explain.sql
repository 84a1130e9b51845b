-- What made a prediction of orders, or of value, what it is -------------------------------------------------------------------

-- A model as it were without its calendar: as if all days were alike.
CREATE FUNCTION cltv_without_calendar(model cltv_model) RETURNS cltv_model
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN m.fields ? 'calendar'
        THEN ((m.fields - '{calendar,season,season_on_dropout}'::text[])
              || '{"covariance": null, "status": "given", "iterations": null, "log_likelihood": null, "customers": null}')::text::@extschema@.cltv_model
        ELSE model END
    FROM (SELECT model::jsonb AS fields) AS m
$$;
COMMENT ON FUNCTION cltv_without_calendar(cltv_model) IS
'Internal: the model with the same parameters and no calendar.
As if all days were alike; one that has none as it is; NULL gives NULL.';

-- Only how many purchases there were, and on which day the first and the last, is known of somebody who is not there.
CREATE FUNCTION cltv_history_like(first_day date, recency int, frequency int) RETURNS purchase_history
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT @extschema@.purchase_history(d.day, NULL::float8)
    FROM (SELECT first_day + round(recency::numeric * i / greatest(frequency, 1))::int AS day FROM generate_series(0, frequency) AS i) AS d
$$;
COMMENT ON FUNCTION cltv_history_like(date, int, int) IS
'Internal: a history of evenly spaced orders, with a given frequency and recency.
Frequency may not exceed recency in days; amounts are not known; NULL gives NULL.';

-- What a part adds, in the mean over all orders in which the parts may come.
CREATE FUNCTION cltv_shapley(worth float8[]) RETURNS float8[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    n CONSTANT int := round(log(2, cardinality(worth)));
    added float8[] := '{}';
    total float8;
    share float8;
    set_size int;
BEGIN
    FOR part IN 1 .. n LOOP
        total := 0;
        FOR subset IN 0 .. (1 << n) - 1 LOOP
            CONTINUE WHEN (subset >> (part - 1)) & 1 = 1;
            set_size := (SELECT count(*) FROM generate_series(0, n - 1) AS i WHERE (subset >> i) & 1 = 1);
            -- |S|! (n - |S| - 1)! / n!
            share := (SELECT coalesce(exp(sum(ln(i::float8 / (n - i)))), 1) FROM generate_series(1, set_size) AS i) / n;
            total := total + share * (worth[subset + (1 << (part - 1)) + 1] - worth[subset + 1]);
        END LOOP;
        added := added || total;
    END LOOP;
    RETURN added;
END
$$;
COMMENT ON FUNCTION cltv_shapley(float8[]) IS
'Internal: Shapley values of parts from what each set of them is worth.
worth[1 + s] is that of the set in which part i is if bit i - 1 of s is set. NULL gives NULL. Shapley 1953';

CREATE FUNCTION explain(orders_model cltv_model, spend_model cltv_model, history purchase_history, as_of date, horizon float8 DEFAULT 365,
                        discount_rate float8 DEFAULT 0.10, margin float8 DEFAULT 1, attributes features DEFAULT NULL,
                        average features DEFAULT NULL, OUT feature text, OUT value text, OUT contribution float8)
RETURNS SETOF record
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100000 ROWS 6 SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
AS $$
#variable_conflict use_variable
DECLARE
    -- What the models read of attributes, and what the customers and the average have of it.
    roles CONSTANT text[] := ARRAY(SELECT DISTINCT d.part ->> 'role' FROM (
        SELECT jsonb_array_elements(coalesce(orders_model::jsonb -> 'design', '[]') || coalesce(spend_model::jsonb -> 'design', '[]'))) AS d (part)
        WHERE d.part ->> 'role' IS NOT NULL);
    has_spend CONSTANT boolean := spend_model IS NOT NULL;
    plain CONSTANT @extschema@.cltv_model := @extschema@.cltv_without_calendar(orders_model);
    had record;
    first_day date;
    parts text[] := '{recency,frequency}';
    n int;
    usual float8;       -- what the model expects of somebody known for as long
    counts int[];
    weights float8[];
    amount float8;
    orders float8;
    known @extschema@.features;
    model @extschema@.cltv_model;
    likely @extschema@.purchase_history;
    spend float8;
    days int;
    worth float8[] := '{}';     -- of each set of parts that are the customer's, the others being the average's
    added float8[];
    is_own boolean[];
BEGIN
    IF orders_model IS NULL OR history IS NULL OR as_of IS NULL OR horizon IS NULL OR discount_rate IS NULL OR margin IS NULL THEN
        RETURN;
    END IF;
    SELECT s.* INTO STRICT had FROM @extschema@.rfm_summary(history, as_of) AS s;
    IF had.frequency IS NULL THEN
        RETURN;
    END IF;
    first_day := had.first_order;
    IF cardinality(roles) > 0 THEN
        IF attributes IS NULL OR average IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('the models have attributes, and %s is NULL', CASE WHEN attributes IS NULL THEN 'attributes' ELSE 'average' END),
                HINT = 'Give both: those of the customer, and those to compare with, such as the most common ones.';
        END IF;
        parts := parts || text 'attributes';
    END IF;
    IF has_spend THEN
        parts := parts || text 'spend';
    END IF;
    IF orders_model::jsonb ? 'calendar' THEN
        parts := parts || text 'season';
    END IF;
    n := cardinality(parts);
    usual := least(had.tenure, @extschema@.expected_purchases(plain, had.tenure,
        CASE WHEN 'purchases' = ANY (roles) THEN average END, CASE WHEN 'dropout' = ANY (roles) THEN average END));
    IF greatest(usual, had.frequency) > 100000 THEN  -- every day for 270 years
        RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded',
            MESSAGE = format('explain would have to compare histories of %s orders', round(greatest(usual, had.frequency)::numeric)),
            DETAIL = 'That is what the customer has, or what the model expects of one who is known for as long.',
            HINT = 'Up to 100,000 are compared. Check the parameters of the model, and the first day of the history.';
    END IF;
    FOR subset IN 0 .. (1 << n) - 1 LOOP
        is_own := ARRAY(SELECT (subset >> (i - 1)) & 1 = 1 FROM generate_series(1, n) AS i ORDER BY i);
        known := CASE WHEN coalesce(is_own[array_position(parts, text 'attributes')], true) THEN attributes ELSE average END;
        model := CASE WHEN coalesce(is_own[array_position(parts, text 'season')], true) THEN orders_model ELSE plain END;
        -- A number of purchases that is no whole one lies between two that are.
        IF is_own[2] THEN
            counts := ARRAY[had.frequency]; weights := '{1}';
        ELSE
            counts := ARRAY[floor(usual), floor(usual) + 1]; weights := ARRAY[floor(usual) + 1 - usual, usual - floor(usual)];
        END IF;
        amount := 0;
        FOR i IN 1 .. cardinality(counts) LOOP
            CONTINUE WHEN weights[i] = 0;
            IF is_own[1] AND is_own[2] THEN
                likely := history;
            ELSE
                -- Silent for as long as the customer; or what is expected of so many purchases at any time, t x / (x + 1).
                days := CASE WHEN is_own[1] THEN had.recency ELSE round(had.tenure * counts[i] / (counts[i] + 1.0)) END;
                days := CASE WHEN counts[i] = 0 THEN 0 ELSE least(had.tenure, greatest(days, counts[i])) END;
                likely := @extschema@.cltv_history_like(first_day, days, counts[i]);
            END IF;
            IF has_spend THEN
                SELECT @extschema@.cltv_predict(model, spend_model, likely, as_of, horizon, discount_rate, float8 '1',
                           CASE WHEN 'purchases' = ANY (roles) THEN known END, CASE WHEN 'dropout' = ANY (roles) THEN known END,
                           CASE WHEN 'spend' = ANY (roles) THEN known END)
                       / nullif(@extschema@.expected_spend(spend_model, l.frequency::float8, l.monetary_value, l.first_value,
                                                           CASE WHEN 'spend' = ANY (roles) THEN known END), 0)
                INTO orders FROM @extschema@.rfm_summary(likely, as_of) AS l;
            ELSE
                orders := @extschema@.expected_purchases(model, likely, as_of, horizon, CASE WHEN 'purchases' = ANY (roles) THEN known END,
                                                         CASE WHEN 'dropout' = ANY (roles) THEN known END);
            END IF;
            amount := amount + weights[i] * orders;
        END LOOP;
        IF has_spend THEN
            spend := CASE WHEN is_own[array_position(parts, text 'spend')]
                THEN @extschema@.expected_spend(spend_model, had.frequency::float8, had.monetary_value, had.first_value,
                                                CASE WHEN 'spend' = ANY (roles) THEN known END)
                ELSE @extschema@.expected_spend(spend_model, float8 '0', NULL::float8, NULL::float8, CASE WHEN 'spend' = ANY (roles) THEN known END) END;
            amount := amount * spend * margin;
        END IF;
        worth := worth || amount;
    END LOOP;

    feature := '(base)';
    value := NULL;
    contribution := worth[1];
    RETURN NEXT;
    added := @extschema@.cltv_shapley(worth);
    FOR part IN 1 .. n LOOP
        feature := parts[part];
        value := CASE parts[part] WHEN 'recency' THEN format('silent for %s days', had.tenure - had.recency)
            WHEN 'frequency' THEN format('%s repeat %s in %s days; usual: %s', had.frequency, CASE had.frequency WHEN 1 THEN 'purchase' ELSE 'purchases' END,
                                         had.tenure, round(usual::numeric, 1))
            WHEN 'spend' THEN format('%s per repeat purchase', coalesce(round(had.monetary_value::numeric, 2)::text, 'unknown'))
            WHEN 'attributes' THEN attributes::text ELSE format('the %s days after %s', horizon, as_of) END;
        contribution := added[part];
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION explain(cltv_model, cltv_model, purchase_history, date, float8, float8, float8, features, features) IS
'Returns how each property of a customer contributes to a prediction.
Recency, frequency, spend, attributes and season, one row each, after the row (base) of the average customer;
of cltv_predict or, without a model of spend, of expected_purchases: all rows add up to the prediction.
Shapley values: what a part adds in the mean over all orders in which the parts of the customer may take the
places of those of the average, who is known for as long, orders as often as the model expects, evenly, of the
mean spend, with the attributes average, on days that are all alike. Models are of orders in days; models with
attributes need both attributes and average (else error 22023); a customer without a purchase, a fit that
refused (contributions NULL) and NULL elsewhere give no answer. Shapley 1953; Lundberg & Lee 2017.';

CREATE FUNCTION cltv_order_on(day date, amount float8) RETURNS purchase_history
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT @extschema@.purchase_history(o.day, o.amount) FROM (SELECT day, amount) AS o $$;
COMMENT ON FUNCTION cltv_order_on(date, float8) IS 'Internal: the history of a customer with one order.
A NULL amount is unknown.';

CREATE FUNCTION cltv_if_ordered(orders_model cltv_model, spend_model cltv_model, history purchase_history, as_of date, horizon float8 DEFAULT 365,
                                discount_rate float8 DEFAULT 0.10, margin float8 DEFAULT 1, attributes features DEFAULT NULL)
RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10000 SET search_path = pg_catalog, pg_temp
AS $$
    WITH role AS (
        SELECT coalesce(array_agg(d.part ->> 'role'), '{}') AS names
        FROM (SELECT jsonb_array_elements(coalesce(orders_model::jsonb -> 'design', '[]') || coalesce(spend_model::jsonb -> 'design', '[]'))) AS d (part)
    ), given AS (
        SELECT CASE WHEN 'purchases' = ANY (r.names) THEN attributes END AS purchases, CASE WHEN 'dropout' = ANY (r.names) THEN attributes END AS dropout,
               CASE WHEN 'spend' = ANY (r.names) THEN attributes END AS spend
        FROM role AS r
    ), then_ AS (
        SELECT g.*, (SELECT @extschema@.rollup(u.history) FROM (VALUES (history), (@extschema@.cltv_order_on(as_of,
                   CASE WHEN spend_model IS NOT NULL THEN @extschema@.expected_spend(spend_model, s.frequency::float8, s.monetary_value, s.first_value, g.spend) END))) AS u (history)) AS history
        FROM given AS g, @extschema@.rfm_summary(history, as_of) AS s WHERE s.frequency IS NOT NULL
    )
    SELECT CASE WHEN spend_model IS NULL THEN @extschema@.expected_purchases(orders_model, t.history, as_of, horizon, t.purchases, t.dropout)
           ELSE @extschema@.cltv_predict(orders_model, spend_model, t.history, as_of, horizon, discount_rate, margin, t.purchases, t.dropout, t.spend) END
    FROM then_ AS t
$$;
COMMENT ON FUNCTION cltv_if_ordered(cltv_model, cltv_model, purchase_history, date, float8, float8, float8, features) IS
'Returns what the prediction would be if the customer ordered on the day as_of.
Of cltv_predict or, without a model of spend, of expected_purchases; the order itself is not counted.
Arguments and NULLs as in explain.';

-- Of contracts ---------------------------------------------------------------------------------------------------------------

CREATE FUNCTION explain(contracts_model cltv_model, renewals float8, horizon float8, amount float8 DEFAULT 1, average_amount float8 DEFAULT 1,
                        discount_rate float8 DEFAULT 0, attributes features DEFAULT NULL, average features DEFAULT NULL,
                        OUT feature text, OUT value text, OUT contribution float8)
RETURNS SETOF record
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10000 ROWS 4 SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
AS $$
#variable_conflict use_variable
DECLARE
    by_attributes CONSTANT boolean := jsonb_array_length(coalesce(nullif(contracts_model::jsonb -> 'design', 'null'), '[]')) > 0;
    parts CONSTANT text[] := '{tenure,amount}'::text[] || CASE WHEN by_attributes THEN '{attributes}'::text[] ELSE '{}' END;
    n CONSTANT int := cardinality(parts);
    worth float8[] := '{}';
    added float8[];
    behind float8;
BEGIN
    IF contracts_model IS NULL OR renewals IS NULL OR horizon IS NULL OR amount IS NULL OR average_amount IS NULL OR discount_rate IS NULL THEN
        RETURN;
    ELSIF by_attributes AND (attributes IS NULL OR average IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('the model has attributes, and %s is NULL', CASE WHEN attributes IS NULL THEN 'attributes' ELSE 'average' END),
            HINT = 'Give both: those of the customer, and those to compare with, such as the most common ones.';
    END IF;
    FOR subset IN 0 .. (1 << n) - 1 LOOP
        behind := CASE WHEN subset & 1 = 1 THEN renewals ELSE 0 END;
        worth := worth || CASE WHEN by_attributes
            THEN @extschema@.cltv_predict(contracts_model, behind, float8 '1', horizon, discount_rate, CASE WHEN subset & 4 = 4 THEN attributes ELSE average END)
            ELSE @extschema@.cltv_predict(contracts_model, behind, float8 '1', horizon, discount_rate) END
            * CASE WHEN subset & 2 = 2 THEN amount ELSE average_amount END;
    END LOOP;
    added := @extschema@.cltv_shapley(worth);
    feature := '(base)';
    value := NULL;
    contribution := worth[1];
    RETURN NEXT;
    FOR part IN 1 .. n LOOP
        feature := parts[part];
        value := CASE parts[part] WHEN 'tenure' THEN format('%s renewal%s', renewals, CASE renewals WHEN 1 THEN '' ELSE 's' END)
            WHEN 'amount' THEN format('%s per period; usual: %s', round(amount::numeric, 2), round(average_amount::numeric, 2)) ELSE attributes::text END;
        contribution := added[part];
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION explain(cltv_model, float8, float8, float8, float8, float8, features, features) IS
'Explains the value of a contract by its tenure, amount and attributes.
A row for each behind that of the average customer, (base), who has just begun, pays average_amount a period
and has the attributes average; all rows add up to cltv_predict(model, renewals, amount, horizon,
discount_rate). With amount and average_amount 1, the default, and no discount they explain the periods that
are expected. Shapley values, as those of orders. Models with attributes need both attributes and average
(else error 22023); a fit that refused has contributions of NULL, and NULL elsewhere gives no rows. Shapley 1953';
