-- Whom does it move? A model of what a treatment adds, customer by customer --------------------------------------------------

CREATE FUNCTION cltv_effect_learner_fit(learner text, base feature_base) RETURNS cltv_model
    LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000000 SET search_path = pg_catalog, pg_temp SET client_min_messages = error
AS $$
#variable_conflict use_variable
BEGIN
    -- Boosted trees of the backtests learn money, which is never below 0.
    IF learner = 'boost' THEN
        RETURN @extschema@.boost_fit(base, text 'squared', 200, float8 '0.05', 4, float8 '20', float8 '1', jsonb '{}', 20, bigint '1');
    ELSIF learner = 'tree' THEN     -- to be read by people
        RETURN @extschema@.tree_fit(base, 3, float8 '50');
    END IF;
    RETURN (SELECT f.fitted FROM @extschema@.cltv_learner_fit(learner, base) AS f);
END
$$;
COMMENT ON FUNCTION cltv_effect_learner_fit(text, feature_base) IS
'Internal: the fit of uplift_fit to a response of either sign.
The fit of uplift_fit to a response of either sign, by linear, tree, forest or boost.';

CREATE FUNCTION uplift_fit(base feature_base, learner text DEFAULT 'linear', folds int DEFAULT 5, seed bigint DEFAULT 1,
                           method text DEFAULT 'doubly_robust', repeats int DEFAULT 5) RETURNS cltv_model
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000000 SET search_path = pg_catalog, pg_temp SET client_min_messages = error SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    effects @extschema@.feature_base;
    seen record;
    trees int;
BEGIN
    IF learner NOT IN ('linear', 'tree', 'forest', 'boost') THEN
        RAISE invalid_parameter_value USING MESSAGE = format('unknown learner %L', learner), HINT = 'Learners of an effect are linear, tree, forest and boost.';
    ELSIF method NOT IN ('doubly_robust', 'two_models') THEN
        RAISE invalid_parameter_value USING MESSAGE = format('unknown method %L', method), HINT = 'Methods are doubly_robust and two_models.';
    ELSIF folds < 2 OR folds > 100 THEN
        RAISE invalid_parameter_value USING MESSAGE = format('folds %s is not between 2 and 100', folds), HINT = '5 or 10 are usual.';
    ELSIF repeats < 1 OR repeats > 100 THEN
        RAISE invalid_parameter_value USING MESSAGE = format('repeats %s is not between 1 and 100', repeats),
            HINT = '5 are usual, 1 is enough for hundreds of thousands of customers.';
    END IF;
    SELECT coalesce(bool_and(r."offset" IN (float8 '0', float8 '1')), false) AS marked, coalesce(sum(r.customers) FILTER (WHERE r."offset" = float8 '1'), 0) AS treated,
           coalesce(sum(r.customers) FILTER (WHERE r."offset" = float8 '0'), 0) AS others
    INTO seen FROM @extschema@.feature_rows(base) AS r;
    IF NOT seen.marked THEN
        RAISE invalid_parameter_value USING MESSAGE = 'the feature_base does not say who was treated',
            HINT = 'Make it with treatment_base(outcome, treated, x).';
    ELSIF seen.treated < 50 OR seen.others < 50 THEN
        RAISE invalid_parameter_value USING MESSAGE = format('too few customers: %s treated, %s not', seen.treated, seen.others),
            DETAIL = 'At least 50 of each are needed.';
    END IF;
    -- Of each customer the difference of two models and, doubly robust, how far the model of its own arm was off, over the chance of
    -- that arm; all three models have learnt from the customers of other folds only. The median over several deals into folds, as
    -- one deal decides much where customers are few.
    SELECT @extschema@.response_feature_base(e.effect, r.x, r.customers)
    INTO effects
    FROM (SELECT p.place, percentile_cont(float8 '0.5') WITHIN GROUP (ORDER BY
                     p.with_it - p.without + CASE WHEN method = 'two_models' THEN float8 '0' WHEN p.treated THEN (p.y - p.with_it) / p.chance
                                                  ELSE (p.without - p.y) / (float8 '1' - p.chance) END) AS effect
          FROM (SELECT u.place, u.y, u."offset" = float8 '1' AS treated,
                       coalesce(@extschema@.predict(m.with_it, u.x), m.mean_with) AS with_it, coalesce(@extschema@.predict(m.without, u.x), m.mean_without) AS without,
                       greatest(float8 '0.01', least(float8 '0.99', coalesce(@extschema@.predict(m.chance, u.x), m.share))) AS chance
                FROM generate_series(0, repeats - 1) AS d (deal),
                     LATERAL (SELECT @extschema@.cltv_fold_of_rows(base, folds, seed + d.deal) AS fold OFFSET 0) AS dealt,
                     generate_series(1, folds) AS f (fold),
                     LATERAL (SELECT @extschema@.cltv_effect_learner_fit(learner, o.of_treated) AS with_it, @extschema@.cltv_effect_learner_fit(learner, o.of_others) AS without,
                                     (SELECT c.fitted FROM @extschema@.cltv_learner_fit(text 'logistic', o.of_all) AS c) AS chance,
                                     o.mean_with, o.mean_without, o.share
                              FROM (SELECT @extschema@.response_feature_base(t.y, t.x, t.customers) FILTER (WHERE t."offset" = float8 '1') AS of_treated,
                                           @extschema@.response_feature_base(t.y, t.x, t.customers) FILTER (WHERE t."offset" = float8 '0') AS of_others,
                                           @extschema@.response_feature_base(t."offset" = float8 '1', t.x, t.customers) AS of_all,
                                           @extschema@.exact_sum(t.y * t.customers) FILTER (WHERE t."offset" = float8 '1') / sum(t.customers) FILTER (WHERE t."offset" = float8 '1') AS mean_with,
                                           @extschema@.exact_sum(t.y * t.customers) FILTER (WHERE t."offset" = float8 '0') / sum(t.customers) FILTER (WHERE t."offset" = float8 '0') AS mean_without,
                                           @extschema@.exact_sum(t."offset" * t.customers) / sum(t.customers) AS share
                                    FROM ROWS FROM (@extschema@.feature_rows(base), unnest(dealt.fold)) AS t (y, "offset", customers, x, fold)
                                    WHERE t.fold <> f.fold) AS o OFFSET 0) AS m,
                     LATERAL ROWS FROM (@extschema@.feature_rows(base), unnest(dealt.fold)) WITH ORDINALITY AS u (y, "offset", customers, x, fold, place)
                WHERE u.fold = f.fold) AS p
          WHERE p.with_it IS NOT NULL AND p.without IS NOT NULL
          GROUP BY p.place) AS e
    JOIN ROWS FROM (@extschema@.feature_rows(base)) WITH ORDINALITY AS r (y, "offset", customers, x, place) ON r.place = e.place;
    -- How many trees help, one fifth held out tells by chance: the median over as many fifths, of trees that learn from all.
    IF learner = 'boost' THEN
        SELECT percentile_disc(float8 '0.5') WITHIN GROUP (ORDER BY p.estimate)
        INTO trees
        FROM generate_series(0, repeats - 1) AS d (deal),
             LATERAL (SELECT @extschema@.boost_fit(effects, text 'squared', 200, float8 '0.05', 4, float8 '20', float8 '1', jsonb '{}', 20, seed + d.deal) AS model OFFSET 0) AS m,
             LATERAL @extschema@.model_params(m.model, float8 '0.95') AS p
        WHERE p.name = 'trees';
        RETURN @extschema@.boost_fit(effects, text 'squared', coalesce(greatest(trees, 1), 200), float8 '0.05', 4, float8 '20', float8 '1', jsonb '{}', 0, seed);
    END IF;
    RETURN @extschema@.cltv_effect_learner_fit(learner, effects);
END
$$;
COMMENT ON FUNCTION uplift_fit(feature_base, text, int, bigint, text, int) IS
'Fits a model of the effect of a treatment on a customer with attributes.
For uplift, from a treatment_base: a fit by linear (default), tree (three questions, for tree_rules), forest
or boost to the difference of two models, of the treated and of the others, which have learnt from other folds
of customers than those to whom they are applied; method doubly_robust (default) corrects it by how far each
was off over the chance of treatment (logistic, held to 0.01..0.99), two_models believes the two; of each
customer the median over so many repeats, 1 to 100, with other folds, by the seed and those after it, and of
boosted trees as many as help by the median over as many fifths held out; standard errors in model_params take
effects for known; judge it by qini on other customers; fewer than 50 treated or not, another learner, method,
number of folds or repeats or feature_base: error 22023; NULL gives NULL.
Kennedy 2023, Künzel et al. 2019, Chernozhukov et al. 2018.';

CREATE FUNCTION uplift(model cltv_model, x features) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_predict_response' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION uplift(cltv_model, features) IS
'Returns the effect of a treatment on a customer with attributes.
Under a model of uplift_fit, in units of the outcome: below 0 where it takes away; the same as predict, with
its errors; NULL gives NULL.';

CREATE FUNCTION best_treatment(models cltv_model[], costs float8[], value float8, x features) RETURNS int
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100 SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    IF cardinality(models) <> cardinality(costs) OR cardinality(models) = 0 THEN
        RAISE invalid_parameter_value USING MESSAGE = format('there are %s models and %s costs', cardinality(models), cardinality(costs)),
            HINT = 'Give a cost for each treatment, in the same order.';
    END IF;
    RETURN coalesce((
        SELECT t.n FROM (SELECT u.n::int AS n, @extschema@.uplift(u.model, x) AS added, u.cost
                         FROM ROWS FROM (unnest(models), unnest(costs)) WITH ORDINALITY AS u (model, cost, n)) AS t
        WHERE @extschema@.treat_worth(t.added, value, t.cost) ORDER BY t.added * value - t.cost DESC, t.n LIMIT 1), 0);
END
$$;
COMMENT ON FUNCTION best_treatment(cltv_model[], float8[], float8, features) IS
'Returns which of several treatments is worth most for a customer.
The place, from 1, of the model of uplift_fit with the highest uplift * value - cost, if that is above 0, else
0, no treatment; value is money a unit of the outcome, costs are money a treatment, 0 or more; another number
of costs than of models: error 22023; a model or a cost that is NULL is no treatment, another NULL gives NULL.';
