# The examples of README.md and docs/**.md are run, and do what the pages say.
#
# Every ```sql block of a page is run in order, in a database of its own; the extension is there unless the page itself
# creates it. test/docs/setup/PAGE.sql, where there is one, makes what the reader of the page is taken to have. What an
# example is, and what is compared, says test/docs/lib/Examples.pm.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use IPC::Run ();
use Test::More;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use Examples;

my $source = $ENV{CLTV_SOURCE} // '.';
my $node = PostgreSQL::Test::Cluster->new('examples');
$node->init;
# The time zone and the plan are those of the pages, whatever the machine.
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nmax_parallel_workers_per_gather = 2\njit = off\n");
$node->start;
my $version = int($node->safe_psql('postgres', 'SHOW server_version_num') / 10000);

my $files = PostgreSQL::Test::Utils::tempdir(); # where \copy writes and reads

# (status, output)
sub run_sql
{
	my ($database, $sql, $expected) = @_;
	my $output = '';
	IPC::Run::run([ 'psql', Examples::psql_options($expected), '-d', $node->connstr($database) ],
		'<', \$sql, '>&', \$output, init => sub { chdir $files or die $! });
	return ($? >> 8, $output);
}

my $blocks = 0;
for my $page ("$source/README.md", sort glob("$source/docs/*.md $source/docs/*/*.md"))
{
	my ($name) = $page =~ /([\w-]+(?:\/\w+)?)\.md$/;
	$name =~ s/^.*\/(?=README$)// if $page eq "$source/README.md";
	my @examples = Examples::of_page($page, $version) or next;
	(my $database = lc $name) =~ s/\W/_/g;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION cltv') unless grep { $_->[1] =~ /CREATE EXTENSION cltv/ } @examples;
	my ($topic) = $name =~ /(\w+)$/;
	my $setup = "$source/test/docs/setup/$topic.sql";
	$node->safe_psql($database, Examples::slurp($setup)) if -f $setup;

	for my $example (@examples)
	{
		my ($line, $sql, $expected) = @$example;
		my ($status, $output) = run_sql($database, $sql, $expected);
		ok(Examples::fine($status, $output, $expected), "$name.md, line $line")
			or diag($sql, "answered\n", $output, defined $expected ? "expected\n$expected" : ());
		++$blocks;
	}
}
cmp_ok($blocks, '>', 20, 'there are examples');

$node->stop;
done_testing();
