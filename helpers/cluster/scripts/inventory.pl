# Tells what runs and what listens on a node, in every network namespace that one of its processes is in. One record a line, fields split by tabs:
#   P pid netns exe comm root-device exe-device exe-inode   a process with an executable of its own (kernel threads have none)
#   S pid inode                                             a socket that the process holds
#   N netns pid                                             a network namespace, and a process in it
#   T netns kind line                                       a line of that namespace's /proc/net/{tcp,tcp6,udp,udp6}
#   X what                                                  something that could not be read: the inventory is not complete
#   Z                                                       the end; without it the inventory was cut short
use strict; use warnings;
my (%seen, @ns);
opendir(my $proc, '/proc') or die "/proc: $!";
for my $pid (sort { $a <=> $b } grep { /^\d+$/ } readdir $proc) {
  next if $pid == $$;
  my $exe = readlink "/proc/$pid/exe";
  if (!defined $exe) { print "X\texe of process $pid: $!\n" if -e "/proc/$pid" && !$!{ENOENT}; next; }
  my $ns = readlink "/proc/$pid/ns/net";
  if (!defined $ns) { print "X\tnetwork namespace of process $pid: $!\n" if -e "/proc/$pid"; next; }
  my $comm = ''; if (open(my $f, '<', "/proc/$pid/comm")) { $comm = <$f> // ''; chomp $comm; }
  my @file = stat "/proc/$pid/exe"; my @root = stat "/proc/$pid/root/";
  s/[\t\n]/?/g for $exe, $comm;
  print join("\t", 'P', $pid, $ns, $exe, $comm, $root[0] // '', $file[0] // '', $file[1] // ''), "\n";
  if (!$seen{$ns}++) { push @ns, [$ns, $pid]; }
  if (opendir(my $fds, "/proc/$pid/fd")) {
    for my $fd (readdir $fds) { my $to = readlink "/proc/$pid/fd/$fd"; print "S\t$pid\t$1\n" if defined $to && $to =~ /^socket:\[(\d+)\]$/; }
  } elsif (-e "/proc/$pid") { print "X\tfile descriptors of process $pid: $!\n"; }
}
for (@ns) { my ($ns, $pid) = @$_; print "N\t$ns\t$pid\n";
  for my $kind (qw(tcp tcp6 udp udp6)) {
    if (open(my $f, '<', "/proc/$pid/net/$kind")) { <$f>; while (<$f>) { chomp; s/\t/ /g; print "T\t$ns\t$kind\t$_\n"; } }
    elsif ($kind !~ /6$/ || !$!{ENOENT}) { print "X\t$kind sockets of $ns: $!\n"; } } }
print "Z\n";
