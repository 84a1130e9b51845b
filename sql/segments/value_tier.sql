
-- Tiers by value --------------------------------------------------------------------------------------------------------

CREATE FUNCTION value_tier(value float8, shares float8[] DEFAULT '{0.2,0.5}', by text DEFAULT 'customers') RETURNS text
LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'cltv_value_tier';
COMMENT ON FUNCTION value_tier(float8, float8[], text) IS
'Returns High, Medium or Low by value within the partition, as a window function.
The order and frame of the window do not matter; equal values have equal tiers; shares are the cumulative
bounds of High and Medium, rising within 0..1; by customers: a tier if those of at least the value are no more
than the share of the customers (cume_dist, descending); by revenue (ABC analysis): if all larger values make
less than the share of the sum of the values above 0, values of 0 or below are Low; NULL is left out and gives
NULL, shares or by NULL: all NULL; NaN and infinite values and other shares are errors (22023).';
