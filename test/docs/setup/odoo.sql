-- The tables of a company on Odoo with only the columns that the view reads. Times are in UTC; currency_rate is the
-- amount of the order's currency for one euro.
CREATE TABLE res_currency (id integer PRIMARY KEY, name text);
CREATE TABLE res_company (id integer PRIMARY KEY, name text, currency_id integer);
CREATE TABLE res_partner (id integer PRIMARY KEY, name text, email text, commercial_partner_id integer);
CREATE TABLE sale_order (id integer PRIMARY KEY, name text, state text, date_order timestamp, partner_id integer,
    company_id integer, currency_id integer, currency_rate numeric, amount_untaxed numeric, amount_tax numeric,
    amount_total numeric);
CREATE TABLE sale_order_line (id integer PRIMARY KEY, order_id integer, product_id integer);
CREATE TABLE account_move (id integer PRIMARY KEY, name text, move_type text, state text, invoice_date date,
    amount_total_signed numeric, amount_tax_signed numeric);
CREATE TABLE account_move_line (id integer PRIMARY KEY, move_id integer);
CREATE TABLE sale_order_line_invoice_rel (invoice_line_id integer, order_line_id integer);
INSERT INTO res_currency VALUES (1, 'EUR'), (2, 'USD');
INSERT INTO res_company VALUES (1, 'Tea House', 1);
INSERT INTO res_partner VALUES (10, 'Anna', 'anna@example.com', 10), (11, 'Teapots Ltd', 'Office@teapots.example', 11),
    (12, 'Ben, Teapots Ltd', 'ben@teapots.example', 11), (13, 'Carla', 'carla@example.com', 13), (14, 'Anna',
    'Anna@example.com', 14),
    (15, 'Walk-in', NULL, 15), (16, 'Eric', 'eric@example.com', 16);
INSERT INTO sale_order VALUES
(1, 'S00001', 'sale', '2024-01-08 09:15:00', 10, 1, 1, 1, 37.73, 7.17, 44.90),
(2, 'S00002', 'sale', '2024-01-20 17:02:11', 12, 1, 1, 1, 67.23, 12.77, 80.00),
(3, 'S00003', 'done', '2024-02-02 08:30:45', 13, 1, 1, 1, 25.21, 4.79, 30.00),
(4, 'S00004', 'sale', '2024-02-19 20:12:00', 14, 1, 1, 1, 50.42, 9.58, 60.00),
(5, 'S00005', 'cancel', '2024-02-20 07:00:00', 13, 1, 1, 1, 20.84, 3.96, 24.80),
(6, 'S00006', 'sent', '2024-03-01 11:00:00', 11, 1, 1, 1, 840.34, 159.66, 1000.00),
(7, 'S00007', 'sale', '2024-03-05 15:40:00', 11, 1, 1, 1, 29.41, 5.59, 35.00),
(8, 'S00008', 'sale', '2024-03-18 22:05:00', 16, 1, 2, 1.25, 50.00, 0.00, 50.00),
(9, 'S00009', 'draft', '2024-04-02 09:00:00', 10, 1, 1, 1, 16.81, 3.19, 20.00),
(10, 'S00010', 'sale', '2024-04-13 11:20:00', 15, 1, 1, 1, 10.08, 1.92, 12.00),
(11, 'S00011', 'sale', '2024-05-31 22:40:00', 13, 1, 1, 1, 37.82, 7.18, 45.00),
(12, 'S00012', 'sale', '2024-06-10 05:55:30', 10, 1, 1, 1, 32.69, 6.21, 38.90);
INSERT INTO sale_order_line VALUES (1, 4, 100), (2, 4, 101), (3, 7, 100);
INSERT INTO account_move VALUES (1, 'INV/2024/00004', 'out_invoice', 'posted', '2024-02-20', 60.00, 9.58),
    (2, 'RINV/2024/00001', 'out_refund', 'posted', '2024-03-04', -20.00, -3.19),
    (3, 'RINV/2024/00002', 'out_refund', 'posted', '2024-03-12', -35.00, -5.59),
    (4, '/', 'out_refund', 'draft', NULL, -40.00, -6.39);
INSERT INTO account_move_line VALUES (1, 1), (2, 1), (3, 2), (4, 3), (5, 2), (6, 4);
INSERT INTO sale_order_line_invoice_rel VALUES (1, 1), (2, 2), (3, 1), (5, 2), (4, 3), (6, 1);
