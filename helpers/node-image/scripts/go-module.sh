#!/bin/sh
# Runs in the build container as the user who owns /out and the Go caches. Builds main packages of one Go module out of the module cache.
#   MODULE VERSION        what is built; the checksum database vouches for it
#   MAINS                 directories of main packages below the module's root, with the name that each binary gets: dir=name
#   LOCAL_VERSION         version of modules that the module's go.mod replaces by its own subdirectories and requires only as v0.0.0
#   CGO_ENABLED GOEXPERIMENT GOTOOLCHAIN GOOS GOARCH TAGS LDFLAGS
#   FIPSONLY=1            adds one file beside each main that imports crypto/tls/fipsonly, and crypto/tls with it: so the module is in every
#                         program, tested when it starts, whether or not the program has use for it
#   DROP_IMPORTS          extended regular expression: import lines to remove, in the files named by DROP_FILES
set -eu
export GOMODCACHE=/cache/go/mod GOCACHE=/cache/go/build GOWORK=off GOFLAGS='-mod=mod -trimpath -buildvcs=false' HOME=/tmp
[ -f /host-ca.crt ] && export SSL_CERT_FILE=/host-ca.crt

mkdir -p /tmp/fetch && cd /tmp/fetch && printf 'module fetch\n\ngo 1.21\n' > go.mod
GOOS='' GOARCH='' go mod download -json "$MODULE@$VERSION" > download.json || { jq -r .Error download.json >&2; exit 1; }
cp -r "$(jq -r .Dir download.json)" /tmp/src && chmod -R u+w /tmp/src && cd /tmp/src

# A replacement by a subdirectory has no meaning outside the repository: take the published module of the same release.
go mod edit -json > /tmp/mod.json
jq -r '.Replace[]? | select(.New.Version == null) | .Old.Path' /tmp/mod.json | while read -r path; do
  required=$(jq -r --arg p "$path" '.Require[]? | select(.Path == $p) | .Version' /tmp/mod.json)
  case $required in
    '') go mod edit -dropreplace="$path" ;;
    v0.0.0) go mod edit -dropreplace="$path" -require="$path@$LOCAL_VERSION" ;;
    *) go mod edit -dropreplace="$path" ;;
  esac
done

for file in ${DROP_FILES:-}; do
  sed -i -E "/$DROP_IMPORTS/d" "$file"
done

targets=
for main in $MAINS; do
  dir=${main%%=*}
  if [ "${FIPSONLY:-}" = 1 ]; then
    printf 'package main\n\nimport (\n\t_ "crypto/tls"\n\t_ "crypto/tls/fipsonly"\n)\n' > "$dir/zz_fipsonly.go"
  fi
  targets="$targets ./$dir"
done

mkdir -p /out/bin /tmp/bin
echo "compiling $MODULE $VERSION"
# -v names the packages as they are compiled: the progress of a build of minutes.
# shellcheck disable=SC2086 # a list of targets
go build -v -tags "${TAGS:-}" -ldflags "$LDFLAGS" -o /tmp/bin/ $targets
for main in $MAINS; do
  dir=${main%%=*}
  built=$(basename "$dir")
  # A main at the root of its module is named after the module (its last element that is no major version).
  [ "$dir" = . ] && built=$(ls /tmp/bin | head -n 1)
  mv "/tmp/bin/$built${GOEXE:-}" "/out/bin/${main##*=}"
done

if [ -n "${KEEP_DIR:-}" ]; then
  cp -r "/tmp/src/$KEEP_DIR" /out/files && chmod -R u+w /out/files
fi
go version -m /out/bin/* > /out/build-info.txt 2>/dev/null || true
jq -n --arg name "$MODULE" --arg version "$VERSION" --arg sum "$(jq -r .Sum /tmp/fetch/download.json)" --arg toolchain "$(go version)" \
  --arg experiment "${GOEXPERIMENT:-}" --arg cgo "$CGO_ENABLED" --arg fipsonly "${FIPSONLY:-}" --arg dropped "${DROP_IMPORTS:-}" \
  '{"module": $name, "version": $version, "sum": $sum, "toolchain": $toolchain, "experiment": $experiment, "cgo": $cgo, "fipsonly": $fipsonly, "dropped": $dropped}' \
  > /out/origin.json
