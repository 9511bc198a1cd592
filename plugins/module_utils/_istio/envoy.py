# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a proxy tells about itself: the pages of Envoy's admin interface, which answers on the pod's loopback only."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .._errors import MeshError
from .._kube.connection import Cluster, Object
from .sidecars import name_of

PORT = 15000
CERTIFICATES = "/certs"
# The counts of each endpoint are kept whatever Istio hides of Envoy's statistics.
CLUSTERS = "/clusters?format=json"


@dataclass(frozen=True)
class Certificate:
    """The certificate with which a proxy shows who it is.

    :param identities: its SPIFFE URIs. :param begins: when it began to hold. :param ends: until when it does.
    """

    identities: tuple[str, ...]
    begins: datetime
    ends: datetime


def certificate(cluster: Cluster, pod: Object) -> Certificate | None:
    """The workload certificate of a pod's proxy, None where it has none.

    :raises MeshError: the proxy cannot be asked, or answers otherwise than Envoy.
    """
    try:
        for entry in _page(cluster, pod, CERTIFICATES)["certificates"]:
            for link in entry.get("cert_chain") or []:
                uris = tuple(name["uri"] for name in link["subject_alt_names"] if "uri" in name)
                if any(uri.startswith("spiffe://") for uri in uris):
                    times = (datetime.fromisoformat(link[name]) for name in ("valid_from", "expiration_time"))
                    return Certificate(uris, *times)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _strange(pod, CERTIFICATES) from error
    return None


def sent(cluster: Cluster, pod: Object, namespace: str) -> Counter[str]:
    """How many requests a pod's proxy has sent to each Service of a namespace, repeated ones too.

    :raises MeshError: the proxy cannot be asked, or answers otherwise than Envoy.
    """
    found: Counter[str] = Counter()
    try:
        for status in _page(cluster, pod, CLUSTERS)["cluster_statuses"]:
            direction, _port, _subset, host = (*status["name"].split("|", 3), "", "", "")[:4]
            service, _dot, rest = host.partition(".")
            if direction == "outbound" and rest.startswith(f"{namespace}.svc."):
                for endpoint in status.get("host_statuses") or []:
                    values = (stat.get("value", 0) for stat in endpoint["stats"] if stat["name"] == "rq_total")
                    found[service] += sum(map(int, values))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _strange(pod, CLUSTERS) from error
    return found


def _page(cluster: Cluster, pod: Object, page: str) -> Any:
    text = cluster.text_inside(pod["metadata"]["namespace"], pod["metadata"]["name"], PORT, page)
    return json.loads(text)


def _strange(pod: Object, page: str) -> MeshError:
    return MeshError(f"The proxy of pod {name_of(pod)} answers {page} otherwise than Envoy does.")
