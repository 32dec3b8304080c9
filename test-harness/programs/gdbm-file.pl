#!/usr/bin/perl
# SPDX-License-Identifier: ISC
# Read a map with perl's GDBM_File.
# usage: gdbm-file.pl MAP
#
# Each line of the input names flags, separated by "|", and then keys.  Open the map
# with these flags, and print each key that is in it, a tab and its value; if no key is
# named, print them all.  Close the map, and print "." or what failed.
use strict;
use warnings;
use GDBM_File;

$| = 1;
my $map = shift;

sub answer {
	my ($flags, @keys) = @_;
	my $mode = 0;
	$mode |= GDBM_File->can($_)->() for split /\|/, $flags;
	my $file = tie(my %map, 'GDBM_File', $map, $mode, 0) or
	    return "open: $! $GDBM_File::gdbm_errno";
	my @found;
	if (@keys) {
		@found = map { [$_, $map{$_}] } grep { exists $map{$_} } @keys;
	} else {
		while (my ($key, $value) = each %map) {
			push @found, [$key, $value];
		}
	}
	print map { "$_->[0]\t$_->[1]\n" } @found;
	undef $file;
	untie %map;
	return '.';
}

while (my $line = <STDIN>) {
	my $said = eval { answer(split ' ', $line) } // "failed: $@";
	chomp $said;
	print "$said\n";
}
