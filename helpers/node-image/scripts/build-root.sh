#!/bin/sh
# Runs as root in a container of the Debian base image; makes of it the root of the build container.
# GO_PACKAGE: a Go that is new enough (1.21) to fetch the pinned toolchain by GOTOOLCHAIN.
set -eu
export DEBIAN_FRONTEND=noninteractive
[ -f /host-ca.crt ] && echo 'Acquire::https::CAInfo "/host-ca.crt";' > /etc/apt/apt.conf.d/99host-ca

# The mirror is whichever one this root came from: backports live on the same one.
if [ -f /etc/apt/sources.list.d/debian.sources ]; then
  mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources | head -n 1)
else
  mirror=$(sed -n 's/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' /etc/apt/sources.list | head -n 1)
fi
echo "deb $mirror $SUITE-backports main" > /etc/apt/sources.list.d/backports.list

apt-get update -q
apt-get install -q -y --no-install-recommends ca-certificates gcc libc6-dev libseccomp-dev pkg-config jq xz-utils zstd
apt-get install -q -y --no-install-recommends -t "$SUITE-backports" "$GO_PACKAGE"
ln -sf "/usr/lib/go-${GO_PACKAGE_VERSION}/bin/go" /usr/local/bin/go
apt-get clean
rm -rf /var/lib/apt/lists/* /etc/apt/apt.conf.d/99host-ca
go version
