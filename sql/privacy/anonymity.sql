-- How many customers look alike ----------------------------------------------------------------------------------------------

DO $install$
DECLARE
    form record;
    template CONSTANT text := $template$
CREATE FUNCTION anonymity_base_accum(state feature_base, attributes features{argument}) RETURNS feature_base
AS 'MODULE_PATHNAME', 'cltv_anonymity_base_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION anonymity_base_accum(feature_base, features{type}) IS
'Internal: transition function of anonymity_base.
Adds one customer.';

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
        ('', '', 'Collects customers by attributes that somebody may know of them, for k_anonymity.
Also for k_anonymity_table; mergeable by rollup; an unknown attribute is a value like any other; NULL
attributes are skipped; no rows give NULL.'),
        (', sensitive text', ', text', 'Collects customers by attributes, with a sensitive value of each, for l_diversity.
The sensitive value may be a diagnosis or a rank of value; NULL is a value of its own; k_anonymity reads the
base, too.'))
        AS f (argument, type, what) LOOP
        EXECUTE @extschema@.cltv_filled(template, to_jsonb(form));
    END LOOP;
END
$install$;

CREATE FUNCTION k_anonymity(base feature_base) RETURNS bigint
AS 'MODULE_PATHNAME', 'cltv_k_anonymity' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION k_anonymity(feature_base) IS
'Returns the size of the smallest group of customers who share all attributes.
From an anonymity_base; 1 means that somebody is unique; NULL gives NULL; another feature_base is error 22023.
Sweeney 2002.';

CREATE AGGREGATE k_anonymity(attributes features) (
    SFUNC = anonymity_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = k_anonymity,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE k_anonymity(features) IS
'Returns the size of the smallest group of rows that share all attributes.
Each row is a customer; 1 means that somebody is unique; an attribute that is not known is a value like
others; NULL attributes are skipped; no rows give NULL. Sweeney 2002.';

CREATE FUNCTION l_diversity(base feature_base) RETURNS bigint
AS 'MODULE_PATHNAME', 'cltv_l_diversity' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION l_diversity(feature_base) IS
'Returns the number of distinct sensitive values in the least diverse group.
From an anonymity_base; 1 means that whoever knows the attributes of somebody in the group also knows the
sensitive value, however large the group is; NULL gives NULL; a base without a sensitive value is error 22023.
Machanavajjhala et al. 2007.';

CREATE AGGREGATE l_diversity(attributes features, sensitive text) (
    SFUNC = anonymity_base_accum,
    STYPE = feature_base,
    SSPACE = 1024,
    COMBINEFUNC = feature_base_combine,
    FINALFUNC = l_diversity,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE l_diversity(features, text) IS
'Returns the number of distinct sensitive values in the least diverse group of rows.
Groups are rows that share all attributes; 1 means that whoever knows the attributes of somebody in the group
also knows the sensitive value; a NULL sensitive value is a value of its own; NULL attributes are skipped; no
rows give NULL. Machanavajjhala et al. 2007.';

CREATE FUNCTION k_anonymity_table(base feature_base, below bigint DEFAULT NULL, OUT attributes features, OUT customers bigint,
                                  OUT sensitive_values bigint)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'cltv_k_anonymity_table' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 100;
COMMENT ON FUNCTION k_anonymity_table(feature_base, bigint) IS
'Returns the groups of customers who share all attributes, smallest first.
From an anonymity_base: their attributes, how many they are, and how many different sensitive values they have
(NULL where none is given); with below, groups of fewer customers only; a NULL base gives no rows; another
feature_base is error 22023.';
