# The published data that some tests run on, from the folder that CLTV_DATA names.
package Data;
use strict;
use warnings;
use Exporter 'import';
use Test::More;

our @EXPORT = qw(data_with load_csv);

# The folder, where it has these files; a test without them is skipped.
sub data_with
{
	my @files = map { "$_.csv.gz" } @_;
	my $data = $ENV{CLTV_DATA} // '';
	plan skip_all => 'CLTV_DATA names no folder with ' . join ' and ', @files if grep { !-f "$data/$_" } @files;
	return $data;
}

# A table of a file, with its columns as text under the names of its first line; with these columns where they are given. extra: a
# column besides; null: what stands for NULL.
sub load_csv
{
	my ($node, $table, $file, %with) = @_;
	my ($header) = split /\r?\n/, `gzip -dc $file`;
	my $columns = $with{columns} // join ', ', grep { defined } $with{extra}, map { "$_ text" } split /,/, $header;
	my $into = $with{columns} ? '' : " ($header)";
	my $null = defined $with{null} ? ", NULL '$with{null}'" : '';
	$node->safe_psql('postgres', "CREATE TABLE $table ($columns); COPY $table$into FROM PROGRAM 'gzip -dc $file' (FORMAT csv, HEADER$null)");
	return;
}

1;
