# Carries many connections over one pair of pipes, out of any network namespace of the node. Runs on a node; needs nothing but perl-base.
# Frames, both ways: type (1 byte), connection (32 bit), length (32 bit), payload.
#   in:  O open ("pid\0host\0port": in the network namespace of that process), D data, S end of what we send, C close (once all data is sent)
#   out: A connected (payload: local port), E not connected (payload: errno name), D data, F the peer ended (FIN), R the connection broke (payload: errno name)
use strict; use warnings;
use Socket qw(:DEFAULT getaddrinfo IPPROTO_TCP TCP_NODELAY pack_sockaddr_in pack_sockaddr_in6 inet_pton unpack_sockaddr_in unpack_sockaddr_in6);
use Errno; use IO::Handle; use POSIX ();
$SIG{PIPE} = 'IGNORE';
binmode STDIN; binmode STDOUT;
my %setns = (x86_64 => 308, aarch64 => 268);
my $setns = $setns{(POSIX::uname())[4]};
open(my $home, '<', '/proc/self/ns/net') or die "own network namespace: $!";
my (%socket, %state, %pending, %ended, %closing);
my ($in, $out) = ('', '');
sub name_of { my $e = shift; for my $n (qw(ECONNREFUSED ECONNRESET EHOSTUNREACH ENETUNREACH ETIMEDOUT EPIPE EADDRNOTAVAIL EACCES ENOENT EPERM EINVAL)) { return $n if exists $!{$n} && Errno->can($n) && $e == Errno->can($n)->(); } return "errno $e"; }
sub frame { my ($t, $id, $p) = @_; $out .= pack('a1NN', $t, $id, length $p) . $p; }
sub forget { my $id = shift; my $s = delete $socket{$id} or return; delete $_->{$id} for \(%state, %pending, %ended, %closing); close $s; }
sub enter { my $pid = shift; return 1 if $pid eq ''; return 0 unless $setns;
  open(my $ns, '<', "/proc/$pid/ns/net") or return 0; return syscall($setns, fileno($ns), 0x40000000) == 0; }
sub home { syscall($setns, fileno($home), 0x40000000) if $setns; }
sub open_to { my ($id, $pid, $host, $port) = @_;
  my $six = index($host, ':') >= 0;
  my $raw = inet_pton($six ? AF_INET6 : AF_INET, $host);
  return frame('E', $id, 'EINVAL') unless defined $raw;
  my $entered = enter($pid);
  if (!$entered) { my $e = $! + 0; home(); return frame('E', $id, 'namespace: ' . name_of($e)); }
  my $ok = socket(my $s, $six ? PF_INET6 : PF_INET, SOCK_STREAM, IPPROTO_TCP); my $e = $! + 0; home();
  return frame('E', $id, name_of($e)) unless $ok;
  $s->blocking(0); setsockopt($s, IPPROTO_TCP, TCP_NODELAY, 1);
  $socket{$id} = $s; $pending{$id} = '';
  my $address = $six ? pack_sockaddr_in6($port, $raw) : pack_sockaddr_in($port, $raw);
  if (connect($s, $address)) { connected($id); }
  elsif ($!{EINPROGRESS}) { $state{$id} = 'connecting'; }
  else { $e = $! + 0; forget($id); frame('E', $id, name_of($e)); } }
sub connected { my $id = shift; $state{$id} = 'open'; my $me = getsockname($socket{$id});
  my ($port) = sockaddr_family($me) == AF_INET6 ? unpack_sockaddr_in6($me) : unpack_sockaddr_in($me); frame('A', $id, $port); }
sub take { while (length $in >= 9) { my ($t, $id, $l) = unpack('a1NN', $in); last if length $in < 9 + $l;
    my $p = substr($in, 9, $l); substr($in, 0, 9 + $l, '');
    if ($t eq 'O') { open_to($id, split(/\0/, $p, 3)); }
    elsif ($t eq 'D') { $pending{$id} .= $p if $socket{$id}; }
    elsif ($t eq 'S') { $ended{$id} = 1 if $socket{$id}; }
    elsif ($t eq 'C') { if ($socket{$id} && length $pending{$id}) { $closing{$id} = 1; } else { forget($id); } } } }
while (1) {
  my ($r, $w) = ('', '');
  vec($r, fileno(STDIN), 1) = 1; vec($w, fileno(STDOUT), 1) = 1 if length $out;
  for my $id (keys %socket) { my $fd = fileno $socket{$id};
    if ($state{$id} eq 'connecting') { vec($w, $fd, 1) = 1; next; }
    vec($r, $fd, 1) = 1 if $state{$id} eq 'open' && !$closing{$id} && length $out < 4_000_000;
    vec($w, $fd, 1) = 1 if length $pending{$id} || $ended{$id}; }
  select($r, $w, undef, undef) >= 0 or next;
  if (vec($w, fileno(STDOUT), 1)) { my $n = syswrite(STDOUT, $out); exit 0 unless defined $n; substr($out, 0, $n, ''); }
  for my $id (keys %socket) { my $s = $socket{$id}; my $fd = fileno $s;
    if ($state{$id} eq 'connecting' && vec($w, $fd, 1)) { my $e = unpack('i', getsockopt($s, SOL_SOCKET, SO_ERROR));
      if ($e) { forget($id); frame('E', $id, name_of($e)); } else { connected($id); } next; }
    if (vec($w, $fd, 1) && length $pending{$id}) { my $n = syswrite($s, $pending{$id});
      if (defined $n) { substr($pending{$id}, 0, $n, ''); } elsif (!$!{EAGAIN}) { my $e = $! + 0; frame('R', $id, name_of($e)); forget($id); next; } }
    if ($closing{$id} && !length $pending{$id}) { forget($id); next; }
    if ($ended{$id} && !length $pending{$id}) { shutdown($s, 1); delete $ended{$id}; }
    if (vec($r, $fd, 1) && $state{$id} eq 'open') { my $n = sysread($s, my $chunk, 65536);
      if (!defined $n) { next if $!{EAGAIN}; my $e = $! + 0; frame('R', $id, name_of($e)); forget($id); }
      elsif ($n == 0) { frame('F', $id, ''); $state{$id} = 'read-ended'; }
      else { frame('D', $id, $chunk); } } }
  if (vec($r, fileno(STDIN), 1)) { my $n = sysread(STDIN, $in, 65536, length $in); exit 0 unless $n; take(); }
}
