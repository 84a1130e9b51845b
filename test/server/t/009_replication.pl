# Stored values reach a subscriber and a standby unchanged, and a standby answers every query as its primary does.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Queries;
use Test::More;
use Values;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 'logical');
$primary->start;
$primary->safe_psql('postgres', $Queries::tables);
$primary->safe_psql('postgres', q{CALL cltv_materialize('value', 'orders'); CALL cltv_materialize('folded', 'orders', incremental => true)});

# A standby reads.
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

# What comes after the backup comes by WAL.
$primary->safe_psql('postgres', 'CREATE DATABASE typed');
$primary->safe_psql('typed', Values::tables());

sub wait_for_standby
{
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
	return;
}
wait_for_standby();
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 't', 'the standby is one');
my %queries = Queries::all();
for my $name (sort keys %queries)
{
	is($standby->safe_psql('postgres', $queries{$name}), $primary->safe_psql('postgres', $queries{$name}), "standby: $name");
}
for my $type (Values::types())
{
	is(Values::contents($standby, 'typed', "of_$type"), Values::contents($primary, 'typed', "of_$type"), "standby: values of $type");
}
my @views = map { ("value$_", "folded$_") } '', qw(_model _segments _rfm_grid _value_bands _at_risk _forecast _next);
for my $view (@views, 'cltv_health', 'cltv_refresh_log')
{
	is(Values::contents($standby, 'postgres', $view), Values::contents($primary, 'postgres', $view), "standby: $view");
}
for my $call (
	q{CALL cltv_refresh('value')}, q{CALL cltv_refresh('folded')}, q{CALL cltv_rebuild('folded')},
	q{CALL cltv_materialize('more', 'orders')}, q{CALL cltv_drop('value')})
{
	my (undef, undef, $error) = $standby->psql('postgres', "\\set VERBOSITY verbose\n$call");
	like($error, qr/ERROR:  25006: /, "standby: $call says that it cannot write");
}

# A subscriber gets the rows of the first copy, and later ones, as text and in binary form.
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->start;
my %options = (as_text => '', as_binary => 'WITH (binary = true)');
delete $options{as_binary} if $subscriber->safe_psql('postgres', 'SHOW server_version_num') < 140000;
$primary->safe_psql('typed', "ALTER TABLE of_$_ ADD id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY") for Values::types();
$primary->safe_psql('typed', 'CREATE PUBLICATION everything FOR TABLE ' . join ', ', map { "of_$_" } Values::types());
for my $form (sort keys %options)
{
	$subscriber->safe_psql('postgres', "CREATE DATABASE $form");
	$subscriber->safe_psql($form, Values::definitions() . join '', map { "ALTER TABLE of_$_ ADD id int PRIMARY KEY;" } Values::types());
	my $publisher = $primary->connstr . ' dbname=typed';
	$subscriber->safe_psql($form, "CREATE SUBSCRIPTION $form CONNECTION '$publisher' PUBLICATION everything $options{$form}");
	$subscriber->wait_for_subscription_sync($primary, "$form", $form) if $subscriber->can('wait_for_subscription_sync');
	$subscriber->poll_query_until($form, q{SELECT count(*) = 0 FROM pg_subscription_rel WHERE srsubstate NOT IN ('r', 's')})
	  or die "$form: the first copy did not end";
}
$primary->safe_psql('typed', "INSERT INTO of_$_ (value) SELECT value FROM of_$_; DELETE FROM of_$_ WHERE id = 1;
	UPDATE of_$_ SET value = (SELECT value FROM of_$_ WHERE value IS NOT NULL ORDER BY id DESC LIMIT 1) WHERE id = 2")
  for Values::types();
for my $form (sort keys %options)
{
	$primary->wait_for_catchup("$form");
	for my $type (Values::types())
	{
		is(Values::contents($subscriber, $form, "of_$type"), Values::contents($primary, 'typed', "of_$type"), "subscriber, $form: values of $type");
	}
}
$subscriber->safe_psql($_, "DROP SUBSCRIPTION $_") for sort keys %options;

# The standby takes over, and the views refresh there.
my $before = $primary->safe_psql('postgres', 'SELECT count(*), sum(orders) FROM value');
$primary->stop;
$standby->promote;
$standby->safe_psql('postgres', q{INSERT INTO orders VALUES (5000, '2024-12-31', 10); CALL cltv_refresh('value'); CALL cltv_refresh('folded')});
isnt($standby->safe_psql('postgres', 'SELECT count(*), sum(orders) FROM value'), $before, 'promoted: the views refresh');
is( $standby->safe_psql('postgres', q{SELECT count(*) FROM value_history AS w JOIN folded_history AS f USING (customer_id)
		WHERE w.history::text = f.history::text}),
	'2001', 'promoted: rebuilt and folded histories are one');
# The simulated shop has several orders of a customer a day, as days are all that is kept of times here.
like( $standby->safe_psql('postgres', 'SELECT name, health, reason FROM cltv_health ORDER BY name'),
	qr/^public\.folded\|stale\|no order after [^|]*; found in the orders: rows that look like lines of orders \([^|]*\)\npublic\.value\|stale\|no order after [^|]*; found in the orders: rows that look like lines of orders \([^|]*\)$/,
	'promoted: healthy but for the age of the orders, and what is odd about the orders is known');

$standby->stop;
$subscriber->stop;
done_testing();
