# Texts that are equal but for the last digits of the numbers in them: sums by core's sum(), which depend on the order of
# the rows.
package Near;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(near);

# Numbers may differ by 1e-9 of their size. Rounding instead would tell two apart that lie on both sides of a border.
sub near
{
	my @words = map { [ split /(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)/ ] } @_;
	return 0 if @{ $words[0] } != @{ $words[1] };
	for my $n (0 .. $#{ $words[0] })
	{
		my ($one, $other) = map { $_->[$n] } @words;
		next if $one eq $other;
		return 0 if $n % 2 == 0 || abs($one - $other) > 1e-9 * (1 + abs($one));
	}
	return 1;
}

1;
