# What goes to the workers: whole queries by customer, the partial aggregate of all else; and no rows come back.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Citus;
use Test::More;

make_shops();

# With it, an aggregate that Citus cannot split is an error instead of rows that are pulled up.
my $no_rows = "SET citus.coordinator_aggregation_strategy = 'disabled';\n";

# Citus 14 has these functions for states in binary, too.
my $partial = qr/worker_(binary_)?partial_agg\(/;
my $combine = qr/coord_(binary_)?combine_agg\(/;

sub plan_of
{
	my ($query, $options) = @_;
	my ($status, $plan, $errors) = psql($Citus::distributed, "$no_rows EXPLAIN ($options) $query;\n");
	return $status == 0 ? $plan : "ERROR: $errors";
}

# (what the coordinator does itself, what the plan of one task says)
sub halves
{
	my ($plan) = @_;
	return $plan =~ /^(.*?)^( +->  Task\n.*)/ms ? ($1, $2) : ($plan, '');
}

# By customer: whole.
my %whole = (
	'purchase_history' => 'SELECT customer_id, purchase_history(ordered_at, amount) FROM orders GROUP BY customer_id',
	'rfm_summary' =>
	  q{SELECT customer_id, (rfm_summary(ordered_at, amount, date '2024-12-31')).* FROM orders GROUP BY customer_id},
	'rollup' => 'SELECT customer_id, rollup(history) FROM histories GROUP BY customer_id');
for my $name (sort keys %whole)
{
	my ($above, $task) = halves(plan_of($whole{$name}, 'VERBOSE, COSTS OFF'));
	ok($above =~ /\A *Custom Scan \(Citus Adaptive\)/ && $above !~ /Aggregate/
		&& $task =~ /Query: .*\b$name\(/ && $task !~ $partial, "$name by customer runs whole on the workers")
	  or diag($above, $task);
}

# Of all customers: split, straight from the orders, in one pass.
my $fit = q{SELECT bgnbd_fit(frequency, recency, tenure), gg_fit(frequency, monetary_value)
	FROM (SELECT customer_id, (rfm_summary(ordered_at, amount, date '2024-12-31')).*
		FROM orders GROUP BY customer_id) AS c};
my ($above, $task) = halves(plan_of($fit, 'VERBOSE, COSTS OFF'));
like($above, qr/\A *Aggregate\n.*$combine.*$combine/, 'a fit of all: merged on the coordinator');
like($task, qr/Query: .*$partial.*bgnbd_fit.*$partial.*gg_fit/,
	'a fit of all: partial on the workers');
like($task, qr/HashAggregate.*rfm_summary.*Scan on [\w.]*orders_\d+/s, 'a fit of all: histories where the orders are');
like($above . $task, qr/Task Count: ([2-9]|\d\d)\b.*\n +Node: .*\n +->  Aggregate\n/s,
	'a fit of all: several tasks, each of one group: one row comes back of it, and no customer');

# Predictions run where the customers are; the models are everywhere.
($above, $task) = halves(plan_of('SELECT customer_id, bgnbd_predict(orders_model, frequency, recency, tenure, 90),
	cltv_predict(orders_model, spend_model, frequency, recency, tenure, monetary_value, 365),
	(rfm_score(last_order, orders, revenue, breaks)).* FROM summaries, models', 'VERBOSE, COSTS OFF'));
ok($above =~ /\A *Custom Scan/ && $task =~ /Query: .*bgnbd_predict.*cltv_predict.*rfm_score/,
	'predictions and scores by cut points run on the workers') or diag($above, $task);

# Each aggregate of the extension, with a column of each type: split, and of no rows the same as on one node.
my @aggregates = split /\n/, value($Citus::distributed, q{
	SELECT p.oid::regprocedure FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid AND extname = 'cltv'
	JOIN pg_proc AS p ON p.oid = d.objid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
	WHERE prokind = 'a' ORDER BY 1});
my %types;
my %calls;
for my $aggregate (@aggregates)
{
	my ($name, $types) = $aggregate =~ /^(.*?)\((.*)\)$/;
	my @columns = map { (my $column = $_) =~ s/\W/_/g; $types{$column} = $_; $column } split /,/, $types;
	$calls{$aggregate} = "$name(" . join(', ', @columns) . ')';
}
my $columns = join ', ', map { "$_ $types{$_}" } sort keys %types;
for my $schema ($Citus::local, $Citus::distributed)
{
	value($schema, "CREATE TABLE nobody (customer_id bigint, $columns)");
}
value($Citus::distributed, "SET citus.shard_count = 8; SELECT create_distributed_table('nobody', 'customer_id')");
my @split = split /^plan /m, (psql($Citus::distributed, $no_rows . join('', map {
	"\\qecho plan $_\nEXPLAIN (VERBOSE, COSTS OFF) SELECT $calls{$_} FROM nobody;\n" } @aggregates), '-XqAt'))[1];
shift @split;
my @of_nobody = map { [ answers($_, $no_rows, map { "SELECT $calls{$_} FROM nobody" } @aggregates) ] }
  $Citus::distributed, $Citus::local;
for my $n (0 .. $#aggregates)
{
	my ($above, $task) = halves($split[$n] // '');
	my ($cluster, $node) = map { $of_nobody[$_][$n] } 0, 1;
	ok($above =~ $combine && $task =~ $partial && "@$cluster" eq "@$node"
		&& $node->[1] =~ /^PGCOPY/, "$aggregates[$n] is split, and the same of nobody")
	  or diag($split[$n] // '', $cluster->[2]);
}
cmp_ok(scalar @aggregates, '>', 50, 'there are aggregates');

done_testing();
