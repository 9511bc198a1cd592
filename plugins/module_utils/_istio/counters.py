# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many calls of a function were answered, and how: the counters of the proxies that send them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from .._errors import MeshError
from .._kube.connection import Cluster, Object
from .._kube.objects import Identity
from .._kube.restart import RESOURCES
from . import proxies
from .ingress import Ingress
from .route import INGRESS
from .sidecars import is_current, name_of

# Envoy's own page, as Istio's bootstrap opens it in every proxy for Prometheus, in plain text.
PORT = 15090
PAGE = "stats/prometheus"
# The second one as the tags of Istio's bootstrap make it of Envoy's upstream_rq_2xx and its like.
ISTIO, ENVOY = "istio_requests_total", "envoy_cluster_upstream_rq"
# The annotation by which one workload's proxies get settings of their own (istio.io, ProxyConfig).
PROXY_CONFIG = "proxy.istio.io/config"

_SAMPLE = re.compile(r"^(\w+)\{(.*)\} ([0-9.e+]+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

Sample = tuple[dict[str, str], float]


class Answers(NamedTuple):
    """Calls that a function answered; ``failed`` are those with a status of 500 or above, or with none at all."""

    good: int = 0
    failed: int = 0

    @property
    def all(self) -> int:
        """All calls."""
        return self.good + self.failed

    @property
    def success_rate(self) -> float:
        """The percentage of good ones; 100 where there was no call."""
        return 100.0 * self.good / self.all if self.all else 100.0


def answers_of(page: str, namespace: str, function: str) -> Answers:
    """The answers of a function, as the proxy of a caller counted them since it started.

    Istio's own metric counts where the proxy has it, else Envoy's counters of the function's cluster.

    :param page: the proxy's metrics in Prometheus' text format.
    """
    good = failed = 0.0
    metric = ISTIO if _has(page, ISTIO) else ENVOY
    for labels, value in _samples(page, metric):
        if metric == ISTIO:
            place = (labels.get("destination_service_name"), labels.get("destination_service_namespace"))
            mine = place == (function, namespace) and labels.get("reporter") == "source"
            code = labels.get("response_code", "")
        else:
            # The same answers are counted by single codes too, where these are shown.
            mine = "response_code_class" in labels and _is_cluster_of(labels, namespace, function)
            code = labels.get("response_code_class", "")
        if mine and code[:1] in ("1", "2", "3", "4"):
            good += value
        elif mine:
            failed += value
    return Answers(int(good), int(failed))


def shown(page: str, namespace: str) -> str:
    """Which metric tells of the functions of a namespace on a proxy's page; empty when none does."""
    if _has(page, ISTIO):
        return ISTIO
    found = any(_is_cluster_of(labels, namespace) for labels, _value in _samples(page, ENVOY))
    return ENVOY if found else ""


def _has(page: str, metric: str) -> bool:
    return f"\n{metric}{{" in f"\n{page}"


def _samples(page: str, metric: str) -> Iterator[Sample]:
    for line in page.splitlines():
        if line.startswith(metric) and (match := _SAMPLE.match(line)) and match[1] == metric:
            yield dict(_LABEL.findall(match[2])), float(match[3])


def _is_cluster_of(labels: dict[str, str], namespace: str, function: str = "") -> bool:
    """Whether a sample is of Envoy's cluster of a function: ``outbound|8080||env.openfaas-fn.svc.cluster.local``."""
    direction, _port, _subset, host = (*labels.get("cluster_name", "").split("|", 3), "", "", "")[:4]
    service, _dot, rest = host.partition(".")
    return direction == "outbound" and rest.startswith(f"{namespace}.svc.") and function in ("", service)


@dataclass(frozen=True)
class Callers:
    """The proxies through which the calls of a route go.

    :param namespace: of the functions. :param at: where the route is. :param where: namespace of the proxies.
    :param selector: labels of their pods.
    """

    cluster: Cluster
    namespace: str
    where: str
    selector: str

    @classmethod
    def of_route(cls, cluster: Cluster, namespace: str, at: str, ingress: Ingress, openfaas: str) -> Callers:
        """The proxies of the ingress, or those of OpenFaaS' gateway in the namespace ``openfaas``."""
        if at == INGRESS:
            labels = ingress.selector(ingress.read())
            return cls(
                cluster, namespace, ingress.namespace, ",".join(f"{key}={labels[key]}" for key in sorted(labels))
            )
        return cls(cluster, namespace, openfaas, "app=gateway")

    def pods(self) -> list[Object]:
        """The pods, without those that go.

        :raises MeshError: there is none.
        """
        path = f"/api/v1/namespaces/{self.where}/pods"
        found = [pod for pod in self.cluster.items(path, {"labelSelector": self.selector}) if is_current(pod)]
        if not found:
            raise MeshError(
                f"There is no pod with label {self.selector} in namespace {self.where}: nobody counts calls."
            )
        return found

    def pages(self) -> dict[str, str]:
        """The metrics of each proxy, by its pod's uid."""
        return {pod["metadata"]["uid"]: self._page(pod) for pod in self.pods()}

    def answers(self, function: str) -> dict[str, Answers]:
        """The answers of a function that each proxy has counted since it started, by its pod's uid."""
        return {uid: answers_of(page, self.namespace, function) for uid, page in self.pages().items()}

    def hidden(self) -> list[Identity]:
        """The workloads whose proxies show neither metric and were not told to.

        :raises MeshError: one has settings of its own that say nothing of it.
        """
        pods = [pod for pod in self.pods() if not shown(self._page(pod), self.namespace)]
        owners = {Identity("apps", kind, namespace, name) for namespace, kind, name in map(_owner, pods)}
        return [owner for owner in sorted(owners) if not self._tells(owner)]

    def annotations(self) -> dict[str, str]:
        """What a workload's pods have to carry to count answers of the functions."""
        pattern = rf"cluster\.outbound\|\d+\|\|[^.]+\.{re.escape(self.namespace)}\.svc\..*upstream_rq_.xx"
        return {PROXY_CONFIG: json.dumps({"proxyStatsMatcher": {"inclusionRegexps": [pattern]}})}

    def _tells(self, owner: Identity) -> bool:
        if owner.kind not in RESOURCES:
            raise MeshError(
                f"A proxy in namespace {self.where} shows no counters of its calls, and no workload that could be told "
                f"to made its pod: annotate it with {PROXY_CONFIG}, as {self.annotations()[PROXY_CONFIG]}."
            )
        live = self.cluster.get(RESOURCES[owner.kind].path(owner.namespace, owner.name)) or {}
        template = (live.get("spec") or {}).get("template") or {}
        given = ((template.get("metadata") or {}).get("annotations") or {}).get(PROXY_CONFIG)
        wanted = self.annotations()[PROXY_CONFIG]
        if given and "proxyStatsMatcher" not in given:
            raise MeshError(
                f"{owner} has a {PROXY_CONFIG} of its own, which does not show how calls are answered: add {wanted} to "
                "it."
            )
        return bool(given)

    def _page(self, pod: Object) -> str:
        try:
            return self.cluster.text(
                f"/api/v1/namespaces/{self.where}/pods/{pod['metadata']['name']}:{PORT}/proxy/{PAGE}"
            )
        except MeshError as error:
            raise MeshError(f"The counters of the proxy of {name_of(pod)} cannot be read: {error}") from error


def _owner(pod: Object) -> tuple[str, str, str]:
    found = next(iter(proxies.of_pods([pod])), None)
    return found.owner if found else (pod["metadata"]["namespace"], "", "")


class Count:
    """The answers since the count began, whatever proxies come, go and start anew meanwhile.

    :param read: the answers that each proxy has counted since it started.
    """

    def __init__(self, read: Callable[[], dict[str, Answers]]) -> None:
        self._read = read
        self._last = read()
        self._sum = Answers()

    def now(self) -> Answers:
        """All answers until now."""
        current = self._read()
        grown = (_grown(self._last.get(uid, Answers()), answers) for uid, answers in current.items())
        self._sum = _added([self._sum, *grown])
        self._last = current
        return self._sum


def _grown(before: Answers, after: Answers) -> Answers:
    # A proxy that has started anew counts from zero.
    return after if after.all < before.all else Answers(after.good - before.good, after.failed - before.failed)


def _added(answers: Iterable[Answers]) -> Answers:
    several = list(answers)
    return Answers(sum(each.good for each in several), sum(each.failed for each in several))
