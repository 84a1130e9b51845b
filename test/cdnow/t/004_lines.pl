# UCI Online Retail as its log has it, a row for each line of an invoice: with the number of the invoice the reports are those
# of the invoices.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $data = $ENV{CLTV_DATA} // '';
my $file = "$data/online_retail_lines.csv.gz";
plan skip_all => 'CLTV_DATA names no folder with online_retail_lines.csv.gz' unless -f $file;

my $node = PostgreSQL::Test::Cluster->new('lines');
$node->init;
$node->append_conf('postgresql.conf', 'work_mem = 64MB');
$node->start;

sub query { return $node->safe_psql('postgres', $_[0]) }

query(qq{
	CREATE EXTENSION cltv;
	CREATE TABLE lines (invoice text, stock text, quantity int, at timestamp, price numeric, customer text, country text);
	COPY lines FROM PROGRAM 'gzip -dc "$file"' (FORMAT csv, HEADER);
	CREATE TABLE priced AS SELECT customer, at, (quantity * price)::float8 AS amount, invoice FROM lines WHERE customer IS NOT NULL;
	CREATE TABLE invoices AS
	SELECT customer, min(at) AS at, exact_sum(amount) AS amount, invoice FROM priced GROUP BY customer, invoice;
	ANALYZE priced, invoices;
});
is(query(q{SELECT count(*) FROM lines WHERE customer IS NOT NULL AND quantity > 0}), '397924', 'lines of goods sold');
is(query(q{SELECT sum(orders) FROM cohort_report('priced', 'customer', 'at', 'amount', order_id => 'invoice')}), '18536',
	'orders');

my @reports = (
	[ 'cohort_report', q{}, 90 ], [ 'cohort_report', q{, refunds => 'match'}, 90 ], [ 'cltv_holdout', q{, '2011-06-30'}, 2900 ],
	[ 'cltv_holdout', q{, '2011-06-30', refunds => 'match'}, 2800 ], [ 'cltv_backtest', q{, '2011-06-30', '{nbd}'}, 2 ],
	[ 'cltv_calibration', q{, '2011-06-30', '{nbd}'}, 8 ], [ 'cltv_tracking', q{, '2011-06-30', '{nbd}'}, 50 ]);
for my $report (@reports)
{
	my ($function, $rest, $rows) = @$report;
	my ($invoices, $lines) = map { "$function($_, 'customer', 'at', 'amount'$rest" } "'invoices'", "'priced'";
	is(query(qq{WITH i AS MATERIALIZED (SELECT i::text AS row FROM $invoices) AS i),
			l AS MATERIALIZED (SELECT l::text AS row FROM $lines, order_id => 'invoice') AS l)
		SELECT (SELECT count(*) >= $rows FROM i), (SELECT count(*) FROM (TABLE i EXCEPT ALL TABLE l) AS d),
			(SELECT count(*) FROM (TABLE l EXCEPT ALL TABLE i) AS d)}), 't|0|0', "$function$rest: the lines give what the invoices give");
}
# Without it, a hint
my (undef, undef, $err) = $node->psql('postgres', q{SELECT count(*) FROM cohort_report('priced', 'customer', 'at', 'amount')});
like($err, qr/NOTICE:  rows look like lines of orders: [^\n]*\n.*order_id => /s, 'a hint for the lines');
is(scalar(() = $err =~ /NOTICE/g), 1, 'one');
(undef, undef, $err) = $node->psql('postgres', q{SELECT count(*) FROM cohort_report('invoices', 'customer', 'at', 'amount')});
is($err, '', 'none for the invoices');
# The customer who bought for 168,469.60 and cancelled it 12 minutes later
is(query(q{SELECT (SELECT holdout_revenue FROM cltv_holdout('priced', 'customer', 'at', 'amount', '2011-06-30', order_id => 'invoice', refunds => 'match')
			WHERE customer_id = '16446')}), '0', 'what was cancelled is no revenue');

$node->stop;
done_testing();
