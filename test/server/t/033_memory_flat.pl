# The other half of the functions whose memory 031_memory_flat.pl looks at.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;    # where it sets itself up: before a program runs
use PostgreSQL::Test::Utils;

our $half = 1;
do "$FindBin::RealBin/031_memory_flat.pl";
die $@ if $@;
