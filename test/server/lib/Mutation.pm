# Spoils bytes at random, the same way for the same seed: as transport and storage do, and as somebody would who knows
# where a format keeps its numbers.
package Mutation;
use strict;
use warnings;
use Exporter 'import';

our @EXPORT_OK = qw(mutated_text mutated_binary);

# Numbers at the borders of types and of sense.
my @text_numbers = (
  qw(0 -0 1 -1 00 1e 1.5 0.1 0x10 NaN null 1e-400 5e-324 1e308 1.7976931348623157e308 1e400 -1e308 1e15
  2147483647 2147483648 -2147483648 4294967295 4294967296 9007199254740993 9223372036854775807 9223372036854775808
  -9223372036854775808 100000000000000000000),
  '9' x 63, '9' x 64, '9' x 400, '', '"2024-02-29"', '"2023-02-29"', '[]');
my @words = ((map { pack 'q>', $_ } 0, 1, -1, 2**31, 2**31 - 1, -2**31, 2**53, 2**53 + 1, 9223372036854775807,
		-9223372036854775807 - 1),
	(map { pack 'd>', $_ } 1, -1, 0.5, -0.0, 365, 1e15, 1e300, -1e300, 1e-300, 5e-324, 9**9**9, -9**9**9),
	(map { pack 'H16', $_ } qw(7ff8000000000000 fff8000000000001 7ff0000000000001 7fefffffffffffff)));
my @halves = map { pack 'l>', $_ } 0, 1, 2, -1, 255, 65536, 2**30, 2**31 - 1, -2**31;

sub pick { return $_[ int rand @_ ] }

# Any of the bytes, and one behind the last.
sub place { return int rand(1 + length $_[0]) }

# A stretch, mostly a short one.
sub stretch
{
	my ($bytes) = @_;
	my $at = place($bytes);
	my $most = length($bytes) - $at;
	return ($at, int(rand() < 0.8 ? rand(1 + ($most < 9 ? $most : 9)) : rand(1 + $most)));
}

sub noise { return join '', map { chr int rand 256 } 1 .. 1 + int rand $_[0] }

# Each takes the bytes and those of another seed.
my @byte_steps = (
	sub { my ($b) = @_; my $at = place($b); vec($b, 8 * $at + int rand 8, 1) ^= 1 if $at < length $b; return $b },
	sub { my ($b) = @_; my $at = place($b); substr($b, $at, 1) = chr int rand 256 if $at < length $b; return $b },
	sub { return substr $_[0], 0, place($_[0]) },
	sub { return $_[0] . noise(24) },
	sub { my ($b) = @_; substr($b, place($b), 0) = noise(9); return $b },
	sub { my ($b) = @_; my ($at, $n) = stretch($b); substr($b, $at, $n) = ''; return $b },
	sub { my ($b) = @_; my ($at, $n) = stretch($b); substr($b, place($b), 0) = substr $b, $at, $n; return $b },
	sub { my ($b, $other) = @_; return substr($b, 0, place($b)) . substr $other, place($other) });

# A number of a format is a word or half a one, most often at an even distance from the beginning or the end.
sub overwritten
{
	my ($bytes, $with) = @_;
	my $n = length $with;
	return $bytes if length $bytes < $n;
	my $at = 2 * int rand(1 + (length($bytes) - $n) / 2);
	substr($bytes, $at, $n) = $with;
	return $bytes;
}

my @word_steps = (
	sub { return overwritten($_[0], pick(@words)) },
	sub { return overwritten($_[0], pick(@halves)) },
	sub {    # two words change places
		my ($b) = @_;
		return $b if length $b < 16;
		my ($one, $other) = map { 2 * int rand((length($b) - 6) / 2) } 1, 2;
		my $word = substr $b, $one, 8;
		substr($b, $one, 8) = substr $b, $other, 8;
		substr($b, $other, 8) = $word;
		return $b;
	});

my $token = qr/"[^"]*"|[-+.0-9Ee]+|[][{}:,]|[a-z]+|./s;

# Changes the tokens that match the pattern.
sub with_tokens
{
	my ($text, $pattern, $change) = @_;
	my @tokens = $text =~ /$token/g;
	my @at = grep { $tokens[$_] =~ $pattern } 0 .. $#tokens;
	$change->(\@tokens, @at) if @at;
	return join '', @tokens;
}

my $number = qr/^[-0-9.]/;
my @token_steps = (
	sub { return with_tokens($_[0], $number, sub { my ($t, @at) = @_; $t->[ pick(@at) ] = pick(@text_numbers) }) },
	sub {    # two numbers change places
		return with_tokens($_[0], $number, sub {
				my ($tokens, @at) = @_;
				my ($one, $other) = (pick(@at), pick(@at));
				@$tokens[ $one, $other ] = @$tokens[ $other, $one ];
			});
	},
	sub { return with_tokens($_[0], qr/./s, sub { my ($t, @at) = @_; splice @$t, pick(@at), 1 }) },
	sub { return with_tokens($_[0], qr/./s, sub { my ($t, @at) = @_; splice @$t, pick(@at), 0, $t->[ pick(@at) ] }) },
	sub { return with_tokens($_[0], qr/^"/, sub { my ($t, @at) = @_; $t->[ pick(@at) ] = $t->[ pick(@at) ] }) },
	# one more row like another
	sub { my ($t) = @_; $t =~ s/(\[[^][]*\])/$1,$1/ if rand() < 0.5; $t =~ s/(.*)(\[[^][]*\])/$1$2,$2/s; return $t },
	sub { my ($t) = @_; my $at = place($t); substr($t, $at, 0) = pick(' ', "\n", "\t") x (1 + rand 3); return $t });

# Mostly one step: of two, the second is seldom seen by who refuses the first.
sub mutated
{
	my ($steps, $bytes, $other) = @_;
	do { $bytes = pick(@$steps)->($bytes, $other) } while rand() < 0.3;
	return $bytes;
}

sub mutated_binary { return mutated([ @byte_steps, @word_steps, @word_steps ], @_) }

# No text of PostgreSQL has a zero byte.
sub mutated_text { return mutated([ @byte_steps, @token_steps, @token_steps ], @_) =~ tr/\0/\1/r }

1;
