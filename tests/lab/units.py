"""The components of an instance: what each is started with."""

from __future__ import annotations

from pathlib import Path

from tests.lab.instance import Instance
from tests.lab.network import SERVICE_CIDR, Slot
from tests.lab.pki import API_PORT
from tests.lab.supervisor import Unit

ETCD_URL = "http://127.0.0.1:2379"
"""Plain HTTP on the loopback of the instance's own network namespace."""


def control_plane(instance: Instance, slot: Slot) -> tuple[Unit, Unit, Unit, Unit]:
    """etcd, API server, controller manager and scheduler, in the order of their starts."""
    return (
        _etcd(instance),
        _api_server(instance, slot),
        _controller_manager(instance, slot),
        _scheduler(instance),
    )


def node(instance: Instance, slot: Slot) -> tuple[Unit, Unit, Unit]:
    """containerd, kubelet and kube-proxy, whose configuration :mod:`tests.lab.node` has written."""
    path = {"PATH": f"{instance.programs}:/usr/sbin:/usr/bin:/sbin:/bin"}
    programs, config = instance.programs, instance.config
    return (
        Unit("containerd", (str(programs / "containerd"), f"--config={config / 'containerd.toml'}"), path),
        Unit(
            "kubelet",
            (
                str(programs / "kubelet"),
                f"--config={config / 'kubelet.yaml'}",
                f"--kubeconfig={instance.kubeconfigs / 'kubelet.conf'}",
                f"--hostname-override={instance.node}",
                f"--node-ip={slot.node_address}",
            ),
            path,
        ),
        Unit("kube-proxy", (str(programs / "kube-proxy"), f"--config={config / 'kube-proxy.yaml'}"), path),
    )


def _etcd(instance: Instance) -> Unit:
    return Unit(
        "etcd",
        (
            str(instance.programs / "etcd"),
            f"--data-dir={instance.state / 'etcd'}",
            f"--listen-client-urls={ETCD_URL}",
            f"--advertise-client-urls={ETCD_URL}",
            "--listen-peer-urls=http://127.0.0.1:2380",
            # The lab's data need not outlive the machine, and its disk may be slow.
            "--unsafe-no-fsync",
            "--log-level=warn",
        ),
    )


def _api_server(instance: Instance, slot: Slot) -> Unit:
    pki = instance.pki
    return Unit(
        "kube-apiserver",
        (
            str(instance.programs / "kube-apiserver"),
            f"--advertise-address={slot.node_address}",
            f"--secure-port={API_PORT}",
            "--allow-privileged=true",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            f"--etcd-servers={ETCD_URL}",
            f"--client-ca-file={pki / 'ca.crt'}",
            f"--tls-cert-file={pki / 'apiserver.crt'}",
            f"--tls-private-key-file={pki / 'apiserver.key'}",
            f"--kubelet-client-certificate={pki / 'apiserver-kubelet-client.crt'}",
            f"--kubelet-client-key={pki / 'apiserver-kubelet-client.key'}",
            "--kubelet-preferred-address-types=InternalIP",
            f"--proxy-client-cert-file={pki / 'front-proxy-client.crt'}",
            f"--proxy-client-key-file={pki / 'front-proxy-client.key'}",
            f"--requestheader-client-ca-file={pki / 'front-proxy-ca.crt'}",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-account-key-file={pki / 'sa.pub'}",
            f"--service-account-signing-key-file={pki / 'sa.key'}",
            f"--service-cluster-ip-range={SERVICE_CIDR}",
            f"--audit-policy-file={Path(__file__).parent / 'manifests' / 'audit-policy.yaml'}",
            f"--audit-log-path={instance.audit_log}",
            "--audit-log-mode=blocking-strict",
            "--profiling=false",
        ),
    )


def _controller_manager(instance: Instance, slot: Slot) -> Unit:
    kubeconfig = instance.kubeconfigs / "controller-manager.conf"
    return Unit(
        "kube-controller-manager",
        (
            str(instance.programs / "kube-controller-manager"),
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            "--bind-address=127.0.0.1",
            "--allocate-node-cidrs=true",
            f"--cluster-cidr={slot.pod_cidr}",
            # The one node gets the whole range.
            f"--node-cidr-mask-size={slot.pod_cidr.rpartition('/')[2]}",
            f"--service-cluster-ip-range={SERVICE_CIDR}",
            f"--root-ca-file={instance.pki / 'ca.crt'}",
            f"--cluster-signing-cert-file={instance.pki / 'ca.crt'}",
            f"--cluster-signing-key-file={instance.pki / 'ca.key'}",
            f"--service-account-private-key-file={instance.pki / 'sa.key'}",
            "--use-service-account-credentials=true",
            "--leader-elect=false",
        ),
    )


def _scheduler(instance: Instance) -> Unit:
    kubeconfig = instance.kubeconfigs / "scheduler.conf"
    return Unit(
        "kube-scheduler",
        (
            str(instance.programs / "kube-scheduler"),
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            "--bind-address=127.0.0.1",
            "--leader-elect=false",
        ),
    )
