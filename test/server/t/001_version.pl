# META.json, cltv.control, CHANGELOG.md and debian/changelog speak of one version; PGXN wants three numbers where the control file has two.
use strict;
use warnings;
use JSON::PP;
use Test::More;

my $source = $ENV{CLTV_SOURCE} // '.';

sub slurp
{
	my ($name) = @_;
	open my $file, '<', "$source/$name" or die "$name: $!";
	local $/ = undef;
	return scalar <$file>;
}

my ($control) = slurp('cltv.control') =~ /^default_version\s*=\s*'([^']+)'/m;
my $full = $control =~ /^\d+\.\d+$/ ? "$control.0" : $control;
my $meta = decode_json(slurp('META.json'));
my ($latest) = slurp('CHANGELOG.md') =~ /^## \[([^\]]+)\]/m;

like($full, qr/^\d+\.\d+\.\d+$/, 'the control file has a version');
is($meta->{version}, $full, 'META.json has the version of cltv.control');
is($meta->{provides}{cltv}{version}, $full, 'so has what META.json provides');
my ($debian) = slurp('debian/changelog') =~ /^cltv \(([^)-]+)-/;
is($debian, $full, 'so has the newest entry of debian/changelog');
is($latest, $full, 'the newest entry of CHANGELOG.md is of that version');

done_testing();
