# Whatever allocation fails while the extension is at work: the statement ends with 53200 or gives its usual result, the
# session goes on, and nothing is left behind.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Session;
use Test::More;

my $library = $PostgreSQL::Test::Utils::tmp_check . '/fail_allocation.so';
my $compiler = $ENV{CXX} // 'g++';
plan skip_all => 'the server allocates through a tool of its own' if $compiler =~ /-fsanitize/;
my $source = "$FindBin::Bin/../lib/fail_allocation.cpp";
my ($compiled) = run_command([ split(' ', $compiler), qw(-std=c++17 -O2 -shared -fPIC -o), $library, $source ]);
plan skip_all => 'fail_allocation.cpp cannot be compiled here, it is for 64 bits' if !-f $library;

my $control = $PostgreSQL::Test::Utils::tmp_check . '/fail_allocation';
append_to_file($control, pack 'q4', 0, 0, 0, 0);
open my $file, '+<:raw', $control or die "$control: $!";

# In fail_allocation.cpp's order.
my %which = (one => 0, on => 1, palloc => 2);

sub demand
{
	my ($fail_at, $which) = @_;
	sysseek $file, 0, 0;
	syswrite $file, pack 'q3', $fail_at, $which{$which}, 0;
	return;
}

sub counts
{
	sysseek $file, 16, 0;
	sysread $file, my $bytes, 16;
	return unpack 'q2', $bytes;
}

my $node = PostgreSQL::Test::Cluster->new('out_of_memory');
$node->init;
$node->append_conf('postgresql.conf', "max_parallel_workers_per_gather = 0\njit = off\nautovacuum = off\n");
{
	local @ENV{ 'LD_PRELOAD', 'CLTV_FAIL_ALLOCATION' } = ($library, $control);
	$node->start;
}
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION cltv;
	CREATE TABLE orders AS
	SELECT customer_id, ordered_at::date AS at, amount
	FROM simulate_orders(bgnbd_model(.6, 40, .8, 2.4), gg_model(6, 4, 15), customers => 2000,
		first_day => '2023-01-01', last_day => '2024-06-30', seed => 1);
	CREATE TABLE histories AS SELECT customer_id, purchase_history(at, amount) AS history FROM orders GROUP BY customer_id;
	CREATE TABLE summaries AS SELECT customer_id, s.* FROM histories, rfm_summary(history, '2024-06-30') AS s;
	CREATE TABLE contracts AS SELECT 1 + i % 12 AS periods, i % 12 < 7 AS churned FROM generate_series(1, 500) AS i;
	CREATE TABLE seasons AS -- as of the donors in test/sql/purchases/bgbb.sql, a twentieth of them
	SELECT frequency, recency, 6 AS opportunities FROM (VALUES
		(0, 0, 173), (1, 1, 55), (1, 2, 14), (1, 3, 6), (1, 4, 4), (1, 5, 6), (1, 6, 6), (2, 2, 31), (2, 3, 13), (2, 4, 8),
		(2, 5, 9), (2, 6, 12), (3, 3, 16), (3, 4, 9), (3, 5, 11), (3, 6, 18), (4, 4, 12), (4, 5, 14), (4, 6, 26), (5, 5, 17),
		(5, 6, 36), (6, 6, 60)) AS v(frequency, recency, donors), generate_series(1, donors);
	CREATE TABLE bases AS
	SELECT customer_base(frequency, recency, tenure) AS customers, spend_base(frequency, monetary_value) AS spends,
		rfm_base(last_order, orders, revenue) AS scored, (SELECT contract_base(periods, churned) FROM contracts) AS contracts,
		(SELECT customer_base(frequency, recency, opportunities) FROM seasons) AS seasons
	FROM summaries;
	CREATE TABLE models AS
	SELECT bgnbd_fit(customers) AS bgnbd, mbgnbd_fit(customers) AS mbgnbd, pnbd_fit(customers) AS pnbd,
		bgbb_fit(seasons) AS bgbb, gg_fit(spends) AS gg, sbg_fit(contracts) AS sbg, rfm_breaks(scored) AS breaks
	FROM bases;
});

# MODEL stands for each model of orders, TYPE COLUMN TABLE for each type and where one is stored.
my $of_aggregates = q{
	SELECT md5(string_agg(h::text, '' ORDER BY customer_id)) FROM
		(SELECT customer_id, purchase_history(at, amount) AS h FROM orders GROUP BY customer_id) AS g;
	SELECT purchase_history(at, amount) FROM orders;
	SELECT rollup(history) FROM histories;
	SELECT rfm_summary(at, amount, date '2024-01-31') FROM orders;
	SELECT md5(string_agg(s::text, '' ORDER BY customer_id)) FROM histories, rfm_summary(history, '2024-06-30') AS s;
	SELECT rollup(b) FROM (SELECT customer_base(frequency, recency, tenure) AS b FROM summaries GROUP BY customer_id % 7) AS g;
	SELECT rollup(b) FROM (SELECT spend_base(frequency, monetary_value) AS b FROM summaries GROUP BY customer_id % 7) AS g;
	SELECT rollup(b) FROM (SELECT contract_base(periods, churned) AS b FROM contracts GROUP BY periods % 7) AS g;
	SELECT rollup(b) FROM (SELECT rfm_base(last_order, orders, revenue) AS b FROM summaries GROUP BY customer_id % 7) AS g;
	SELECT customer_metrics(history, '2024-06-30') FROM histories;
	SELECT exact_sum(amount) FROM orders;
	SELECT revenue_share(revenue), gini(revenue) FROM summaries;
	SELECT auc(frequency > 2, monetary_value) FROM summaries;
	SELECT gini(revenue, frequency) FROM summaries;
	SELECT lift(revenue, frequency) FROM summaries;
	SELECT regression_metrics(revenue, frequency) FROM summaries;
	SELECT classification_metrics(frequency > 2, monetary_value, 50) FROM summaries;
};
my $of_models_of_orders = q{
	SELECT MODEL_fit(frequency, recency, tenure) FROM summaries;
	SELECT MODEL_fit(customers) FROM bases;
	SELECT sum(MODEL_predict(MODEL, frequency, recency, tenure, 90)) FROM summaries, models;
	SELECT sum(prob_alive(MODEL, frequency, recency, tenure)), sum(prob_alive(MODEL, frequency, recency, tenure, 90)),
		sum(churn_prob(MODEL, frequency, recency, tenure)), sum(churn_prob(MODEL, frequency, recency, tenure, 90)),
		sum(log_likelihood(MODEL, frequency, recency, tenure)) FROM summaries, models;
	SELECT sum(purchase_pmf(MODEL, frequency, recency, tenure, 90, 2)) FROM summaries, models;
	SELECT max(expected_purchases_interval(MODEL, frequency, recency, tenure, 90)::text) FROM summaries, models;
	SELECT max(expected_purchases_at(MODEL, frequency, recency, tenure, '{7,90,365}')) FROM summaries, models;
	SELECT sum(cltv_predict(MODEL, gg, frequency, recency, tenure, monetary_value, 365)) FROM summaries, models;
	SELECT expected_purchases(MODEL, 90), purchase_pmf(MODEL, 2, 90) FROM models;
	SELECT model_params(MODEL), aic(MODEL), bic(MODEL), log_likelihood(MODEL), model_status(MODEL), MODEL::jsonb FROM models;
};
my $of_other_models = q{
	SELECT bgnbd_fit(frequency, recency, tenure, 1.5) FROM summaries;
	SELECT bgbb_fit(frequency, recency, opportunities) FROM seasons;
	SELECT bgbb_fit(seasons) FROM bases;
	SELECT sum(bgbb_predict(bgbb, frequency, recency, opportunities, 5)) FROM seasons, models;
	SELECT sum(bgbb_dert(bgbb, frequency, recency, opportunities, .1)) FROM seasons, models;
	SELECT sum(purchase_pmf(bgbb, frequency, recency, opportunities, 5, 2)) FROM seasons, models;
	SELECT gg_fit(frequency, monetary_value) FROM summaries;
	SELECT gg_fit(spends) FROM bases;
	SELECT sum(gg_predict(gg, frequency, monetary_value)), sum(log_likelihood(gg, frequency, monetary_value))
		FROM summaries, models;
	SELECT sbg_fit(periods, churned) FROM contracts;
	SELECT sbg_fit(contracts) FROM bases;
	SELECT sum(sbg_predict(sbg, periods, 5)), sum(sbg_survival(sbg, periods)), sum(sbg_retention(sbg, periods)),
		sum(churn_prob(sbg, periods)), sum(cltv_predict(sbg, periods, 10, 5, .1)) FROM contracts, models;
	SELECT model_params(gg), model_params(sbg), model_params(bgbb) FROM models;
	SELECT count(*), sum(amount) FROM simulate_orders(bgnbd_model(.6, 40, .8, 2.4), gg_model(6, 4, 15), 200,
		'2023-01-01', '2024-06-30', 1);
};
my $of_segments = q{
	SELECT md5(string_agg(s::text, '' ORDER BY customer_id))
		FROM (SELECT customer_id, rfm_score(last_order, orders, revenue) OVER () AS s FROM summaries) AS g;
	SELECT md5(string_agg(s::text, '' ORDER BY customer_id))
		FROM (SELECT customer_id, rfm_score(last_order, orders, revenue, breaks) AS s FROM summaries, models) AS g;
	SELECT rfm_breaks(last_order, orders, revenue) FROM summaries;
	SELECT rfm_breaks(scored, 7) FROM bases;
	SELECT count(*) FROM models, rfm_breaks_table(breaks);
	SELECT rfm_rules(), rfm_segment(1, 2, 3), rfm_segment(5, 4, 3, rfm_rules());
	SELECT md5(string_agg(t, '' ORDER BY customer_id))
		FROM (SELECT customer_id, value_tier(revenue) OVER () AS t FROM summaries) AS g;
	SELECT md5(string_agg(t, '' ORDER BY customer_id))
		FROM (SELECT customer_id, value_tier(revenue, by => 'revenue') OVER () AS t FROM summaries) AS g;
};
my $of_reports = q{
	SELECT md5(string_agg(r::text, '')) FROM cohort_report('orders', 'customer_id', 'at', 'amount') AS r;
	SELECT md5(string_agg(r::text, '')) FROM cltv_backtest('orders', 'customer_id', 'at', 'amount', '2024-01-31',
		'{bgnbd}') AS r;
};
# COPY in the binary form reads again what it wrote; a table that could not be filled stays empty.
my $of_types = q{
	SELECT md5(string_agg(COLUMN::text::TYPE::text, '')) FROM TABLE;
	SELECT md5(string_agg(TYPE_send(COLUMN), '')) FROM TABLE;
	COPY TABLE (COLUMN) TO 'FILE' (FORMAT binary);
	COPY COLUMN_copied FROM 'FILE' (FORMAT binary);
};
my @stored = map { [split] } 'purchase_history history histories', 'customer_base customers bases', 'spend_base spends bases',
  'contract_base contracts bases', 'rfm_base scored bases', 'rfm_breaks breaks models', 'cltv_model pnbd models';

my $all = $of_aggregates . $of_other_models . $of_segments . $of_reports;
$all .= $of_models_of_orders =~ s/MODEL/$_/gr for qw(bgnbd mbgnbd pnbd);
for (@stored)
{
	my ($type, $column, $table) = @$_;
	my $path = "$PostgreSQL::Test::Utils::tmp_check/$type.copy";
	$node->safe_psql('postgres', "CREATE TABLE $column\_copied ($column $type)");
	$all .= $of_types =~ s/TYPE/$type/gr =~ s/COLUMN/$column/gr =~ s/TABLE/$table/gr =~ s/FILE/$path/gr;
}
my @queries = grep { /\S/ } split /;\n(?!\t\t)/, $all;

my $session = Session->new($node, 'postgres', '-v', 'VERBOSITY=sqlstate');
my ($runs, %refusals) = (0);

# The result and the errors of a query.
sub run
{
	my ($query) = @_;
	my ($out, $errors) = $session->query($query);
	s/^\s+|\s+$//g for $out, $errors;
	return ($out, $errors);
}

# All of them, or of many the last and some before.
sub chosen
{
	my ($total) = @_;
	my @numbers = $total > 15 ? $total - 14 .. $total : 1 .. $total;
	for (my $number = 1; $number < $total - 14; $number += 1 + int($number / 8))
	{
		push @numbers, $number;
	}
	return @numbers;
}

# Fails a query's allocations, one after the other; returns what was wrong.
sub wrongs
{
	my ($query, $which) = @_;
	my @wrong;
	run($query); # whatever the session keeps from now on
	demand(2**62, $which);
	my @usual = run($query);
	my ($total, $living) = counts();
	return "without failures: @usual" if $usual[1] =~ /ERROR/;
	for my $fail_at (chosen($total))
	{
		demand($fail_at, $which);
		my ($out, $errors) = run($query);
		my (undef, $left) = counts();
		demand(0, 'one');
		$runs++;
		$refusals{$which}++ if $errors =~ /53200/;
		push @wrong, "allocation $fail_at of $total: $out, $errors"
		  if $errors ne 'ERROR:  53200' && "$out, $errors" ne join(', ', @usual);
		push @wrong, "allocation $fail_at of $total: " . ($left - $living) . ' objects left' if $left != $living;
		last if @wrong > 5;
	}
	my @again = run($query);
	push @wrong, "afterwards: @again" if "@again" ne "@usual";
	push @wrong, 'another session' if (run('SELECT pg_backend_pid()'))[0] ne $session->pid;
	return @wrong;
}

my %failing = (one => 'one allocation fails', on => 'all fail from one on', palloc => 'one of palloc fails');
for my $query (@queries)
{
	my $name = $query =~ s/\s+/ /gr =~ s/^ //r;
	is_deeply([ wrongs($query, $_) ], [], "$name: $failing{$_}") for sort keys %failing;
}

$session->finish;
my $refused = join ', ', map { "$refusals{$_} where $failing{$_}" } sort keys %refusals;
note "$runs runs, of them refused: $refused";
# Where allocations are not found, none of them fails and all is as usual.
cmp_ok($refusals{$_} // 0, '>', 300, "many runs are refused: $failing{$_}") for sort keys %failing;
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|XX000/, 'nothing crashed');

$node->stop;
done_testing();
