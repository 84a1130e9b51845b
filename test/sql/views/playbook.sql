-- Segments by names and by rules of one's own, in views, audiences and playbook.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA named;
SET search_path = named, public;
CREATE TABLE orders AS SELECT customer_id, ordered_at, amount FROM simulate_orders(bgnbd_model(0.6, 40, 0.7, 2.5), gg_model(6.25, 3.74, 15.44), 300, '2023-01-01', '2024-12-31', 3);
CREATE TABLE known AS SELECT i AS customer_id FROM generate_series(1, 305) AS i;
-- The usual ones
CALL cltv_materialize('shop', 'orders');
SELECT count(*), bool_and(p.rank = u.rank AND p.profile = u.profile AND p.action = u.action) AS usual FROM cltv_playbook('shop') AS p JOIN rfm_segments AS u USING (segment);
CREATE TABLE usual AS SELECT customer_id, segment FROM shop;
-- Names, some of 40 characters: the same customers under other names
CALL cltv_materialize('shop', 'orders', replace => true, customers => 'known', all_customers => true, segments =>
    '{"Champions": "Außergewöhnlich treue Großkundinnen & -kunden", "Loyal Customers": "长期忠诚且消费频繁的重要客户群体需要我们持续关怀与专属服务并优先获得新品体验邀请函哦",
      "Can''t Lose Them": "Can''t \"lose\" \\ 100%", "Lost": "Weg", "Hibernating": "Weg", "Never Ordered": "Noch nie bestellt"}');
SELECT u.segment AS usual, s.segment, count(*) > 0 AS some FROM shop AS s LEFT JOIN usual AS u USING (customer_id) GROUP BY 1, 2 ORDER BY u.segment, s.segment COLLATE "C";
SELECT segment, length(segment) AS length, customers = (SELECT count(*) FROM shop AS s WHERE s.segment = g.segment) AS customers FROM shop_segments AS g ORDER BY segment COLLATE "C";
SELECT rank, segment, profile FROM cltv_playbook('shop') ORDER BY rank;
SELECT count(*) = (SELECT count(*) FROM shop_segments) AS all_of_them FROM shop_segments JOIN cltv_playbook('shop') USING (segment);
CALL cltv_audience('treue', $$SELECT customer_id FROM named.shop WHERE segment = 'Außergewöhnlich treue Großkundinnen & -kunden'$$);
SELECT count(*) = (SELECT count(*) FROM usual WHERE segment = 'Champions') AS champions FROM treue;
CALL cltv_refresh('shop');
SELECT count(*) = 5 AS never FROM shop WHERE segment = 'Noch nie bestellt';
CALL cltv_drop('treue');
-- Rules
CALL cltv_materialize('shop', 'orders', replace => true, customers => 'known', all_customers => true, segments =>
    '[{"segment": "VIP", "r": [4, 5], "fm": 5, "profile": "Kaufen viel", "action": "Anrufen"}, {"segment": "Neu", "orders": 0, "action": "Grüßen"}, {"segment": "VIP", "r": 5, "m": 5}, {"segment": "Rest"}]');
SELECT segment, count(*) > 0 AS some, bool_and(segment IS NOT DISTINCT FROM CASE WHEN orders = 0 THEN 'Neu' WHEN r >= 4 AND (f + m + 1) / 2 = 5 OR r = 5 AND m = 5 THEN 'VIP' ELSE 'Rest' END) AS so FROM shop GROUP BY 1 ORDER BY 1;
SELECT * FROM cltv_playbook('shop');
CALL cltv_materialize('shop', 'orders', replace => true, customers => 'known', all_customers => true, segments => '[{"segment": "All"}]');
SELECT rank, segment, action IS NOT NULL AS action FROM cltv_playbook('shop');
SELECT segment, count(*) FROM shop GROUP BY 1 ORDER BY 1;
CALL cltv_materialize('shop', 'orders', replace => true, bins => 3, segments => '{"Lost": "Gone"}');
SELECT count(*) FILTER (WHERE segment = 'Gone') > 0 AS gone, count(*) FILTER (WHERE segment = 'Lost') AS lost FROM shop;
-- Errors
CALL cltv_materialize('wrong', 'orders', segments => '{"Champion": "Best"}');
CALL cltv_materialize('wrong', 'orders', segments => '{"Champions": ""}');
CALL cltv_materialize('wrong', 'orders', segments => '{"Champions": null}');
CALL cltv_materialize('wrong', 'orders', segments => '3');
CALL cltv_materialize('wrong', 'orders', segments => '[]');
CALL cltv_materialize('wrong', 'orders', segments => '[3]');
CALL cltv_materialize('wrong', 'orders', segments => '[{"segment": "A", "r": 6}]');
CALL cltv_materialize('wrong', 'orders', segments => '[{"segment": "A", "r": 5}]');
CALL cltv_materialize('wrong', 'orders', segments => '[{"segment": "A", "action": 3}]');
CALL cltv_materialize('wrong', 'orders', segments => '[{"segment": "A", "colour": 3}]');
CALL cltv_materialize('wrong', 'orders', segments => '[{"segment": "A"}, {"orders": 0}]');
CALL cltv_materialize('wrong', 'orders', segments => '[{"segment": "A"}, {"segment": "B", "orders": 0, "r": 1}]');
CALL cltv_materialize('wrong', 'orders', segments => '[{"segment": "A"}]', bins => 4);
CALL cltv_materialize('plain', 'orders', segments => 'null');
SELECT count(*) FROM cltv_playbook('plain');
SELECT * FROM cltv_playbook('known');
SELECT * FROM cltv_playbook(NULL);
SELECT relname FROM pg_class WHERE relnamespace = 'named'::regnamespace AND relname ~ '^wrong';
CALL cltv_drop('plain');
CALL cltv_drop('shop');
DROP SCHEMA named CASCADE;
