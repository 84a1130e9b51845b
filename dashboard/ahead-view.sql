-- What is to come by month, as NAME_revenue has it: where that view is there, it knows of models with attributes, too. How many are to
-- come together has no interval there.

SELECT to_regclass(format('%I.%I', :'schema', :'customers' || '_revenue')) IS NULL AS missing, :'customers' || '_revenue' AS revenue
\gset
\if :missing
\quit
\endif
SELECT json_build_object(
    'months', json_agg(r.* ORDER BY r.first_day),
    'all', json_build_object('revenue', sum(r.revenue), 'new_revenue', sum(r.new_revenue), 'lower', NULL, 'upper', NULL),
    'days', max(r.last_day) - min(r.first_day) + 1)
FROM :"schema".:"revenue" AS r
HAVING bool_and(date_trunc('month', r.first_day::timestamp) = date_trunc('month', r.last_day::timestamp));
