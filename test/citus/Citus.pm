# A running Citus, given by the connection string CLTV_CITUS or by libpq's variables, and two schemas in its database:
# one whose orders are distributed, one with the same rows in plain tables of the coordinator. Both are gone at the end.
package Citus;
use strict;
use warnings;
use Cwd ();
use File::Basename ();
use File::Temp ();
use Test::More;
use Exporter 'import';
our @EXPORT = qw(psql value start finish on_both answers make_shops page_schema);

our $source = Cwd::realpath(File::Basename::dirname(__FILE__) . '/../..');
our ($local, $distributed, $page) = map { "cltv_test_$_" } qw(local distributed page);
our $version;
my $extension;
my $main = $$;
my $work = File::Temp->newdir('cltv-citus-XXXXXX', TMPDIR => 1);
my $jobs = 0;

# A psql that works in the background, in a schema of the suite.
sub start
{
	my ($schema, $sql, @options) = @_;
	my $file = $work->dirname . '/' . ++$jobs;
	open my $input, '>', "$file.sql" or die "$file.sql: $!";
	print $input "SET search_path = $schema, $extension;\n" if defined $schema;
	print $input $sql;
	close $input;
	@options = ('-XqAt', '-v', 'ON_ERROR_STOP=1') unless @options;
	push @options, '-d', $ENV{CLTV_CITUS} if ($ENV{CLTV_CITUS} // '') ne '';
	my $pid = fork // die "fork: $!";
	if ($pid == 0)
	{
		open STDIN, '<', "$file.sql" or die $!;
		open STDOUT, '>', "$file.out" or die $!;
		open STDERR, '>', "$file.err" or die $!;
		exec 'psql', @options or die "psql: $!";
	}
	return { pid => $pid, file => $file };
}

# (status, output, errors)
sub finish
{
	my ($job) = @_;
	waitpid $job->{pid}, 0;
	my $status = $? >> 8;
	my @texts = map { read_file("$job->{file}.$_") } qw(out err);
	s/\n\z// for @texts;
	return ($status, @texts);
}

sub read_file
{
	my ($path) = @_;
	open my $file, '<:raw', $path or return '';
	local $/;
	return scalar <$file> // '';
}

sub psql { return finish(start(@_)) }

# The answer, or the end of the test.
sub value
{
	my ($schema, $sql) = @_;
	my ($status, $output, $errors) = psql($schema, $sql);
	die "$sql\n$errors\n" if $status != 0;
	return $output;
}

# The same SQL on the distributed orders and on those of one node: (status, output, errors) of each.
sub on_both
{
	my ($sql) = @_;
	return map { [ psql($_, $sql) ] } $distributed, $local;
}

# What each of some queries answers, in one session: [text, binary, errors] of each.
sub answers
{
	my ($schema, $prelude, @queries) = @_;
	my $file = $work->dirname . "/$schema";
	my $sql = "SET client_min_messages = warning;\n$prelude";
	for my $n (0 .. $#queries)
	{
		$sql .= "\\warn query $n\n\\o $file.$n.text\n$queries[$n];\n\\o\n"
		  . "COPY ($queries[$n]) TO STDOUT WITH (FORMAT binary)\n\\g $file.$n.binary\n";
	}
	my $errors = (psql($schema, $sql, '-XqAt'))[2];
	my %errors = $errors =~ /^query (\d+)\n((?:(?!query \d+$).*\n?)*)/mg;
	return map { [ read_file("$file.$_.text"), read_file("$file.$_.binary"), $errors{$_} // '' ] } 0 .. $#queries;
}

# What to test against, or why not.
sub connect_or_skip
{
	# The first line of what psql says is the reason, the rest are hints.
	my ($status, $output, $errors) = psql(undef, 'SELECT 1');
	($errors) = split /\n/, $errors;
	skip_all("there is no server to connect to ($errors)") if $status != 0;
	my $database = value(undef, 'SELECT current_database()');
	$version = value(undef, q{SELECT extversion FROM pg_extension WHERE extname = 'citus'});
	skip_all("there is no Citus to run against: database $database is without the extension citus") if $version eq '';
	skip_all("Citus $version is too old: 12 or later is needed") if ($version =~ /^(\d+)/)[0] < 12;
	skip_all('no node of this Citus holds shards')
	  if value(undef, 'SELECT count(*) FROM pg_dist_node WHERE shouldhaveshards AND isactive') == 0;

	$extension = value(undef, q{SELECT quote_ident(nspname) FROM pg_extension AS e
		JOIN pg_namespace AS n ON n.oid = extnamespace WHERE extname = 'cltv'});
	die "the extension cltv is not installed in database $database: CREATE EXTENSION cltv\n" if $extension eq '';
	# A library is loaded, too: the files of the extension are on every machine.
	my $wrong = value(undef, qq{
		SELECT string_agg(format('%s:%s: %s', nodename, nodeport, result), E'\\n' ORDER BY nodeid)
		FROM run_command_on_all_nodes(\$\$SELECT extversion || ' ' || $extension.cltv_simple(20, 5, 3)
			FROM pg_extension WHERE extname = 'cltv'\$\$) JOIN pg_dist_node USING (nodeid)
		WHERE NOT success OR result IS DISTINCT FROM
			(SELECT extversion || ' 300' FROM pg_extension WHERE extname = 'cltv')});
	die "the extension cltv is not the same on all nodes:\n$wrong\n" if $wrong ne '';
	drop_all();
	return;
}

sub skip_all
{
	my ($reason) = @_;
	plan(skip_all => $reason);
}

# Orders as a shop has them: refunds, unknown amounts, several orders a day, customers with refunds only.
sub make_shops
{
	for my $schema ($local, $distributed) { value(undef, "CREATE SCHEMA $schema") }
	value($local, q{
		CREATE TABLE orders AS
		SELECT customer_id, ordered_at, ordered_at::date AS day, ordered_at AT TIME ZONE 'UTC' AS moment,
			CASE WHEN customer_id % 41 = 7 OR n % 97 = 11 THEN -amount WHEN n % 101 <> 13 THEN amount END AS amount,
			round(amount::numeric, 1)::numeric(12,2) AS price, (ARRAY['AT', 'BE', 'CH'])[1 + customer_id % 3] AS country
		FROM (SELECT *, row_number() OVER () AS n
			FROM simulate_orders(bgnbd_model(r => 0.55, alpha => 40, a => 0.8, b => 2.5),
				gg_model(p => 6.25, q => 3.74, v => 15.44),
				customers => 3000, first_day => '2023-01-01', last_day => '2024-12-31', seed => 42)) AS o;
		CREATE TABLE histories AS
		SELECT customer_id, country, date_trunc('month', ordered_at)::date AS month,
			purchase_history(ordered_at, amount) AS history
		FROM orders GROUP BY 1, 2, 3;
		CREATE TABLE summaries AS
		SELECT customer_id, country, (rfm_summary(ordered_at, amount, date '2024-12-31')).* FROM orders GROUP BY 1, 2;
		CREATE TABLE opportunities AS
		SELECT customer_id, frequency::bigint, frequency + (6 - frequency) * (customer_id % 4) / 4 AS recency,
			6 + customer_id % 5 AS opportunities
		FROM (SELECT customer_id, least(frequency, 6)::float8 AS frequency FROM summaries WHERE frequency IS NOT NULL) AS s;
		UPDATE opportunities SET recency = CASE WHEN frequency = 0 THEN 0 ELSE ceil(recency) END;
		CREATE TABLE contracts AS
		SELECT customer_id, CASE WHEN churned THEN 1 + (customer_id / 3) % 4 * ((customer_id / 12) % 3) ELSE 8 END AS periods,
			churned
		FROM (SELECT customer_id, customer_id % 3 > 0 AS churned FROM summaries) AS c;
		CREATE TABLE accounts AS
		SELECT DISTINCT customer_id, country AS land, 0.2 + 0.1 * (customer_id % 3) AS margin_rate FROM orders;
		CREATE TABLE models AS
		SELECT bgnbd_fit(frequency, recency, tenure) AS orders_model, gg_fit(frequency, monetary_value) AS spend_model,
			(SELECT bgbb_fit(frequency, recency, opportunities) FROM opportunities) AS opportunities_model,
			(SELECT sbg_fit(periods, churned) FROM contracts) AS contracts_model,
			rfm_breaks(last_order, orders, revenue) AS breaks
		FROM summaries;});
	for my $table (qw(orders histories summaries opportunities contracts accounts models))
	{
		my $distribute = $table eq 'models' ? "create_reference_table('models')"
			: "create_distributed_table('$table', 'customer_id')";
		value($distributed, "SET citus.shard_count = 8; CREATE TABLE $table (LIKE $local.$table); SELECT $distribute;
			INSERT INTO $table SELECT * FROM $local.$table;");
	}
	return;
}

sub page_schema
{
	value(undef, "DROP SCHEMA IF EXISTS $page CASCADE; CREATE SCHEMA $page");
	return $page;
}

sub drop_all
{
	my $log = "$extension.cltv_refresh_runs";
	for my $schema ($distributed, $local, $page)
	{
		value(undef, "DROP SCHEMA IF EXISTS $schema CASCADE; DELETE FROM $log WHERE name LIKE '$schema.%';");
	}
	return;
}

END
{
	my $status = $?;
	if ($$ == $main && defined $extension && $extension ne '') { drop_all() }
	$? = $status;
}

connect_or_skip();
1;
