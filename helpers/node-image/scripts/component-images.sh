#!/bin/sh
# Runs as root in a container of the node root filesystem. Makes one image archive (docker save's format) for each component: a single layer with
# the binary and the shared libraries that it loads. Reads /in/<step>/bin, writes /out/<component>.tar.
#   IMAGES   lines: binary path below /in, path in the image, image name with tag, extra programs (comma separated, found on PATH)
#   ARCH
set -eu

add_file() { # absolute path of this root filesystem: copied with what its symbolic links point to
  [ -e "/stage$1" ] && return 0
  mkdir -p "/stage$(dirname "$1")"
  cp -L "$1" "/stage$1"
}
add_libraries() {
  for library in $(ldd "$1" 2>/dev/null | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p'); do add_file "$library"; done
}

printf '%s\n' "$IMAGES" | while read -r source target name extras; do
  [ -n "$source" ] || continue
  rm -rf /stage /archive
  mkdir -p /stage/tmp /stage/etc /archive "/stage$(dirname "$target")"
  chmod 1777 /stage/tmp
  printf 'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n' > /stage/etc/passwd
  printf 'root:x:0:\nnogroup:x:65534:\n' > /stage/etc/group
  cp "/in/$source" "/stage$target"
  chmod 0755 "/stage$target"
  add_libraries "/in/$source"
  for program in $(printf '%s' "${extras:-}" | tr , ' '); do
    add_file "$(command -v "$program")"
    add_libraries "$(command -v "$program")"
  done
  case ,${extras:-}, in
    *,iptables,*) # its matches and targets are plugins
      for extension in /usr/lib/*-linux-gnu/xtables/*.so; do
        add_file "$extension"
        add_libraries "$extension"
      done
      ;;
  esac
  tar -C /stage --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf /archive/layer.tar .
  diff_id=$(sha256sum /archive/layer.tar | cut -d ' ' -f 1)
  printf '{"architecture":"%s","os":"linux","config":{"Entrypoint":["%s"],"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
    "$ARCH" "$target" "$diff_id" > /archive/config.json
  printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$name" > /archive/manifest.json
  tar -C /archive -cf "/out/$(basename "$target").tar" manifest.json config.json layer.tar
  chown "$OWNER" "/out/$(basename "$target").tar"
  echo "image $name"
done
