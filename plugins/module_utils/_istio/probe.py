# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Calls between two pods, measured from inside the first: how long they take, and how long the first one from zero.

Both pods run fortio (https://fortio.org). Its server sends calls when it is asked to (``/fortio/rest/run``), so they go
from pod to pod, through the sidecars of both where they have them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from .._errors import MeshError
from .._kube.connection import Cluster
from .._kube.scale import pods_of, scale
from .._progress import Tell
from .._retry import Clock, retried
from .sidecars import is_current, name_of, proxy_of

POLL_SECONDS = 0.05
GONE_SECONDS = 0.5
WARM_UP_SECONDS = 2
# For how long a port-forward that ends too early is begun anew.
RETRY_SECONDS = 10.0
PORT = 8080
# Where no pod is behind a Service any more, a call may get no answer at all.
ONE_CALL = "500ms"
# Of the histogram from which the percentiles are worked out, in seconds; by default whole milliseconds.
RESOLUTION = "0.0001"


@dataclass(frozen=True)
class Load:
    """Calls at an even pace.

    :param rate: calls a second, over all :param connections: that stay open. :param seconds: for how long.
    """

    rate: int
    connections: int
    seconds: int

    def verify(self) -> None:
        """:raises MeshError: it cannot be sent, or takes longer than the answer is waited for."""
        if min(self.rate, self.connections, self.seconds) < 1 or self.seconds > 20:
            raise MeshError(
                f"{self.rate} calls a second over {self.connections} connections for {self.seconds} s cannot be "
                "measured: give rate and connections of 1 or more, and 1 to 20 seconds."
            )


@dataclass(frozen=True)
class Latency:
    """How long calls took, in milliseconds."""

    calls: int
    p50: float
    p99: float


@dataclass(frozen=True)
class Pair:
    """Two Deployments of one namespace with fortio's server in their pods, the second behind a Service of its name."""

    cluster: Cluster
    namespace: str
    client: str
    server: str

    @property
    def url(self) -> str:
        """Of the server, as the client calls it."""
        return f"http://{self.server}.{self.namespace}:{PORT}/"

    def verify(self, sidecars: bool) -> None:
        """:raises MeshError: a pod lacks a sidecar that it is to have, or has one that it is not to have."""
        for name in (self.client, self.server):
            for pod in filter(is_current, pods_of(self.cluster, self.namespace, name)):
                if bool(proxy_of(pod)) is not sidecars:
                    raise MeshError(
                        f"Pod {name_of(pod)} has no sidecar, so calls with one cannot be measured: install Istio "
                        "first, or name the revision that injects it."
                        if sidecars
                        else f"Pod {name_of(pod)} has a sidecar, so calls without one cannot be measured: see what "
                        "injects it although its namespace says istio-injection: disabled."
                    )

    def latency(self, load: Load) -> Latency:
        """How long calls take, after some that are not counted.

        :raises MeshError: a call was not answered with 200.
        """
        pod = self._client_pod()
        self._calls(pod, load, min(WARM_UP_SECONDS, load.seconds))
        told = self._calls(pod, load, load.seconds)
        answered = _answered(told)
        if set(answered) != {200}:
            counts = ", ".join(f"{count} with {code}" for code, count in sorted(answered.items())) or "none"
            raise MeshError(
                f"Calls of {self.url} from pod {self.namespace}/{pod} were not all answered with 200 ({counts}; -1 is "
                "no answer): look at the logs of both pods."
            )
        taken = {entry["Percentile"]: 1000 * entry["Value"] for entry in told["DurationHistogram"]["Percentiles"]}
        return Latency(answered[200], round(taken[50], 3), round(taken[99], 3))

    def starts(self, count: int, clock: Clock, seconds: float, tell: Tell) -> Iterator[float]:
        """How many seconds each of ``count`` starts from zero takes, from the request to scale to the first answer.

        :param seconds: for how long one may take, and its end before.
        :raises MeshError: one takes longer, or cannot be watched. The Deployment is scaled back to one then too.
        """
        pod = self._client_pod()
        for number in range(1, count + 1):
            try:
                took = self._start(
                    pod, clock, seconds, f"start {number} of {count} in namespace {self.namespace}", tell
                )
            except MeshError as error:
                error.result["changed"] = True
                raise
            yield took

    def _start(self, pod: str, clock: Clock, seconds: float, which: str, tell: Tell) -> float:
        tell(f"{which}: waiting for the end of the pod before")
        scale(self.cluster, self.namespace, self.server, 0)
        try:
            self._until_silent(pod, clock, clock.now() + seconds)
        finally:
            began = clock.now()
            scale(self.cluster, self.namespace, self.server, 1)
        tell(f"{which}: waiting for the first answer")
        self._until_answered(pod, clock, seconds)
        return round(clock.now() - began, 2)

    def _until_answered(self, pod: str, clock: Clock, seconds: float) -> None:
        deadline = clock.now() + seconds
        while not self._answers(pod):
            if clock.now() > deadline:
                raise MeshError(
                    f"{self.url} gave no answer to pod {self.namespace}/{pod} within {seconds:.0f} s after it was "
                    "scaled from zero to one: look at the pods and events of that namespace."
                )
            clock.sleep(POLL_SECONDS)

    def _until_silent(self, pod: str, clock: Clock, deadline: float) -> None:
        while pods_of(self.cluster, self.namespace, self.server) or self._answers(pod):
            if clock.now() > deadline:
                raise MeshError(
                    f"Deployment {self.namespace}/{self.server} was scaled to zero, and its pods do not end."
                )
            clock.sleep(GONE_SECONDS)

    def _answers(self, pod: str) -> bool:
        """Whether the server answers the pod with 200, over a new connection."""
        return _answered(self._run(pod, {"n": 1, "c": 1, "timeout": ONE_CALL})) == {200: 1}

    def _calls(self, pod: str, load: Load, seconds: int) -> dict[str, Any]:
        percentiles = {"p": "50,99", "r": RESOLUTION}
        return self._run(pod, {"qps": load.rate, "c": load.connections, "t": f"{seconds}s", **percentiles})

    def _run(self, pod: str, options: dict[str, Any]) -> dict[str, Any]:
        """What fortio tells of the calls that it made from a pod."""
        path = f"/fortio/rest/run?{urlencode({'url': self.url, **options})}"
        try:
            told = json.loads(
                retried(
                    lambda: self.cluster.text_inside(self.namespace, pod, PORT, path), self.cluster.clock, RETRY_SECONDS
                )
            )
        except ValueError:
            told = None
        if not isinstance(told, dict) or "DurationHistogram" not in told:
            raise MeshError(f"Pod {self.namespace}/{pod} does not answer as fortio does: check its image.")
        return told

    def _client_pod(self) -> str:
        found = [pod for pod in pods_of(self.cluster, self.namespace, self.client) if is_current(pod)]
        if not found:
            raise MeshError(f"Deployment {self.namespace}/{self.client} has no pod to send calls from.")
        return str(found[0]["metadata"]["name"])


def _answered(told: dict[str, Any]) -> dict[int, int]:
    """How many calls were answered with each status; -1 is no answer."""
    return {int(code): int(count) for code, count in (told.get("RetCodes") or {}).items()}
