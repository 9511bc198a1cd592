"""The node's configuration: containerd, pod network, kubelet and kube-proxy.

JSON is written where YAML is read, for every JSON document is one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.lab.catalogue import PAUSE_IMAGE
from tests.lab.instance import Instance
from tests.lab.network import DNS_ADDRESS, Slot

CNI_PLUGINS = "/usr/lib/cni"

CONTAINERD = """\
version = 3
root = "{state}/containerd"
state = "/run/containerd"

[grpc]
address = "{socket}"

[plugins.'io.containerd.cri.v1.images']
snapshotter = "overlayfs"

[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = "{pause}"

[plugins.'io.containerd.cri.v1.images'.registry]
config_path = "{config}/registries"

[plugins.'io.containerd.cri.v1.runtime']
# A container may not ask for a better OOM score than containerd's own: that needs CAP_SYS_RESOURCE.
restrict_oom_score_adj = true

[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = ["{plugins}"]
conf_dir = "{config}/cni"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
"""

NO_REGISTRY = 'server = "http://127.0.0.1:1"\n'
"""There is no registry: a pull of an image that the lab does not have fails at once."""

REGISTRY_PORT = 5000
"""But for one that a test may run at this port of the host's end of the link, without TLS."""

HOST_REGISTRY = """\
server = "http://{registry}"

[host."http://{registry}"]
capabilities = ["pull", "resolve"]
"""


def configure(instance: Instance, slot: Slot) -> None:
    """Write the node's configuration files."""
    config = instance.config
    (config / "cni").mkdir()
    (config / "registries" / "_default").mkdir(parents=True)
    (config / "registries" / "_default" / "hosts.toml").write_text(NO_REGISTRY)
    registry = f"{slot.host_address}:{REGISTRY_PORT}"
    (config / "registries" / registry).mkdir()
    (config / "registries" / registry / "hosts.toml").write_text(HOST_REGISTRY.format(registry=registry))
    (config / "containerd.toml").write_text(
        CONTAINERD.format(
            state=instance.state,
            socket=instance.containerd_socket,
            config=config,
            pause=PAUSE_IMAGE,
            plugins=CNI_PLUGINS,
        )
    )
    # Pods that use the node's resolver get the host's end of the link, where nobody answers.
    (config / "resolv.conf").write_text(f"nameserver {slot.host_address}\n")
    _write(config / "cni" / "10-bridge.conflist", pod_network(slot))
    _write(config / "kubelet.yaml", kubelet(instance))
    _write(config / "kube-proxy.yaml", kube_proxy(instance, slot))


def pod_network(slot: Slot) -> dict[str, Any]:
    """The CNI configuration: a bridge, and addresses out of the node's range."""
    ranges = [[{"subnet": slot.pod_cidr}]]
    ipam = {"type": "host-local", "ranges": ranges, "routes": [{"dst": "0.0.0.0/0"}], "dataDir": "/run/cni-addresses"}
    bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "hairpinMode": True, "ipam": ipam}
    return {
        "cniVersion": "1.0.0",
        "name": "pods",
        "plugins": [bridge, {"type": "portmap", "capabilities": {"portMappings": True}}],
    }


def kubelet(instance: Instance) -> dict[str, Any]:
    """The kubelet's configuration."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {"x509": {"clientCAFile": str(instance.pki / "ca.crt")}, "anonymous": {"enabled": False}},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{instance.cgroup}",
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": f"unix://{instance.containerd_socket}",
        "failCgroupV1": False,
        "failSwapOn": False,
        # The images are loaded once: none may be collected, and a full disk is the host's affair.
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "0%", "imagefs.available": "0%"},
        # An imported image may be pulled from a registry of a test too, and is then asked for by its first name again.
        "imagePullCredentialsVerificationPolicy": "NeverVerify",
        "imageGCHighThresholdPercent": 100,
        "resolvConf": str(instance.config / "resolv.conf"),
        "volumePluginDir": str(instance.state / "volume-plugins"),
    }


def kube_proxy(instance: Instance, slot: Slot) -> dict[str, Any]:
    """kube-proxy's configuration."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clusterCIDR": slot.pod_cidr,
        "clientConnection": {"kubeconfig": str(instance.kubeconfigs / "kube-proxy.conf")},
        # The limit of connections belongs to the host.
        "conntrack": {"maxPerCore": 0},
        "hostnameOverride": instance.node,
    }


def _write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2) + "\n")
