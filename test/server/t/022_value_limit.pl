# Values at PostgreSQL's limit of 1 GB, made in earnest: an error with its way out, and a session that goes on. Minutes,
# 5 GB of memory and 2 GB of disk, so only where asked for: PG_TEST_EXTRA=cltv_large_values script/test.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'PG_TEST_EXTRA has no cltv_large_values' if ($ENV{PG_TEST_EXTRA} // '') !~ /\bcltv_large_values\b/;

my $node = PostgreSQL::Test::Cluster->new('large');
$node->init;
$node->append_conf('postgresql.conf',
	"shared_buffers = 64MB\nmax_parallel_workers_per_gather = 0\njit = off\nfsync = off\nstatement_timeout = '10min'\nDateStyle = ISO\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION cltv');

# The rows that fit, and a row for each number i, all of them distinct. A few more may wait for their place in a table.
my $history = q{('{"orders":1,"first_spend":[' || i || ',0],"repeat_spend":[0,0],"refunds":[0,0],"last_row":"2024-01-01",'
	'"days":["2024-01-01"]}')::purchase_history};
my @values = (
	[ 'purchase_history', 268435179, q{purchase_history(date '4713-01-01 BC' + i, 1)}, qr/wrong dates/ ],
	[ 'customer_base', 29360099, 'customer_base(1, 1, 1 + i)', qr/Round the numbers/ ],
	[ 'spend_base', 39146799, 'spend_base(1, i)', qr/Round the numbers/ ],
	[ 'contract_base', 39146799, 'contract_base(i::bigint, false)', qr/Round the numbers/ ],
	[ 'metrics_base', 19573400, "customer_metrics($history, '2024-12-31')", qr/Round the numbers/ ],
	[ 'rfm_base', 44739199, q{rfm_base(date '2024-01-01', i::bigint, i)}, qr/sample of the customers/ ],
	[ 'score_base', 67108798, 'auc(mod(i, 2) = 0, i)', qr/sample of the customers/ ]);

sub peak
{
	return q{SELECT 'peak ' || substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)')::bigint / 1024};
}

for (@values)
{
	my ($type, $most, $call, $hint) = @$_;
	my $value = "(SELECT $call AS value FROM generate_series(1, %d) AS i) AS v";
	my $too_many = 'SELECT count(value) FROM ' . sprintf $value, $most + 100;
	my ($status, $out, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\n$too_many;\n" . peak() . ";\n", on_error_stop => 0);
	like($error, qr/ERROR:  54000: too many/, "$type of too many rows: 54000");
	like($error, qr/HINT:  .*$hint/, "$type of too many rows: the way out");
	my ($megabytes) = $out =~ /peak (\d+)/;
	ok(($megabytes // 1e9) < 3500, "$type of too many rows: the session goes on, and took less than 3500 MB") or diag($out);
	note("$type of too many rows: $out");

	# What fits is of use, and can be stored.
	my $use = $type =~ /^(purchase_history|customer_base|rfm_base)$/ ? qq{
			CREATE TABLE stored AS SELECT value FROM } . sprintf($value, $most) . q{;
			SELECT count(*) FROM stored WHERE pg_column_size(value) > 0;
			DROP TABLE stored}
		: 'SELECT count(value) FROM ' . sprintf $value, $most;
	($status, $out, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\n$use;\n" . peak() . ";\n");
	is($error, '', "$type of all that fits: no error");
	like($out, qr/^1$/m, "$type of all that fits: a value");
	note("$type of all that fits: $out");
}

# Of attributes the limit depends on how many there are. The way out: every tenth customer, with a weight of 10.
my $fit = q{SELECT model_status(linear_fit(%s)) FROM (SELECT response_feature_base(i %% 29, features(ARRAY['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
		ARRAY[i, i %% 3, i %% 7, i %% 11, i %% 13, i %% 17, i %% 19, i %% 23]), %s) AS base FROM generate_series(1, 12000000) AS i %s) AS b};
my ($status, $out, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\n" . sprintf($fit, 'base', 1, ''));
like($error, qr/ERROR:  54000: too many distinct customers and attributes for one feature_base/, 'feature_base of too many rows: 54000');
like($error, qr/HINT:  .*every tenth with a weight of 10/, 'feature_base of too many rows: the way out');
is($node->safe_psql('postgres', sprintf($fit, 'base', 10, 'WHERE i % 10 = 0')), 'converged', '... which is taken');

$node->stop;
done_testing();
