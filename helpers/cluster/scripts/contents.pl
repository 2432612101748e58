# Gives the bytes of the files whose paths come on stdin, each with a NUL behind it: eight bytes of length, most significant first, then the bytes. A file that cannot be
# read, or that changes its size, has the length of all ones.
use strict; use warnings;
binmode STDIN; binmode STDOUT; local $/ = "\0";
my @paths = <STDIN>;
for my $path (@paths) {
  chomp $path; my $bytes = '';
  my $read = open(my $in, '<:raw', $path) ? 1 : 0;
  if ($read) { my $size = -s $in; while (1) { my $got = sysread $in, $bytes, 1 << 20, length $bytes; if (!defined $got) { $read = 0; last } last if $got == 0 } $read = 0 if length $bytes != $size }
  if ($read) { print pack('Q>', length $bytes), $bytes } else { print "\xff" x 8 }
}
