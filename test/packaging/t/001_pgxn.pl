# META.json by the PGXN Meta Spec 1.0.0 (https://pgxn.org/spec/), and the archive that `make dist` makes of a commit.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IO::Uncompress::Unzip qw($UnzipError);
use IPC::Run qw(run);
use JSON::PP;
use Test::More;

my $source = $ENV{CLTV_SOURCE} // '.';

# Strings are printable, terms and tags besides without slashes, terms without blanks too.
sub is_text { return defined $_[0] && !ref $_[0] && $_[0] =~ /^[^\p{Cc}]+$/ }
sub is_tag { return is_text(@_) && length $_[0] < 256 && $_[0] !~ /[\/\\]/ }
sub is_term { return is_tag(@_) && length $_[0] > 1 && $_[0] !~ /\s/ }
my $number = qr/(?:0|[1-9][0-9]*)/;
my $version = qr/$number\.$number\.$number(?:[-+]?[A-Za-z][0-9A-Za-z-]*)?/;
sub is_version { return is_text(@_) && $_[0] =~ /^$version$/ }
my $bound = qr/(?:[<>]=?|[!=]=)?\s*$version/;
sub is_range { return is_text(@_) && $_[0] =~ /^(?:0|$bound(?:\s*,\s*$bound)*)$/ }
sub is_path { return is_text(@_) && $_[0] !~ /^\/|\\|(?:^|\/)\.\.(?:\/|$)/ }

my %licenses = map { $_ => 1 } qw(agpl_3 apache_1_1 apache_2_0 artistic_1 artistic_2 bsd freebsd gfdl_1_2 gfdl_1_3 gpl_1 gpl_2
  gpl_3 lgpl_2_1 lgpl_3_0 mit mozilla_1_0 mozilla_1_1 openssl perl_5 postgresql qpl_1_0 ssleay sun zlib open_source restricted
  unrestricted unknown);
my %known = map { $_ => 1 } qw(abstract description generated_by license maintainer meta-spec name no_index prereqs provides
  release_status resources tags version);

# faults(META): what the specification refuses in it.
sub faults
{
	my ($meta) = @_;
	my @faults;
	my $want = sub { my $fault = pop; push @faults, $fault unless @_ && $_[0]; }; # a match that fails is an empty list
	for my $key (keys %$meta) { $want->($known{$key} || $key =~ /^x_/i, "key $key"); }
	$want->(is_term($meta->{name}), 'name');
	$want->(is_version($meta->{version}), 'version');
	$want->(is_text($meta->{$_}), $_) for qw(abstract), grep { exists $meta->{$_} } qw(description generated_by);
	my @maintainers = ref $meta->{maintainer} eq 'ARRAY' ? @{ $meta->{maintainer} } : ($meta->{maintainer});
	$want->(@maintainers && !(grep { !is_text($_) } @maintainers), 'maintainer');
	my @licenses = ref $meta->{license} eq 'ARRAY' ? @{ $meta->{license} } : ($meta->{license});
	$want->(@licenses && !(grep { !is_text($_) || !$licenses{$_} } @licenses), 'license');
	$want->(($meta->{'meta-spec'}{version} // '') eq '1.0.0' && is_text($meta->{'meta-spec'}{url}), 'meta-spec');
	$want->(ref $meta->{provides} eq 'HASH' && %{ $meta->{provides} }, 'provides');
	for my $extension (keys %{ $meta->{provides} })
	{
		my $what = $meta->{provides}{$extension};
		$want->(is_term($extension) && is_version($what->{version}) && is_path($what->{file}), "provides $extension");
		$want->(is_path($what->{docfile}), "docfile of $extension") if exists $what->{docfile};
		$want->(is_text($what->{abstract}), "abstract of $extension") if exists $what->{abstract};
	}
	for my $phase (keys %{ $meta->{prereqs} // {} })
	{
		$want->($phase =~ /^(configure|build|test|runtime|develop)$/, "phase $phase");
		for my $relation (keys %{ $meta->{prereqs}{$phase} })
		{
			$want->($relation =~ /^(requires|recommends|suggests|conflicts)$/, "relation $relation");
			my $needed = $meta->{prereqs}{$phase}{$relation};
			$want->(is_term($_) && is_range($needed->{$_}), "prereqs $_") for keys %$needed;
		}
	}
	$want->($meta->{release_status} =~ /^(stable|testing|unstable)$/, 'release_status') if exists $meta->{release_status};
	my @tags = @{ $meta->{tags} // ['none'] };
	$want->(is_tag($_), "tag $_") for @tags;
	return join ', ', sort @faults;
}

sub slurp
{
	my ($name) = @_;
	open my $file, '<', $name or die "$name: $!";
	local $/ = undef;
	return scalar <$file>;
}

my $meta = decode_json(slurp("$source/META.json"));
is(faults($meta), '', 'META.json is as the specification wants it');
for my $wrong (
	[ 'tag a/b', tags => ['a/b'] ],
	[ 'version', version => '1.0' ],
	[ 'version', version => '01.0.0' ],
	[ 'license', license => 'ours' ],
	[ 'name', name => 'a b' ],
	[ 'key colour', colour => 'red' ],
	[ 'maintainer', maintainer => [] ],
	[ 'prereqs PostgreSQL', prereqs => { runtime => { requires => { PostgreSQL => '13' } } } ],
	[ 'provides cltv', provides => { cltv => { file => '/cltv.sql', version => '1.0.0' } } ])
{
	my ($fault, $key, $value) = @$wrong;
	is(faults({ %$meta, $key => $value }), $fault, "and would not be with $key " . JSON::PP->new->allow_nonref->encode($value));
}

SKIP:
{
	skip 'git is not installed', 4 unless run([qw(git --version)], '>', \my $git, '2>', \my $ignored);

	# A repository of its own, with the files of the checkout as one commit: the checkout's is not ours to write to.
	my $dir = tempdir('cltv-dist.XXXXXX', TMPDIR => 1, CLEANUP => 1);
	local $ENV{HOME} = $dir;
	my @git = (qw(git -c user.name=x -c user.email=x -c init.defaultBranch=main -C), "$dir/checkout");
	my $out = '';
	run([ 'cp', '-r', $source, "$dir/checkout" ], '>&', \$out) or die $out;
	run([ 'rm', '-rf', "$dir/checkout/.git", "$dir/checkout/build" ], '>&', \$out) or die $out;
	delete local @ENV{ grep { /^GIT_/ } keys %ENV };
	run([ 'find', "$dir/checkout", '-name', '*.o', '-delete' ], '>&', \$out) or die $out;
	for my $step ([qw(init -q)], [qw(add -A)], [qw(commit -q -m x)]) { run([ @git, @$step ], '>&', \$out) or die $out; }
	my @make = (qw(make -s -C), "$dir/checkout", 'PG_CONFIG=' . ($ENV{PG_CONFIG} // 'pg_config'));
	ok(run([ @make, 'dist' ], '>&', \$out), 'make dist') or diag($out);

	my $distribution = "$meta->{name}-$meta->{version}";
	my ($zip, @members) = IO::Uncompress::Unzip->new("$dir/checkout/$distribution.zip") or die "no archive: $UnzipError";
	do { push @members, $zip->getHeaderInfo->{Name}; } while ($zip->nextStream > 0);
	is(join(' ', grep { !/^\Q$distribution\E\// } @members), '', "all is below $distribution/");
	my %there = map { s/^\Q$distribution\E\///r => 1 } @members;
	is(join(' ', grep { !$there{$_} } map { @{$_}{qw(file docfile)} } values %{ $meta->{provides} }),
		'', 'what META.json says it provides is there');
	is(join(' ', grep { !$there{$_} } qw(META.json Makefile cltv.control LICENSE README.md CHANGELOG.md sql/order)),
		'', 'and what is needed to build it');
}

done_testing();
