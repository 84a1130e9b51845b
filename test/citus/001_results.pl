# Every query of queries.sql answers the same on distributed orders as on those of one node, to the last bit: as text,
# whose digits are exact, and in binary.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Citus;
use Test::More;

make_shops();

my (@names, @queries);
for my $part (split /^(?=-- )/m, Citus::read_file("$FindBin::RealBin/queries.sql"))
{
	my ($name, $query) = $part =~ /\A-- ([^\n]*)\n(.*?);\s*\z/s or next;
	push @names, $name;
	push @queries, $query;
}

# A session's days are those of its zone, and not of the workers'.
my $zone = "SET TimeZone = 'Pacific/Auckland';\n";
my @distributed = answers($Citus::distributed, $zone, @queries);
my @local = answers($Citus::local, $zone, @queries);
for my $n (0 .. $#queries)
{
	my ($text, $binary, $errors) = @{ $distributed[$n] };
	my $alike = $text eq $local[$n][0] && $binary eq $local[$n][1];
	ok($alike && $errors eq $local[$n][2] && $text ne '' && $binary =~ /^PGCOPY/, $names[$n])
	  or diag($errors, $alike ? '' : 'the results differ');
}
cmp_ok(scalar @queries, '>', 50, 'there are queries');

done_testing();
