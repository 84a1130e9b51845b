# Any name may be the user's: a view, a customer column, columns of orders and customers named like each alias, column and
# variable of the extension's own SQL give the same figures as plain ones, made, refreshed and folded in.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('names');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nclient_min_messages = warning\njit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION cltv');

# Every word of the SQL that is no comment, as a name in it or as a string that becomes one.
my (%words, %named, %listed);
for my $file (glob "$ENV{CLTV_SOURCE}/sql/views/*.sql")
{
	my $sql = slurp_file($file);
	$sql =~ s/--.*$//mg;
	$sql =~ s/^COMMENT ON .*?;$//msg;
	$words{$_} = 1 for $sql =~ /(?<![\w\\])([a-z_][a-z_0-9]*)/g;
	# Aliases, columns, and what stands in lists of them; a function of the server's in a list is none.
	$named{$_} = 1 for grep { defined } $sql =~ /\bAS (?:MATERIALIZED )?([a-z_][a-z_0-9]*)|([a-z_][a-z_0-9]*)(?=\.)|(?<=\.)([a-z_][a-z_0-9]*)|([a-z_][a-z_0-9]*) AS (?:MATERIALIZED )?\(/g;
	$listed{$_} = 1 for grep { defined } $sql =~ /(?<=[(,{] )([a-z_][a-z_0-9]*)(?=[,)}])|(?<=[(,{])([a-z_][a-z_0-9]*)(?=[,)}])/g;
}
my $known = $node->safe_psql('postgres', q{SELECT string_agg(proname, ' ') FROM (SELECT DISTINCT proname FROM pg_proc
	WHERE pronamespace = 'pg_catalog'::regnamespace) AS p});
my %function = map { $_ => 1 } split / /, $known;
my @words = grep { length() < 50 && ($named{$_} || !$function{$_} && $listed{$_}) } sort keys %words;
cmp_ok(scalar @words, '>', 150, 'there are words');
for my $expected (qw(m day newest before after fresh known predicted p v o h))
{
	ok((grep { $_ eq $expected } @words), "$expected is one of them");
}

# One procedure does it all, so that a word costs some dozens of milliseconds. The customer column may not be named like one
# of the columns beside it: that is error 42701, which says so.
$node->safe_psql('postgres', q{
	CREATE TABLE plain_orders AS
	SELECT i % 12 AS customer, date '2024-01-01' + (i * i * 7 % 300) AS at, 10 + i % 9 AS price FROM generate_series(1, 60) AS i;
	CREATE TABLE plain_customers AS SELECT DISTINCT customer, 0.5 AS share, 'x' || customer % 3 AS kind FROM plain_orders;
	CREATE FUNCTION figures(made regclass) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		found text;
	BEGIN
		EXECUTE format('SELECT md5(string_agg(concat_ws('' '', v.first_order, v.orders, v.revenue, v.r, v.f, v.m, v.segment,
			v.value_tier), '','' ORDER BY v.first_order, v.orders, v.revenue)) FROM %s AS v', made) INTO found;
		RETURN found;
	END $$;
	CREATE PROCEDURE tried(word text, second text, third text, incremental boolean, INOUT made text, INOUT attribute text)
	LANGUAGE plpgsql AS $$
	DECLARE
		target regclass;
		before jsonb;
	BEGIN
		EXECUTE format('CREATE SCHEMA %I', 's ' || word);
		EXECUTE format('CREATE SCHEMA %I', 't ' || word);
		EXECUTE format('CREATE TABLE %I.%I AS SELECT customer AS %I, at AS %I, price AS %I FROM plain_orders', 't ' || word,
			second, word, second, third);
		EXECUTE format('CREATE TABLE %I.%I AS SELECT customer AS %I, share AS %I, kind AS %I FROM plain_customers', 't ' || word,
			third, word, third, second);
		CALL cltv_materialize(format('%I.%I', 's ' || word, word), format('%I.%I', 't ' || word, second)::regclass,
			customer => word, ordered_at => second, amount => third, margin => third, incremental => incremental,
			customers => format('%I.%I', 't ' || word, third)::regclass);
		EXECUTE format('INSERT INTO %I.%I VALUES (3, ''2024-12-15'', 7), (99, ''2024-12-14'', 8)', 't ' || word, second);
		-- A refresh is several transactions, its steps are functions.
		target := format('%I.%I', 's ' || word, word)::regclass;
		before := cltv_refresh_step(target, '', 'observation', true, '{}');
		PERFORM cltv_refresh_step(target, '', step, true, before)
		FROM unnest(ARRAY['history', 'model', 'customers', 'forecast', 'drift']) AS step;
		made := figures(format('%I.%I', 's ' || word, word)::regclass);
		EXECUTE format('SELECT string_agg(c.relname || '' '' || a.attname, '', '' ORDER BY a.attnum) FROM pg_attribute AS a
			JOIN pg_class AS c ON c.oid = a.attrelid WHERE a.attrelid = %L::regclass AND a.attnum > 17',
			format('%I.%I', 's ' || word, word)) INTO attribute;
		CALL cltv_drop(format('%I.%I', 's ' || word, word));
		EXECUTE format('DROP SCHEMA %I, %I CASCADE', 's ' || word, 't ' || word);
	EXCEPTION WHEN others THEN
		made := SQLSTATE || ' ' || SQLERRM;
	END $$;
});

# What each call answers, in one session, so that the code is prepared once.
sub answers
{
	my @calls = @_;
	my (undef, $out, $err) = $node->psql('postgres', join('', map { "CALL $_;\n" } @calls), on_error_stop => 0);
	my @answers = split /\n/, $out;
	is(scalar @answers, scalar @calls, 'every call answers') or diag($err);
	return @answers;
}

sub call
{
	my ($word, $second, $third, $incremental) = @_;
	return "tried('$word', '$second', '$third', $incremental, NULL, NULL)";
}

my %plain;
@plain{'true', 'false'} = map { s/\|.*//sr } answers(map { call('buyer', 'moment', 'cost', $_) } 'true', 'false');
like($plain{false}, qr/^[0-9a-f]{32}$/, 'there are figures');
is($plain{true}, $plain{false}, 'the same whether folded in or not');

# Each word with the two that follow it, as the names of a call; what is refused with this error is counted.
sub all_give
{
	my ($expected, $error, $most, $what, $words, $call) = @_;
	my @threes = map { my $i = $_; [map { $words->[ $_ % @$words ] } $i, $i + 1, $i + 2] } 0 .. $#$words;
	my @answers = answers(map { $call->($_, @{ $threes[$_] }) } 0 .. $#threes);
	for my $i (0 .. $#threes)
	{
		is($answers[$i] =~ s/\|.*//sr, $expected, $what . join(', ', @{ $threes[$i] })) unless $answers[$i] =~ $error;
	}
	cmp_ok(scalar(grep { /$error/ } @answers), '<', $most, "${what}few are refused");
}

all_give($plain{false}, qr/^42701 the customer column cannot be named/, 36, '', \@words,
	sub { my $i = shift; call(@_, $i % 2 ? 'true' : 'false') });

# Every one both ways that is in the SQL of the fold.
my @both = map { my $word = $_; map { [ $word, 'moment', 'cost', $_ ] } 'true', 'false' }
	qw(before after newest day known fresh orphans gone fallen_back folded parts part excluded settled_until);
my @given = answers(map { call(@$_) } @both);
is($given[$_] =~ s/\|.*//sr, $plain{false}, "$both[$_][0] as view and customer, incremental $both[$_][3]") for 0 .. $#both;

# Views of contracts likewise: word names the view and the customer, second a day and the view's source, third an attribute.
$node->safe_psql('postgres', q{
	CREATE TABLE plain_contracts AS
	SELECT i % 12 AS customer, date '2024-01-01' + (i * i * 7 % 300) AS began, date '2024-01-01' + (i * i * 7 % 300) + 20 + i % 50 AS finished,
		10 + i % 9 AS price, 'x' || i % 3 AS kind FROM generate_series(1, 60) AS i;
	CREATE PROCEDURE tried_contracts(word text, second text, third text, INOUT made text) LANGUAGE plpgsql AS $$
	DECLARE
		target regclass;
		before jsonb;
	BEGIN
		EXECUTE format('CREATE SCHEMA %I', 's ' || word);
		EXECUTE format('CREATE SCHEMA %I', 't ' || word);
		EXECUTE format('CREATE TABLE %I.%I AS SELECT customer AS %I, began AS %I, finished AS ended, price AS mrr, kind AS %I FROM plain_contracts',
			't ' || word, second, word, second, third);
		CALL cltv_materialize_contracts(format('%I.%I', 's ' || word, word), format('%I.%I', 't ' || word, second)::regclass, customer => word,
			started_on => second, ended_on => 'ended', attributes => ARRAY[third], period => 'week');
		target := format('%I.%I', 's ' || word, word)::regclass;
		before := cltv_refresh_step(target, '', 'observation', true, '{}');
		PERFORM cltv_refresh_step(target, '', step, true, before)
		FROM unnest(ARRAY['history', 'model', 'customers', 'curve', 'mrr', 'drift']) AS step;
		EXECUTE format('SELECT md5(string_agg(concat_ws('' '', v.first_started, v.status, v.renewals, v.churn_prob, v.cltv, v.value_tier),
			'','' ORDER BY v.first_started, v.cltv)) FROM %s AS v', target) INTO made;
		CALL cltv_drop(format('%I.%I', 's ' || word, word));
		EXECUTE format('DROP SCHEMA %I, %I CASCADE', 's ' || word, 't ' || word);
	EXCEPTION WHEN others THEN
		made := SQLSTATE || ' ' || SQLERRM;
	END $$;
});
my ($plain_contracts) = answers("tried_contracts('buyer', 'moment', 'sort', NULL)");
like($plain_contracts, qr/^[0-9a-f]{32}$/, 'there are figures of contracts');
my %of_contracts = map { $_ => 1 } map { slurp_file($_) =~ /(?<![\w\\])([a-z_][a-z_0-9]*)/g } glob "$ENV{CLTV_SOURCE}/sql/views/*contract*.sql";
my @of_contracts = grep { $of_contracts{$_} && $_ ne 'ended' && $_ ne 'mrr' } @words;
cmp_ok(scalar @of_contracts, '>', 100, 'there are words of contracts');
all_give($plain_contracts, qr/^42701 a column cannot be named/, @of_contracts / 2, 'contracts: ', \@of_contracts,
	sub { shift; "tried_contracts('$_[0]', '$_[1]', '$_[2]', NULL)" });

$node->stop;
done_testing();
