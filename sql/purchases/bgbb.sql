
-- BG/BB ----------------------------------------------------------------------------------------------------------------

CREATE FUNCTION bgbb_dert(model cltv_model, frequency float8, recency float8, opportunities float8,
                          discount_rate float8, horizon float8 DEFAULT 'infinity')
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_bgbb_dert' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION bgbb_dert(cltv_model, float8, float8, float8, float8, float8) IS
'Returns the discounted expected residual transactions of a customer under BG/BB.
The purchases expected at the next opportunities, the first one divided by 1 + discount_rate, the second by
its square, and so on for horizon opportunities (all of them by default); discount_rate is a share per
opportunity, 0 or more; bad values and models of another kind are errors (22023); NULL if the fit refused.
Times margin and spend per purchase it is the residual lifetime value. Fader, Hardie & Shang 2010, eq. 14.';
