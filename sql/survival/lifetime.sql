
-- How long customers without a contract stay -----------------------------------------------------------------------------

CREATE FUNCTION lifetime(history purchase_history, as_of date, silent_for integer DEFAULT 90, OUT days bigint, OUT ended boolean)
AS 'MODULE_PATHNAME', 'cltv_lifetime' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lifetime(purchase_history, date, integer) IS
'Returns how long a customer without a contract stayed, for survival_curve.
ended = whether so many days, 1 or more (else error 22023), have passed in a row without a purchase, days =
from the first purchase to the end of the first such silence, or else to as_of; a definition of leaving, not
an observation; as_of before the last row of the history is an error (22023); NULLs for a history without
purchases.';
