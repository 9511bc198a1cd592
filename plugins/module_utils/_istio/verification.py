# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Proving that OpenFaaS is in the mesh: sidecars, an answer through the ingress, no plain text, both identities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .._errors import MeshError
from .._kube.connection import Cluster, Object, Transport
from .._kube.pods import why_not_ready
from .._retry import Clock
from . import identities
from .checks import Check
from .plain_text import answer_to_plain_text
from .proofs import Asked
from .sidecars import FUNCTION_LABEL, is_current, name_of, pod_facts, proxy_of, start_events

POLL_SECONDS = 2.0
CALL_SECONDS = 30.0
# OpenFaaS' gateway answers here without a login.
HEALTH = "/healthz"


@dataclass
class Findings:
    """What one look at the mesh gave."""

    checks: list[Check] = field(default_factory=list)
    pods: list[Object] = field(default_factory=list)
    reply: str | None = None
    source: str | None = None
    destination: str | None = None

    @property
    def failures(self) -> list[str]:
        """The details of the checks that failed."""
        return [check.detail for check in self.checks if not check.passed]

    def pod_facts(self) -> list[dict[str, Any]]:
        """The pods as a module returns them."""
        return [pod_facts(pod) for pod in self.pods]


@dataclass(frozen=True)
class Mesh:
    """OpenFaaS in a mesh, and the way in.

    :param ingress: sends requests to the ingress. :param url: of the ingress, for messages.
    :param function: a function that prints its environment; empty when there is none to ask for identities.
    :param strict: whether plain text has to be refused. :param asked: what is to be proved beside.
    """

    cluster: Cluster
    ingress: Transport
    url: str
    namespace: str
    functions_namespace: str
    function: str
    strict: bool
    asked: Asked | None = None

    def settled(self, clock: Clock, seconds: float) -> Findings:
        """What is found once all checks pass, or after ``seconds``: proxies take a while to learn of a change."""
        deadline = clock.now() + seconds
        while (findings := self.look()).failures and clock.now() < deadline:
            clock.sleep(POLL_SECONDS)
        return findings

    def look(self) -> Findings:
        """One look at everything."""
        findings = Findings()
        for namespace in (self.namespace, self.functions_namespace):
            pods = [pod for pod in self.cluster.items(f"/api/v1/namespaces/{namespace}/pods") if is_current(pod)]
            findings.pods += pods
            findings.checks += map(_sidecar, pods)
        if not any(pod["metadata"]["namespace"] == self.namespace for pod in findings.pods):
            findings.checks.append(Check("pods", False, f"There is no pod in namespace {self.namespace}."))
        # A pod that refuses plain text shows nothing unless OpenFaaS can be called the right way.
        if self._call(findings):
            findings.checks += self._plain_text(findings.pods) if self.strict else ()
            findings.checks += self._asked(findings.pods)
        return findings

    def functions(self, findings: Findings) -> list[dict[str, Any]]:
        """Each function's pods with containers, sidecar image, start events and, where it fails, the reason."""
        events = list(self.cluster.items(f"/api/v1/namespaces/{self.functions_namespace}/events"))
        return [
            {
                **pod_facts(pod),
                "pod": pod["metadata"]["name"],
                "name": _function(pod) or pod["metadata"]["name"],
                "events": start_events(pod, events),
                "reason": why_not_ready(pod) or None,
            }
            for pod in findings.pods
            if pod["metadata"]["namespace"] == self.functions_namespace
        ]

    def _call(self, findings: Findings) -> bool:
        """Whether the ingress answers; with a function to ask, its reply's identities are checked too."""
        path = f"/function/{self.function}" if self.function else HEALTH
        try:
            answer = self.ingress.send(
                "GET", path, {identities.HEADER: identities.FORGED, "Accept": "*/*"}, None, CALL_SECONDS
            )
        except MeshError as error:
            findings.checks.append(Check("ingress", False, str(error)))
            return False
        answered = answer.status == 200
        detail = f"GET {self.url}{path} was answered with HTTP {answer.status}."
        if not answered:
            said = answer.body.decode(errors="replace").strip()[:200]
            detail = f"{detail.rstrip('.')} and not 200: {said or 'no text'}."
        findings.checks.append(Check("ingress", answered, detail))
        if answered and self.function:
            findings.reply = answer.body.decode(errors="replace")
            self._identities(findings, findings.reply)
        return answered

    def _identities(self, findings: Findings, reply: str) -> None:
        header = identities.header_in(reply)
        element = identities.last_element(header) if header else {}
        findings.destination = element.get("By")
        findings.source = element.get("URI")
        reached = identities.service_account(findings.destination or "")
        caller = identities.service_account(findings.source or "")
        passed = (
            reached.startswith(f"{self.functions_namespace}/")
            and caller.startswith(f"{self.namespace}/")
            and "forged.invalid" not in f"{findings.destination}{findings.source}"
        )
        if passed:
            detail = f"Mutual TLS: {caller} called {reached}."
        elif not self.strict and not reached.startswith(f"{self.functions_namespace}/"):
            # What the last element says is about an earlier hop then.
            findings.destination = findings.source = None
            passed, detail = True, f"Function {self.function} was called in plain text: mutual TLS is not asked for."
        elif header is None:
            detail = (
                f"Function {self.function} was called without mutual TLS: its reply has no {identities.VARIABLE} "
                "(or it does not print its environment, then name one that does)."
            )
        else:
            detail = (
                f"Function {self.function} was not called by an identity of {self.namespace} over mutual TLS: the last "
                f"element of {identities.HEADER} says By={findings.destination}, URI={findings.source}."
            )
        findings.checks.append(Check("identities", passed, detail))

    def _asked(self, pods: list[Object]) -> Iterator[Check]:
        try:
            yield from self.asked.checks(pods, self.ingress) if self.asked else ()
        except MeshError as error:
            yield Check("asked for", False, str(error))

    def _plain_text(self, pods: list[Object]) -> Iterator[Check]:
        """One pod of each function, and one of the gateway, tried in plain text."""
        tried: set[str] = set()
        for pod in pods:
            function = _function(pod)
            is_gateway = (pod["metadata"].get("labels") or {}).get("app") == "gateway"
            key = f"{pod['metadata']['namespace']}/{function or 'gateway'}"
            if key in tried or not (function or is_gateway) or why_not_ready(pod):
                continue
            tried.add(key)
            yield _refusal(name_of(pod), answer_to_plain_text(self.cluster, pod))


def _refusal(pod: str, did: str | None) -> Check:
    name = f"plain text to {pod}"
    if did is None:
        return Check(name, True, f"Pod {pod} refuses plain text.")
    return Check(name, False, f"Pod {pod} was sent plain text and {did}: STRICT is not in force there.")


def _function(pod: Object) -> str:
    label: str = (pod["metadata"].get("labels") or {}).get(FUNCTION_LABEL, "")
    return label


def _sidecar(pod: Object) -> Check:
    name = f"sidecar of {name_of(pod)}"
    if proxy_of(pod) is None:
        remedy = "label its namespace for injection, then make the pod anew"
        return Check(name, False, f"Pod {name_of(pod)} has no sidecar: {remedy}.")
    reason = why_not_ready(pod).rstrip(".")
    return Check(name, not reason, f"Pod {reason or f'{name_of(pod)} has its sidecar and is ready'}.")
