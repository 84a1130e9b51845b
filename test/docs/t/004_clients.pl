# Snippets of Python and R on the pages: run where the language and the modules are there, after the SQL of their page, and what they print is
# compared. Those below <!-- not run: WHAT --> are not run.
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

# The first of these commands that has what a snippet needs: its imports, its libraries.
sub command_for
{
	my ($language, $code) = @_;
	my @needs = $language eq 'python' ? map { split /,\s*/ } $code =~ /^(?:import|from) ([\w, ]+?)(?:\.\w+)*(?: import .*)?$/mg
	  : ($code =~ /library\((\w+)\)/g, $code =~ /(\w+)::/g);
	for my $command ($language eq 'python' ? ([ 'python3', '-c' ], [ '/usr/bin/python3', '-c' ]) : ([ 'Rscript', '-e' ]))
	{
		my $probe = $language eq 'python' ? 'import ' . join(', ', @needs) : join('; ', map { "library($_)" } @needs);
		my $log = '';
		return $command if eval { IPC::Run::run([ @$command, $probe ], '>&', \$log) };
	}
	return undef;
}

# [line, language, code, expected] of a page.
sub snippets
{
	my ($page) = @_;
	my (@found, $language, $block, $begin, $not_run);
	my ($number, $after) = (0, 0);
	for my $line (split /\n/, Examples::slurp($page))
	{
		++$number;
		if (defined $language)
		{
			if ($line !~ /^```\s*$/) { $block .= "$line\n"; next }
			if ($language =~ /^(?:python|r)$/ && !$not_run) { push @found, [ $begin, $language, $block, undef ]; $after = 1 }
			elsif ($language eq 'text' && $after) { $found[-1][3] = $block; $after = 0 }
			else { $after = 0 }
			($language, $not_run) = (undef, 0);
		}
		elsif ($line =~ /^```(\w*)/) { ($language, $block, $begin) = ($1, '', $number) }
		elsif ($line =~ /\S/) { $after = 0; $not_run = $line =~ /^<!-- not run: / }
	}
	return @found;
}

my $node = PostgreSQL::Test::Cluster->new('clients');
$node->init;
$node->start;
my $version = int($node->safe_psql('postgres', 'SHOW server_version_num') / 10000);

my $snippets = 0;
for my $page (sort glob "$source/docs/*.md $source/docs/*/*.md")
{
	my @snippets = snippets($page) or next;
	my ($name) = $page =~ /(\w+)\.md$/;
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, 'CREATE EXTENSION cltv');
	for my $example (Examples::of_page($page, $version))
	{
		my (undef, $sql, $expected) = @$example;
		if (($expected // '') =~ /^ERROR/) { $node->psql($name, $sql, on_error_stop => 0) }    # as the page says
		else { $node->safe_psql($name, $sql) }
	}
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	local $ENV{PGDATABASE} = $name;
	local $ENV{PGUSER} = $node->safe_psql($name, 'SELECT current_user');
	for my $snippet (@snippets)
	{
		my ($line, $language, $code, $expected) = @$snippet;
		++$snippets;
	  SKIP:
		{
			my $command = command_for($language, $code) or skip "$name.md, line $line: what it needs of $language is not installed", 1;
			my $output = '';
			my $fine = IPC::Run::run([ @$command, $code ], '>&', \$output);
			ok($fine && (!defined $expected || Examples::essence($output) eq Examples::essence($expected)), "$name.md, line $line")
			  or diag($code, "printed\n", $output, defined $expected ? "expected\n$expected" : ());
		}
	}
}
cmp_ok($snippets, '>=', 3, 'there are snippets');

$node->stop;
done_testing();
