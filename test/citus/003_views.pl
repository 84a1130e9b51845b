# cltv_materialize, cltv_refresh, cltv_rebuild and cltv_drop over distributed orders: every view is that of one node.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin, "$FindBin::RealBin/../server/lib";
use Citus;
use Near;
use Test::More;

make_shops();

# Accounts as they may be kept: distributed with the orders, in full on every node, or on the coordinator alone.
value($Citus::distributed, "CREATE TABLE everywhere (LIKE accounts); SELECT create_reference_table('everywhere');
	INSERT INTO everywhere SELECT * FROM accounts; CREATE TABLE here AS SELECT * FROM accounts;");
value($Citus::local, 'CREATE VIEW everywhere AS SELECT * FROM accounts; CREATE VIEW here AS SELECT * FROM accounts;');

# The days are those of the zone at the time of the call, whatever the workers have.
my $zone = "SET TimeZone = 'Pacific/Auckland';\n";
my %shops = (
	'plain' => "'orders', margin => 0.3",
	'of moments, by another model' => "'orders', ordered_at => 'moment', model => 'pnbd', bins => 4",
	'as of a day' => "'orders', ordered_at => 'day', amount => 'price', as_of => '2024-06-30', horizon => 90",
	'with accounts beside the orders' => "'orders', margin => 'margin_rate', customers => 'accounts'",
	'with accounts everywhere' => "'orders', margin => 'margin_rate', customers => 'everywhere'",
	'with accounts on the coordinator' => "'orders', margin => 'margin_rate', customers => 'here'",
	'incremental' => "'orders', incremental => true",
	'incremental, of moments' => "'orders', ordered_at => 'moment', incremental => true, customers => 'accounts'");
my @names = sort keys %shops;

# A row a customer, and the models: to the last bit.
my @exact = ('SELECT customer_id, history FROM %s_history ORDER BY 1', 'TABLE %s_model', 'TABLE %s ORDER BY 1',
	'TABLE %s_at_risk ORDER BY 1, 2');
# Sums by core's sum(), whose last digits depend on the order in which the customers lie.
my @sums = map { "TABLE %s$_ ORDER BY 1, 2" } qw(_segments _rfm_grid _value_bands _forecast);

sub all_alike
{
	my ($shop, $what) = @_;
	my @queries = map { sprintf $_, $shop } @exact, @sums;
	my ($cluster, $node) = map { [ answers($_, $zone, @queries) ] } $Citus::distributed, $Citus::local;
	my @differing;
	for my $n (0 .. $#queries)
	{
		my $alike = $n < @exact ? "@{ $cluster->[$n] }" eq "@{ $node->[$n] }"
			: near($cluster->[$n][0], $node->[$n][0]);
		push @differing, $n unless $alike && $cluster->[$n][1] =~ /^PGCOPY/;
	}
	is_deeply([ @queries[@differing] ], [], $what) or diag(map { $cluster->[$_][2] } @differing);
	return;
}

# Runs all the same on both sides, and has it succeed.
sub both_do
{
	my ($sql, $what) = @_;
	my @both = on_both("$zone$sql\n");
	ok($both[0][0] == 0 && $both[1][0] == 0, $what) or diag(map { $_->[2] } @both);
	return;
}

my $shop = 0;
for my $name (@names)
{
	++$shop;
	both_do("CALL cltv_materialize('shop_$shop', $shops{$name});", "cltv_materialize: $name");
	all_alike("shop_$shop", "cltv_materialize: $name: the same views");
}

# New orders, late ones and a correction, then the night.
both_do(q{
	INSERT INTO orders
	SELECT customer_id, at, at::date, at AT TIME ZONE 'UTC', 40 + customer_id % 7, 20.5, country
	FROM accounts AS a (customer_id, country), (VALUES (timestamp '2024-12-30 18:30'), ('2025-01-03 23:45')) AS v (at)
	WHERE customer_id % 10 = 3;
	DELETE FROM orders WHERE customer_id % 50 = 3 AND ordered_at >= '2024-12-31';
	UPDATE orders SET amount = amount + 1 WHERE customer_id = 17;}, 'orders come, go and change');
$shop = 0;
for my $name (@names)
{
	++$shop;
	both_do("CALL cltv_refresh('shop_$shop');", "cltv_refresh: $name");
	if ($name =~ /^incremental/)
	{
		both_do("CALL cltv_rebuild('shop_$shop');\nCALL cltv_refresh('shop_$shop', concurrently => false);",
			"cltv_rebuild: $name");
	}
	all_alike("shop_$shop", "cltv_refresh: $name: the same views");
}
my @log = map { value($_, "SELECT as_of, customers, orders, parameters, status, drift, error FROM cltv_refresh_log
	WHERE name LIKE current_schema || '.%' ORDER BY started") } $Citus::distributed, $Citus::local;
ok(near(@log), 'cltv_refresh_log: the same rows') or diag("$log[0]\nand on one node\n$log[1]");
like($log[0], qr/psi/, 'cltv_refresh_log: with drift');
my @health = map { value($_, "SELECT health, reason, customers FROM cltv_health
	WHERE name LIKE current_schema || '.%' ORDER BY name") } $Citus::distributed, $Citus::local;
is($health[0], $health[1], 'cltv_health: the same rows');

# What is dropped is gone from every node.
$shop = 0;
for my $name (@names)
{
	++$shop;
	both_do("CALL cltv_drop('shop_$shop');", "cltv_drop: $name");
}
is(value($Citus::distributed, q{
	SELECT string_agg(result, '') FROM run_command_on_all_nodes($$SELECT count(*) FROM pg_class
	WHERE relname LIKE 'shop\_%' AND relnamespace = to_regnamespace('} . $Citus::distributed . q{')$$)}) =~ s/0//gr, '',
	'nothing is left of it on any node');

done_testing();
