-- How many customers look alike ----------------------------------------------------------------------------------------------

DO $install$
DECLARE
    form record;
    template CONSTANT text := $template$
CREATE FUNCTION anonymity_base_accum(state feature_base, attributes features{argument}) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_anonymity_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION anonymity_base_accum(feature_base, features{type}) IS
'transition function of anonymity_base: adds one customer';

CREATE AGGREGATE anonymity_base(attributes features{argument}) (
    SFUNC = anonymity_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = feature_base_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE anonymity_base(features{type}) IS
'{what}';
$template$;
BEGIN
    FOR form IN SELECT * FROM (VALUES
        ('', '', 'customers by the attributes that somebody may know of them, counted, for k_anonymity and k_anonymity_table; mergeable by rollup; an attribute that is not known is a value like others; rows with a NULL are skipped, no rows: NULL'),
        (', sensitive text', ', text', 'the same with something sensitive of each, such as a diagnosis or a rank of value, for l_diversity, too'))
        AS f (argument, type, what) LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(form));
    END LOOP;
END
$install$;

CREATE FUNCTION k_anonymity(base feature_base) RETURNS bigint
AS 'MODULE_PATHNAME', 'cltv_k_anonymity' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION k_anonymity(feature_base) IS
'how many customers are in the smallest group of those who are alike in all attributes of an anonymity_base: 1, and somebody is the only one of their kind; NULL gives NULL; another feature_base is error 22023. Sweeney 2002';

CREATE AGGREGATE k_anonymity(attributes features) (
    SFUNC = anonymity_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = k_anonymity,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE k_anonymity(features) IS
'how many rows, of which each is a customer, are in the smallest group of those that are alike in all attributes; 1, and somebody is the only one of their kind; an attribute that is not known is a value like others; rows with a NULL are skipped, no rows: NULL. Sweeney 2002';

CREATE FUNCTION l_diversity(base feature_base) RETURNS bigint
AS 'MODULE_PATHNAME', 'cltv_l_diversity' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION l_diversity(feature_base) IS
'how many different values of what is sensitive the least diverse group of an anonymity_base has: 1, and whoever knows the attributes of somebody in it knows the sensitive value, too, however large it is; NULL gives NULL; a base without a sensitive value is error 22023. Machanavajjhala et al. 2007';

CREATE AGGREGATE l_diversity(attributes features, sensitive text) (
    SFUNC = anonymity_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = l_diversity,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE l_diversity(features, text) IS
'how many different values of something sensitive are in the group, of the rows that are alike in all attributes, which has the fewest; 1, and whoever knows the attributes of somebody in it knows the sensitive value, too; rows with a NULL are skipped, no rows: NULL. Machanavajjhala et al. 2007';

CREATE FUNCTION k_anonymity_table(base feature_base, below bigint DEFAULT NULL, OUT attributes features, OUT customers bigint,
                                  OUT sensitive_values bigint)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_k_anonymity_table' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 100;
COMMENT ON FUNCTION k_anonymity_table(feature_base, bigint) IS
'the groups of customers who are alike in all attributes of an anonymity_base, the smallest first: their attributes, how many they are, and how many different sensitive values they have (NULL where none is given); with below, groups of fewer customers only; a NULL base gives no rows; another feature_base is error 22023';
