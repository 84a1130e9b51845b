# The rooms: which topic may know which, that core knows no PostgreSQL, and that a topic has the same name everywhere.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;

my $source = $ENV{CLTV_SOURCE} // '.';

# From the ground up: a topic includes itself and those above it here, never another of its own line.
my @lines = (
	[qw(base)],
	[qw(rows)],
	[qw(fit)],
	[qw(history)],
	[qw(purchases spend contracts survival learning)],
	[qw(value forecast)],
	[qw(validation shop segments)],
	[qw(experiments privacy)],
	[qw(views)]);
my %floor;
for my $number (0 .. $#lines) { $floor{$_} = $number for @{ $lines[$number] } }

my ($files, @faults) = (0);
for my $file (glob "$source/src/core/*.?pp $source/src/core/*/*.?pp $source/src/pg/*.?pp $source/src/pg/*/*.?pp")
{
	++$files;
	my ($name) = $file =~ /src\/(.*)$/;
	my ($room, $topic) = $name =~ /^(core|pg)\/(?:(\w+)\/)?/;
	push @faults, "$name: no topic $topic" if defined $topic && !exists $floor{$topic};
	my $text = slurp_file($file);
	push @faults, "$name includes $1" if $room eq 'core' && $text =~ /#include [<"]((?:postgres|fmgr|utils\/|catalog\/|pg\/)[^>"]*)/;
	push @faults, "$name does not begin with numbers_only.hpp"
	  if $room eq 'core' && $name =~ /hpp$/ && $name !~ /numbers_only/
	  && $text !~ /\A(?:(?!#include).*\n)*#include "core\/base\/numbers_only\.hpp"/;
	while ($text =~ /#include "((?:core|pg)\/(?:(\w+)\/)?\w+\.hpp)"/g)
	{
		my ($included, $other) = ($1, $2);
		# The list of families stands at the root of the house: it knows them all, and the server's side asks it.
		next if !defined $topic || !defined $other && $room eq 'pg';
		push @faults, "$name includes $included"
		  unless defined $other && ($other eq $topic || exists $floor{$other} && $floor{$other} < $floor{$topic});
	}
}
is(join("\n", @faults), '', 'every arrow points down');
cmp_ok($files, '>', 100, 'there are files');

my @folders = map { /([^\/]+)\/?$/ } grep { -d } map { glob "$source/$_/*" } qw(src/core src/pg sql test/unit test/sql expected docs);
my %other = map { $_ => 1 } qw(upgrade released images sources);
is(join(' ', grep { !exists $floor{$_} && !$other{$_} } @folders), '', 'folders are topics');

done_testing();
