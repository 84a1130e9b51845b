# cohort_report reads a foreign table as any other.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Foreign;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('foreign');
$node->init;
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION cltv;
	CREATE TABLE orders AS
	SELECT i % 37 AS customer, timestamptz '2024-01-01 23:30Z' + (i::bigint * 7919 % 150) * interval '1 day' AS at,
		(i % 100)::numeric(8, 2) AS amount
	FROM generate_series(1, 500) AS i;});
plan skip_all => 'postgres_fdw is not installed' if !Foreign::available($node, 'postgres');

Foreign::server($node, 'postgres', 'loopback', $node, 'postgres');
$node->safe_psql(
	'postgres', q{
	CREATE FOREIGN TABLE foreign_orders (customer int, at timestamptz, amount numeric) SERVER loopback
		OPTIONS (table_name 'orders');});

# The days are those of the session here, whatever the other server's time zone.
for my $as_of ('NULL', q{'2024-03-10'})
{
	my $report = sub {
		return $node->safe_psql('postgres',
			"SET TimeZone = 'Asia/Tokyo'; SELECT * FROM cohort_report('$_[0]', 'customer', 'at', 'amount', as_of => $as_of)");
	};
	my $expected = $report->('orders');
	like($expected, qr/^2024-01-01\|0\|/m, "as of $as_of: there is a report");
	is($report->('foreign_orders'), $expected, "as of $as_of: the same of the foreign table");
}

$node->stop;
done_testing();
