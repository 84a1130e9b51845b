-- Clusters: customers who are alike -----------------------------------------------------------------------------------------

DO $install$
DECLARE
    form record;
    template CONSTANT text := $template$
CREATE FUNCTION attribute_base_accum(state feature_base, x features{argument}) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_attribute_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION attribute_base_accum(feature_base, features{type}) IS
'Internal: transition function of feature_base(features) and kmeans_fit.
Adds one customer{weighted}.';

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
        ('', '', '', 'Collects customers with attributes and no response, to be clustered.
For kmeans_fit, hclust_fit, silhouette and kmeans_choose; attributes by features(), and the response is 0;
mergeable by rollup; all rows must have the same attributes (else error 22023); rows that are NULL are
skipped; no rows give NULL.'),
        (', weight float8', ', float8', ' of a weighted sample', 'Collects a weighted sample of customers with attributes, to be clustered.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023).'))
        AS f (argument, type, weighted, what) LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(form));
    END LOOP;
END
$install$;

CREATE TYPE clusters;

CREATE FUNCTION clusters_in(cstring) RETURNS clusters
AS 'MODULE_PATHNAME', 'cltv_clusters_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clusters_in(cstring) IS
'Internal: input function of clusters.
Checks every number (22P02).';

CREATE FUNCTION clusters_out(clusters) RETURNS cstring
AS 'MODULE_PATHNAME', 'cltv_clusters_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clusters_out(clusters) IS
'Internal: output function of clusters.
JSON, digits exact.';

CREATE FUNCTION clusters_recv(internal) RETURNS clusters
AS 'MODULE_PATHNAME', 'cltv_clusters_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clusters_recv(internal) IS
'Internal: binary input function of clusters.
Checks every number (22P03).';

CREATE FUNCTION clusters_send(clusters) RETURNS bytea
AS 'MODULE_PATHNAME', 'cltv_clusters_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clusters_send(clusters) IS
'Internal: binary output function of clusters.
Version, method, status, sizes, names of attributes, means, standard deviations, clusters, mergers.';

CREATE TYPE clusters (
    INPUT = clusters_in,
    OUTPUT = clusters_out,
    RECEIVE = clusters_recv,
    SEND = clusters_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended,
    CATEGORY = 'm'
);
COMMENT ON TYPE clusters IS
'Clusters of similar customers.
Mean and standard deviation of each attribute, and of each cluster its customers, its centre and the sum of
squared distances within it; of a tree a cluster for each distinct customer and the mergers that make one of
all; made by kmeans_fit and hclust_fit, read by cluster, cluster_profile and silhouette; reads as JSON.';

CREATE CAST (clusters AS jsonb) WITH INOUT;
COMMENT ON CAST (clusters AS jsonb) IS 'Returns the clusters as a JSON object.';

CREATE FUNCTION kmeans_fit_final(state feature_base) RETURNS clusters
AS 'MODULE_PATHNAME', 'cltv_kmeans_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION kmeans_fit_final(feature_base) IS
'Internal: final function of kmeans_fit.';

CREATE FUNCTION kmeans_fit(base feature_base, k int DEFAULT 5, seed bigint DEFAULT 1, starts int DEFAULT 10,
                           standardise boolean DEFAULT true, "match" clusters DEFAULT NULL) RETURNS clusters
AS 'MODULE_PATHNAME', 'cltv_kmeans_fit' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50000;
COMMENT ON FUNCTION kmeans_fit(feature_base, int, bigint, int, boolean, clusters) IS
'Fits k clusters of stored customers by k-means.
K is 1 to 1000; the best of so many starts, drawn by the seed: the same for the same customers in any order;
standardise: distances in standard deviations of each attribute; labels are by size, the largest is 1, or with
match those of the clusters of an earlier fit to which they are nearest (as many, with the same attributes,
else error 22023); customers with a NULL are skipped and counted, a category is error 22023; fewer distinct
customers than k, or an attribute with one value, give no clusters, a status that says so, and a WARNING; NULL
other than match gives NULL. Arthur & Vassilvitskii 2007, Hamerly 2010.';

CREATE AGGREGATE kmeans_fit(x features) (
    SFUNC = attribute_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = kmeans_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE kmeans_fit(features) IS
'Fits five clusters of customers by k-means.
By their attributes, by features(), in standard deviations; kmeans_fit(feature_base(...), k => ...) has the
settings; otherwise as there; no rows give NULL.';

CREATE AGGREGATE kmeans_fit(x features, weight float8) (
    SFUNC = attribute_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = kmeans_fit_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE kmeans_fit(features, float8) IS
'Fits five clusters of a weighted sample by k-means.
Each row counts as that many customers, from 0 (left out) to 2^53 (else error 22023); otherwise as without
weights.';

CREATE FUNCTION hclust_fit(base feature_base, method text DEFAULT 'ward', standardise boolean DEFAULT true) RETURNS clusters
AS 'MODULE_PATHNAME', 'cltv_hclust_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION hclust_fit(feature_base, text, boolean) IS
'Fits a tree of clusters to stored customers.
Those who are nearest become one until all are, by method ward (Ward.D2 of R), single, complete or average
(else error 22023); cut by cluster(model, x, k); time and memory of the square of the distinct customers, 400
MB at 10,000; above these of 500 centres of k-means instead, of a draw of the customers, which the status
says; otherwise as kmeans_fit. Murtagh & Legendre 2014.';

CREATE FUNCTION model_status(model clusters) RETURNS text
AS 'MODULE_PATHNAME', 'cltv_clusters_status' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION model_status(clusters) IS
'Returns how clusters came about, or why there are none.
Fitted, fitted to 500 centres of k-means (trees of more than 10,000 distinct customers), or why there are
none: constant: ATTRIBUTE, too few distinct customers: N for k = K.';

CREATE FUNCTION "cluster"(model clusters, x features) RETURNS int
AS 'MODULE_PATHNAME', 'cltv_cluster' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION "cluster"(clusters, features) IS
'Returns the label of the cluster nearest to a customer.
Labels start at 1; x by features() with the attributes of the fit by their names (else error 22023), others
are ignored; NULL where one of them is NULL or the fit has no clusters; a tree needs a number of clusters
(else error 22023).';

CREATE FUNCTION "cluster"(model clusters, x features, k int) RETURNS int
AS 'MODULE_PATHNAME', 'cltv_cluster' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION "cluster"(clusters, features, int) IS
'Returns the label of a customer where a tree is cut into k clusters.
A tree of hclust_fit, whose largest cluster is 1: that of the nearest customer of the fit; k from 1 to the
tree''s leaves, of k-means only its own (else error 22023); otherwise as without k.';

CREATE FUNCTION cluster_profile(model clusters, OUT "cluster" int, OUT customers float8, OUT feature text, OUT mean float8, OUT z float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_cluster_profile' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 50;
COMMENT ON FUNCTION cluster_profile(clusters) IS
'Returns what characterises clusters of k-means, one row per cluster and attribute.
Customers, the mean of the attribute, and z, how many standard deviations of all customers that lies above the
mean of all (NULL where all have one value); no rows where a fit has no clusters; a tree needs a number of
clusters (else error 22023).';

CREATE FUNCTION cluster_profile(model clusters, k int, OUT "cluster" int, OUT customers float8, OUT feature text, OUT mean float8, OUT z float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_cluster_profile' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 50;
COMMENT ON FUNCTION cluster_profile(clusters, int) IS
'Returns what characterises the k clusters of a tree of hclust_fit.
As without k.';

CREATE FUNCTION silhouette(model clusters, base feature_base) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_silhouette' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION silhouette(clusters, feature_base) IS
'Returns how well clusters are separated, from -1 to 1.
The mean over customers of how much nearer the others of their own cluster are than those of the next, as a
share of the larger distance, 0 for one who is alone; exact up to 10,000 distinct customers, above of about so
many that a hash draws; the base needs the attributes of the fit (else error 22023); NULL where there are not
two clusters. Rousseeuw 1987.';

CREATE FUNCTION silhouette(model clusters, base feature_base, k int) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_silhouette' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION silhouette(clusters, feature_base, int) IS
'Returns how well the k clusters of a tree of hclust_fit are separated.
As without k.';

CREATE FUNCTION kmeans_choose(base feature_base, max_k int DEFAULT 10, seed bigint DEFAULT 1, standardise boolean DEFAULT true,
                              OUT k int, OUT within float8, OUT silhouette float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_kmeans_choose' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500000 ROWS 10;
COMMENT ON FUNCTION kmeans_choose(feature_base, int, bigint, boolean) IS
'Returns measures for k = 1 to max_k, to choose the number of clusters by.
For kmeans_fit; max_k is 1 to 100 (else error 22023), at most the distinct customers: within, the sum of
squared distances to the centres, which falls with k, and the silhouette, which is highest where clusters are
most apart (NULL for one cluster); seed and standardise as in kmeans_fit.';
