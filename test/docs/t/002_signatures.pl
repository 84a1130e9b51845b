# The signatures in docs/reference are those of the functions: names, types and defaults of arguments, and results.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $source = $ENV{CLTV_SOURCE} // '.';
my $node = PostgreSQL::Test::Cluster->new('signatures');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION cltv');

# PostgreSQL's long names of types and casts of defaults as people write them.
sub plain
{
	my ($text) = @_;
	$text =~ s/"(\w+)"/$1/g;                 # keywords that are names of arguments
	$text =~ s/double precision/float8/g;
	$text =~ s/\binteger\b/int/g;
	$text =~ s/timestamp with time zone/timestamptz/g;
	$text =~ s/timestamp without time zone/timestamp/g;
	$text =~ s/DEFAULT '?([\d.]+)'?(?:::\w+)?/'DEFAULT ' . ($1 + 0)/ge;
	$text =~ s/DEFAULT 'infinity'(?:::\w+)?/DEFAULT 'infinity'/gi;
	$text =~ s/DEFAULT (NULL|'[^']*')::[\w\[\]]+/DEFAULT $1/g;
	return $text;
}

# Overloads that the table names in words: other types of time, and a frequency that is a fraction in other software.
sub main_overload
{
	my ($signature) = @_;
	$signature =~ s/\((ordered_at|last_order) timestamp(?:tz)?\b/($1 date/;
	$signature =~ s/\((frequency) float8/($1 bigint/;
	return $signature;
}

my %actual;
for my $row (split /\n/, $node->safe_psql(
		'postgres', q{
	SELECT proname, pg_get_function_arguments(p.oid),
		CASE prokind WHEN 'p' THEN 'procedure' ELSE pg_get_function_result(p.oid) END
	FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'cltv')
		AND obj_description(p.oid, 'pg_proc') !~ '^Internal: '}))
{
	my ($name, $arguments, $result) = split /\|/, $row;
	# Since 14 a procedure's arguments say IN.
	my @in = map { s/^IN //r } grep { !/^OUT / } split /, /, $arguments;
	my @out = map { s/^OUT //r } grep { /^OUT / } split /, /, $arguments;
	$result = ($result =~ /^SETOF/ ? 'rows ' : '') . '(' . join(', ', @out) . ')' if @out;
	$actual{ plain("$name(" . join(', ', @in) . ") -> $result") } = 1;
}
for my $signature (keys %actual)
{
	my $main = main_overload($signature);
	delete $actual{$signature} if $main ne $signature && $actual{$main};
}

my %documented;
for my $page (glob "$source/docs/reference/*.md")
{
	open my $file, '<:encoding(UTF-8)', $page or die "$page: $!";
	while (my $line = <$file>)
	{
		if ($line =~ /^\| `(\w+\([^`]*\))` \x{2192} (rows )?`([^`]*)`/) { $documented{ plain("$1 -> " . ($2 // '') . $3) } = 1 }
		elsif ($line =~ /^\| `(\w+\([^`]*\))` \| procedure: /) { $documented{ plain("$1 -> procedure") } = 1 }
	}
	close $file;
}

is(join("\n", grep { !$documented{$_} } sort keys %actual), '', 'every signature is in the reference');
is(join("\n", grep { !$actual{$_} } sort keys %documented), '', 'every signature of the reference exists');
cmp_ok(scalar keys %documented, '>', 20, 'there are signatures');

$node->stop;
done_testing();
