# Another server's tables, through postgres_fdw.
package Foreign;
use strict;
use warnings;

# Whether postgres_fdw is installed; it is created in the database.
sub available
{
	my ($node, $database) = @_;
	return $node->psql($database, 'CREATE EXTENSION postgres_fdw') == 0;
}

# Makes a foreign server of that name, and whoever calls known to it: of a database of the node, with further options.
sub server
{
	my ($node, $database, $name, $remote, $remote_database, %options) = @_;
	%options = (host => $remote->host, port => $remote->port, dbname => $remote_database, %options);
	my $options = join ', ', map { "$_ '$options{$_}'" } sort keys %options;
	$node->safe_psql($database, qq{
		CREATE SERVER $name FOREIGN DATA WRAPPER postgres_fdw OPTIONS ($options);
		CREATE USER MAPPING FOR CURRENT_USER SERVER $name});
	return;
}

1;
