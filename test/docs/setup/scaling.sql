-- Three data nodes, databases of the same server, with what the page creates on each of them.
\set page :DBNAME
SELECT split_part(current_setting('unix_socket_directories'), ',', 1) AS host, current_setting('port') AS port,
       CASE WHEN current_setting('server_version_num')::int >= 140000 THEN $$, async_capable 'true'$$ ELSE '' END AS async \gset
CREATE DATABASE data0;
\c data0
CREATE EXTENSION cltv;
CREATE TABLE orders (customer_id bigint, ordered_at timestamp, amount numeric);
CREATE VIEW summaries AS
SELECT customer_id, s.*
FROM (SELECT customer_id, purchase_history(ordered_at, amount) AS history FROM orders GROUP BY customer_id) AS h,
     rfm_summary(history, date '2024-12-31') AS s;
CREATE VIEW bases AS
SELECT customer_base(frequency, recency, tenure) AS customers, rfm_base(last_order, orders, revenue) AS scored
FROM summaries;
CREATE TABLE models (model cltv_model, breaks rfm_breaks);
CREATE VIEW scores AS
SELECT customer_id, bgnbd_predict(model, frequency, recency, tenure, 90) AS orders_90_days,
       rfm_score(last_order, orders, revenue, breaks) AS score
FROM summaries, models;
\c :page
CREATE DATABASE data1 TEMPLATE data0;
CREATE DATABASE data2 TEMPLATE data0;
CREATE EXTENSION postgres_fdw;
CREATE SERVER data0 FOREIGN DATA WRAPPER postgres_fdw
    OPTIONS (host :'host', port :'port', dbname 'data0', extensions 'cltv' :async);
CREATE SERVER data1 FOREIGN DATA WRAPPER postgres_fdw
    OPTIONS (host :'host', port :'port', dbname 'data1', extensions 'cltv' :async);
CREATE SERVER data2 FOREIGN DATA WRAPPER postgres_fdw
    OPTIONS (host :'host', port :'port', dbname 'data2', extensions 'cltv' :async);
CREATE USER MAPPING FOR CURRENT_USER SERVER data0;
CREATE USER MAPPING FOR CURRENT_USER SERVER data1;
CREATE USER MAPPING FOR CURRENT_USER SERVER data2;
