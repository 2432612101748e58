# Listens on the address by which the node reaches others, provokes somebody into calling, tells what the caller said first, and cleans up. Needs nothing but perl-base.
# Arguments: calls that are waited for, seconds, file to remove at the end (empty: none), how to remove what else was made (empty: nothing), and the command
# that provokes, as a line for sh, with @ADDRESS@, @HOST@ (in brackets where a URL wants them) and @PORT@ for what they are, and its input as ours, with both in it too.
# Tells: P address and port; C peer port, pid and program of the caller, hex of what came; Q exit code, hex of the last of its output, of the command; Z at the end.
use strict; use warnings;
use Socket qw(:DEFAULT inet_aton inet_pton inet_ntop pack_sockaddr_in6 unpack_sockaddr_in6);
$| = 1;
my ($calls, $seconds, $file, $undo, $command) = @ARGV;
local $/; my $input = <STDIN>; $input = '' unless defined $input;
my ($child, $port, $address);
my $cleaned = 0;
sub clean { return if $cleaned++; if ($child) { kill 'TERM', -$child; } unlink $file if length $file; if (length $undo) { system('sh', '-c', "($undo) >/dev/null 2>&1"); } }
$SIG{$_} = sub { clean(); exit 1 } for qw(TERM INT HUP PIPE);
# Connecting a UDP socket sends nothing; it chooses the address (192.0.2.0/24 and 2001:db8::/32 belong to nobody: RFC 5737, RFC 3849).
sub own { my ($family, $to) = @_; socket(my $s, $family, SOCK_DGRAM, 17) or return; connect($s, $to) or return; return getsockname $s; }
my $four = own(PF_INET, pack_sockaddr_in(9, inet_aton('192.0.2.1'))); my $six = $four ? undef : own(PF_INET6, pack_sockaddr_in6(9, inet_pton(AF_INET6, '2001:db8::1')));
die 'no address but loopback' unless $four || $six;
my $bytes = $six ? (unpack_sockaddr_in6($six))[1] : (unpack_sockaddr_in($four))[1];
$address = inet_ntop($six ? AF_INET6 : AF_INET, $bytes); my $host = $six ? "[$address]" : $address;
socket(my $server, $six ? PF_INET6 : PF_INET, SOCK_STREAM, 6) or die "socket: $!";
bind($server, $six ? pack_sockaddr_in6(0, $bytes) : pack_sockaddr_in(0, $bytes)) or die "bind: $!";
listen($server, 16) or die "listen: $!";
$port = $six ? (unpack_sockaddr_in6(getsockname $server))[0] : (unpack_sockaddr_in(getsockname $server))[0];
print "P\t$address\t$port\n";
for ($command, $input, $undo) { s/\@PORT\@/$port/g; s/\@HOST\@/$host/g; s/\@ADDRESS\@/$address/g; }
pipe(my $from, my $to) or die "pipe: $!";
my $output = '';
$child = fork;
die "fork: $!" unless defined $child;
if (!$child) { setpgrp(0, 0); close $server; close $from; open(STDOUT, '>&', $to); open(STDERR, '>&', $to);
  open(my $pipe, '|-', 'sh', '-c', $command) or exit 127; local $SIG{PIPE} = 'IGNORE'; print $pipe $input; close $pipe; exit($? >> 8); }
close $to;
my $end = time + $seconds;
my (%buffer, %peer, %socket);
my $seen = 0;
# Who holds the other end: it is on this node, so its socket stands in the same table, and in the descriptors of its process.
sub caller_of { my $p = shift; my ($inode, $hex) = (undef, sprintf('%04X', $p)); my $here = sprintf('%04X', $port);
  open(my $table, '<', $six ? '/proc/net/tcp6' : '/proc/net/tcp') or return "\t"; local $/ = "\n";
  for my $t ($table) { while (<$t>) { my @f = split; next unless ($f[1] // '') =~ /:$hex$/ && ($f[2] // '') =~ /:$here$/; $inode = $f[9]; last; } }
  if (!defined $inode && !$six) { open(my $mixed, '<', '/proc/net/tcp6') or return "\t"; while (<$mixed>) { my @f = split; if (($f[1] // '') =~ /:$hex$/ && ($f[2] // '') =~ /:$here$/) { $inode = $f[9]; last; } } }
  return "\t" unless $inode;
  for my $fd (glob '/proc/[0-9]*/fd/*') { my $l = readlink $fd; next unless defined $l && $l eq "socket:[$inode]"; my ($pid) = $fd =~ m{^/proc/(\d+)/}; my $exe = readlink("/proc/$pid/exe") // ''; $exe =~ s/[\t\n]/?/g; return "$pid\t$exe"; }
  return "\t"; }
# A record of a handshake that is whole: type 22, and as many octets as it says.
sub whole { my $b = shift; return 0 if length $b < 5; my ($type, undef, $length) = unpack('Cnn', $b); return 1 if $type != 22; return length $b >= 5 + $length; }
sub told { my $fd = shift; my $b = $buffer{$fd}; if (length $b) { print "C\t$peer{$fd}\t" . unpack('H*', $b) . "\n"; $seen++ if unpack('C', $b) == 22; }
  # Alert 40: the caller is told that there is nobody to talk to, and learns nothing else (RFC 8446, section 6.2).
  syswrite($socket{$fd}, "\x15\x03\x03\x00\x02\x02\x28") if length $b; close $socket{$fd}; delete $_->{$fd} for \(%buffer, %peer, %socket); }
while (time < $end && $seen < $calls) {
  my $r = ''; vec($r, fileno $server, 1) = 1; vec($r, fileno $from, 1) = 1 if $from; vec($r, $_, 1) = 1 for keys %socket;
  my $n = select($r, undef, undef, 0.25); next if $n <= 0;
  if ($from && vec($r, fileno $from, 1)) { my $got = sysread($from, my $chunk, 4096); if ($got) { $output = substr($output . $chunk, -600); } else { close $from; undef $from; } }
  if (vec($r, fileno $server, 1)) { my $who = accept(my $s, $server); if ($who) {
    my ($p, $a) = $six ? unpack_sockaddr_in6($who) : unpack_sockaddr_in($who); my $fd = fileno $s;
    $socket{$fd} = $s; $buffer{$fd} = ''; $peer{$fd} = "$p\t" . caller_of($p); next; } }
  for my $fd (keys %socket) { next unless vec($r, $fd, 1); my $got = sysread($socket{$fd}, my $chunk, 65536);
    if ($got) { $buffer{$fd} .= $chunk; told($fd) if whole($buffer{$fd}) || length $buffer{$fd} > 70_000; } else { told($fd); } }
}
clean();
my $code = waitpid($child, 1) > 0 ? $? >> 8 : -1;
print "Q\t$code\t" . unpack('H*', $output) . "\nZ\n";
