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
my %other = map { $_ => 1 } qw(upgrade released images sources reference tutorial how-to);
is(join(' ', grep { !exists $floor{$_} && !$other{$_} } @folders), '', 'folders are topics');

# The tour in CONTRIBUTING.md: a row for each topic that has a folder, in this order, and functions that are found where it says.
# What families have in common is defined by templates with a {name}, filled by the registry.
my $registry = slurp_file("$source/src/core/families.hpp");
my %families = map {
	my ($room, $macro) = @$_;
	my ($list) = $registry =~ /#define CLTV_${macro}_FAMILIES\(ROW\)((?:[ \t\\\n]*ROW\(\w+\))+)/;
	($room => [ ($list // '') =~ /ROW\((\w+)\)/g ]);
} [qw(purchases ORDERS)], [qw(spend SPEND)], [qw(contracts CONTRACT)], [qw(learning LEARNING)];

my ($tour) = slurp_file("$source/CONTRIBUTING.md") =~ /^(\| topic \|.*?\n)\n/ms;
my @rows = ($tour // '') =~ /^\| `(\w+)` \| .*? \| ?(.*?) ?\|$/mg;
my (@told, @lost);
while (my ($topic, $functions) = splice @rows, 0, 2)
{
	push @told, $topic;
	my $definitions = join '', map { slurp_file($_) } glob "$source/sql/$topic/*.sql";
	my $templates = $definitions;
	$definitions .= $templates =~ s/\{name\}/$_/gr for @{ $families{$topic} // [] };
	push @lost, "$topic: $_"
	  for grep { $definitions !~ /^CREATE (?:FUNCTION|AGGREGATE|PROCEDURE) $_\b/m } $functions =~ /`(\w+)`/g;
}
my %has_folder = map { $_ => 1 } @folders;
is(join(' ', sort @told), join(' ', sort grep { $has_folder{$_} } keys %floor), 'CONTRIBUTING.md tells of every topic');
is(join(' ', map { $floor{$_} } @told), join(' ', sort { $a <=> $b } map { $floor{$_} } @told), 'from the ground up');
is(join(', ', @lost), '', 'functions are in the topic that CONTRIBUTING.md says');

done_testing();
