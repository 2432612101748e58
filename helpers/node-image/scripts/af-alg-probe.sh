#!/bin/sh
# Runs in the build container: the program that asks a node's kernel for digests, static, so that it runs on any distribution.
set -eu
mkdir -p /out/bin
gcc -Os -Wall -Wextra -static -s -o /out/bin/af-alg-probe /in/files/af-alg-probe.c
