# What the extension consists of, from the catalogs, so that tests cover what is added later.
package Catalog;
use strict;
use warnings;
use Exporter 'import';

our @EXPORT_OK = qw(rows types functions);

my $of_extension = q{JOIN pg_depend AS d ON d.objid = o.oid AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'cltv')};
my $of_functions = "pg_proc AS o $of_extension AND d.classid = 'pg_proc'::regclass";

# The rows of a query's result, each a list of its columns.
sub rows
{
	my ($node, $database, $query) = @_;
	return map { [ split /\|/, $_, -1 ] } split /\n/, $node->safe_psql($database, $query);
}

# Names of the base types.
sub types
{
	return map { $_->[0] } rows(@_, qq{
		SELECT typname FROM pg_type AS o $of_extension AND d.classid = 'pg_type'::regclass
		WHERE typtype = 'b' AND typcategory <> 'A' ORDER BY 1});
}

# What a query may call: functions, aggregates (kind a) and window functions (w), with the cost of a call. Transition
# and combine functions, which only work within an aggregate, have the kind t.
sub functions
{
	return map {
		my ($name, $kind, $is_set, $cost, $types, $names) = @$_;
		{ name => $name, kind => $kind, is_set => $is_set eq 't', cost => $cost, types => [ split /,/, $types ],
			names => [ split /,/, $names ], signature => "$name($types)" }
	} rows(@_, qq{
		SELECT proname,
			CASE WHEN o.oid IN (SELECT unnest(ARRAY[aggtransfn, aggcombinefn]) FROM pg_aggregate) THEN 't' ELSE prokind::text END,
			proretset,
			greatest(procost, (SELECT f.procost FROM pg_aggregate, pg_proc AS f WHERE aggfnoid = o.oid AND f.oid = aggfinalfn)),
			array_to_string(proargtypes::regtype[], ','), array_to_string(proargnames, ',')
		FROM $of_functions
		WHERE prokind <> 'p' AND NOT '{internal,cstring}' && proargtypes::regtype[]::text[] AND prorettype <> ALL ('{cstring,trigger}'::regtype[])
		ORDER BY o.oid::regprocedure::text COLLATE "C"});
}

1;
