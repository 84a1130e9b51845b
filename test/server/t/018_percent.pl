# A percent sign in the name of a schema is a letter like any other, in the extension's schema and in that of the orders: the
# SQL that is generated goes through format(), to which it would be one of its own.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('percent');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nclient_min_messages = error\njit = off\n");
$node->start;

# What a database with the extension in one schema and the orders in another says, whatever these are called.
sub figures
{
	my ($database, $schema, $shop) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	my $said = '';
	for my $sql (
		qq{CREATE SCHEMA "$schema"; CREATE SCHEMA "$shop"; CREATE EXTENSION cltv SCHEMA "$schema"; SET search_path = "$schema";
			CREATE TABLE "$shop"."or%ders" AS
			SELECT customer_id AS "cus%tomer", ordered_at AS "at%s", amount AS "a%1I", row_number() OVER () / 2 AS "no%"
			FROM simulate_orders(bgnbd_model(0.55, 40, 0.8, 2.5), gg_model(6.25, 3.74, 15.44), 100, '2023-01-01', '2024-06-30', 7);
			CREATE TABLE "$shop"."buy%ers" AS SELECT DISTINCT "cus%tomer", 0.5 AS "mar%gin", date '2022-12-01' AS "sign%up" FROM "$shop"."or%ders"},
		(map { my ($name, $more) = @$_; (qq{CALL cltv_materialize('"$shop"."$name"', '"$shop"."or%ders"', 'cus%tomer', 'at%s', 'a%1I', $more)},
				qq{CALL cltv_refresh('"$shop"."$name"')}, qq{SELECT md5(string_agg(v::text, ',' ORDER BY v::text)) FROM "$shop"."$name" AS v},
				qq{SELECT md5(string_agg(v::text, ',' ORDER BY v::text)) FROM "$shop"."${name}_segments" AS v}) }
			[ 'plain%', q{replace => true} ], [ 'folded%s', q{incremental => true} ],
			[ 'lines%%', q{order_id => 'no%', refunds => 'match'} ], [ 'lines%d', q{order_id => 'no%', incremental => true} ],
			[ 'rich%I', qq{customers => '"$shop"."buy%ers"', margin => 'mar%gin', revenue => 'month', cohorts => 'month', products => 'no%', clusters => 2, segments => '{"Lost": "50 % off, %s, %1\$I"}'} ]),
		(map { qq{SELECT md5(string_agg(v::text, ',' ORDER BY v::text)) FROM "$shop"."rich%I$_" AS v} } qw(_next _revenue _cohorts _products)),
		qq{CALL cltv_rebuild('"$shop"."folded%s"')}, qq{SELECT health FROM cltv_health ORDER BY name},
		(map { qq{SELECT md5(string_agg(r::text, ',' ORDER BY r::text)) FROM $_ AS r} }
			qq{cohort_report('"$shop"."or%ders"', 'cus%tomer', 'at%s', 'a%1I')},
			qq{subscription_metrics('"$shop"."or%ders"', 'cus%tomer', 'at%s', 'at%s', 'a%1I', by => 'no%', ends => 'inclusive')},
			qq{cltv_backtest_contracts('"$shop"."or%ders"', 'cus%tomer', 'at%s', 'at%s', '2024-01-01', period => 'day', ends => 'inclusive', attributes => '{no%}')},
			qq{cltv_check_orders('"$shop"."or%ders"', 'cus%tomer', 'at%s', 'a%1I', 'no%')},
			qq{revenue_forecast('"$shop"."or%ders"', 'cus%tomer', 'at%s', 'a%1I')}, qq{customer_equity('"$shop"."or%ders"', 'cus%tomer', 'at%s', 'a%1I')},
			qq{acquisition_forecast('"$shop"."or%ders"', 'cus%tomer', 'at%s', 'a%1I', 5)}, qq{cltv_backtest_revenue('"$shop"."or%ders"', 'cus%tomer', 'at%s', 'a%1I', 30)},
			qq{cltv_backtest('"$shop"."or%ders"', 'cus%tomer', 'at%s', 'a%1I', '2023-12-31', '{bgnbd}')}),
		qq{CALL cltv_materialize_contracts('"$shop"."contracts%s"', '"$shop"."or%ders"', 'cus%tomer', 'at%s', 'at%s', 'a%1I',
			ends => 'inclusive', period => 'day', attributes => '{no%}')}, qq{CALL cltv_refresh('"$shop"."contracts%s"')},
		(map { qq{SELECT md5(string_agg(v::text, ',' ORDER BY v::text)) FROM "$shop"."contracts%s$_" AS v} } '', qw(_curve _mrr _renewals)),
		qq{SELECT regexp_replace(findings, '[0-9.]+', '*', 'g') FROM cltv_refresh_log WHERE name LIKE '%contracts%' ORDER BY started LIMIT 1},
		qq{CALL cltv_audience('"$shop"."win%sback"', 'SELECT "cus%tomer", "no%" FROM "$shop"."or%ders"', control => 0.3, rest_days => 3)},
		qq{CALL cltv_audience_refresh('"$shop"."win%sback"')}, qq{SELECT md5(string_agg(concat(customer, arm), ',' ORDER BY customer)) FROM cltv_audience_changes('"$shop"."win%sback"')},
		qq{SELECT count(*) FROM audience_result('"$shop"."win%sback"', '"$shop"."or%ders"', 'cus%tomer', 'at%s', 'a%1I', as_of => '2999-12-31')},
		qq{CALL cltv_drop('"$shop"."folded%s"')}, qq{SELECT count(*) FROM cltv_made}, qq{DROP EXTENSION cltv CASCADE})
	{
		my ($status, $out, $err) = $node->psql($database, qq{SET search_path = "$schema";\n$sql});
		$said .= "$out\n";
		is("$status$err", '0', "\"$schema\": " . substr($sql =~ s/\s+/ /gr, 0, 100));
	}
	return $said;
}
my $plain = figures('plain', 'models', 'shop');
like($plain, qr/^[0-9a-f]{32}$/m, 'there are figures');
my $n = 0;
for my $pair ([ '100%s', '50%d' ], [ '%', '%I%%' ], [ '%1L %I', '100%s' ])
{
	is(figures('odd' . $n++, @$pair), $plain, "$pair->[0] and $pair->[1]: the same figures");
}

$node->stop;
done_testing();
