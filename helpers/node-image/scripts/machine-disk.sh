#!/bin/sh
# Runs as root in a privileged container of a node image: makes of it the disk of a machine with a kernel of its own. Nothing here is mounted as a loop device.
# Writes /out/{disk.raw,vmlinuz,initrd,kernel.json}. apt checks the signatures of what it fetches.
#   KERNEL_PACKAGE   metapackage of Debian's kernel, such as linux-image-cloud-amd64
#   DISK_BYTES       size of the disk; it is sparse
#   OWNER            uid:gid of who shall own what is written
set -eu
export DEBIAN_FRONTEND=noninteractive
[ -f /host-ca.crt ] && echo 'Acquire::https::CAInfo "/host-ca.crt";' > /etc/apt/apt.conf.d/99host-ca
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
chmod 0755 /usr/sbin/policy-rc.d

apt-get update -q
apt-get install -q -y --no-install-recommends openssh-server openssl busybox-static e2fsprogs
package=$(apt-cache depends "$KERNEL_PACKAGE" | sed -n 's/^  Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
mkdir -p /tmp/kernel
cd /tmp/kernel
apt-get download -q "$package"
deb=$(ls /tmp/kernel/*.deb)
echo "unpacking $(basename "$deb")"
# Unpacked, not installed: a boot loader and its hooks have no place here.
dpkg-deb -x "$deb" /tmp/kernel/root
release=$(ls /tmp/kernel/root/lib/modules)
rm -rf "/lib/modules/$release"
mkdir -p /lib/modules
cp -a "/tmp/kernel/root/lib/modules/$release" /lib/modules/
depmod "$release"
cp "/tmp/kernel/root/boot/vmlinuz-$release" /out/vmlinuz
printf '{"package":"%s","version":"%s","sha256":"%s","release":"%s"}\n' \
  "$package" "$(dpkg-deb -f "$deb" Version)" "$(sha256sum "$deb" | cut -d ' ' -f 1)" "$release" > /out/kernel.json

# The first root: what it takes to find the disk, and no more.
first=/tmp/first
mkdir -p $first/bin $first/dev $first/proc $first/sys $first/root $first/modules
cp /bin/busybox $first/bin/busybox
install -m 0755 /in/machine/init $first/init
for module in virtio_blk ext4 virtio_pci; do
  # A module that is built in has no file.
  modprobe --set-version "$release" --show-depends "$module" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
done | awk '!seen[$0]++' | while read -r path; do
  cp "$path" $first/modules/
  basename "$path" >> $first/modules/order
done
(cd $first && find . | LC_ALL=C sort | busybox cpio -o -H newc 2> /dev/null | gzip -9n > /out/initrd)

# What a machine has that a container has not.
install -d -m 0755 /usr/local/lib/fips-conformance
install -m 0755 /in/machine/start /in/machine/deadline /usr/local/lib/fips-conformance/
install -m 0644 /in/machine/*.service /etc/systemd/system/
install -m 0600 /in/machine/sshd_config /etc/ssh/sshd_config
rm -rf /etc/ssh/sshd_config.d
# Host keys that were made here, with no FIPS mode on, serve nobody.
rm -f /etc/ssh/ssh_host_* /etc/systemd/system/*.wants/ssh*.service /etc/systemd/system/sshd.service
systemctl mask ssh.service ssh.socket
systemctl disable undo-mount-hacks.service
# The kubelet's own cgroup is for containers; the root group of a machine holds the kernel's threads and cannot be prepared that way.
rm -f /etc/systemd/system/kubelet.service.d/11-kind.conf
# Neither has a machine's product name to be hidden from its containers.
if [ -f /etc/containerd/cri-base.json ]; then
  jq 'del(.hooks)' /etc/containerd/cri-base.json > /tmp/cri-base.json
  mv /tmp/cri-base.json /etc/containerd/cri-base.json
fi
systemctl enable fips-conformance-start.service fips-conformance-ssh.service fips-conformance-deadline.service
: > /etc/machine-id
printf 'overlay\nbr_netfilter\n' > /etc/modules-load.d/fips-conformance.conf
printf 'net.ipv4.ip_forward=1\nnet.bridge.bridge-nf-call-iptables=1\n' > /etc/sysctl.d/90-fips-conformance.conf
# The kernel's own words are this machine's, and kept from the first boot on.
sed -i '/^ReadKMsg=/d' /etc/systemd/journald.conf
printf 'Storage=persistent\n' >> /etc/systemd/journald.conf
mkdir -p /var/log/journal
dpkg-query -W -f '${Package} ${Version}\n' > /kind-node-packages.txt
apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /etc/apt/apt.conf.d/99host-ca /usr/sbin/policy-rc.d /var/cache/debconf/*-old /tmp/kernel $first
rm -rf /usr/share/doc/* /usr/share/man/* /usr/share/locale/*

# A bind mount of / shows the root filesystem alone: what Docker mounts over it (proc, resolv.conf, /out) stays out.
root=/media
mount --bind / $root
rm -f $root/.dockerenv
printf 'nameserver 10.0.2.3\n' > $root/etc/resolv.conf
printf '127.0.0.1 localhost\n::1 localhost\n' > $root/etc/hosts
echo "making a file system of $(du -sxm $root | cut -f 1) MB"
truncate -s "$DISK_BYTES" /out/disk.raw
mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=1,root_owner=0:0 -m 0 -L fips-node -d $root /out/disk.raw
umount $root
chown "$OWNER" /out/*
