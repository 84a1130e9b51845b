# An installation that came by upgrades is the same as a fresh one, and a released install script never changes.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Below sql/released: cltv--VERSION.sql as it was released, each with its line in SHA256SUMS.
my $source = $ENV{CLTV_SOURCE} // '.';
my %released;
if (-f "$source/sql/released/SHA256SUMS")
{
	for my $line (split /\n/, slurp_file("$source/sql/released/SHA256SUMS"))
	{
		my ($sum, $script) = $line =~ /^([0-9a-f]{64})  (\S+)$/ or die "SHA256SUMS: $line";
		$released{$script} = $sum;
	}
}
my @frozen = map { s/^.*\///r } glob "$source/sql/released/*.sql";
is("@frozen", join(' ', sort keys %released), 'every released install script has a checksum');

# The install script is the join of all fragments, each once.
my @joined = sort grep { !/^#/ } split /\n/, slurp_file("$source/sql/order");
my @fragments = sort map { s/^\Q$source\E\/sql\///r } grep { !/\/(?:upgrade|released)\// } glob "$source/sql/*/*.sql";
is(join("\n", @joined), join("\n", @fragments), 'sql/order names every fragment once');

my $node = PostgreSQL::Test::Cluster->new('upgrade');
$node->init;
$node->start;

my $scripts = $node->safe_psql('postgres', q{SELECT setting FROM pg_config WHERE name = 'SHAREDIR'}) . '/extension';
for my $script (sort keys %released)
{
	is(sha256_hex(slurp_file("$scripts/$script")), $released{$script}, "$script is as it was released");
}

# Everything that belongs to the extension, as text: what it is, how it is defined, what it says of itself.
my $catalog = q{
	SELECT line FROM (SELECT pg_describe_object(classid, objid, 0) || ': ' || concat_ws(' | ',
		CASE WHEN classid = 'pg_proc'::regclass THEN
			(SELECT CASE WHEN prokind IN ('a', 'w') THEN to_jsonb(a)::text || prosrc ELSE pg_get_functiondef(p.oid) END
			 FROM pg_proc AS p LEFT JOIN LATERAL (
				SELECT aggkind, aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggtranstype::regtype,
					aggtransspace, agginitval FROM pg_aggregate WHERE aggfnoid = p.oid) AS a ON true
			 WHERE p.oid = objid) END,
		CASE WHEN classid = 'pg_type'::regclass THEN
			(SELECT concat_ws(' ', typlen, typalign, typstorage, typinput, typoutput, typreceive, typsend)
			 FROM pg_type WHERE oid = objid) END,
		CASE WHEN classid = 'pg_class'::regclass THEN
			(SELECT string_agg(concat_ws(' ', attname, atttypid::regtype), ', ' ORDER BY attnum)
			 FROM pg_attribute WHERE attrelid = objid AND attnum > 0)
			|| coalesce((SELECT pg_get_viewdef(oid) FROM pg_class WHERE oid = objid AND relkind = 'v'), '')
			|| coalesce((SELECT relacl::text FROM pg_class WHERE oid = objid), '') END,
		CASE WHEN classid = 'pg_cast'::regclass THEN
			(SELECT castcontext::text || castfunc::regprocedure FROM pg_cast WHERE oid = objid) END,
		obj_description(objid, classid::regclass::name)) AS line
	FROM pg_depend
	WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'cltv')) AS members
	ORDER BY line COLLATE "C"};

$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('fresh', 'CREATE EXTENSION cltv');
my $fresh = $node->safe_psql('fresh', $catalog);
cmp_ok(scalar(split /\n/, $fresh), '>', 100, 'the catalog knows the extension');
my $newest = $node->safe_psql('fresh', "SELECT extversion FROM pg_extension WHERE extname = 'cltv'");

for my $version (map { /^cltv--([\d.]+)\.sql$/ } sort keys %released)
{
	(my $database = "from_$version") =~ tr/./_/;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql(
		$database, qq{
		CREATE EXTENSION cltv VERSION '$version';
		CREATE TABLE kept AS
		SELECT purchase_history(day, 10) AS history, bgnbd_model(1, 2, 3, 4) AS model, customer_base(2, 3, 5) AS base
		FROM unnest(ARRAY[date '2024-01-01', date '2024-02-01']) AS day;
		CREATE VIEW predicted AS SELECT bgnbd_predict(model, 1, 31, 60, 30) AS orders FROM kept});
	my $before = $node->safe_psql($database, 'SELECT kept::text, orders FROM kept, predicted');
	$node->safe_psql($database, 'ALTER EXTENSION cltv UPDATE');
	is($node->safe_psql($database, $catalog), $fresh, "$version upgraded to $newest equals a fresh install");
	is($node->safe_psql($database, 'SELECT kept::text, orders FROM kept, predicted'),
		$before, "what $version stored and used is as it was");
}

$node->stop;
done_testing();
