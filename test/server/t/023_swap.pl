# A refresh swaps what readers see: nobody waits for a tenth of a second, one who reads for long keeps the rows of their
# transaction and holds up nothing, and the view stays what it is, with all that others have put on it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('swap');
$node->init;
$node->append_conf('postgresql.conf', "max_parallel_workers_per_gather = 0\nautovacuum = off\n");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION cltv;
	CREATE ROLE reader;
	CREATE ROLE stranger LOGIN;
	CREATE TABLE all_orders AS
	SELECT * FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5),
		gg_model(p => 6.25, q => 3.74, v => 15.44), 3000, date '2023-01-01', date '2024-12-31', 7);
	CREATE TABLE orders AS SELECT * FROM all_orders WHERE ordered_at < date '2024-10-01';
	CALL cltv_materialize('shop', 'orders');
	CREATE VIEW best AS SELECT customer_id, cltv FROM shop WHERE value_tier = 'High';
	CREATE INDEX shop_by_value ON shop ((cltv / 2) DESC) INCLUDE (segment) WHERE cltv > 1;
	COMMENT ON INDEX shop_by_value IS 'mine';
	COMMENT ON MATERIALIZED VIEW shop IS 'mine, too';
	CREATE INDEX "a ""strange"" ON USING index" ON shop USING hash (segment);
	ALTER MATERIALIZED VIEW shop SET (autovacuum_enabled = false);
	ALTER MATERIALIZED VIEW shop RENAME COLUMN churn_prob TO chance;
	ALTER MATERIALIZED VIEW shop_history ALTER COLUMN history SET STORAGE EXTERNAL;
	GRANT SELECT ON shop, best TO reader;
});

sub night
{
	my ($day) = @_;
	$node->safe_psql('postgres', "INSERT INTO orders SELECT * FROM all_orders WHERE ordered_at >= date '2024-10-01' + $day - 1
		AND ordered_at < date '2024-10-01' + $day");
	return;
}

sub asked { return $node->safe_psql('postgres', $_[0]) }

my $what_it_is = q{
	SELECT c.oid, c.relowner, c.relacl, c.reloptions, obj_description(c.oid), pg_get_viewdef(c.oid),
		(SELECT string_agg(concat(i.indexrelid, pg_get_indexdef(i.indexrelid), obj_description(i.indexrelid)), E'\n' ORDER BY i.indexrelid)
		FROM pg_index AS i WHERE i.indrelid = c.oid)
	FROM pg_class AS c WHERE c.relname IN ('shop', 'shop_history', 'best') ORDER BY 1};
my $files = q{SELECT string_agg(c.oid || ' ' || pg_relation_filenode(c.oid), ',' ORDER BY c.oid) FROM pg_class AS c
	WHERE c.oid IN ('shop'::regclass, 'shop_history'::regclass)
		OR c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid IN ('shop'::regclass, 'shop_history'::regclass))};
my $contents = q{SELECT md5(string_agg(v::text, E'\n' ORDER BY customer_id)) FROM shop AS v};
my $afresh = q{DROP MATERIALIZED VIEW IF EXISTS by_hand; SELECT format('CREATE MATERIALIZED VIEW by_hand AS %s', rtrim(pg_get_viewdef('shop'), ';')) \gexec
	SELECT md5(string_agg(v::text, E'\n' ORDER BY customer_id)) FROM by_hand AS v};

# What it is stays; what it is stored in is another.
my ($is, $stored) = (asked($what_it_is), asked($files));
night(1);
asked(q{CALL cltv_refresh('shop')});
is(asked($what_it_is), $is, 'the views are what they were: rights, options, remarks, definition, indexes');
my %before = map { split / / } split /,/, $stored;
my %after = map { split / / } split /,/, asked($files);
is(scalar(grep { $before{$_} == $after{$_} } keys %before), 0, 'every file of them is another');
is(asked($contents), asked($afresh), 'with the contents of the query');
is(asked(q{SELECT max(last_order) FROM shop}), '2024-10-01', 'as of the new day');
is(asked(q{SELECT count(*) FROM best}), asked(q{SELECT count(*) FROM by_hand WHERE value_tier = 'High'}), 'a view over it sees them');
is(asked(q{SELECT count(*) FROM pg_class WHERE relname LIKE 'cltv_fresh%'}), '0', 'and nothing is left over');
for my $case ([ 'shop_by_value', 'cltv > 1 AND cltv / 2 > 20', 'off' ], [ 'shop_customer_id_idx', 'customer_id < 500', 'off' ],
	[ 'a "strange" ON USING index', "segment = 'Champions'", 'on' ])
{
	my ($index, $condition, $bitmaps) = @$case;
	my $query = "SELECT count(*), round(sum(cltv)::numeric, 6) FROM shop WHERE $condition";
	my $forced = "SET enable_seqscan = off; SET enable_bitmapscan = $bitmaps;";
	like(asked("$forced EXPLAIN (COSTS off) $query") =~ s/""/"/gr, qr/\Q$index\E/, "$index is used");
	is(asked("$forced $query"), asked("SET enable_indexscan = off; SET enable_bitmapscan = off; $query"), '... and finds the same');
}
is( asked(q{SELECT count(*) FROM pg_class AS c JOIN pg_class AS t ON t.oid = c.reltoastrelid
		WHERE c.relname IN ('shop', 'shop_history') AND t.relname = 'pg_toast_' || c.oid
			AND EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = t.oid AND d.refobjid = c.oid AND d.deptype = 'i')}),
	asked(q{SELECT count(*) FROM pg_class AS c WHERE c.relname IN ('shop', 'shop_history') AND c.reltoastrelid <> 0}),
	'long values are kept where they are looked for');

# Long values: histories of thousands of days are stored apart, and go with the others.
asked(q{INSERT INTO orders SELECT 1, date '2010-01-01' + i, 1 FROM generate_series(1, 5000) AS i WHERE i % 3 > 0});
asked(q{CALL cltv_refresh('shop')});
is(asked(q{SELECT pg_column_size(history) > 10000, rfm_summary(history, '2024-12-31') IS NOT NULL FROM shop_history WHERE customer_id = 1}), 't|t',
	'a long history is there');
night(2);
asked(q{CALL cltv_refresh('shop')});
is(asked(q{SELECT orders > 3000 FROM shop WHERE customer_id = 1}), 't', 'and after another night');
is( asked(q{SELECT count(*) FROM pg_class WHERE relkind = 't' AND relname LIKE 'pg_toast_%' AND oid > 16384
		AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.reltoastrelid = pg_class.oid)}), '0', 'no such store is left without its view');
asked('VACUUM FULL shop_history; VACUUM (FREEZE) shop; ANALYZE; REFRESH MATERIALIZED VIEW CONCURRENTLY shop');

# Who reads in a long transaction keeps reading the same, and the refresh goes another way.
night(3);
my $old = asked($contents);
my $reader = Session->new($node, 'postgres');
$reader->query('SET ROLE reader; BEGIN ISOLATION LEVEL REPEATABLE READ');
is($reader->query('SELECT max(last_order) FROM shop'), '2024-10-02', 'somebody reads in a long transaction');
my $refresh = Session->new($node, 'postgres');
$refresh->send(q{CALL cltv_refresh('shop')});
my ($reads, $slowest, $failed) = (0, 0, 0);
my $end = time + 8;
my $visitor = Session->new($node, 'postgres');
# A twentieth of a second by the clock of the refresh, which is not alone on the machine of a test.
$visitor->query(q{SET lock_timeout = '300ms'});
while (time < $end)
{
	my $start = time;
	my ($out, $err) = $visitor->query('SELECT count(*) FROM shop WHERE customer_id < 10');
	++$reads;
	++$failed if $err =~ /ERROR/;
	$slowest = time - $start if time - $start > $slowest;
}
note sprintf '%d reads, the slowest took %.0f ms', $reads, 1000 * $slowest;
cmp_ok($reads, '>', 5, 'others read meanwhile');
is($failed, 0, '... and wait for no lock for long');
my (undef, $said) = $refresh->answer;
unlike($said, qr/ERROR/, 'the refresh comes to its end while the long one still reads');
is($reader->query('SELECT max(last_order) FROM shop'), '2024-10-02', 'who reads what was there before');
is(asked('SELECT max(last_order) FROM shop'), '2024-10-03', 'where others read what is new');
$reader->query('COMMIT');
is($reader->query('SELECT max(last_order) FROM shop'), '2024-10-03', 'and then reads that as well');
is(asked($contents), asked($afresh), 'which is the contents of the query');

# Who may not create in the schema any more refreshes as before, and so does whoever has an index of another kind.
night(4);
asked(q{CREATE FUNCTION half(float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 2';
	CREATE TABLE cltv_fresh_taken AS SELECT 1; SELECT format('ALTER TABLE cltv_fresh_taken RENAME TO %I', 'cltv_fresh_' || 'shop'::regclass::oid) \gexec});
$stored = asked(q{SELECT pg_relation_filenode('shop')});
asked(q{CALL cltv_refresh('shop')});
is(asked(q{SELECT pg_relation_filenode('shop')}), $stored, 'where the name of the other is taken, rows are exchanged');
is(asked($contents), asked($afresh), 'to the same contents');

# What does not fit is refused, and nothing of others can be swapped.
asked(q{
	CREATE MATERIALIZED VIEW one AS SELECT 1 AS a, 'x'::text AS b;
	CREATE MATERIALIZED VIEW two AS SELECT 2::bigint AS a, 'y'::text AS b;
	CREATE MATERIALIZED VIEW three AS SELECT 3 AS a, 'z'::text AS b;
	CREATE MATERIALIZED VIEW four AS SELECT 4 AS a, 'z'::text AS b WITH NO DATA;
	CREATE TABLE five AS SELECT 5 AS a, 'z'::text AS b;
	CREATE INDEX ON one (a); CREATE INDEX ON two (a); CREATE INDEX ON three (b); CREATE INDEX ON four (a); CREATE INDEX ON five (a)});
for my $case ([ 'one', 'two', 'columns' ], [ 'one', 'three', 'indexes' ], [ 'one', 'four', 'not been populated' ],
	[ 'one', 'five', 'not a materialized view' ], [ 'pg_class', 'one', 'not a materialized view' ], [ 'one', 'one', 'the same' ])
{
	my (undef, undef, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\nSELECT cltv_swap('$case->[0]', '$case->[1]')");
	like($error, qr/ERROR:  0A000: the contents of .* cannot be swapped: .*$case->[2]/, "@$case[0, 1]: $case->[2]");
}
for my $call ("cltv_swap('one', 'three')", "cltv_hold('one')", "cltv_refresh_view('one', true, true)")
{
	my (undef, undef, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\nSELECT $call", extra_params => [ '-U', 'stranger' ]);
	like($error, qr/ERROR:  42501: must be owner of /, "a stranger's $call");
}
is(asked('SELECT * FROM one'), '1|x', 'what was refused is as it was');
asked(q{DROP INDEX three_b_idx; CREATE INDEX ON three (a); SELECT cltv_swap('one', 'three')});
is(asked(q{SELECT *, to_regclass('three') FROM one}), '3|z|', 'what fits is swapped');

unlike(slurp_file($node->logfile), qr/PANIC|TRAP|could not open file|unexpected/, 'the server has nothing to complain about');
$node->restart;
is(asked($contents), asked($afresh), 'all is there after a restart');
$node->stop('immediate');
$node->start;
is(asked($contents), asked($afresh), 'and after a crash');
$node->stop;
done_testing();
