-- Where double precision ends there is a limit or an error, never NaN, a negative zero or a probability above 1
\set ECHO none
\pset format unaligned
CREATE FUNCTION outcome(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE 'SELECT (' || call || ')::text' INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END $$;

\echo '-- Nothing ahead is 0, and has no sign'
SELECT call, outcome(call) FROM unnest(ARRAY[
    'sbg_predict(sbg_model(3.7, 2), 5, 0)', 'sbg_predict(sbg_model(.7, 2), 5, ''-0'')', 'cltv_predict(sbg_model(3.7, 2), 5, 9, ''-0'', .1)',
    'bgbb_predict(bgbb_model(1, 1, 3, 4), 2, 3, 4, 0)', 'bgbb_dert(bgbb_model(1, 1, 3, 4), 2, 3, 4, 0, 0)',
    'bgnbd_predict(bgnbd_model(1, 2, 3, 4), 2, 3, 4, ''-0'')', 'mbgnbd_predict(mbgnbd_model(1, 2, 3, 4), 2, 3, 4, ''-0'')',
    'pnbd_predict(pnbd_model(1, 2, 3, 4), 2, 3, 4, ''-0'')', 'expected_purchases(pnbd_model(1, 2, 3, 4), ''-0'')']) call;

\echo '-- Periods of customers who nearly all leave at once or never: nothing cancels'
SELECT round(sbg_predict(sbg_model(1e-9, 1e-9), 0, 10)::numeric, 7) AS half_of_ten,
       round(sbg_predict(sbg_model(1e-300, 1e-17), 0, 10)::numeric, 7) AS ten;

\echo '-- Parameters beyond all fits'
SELECT call, outcome(call) FROM unnest(ARRAY[
    'gg_predict(gg_model(1e300, 3.7, 1e7), 9007199254740992, 10)',
    'cltv_predict(pnbd_model(1, 2, 3, 4), gg_model(1e300, 1e3, .5), 9e15, 1, 1, 1e3, 10)',
    'expected_purchases_interval(bgbb_model(3.7, 1e-7, .5, 1e300), 99999, 99999, 100000, 1.7976931348623157e308)',
    'purchase_pmf(bgnbd_model(1, .1, 1e100, 1e-7), 1e3, 1e100)', 'purchase_pmf(mbgnbd_model(3.7, 1e-100, 1e100, 1), 1, 1, 1, 365, 365)',
    'prob_alive(bgnbd_model(1e300, 1e100, 10, 1e4), 0, 0, 0, 1e5)',
    'prob_alive(bgnbd_model(1e-7, 2, .5, 1e100), 1, 1, 1, 1e5)', 'prob_alive(mbgnbd_model(2, 100, 1e-2, 1e100), 10, 10, 1000, 1e6)']) call;

DROP FUNCTION outcome(text);
