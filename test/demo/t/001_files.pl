# Files of orders as shops export them, read by script/demo-csv.sql: what comes of them, what is said, and what is refused.
# The columns are those that each system documents; the rows are made up.
use strict;
use warnings;
use Encode qw(decode);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $source = $ENV{CLTV_SOURCE} // '.';
my $node = PostgreSQL::Test::Cluster->new('files');
$node->init(extra => [qw(--encoding=UTF8 --locale=C.UTF-8)]);
$node->append_conf('postgresql.conf', 'fsync = off');
$node->start;
my $path = $node->basedir . '/orders.csv';

# (status, what is said, the orders)
sub read_orders
{
	my ($text, $options) = @_;
	open my $file, '>:raw', $path or die $!;
	print $file $text;
	close $file;
	my $lines = () = $text =~ /\n/g;
	my ($out, $err);
	my $status = $node->psql('postgres',
		"SET client_min_messages = warning;\nDROP SCHEMA IF EXISTS reading CASCADE; DROP TABLE IF EXISTS orders;\n"
		  . "\\i $source/script/demo-csv.sql\n"
		  . "SELECT reading.read_orders('$path', 'orders.csv', '$options', 0, $lines);\n\\echo ====\n"
		  . q(SELECT concat_ws(' ', coalesce(customer_id, '?'), regexp_replace(ordered_at::text, ' 00:00:00$', ''),
		      coalesce(amount::text, '?'), order_id, currency) FROM orders ORDER BY ordered_at, amount DESC NULLS LAST;),
		stdout => \$out, stderr => \$err, on_error_stop => 1);
	my ($said, $orders) = split /====\n?/, $out, 2;
	return ($status, $status ? $err : $said, $orders // '');
}

# A file, its options, the orders that come of it, and what is said of it on the way.
sub understood
{
	my ($name, $text, $options, $expected, @said) = @_;
	my ($status, $said, $orders) = read_orders($text, $options);
	chomp $expected;
	is($orders, $expected, $name) or diag $said;
	(my $words = $said) =~ s/\s+/ /g;
	for my $part (@said)
	{
		ok(index($words, $part) >= 0, "$name: $part") or diag $said;
	}
	my @long = grep { length(decode('UTF-8', $_)) > 100 } split /\n/, $said;
	is("@long", '', "$name: lines of at most 100 columns");
}

sub refused
{
	my ($name, $text, $options, @parts) = @_;
	my ($status, $said) = read_orders($text, $options);
	is($status, 3, "$name is refused") or diag $said;
	for my $part (@parts)
	{
		ok(index($said, $part) >= 0, "$name: $part") or diag $said;
	}
}

### Systems

understood('Shopify', <<'CSV', '{}', <<'ORDERS',
Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Cancelled at,Payment Method,Refunded Amount,Phone
#1001,Anna@example.com,paid,2024-01-08 10:16:00 +0100,fulfilled,EUR,40.00,4.90,7.17,44.90,2024-01-08 10:15:00 +0100,1,"Mug, 10""",20.00,,Cards,0.00,
#1001,Anna@example.com,,,,,,,,,2024-01-08 10:15:00 +0100,2,"Tea
with a note",10.00,,,,
#1002,anna@example.com,partially_refunded,2024-02-19 21:12:00 +0100,fulfilled,EUR,60.00,0.00,9.58,60.00,2024-02-19 21:12:00 +0100,1,Pot,60.00,,Cards,20.00,
#1003,ben@example.com,paid,2024-02-20 09:00:00 +0100,,EUR,30.00,0.00,4.79,30.00,2024-02-20 09:00:00 +0100,1,Cup,30.00,2024-02-21 09:00:00 +0100,Cards,0.00,
#1004,owner@example.com,paid,2024-02-22 09:00:00 +0100,,EUR,1.00,0.00,0,1.00,2024-02-22 09:00:00 +0100,1,Cup,1.00,,Bogus Gateway,0.00,
#1005,ben@example.com,pending,,,EUR,5.00,0.00,0,5.00,2024-02-23 09:00:00 +0100,1,Cup,5.00,,Bank,0.00,
#1006,eric@example.com,paid,2024-03-18 23:05:00 +0100,,USD,50.00,0.00,0,50.00,2024-03-18 23:05:00 +0100,1,Cup,50.00,,Cards,0.00,
#1007,,paid,2024-04-13 13:20:00 +0200,,EUR,12.00,0.00,1.92,12.00,2024-04-13 13:20:00 +0200,1,Cup,12.00,,Cash,0.00,
#1008,,paid,2024-05-31 23:40:00 +0200,,EUR,45.00,0.00,7.18,45.00,2024-05-31 23:40:00 +0200,1,Cup,45.00,,Cards,0.00,+49301234
CSV
anna@example.com 2024-01-08 10:15:00 44.90 #1001 EUR
anna@example.com 2024-02-19 21:12:00 60.00 #1002 EUR
anna@example.com 2024-02-19 21:12:00 -20.00 #1002 refund EUR
? 2024-04-13 13:20:00 12.00 #1007 EUR
+49301234 2024-05-31 23:40:00 45.00 #1008 EUR
ORDERS
	'9 rows of 18 columns, separated by commas', 'known by its columns as Shopify\'s order export', 'Email, else Phone, in small letters',
	'Created at: 2024-01-08 10:15:00 +0100 is 2024-01-08 10:15:00, on the clock that the file shows (+0100', '1 order of several rows',
	'it stands on one row of an order', '4 orders, 3 of 2 customers, 2024-01-08 to 2024-05-31', '141.90 EUR',
	'1 row without a customer, 12.00 of the revenue', '1 order cancelled (30.00)', '1 order in USD (50.00)', '1 order test (1.00)',
	'1 order with status pending (5.00)');

understood('WooCommerce, a row a line', <<'CSV', '{}', <<'ORDERS',
order_id,order_number,order_date,status,order_total,order_currency,customer_id,billing_email,refunded_total,item_name,item_quantity,item_total
101,101,2024-01-08 10:15:00,completed,44.90,EUR,7,Anna@example.com,0,Mug,1,20
101,101,2024-01-08 10:15:00,completed,44.90,EUR,7,Anna@example.com,0,Tea,2,20
102,102,2024-01-20 18:02:11,processing,80.00,EUR,0,ben@example.com,80.00,Pot,1,80
103,103,2024-01-21 18:02:11,on-hold,10.00,EUR,0,ben@example.com,0,Cup,1,10
104,104,2024-01-22 18:02:11,cancelled,10.00,EUR,0,ben@example.com,0,Cup,1,10
CSV
anna@example.com 2024-01-08 10:15:00 44.90 101 EUR
ben@example.com 2024-01-20 18:02:11 80.00 102 EUR
ben@example.com 2024-01-20 18:02:11 -80.00 102 refund EUR
ORDERS
	'WooCommerce\'s order export', 'the same on all rows of an order: taken once', '1 order with status cancelled (10.00)',
	'1 order with status on-hold (10.00)');

understood('WooCommerce, days as the suite writes them', <<'CSV', '{}', <<'ORDERS',
order_id,order_number,order_date,paid_date,status,order_total,order_currency,customer_id,customer_email,billing_email
1,1,9/6/2016 6:29:00,9/6/2016 6:29:00,completed,10,USD,3,a@example.com,a@example.com
2,2,9/16/2016 6:29:00,,processing,12.5,USD,,b@example.com,
3,3,9/17/2016 6:29:00,,pending,12.5,USD,,b@example.com,
CSV
a@example.com 2016-09-06 06:29:00 10 1 USD
b@example.com 2016-09-16 06:29:00 12.5 2 USD
ORDERS
	'billing_email, else customer_email', 'month/day/year, as 9/16/2016 in line 3 must be');

understood('WooCommerce, its report', <<'CSV', '{}', <<'ORDERS',
Date,Order #,Status,Customer,Customer type,Product(s),Items sold,Coupon(s),Net Sales,Attribution
2024-01-08 10:15:00,101,completed,Anna A,new,2× Tea,2,,40,Direct
2024-01-20 18:02:11,102,refunded,Ben B,new,Pot,1,,80,Direct
CSV
Anna A 2024-01-08 10:15:00 40 101
Ben B 2024-01-20 18:02:11 80 102
Ben B 2024-01-20 18:02:11 -80 102 refund
ORDERS
	'WooCommerce\'s report of orders', '40.00, after 1 negative amount of -80.00');

understood('Stripe', <<'CSV', '{}', <<'ORDERS',
id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,Converted Amount Refunded,Converted Currency,Mode,Status,Refunded date (UTC),Customer ID,Customer Email
ch_01,2024-01-15 09:00:00,20.00,0.00,eur,true,20.00,0.00,eur,Live,Paid,,cus_1,Anna@example.com
ch_02,2024-01-20 17:02:00,"1,200.00",49.00,usd,true,"1,100.00",45.00,eur,Live,Paid,2024-03-09 10:00:00,cus_2,
ch_03,2024-02-01 23:30:00,20.00,0.00,eur,true,20.00,0.00,eur,Live,Failed,,cus_1,anna@example.com
ch_04,2024-02-02 23:30:00,20.00,0.00,eur,false,20.00,0.00,eur,Live,Paid,,cus_1,anna@example.com
ch_05,2024-02-03 23:30:00,20.00,0.00,eur,true,20.00,0.00,eur,Test,Paid,,cus_1,anna@example.com
CSV
anna@example.com 2024-01-15 09:00:00 20.00 ch_01 EUR
cus_2 2024-01-20 17:02:00 1100.00 ch_02 EUR
cus_2 2024-03-09 10:00:00 -45.00 ch_02 refund EUR
ORDERS
	'Stripe\'s payments export', 'Customer Email, else Customer ID', 'refunds one names the order that it undoes or lowers', 'Converted Amount: 1,100.00 is 1100.00', '1 order test (20.00)',
	'1 order with status Failed (20.00)', '1 order with status uncaptured (20.00)');

understood('Stripe, of earlier years, with decimal commas', <<'CSV', '{}', <<'ORDERS',
id,Description,Created (UTC),Amount,Amount Refunded,Currency,Converted Amount,Converted Amount Refunded,Fee,Tax,Converted Currency,Mode,Status,Customer ID,Customer Email,Captured
ch_1,x,2015-12-31 14:30,"0,25","0,00",eur,"0,25","0,00","0,05","0,00",eur,Live,Paid,cus_1,a@example.com,TRUE
ch_2,x,2016-01-31 14:30,"399,00","0,00",eur,"399,00","0,00","6,05","0,00",eur,Live,Refunded,cus_2,b@example.com,TRUE
CSV
a@example.com 2015-12-31 14:30:00 0.25 ch_1 EUR
b@example.com 2016-01-31 14:30:00 399.00 ch_2 EUR
ORDERS
	'Converted Amount: 399,00 is 399.00');

understood('Magento', <<'CSV', '{}', <<'ORDERS',
"ID","Purchase Point","Purchase Date","Bill-to Name","Ship-to Name","Grand Total (Base)","Grand Total (Purchased)","Status","Customer Email","Total Refunded"
"000000001","Main Website","Jan 8, 2024, 10:15:00 AM","Anna A","Anna A","$44.90","$44.90","complete","anna@example.com","$0.00"
"000000002","Main Website","Feb 19, 2024, 9:12:00 PM","Anna A","Anna A","$1,060.00","$1,060.00","closed","anna@example.com","$1,060.00"
"000000003","Main Website","Feb 20, 2024, 9:12:00 PM","Anna A","Anna A","$60.00","$60.00","pending_payment","anna@example.com",""
CSV
anna@example.com 2024-01-08 10:15:00 44.90 000000001 $
anna@example.com 2024-02-19 21:12:00 1060.00 000000002 $
anna@example.com 2024-02-19 21:12:00 -1060.00 000000002 refund $
ORDERS
	'Magento\'s order export', '$1,060.00 is 1060.00');

understood('UCI Online Retail', <<'CSV', '{}', <<'ORDERS',
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HOLDER,6,12/1/2010 8:26,2.55,17850,United Kingdom
536365,71053,"LANTERN, WHITE",6,12/1/2010 8:26,3.39,17850,United Kingdom
536366,22633,HAND WARMER,6,12/13/2010 8:28,1.85,,United Kingdom
C536379,D,Discount,-1,12/14/2010 9:41,27.5,17850,United Kingdom
536367,22633,HAND WARMER,6,1/2/2011 8:28,1.85,13047,United Kingdom
CSV
17850 2010-12-01 08:26:00 35.64 536365
? 2010-12-13 08:28:00 11.10 536366
17850 2010-12-14 09:41:00 -27.5 C536379
13047 2011-01-02 08:28:00 11.10 536367
ORDERS
	'UCI Online Retail', 'UnitPrice, times Quantity; rows of an order are added up', 'month/day/year, as 12/13/2010 in line 4 must be',
	'3 orders, 2 of 2 customers, 2010-12-01 to 2011-01-02', '1 negative amount of -27.50', '1 row without a customer, 11.10',
	'one names no order: each undoes the customer\'s latest order before it of the same amount');

understood('UCI Online Retail II', <<'CSV', '{}', <<'ORDERS',
Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country
489434,85048,LIGHTS,12,2009-12-01 07:45:00 UTC,6.95,13085,United Kingdom
489435,22350,BOWL,2,2009-12-01 07:46:00 UTC,2.55,13085,United Kingdom
CSV
13085 2009-12-01 07:45:00 83.40 489434
13085 2009-12-01 07:46:00 5.10 489435
ORDERS
	'known by its columns as UCI Online Retail II', 'on the clock that the file shows (UTC)');

understood('lines of baskets', <<'CSV', '{}', <<'ORDERS',
household_id,basket_id,transaction_timestamp,product_id,quantity,sales_value
1,10,2017-01-01 10:00:00,5,2,3.86
1,10,2017-01-01 10:00:00,6,1,3.86
2,11,2017-01-02 11:30:00,7,1,1.59
CSV
1 2017-01-01 10:00:00 7.72 10
2 2017-01-02 11:30:00 1.59 11
ORDERS
	'sales_value; rows of an order are added up');

### What was given back

# What is left of the orders, and what is said of it, once there is the extension.
sub netted
{
	my ($name, $text, $expected, @said) = @_;
	my ($status, $said) = read_orders($text, '{}');
	is($status, 0, "$name is read") or diag $said;
	my $words = $node->safe_psql('postgres', q{
		SET client_min_messages = warning;
		CREATE EXTENSION IF NOT EXISTS cltv;
		DROP TABLE IF EXISTS orders_netted;
		SELECT reading.net_refunds();});
	my $orders = 'none';
	$orders = $node->safe_psql('postgres', q{SELECT concat_ws(' ', customer_id, ordered_at::date, amount::numeric)
		FROM orders_netted ORDER BY ordered_at, amount})
	  if $node->safe_psql('postgres', q{SELECT to_regclass('orders_netted')}) ne '';
	is("$orders\n", $expected, $name) or diag $words;
	$words =~ s/\s+/ /g;
	ok(index($words, $_) >= 0, "$name: $_") or diag $words for @said;
}

netted('an order that was cancelled, one that was lowered, and a refund without an order', <<'CSV', <<'ORDERS',
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HOLDER,1,5/18/2011 9:52,1.65,16446,United Kingdom
536365,71053,"LANTERN, WHITE",1,5/18/2011 9:52,1.25,16446,United Kingdom
581483,23843,PAPER CRAFT,80995,12/9/2011 9:15,2.08,16446,United Kingdom
C581484,23843,PAPER CRAFT,-80995,12/9/2011 9:27,2.08,16446,United Kingdom
536367,22633,HAND WARMER,6,11/2/2011 8:28,2.50,13047,United Kingdom
C536379,D,Discount,-1,11/14/2011 9:41,5.00,13047,United Kingdom
C536380,D,Discount,-1,1/14/2011 9:41,7.00,13048,United Kingdom
CSV
13048 2011-01-14 -7
16446 2011-05-18 2.9
13047 2011-11-02 10
ORDERS
	'refunds 1 order undone by 3 refunds and cancellations; 1 (-7.00) has no order before: off the revenue of that day');
netted('refunds that name their orders', <<'CSV', <<'ORDERS', 'refunds 1 order undone by 2 refunds and cancellations');
id,Created date (UTC),Amount,Amount Refunded,Currency,Status,Refunded date (UTC),Customer ID
ch_1,2024-01-15 09:00:00,20.00,20.00,eur,Paid,2024-01-20 09:00:00,cus_1
ch_2,2024-02-15 09:00:00,20.00,5.00,eur,Paid,2024-03-20 09:00:00,cus_1
ch_3,2024-03-15 09:00:00,20.00,0.00,eur,Paid,,cus_1
CSV
cus_1 2024-02-15 15
cus_1 2024-03-15 20
ORDERS
netted('nothing given back', "customer_id,ordered_at,amount\na,2024-01-02,1.5\n", "none\n");

### Ways to write a file

my $two = <<'ORDERS';
a 2024-01-02 1.5
b 2024-01-05 3
ORDERS
for my $delimiter (',', ';', "\t", '|')
{
	understood("delimiter $delimiter", join("\n", map { join $delimiter, @$_ } [qw(customer_id ordered_at amount)], ['a', '2024-01-02', 1.5],
			['b', '2024-01-05', 3]) . "\n", '{}', $two, '2 rows of 3 columns');
}
understood('quotes, blanks and commas within', <<'CSV', '{}', <<'ORDERS');
"Customer ID" ; "Order, date";" Amount "
 "a ""1"""; "2024-01-02" ;1,5
b; 2024-01-05;3
CSV
a "1" 2024-01-02 1.5
b 2024-01-05 3
ORDERS
understood('no line end at the end', "customer_id,ordered_at,amount\na,2024-01-02,1.5\nb,2024-01-05,3", '{}', $two);
understood('empty rows, and rows without a date', <<'CSV', '{}', $two, '1 order without a date (4.50)', '1 empty row');
customer_id;ordered_at;amount
a;2024-01-02;1,5
;;
b;2024-01-05;3
Sum;;4,5
CSV
understood('empty cells', <<'CSV', '{}', <<'ORDERS', '1 row without a customer');
customer_id,ordered_at,amount
a,2024-01-02,NULL
b,2024-01-05,
nan,2024-01-06,3
CSV
a 2024-01-02 ?
b 2024-01-05 ?
? 2024-01-06 3
ORDERS
understood('no header', <<'CSV', '{}', $two, 'its first line is a row, not a header');
a,2024-01-02,1.5
b,2024-01-05,3
CSV
understood('no header, columns by number', <<'CSV', '{"customer": "1", "amount": "4", "date": "2"}', <<'ORDERS');
1,20240102,2,11.77
2,20240112,1,12.00
CSV
1 2024-01-02 11.77
2 2024-01-12 12.00
ORDERS
understood('columns by name', <<'CSV', '{"customer": "Wer", "date": "wann", "amount": "Stückpreis", "quantity": "Menge", "order": "Bon"}', <<'ORDERS');
Bon;Wer;Wann;Stückpreis;Menge
1;a;31.01.2024;1,50;2
1;a;31.01.2024;2,00;1
2;b;01.02.2024;2,00;1
CSV
a 2024-01-31 5.00 1
b 2024-02-01 2.00 2
ORDERS
understood('an order number of two customers', <<'CSV', '{}', <<'ORDERS', '1 number with several customers');
order_id,customer_id,ordered_at,amount
1,a,2024-01-02,1
1,a,2024-01-02,2
1,b,2024-01-05,4
CSV
a 2024-01-02 3 1 of a
b 2024-01-05 4 1 of b
ORDERS

### Dates

my %dates = (
	'2024-01-02T03:04:05' => '2024-01-02 03:04:05',
	'2024-01-02T03:04:05.678Z' => '2024-01-02 03:04:05.678',
	'2024-01-02T03:04:05+02:00' => '2024-01-02 03:04:05',
	'2024-01-02 03:04:05 UTC' => '2024-01-02 03:04:05',
	'2024-01-02 03:04:05 +0100' => '2024-01-02 03:04:05',
	'2024-01-02 03:04' => '2024-01-02 03:04:00',
	'2024/01/02' => '2024-01-02',
	'2024.01.02' => '2024-01-02',
	'20240102' => '2024-01-02',
	'Jan 2, 2024' => '2024-01-02',
	'January 2, 2024 3:04 PM' => '2024-01-02 15:04:00',
	'Jan 2nd, 2024' => '2024-01-02',
	'2 Jan 2024' => '2024-01-02',
	'02-Jan-24' => '2024-01-02',
	'Tue, 02 Jan 2024 03:04:05 GMT' => '2024-01-02 03:04:05',
	'31/01/2024 15:04' => '2024-01-31 15:04:00',
	'1/31/2024, 3:04:05 PM' => '2024-01-31 15:04:05',
	'31.1.2024' => '2024-01-31',
	'1/31/24' => '2024-01-31',
	'02.01.2024' => '2024-01-02',
	'1704164645' => '2024-01-02 03:04:05',
	'1704164645678' => '2024-01-02 03:04:05.678',
	'45293.5' => '2024-01-02 12:00:00');
for my $date (sort keys %dates)
{
	understood("date $date", "customer_id;ordered_at;amount\na;$date;1\n", '{}', "a $dates{$date} 1\n");
}
understood('dates of either order, decided by one', <<'CSV', '{}', <<'ORDERS', 'day/month/year, as 25/06/2024 in line 4 must be');
customer_id,ordered_at,amount
a,03/04/2024,1
a,05/06/2024,2
a,25/06/2024,3
CSV
a 2024-04-03 1
a 2024-06-05 2
a 2024-06-25 3
ORDERS
my $sorted = "customer_id,ordered_at,amount\n" . join '', map { "a,$_/2024,1\n" } '10/01', '11/01', '12/01', '01/02', '02/02', '03/03', '01/04';
understood('dates of either order, sorted in one', $sorted, '{}', <<'ORDERS',
a 2024-01-10 1
a 2024-01-11 1
a 2024-01-12 1
a 2024-02-01 1
a 2024-02-02 1
a 2024-03-03 1
a 2024-04-01 1
ORDERS
	'day/month/year, since the file is sorted by time if they are; every one could be month/day/year, too: if so, say --date-order mdy');
my @either = ("customer_id,ordered_at,amount\na,03/04/2024,1\na,05/06/2024,2\n");
refused('dates of either order', $either[0], '{}', 'is 03/04/2024 of orders.csv day/month/year or month/day/year?',
	'--date-order dmy or --date-order mdy');
understood('dates said to be dmy', $either[0], '{"date-order": "dmy"}', "a 2024-04-03 1\na 2024-06-05 2\n", 'as --date-order says');
understood('dates said to be mdy', $either[0], '{"date-order": "mdy"}', "a 2024-03-04 1\na 2024-05-06 2\n");
refused('dates that are not as said', "customer_id,ordered_at,amount\na,25/06/2024,1\n", '{"date-order": "mdy"}',
	'orders.csv, line 2, column ordered_at: "25/06/2024" is not in the order mdy');
refused('dates in two orders', "customer_id,ordered_at,amount\na,13/04/2024,1\na,06/25/2024,2\n", '{}',
	'13/04/2024 (line 2) has the day first, 06/25/2024 (line 3) the month');
refused('dates half turned by a spreadsheet', "customer_id,ordered_at,amount\na,2024-04-03,1\na,25/06/2024,2\n", '{}',
	'written in two ways: 2024-04-03 (line 2) and 25/06/2024 (line 3)');
refused('years of two digits, padded', "customer_id,ordered_at,amount\na,03/04/24,1\na,25/06/24,2\n", '{}', '--date-order dmy or --date-order ymd');
refused('the 31st of June', "customer_id,ordered_at,amount\n\"a\nb\",2024-06-30,1\na,2024-06-31,1\n", '{}',
	'orders.csv, line 4, column ordered_at: "2024-06-31" is no date of the calendar');
refused('a month of 13', "customer_id,ordered_at,amount\na,13/13/2024,1\n", '{}', 'line 2, column ordered_at: "13/13/2024" is no date');
refused('a word for a date', "customer_id,ordered_at,amount\na,soon,1\n", '{}', 'line 2, column ordered_at: "soon" is no date');

### Amounts

my %amounts = (
	'1,234.50' => '1234.50', '1.234,50' => '1234.50', '139,12' => '139.12', '€ 12.00' => '12.00 EUR', '12,00 €' => '12.00 EUR',
	'(12.00)' => '-12.00', '-12.00' => '-12.00', '12.00-' => '-12.00', '−12.00' => '-12.00', '$(1,012.00)' => '-1012.00 $',
	'-$12' => '-12 $', 'EUR 12.50' => '12.50 EUR', '12.50 usd' => '12.50 USD', 'US$12.50' => '12.50 US$', '£1,000' => '1000 GBP',
	'1 234,50' => '1234.50', "1\xc2\xa0234,50\xc2\xa0€" => '1234.50 EUR', "1'234.50" => '1234.50', '12,34,567.00' => '1234567.00',
	'1.234.567' => '1234567', '1,234,567' => '1234567', '.50' => '0.50', '1.5e+2' => '150', '0,125' => '0.125', '0' => '0', '-' => '?');
for my $amount (sort keys %amounts)
{
	my ($status, $said, $orders) = read_orders("customer_id;ordered_at;amount\na;2024-01-01;$amount\na;2024-01-02;7\n", '{}');
	my ($number, $currency) = split / /, $amounts{$amount};
	my ($read) = $orders =~ /^a 2024-01-01 (.*)$/m;
	is($read, $amounts{$amount}, "amount $amount") or diag $said;
}
understood('1,234 alone are thousands', "customer_id;ordered_at;amount\na;2024-01-01;1,234\na;2024-01-02;12\n", '{}',
	"a 2024-01-01 1234\na 2024-01-02 12\n", 'amount: 1,234 is 1234');
understood('1.234 beside 12345 are decimals', "customer_id;ordered_at;amount\na;2024-01-01;1.234\na;2024-01-02;12345\n", '{}',
	"a 2024-01-01 1.234\na 2024-01-02 12345\n");
understood('1.234 beside 139,12 are thousands', "customer_id;ordered_at;amount\na;2024-01-01;1.234\na;2024-01-02;139,12\n", '{}',
	"a 2024-01-01 1234\na 2024-01-02 139.12\n");
refused('amounts in two ways', "customer_id;ordered_at;amount\na;2024-01-01;1.234,50\na;2024-01-02;1,234.50\n", '{}',
	'column amount has numbers written in two ways: 1.234,50 (line 2) and 1,234.50 (line 3)');
refused('1.234 and 1,234', "customer_id;ordered_at;amount\na;2024-01-01;1.234\na;2024-01-02;1,234\n", '{}', 'written in two ways');
refused('a word for an amount', "customer_id,ordered_at,amount\na,2024-01-02,x\n", '{}', 'orders.csv, line 2, column amount: "x" is no number');
refused('a date for an amount', "customer_id,ordered_at,amount\na,2024-01-02,2024-01-02\n", '{}', 'column amount: "2024-01-02" is no number');
my $currencies = "customer_id,ordered_at,amount\na,2024-01-01,€1\na,2024-01-02,EUR 2\nb,2024-01-03,\$3\nb,2024-01-04,4\n";
understood('two currencies', $currencies, '{}', "a 2024-01-01 1 EUR\na 2024-01-02 2 EUR\nb 2024-01-04 4 EUR\n", '1 order in $ (3.00)',
	'--currency takes another than EUR');
understood('the other currency', $currencies, '{"currency": "$"}', "b 2024-01-03 3 \$\nb 2024-01-04 4 \$\n", '2 orders in EUR (3.00)');
refused('a currency that is not there', $currencies, '{"currency": "CHF"}', 'orders.csv: it has no orders in CHF');

### What is no file of orders

refused('unknown columns', "when,who,what\n2024-01-01,a,1\n", '{}',
	'orders.csv: which column is the customer and the date and the amount? Say --customer NAME --date NAME --amount NAME, with names of these: '
	  . 'when, who, what');
refused('no header and a choice', "1,19970101,1,11.77\n1,19970112,1,12.00\n", '{}',
	'which column is the customer? Say --customer NUMBER, with numbers of these: 1 (1), 2 (19970101), 3 (1), 4 (11.77)');
refused('no amount', "customer_id,ordered_at\na,2024-01-02\n", '{}', 'which column is the amount? Say --amount NAME');
refused('an unknown column', "customer_id,ordered_at,amount\na,2024-01-02,1\n", '{"amount": "Total"}',
	'it has no column Total; its columns are: customer_id, ordered_at, amount');
refused('a line cut short', "customer_id,ordered_at,amount\na,2024-01-02\n", '{}',
	'orders.csv, line 2, "a,2024-01-02": fewer columns than the first line, which has 3');
refused('a line too long', "customer_id,ordered_at,amount\na,2024-01-02,1,2\n", '{}', 'more columns than the first line');
refused('an open quotation mark', "customer_id,ordered_at,amount\n\"a,2024-01-02,1\n", '{}', 'a quotation mark that is never closed');
refused('a header alone', "customer_id,ordered_at,amount\n", '{}', 'it has no row below its header');
refused('no orders', "customer_id,ordered_at,amount,status\na,2024-01-02,1,cancelled\n", '{}', 'it has no orders; left out: 1 order with status cancelled');
refused('no customers', "customer_id,ordered_at,amount\n,2024-01-02,1\n", '{}', 'none of its orders has a customer');
refused('an empty column', "customer_id,ordered_at,amount\na,,1\n", '{}', 'its column ordered_at is empty');

$node->stop;
done_testing();
