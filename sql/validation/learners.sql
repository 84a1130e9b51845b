-- Learners beside models of purchases: trained on the window before, they say of the next one what they learnt ---------------

CREATE FUNCTION cltv_learners(OUT name text, OUT learns text, OUT call text) RETURNS SETOF record
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 10 SET search_path = pg_catalog, pg_temp
AS $$
    SELECT l.name, l.learns, coalesce(l.call, l.name || '_fit($1)')
    FROM (VALUES ('linear', 'revenue', NULL), ('tweedie', 'revenue', NULL), ('ziln', 'revenue', NULL), ('negbinom', 'purchases', NULL),
                 ('poisson', 'purchases', NULL), ('logistic', 'return', NULL),
                 ('svm', 'return', 'svm_fit($1, float8 ''1'', bigint ''1'')'),
                 ('mlp', 'revenue', 'mlp_fit($1, text ''ziln'', ''{8}''::int[], float8 ''0.001'', 500, bigint ''1'')'),
                 ('forest', 'revenue', 'forest_fit($1, 200, 12, float8 ''5'', bigint ''1'')'),
                 ('boost', 'revenue', 'boost_fit($1, text ''ziln'', 200, float8 ''0.05'', 4, float8 ''20'', float8 ''1'', jsonb ''{}'', 20, bigint ''1'')'))
         AS l (name, learns, call)
$$;
COMMENT ON FUNCTION cltv_learners() IS
    'Returns the learners that backtests and views take by name.
What each learns of a customer (the revenue of the window, the number of purchases in it, or whether there are
any), and how it is trained on a base $1.';

CREATE FUNCTION cltv_learner_rows(orders regclass, customer name, ordered_at name, amount name, cut date, as_of date, order_id name,
                                  refund_of name, refunds text, amounts text, customers regclass, attributes text[],
                                  OUT customer_id text, OUT known features, OUT revenue float8, OUT purchases float8, OUT returns float8)
RETURNS SETOF record
    LANGUAGE sql STABLE PARALLEL RESTRICTED COST 100000 ROWS 100000 SET search_path = pg_catalog, pg_temp
AS $$
    SELECT h.customer_id, CASE WHEN attributes IS NULL THEN own.features ELSE @extschema@.features_concat(own.features, h.features) END,
           h.holdout_revenue, h.holdout_purchases::float8, (h.holdout_purchases > 0)::int::float8
    FROM @extschema@.cltv_holdout_rows(orders, customer, ordered_at, amount, cut, as_of, order_id, refund_of, refunds, amounts, false, true,
                                       customers, attributes) AS h,
         LATERAL (SELECT @extschema@.learner_features(h.history, cut) AS features OFFSET 0) AS own
$$;
COMMENT ON FUNCTION cltv_learner_rows(regclass, name, name, name, date, date, name, name, text, text, regclass, text[]) IS
    'Internal: customers as of a cut as learners see them, and what they did by as_of.
Revenue, purchases and 1 or 0 for whether there were any. Arguments and errors are those of cltv_holdout_rows;
attributes of a customer who has no row in their table are not known.';

-- What tells nothing in the window, for it is the same for all or follows from the rest, is left out and tried again, and so is what
-- tells so much that its coefficient diverges.
CREATE FUNCTION cltv_learner_fit(learner text, base feature_base, OUT fitted cltv_model, OUT dropped text[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000000 SET search_path = pg_catalog, pg_temp SET client_min_messages = error
AS $$
#variable_conflict use_variable
DECLARE
    told text;
    trained text;
    rest @extschema@.feature_base := base;
BEGIN
    SELECT l.call INTO trained FROM @extschema@.cltv_learners() AS l WHERE l.name = learner;
    IF NOT FOUND THEN
        PERFORM @extschema@.cltv_refuse(text '22023',
            format('unknown learner %s', coalesce(quote_literal(learner), 'NULL')),
            NULL::text,
            (SELECT format('Learners are %s.', string_agg(l.name, ', ' ORDER BY l.name)) FROM @extschema@.cltv_learners() AS l));
    END IF;
    dropped := '{}';
    LOOP
        EXECUTE 'SELECT @extschema@.' || trained INTO fitted USING rest;
        told := substring(@extschema@.model_status(fitted) FROM '^(?:constant|collinear|separated): (?:purchases: |spend: )?(.*)$');
        EXIT WHEN told IS NULL OR told = ANY (dropped);
        dropped := dropped || told;
        rest := @extschema@.feature_base_without(rest, ARRAY[told]);
        EXIT WHEN rest IS NULL;     -- nothing tells customers apart
    END LOOP;
END
$$;
COMMENT ON FUNCTION cltv_learner_fit(text, feature_base) IS
    'Internal: trains a learner of cltv_learners() on a response_feature_base.
Also returns the attributes that were left out because all customers have the same, they follow from others,
or their coefficients diverge. Another name is error 22023; NULL for the base gives a NULL model. No WARNING
is given: the status says it.';

CREATE FUNCTION cltv_learnt(orders regclass, customer name, ordered_at name, amount name, cut date, as_of date, order_id name,
                            refund_of name, refunds text, amounts text, customers regclass, attributes text[], learners text[],
                            OUT learner text, OUT fitted cltv_model, OUT dropped text[])
RETURNS SETOF record
    LANGUAGE sql STABLE PARALLEL RESTRICTED COST 100000 ROWS 3 SET search_path = pg_catalog, pg_temp
AS $$
    WITH bases AS MATERIALIZED (
        SELECT @extschema@.response_feature_base(greatest(r.revenue, 0), r.known) AS revenue,
               @extschema@.response_feature_base(r.revenue, r.known) AS signed,
               @extschema@.response_feature_base(r.purchases, r.known) AS purchases, @extschema@.response_feature_base(r.returns, r.known) AS return
        FROM @extschema@.cltv_learner_rows(orders, customer, ordered_at, amount, cut, as_of, order_id, refund_of, refunds, amounts, customers,
                                           attributes) AS r
        WHERE learners IS NOT NULL
    )
    SELECT u.learner, f.fitted, f.dropped
    FROM bases AS b, unnest(learners) AS u (learner)
    LEFT JOIN @extschema@.cltv_learners() AS l ON l.name = u.learner,
    LATERAL @extschema@.cltv_learner_fit(u.learner, CASE l.learns WHEN 'purchases' THEN b.purchases WHEN 'return' THEN b.return
                                                    WHEN 'revenue' THEN CASE WHEN u.learner IN ('linear', 'forest') THEN b.signed ELSE b.revenue END END) AS f
$$;
COMMENT ON FUNCTION cltv_learnt(regclass, name, name, name, date, date, name, name, text, text, regclass, text[], text[]) IS
    'Internal: trains learners of cltv_learners() on customers as of a cut.
One row each, with what customers did by as_of, as in cltv_learner_fit. Arguments and errors are those of
cltv_holdout_rows.';
