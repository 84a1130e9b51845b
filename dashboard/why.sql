-- Why the first customers of the page are worth what they are: what each of their numbers adds to the value of an average customer.
-- With attributes each answer would look for the average among all customers: too long for a page.

SELECT :'with_attributes'::boolean OR NOT :'least_group' = '1' AS too_much
\gset
\if :too_much
\quit
\endif
SELECT json_object_agg(c.id, w.because)
FROM (SELECT b.:"customer"::text AS id FROM (SELECT * FROM :"schema".:"at_risk" ORDER BY rank LIMIT 50) AS b
      UNION SELECT v.:"customer"::text FROM (SELECT * FROM :"schema".:"customers" WHERE cltv IS NOT NULL ORDER BY cltv DESC LIMIT 50) AS v) AS c
CROSS JOIN LATERAL (SELECT json_agg(json_build_array(e.feature, e.value, round(e.contribution::numeric, 2))) AS because
                    FROM :"extension".cltv_explain(:'full_name'::regclass, c.id) AS e) AS w
WHERE w.because IS NOT NULL;
