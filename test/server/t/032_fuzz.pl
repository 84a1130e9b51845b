# Spoiled text and binary forms of every type's values give an error of bad input or a value; a value can then be read
# again from what it is written as, and every function and aggregate that takes it gives a result or such an error.
#
#   CLTV_FUZZ_ROUNDS=100     for so many times as long
#   CLTV_FUZZ_SEED=7         other mutations
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Catalog qw(rows types functions);
use Mutation qw(mutated_text mutated_binary);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $rounds = $ENV{CLTV_FUZZ_ROUNDS} // 1;
my $seed = $ENV{CLTV_FUZZ_SEED} // 1;
my $mutants = 400;    # of a round, text and binary each
my $corpora = "$FindBin::RealBin/../../corpus";
my $files = $PostgreSQL::Test::Utils::tmp_check . '/fuzz';
mkdir $files;
srand($seed);

my $node = PostgreSQL::Test::Cluster->new('fuzz');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\n");
$node->start;

# Any byte but zero may stand in a text of such a database.
$node->safe_psql('postgres',
	q{CREATE DATABASE fuzz TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'});
$node->safe_psql(
	'fuzz', q{
	CREATE EXTENSION cltv;
	CREATE TABLE inputs (n int, form bytea, is_text boolean);
	CREATE TABLE uses (sql text, must_hold boolean);
	CREATE TABLE counts (what text, cases bigint);
	CREATE TABLE failures (what text, on_value text, state text, message text);

	-- 22: bad data, 54: a limit exceeded, 08: a malformed message.
	CREATE FUNCTION is_bad_input(state text) RETURNS boolean LANGUAGE sql IMMUTABLE
	AS $$ SELECT left(state, 2) IN ('22', '54', '08') $$;

	-- The values that the inputs are go into the table "taken".
	CREATE PROCEDURE read_inputs(type text, files text) LANGUAGE plpgsql AS $$
	DECLARE
		input record;
		reason text;
	BEGIN
		FOR input IN SELECT * FROM inputs LOOP
			BEGIN
				IF input.is_text THEN
					EXECUTE format('INSERT INTO taken SELECT $1, convert_from($2, ''SQL_ASCII'')::%s', type)
						USING input.n, input.form;
				ELSE
					EXECUTE format('COPY taken FROM %L (FORMAT binary)', files || '/' || input.n);
				END IF;
			EXCEPTION WHEN query_canceled OR OTHERS THEN
				GET STACKED DIAGNOSTICS reason = MESSAGE_TEXT;
				IF NOT is_bad_input(SQLSTATE) THEN
					INSERT INTO failures VALUES ('input of ' || type, input.form::text, SQLSTATE, reason);
				END IF;
			END;
		END LOOP;
		INSERT INTO counts SELECT 'input', count(*) FROM inputs;
		INSERT INTO counts SELECT 'value', count(*) FROM taken;
	END $$;

	CREATE PROCEDURE use_values() LANGUAGE plpgsql AS $$
	DECLARE
		value record;
		use record;
		reason text;
		result text;
	BEGIN
		FOR value IN SELECT * FROM taken LOOP
			FOR use IN SELECT * FROM uses LOOP
				BEGIN
					EXECUTE use.sql USING value.v INTO result;
					IF use.must_hold AND result IS DISTINCT FROM 'true' THEN
						INSERT INTO failures VALUES (use.sql, value.v::text, '', coalesce(result, 'NULL'));
					END IF;
				EXCEPTION WHEN query_canceled OR OTHERS THEN
					GET STACKED DIAGNOSTICS reason = MESSAGE_TEXT;
					IF use.must_hold OR NOT is_bad_input(SQLSTATE) THEN
						INSERT INTO failures VALUES (use.sql, value.v::text, SQLSTATE, reason);
					END IF;
				END;
			END LOOP;
		END LOOP;
		INSERT INTO counts SELECT 'call', (SELECT count(*) FROM taken) * (SELECT count(*) FROM uses);
	END $$;

	-- The transition function goes on from the value as its state.
	CREATE FUNCTION resumed(state text, type text, sfunc text, types text, arguments text) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		result text;
	BEGIN
		EXECUTE format('CREATE AGGREGATE resumed_here(%s) (SFUNC = %s, STYPE = %s, INITCOND = %L)', types, sfunc, type, state);
		EXECUTE format('SELECT resumed_here(%s)::text FROM generate_series(1, 40) AS i', arguments) INTO result;
		EXECUTE format('DROP AGGREGATE resumed_here(%s)', types);
		RETURN result;
	END $$;
});

my @types = types($node, 'fuzz');

# A corpus: the text forms, and the binary ones as bytes.
my %corpus;
for my $type (@types)
{
	my @lines = -f "$corpora/$type.txt" ? grep { !/^(#|$)/ } split /\n/, slurp_file("$corpora/$type.txt") : ();
	$corpus{$type} = {
		text => [ grep { !/^\\x/ } @lines ],
		binary => [ map { /^\\x(.*)/ ? pack('H*', $1) : () } @lines ] };
	ok(@{ $corpus{$type}{text} } > 1, "$type has a corpus");
}

# Of every argument's type: usual values, borders, and what is none.
my %samples = (
	'double precision' => [ qw(0 1 2 3.5 10 90 365 -1 0.5 1e-300 1e15 1e300 NaN Infinity -Infinity) ],
	bigint => [qw(0 1 2 5 13 -1 9223372036854775807)],
	integer => [qw(0 1 2 5 10 11 -1 2147483647)],
	uuid => [ '8f14e45f-ceea-167a-5a36-dedd4bea2543', '00000000-0000-0000-0000-000000000000' ],
	numeric => [ qw(0 1 29.99 -1 1e-300 1e1000 NaN), '9' x 300 ],
	boolean => [qw(true false)],
	date => [ qw(2024-12-31 2030-01-01 2000-02-29 infinity), '4713-01-01 BC', '5874897-12-31' ],
	'timestamp without time zone' => [ '2024-12-31 10:00', '-infinity', '294276-12-31 23:59:59.999999' ],
	'timestamp with time zone' => [ '2024-12-31 10:00+01', 'infinity', '4714-11-24 00:00:00+00 BC' ],
	jsonb => [ '{}', '{"a": 1}', '{"a": -1, "b": 0}', '{"a": null}', '[]', '7' ],
	text => [ 'revenue', 'signed', 'month', 'squared', 'logistic', 'ziln', 'week', 'breslow', 'km', 'lognormal', 'A', 'cuped', '' ],
	'customer_base[]' => [ '{}', '{NULL}', map { '{' . join(',', ($_) x 2) . ',NULL,"{\\"customers\\":0,\\"rows\\":[]}"}' }
		  '"{\\"customers\\":12,\\"rows\\":[[0,0,9,7],[3,5,9,4],[2,1,1.5,1]]}"', '"{\\"customers\\":1e15,\\"rows\\":[[4,1e-300,1e300,1e15]]}"' ],
	'spend_base[]' => [ '{}', '{NULL}', map { '{' . join(',', ($_) x 2) . ',NULL}' }
		  '"{\\"customers\\":4,\\"without_spend\\":2,\\"rows\\":[[2,25,0,3],[1,9,0,1]]}"', '"{\\"customers\\":1,\\"without_spend\\":0,\\"rows\\":[[2,-5,0,1]]}"' ],
	'features[]' => [ '{}', '{NULL}', '{NULL,NULL}', '{"{\\"a\\":1}","{\\"a\\":null}"}' ],
	'cltv_model[]' => [ '{}', '{NULL}', '{NULL,NULL}' ],
	regclass => [ 'pg_class', 'pg_type' ],
	name => [qw(oid relname typname)],
	'double precision[]' => [ '{0.5,0.5}', '{1,NULL}', '{}', '{0,1e300,NaN}' ],
	'integer[]' => [ '{30}', '{7,30,400}', '{1,NULL}', '{2}', '{3,2}', '{}', '{NULL}', '{0}', '{2147483647}' ],
	'text[]' => [ '{bgnbd,pnbd,mbgnbd,bgbb}', '{}', '{gg}', '{NULL}' ]);

# Arms of a bandit with the models of the corpus, and what is none.
$samples{linear_bandit} = [ '(,)', '("{}","{}")', '("{a,b}","{NULL,NULL}")', '("{a}","{}")', map {
	my $models = '{"' . (s/(["\\])/\\$1/gr) . '"}';
	'("{a}","' . ($models =~ s/(["\\])/$1$1/gr) . '")'
} @{ $corpus{cltv_model}{text} } ];

sub pick { return $_[ int rand @_ ] }

sub sample
{
	my ($type, $function) = @_;
	my $from = $samples{$type} // ($corpus{$type} // {})->{text};
	die "no sample values of $type, which $function takes" if !$from;
	return rand() < 0.03 ? "NULL::$type" : "'" . (pick(@$from) =~ s/'/''/gr) . "'::$type";
}

my @all = functions($node, 'fuzz');
# A budget is a table: there is no sample of one.
my @functions = grep { $_->{kind} =~ /[fa]/ && !($_->{name} =~ /^dp_/ && $_->{signature} =~ /regclass/) } @all;

# The transition functions with a state of the type, and combine with every final function.
my @transitions = grep { $_->{kind} eq 't' && $_->{name} !~ /_combine$/ } @all;
my %merges;
for my $merge (rows($node, 'fuzz', q{
	SELECT DISTINCT aggtranstype::regtype, aggcombinefn, aggfinalfn FROM pg_aggregate
	WHERE aggtranstype = ANY (SELECT oid FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typcategory <> 'A') ORDER BY 1, 2, 3}))
{
	my ($type, $combine, $final) = @$merge;
	my $name = "merged_${type}_" . @{ $merges{$type} // [] };
	$node->safe_psql('fuzz',
		"CREATE AGGREGATE $name($type) (SFUNC = $combine, STYPE = $type" . ($final eq '-' ? ')' : ", FINALFUNC = $final)"));
	push @{ $merges{$type} }, $name;
}

# A call's SQL, with \$1 for the value and arguments drawn from the samples.
sub call
{
	my ($type, $function) = @_;
	my @places = grep { $function->{types}[$_] eq $type } 0 .. $#{ $function->{types} };
	return if !@places;
	my @arguments = map { sample($_, $function->{name}) } @{ $function->{types} };
	$arguments[ pick(@places) ] = '$1';
	my $call = "$function->{name}(" . join(', ', @arguments) . ')';
	# A model of orders may have any number of them.
	return "SELECT string_agg(x, ' ') FROM (SELECT $call\::text AS x LIMIT 1000) AS s" if $function->{is_set};
	return "SELECT $call\::text FROM generate_series(1, 3)" if $function->{kind} eq 'a';
	return "SELECT $call\::text";
}

sub quoted { my ($text, $tag) = @_; return "\$$tag\$$text\$$tag\$" }

sub uses
{
	my ($type) = @_;
	my @calls = map { call($type, $_) } @functions;
	push @calls, map { "SELECT $_(x)::text FROM unnest(ARRAY[\$1, " . sample($type, $_) . ', NULL, $1]) AS x' }
	  @{ $merges{$type} };
	for my $transition (@transitions)
	{
		my ($name, @types) = ($transition->{name}, @{ $transition->{types} });
		next if shift @types ne $type;
		push @calls, "SELECT resumed(\$1::text, '$type', '$name', '" . join(',', @types) . "', "
		  . quoted(join(', ', map { sample($_, $name) } @types), 'arguments') . ')';
	}
	my @laws = (
		"SELECT (${type}_send(\$1::text::$type) = ${type}_send(\$1))::text",
		'SELECT ($1::text::' . $type . '::text = $1::text)::text');
	return ((map { [ $_, 'false' ] } @calls), (map { [ $_, 'true' ] } @laws));
}

# A file of COPY BINARY with one row: its number and the value.
sub write_value
{
	my ($n, $bytes) = @_;
	open my $file, '>:raw', "$files/$n" or die $!;
	print $file "PGCOPY\n\xff\r\n\0", pack('N N', 0, 0), pack('n N N', 2, 4, $n), pack('N/a*', $bytes), pack('n', 0xffff);
	close $file;
	return;
}

sub hex_of { return unpack 'H*', $_[0] }

sub fuzz
{
	my ($type, $texts, $binaries) = @_;
	my $n = 0;
	my @inputs = map { [ $n++, "\\\\x" . hex_of($_), 'true' ] } @$texts;
	for my $bytes (@$binaries)
	{
		write_value($n, $bytes);
		push @inputs, [ $n++, "\\\\x" . hex_of($bytes), 'false' ];
	}
	my @uses = uses($type);
	my $copied = sub { return join '', map { join("\t", @$_) . "\n" } @_ };
	my $insert = join ', ', map { '(' . quoted($_->[0], 'use') . ", $_->[1])" } @uses;
	# Values that were written in binary form and read again have the same bytes.
	my ($status, $out, $err) = $node->psql(
		'fuzz', qq{
		SET client_min_messages = error; SET statement_timeout = '300s'; SET synchronous_commit = off;
		TRUNCATE inputs, uses;
		DROP TABLE IF EXISTS taken, again;
		CREATE TABLE taken (n int, v $type);
		CREATE TABLE again (n int, v $type);
		INSERT INTO uses VALUES $insert;
		COPY inputs FROM STDIN;
} . $copied->(@inputs) . qq{\\.
		CALL read_inputs('$type', '$files');
		CALL use_values();
		COPY taken TO '$files/taken' (FORMAT binary);
		COPY again FROM '$files/taken' (FORMAT binary);
		INSERT INTO failures SELECT 'binary form', t.v::text, '', a.v::text
		FROM taken AS t FULL JOIN again AS a USING (n) WHERE ${type}_send(t.v) IS DISTINCT FROM ${type}_send(a.v);
	}, on_error_stop => 1);
	return $status == 0 ? '' : $err;
}

for my $type (@types)
{
	# What the texts are in binary form, where they are values.
	my $seeds = $corpus{$type};
	my @values = grep { $node->psql('fuzz', "SELECT '$_'::$type") == 0 } @{ $seeds->{text} };
	push @{ $seeds->{binary} }, map { pack 'H*', $_->[0] }
	  rows($node, 'fuzz', join ';', map { "SELECT encode(${type}_send('$_'), 'hex')" } @values);
	my $error = fuzz($type, $seeds->{text}, $seeds->{binary});
	for (1 .. $rounds)
	{
		last if $error;
		my @mutants;
		for my $form ([ 'text', \&mutated_text ], [ 'binary', \&mutated_binary ])
		{
			my @of_form = @{ $seeds->{ $form->[0] } };
			push @mutants, [ map { $form->[1]->(pick(@of_form), pick(@of_form)) } 1 .. $mutants ];
		}
		$error = fuzz($type, @mutants);
	}
	is($error, '', "$type: the session lives");
	my $failures = $node->safe_psql('fuzz', q{
		SELECT count(*) || ' x ' || what || ', for example of ' || left(min(on_value), 400) || ': ' || state || ' '
			|| min(left(message, 200))
		FROM failures GROUP BY what, state ORDER BY 1 LIMIT 20; TRUNCATE failures});
	is($failures, '', "$type: a value, or an error of bad input");
}

note 'tried: ' . $node->safe_psql('fuzz', q{SELECT string_agg(cases || ' ' || what || 's', ', ' ORDER BY what DESC)
	FROM (SELECT what, sum(cases) AS cases FROM counts GROUP BY what) AS c});
cmp_ok($node->safe_psql('fuzz', q{SELECT sum(cases) FROM counts WHERE what = 'value'}), '>', 50 * @types, 'many are values');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/, 'nothing crashed');

$node->stop;
done_testing();
