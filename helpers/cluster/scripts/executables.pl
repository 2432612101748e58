# Finds every ELF program and library of a node: in its own root file system, in that of each container, and in the unpacked layers of the images that containerd holds.
# One record a line, fields split by tabs; in paths a backslash, a tab and a line break are written as \xHH.
#   R root kind name base             a root: node, container, layer; and the path that its own paths are appended to
#   C root files elf objects scripts  what was seen in it
#   F root sha256 size path           a program or library, by its path in the root
#   M root path why                   what was not read, or not entered
#   Z                                 the end; without it the list was cut short
use strict; use warnings;
my $maximum = 600_000; my $entered = 0;
my %skipped = map { $_ => 1 } qw(proc sysfs cgroup cgroup2 devtmpfs devpts mqueue debugfs tracefs securityfs pstore bpf configfs fusectl hugetlbfs autofs binfmt_misc nsfs ramfs efivarfs rpc_pipefs selinuxfs);
my %remote = map { $_ => 1 } qw(nfs nfs4 cifs smb3 ceph 9p afs glusterfs lustre);
sub shown { my ($text) = @_; $text =~ s/([\\\t\n])/sprintf '\\x%02x', ord $1/ge; $text }
sub mounts { my ($file) = @_; my %types; open(my $in, '<', $file) or return {}; while (<$in>) { my (undef, $at, $type) = split ' '; $at =~ s/\\([0-7]{3})/chr oct $1/ge; $types{$at} = $type } \%types }

my (@hash, %sum, @found);
# Walks one root. `other` says what to do at the mount point of another file system: its type decides, or nothing is entered.
sub walk {
  my ($root, $base, $types, $left_out) = @_;
  my %count = (files => 0, elf => 0, objects => 0, scripts => 0);
  my @start = stat "$base/."; my @open = ([$base, $start[0] // 0]);
  while (my $next = pop @open) {
    my ($folder, $device) = @$next;
    opendir(my $handle, $folder) or do { print join("\t", 'M', $root, shown(substr $folder, length $base), "$!"), "\n"; next };
    for my $name (readdir $handle) {
      next if $name eq '.' || $name eq '..';
      my $path = $folder eq '/' ? "/$name" : "$folder/$name"; my $inside = substr $path, $base eq '/' ? 0 : length $base;
      if (++$entered > $maximum) { print "M\t$root\t", shown($inside), "\tmore than $maximum entries: the rest was not looked at\n"; goto done }
      my @file = lstat $path or next;
      if (-d _) {
        next if $left_out->{$path};
        if ($file[0] != $device) {
          my $type = $types ? $types->{$inside} // '' : 'other';
          next if $skipped{$type} || $type eq 'overlay' || ($type eq 'tmpfs' && $inside eq '/dev');
          if ($base ne '/' || $remote{$type} || $type =~ /^fuse/) { print "M\t$root\t", shown($inside), "\ta file system of its own ($type), which was not entered\n"; next }
        }
        push @open, [$path, $file[0]];
      } elsif (-f _) {
        $count{files}++;
        next if $file[7] < 20;
        open(my $in, '<:raw', $path) or do { print "M\t$root\t", shown($inside), "\t$!\n"; next };
        my $read = sysread $in, my $head, 20; close $in;
        if (!defined $read) { print "M\t$root\t", shown($inside), "\t$!\n"; next }
        if ($read == 20 && substr($head, 0, 4) eq "\x7fELF") {
          my $type = unpack(substr($head, 5, 1) eq "\x02" ? 'n' : 'v', substr $head, 16, 2);
          if ($type == 1) { $count{objects}++; next }
          $count{elf}++;
          # Files of one layer are the same in every container that is made of it: same inode, size and times.
          my $key = join ':', $base eq '/' ? $file[0] : 'store', @file[1, 7, 9, 10];
          if (!exists $sum{$key}) { $sum{$key} = ''; push @hash, [$key, $path] }
          push @found, [$root, $key, $file[7], $inside];
        } elsif (substr($head, 0, 2) eq '#!' && $file[2] & 0111) { $count{scripts}++ }
      }
    }
  }
  done:
  print join("\t", 'C', $root, @count{qw(files elf objects scripts)}), "\n";
}

my %store = ('/var/lib/containerd' => 1); my $snapshots = '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots';
my $types = mounts('/proc/mounts');
if (open(my $in, '<', '/proc/mounts')) { while (<$in>) { if (m{(?:lowerdir|upperdir)=(/[^,:]*)/(io\.containerd\.snapshotter\.v1\.\w+/snapshots)/\d+/fs}) { $store{$1} = 1; $snapshots = "$1/$2" } } }
print "R\t0\tnode\t/\t\n"; walk(0, '/', $types, \%store);
my $next = 1; my %seen = ((stat '/')[0] => 1);
opendir(my $proc, '/proc') or die "/proc: $!";
for my $pid (sort { $a <=> $b } grep { /^\d+$/ } readdir $proc) {
  my @root = stat "/proc/$pid/root/" or next;
  next if $seen{$root[0]}++;
  my $exe = readlink "/proc/$pid/exe" or next;
  print join("\t", 'R', $next, 'container', shown($exe), "/proc/$pid/root"), "\n"; walk($next++, "/proc/$pid/root", mounts("/proc/$pid/mounts"), {});
}
if (opendir(my $layers, $snapshots)) {
  for my $layer (sort { $a <=> $b } grep { /^\d+$/ } readdir $layers) {
    next unless -d "$snapshots/$layer/fs";
    print join("\t", 'R', $next, 'layer', $layer, shown("$snapshots/$layer/fs")), "\n"; walk($next++, "$snapshots/$layer/fs", undef, {});
  }
}

my @running;
sub gather { my ($out, $keys) = @{ shift @running }; local $/ = "\0"; while (<$out>) { chomp; $sum{$keys->{$2} // ''} = $1 if /^([0-9a-f]{64}) [ *](.*)$/s } close $out }
while (@hash) {
  my @batch = splice @hash, 0, 100; my %keys = map { $_->[1] => $_->[0] } @batch;
  open(my $out, '-|', 'sha256sum', '-z', '--', map { $_->[1] } @batch) or die "sha256sum: $!";
  push @running, [$out, \%keys]; gather() if @running > 2;
}
gather() while @running;
for (@found) {
  my ($root, $key, $size, $path) = @$_;
  print $sum{$key} ? join("\t", 'F', $root, $sum{$key}, $size, shown($path)) : join("\t", 'M', $root, shown($path), 'its digest could not be computed'), "\n";
}
print "Z\n";
