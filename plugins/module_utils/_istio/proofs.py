# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Proofs that cost more requests, and so are given only when asked for: of the proxies, of weights, and of retries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import sqrt
from typing import Any

from .._errors import MeshError
from .._kube.connection import Cluster, Object, Transport
from . import envoy, sync
from .checks import Check
from .ingress import Ingress
from .route import checked_weights
from .sidecars import is_current, name_of, proxy_of

CALL_SECONDS = 30.0
# A share that is as it should be is farther off once in sixteen thousand times.
DEVIATIONS = 4
# Proxies renew a certificate when half of its time is over: this late, istiod does not give them a new one.
LAST_PART = 10
SHOWN = 3


@dataclass(frozen=True)
class Asked:
    """What is to be proved beside what always is.

    :param ingress: the Service whose pods lead calls to functions. :param control_plane: the namespace of istiod.
    :param proxies: whether each proxy has its configuration and its certificate.
    :param weights: percent of the calls by version, by the name that is called. :param calls: to count them by.
    :param retries: by the name of a function that fails, how often a call of it is sent again.
    :param now: the time by which certificates are looked at.
    """

    cluster: Cluster
    ingress: Ingress
    control_plane: str
    functions_namespace: str
    proxies: bool = False
    weights: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    calls: int = 0
    retries: Mapping[str, int] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def checks(self, pods: list[Object], calls: Transport) -> Iterator[Check]:
        """The proofs, given with these pods of OpenFaaS and its functions.

        :param calls: sends requests to the ingress.
        :raises MeshError: a proxy or an istiod cannot be asked.
        """
        if not (self.proxies or self.weights or self.retries):
            return
        ways_in = self._pods(self.ingress.namespace, self.ingress.selector(self.ingress.read()))
        if self.proxies:
            meshed = [pod for pod in (*ways_in, *pods) if proxy_of(pod)]
            yield self._synced(meshed)
            yield self._certified(meshed)
        # A route inside the mesh is the gateway's proxy's to follow, one at the ingress the ingress'.
        gateways = [pod for pod in pods if (pod["metadata"].get("labels") or {}).get("app") == "gateway"]
        callers = _Callers(self.cluster, [*ways_in, *gateways], self.functions_namespace, calls)
        for name, weights in sorted(self.weights.items()):
            yield split(name, weights, callers.sent_by(name, self.calls))
        for name, attempts in sorted(self.retries.items()):
            yield retried(name, attempts, callers.sent_by(name, 1).total())

    def _pods(self, namespace: str, labels: Mapping[str, str]) -> list[Object]:
        selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
        found = self.cluster.items(f"/api/v1/namespaces/{namespace}/pods", {"labelSelector": selector})
        return [pod for pod in found if is_current(pod)]

    def _synced(self, pods: list[Object]) -> Check:
        states: dict[str, sync.State] = {}
        for istiod in self._pods(self.control_plane, {"app": "istiod"}):
            where = istiod["metadata"]
            page = self.cluster.text_inside(where["namespace"], where["name"], sync.PORT, sync.PAGE)
            states.update(sync.parsed(page, name_of(istiod)))
        unknown = [name_of(pod) for pod in pods if name_of(pod) not in states]
        stale = [
            f"{name_of(pod)} ({kind})"
            for pod in pods
            for kind in sync.KINDS
            if states.get(name_of(pod), {}).get(kind) == sync.STALE
        ]
        if unknown:
            detail = f"No istiod in {self.control_plane} serves the proxies of {_some(unknown)}: see their logs."
        elif stale:
            detail = f"The proxies of {_some(stale)} have not taken what istiod sent them: see their logs."
        else:
            detail = f"All {len(pods)} proxies have the configuration of their istiod."
        return Check("proxies synced", not (unknown or stale), detail)

    def _certified(self, pods: list[Object]) -> Check:
        wrong: list[str] = []
        ends: list[datetime] = []
        for pod in pods:
            found = envoy.certificate(self.cluster, pod)
            fault = _fault(pod, found, self.now)
            if fault:
                wrong.append(f"the proxy of {name_of(pod)} {fault}")
            elif found:
                ends.append(found.ends)
        if wrong:
            sentence = _some(wrong, "; ")
            detail = f"{sentence[:1].upper()}{sentence[1:]}: see the log of its proxy and that of istiod."
        else:
            soonest = f", the first until {min(ends):%Y-%m-%d %H:%M} UTC" if ends else ""
            detail = f"All {len(pods)} proxies have a certificate of their service account that is valid{soonest}."
        return Check("certificates", not wrong, detail)


@dataclass(frozen=True)
class _Callers:
    """The proxies that send the calls of functions, and the way to make some."""

    cluster: Cluster
    pods: list[Object]
    namespace: str
    ingress: Transport

    def sent_by(self, function: str, calls: int) -> Counter[str]:
        """How many requests each function got while a function was called so often, repeated ones too."""
        before = self._sent()
        for _call in range(calls):
            self.ingress.send("GET", f"/function/{function}", {"Accept": "*/*"}, None, CALL_SECONDS)
        return self._sent() - before

    def _sent(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for pod in self.pods:
            found.update(envoy.sent(self.cluster, pod, self.namespace))
        return found


def split(name: str, weights: Mapping[str, int], counted: Counter[str]) -> Check:
    """Whether calls of ``name`` were split as its weights say, within what chance allows.

    :param counted: the calls that each function got.
    """
    total = sum(counted[version] for version in weights)
    what = f"weights of {name}"
    if not total:
        return Check(what, False, f"None of the calls of {name} went to {', '.join(weights)}: see what leads them.")
    parts, passed = [], True
    for version, weight in weights.items():
        share = 100.0 * counted[version] / total
        bound = DEVIATIONS * sqrt(weight * (100 - weight) / total)
        passed = passed and abs(share - weight) <= bound
        parts.append(f"{version} got {share:.1f} % where {weight} % are due, give or take {bound:.1f}")
    return Check(what, passed, f"Of {total} calls of {name}, {'; '.join(parts)}.")


def retried(name: str, attempts: int, requests: int) -> Check:
    """Whether a call of ``name``, which fails, was sent again as often as it should be.

    :param requests: how often it was sent in all.
    """
    again = max(requests - 1, 0)
    detail = f"A call of {name} was sent again {again} times, and {attempts} times are due"
    hint = "" if again == attempts else ": name a function that fails each time, while nobody calls another"
    return Check(f"retries of {name}", again == attempts, f"{detail}{hint}.")


def _fault(pod: Object, found: envoy.Certificate | None, now: datetime) -> str:
    """What is wrong with the certificate of a pod's proxy; empty when it is as it should be."""
    if found is None:
        return "has no certificate"
    account = pod["spec"].get("serviceAccountName") or "default"
    due = f"/ns/{pod['metadata']['namespace']}/sa/{account}"
    if not any(uri.endswith(due) for uri in found.identities):
        return f"has a certificate of {', '.join(found.identities)} and not of {due}"
    if not found.begins <= now < found.ends:
        return f"has a certificate that holds from {found.begins:%Y-%m-%d %H:%M} to {found.ends:%Y-%m-%d %H:%M} UTC"
    if found.ends - now < (found.ends - found.begins) / LAST_PART:
        return f"has a certificate until {found.ends:%Y-%m-%d %H:%M} UTC and gets no new one"
    return ""


def _some(names: list[str], between: str = ", ") -> str:
    more = f"{between}and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return between.join(names[:SHOWN]) + more


def weights_of(given: Mapping[str, Any], calls: int) -> dict[str, dict[str, int]]:
    """The weights of a module's option.

    :param calls: to count them by.
    :raises MeshError: they are no percents that add up to 100, or there are no calls.
    """
    if given and calls < 1:
        raise MeshError(f"calls is {calls}, by which no weights can be counted: give 1 or more, better hundreds.")
    for name, parts in given.items():
        if not isinstance(parts, Mapping):
            raise MeshError(f"The weights of {name} are {parts!r}: give percent by version, as the route has them.")
    return {name: checked_weights(name, parts) for name, parts in given.items()}


def attempts_of(given: Mapping[str, Any]) -> dict[str, int]:
    """The numbers of retries of a module's option.

    :raises MeshError: one is no number.
    """
    try:
        return {name: int(attempts) for name, attempts in given.items()}
    except (TypeError, ValueError):
        raise MeshError("retries is not a number of retries by function: give it as in {failing: 2}.") from None
