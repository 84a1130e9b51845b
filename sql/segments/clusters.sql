-- Clusters: customers who are alike -----------------------------------------------------------------------------------------

DO $install$
DECLARE
    form record;
    template CONSTANT text := $template$
CREATE FUNCTION attribute_base_accum(state feature_base, x features{argument}) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_attribute_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION attribute_base_accum(feature_base, features{type}) IS
'transition function of feature_base(features) and kmeans_fit: adds one customer{weighted}';

CREATE AGGREGATE feature_base(x features{argument}) (
    SFUNC = attribute_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE feature_base(features{type}) IS
'{what}';
$template$;
BEGIN
    FOR form IN SELECT * FROM (VALUES
        ('', '', '', 'customers with attributes by features() and nothing that these are to explain (their response is 0), for kmeans_fit, hclust_fit, silhouette and kmeans_choose; mergeable by rollup; all rows must have the same attributes (else error 22023); rows that are NULL are skipped, no rows: NULL'),
        (', weight float8', ', float8', ' of a weighted sample', 'the same of a weighted sample: each row stands for as many customers as its weight says, from 0 (left out) to 2^53 (else error 22023)'))
        AS f (argument, type, weighted, what) LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(form));
    END LOOP;
END
$install$;

CREATE TYPE clusters;

CREATE FUNCTION clusters_in(cstring) RETURNS clusters
AS 'MODULE_PATHNAME', 'cltv_clusters_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clusters_in(cstring) IS
'input of clusters; checks every number (22P02)';

CREATE FUNCTION clusters_out(clusters) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_clusters_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clusters_out(clusters) IS
'output of clusters: JSON, digits exact';

CREATE FUNCTION clusters_recv(internal) RETURNS clusters
AS 'MODULE_PATHNAME', 'cltv_clusters_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clusters_recv(internal) IS
'binary input of clusters; checks every number (22P03)';

CREATE FUNCTION clusters_send(clusters) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_clusters_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clusters_send(clusters) IS
'binary output of clusters: version, method, status, sizes, names of attributes, means, standard deviations, clusters, mergers';

CREATE TYPE clusters (
    INPUT = clusters_in,
    OUTPUT = clusters_out,
    RECEIVE = clusters_recv,
    SEND = clusters_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE clusters IS
'clusters of customers who are alike: mean and standard deviation of each attribute, and of each cluster its customers, its centre and the sum of squared distances within it; of a tree a cluster for each distinct customer and the mergers that make one of all; made by kmeans_fit and hclust_fit, read by cluster, cluster_profile and silhouette; reads as JSON';

CREATE CAST (clusters AS jsonb) WITH INOUT;
COMMENT ON CAST (clusters AS jsonb) IS 'the clusters as a JSON object';

CREATE FUNCTION kmeans_fit_final(state feature_base) RETURNS clusters
AS 'MODULE_PATHNAME', 'cltv_kmeans_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION kmeans_fit_final(feature_base) IS
'final function of kmeans_fit';

CREATE FUNCTION kmeans_fit(base feature_base, k int DEFAULT 5, seed bigint DEFAULT 1, starts int DEFAULT 10,
                           standardise boolean DEFAULT true, "match" clusters DEFAULT NULL) RETURNS clusters
AS 'MODULE_PATHNAME', 'cltv_kmeans_fit' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION kmeans_fit(feature_base, int, bigint, int, boolean, clusters) IS
'k clusters (1 to 1000) of stored customers by k-means, the best of so many starts that the seed draws: the same for the same customers in any order; standardise: distances in standard deviations of each attribute; labels are by size, the largest is 1, or with match those of the clusters of an earlier fit to which they are nearest (as many, with the same attributes, else error 22023); customers with a NULL are skipped and counted, a category is error 22023; fewer distinct customers than k, or an attribute with one value, give no clusters, a status that says so, and a WARNING; NULL other than match gives NULL. Arthur & Vassilvitskii 2007, Hamerly 2010';

CREATE AGGREGATE kmeans_fit(x features) (
    SFUNC = attribute_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = kmeans_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE kmeans_fit(features) IS
'5 clusters of customers by k-means of their attributes, by features(), in standard deviations; kmeans_fit(feature_base(...), k => ...) has the settings; all else as there; no rows: NULL';

CREATE AGGREGATE kmeans_fit(x features, weight float8) (
    SFUNC = attribute_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = kmeans_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE kmeans_fit(features, float8) IS
'5 clusters of a weighted sample by k-means: each row stands for as many customers as its weight says, from 0 (left out) to 2^53 (else error 22023); all else as without weights';

CREATE FUNCTION hclust_fit(base feature_base, method text DEFAULT 'ward', standardise boolean DEFAULT true) RETURNS clusters
AS 'MODULE_PATHNAME', 'cltv_hclust_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION hclust_fit(feature_base, text, boolean) IS
'a tree of clusters of stored customers: those who are nearest become one until all are, by method ward (Ward.D2 of R), single, complete or average (else error 22023); cut by cluster(model, x, k); time and memory of the square of the distinct customers, 400 MB at 10,000; above these of 500 centres of k-means instead, of a draw of the customers, which the status says; all else as kmeans_fit. Murtagh & Legendre 2014';

CREATE FUNCTION model_status(model clusters) RETURNS text
AS 'MODULE_PATHNAME', 'cltv_clusters_status' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION model_status(clusters) IS
'how clusters came about: fitted, fitted to 500 centres of k-means (trees of more than 10,000 distinct customers), or why there are none: constant: ATTRIBUTE, too few distinct customers: N for k = K';

CREATE FUNCTION "cluster"(model clusters, x features) RETURNS int
AS 'MODULE_PATHNAME', 'cltv_cluster' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION "cluster"(clusters, features) IS
'the label of the cluster whose centre is nearest to a customer, from 1; x by features() with the attributes of the fit by their names (else error 22023), others are ignored; NULL where one of them is NULL or the fit has no clusters; a tree needs a number of clusters (else error 22023)';

CREATE FUNCTION "cluster"(model clusters, x features, k int) RETURNS int
AS 'MODULE_PATHNAME', 'cltv_cluster' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION "cluster"(clusters, features, int) IS
'the label of a customer where a tree of hclust_fit is cut into k clusters, of which the largest is 1: that of the nearest customer of the fit; k from 1 to the tree''s leaves, of k-means only its own (else error 22023); all else as without k';

CREATE FUNCTION cluster_profile(model clusters, OUT "cluster" int, OUT customers float8, OUT feature text, OUT mean float8, OUT z float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_cluster_profile' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 50;
COMMENT ON FUNCTION cluster_profile(clusters) IS
'what makes the clusters of k-means, a row for each and each attribute: customers, the mean of the attribute, and z, how many standard deviations of all customers that lies above the mean of all (NULL where all have one value); no rows where a fit has no clusters; a tree needs a number of clusters (else error 22023)';

CREATE FUNCTION cluster_profile(model clusters, k int, OUT "cluster" int, OUT customers float8, OUT feature text, OUT mean float8, OUT z float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_cluster_profile' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 50;
COMMENT ON FUNCTION cluster_profile(clusters, int) IS
'the same of the k clusters into which a tree of hclust_fit is cut';

CREATE FUNCTION silhouette(model clusters, base feature_base) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_silhouette' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION silhouette(clusters, feature_base) IS
'how well clusters set customers apart, from -1 to 1: the mean over customers of how much nearer the others of their own cluster are than those of the next, as a share of the larger distance, 0 for one who is alone; exact up to 10,000 distinct customers, above of about so many that a hash draws; the base needs the attributes of the fit (else error 22023); NULL where there are not two clusters. Rousseeuw 1987';

CREATE FUNCTION silhouette(model clusters, base feature_base, k int) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_silhouette' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION silhouette(clusters, feature_base, int) IS
'the same of the k clusters into which a tree of hclust_fit is cut';

CREATE FUNCTION kmeans_choose(base feature_base, max_k int DEFAULT 10, seed bigint DEFAULT 1, standardise boolean DEFAULT true,
                              OUT k int, OUT within float8, OUT silhouette float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_kmeans_choose' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500000 ROWS 10;
COMMENT ON FUNCTION kmeans_choose(feature_base, int, bigint, boolean) IS
'how many clusters to ask kmeans_fit for, a row for each number from 1 to max_k (1 to 100, else error 22023) or the distinct customers: within, the sum of squared distances to the centres, which falls with k, and the silhouette, which is highest where clusters are most apart (NULL for one cluster); seed and standardise as in kmeans_fit';
