# The examples of README.md and docs/*.md are run, and do what the pages say.
#
# Every ```sql block of a page is run in order, in a database of its own; the extension is there unless the page itself
# creates it. test/docs/setup/PAGE.sql, where there is one, makes what the reader of the page is taken to have. The block
# after a sql block, if it is ```text or has no language, is what psql answers; a line "..." in it stands for any lines.
# Widths of columns, row counts and trailing blanks do not matter. Not run are blocks in other languages, and those below
# a comment <!-- not run: ... -->, which says what they need.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use IPC::Run ();
use Test::More;

my $source = $ENV{CLTV_SOURCE} // '.';
my $node = PostgreSQL::Test::Cluster->new('examples');
$node->init;
# The time zone and the plan are those of the pages, whatever the machine.
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nmax_parallel_workers_per_gather = 2\njit = off\n");
$node->start;

sub slurp
{
	my ($path) = @_;
	open my $file, '<', $path or die "$path: $!";
	local $/;
	return scalar <$file>;
}

# [line, sql, expected or undef] of each example.
sub examples
{
	my ($page) = @_;
	my (@examples, $language, $block, $begin, $after_sql, $not_run);
	my $number = 0;
	for my $line (split /\n/, slurp($page))
	{
		++$number;
		if (defined $language)
		{
			if ($line =~ /^```\s*$/)
			{
				if ($language eq 'sql' && !$not_run) { push @examples, [ $begin, $block, undef ]; $after_sql = 1 }
				elsif ($after_sql && $language =~ /^(text)?$/) { $examples[-1][2] = $block; $after_sql = 0 }
				($language, $not_run) = (undef, 0);
			}
			else { $block .= "$line\n" }
		}
		elsif ($line =~ /^```(\w*)/) { ($language, $block, $begin) = ($1, '', $number); $after_sql = 0 if $language eq 'sql' }
		elsif ($line =~ /\S/) { $after_sql = 0; $not_run = $line =~ /^<!-- not run\b/ }
	}
	return @examples;
}

# One psql for each block, reading standard input: errors then have no file name, and come where they happen.
sub run_sql
{
	my ($database, $sql, $on_error_stop) = @_;
	my $output = '';
	IPC::Run::run([ 'psql', '-XqA', '-P', 'format=aligned', '-P', 'pager=off', '-v', "ON_ERROR_STOP=$on_error_stop",
		'-d', $node->connstr($database) ], '<', \$sql, '>&', \$output);
	return ($? >> 8, $output);
}

sub essence
{
	my ($text) = @_;
	my @lines;
	for my $line (split /\n/, $text)
	{
		next if $line =~ /^\(\d+ rows?\)$/;
		$line =~ s/-{2,}/-/g;
		$line =~ s/\s+/ /g;
		$line =~ s/^ | $//g;
		push @lines, $line if $line ne '';
	}
	return join "\n", @lines;
}

sub matches
{
	my ($got, $expected) = @_;
	my $pattern = join "\n", map { $_ eq '...' ? '(?:.*\n)*?.*' : quotemeta } split /\n/, essence($expected);
	return essence($got) =~ /\A$pattern\z/;
}

my $blocks = 0;
for my $page ("$source/README.md", sort glob "$source/docs/*.md")
{
	my ($name) = $page =~ /(\w+(?:\/\w+)?)\.md$/;
	$name =~ s/^.*\/(?=README$)// if $page eq "$source/README.md";
	my @examples = examples($page) or next;
	(my $database = lc $name) =~ s/\W/_/g;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION cltv') unless grep { $_->[1] =~ /CREATE EXTENSION cltv/ } @examples;
	my ($topic) = $name =~ /(\w+)$/;
	my $setup = "$source/test/docs/setup/$topic.sql";
	$node->safe_psql($database, slurp($setup)) if -f $setup;

	for my $example (@examples)
	{
		my ($line, $sql, $expected) = @$example;
		my $is_error = defined $expected && $expected =~ /^ERROR: /m;
		my ($status, $output) = run_sql($database, $sql, $is_error ? 0 : 1);
		my $fine = $is_error || $status == 0;
		$fine &&= matches($output, $expected) if defined $expected;
		ok($fine, "$name.md, line $line")
			or diag($sql, "answered\n", $output, defined $expected ? "expected\n$expected" : ());
		++$blocks;
	}
}
cmp_ok($blocks, '>', 20, 'there are examples');

$node->stop;
done_testing();
