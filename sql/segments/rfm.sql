-- RFM: scores by quantile and the segments that they name

CREATE TYPE rfm AS (
    r smallint,
    f smallint,
    m smallint,
    segment text
);

COMMENT ON TYPE rfm IS
'RFM scores of a customer, 1 (worst) to bins (best), with the segment.
See rfm_score.';
COMMENT ON COLUMN rfm.r IS 'Recency score.
The newer the last order, the higher.';
COMMENT ON COLUMN rfm.f IS 'Frequency score.
The more orders, the higher.';
COMMENT ON COLUMN rfm.m IS 'Monetary score.
The more revenue, the higher.';
COMMENT ON COLUMN rfm.segment IS 'Segment that rfm_segment names for the scores.
NULL if one of them is NULL.';

CREATE FUNCTION rfm_score(last_order date, orders float8, revenue float8, bins int DEFAULT 5) RETURNS rfm
LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'cltv_rfm_score_date';

COMMENT ON FUNCTION rfm_score(date, float8, float8, int) IS
'Returns RFM scores of a customer within the partition, as a window function.
The order and frame of the window do not matter. A score is 1 plus the number of cut points
percentile_disc(k/bins), k = 1..bins-1, strictly below the value; bins 2..10, the same for the whole partition
(NULL: no scores). A NULL value is left out of the cut points and gives a NULL score and segment. Infinite
dates, orders that are no whole number from 0 to 2^53, NaN or infinite revenue are errors (22023). Hughes
1994.';

CREATE FUNCTION rfm_score(last_order timestamp, orders float8, revenue float8, bins int DEFAULT 5) RETURNS rfm
LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'cltv_rfm_score_timestamp';

COMMENT ON FUNCTION rfm_score(timestamp, float8, float8, int) IS
'Returns RFM scores within the partition, by last orders of type timestamp.
As rfm_score(date, float8, float8, int), but last orders differ to the microsecond.';

CREATE FUNCTION rfm_score(last_order timestamptz, orders float8, revenue float8, bins int DEFAULT 5) RETURNS rfm
LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'cltv_rfm_score_timestamp';

COMMENT ON FUNCTION rfm_score(timestamptz, float8, float8, int) IS
'Returns RFM scores within the partition, by last orders of type timestamptz.
As rfm_score(date, float8, float8, int), but last orders differ to the microsecond; instants are compared, so
that the session''s TimeZone does not matter.';

CREATE FUNCTION rfm_segment(r float8, f float8, m float8) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'cltv_rfm_segment';

COMMENT ON FUNCTION rfm_segment(float8, float8, float8) IS
'Returns the marketing segment of recency, frequency and monetary scores.
Scores are 1, 2, ..., 5 (others are error 22023): one of Champions, Loyal Customers, Potential Loyalists, New
Customers, Promising, Need Attention, About To Sleep, At Risk, Can''t Lose Them, Hibernating, Lost, by a grid
over r and the mean of f and m, half rounded up. NULL gives NULL.';

