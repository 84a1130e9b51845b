
-- The everyday numbers of marketing -----------------------------------------------------------------------------------

CREATE FUNCTION churn_rate(customers_at_start float8, customers_lost float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_churn_rate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION churn_rate(float8, float8) IS
'Returns the share of the customers at the start of a period who left within it.
Between 0 and 1: customers_lost / customers_at_start; nobody at the start is an error (22012), more lost than
there were, negative and infinite numbers are errors (22023); NULL gives NULL.';

CREATE FUNCTION retention_rate(customers_at_start float8, customers_at_end float8, new_customers float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_retention_rate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION retention_rate(float8, float8, float8) IS
'Returns the share of the customers at the start of a period who remain at its end.
Between 0 and 1: (customers_at_end - new_customers) / customers_at_start; nobody at the start is an error
(22012), a share outside 0..1, negative and infinite numbers are errors (22023); NULL gives NULL.';

CREATE FUNCTION lifespan(churn_rate float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_lifespan' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION lifespan(float8) IS
'Returns the mean number of periods that a customer stays, at a constant churn rate.
The period of leaving counts: 1 / churn_rate; a rate of 0 is an error (22012), one outside 0..1 too (22023);
NULL gives NULL.';

CREATE FUNCTION cac(spend float8, new_customers float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_cac' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cac(float8, float8) IS
'Returns the cost of acquiring a customer.
In the currency of spend: spend / new_customers; nobody won is an error (22012), negative and infinite numbers
are errors (22023); NULL gives NULL.';

CREATE FUNCTION ltv_cac_ratio(ltv float8, cac float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_ltv_cac_ratio' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION ltv_cac_ratio(float8, float8) IS
'Returns lifetime value as a multiple of the cost of acquisition.
Ltv / cac, negative where ltv is; a cac of 0 is an error (22012), a negative or infinite one and an infinite
ltv are errors (22023); NULL gives NULL.';

CREATE FUNCTION cac_payback(cac float8, margin_per_period float8) RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_cac_payback' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cac_payback(float8, float8) IS
'Returns the number of periods in which a customer earns back the cost of acquisition.
Not rounded: cac / margin_per_period; a margin of 0 is an error (22012), negative and infinite numbers are
errors (22023); NULL gives NULL.';

CREATE FUNCTION cltv_retention(margin_per_period float8, retention_rate float8, discount_rate float8,
                               periods float8 DEFAULT 'infinity')
RETURNS float8
AS 'MODULE_PATHNAME', 'cltv_retention' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cltv_retention(float8, float8, float8, float8) IS
'Returns lifetime value at a constant retention rate.
In the currency of margin_per_period: the sum over k = 1..periods of margin_per_period x retention_rate^k / (1
+ discount_rate)^k; over all periods margin_per_period x retention_rate / (1 + discount_rate -
retention_rate), infinite where nobody leaves and nothing is discounted. retention_rate 0..1, discount_rate a
share per period, 0 or more, periods a whole number, 0 or more, or ''infinity''; other numbers are errors
(22023), a value beyond float8 too (22003); NULL gives NULL. Berger & Nasr 1998; Gupta & Lehmann 2003.';
