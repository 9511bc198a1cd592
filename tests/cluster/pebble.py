"""pebble, an ACME server, in the lab; and names that lead to the ingress there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml

from tests.cluster.authority import Authority, asked
from tests.cluster.site import Site

NAMESPACE = "pebble"
HOST = f"pebble.{NAMESPACE}.svc"
DIRECTORY = f"https://{HOST}/dir"
MANAGEMENT_PORT = 15000
VALID_SECONDS = 120
"""A certificate is renewed when two thirds of its time are over."""


class Pebble:
    """pebble, running.

    :ivar authority: PEM text of the authority that clients of its ACME service have to trust.
    """

    def __init__(self, site: Site) -> None:
        authority = Authority("the tests' authority for pebble")
        self._site = site
        self.authority = authority.certificate
        certificate, key = authority.issued(HOST)
        configuration = {
            "listenAddress": "0.0.0.0:14000",
            "managementListenAddress": f"0.0.0.0:{MANAGEMENT_PORT}",
            "certificate": "/etc/pebble/tls.crt",
            "privateKey": "/etc/pebble/tls.key",
            "httpPort": 80,
            "retryAfter": {"authz": 1, "order": 1},
            "profiles": {"default": {"description": "short-lived", "validityPeriod": VALID_SECONDS}},
        }
        files = {"config.json": json.dumps({"pebble": configuration}), "tls.crt": certificate, "tls.key": key}
        site.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(_objects(files)))
        site.kubectl("rollout", "status", "deployment/pebble", "-n", NAMESPACE, "--timeout=120s")

    def root(self) -> str:
        """The root of the certificates that it issues, as PEM."""
        address = self._site.kubectl("get", "pods", "-n", NAMESPACE, "-o", "jsonpath={.items[0].status.podIP}")
        return asked((address, MANAGEMENT_PORT), HOST, "/roots/0", self.authority).text


@contextmanager
def pebble(site: Site) -> Iterator[Pebble]:
    """pebble, for as long as the block takes."""
    try:
        yield Pebble(site)
    finally:
        site.kubectl("delete", "namespace", NAMESPACE)


@contextmanager
def resolved(site: Site, *names: str) -> Iterator[None]:
    """Have the lab's DNS lead host names to the ingress, for as long as the block takes."""
    ingress = ("service/istio-ingressgateway", "-n", "istio-system")
    address = site.kubectl("get", *ingress, "-o", "jsonpath={.spec.clusterIP}")
    before = site.kubectl("get", "configmap/coredns", "-n", "kube-system", "-o", "jsonpath={.data.Corefile}")
    hosts = f"    hosts {{\n        {address} {' '.join(names)}\n        fallthrough\n    }}\n    kubernetes "
    assert before.count("    kubernetes ") == 1
    try:
        _serve_names(site, before.replace("    kubernetes ", hosts))
        yield
    finally:
        _serve_names(site, before)


def _serve_names(site: Site, corefile: str) -> None:
    patch = json.dumps({"data": {"Corefile": corefile}})
    site.kubectl("patch", "configmap/coredns", "-n", "kube-system", "--patch", patch)
    site.kubectl("rollout", "restart", "deployment/coredns", "-n", "kube-system")
    site.kubectl("rollout", "status", "deployment/coredns", "-n", "kube-system", "--timeout=120s")


def _objects(files: dict[str, str]) -> list[dict[str, Any]]:
    labels = {"app": "pebble"}
    metadata = {"name": "pebble", "namespace": NAMESPACE}
    container = {
        "name": "pebble",
        "image": "docker.io/faasmesh/pebble:lab",
        "imagePullPolicy": "IfNotPresent",
        "args": ["-config", "/etc/pebble/config.json", "-strict=false"],
        "env": [{"name": "PEBBLE_VA_NOSLEEP", "value": "1"}],
        "readinessProbe": {"tcpSocket": {"port": 14000}, "periodSeconds": 1},
        "volumeMounts": [{"name": "files", "mountPath": "/etc/pebble"}],
    }
    pod = {"containers": [container], "volumes": [{"name": "files", "secret": {"secretName": "pebble"}}]}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": files},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"selector": labels, "ports": [{"port": 443, "targetPort": 14000}]},
        },
    ]
