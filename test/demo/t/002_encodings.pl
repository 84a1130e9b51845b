# script/demo FILE --dry-run on files in other encodings and with other line ends: what it takes them for, or refuses.
use strict;
use warnings;
use Encode qw(encode);
use PostgreSQL::Test::Utils;
use Test::More;

my $source = $ENV{CLTV_SOURCE} // '.';
my $file = PostgreSQL::Test::Utils::tempdir() . '/orders.csv';

sub said
{
	my ($name, $bytes, $status, @parts) = @_;
	open my $out, '>:raw', $file or die $!;
	print $out $bytes;
	close $out;
	my $said = `"$source/script/demo" "$file" --dry-run 2>&1`;
	is($? >> 8, $status, "$name: status $status") or diag $said;
	ok(index($said, $_) >= 0, "$name: $_") or diag $said for @parts;
}

my $rows = "customer_id;ordered_at;amount\nM\x{fc}ller;2024-01-02;1,5\nb;2024-01-05;3\n";
my $two = '2 orders of 2 customers, 2024-01-02 to 2024-01-05';
my $crlf = $rows =~ s/\n/\r\n/gr;
said('Latin-1, CRLF, blank lines around', "\r\n" . encode('iso-8859-1', $crlf) . "\r\n \r\n", 0, 'Windows-1252 (Latin-1)', $two, '2 rows of 3');
said('UTF-8 with a mark, CR alone', "\xef\xbb\xbf" . encode('UTF-8', $rows =~ s/\n/\r/gr), 0, $two);
said('UTF-16', encode('UTF-16', $crlf), 0, 'read as UTF-16', $two);
said('a separator said by a spreadsheet, a wrong row', "sep=;\r\n" . encode('UTF-8', $crlf) . "c;2024-01-06;x\r\n", 1,
	'orders.csv, line 5, column amount: "x" is no number');
said('a line cut short', "\ncustomer_id,ordered_at,amount\na,2024-01-02\n", 1, 'orders.csv, line 3, "a,2024-01-02"');
said('empty', '', 1, 'orders.csv is empty');
said('blank lines', "\n \n", 1, 'orders.csv is empty');
said('no text', "a\0b\0", 1, 'orders.csv is not a text file');

done_testing();
