-- How much worse a model predicts when it is told another customer's value of an attribute ------------------------------------

-- In an order drawn by a hash every customer is given the value of the one so many places on, which leaves nobody their own.
CREATE FUNCTION permutation_importance(model cltv_model, base feature_base, repeats int DEFAULT 5, seed bigint DEFAULT 1,
                                       OUT feature text, OUT importance float8, OUT std_error float8, OUT gini_loss float8)
RETURNS SETOF record
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000000 ROWS 10 SET search_path = pg_catalog, pg_temp SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    IF repeats < 1 OR repeats > 1000 THEN
        RAISE invalid_parameter_value USING MESSAGE = format('repeats %s is not between 1 and 1000', repeats), HINT = '5 are usual.';
    END IF;
    RETURN QUERY
    WITH customer AS MATERIALIZED (
        SELECT row_number() OVER (ORDER BY drawn, k.place, k.n) - 1 AS at, k.y, k."offset", k.x, k.predicted
        FROM (SELECT r.place, c.n, r.y, r."offset", r.x, @extschema@.predict(model, r.x, r."offset") AS predicted,
                     sha256(convert_to(concat_ws(' ', r.place, c.n, seed), name 'UTF8')) AS drawn
              FROM ROWS FROM (@extschema@.feature_rows(base)) WITH ORDINALITY AS r (y, "offset", customers, x, place),
                   LATERAL generate_series(1, greatest(float8 '1', round(r.customers))::bigint) AS c (n)) AS k
        WHERE k.predicted IS NOT NULL
    ), seen AS MATERIALIZED (
        SELECT count(*) AS n, @extschema@.gini(c.y, c.predicted) AS gini,
               (SELECT @extschema@.feature_names(r.x) FROM @extschema@.feature_rows(base) AS r LIMIT 1) AS names
        FROM customer AS c
    ), told AS MATERIALIZED (
        SELECT f.name, d.nth, c.at, c.y, c.predicted,
               @extschema@.predict(model, coalesce(@extschema@.features_concat(
                   @extschema@.features_without(c.x, ARRAY[f.name]), @extschema@.features_without(o.x, array_remove(s.names, f.name))), o.x),
                                   c."offset") AS otherwise       -- where there is no other attribute, all of the other's
        FROM seen AS s CROSS JOIN LATERAL unnest(s.names) AS f (name) CROSS JOIN LATERAL generate_series(1, repeats) AS d (nth)
        CROSS JOIN customer AS c JOIN customer AS o ON o.at = (c.at + 1 + (s.n - 1) * (d.nth - 1) / repeats) % s.n
        WHERE s.n > 1
    ), rises AS (       -- sums are taken in order: the same to the last bit whatever the plan
        SELECT e.name, sum(e.rise ORDER BY e.at) / s.n AS rise,
               sqrt(greatest(float8 '0', sum(e.rise * e.rise ORDER BY e.at) - sum(e.rise ORDER BY e.at) ^ float8 '2' / s.n) / (s.n - 1) / s.n) AS std_error
        FROM seen AS s CROSS JOIN (SELECT t.name, t.at, sum((t.y - t.otherwise) ^ float8 '2' - (t.y - t.predicted) ^ float8 '2' ORDER BY t.nth) / repeats AS rise
                                   FROM told AS t GROUP BY t.name, t.at) AS e
        GROUP BY e.name, s.n
    ), ranked AS (
        SELECT g.name, sum(g.gini ORDER BY g.nth) / repeats AS gini
        FROM (SELECT t.name, t.nth, @extschema@.gini(t.y, t.otherwise) AS gini FROM told AS t GROUP BY t.name, t.nth) AS g GROUP BY g.name
    )
    SELECT r.name, r.rise, r.std_error, s.gini - g.gini
    FROM seen AS s CROSS JOIN rises AS r JOIN ranked AS g ON g.name = r.name ORDER BY r.rise DESC, r.name COLLATE "C";
END
$$;
COMMENT ON FUNCTION permutation_importance(cltv_model, feature_base, int, bigint) IS
'Returns how much worse a model predicts without knowing an attribute.
One row per attribute, most important first, for the customers of a base of response_feature_base, whom the
fit should not have seen: importance = by how much the mean squared error of predictions rises (for yes or no
the Brier score) when every customer has the value of another, with its error over the customers; gini_loss =
by how much the normalised Gini coefficient falls (2 AUC - 1 for yes or no); the mean over so many repeats, 1
to 1000 (else error 22023), in an order drawn by a hash with the seed; customers whose prediction is NULL are
left out, weights are rounded; fewer than 2 customers give no rows; NULL gives no rows. Breiman 2001, Fisher,
Rudin & Dominici 2019.';
