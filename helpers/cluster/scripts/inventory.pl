# Tells what runs and what listens on a node, in every network namespace that one of its processes is in. One record a line, fields split by tabs:
#   P pid netns exe comm root-device exe-device exe-inode   a process with an executable of its own (kernel threads have none)
#   S pid inode                                             a socket that the process holds
#   N netns pid                                             a network namespace, and a process in it
#   T netns kind line                                       a line of that namespace's /proc/net/{tcp,tcp6,udp,udp6}
#   X what                                                  something that could not be read: the inventory is not complete
#   Z                                                       the end; without it the inventory was cut short
use strict; use warnings;
my (%pids, @ns);
# A process that ends while it is looked at holds nothing any more; a zombie still has its directory.
sub ended { my ($pid) = @_; return !defined readlink("/proc/$pid/exe") && ($!{ENOENT} || $!{ESRCH}); }
opendir(my $proc, '/proc') or die "/proc: $!";
for my $pid (sort { $a <=> $b } grep { /^\d+$/ } readdir $proc) {
  next if $pid == $$;
  my $exe = readlink "/proc/$pid/exe";
  if (!defined $exe) { my $why = "$!"; print "X\texe of process $pid: $why\n" if !ended($pid); next; }
  my $ns = readlink "/proc/$pid/ns/net";
  if (!defined $ns) { my $why = "$!"; print "X\tnetwork namespace of process $pid: $why\n" if !ended($pid); next; }
  my $comm = ''; if (open(my $f, '<', "/proc/$pid/comm")) { $comm = <$f> // ''; chomp $comm; }
  my @file = stat "/proc/$pid/exe"; my @root = stat "/proc/$pid/root/";
  s/[\t\n]/?/g for $exe, $comm;
  print join("\t", 'P', $pid, $ns, $exe, $comm, $root[0] // '', $file[0] // '', $file[1] // ''), "\n";
  push @ns, $ns if !$pids{$ns}; push @{$pids{$ns}}, $pid;
  if (opendir(my $fds, "/proc/$pid/fd")) {
    for my $fd (readdir $fds) { my $to = readlink "/proc/$pid/fd/$fd"; print "S\t$pid\t$1\n" if defined $to && $to =~ /^socket:\[(\d+)\]$/; }
  } else { my $why = "$!"; print "X\tfile descriptors of process $pid: $why\n" if !ended($pid); }
}
for my $ns (@ns) {
  # The first process in it may have ended since; any other shows the same sockets.
  my ($pid) = grep { !ended($_) } @{$pids{$ns}}; $pid //= $pids{$ns}[0];
  print "N\t$ns\t$pid\n";
  for my $kind (qw(tcp tcp6 udp udp6)) {
    if (open(my $f, '<', "/proc/$pid/net/$kind")) { <$f>; while (<$f>) { chomp; s/\t/ /g; print "T\t$ns\t$kind\t$_\n"; } }
    elsif ($kind !~ /6$/ || !$!{ENOENT}) { print "X\t$kind sockets of $ns: $!\n"; } } }
print "Z\n";
