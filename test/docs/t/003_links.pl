# Links from page to page lead to a file that is there, and to a heading that is in it.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use File::Basename qw(dirname);

my $source = $ENV{CLTV_SOURCE} // '.';

# A page without its code, which has neither headings nor links.
sub prose
{
	my ($path) = @_;
	my $text = slurp_file($path);
	$text =~ s/^```.*?^```//gms;
	return $text;
}

# The names that a browser of the repository gives to the headings of a page.
sub anchors
{
	my ($path) = @_;
	my (%anchors, %times);
	$anchors{$_} = 1 for prose($path) =~ /<a id="([^"]+)">/g;
	for my $heading (prose($path) =~ /^#+ (.*)$/mg)
	{
		$heading =~ s/\[([^\]]*)\]\([^)]*\)/$1/g;
		$heading = lc $heading;
		$heading =~ s/[^\w\- ]//g;
		$heading =~ s/ /-/g;
		$anchors{ $times{$heading} ? "$heading-$times{$heading}" : $heading } = 1;
		++$times{$heading};
	}
	return \%anchors;
}

my ($links, @lost) = (0);
for my $page (glob "$source/*.md $source/docs/*.md $source/docs/*/*.md")
{
	for my $link (prose($page) =~ /\]\(([^)\s]+)\)/g)
	{
		next if $link =~ /:\/\//;
		my ($file, $anchor) = split /#/, $link, 2;
		my $target = $file eq '' ? $page : dirname($page) . "/$file";
		++$links;
		push @lost, "$page: $link" unless -e $target && (!defined $anchor || $target !~ /\.md$/ || anchors($target)->{$anchor});
	}
}
is(join("\n", @lost), '', 'no link leads nowhere');
cmp_ok($links, '>', 100, 'there are links');

done_testing();
