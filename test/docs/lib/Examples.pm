# The examples of a page and what they answer.
#
# An example is a ```sql block. The block after it, if it is ```text or has no language, is what psql answers; a line
# "..." in it stands for any lines. Widths of columns, row counts and trailing blanks do not matter. Blocks in other
# languages are no examples, nor are those below a comment <!-- not run: ... -->, which says what they need, unless it
# is said that this is there. What one below <!-- output of PostgreSQL N or later --> answers before N is not compared.
package Examples;
use strict;
use warnings;

sub slurp
{
	my ($path) = @_;
	open my $file, '<', $path or die "$path: $!";
	local $/;
	return scalar <$file>;
}

# [line, sql, expected or undef] of each example, for a major version of PostgreSQL.
sub of_page
{
	my ($page, $version, $there) = @_;
	my (@examples, $language, $block, $begin, $after_sql, $not_run);
	my $since = 0;
	my $number = 0;
	for my $line (split /\n/, slurp($page))
	{
		++$number;
		if (defined $language)
		{
			if ($line =~ /^```\s*$/)
			{
				if ($language eq 'sql' && !$not_run) { push @examples, [ $begin, $block, undef ]; $after_sql = 1 }
				elsif ($after_sql && $language =~ /^(text)?$/) { $examples[-1][2] = $block if $version >= $since; $after_sql = 0 }
				($language, $not_run) = (undef, 0);
			}
			else { $block .= "$line\n" }
		}
		elsif ($line =~ /^```(\w*)/) { ($language, $block, $begin) = ($1, '', $number); $after_sql = 0 if $language eq 'sql' }
		elsif ($line =~ /\S/)
		{
			$after_sql = 0;
			$not_run = $line =~ /^<!-- not run: (.*) -->/ && $1 ne ($there // '');
			$since = $line =~ /^<!-- output of PostgreSQL (\d+) or later -->/ ? $1 : 0;
		}
	}
	return @examples;
}

# Options of the psql that runs a block from its standard input: errors then have no file name, and come where they
# happen.
sub psql_options
{
	my ($expected) = @_;
	return ('-XqA', '-P', 'format=aligned', '-P', 'pager=off', '-v', 'ON_ERROR_STOP=' . (is_error($expected) ? 0 : 1));
}

sub is_error
{
	my ($expected) = @_;
	return defined $expected && $expected =~ /^ERROR: /m;
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

# Whether psql's status and output are those of the page.
sub fine
{
	my ($status, $got, $expected) = @_;
	return 0 if $status != 0 && !is_error($expected);
	return 1 unless defined $expected;
	my $pattern = join "\n", map { $_ eq '...' ? '(?:.*\n)*?.*' : quotemeta } split /\n/, essence($expected);
	return essence($got) =~ /\A$pattern\z/;
}

1;
