-- The newest day that a stored history tells of.

CREATE FUNCTION last_row(history purchase_history) RETURNS date
    AS 'MODULE_PATHNAME', 'cltv_last_row' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION last_row(purchase_history) IS
    'Returns the day of the last order or refund in a history.
The earliest as_of that rfm_summary takes. Its maximum over all customers is the newest day of the shop. NULL
for a history without a row.';
