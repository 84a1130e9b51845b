
-- BG/BB ----------------------------------------------------------------------------------------------------------------

CREATE FUNCTION bgbb_fit(base customer_base) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_bgbb_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION bgbb_fit(customer_base) IS
'BG/BB model fitted by maximum likelihood to stored customers whose recency and tenure count opportunities (whole numbers, else error 22023); where the data do not tell the parameters, a model whose status says why, with a WARNING, and whose predictions are NULL. Fader, Hardie & Shang 2010';

CREATE AGGREGATE bgbb_fit(frequency bigint, recency float8, opportunities float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = bgbb_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE bgbb_fit(bigint, float8, float8) IS
'BG/BB model fitted to customers by maximum likelihood: frequency = opportunities with a purchase, recency = number of the last of them (0 without one), opportunities = opportunities so far, 0 <= frequency <= recency <= opportunities <= 100000, whole numbers (else error 22023); rows with a NULL are skipped, no rows: NULL; where the data do not tell the parameters, a model whose status says why, with a WARNING. Fader, Hardie & Shang 2010';

CREATE AGGREGATE bgbb_fit(frequency float8, recency float8, opportunities float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = bgbb_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE bgbb_fit(float8, float8, float8) IS
'BG/BB model fitted to customers, with a frequency that other software keeps as a fraction: it must be a whole number, 2.5 is error 22023; all else as with a bigint frequency';

CREATE AGGREGATE bgbb_fit(frequency float8, recency float8, opportunities float8, weight float8) (
    SFUNC = customer_base_accum,
    STYPE = customer_base,
    SSPACE = 512,
    COMBINEFUNC = customer_base_combine,
    FINALFUNC = bgbb_fit,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE bgbb_fit(float8, float8, float8, float8) IS
'BG/BB model fitted to a weighted sample or a table of counts: each row stands for as many customers as its weight says, from 0 (left out) to 2^53 (else error 22023); all else as without weights';

CREATE FUNCTION bgbb_model(alpha float8, beta float8, gamma float8, delta float8) RETURNS cltv_model
AS 'MODULE_PATHNAME', 'cltv_bgbb_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION bgbb_model(float8, float8, float8, float8) IS
'BG/BB model from published parameters, each above 0 (else error 22023): probabilities to purchase at an opportunity are Beta(alpha, beta), probabilities to leave before one are Beta(gamma, delta). Fader, Hardie & Shang 2010';

CREATE FUNCTION bgbb_predict(model cltv_model, frequency float8, recency float8, opportunities float8, horizon float8)
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_bgbb_predict' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION bgbb_predict(cltv_model, float8, float8, float8, float8) IS
'expected number of purchases of a customer at the next horizon opportunities, a whole number, 0 or more; ''infinity'' gives all purchases to come, infinite where gamma <= 1; impossible customers and models of another kind are errors (22023); NULL if the fit refused. Fader, Hardie & Shang 2010, eq. 13';

CREATE FUNCTION bgbb_dert(model cltv_model, frequency float8, recency float8, opportunities float8,
                          discount_rate float8, horizon float8 DEFAULT 'infinity')
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_bgbb_dert' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION bgbb_dert(cltv_model, float8, float8, float8, float8, float8) IS
'discounted expected residual transactions of a customer: the purchases expected at the next opportunities, the first one divided by 1 + discount_rate, the second by its square, and so on for horizon opportunities (all of them by default); discount_rate is a share per opportunity, 0 or more; bad values and models of another kind are errors (22023); NULL if the fit refused. Times margin and spend per purchase it is the residual lifetime value. Fader, Hardie & Shang 2010, eq. 14';
