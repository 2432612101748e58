#!/bin/sh
# Runs as root in a container of the Debian base image; makes of it the root filesystem of a node.
# PACKAGES: what a node needs besides the components (kind's base image lists the same kinds of things).
set -eu
export DEBIAN_FRONTEND=noninteractive
[ -f /host-ca.crt ] && echo 'Acquire::https::CAInfo "/host-ca.crt";' > /etc/apt/apt.conf.d/99host-ca
apt-get update -q
# shellcheck disable=SC2086 # a list of packages
apt-get install -q -y --no-install-recommends $PACKAGES
apt-get clean
rm -rf /var/lib/apt/lists/* /etc/apt/apt.conf.d/99host-ca /usr/share/doc/* /usr/share/man/* /usr/share/locale/*

# A container boots no hardware: kind removes the same units from its base image.
rm -f /lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service
rm -f /lib/systemd/system/multi-user.target.wants/* /etc/systemd/system/*.wants/*
rm -f /lib/systemd/system/local-fs.target.wants/*
rm -f /lib/systemd/system/sockets.target.wants/*udev* /lib/systemd/system/sockets.target.wants/*initctl*
rm -f /lib/systemd/system/basic.target.wants/*
echo 'ReadKMsg=no' >> /etc/systemd/journald.conf
ln -sf /usr/lib/systemd/systemd /sbin/init
dpkg-query -W -f '${Package} ${Version}\n' > /kind-node-packages.txt
