-- Products, as NAME_products has them, where that view is there: what sells, who comes back after it, what goes with it.

SELECT to_regclass(format('%I.%I', :'schema', :'customers' || '_products')) IS NULL AS missing, :'customers' || '_products' AS products
\gset
\if :missing
\quit
\endif
SELECT coalesce(json_agg(json_build_object('product', product::text, 'customers', customers, 'revenue', round(revenue::numeric, 2), 'first_customers', first_customers,
                                           'repeat_rate', round(repeat_rate::numeric, 4), 'repeat_lower', round(repeat_lower::numeric, 4),
                                           'repeat_upper', round(repeat_upper::numeric, 4), 'later_value', round(later_value::numeric, 2),
                                           'goes_with', goes_with::text, 'confidence', round(confidence::numeric, 4), 'lift', round(lift::numeric, 2))
                         ORDER BY revenue DESC NULLS LAST, product::text), '[]')
FROM (SELECT * FROM :"schema".:"products" WHERE customers >= :least_group ORDER BY revenue DESC NULLS LAST, product::text LIMIT 40) AS p;
