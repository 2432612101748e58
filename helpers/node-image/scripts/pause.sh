#!/bin/sh
# Runs in the build container: the pause program, static and without cryptography.
set -eu
mkdir -p /out/bin
gcc -Os -Wall -Wextra -static -s -o /out/bin/pause /in/files/pause.c
