#!/bin/sh
# Runs as root in a privileged container of a node image that somebody else made: adds images to its store (what the container then holds is committed).
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
  ctr --namespace k8s.io images import --local --no-unpack "$archive" || ctr --namespace k8s.io images import --no-unpack "$archive"
done
kill $containerd
wait $containerd || true
rm -f /tmp/containerd.log
