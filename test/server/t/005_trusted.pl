# The owner of a database installs, uses and drops the extension without being a superuser.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('trusted');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE shop LOGIN; CREATE ROLE analyst LOGIN');
$node->safe_psql('postgres', 'CREATE DATABASE shop OWNER shop');

sub as
{
	my ($user, $query) = @_;
	return $node->safe_psql('shop', $query, extra_params => [ '-U', $user ]);
}

as('shop', 'CREATE SCHEMA models; GRANT USAGE ON SCHEMA models TO analyst; CREATE EXTENSION cltv SCHEMA models');
is(as('shop', q{SELECT rolsuper FROM pg_roles WHERE rolname = current_user}), 'f', 'the owner is no superuser');
is(as('shop', 'SELECT models.cltv_simple(20, 5, 3, margin => 0.2)'), '60', 'its owner uses it');
is(as('analyst', 'SELECT models.cltv_simple(20, 5, 3, margin => 0.2)'), '60', 'so does another user, without any grant');
is( as('analyst', q{SELECT count(*) FROM models.model_params(models.bgnbd_model(.243, 4.414, .793, 2.426))}),
	'4', 'also functions that call others, without a search_path');

# It stays in its schema: its functions name it.
my (undef, undef, $refusal) = $node->psql('shop', 'CREATE SCHEMA elsewhere; ALTER EXTENSION cltv SET SCHEMA elsewhere');
like($refusal, qr/extension "cltv" does not support SET SCHEMA/, 'it does not move to another schema');
as('shop', 'DROP EXTENSION cltv');
is(as('shop', q{SELECT count(*) FROM pg_proc WHERE pronamespace = 'models'::regnamespace}), '0', 'nothing is left behind');

$node->stop;
done_testing();
