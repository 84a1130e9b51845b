# Two sessions that make one name at once: one of them makes it, and the other is told so in words of ours; nothing is left of what
# it began. And what is dropped while it is being refreshed is said to be gone.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('at_once');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION cltv;
	CREATE TABLE orders AS SELECT i % 40 AS customer_id, date '2024-01-01' + (i * 7919 % 300) AS ordered_at, 10.0 AS amount FROM generate_series(1, 400) AS i;
	CREATE TABLE subscriptions AS SELECT i AS customer_id, date '2023-01-01' + i AS started_on,
		CASE WHEN i % 3 = 0 THEN date '2023-09-01' + i END AS ended_on, 10.0 AS mrr FROM generate_series(1, 200) AS i;
	ALTER DATABASE postgres SET client_min_messages = warning;
	CALL cltv_materialize('base', 'orders')});

sub relations { my ($name) = @_; return $node->safe_psql('postgres', "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relname ~ '^$name' AND relkind IN ('m', 'v', 'r')") }
sub session { return Session->new($node, 'postgres', '-v', 'VERBOSITY=verbose') }
sub waits { my ($session) = @_; return $node->poll_query_until('postgres', "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = " . $session->pid) }

for my $case (
	[ 'cltv_materialize', 'shop', "CALL cltv_materialize('shop', 'orders')" ],
	[ 'cltv_materialize', 'fold', "CALL cltv_materialize('fold', 'orders', incremental => true)" ],
	[ 'cltv_materialize_contracts', 'club', "CALL cltv_materialize_contracts('club', 'subscriptions')" ],
	[ 'cltv_audience', 'list', "CALL cltv_audience('list', 'SELECT customer_id FROM base')" ])
{
	my ($called, $name, $call) = @$case;
	my ($first, $second) = (session(), session());
	$first->query("BEGIN; $call");
	$second->send($call);
	ok(waits($second), "$name: the second waits");
	$first->query('COMMIT');
	my $made = relations($name);
	my $told = ($second->answer)[1];
	like($told, qr/ERROR:  42P07: $name was made by another session at the same time/, "$name: it is told");
	like($told, qr/HINT:  See what it made, and call $called again/, "$name: and what to do");
	unlike($told, qr/duplicate key|DETAIL/, "$name: in no words of the catalog's");
	is(relations($name), $made, "$name: and leaves nothing behind");
	$_->finish for $first, $second;
}

# Dropped by two: the second finds it gone, and ends as the first did.
{
	my ($first, $second) = (session(), session());
	$first->query("CALL cltv_materialize('twice', 'orders'); BEGIN; CALL cltv_drop('twice')");
	$second->send("CALL cltv_drop('twice')");
	ok(waits($second), 'the second who drops waits');
	$first->query('COMMIT');
	unlike(($second->answer)[1], qr/ERROR/, 'and is told of no error');
	is(relations('twice'), '', 'nothing is left');
	$_->finish for $first, $second;
}

# Dropped between two steps, and made again.
for my $again (0, 1)
{
	my ($holder, $refresh) = (session(), session());
	$holder->query("BEGIN; CALL cltv_drop('shop')" . ($again ? "; CALL cltv_materialize('shop', 'orders')" : ''));
	$refresh->send("CALL cltv_refresh('shop')");
	ok(waits($refresh), 'the refresh waits');
	$holder->query('COMMIT');
	like(($refresh->answer)[1], qr/ERROR:  42P01: public.shop is gone/, 'a refresh of what is dropped meanwhile says so' . ($again ? ', also where it was made again' : ''));
	$_->finish for $holder, $refresh;
	$node->safe_psql('postgres', q{CALL cltv_materialize('shop', 'orders', replace => true)});
}

$node->stop;
done_testing();
