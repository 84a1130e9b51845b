# The other half of the functions whose memory 031_memory_flat.pl looks at.
use strict;
use warnings;
use FindBin;

our $half = 1;
do "$FindBin::RealBin/031_memory_flat.pl";
die $@ if $@;
