# The examples of README.md and of pages about orders print what the pages say when the table orders is distributed.
#
# A page that makes a table of orders has it distributed by customer there and then; nothing else is changed. Left out
# are plans of one server, which differ of course, and what installs the extension. Examples that need Citus are run
# here only.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin, "$FindBin::RealBin/../docs/lib";
use Citus;
use Examples;
use Test::More;

my $distribute = q{
	SELECT count(create_distributed_table(oid, 'customer_id')) FROM pg_class
	WHERE oid = to_regclass('orders') AND relkind = 'r' AND oid NOT IN (SELECT logicalrelid FROM pg_dist_partition)};
my $server_version = int(value(undef, 'SHOW server_version_num') / 10000);
my $settings = "SET TimeZone = 'UTC'; SET jit = off; SET citus.shard_count = 8;\n";

# Plans name a node, shards and their number.
sub anywhere
{
	my ($text) = @_;
	return $text =~ s/host=\S+ port=\d+ dbname=\S+/node/gr =~ s/_\d{6,}/_shard/gr =~ s/(Task Count:|One of) \d+/$1 n/gr;
}

for my $name (qw(citus README tour questions purchase_history cohorts backtest validation materialize))
{
	my ($page) = grep { -f } map { "$Citus::source/$_" } "$name.md", "docs/$name.md",
		map { s/^\Q$Citus::source\E\///r } grep { !/\/reference\// } glob "$Citus::source/docs/*/$name.md";
	my $schema = page_schema();
	my $setup = "$Citus::source/test/docs/setup/$name.sql";
	value($schema, Examples::slurp($setup)) if -f $setup;
	for my $example (Examples::of_page($page, $server_version, 'Citus'))
	{
		my ($line, $sql, $expected) = @$example;
		next if $sql =~ /CREATE EXTENSION|ALTER EXTENSION/ || $name ne 'citus' && $sql =~ /^EXPLAIN/m;
		value($schema, $settings . $distribute);
		my ($status, $output, $errors) = psql($schema, $settings . $sql, Examples::psql_options($expected));
		# Views over local views stay on the coordinator, says Citus.
		$errors =~ s/^WARNING:  "view .* has dependency .*\n(?:(?:DETAIL|HINT): .*\n?)*//mg;
		$output = $errors =~ /\S/ ? "$errors\n$output" : $output;
		$expected =~ s/\bpublic\./$schema./g if defined $expected;
		($output, $expected) = map { defined ? anywhere($_) : undef } $output, $expected;
		ok(Examples::fine($status, $output, $expected), "$name.md, line $line, on distributed orders")
		  or diag($sql, "answered\n", $output, defined $expected ? "expected\n$expected" : ());
	}
	is(value($schema, q{SELECT count(*) FROM pg_dist_partition WHERE logicalrelid = to_regclass('orders')}), 1,
		"$name.md: orders were distributed");
}

done_testing();
