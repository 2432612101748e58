# Tells of files of a node what has to be known before their bytes are fetched, one record a line, fields split by tabs. Arguments are paths; /proc/PID/exe also tells of the
# process. Only variables that decide over cryptographic modules leave the node.
#   F path device:inode size sha256      the file that the path leads to
#   E path pid root exe                  its process: device of its root file system, and where the program lies in that
#   V path hex                           one variable of its environment, as hexadecimal digits
#   M path what                          a file, or an environment, that could not be read
#   Z                                    the end
use strict; use warnings;
for my $path (@ARGV) {
  my @file = stat $path;
  if (!@file) { print "M\t$path\t$!\n"; next; }
  my $sum = '';
  if (open(my $out, '-|', 'sha256sum', '--', $path)) { my $line = <$out> // ''; $sum = $1 if $line =~ /^\\?([0-9a-f]{64}) /; close $out; }
  print join("\t", 'F', $path, "$file[0]:$file[1]", $file[7], $sum), "\n";
  my ($pid) = $path =~ m{^/proc/(\d+)/exe$} or next;
  my @root = stat "/proc/$pid/root/"; my $exe = readlink($path) // ''; $exe =~ s/[\t\n]/?/g;
  print join("\t", 'E', $path, $pid, $root[0] // '', $exe), "\n";
  if (open(my $in, '<:raw', "/proc/$pid/environ")) {
    local $/ = "\0";
    while (<$in>) { chomp; print "V\t$path\t", unpack('H*', $_), "\n" if /^(?:GODEBUG|GOFIPS|GOLANG_FIPS|OPENSSL_\w+)=/; }
  } else { print "M\t$path\tenvironment of process $pid: $!\n"; }
}
print "Z\n";
