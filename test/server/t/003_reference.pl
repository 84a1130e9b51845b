# What people and BI tools read about the extension is whole: a comment on every object, and pages in
# docs/reference that name every function and no other, each on the page of its topic.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $source = $ENV{CLTV_SOURCE} // '.';
my $node = PostgreSQL::Test::Cluster->new('reference');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION cltv');

# Array types and the row types' relations come with their types, a view's row type with the view (a member of its own
# from PostgreSQL 17 on).
my $members = q{
	SELECT classid, objid, pg_describe_object(classid, objid, 0) AS description
	FROM pg_depend
	WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'cltv')
		AND NOT EXISTS (SELECT FROM pg_class AS r
			WHERE classid = 'pg_class'::regclass AND r.oid = objid AND r.relkind = 'c')
		AND NOT EXISTS (SELECT FROM pg_type AS t LEFT JOIN pg_class AS r ON r.oid = t.typrelid
			WHERE classid = 'pg_type'::regclass AND t.oid = objid AND (t.typelem <> 0 OR r.relkind <> 'c'))};

cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM ($members) AS m"), '>', 30, 'the extension has objects');
is( $node->safe_psql(
		'postgres', "SELECT description FROM ($members) AS m
		WHERE coalesce(obj_description(objid, classid::regclass::name), '') = '' ORDER BY 1"),
	'', 'every object has a comment');
# Those that read a table by its name, or run a query that does, are restricted: workers see no temporary tables. Procedures and the functions
# that write are nothing for workers.
is( $node->safe_psql(
		'postgres', "SELECT oid::regprocedure FROM pg_proc JOIN ($members) AS m ON objid = oid
		WHERE classid = 'pg_proc'::regclass AND proparallel <> 's'
			AND NOT (proparallel = 'r' AND (proargtypes[0] = 'regclass'::regtype OR proname IN ('cltv_newest_day', 'cltv_orders_bounds', 'cltv_check_subscriptions', 'cltv_noise', 'cltv_season_fits', 'dp_count', 'dp_histogram', 'dp_mean', 'dp_sum')))
			AND NOT (proparallel = 'u' AND (prokind = 'p' OR proname IN ('cltv_audience_step', 'cltv_expire', 'cltv_forget', 'cltv_forget_audience', 'cltv_forget_here', 'cltv_budget_spent', 'cltv_customer_condition', 'cltv_explain', 'cltv_explain_contract', 'cltv_keep_again', 'cltv_forget_made', 'cltv_privacy_spend', 'dp_count', 'dp_histogram', 'dp_mean', 'dp_sum', 'cltv_fold', 'cltv_hold', 'cltv_refresh_model', 'cltv_refresh_step', 'cltv_refresh_view', 'cltv_swap'))) ORDER BY 1"),
	'', 'every function is parallel safe');

# psql and BI tools show the beginning of a comment: one short sentence on a line of its own, in one style. What a function
# does is a verb, "Returns ..."; one that only others call says "Internal: ..." instead.
my $comments = qq{
	SELECT classid, objid, description, obj_description(objid, classid::regclass::name) AS comment,
		split_part(obj_description(objid, classid::regclass::name), E'\n', 1) AS sentence
	FROM ($members) AS m
	UNION ALL
	SELECT attrelid, attnum, format('column %s.%s', attrelid::regclass, attname), remark, split_part(remark, E'\n', 1)
	FROM ($members) AS m JOIN pg_class AS r ON classid = 'pg_class'::regclass AND r.oid = objid
		JOIN pg_attribute ON attrelid = objid AND attnum > 0, col_description(attrelid, attnum) AS remark
	WHERE remark IS NOT NULL};
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM ($comments) AS c"), '>', 900, 'there are comments');
is( $node->safe_psql(
		'postgres', "SELECT description, sentence FROM ($comments) AS c
		WHERE length(sentence) > 120 OR sentence !~ '^(Internal: .|[A-Z0-9(]).*[.]\$' ORDER BY 1"),
	'', 'every comment begins with a sentence of at most 120 characters on a line of its own');
is( $node->safe_psql(
		'postgres', "SELECT description, sentence FROM ($comments) AS c
		WHERE classid = 'pg_proc'::regclass AND sentence !~ '^(Internal: |(Returns|Fits|Collects|Makes|Merges|Backtests|Builds|Checks|Chooses|Compares|Drops|Estimates|Explains|Forecasts|Learns|Measures|Rebuilds|Refreshes|Removes|Runs|Sets|Simulates|Spends|Summarises|Tests) )'
		ORDER BY 1"),
	'', 'the comment of a function says what it does, or that it is internal');

# Functions of types, of aggregates alone and of operators are internal, and say so.
is( $node->safe_psql(
		'postgres', "SELECT description, sentence FROM ($comments) AS c
		WHERE classid = 'pg_proc'::regclass AND sentence !~ '^Internal: '
			AND (EXISTS (SELECT FROM pg_type WHERE objid IN (typinput, typoutput, typsend, typreceive, typmodin, typmodout))
				OR EXISTS (SELECT FROM pg_aggregate WHERE objid IN (aggtransfn, aggcombinefn))
				OR EXISTS (SELECT FROM pg_operator WHERE objid = oprcode)) ORDER BY 1"),
	'', 'functions of types, aggregates and operators are internal');

# What is internal, and functions that casts call, is not for people to call.
my @functions = split /\n/, $node->safe_psql(
	'postgres', qq{
	SELECT DISTINCT proname COLLATE "C" FROM pg_proc AS p JOIN ($members) AS m ON m.objid = p.oid
	WHERE m.classid = 'pg_proc'::regclass
		AND obj_description(p.oid, 'pg_proc') !~ '^Internal: '
	ORDER BY 1});

# Rows of the tables whose first cell begins with `name(. What families have in common is in templates with a {name}, what
# time's types differ by in templates, too.
my (%documented, @strangers);
for my $page (glob "$source/docs/reference/*.md")
{
	my ($topic) = $page =~ /(\w+)\.md$/;
	my $definitions = join '', map { slurp_file($_) } glob "$source/sql/$topic/*.sql";
	my @names = slurp_file($page) =~ /^\|\s*`(\w+)\(/mg;
	@documented{@names} = (1) x @names;
	push @strangers, "$topic: $_" for grep { my $name = $_ =~ s/^[a-z]+_//r; $definitions !~ /\b(?:\Q$_\E|\{name\}_\Q$name\E)\b/ } @names;
}
is_deeply([ sort keys %documented ], \@functions, 'the reference names every function and no other');
is(join("\n", @strangers), '', 'each on the page of its topic');

$node->stop;
done_testing();
