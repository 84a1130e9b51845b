-- A shop in twelve countries, of 40 to 1,200 customers, which order and leave differently.
CREATE TABLE summaries AS
SELECT country, customer_id, s.*
FROM (SELECT country, customer_id, purchase_history(ordered_at, amount) AS history
      FROM unnest('{DE,FR,NL,AT,BE,CH,DK,SE,PL,CZ,IE,LU}'::text[], '{1200,700,300,150,120,90,80,70,60,50,45,40}'::int[])
               WITH ORDINALITY AS c (country, customers, n),
           LATERAL simulate_orders(bgnbd_model(0.8 * exp(0.4 * sin(n * 1.7)), 50 * exp(0.4 * sin(n * 2.9)),
                                               0.8 * exp(0.3 * sin(n * 4.3)), 2.5),
                                   gg_model(6, 4, 15 * exp(0.3 * sin(n))), customers, '2023-01-01', '2024-12-31', n)
      GROUP BY country, customer_id) AS h,
     rfm_summary(history, date '2024-12-31') AS s;
