-- What contacting the audiences over NAME did, those contacted beside those held back: of audiences of the role that asks.

\if :orders_can_be_read
\else
\quit
\endif
SELECT coalesce(json_agg(json_build_object('audience', a.audience, 'measure', r.measure, 'treated', r.treated, 'control', r.control,
                                           'treated_mean', r.treated_mean, 'control_mean', r.control_mean, 'difference', r.difference,
                                           'lower', r.lower, 'upper', r.upper, 'incremental', r.incremental,
                                           'incremental_lower', r.incremental_lower, 'incremental_upper', r.incremental_upper)), '[]')
FROM :"extension".cltv_audiences_over(:'full_name'::regclass) AS a (audience)
CROSS JOIN LATERAL :"extension".audience_result(a.audience, to_regclass(:'orders'), :'orders_customer', :'ordered_at', :'amount') AS r
WHERE r.measure IN ('buyers', 'orders', 'revenue', 'profit');
