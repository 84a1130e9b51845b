-- Why the first customers of the page are worth what they are: what each of their numbers adds to the value of an average customer.
-- With attributes each answer looks for the average among all customers: of many, fewer are explained, so that a page takes seconds.

SELECT CASE WHEN NOT :'least_group' = '1' THEN 0 WHEN :'with_attributes'::boolean THEN least(50, 30000 / greatest(1, count(*))) ELSE 50 END AS each
FROM :"schema".:"customers"
\gset
SELECT :each = 0 AS too_much
\gset
\if :too_much
\quit
\endif
SELECT json_object_agg(c.id, w.because)
FROM (SELECT b.:"customer"::text AS id FROM (SELECT * FROM :"schema".:"at_risk" ORDER BY rank LIMIT :each) AS b
      UNION SELECT v.:"customer"::text FROM (SELECT * FROM :"schema".:"customers" WHERE cltv IS NOT NULL ORDER BY cltv DESC LIMIT :each) AS v) AS c
CROSS JOIN LATERAL (SELECT json_agg(json_build_array(e.feature, e.value, round(e.contribution::numeric, 2))) AS because
                    FROM :"extension".cltv_explain(:'full_name'::regclass, c.id) AS e) AS w
WHERE w.because IS NOT NULL;
