# What cltv_materialize made survives a dump and restore, by a superuser or by the extension's user, and pg_upgrade: all
# is there, and cltv_refresh goes on.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('moves');
$node->init;
$node->start;
# Whoever runs the tests: the roles of this one are postgres and shop.
$node->safe_psql('postgres', 'CREATE ROLE postgres SUPERUSER LOGIN')
  if $node->safe_psql('postgres', 'SELECT current_user') ne 'postgres';
$node->safe_psql('postgres', 'CREATE ROLE shop LOGIN CREATEDB');

my $make = q{
	CREATE SCHEMA "The Models"; CREATE EXTENSION cltv SCHEMA "The Models";
	SET search_path = public, "The Models";
	CREATE TABLE all_orders AS
	SELECT * FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5),
		gg_model(p => 6.25, q => 3.74, v => 15.44), 600, date '2023-01-01', date '2024-12-31', 7);
	ALTER TABLE all_orders ADD COLUMN product text;
	UPDATE all_orders SET product = 'p ' || customer_id % 8;
	CREATE TABLE orders AS SELECT customer_id, ordered_at, amount, product FROM all_orders WHERE ordered_at < date '2024-12-01';
	CREATE TABLE buyers AS SELECT id AS customer_id, 'AT' AS "Country" FROM generate_series(1, 600) AS id;
	CALL cltv_materialize('"The Shop"', 'orders', customers => 'buyers',
		revenue => 'quarter', cohorts => 'quarter', products => 'product', clusters => 'auto', segments => '{"Lost": "\"Weg\\\\ ''damit''"}');
	CALL cltv_materialize('folded', 'orders', customers => 'buyers', incremental => true, revenue => 'quarter', cohorts => 'quarter', products => 'product', clusters => 'auto',
		segments => '{"Lost": "\"Weg\\\\ ''damit''"}');
	INSERT INTO orders SELECT customer_id, ordered_at, amount, product FROM all_orders WHERE ordered_at BETWEEN '2024-12-01' AND '2024-12-11';
	CALL cltv_refresh('"The Shop"');
	CALL cltv_refresh('folded')};
my @views = map { my $name = $_; map { "$name$_" } '', qw(_model _history _segments _rfm_grid _value_bands _at_risk _forecast _next _revenue _cohorts _products _clusters) }
  'The Shop', 'folded';
push @views, 'folded_watermark', 'folded_source';

# Rows, definition and remarks of each; sums may add up in another order.
sub everything
{
	my ($there, $user, $database) = @_;
	return join "\n", map { $there->safe_psql($database, qq{
		SELECT '$_', pg_get_userbyid(relowner), relispopulated, md5(concat(
			(SELECT string_agg(cells::text, E'\\n' ORDER BY cells::text COLLATE "C") FROM
				(SELECT array_agg(CASE jsonb_typeof(value) WHEN 'number' THEN round(value::numeric, 5)::text ELSE value::text END
					ORDER BY key) AS cells
				FROM (SELECT row_number() OVER () AS n, to_jsonb(all_of_it) AS row FROM public."$_" AS all_of_it) AS rows, jsonb_each(row)
				GROUP BY n) AS rounded),
			CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END,
			(SELECT string_agg(concat(attname, ' ', atttypid::regtype, ' ', col_description(oid, attnum)), E'\\n' ORDER BY attnum)
				FROM pg_attribute WHERE attrelid = oid AND attnum > 0),
			(SELECT string_agg(pg_get_indexdef(indexrelid), E'\\n' ORDER BY pg_get_indexdef(indexrelid))
				FROM pg_index WHERE indrelid = oid),
			obj_description(oid, 'pg_class')))
		FROM pg_class WHERE oid = 'public."$_"'::regclass}, extra_params => [ '-U', $user ]) } @views;
}

# The orders of the rest of the month: both ways of refreshing end with the same customers.
sub goes_on
{
	my ($there, $user, $database, $what) = @_;
	my @as = (extra_params => [ '-U', $user ]);
	$there->safe_psql($database, q{
		INSERT INTO orders SELECT customer_id, ordered_at, amount, product FROM all_orders WHERE ordered_at > '2024-12-11';
		CALL "The Models".cltv_refresh('"The Shop"');
		CALL "The Models".cltv_refresh('folded')}, @as);
	is( $there->safe_psql($database, q{SELECT name, health, as_of FROM "The Models".cltv_health ORDER BY name}, @as),
		qq{public."The Shop"|stale|2024-12-31\npublic.folded|stale|2024-12-31}, "$what: cltv_refresh goes on");
	is( $there->safe_psql($database, q{SELECT count(*), (SELECT count(*) FROM (TABLE "The Shop" EXCEPT TABLE folded) AS d),
			(SELECT count(*) FROM folded_history JOIN (SELECT customer_id,
				"The Models".purchase_history(ordered_at, amount) AS history FROM orders GROUP BY 1) AS o USING (customer_id)
			WHERE folded_history.history::text = o.history::text)
		FROM folded}, @as), '600|0|600', "$what: incremental and not, to the same histories and customers");
	$there->safe_psql($database, q{CALL "The Models".cltv_rebuild('folded'); CALL "The Models".cltv_drop('folded');
		CALL "The Models".cltv_drop('"The Shop"')}, @as);
	is( $there->safe_psql($database, q{SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace
			AND relkind IN ('v', 'm')}, @as), '0', "$what: cltv_drop finds all of it");
	return;
}

my $dumps = $PostgreSQL::Test::Utils::tmp_check;
for my $user ('postgres', 'shop')
{
	# Not the user's name: that is a database already.
	my $database = "of_$user";
	$node->safe_psql('postgres', "CREATE DATABASE $database OWNER $user; CREATE DATABASE ${database}_restored OWNER $user;
		CREATE DATABASE ${database}_empty OWNER $user");
	$node->safe_psql($database, $make, extra_params => [ '-U', $user ]);
	my $before = everything($node, $user, $database);
	like($before, qr/^The Shop\|$user\|t\|.*^folded_source\|$user\|t\|/ms, "$user: there is something to compare");

	$node->command_ok([ 'pg_dump', '-U', $user, '-f', "$dumps/$database.sql", $database ], "$user: pg_dump");
	unlike(slurp_file("$dumps/$database.sql"), qr/^(?:COPY|INSERT INTO).*cltv_refresh_log/m, "$user: the log is not part of it");
	$node->command_ok([ 'psql', '-X', '-q', '-U', $user, '-v', 'ON_ERROR_STOP=1', '-f', "$dumps/$database.sql",
			"${database}_restored" ], "$user: restore");
	is(everything($node, $user, "${database}_restored"), $before, "$user: all is there");
	is( $node->safe_psql("${database}_restored", 'SELECT count(*) FROM "The Models".cltv_health', extra_params => [ '-U', $user ]),
		'0', "$user: nothing has been refreshed there yet");
	goes_on($node, $user, "${database}_restored", "$user, restored");

	# Of the schema alone, the views are there, but empty and not populated.
	for my $part ([ '--schema-only' ], [ '--data-only', map { ('-t', $_) }
			qw(all_orders orders buyers folded_history folded_watermark), '"The Models".cltv_made' ])
	{
		$node->command_ok([ 'pg_dump', '-U', $user, '-f', "$dumps/$database.sql", @$part, $database ], "$user: pg_dump $part->[0]");
		$node->command_ok([ 'psql', '-X', '-q', '-U', $user, '-v', 'ON_ERROR_STOP=1', '-f', "$dumps/$database.sql",
				"${database}_empty" ], "$user: restore of it");
	}
	is( $node->safe_psql("${database}_empty", q{SELECT bool_or(relispopulated) FROM pg_class WHERE relkind = 'm'}),
		'f', "$user: views are not populated");
	goes_on($node, $user, "${database}_empty", "$user, restored without data");
}

# pg_upgrade, from this version to itself: it moves the files of the views and tables, the log among them.
SKIP:
{
	my $bin = $node->safe_psql('postgres', q{SELECT setting FROM pg_config WHERE name = 'BINDIR'});
	skip 'no pg_upgrade here', 1 unless -x "$bin/pg_upgrade";
	my %before = map { $_ => everything($node, $_, "of_$_") } 'postgres', 'shop';
	my $log = q{SELECT * FROM "The Models".cltv_refresh_log ORDER BY started};
	my $log_before = $node->safe_psql('of_shop', $log);
	cmp_ok(scalar(split /\n/, $log_before), '==', 4, 'there is a log');
	my $new = PostgreSQL::Test::Cluster->new('upgraded');
	$new->init;
	$node->stop;
	chdir $dumps or die "chdir: $!";
	$new->command_ok([ 'pg_upgrade', '--link', '-d', $node->data_dir, '-D', $new->data_dir, '-b', $bin, '-B', $bin,
			'-s', $new->host, '-p', $node->port, '-P', $new->port ], 'pg_upgrade');
	$new->start;
	is(everything($new, $_, "of_$_"), $before{$_}, "$_: all is there after pg_upgrade") for 'postgres', 'shop';
	is($new->safe_psql('of_shop', $log), $log_before, 'the log, too');
	goes_on($new, $_, "of_$_", "$_, upgraded") for 'postgres', 'shop';
	$new->stop;
}

$node->stop;
done_testing();
