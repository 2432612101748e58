# Reads in a root file system of a node, as a program in it sees it: changes its root first, so that links stay inside and nothing of it is run.
#   first ROOT PATH...   the first of the paths that is a file: its path, a line break, its bytes
#   list ROOT FOLDER     names in a folder, each with a NUL behind it
# Ends with 44 where there is none.
use strict; use warnings;
my ($what, $root, @paths) = @ARGV;
chroot $root or die "$root: $!\n"; chdir '/' or die "$root: $!\n";
if ($what eq 'list') {
  opendir(my $folder, $paths[0]) or exit 44;
  print "$_\0" for grep { $_ ne '.' && $_ ne '..' } readdir $folder;
  exit 0;
}
for my $path (@paths) {
  next unless -e $path && -f _;
  open(my $in, '<:raw', $path) or die "$path: $!\n";
  binmode STDOUT; print "$path\n";
  while (read $in, my $bytes, 1 << 20) { print $bytes; }
  exit 0;
}
exit 44;
