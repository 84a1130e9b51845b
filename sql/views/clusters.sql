-- Clusters of customers who are alike, in the views of a shop: fitted anew at each refresh, with the labels of the night before.

-- The model view is asked while it is being refreshed: until that ends it holds what it held before.
CREATE FUNCTION cltv_clusters_before(history regclass) RETURNS clusters
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
DECLARE
    model text;
    clusters @extschema@.clusters;
BEGIN
    SELECT p.full_name INTO model
    FROM @extschema@.cltv_made AS h, @extschema@.cltv_parts(h.customers) AS p
    JOIN pg_class AS c ON c.oid = p.relation AND c.relispopulated
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'clusters' AND a.atttypid = '@extschema@.clusters'::regtype
    WHERE h.relation = history AND h.part = 'history' AND p.part = 'model'
    ORDER BY h.made DESC LIMIT 1;
    IF model IS NOT NULL THEN
        EXECUTE format('SELECT m.clusters FROM %s AS m', model) INTO clusters;
    END IF;
    RETURN clusters;
END
$function$;
COMMENT ON FUNCTION cltv_clusters_before(regclass) IS
    'Internal: the clusters in the model of the NAME that a history belongs to.
NULL where there are none: before the first fit, or without the option clusters.';

CREATE FUNCTION cltv_clustered(base feature_base, k int, earlier clusters, OUT fitted clusters, OUT dropped text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000000 SET search_path = pg_catalog, pg_temp SET client_min_messages = error
AS $function$
#variable_conflict use_variable
DECLARE
    rest @extschema@.feature_base := base;
    same text;
    wanted int := k;
BEGIN
    dropped := '{}';
    IF base IS NULL THEN
        RETURN;
    END IF;
    -- What is the same for all tells nobody apart. One cluster is found at once.
    LOOP
        fitted := @extschema@.kmeans_fit(rest, 1, bigint '1', 1, true, NULL::@extschema@.clusters);
        same := substring(@extschema@.model_status(fitted) FROM '^constant: (.*)$');
        EXIT WHEN same IS NULL;
        rest := @extschema@.feature_base_without(rest, ARRAY[same]);
        IF rest IS NULL THEN
            RETURN;
        END IF;
        dropped := dropped || same;
    END LOOP;
    IF @extschema@.model_status(earlier) <> 'fitted' THEN
        earlier := NULL;
    END IF;
    -- A number that is chosen once stays, or nothing that was done by cluster would fit the next night.
    IF wanted IS NULL THEN
        wanted := coalesce(jsonb_array_length(earlier::jsonb -> 'clusters'),
                           (SELECT c.k FROM @extschema@.kmeans_choose(rest, 8, bigint '1', true) AS c
                            WHERE c.k >= 3 ORDER BY c.silhouette DESC NULLS LAST, c.k LIMIT 1), 3);
    END IF;
    IF jsonb_array_length(earlier::jsonb -> 'clusters') <> wanted
        OR jsonb_path_query_array(earlier::jsonb, '$.attributes[*].name') <> jsonb_path_query_array(fitted::jsonb, '$.attributes[*].name') THEN
        earlier := NULL;
    END IF;
    fitted := @extschema@.kmeans_fit(rest, wanted, bigint '1', 10, true, earlier);
END
$function$;
COMMENT ON FUNCTION cltv_clustered(feature_base, int, clusters) IS
    'Internal: k clusters of stored customers, with the labels of earlier ones where these are alike.
NULL for k: as many as before, at first the 3 to 8 of the best silhouette. Also returns the attributes that
were left out because all customers have the same; where all have, there are no clusters. No WARNING is given:
the status says why there are none. NULL for the base gives NULL.';

CREATE PROCEDURE cltv_clusters_view(customers regclass)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
AS $procedure$
#variable_conflict use_variable
DECLARE
    least_group CONSTANT int := coalesce((@extschema@.cltv_made_as(customers) ->> 'min_group')::int, 1);
    base text;
    home text;
    model text;
BEGIN
    SELECT m.home, m.base, m.model INTO home, base, model FROM @extschema@.cltv_made_names(customers) AS m;
    EXECUTE format(@extschema@.cltv_sql($sql$
CREATE VIEW %1$I.%2$I AS
SELECT v.cluster, count(*) AS customers, @cltv@.cltv_money(sum(v.revenue), (SELECT m.digits FROM %4$s AS m)) AS revenue,
       sum(v.expected_orders) AS expected_orders, sum(v.cltv) AS cltv, avg(v.cltv) AS cltv_per_customer, avg(v.churn_prob) AS churn_prob,
       exp(c.purchases) AS purchases, c.purchases_z, exp(c.silence) - 1 AS silence, c.silence_z, exp(c.spend) - 1 AS spend, c.spend_z
FROM %3$s AS v
LEFT JOIN (SELECT p.cluster, %6$s
           FROM %4$s AS m CROSS JOIN LATERAL @cltv@.cluster_profile(m.clusters) AS p GROUP BY p.cluster) AS c ON c.cluster = v.cluster
WHERE v.cluster IS NOT NULL
GROUP BY v.cluster, c.purchases, c.purchases_z, c.silence, c.silence_z, c.spend, c.spend_z%5$s$sql$),
        home, base || '_clusters', customers, model, CASE WHEN least_group > 1 THEN format(E'\nHAVING count(*) >= %s', least_group) END,
        (SELECT string_agg(format('max(p.mean) FILTER (WHERE p.feature = %1$L) AS %2$s, max(p.z) FILTER (WHERE p.feature = %1$L) AS %2$s_z',
                                  'log_' || u.name, u.name), ', ') FROM unnest('{purchases,silence,spend}'::text[]) AS u (name)));
    INSERT INTO @extschema@.cltv_made (customers, part, relation)
    VALUES (customers, 'clusters', format('%I.%I', home, base || '_clusters')::regclass);
END
$procedure$;
COMMENT ON PROCEDURE cltv_clusters_view(regclass) IS
    'Internal: makes NAME_clusters of a NAME of cltv_materialize that has clusters.
One row a cluster, of min_group customers at least. It must not exist.';
