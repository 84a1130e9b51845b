# Every type survives a dump and restore, and a binary COPY, to the last digit.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Values;

my $node = PostgreSQL::Test::Cluster->new('dump');
$node->init;
$node->start;

$node->safe_psql('postgres', Values::tables());
is( $node->safe_psql('postgres', q{SELECT typname FROM pg_type JOIN pg_depend ON classid = 'pg_type'::regclass AND objid = pg_type.oid
		JOIN pg_extension ON refclassid = 'pg_extension'::regclass AND refobjid = pg_extension.oid
		WHERE extname = 'cltv' AND deptype = 'e' AND (typtype = 'b' OR typrelid IN (SELECT oid FROM pg_class WHERE relkind = 'c'))
			AND typelem = 0 ORDER BY typname COLLATE "C"}),
	join("\n", Values::types()), 'every type of the extension is tried');

$node->safe_psql('postgres', 'CREATE DATABASE restored');
my $dump = $PostgreSQL::Test::Utils::tmp_check . '/cltv.sql';
$node->command_ok([ 'pg_dump', '--file', $dump, 'postgres' ], 'pg_dump');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, 'restored' ], 'restore');

for my $type (Values::types())
{
	my $before = Values::contents($node, 'postgres', "of_$type");
	my $binary = $PostgreSQL::Test::Utils::tmp_check . "/$type.bin";
	cmp_ok(length $before, '>', 20, "$type: there is something to compare");
	is(Values::contents($node, 'restored', "of_$type"), $before, "$type: dumped and restored");
	$node->safe_psql('postgres', "CREATE TABLE binary_$type (value $type);
		COPY of_$type TO '$binary' (FORMAT binary); COPY binary_$type FROM '$binary' (FORMAT binary)");
	is(Values::contents($node, 'postgres', "binary_$type"), $before, "$type: copied as binary");
}

my $view = Values::contents($node, 'postgres', 'histories');
is(Values::contents($node, 'restored', 'histories'), $view, 'materialized view: restored');
$node->safe_psql('restored', 'REFRESH MATERIALIZED VIEW histories');
is(Values::contents($node, 'restored', 'histories'), $view, 'materialized view: refreshed');

# A model refitted from restored bases is the same model.
my $refit = q{SELECT bgnbd_fit(b), gg_fit(s) FROM (SELECT rollup(value) AS b FROM of_customer_base) AS one,
	(SELECT rollup(value) AS s FROM of_spend_base) AS two};
is($node->safe_psql('restored', $refit), $node->safe_psql('postgres', $refit), 'fits of restored bases are identical');

# Scores by restored breaks are the same scores, and the playbook is there for everybody.
my $scores = q{SELECT md5(string_agg(rfm_score(last_order, orders, revenue, value)::text, ',' ORDER BY customer_id, value::text))
	FROM summaries, of_rfm_breaks WHERE value::jsonb ->> 'time' = 'date'};
like(my $before = $node->safe_psql('postgres', $scores), qr/^[0-9a-f]{32}$/, 'there are scores');
is($node->safe_psql('restored', $scores), $before, 'scores by restored breaks are identical');
is($node->safe_psql('restored', q{SELECT has_table_privilege('public', 'rfm_segments', 'SELECT')}),
	't', 'the playbook can be read by everybody after a restore');

$node->stop;
done_testing();
