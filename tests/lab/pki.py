"""An instance's certificates and kubeconfigs, made by kubeadm."""

from __future__ import annotations

import json
from pathlib import Path

from tests.lab.commands import run
from tests.lab.instance import Instance
from tests.lab.network import SERVICE_CIDR, Slot
from tests.lab.versions import KUBERNETES

API_PORT = 6443
SITE_USER = "faas-mesh-site"
"""The user name in the certificate of the site run, by which the audit log counts its requests."""

PROXY_USER = "system:kube-proxy"


def cluster_configuration(instance: Instance, slot: Slot) -> dict[str, object]:
    """kubeadm's ClusterConfiguration (kubeadm.k8s.io/v1beta4), which names the networks of the cluster."""
    return {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "ClusterConfiguration",
        "clusterName": instance.name,
        "kubernetesVersion": f"v{KUBERNETES}",
        "certificatesDir": str(instance.pki),
        "controlPlaneEndpoint": f"{slot.node_address}:{API_PORT}",
        "encryptionAlgorithm": "ECDSA-P256",
        "networking": {"serviceSubnet": SERVICE_CIDR, "podSubnet": slot.pod_cidr, "dnsDomain": "cluster.local"},
    }


def create(instance: Instance, slot: Slot) -> None:
    """Make all certificates, the components' kubeconfigs, the admin's and the site user's."""
    kubeadm = instance.programs / "kubeadm"
    initial = {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "kind": "InitConfiguration",
        "localAPIEndpoint": {"advertiseAddress": slot.node_address, "bindPort": API_PORT},
        "nodeRegistration": {"name": instance.node, "criSocket": f"unix://{instance.containerd_socket}"},
    }
    config = instance.config / "kubeadm.yaml"
    documents = (initial, cluster_configuration(instance, slot))
    config.write_text("---\n".join(json.dumps(document) + "\n" for document in documents))
    phase: list[str | Path] = [kubeadm, "init", "phase"]
    run([*phase, "certs", "all", "--config", config])
    run([*phase, "kubeconfig", "all", "--config", config, "--kubeconfig-dir", instance.kubeconfigs])
    # Of kubeadm's two administrators this one needs no binding in the cluster.
    (instance.kubeconfigs / "super-admin.conf").rename(instance.admin_kubeconfig)
    for user, path in ((SITE_USER, instance.site_kubeconfig), (PROXY_USER, instance.kubeconfigs / "kube-proxy.conf")):
        path.touch(mode=0o600)
        path.write_text(run([kubeadm, "kubeconfig", "user", "--config", config, "--client-name", user]))
