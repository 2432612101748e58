#!/bin/sh
# Runs as root in a privileged container of a node image, alone or behind assemble.sh: adds images to the node's store.
# Reads /in/images/*.tar.
set -eu
containerd > /tmp/containerd.log 2>&1 &
containerd=$!
attempts=0
until ctr version > /dev/null 2>&1; do
  attempts=$((attempts + 1))
  if [ $attempts -gt 120 ] || ! kill -0 $containerd; then
    cat /tmp/containerd.log >&2
    exit 1
  fi
  sleep 0.25
done
for archive in /in/images/*.tar; do
  echo "importing $(basename "$archive")"
  # Older ctr has no --local, and imports that way by itself.
  ctr --namespace k8s.io images import --local --no-unpack "$archive" || ctr --namespace k8s.io images import --no-unpack "$archive"
done
ctr --namespace k8s.io images ls -q
kill $containerd
wait $containerd || true
rm -rf /tmp/containerd.log /run/containerd /var/lib/containerd/io.containerd.grpc.v1.*
