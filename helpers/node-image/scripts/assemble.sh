#!/bin/sh
# Runs as root in a privileged container of the node root filesystem and makes a kind node of it (what the container then holds is committed).
# Reads /in/<step>/bin, /in/kind/files (kind's own base image files), /in/files; import-images.sh follows.
#   KUBERNETES_VERSION   with its build metadata, such as v1.36.3+fips.0
#   PAUSE_IMAGE
set -eu

# Module archives carry no executable bits: kind's Dockerfile sets the same modes.
base=/in/kind/files
install -m 0755 $base/usr/local/bin/entrypoint /usr/local/bin/
mkdir -p /kind/bin /etc/containerd /etc/kubernetes/manifests /opt/cni/bin /etc/cni/net.d /etc/systemd/system/kubelet.service.d
install -m 0755 $base/kind/bin/* /kind/bin/
install -m 0644 $base/etc/containerd/* /etc/containerd/
install -m 0644 $base/etc/crictl.yaml /etc/crictl.yaml
install -m 0644 $base/etc/default/* /etc/default/
install -m 0644 $base/etc/sysctl.d/* /etc/sysctl.d/
install -m 0644 $base/etc/systemd/system/*.service $base/etc/systemd/system/*.slice /etc/systemd/system/
install -m 0644 $base/etc/systemd/system/kubelet.service.d/* /etc/systemd/system/kubelet.service.d/
chmod 755 /kind /kind/bin

install -m 0755 /in/kubernetes/bin/kubelet /in/kubernetes/bin/kubeadm /in/kubernetes/bin/kubectl /usr/bin/
install -m 0755 /in/containerd/bin/* /in/crictl/bin/crictl /usr/local/bin/
install -m 0755 /in/runc/bin/runc /in/files/runc-within-bounds /usr/local/sbin/
install -m 0755 /in/cni/bin/* /opt/cni/bin/

ctr oci spec \
  | jq '.hooks.createContainer[.hooks.createContainer | length] |= . + {"path": "/kind/bin/mount-product-files.sh"} | del(.process.rlimits)' \
  > /etc/containerd/cri-base.json
sed -i "s|sandbox_image = .*|sandbox_image = \"$PAUSE_IMAGE\"|" /etc/containerd/config.toml
grep -q "$PAUSE_IMAGE" /etc/containerd/config.toml
cat >> /etc/containerd/config.toml <<'TOML'

# Pod network without a controller: each node's own range, filled in when the kubelet learns it; routes between nodes are set by the harness.
[plugins."io.containerd.grpc.v1.cri".cni]
  conf_template = "/kind/cni.conflist.template"
TOML
cp /in/files/cni.conflist.template /kind/cni.conflist.template

systemctl enable kubelet.service containerd.service undo-mount-hacks.service
systemctl mask systemd-binfmt.service
printf '%s\n' "$KUBERNETES_VERSION" > /kind/version
