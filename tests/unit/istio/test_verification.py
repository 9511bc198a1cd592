"""What is found in a mesh that works, and in one that does not."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError, PassingFault
from ansible_collections.faas.mesh.plugins.module_utils._istio import identities
from ansible_collections.faas.mesh.plugins.module_utils._istio.verification import Findings, Mesh

from .edges import StillClock, Table, cluster, listed

SYSTEM = "/api/v1/namespaces/openfaas/pods"
FUNCTIONS = "/api/v1/namespaces/openfaas-fn/pods"
EVENTS = "/api/v1/namespaces/openfaas-fn/events"
GATEWAY_PROXY = f"{SYSTEM}/gateway-1:8080/proxy/"
ENV_PROXY = f"{FUNCTIONS}/env-1:8080/proxy/"
CUT = (503, {"message": "error trying to reach service: read: connection reset by peer"})
REPLY = (
    "HOSTNAME=env-1\nHttp_X_Forwarded_Client_Cert=By=spiffe://td/ns/openfaas/sa/c;URI=spiffe://td/ns/istio-system/sa/i,"
    "By=spiffe://td/ns/openfaas-fn/sa/default;URI=spiffe://td/ns/openfaas/sa/openfaas-controller\n"
)


def pod(namespace: str, name: str, labels: dict[str, str], *, native: bool = True, **status: Any) -> dict[str, Any]:
    """A ready pod with a sidecar."""
    proxy = {"name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.31.1"}
    own = {"name": "main", "image": "example/main:1"}
    init: list[dict[str, Any]] = [{"name": "istio-init", "image": "docker.io/istio/proxyv2:1.31.1"}]
    spec = (
        {"initContainers": [*init, {**proxy, "restartPolicy": "Always"}], "containers": [own]}
        if native
        else {"initContainers": init, "containers": [own, proxy]}
    )
    ready = [{"name": each, "ready": True} for each in ("istio-proxy", "main")]
    return {
        "metadata": {"namespace": namespace, "name": name, "uid": f"uid-of-{name}", "labels": labels},
        "spec": spec,
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": ready,
            **status,
        },
    }


def answers(**more: Any) -> dict[str, Any]:
    """A cluster in which all is well."""
    return {
        SYSTEM: listed(pod("openfaas", "gateway-1", {"app": "gateway"})),
        FUNCTIONS: listed(pod("openfaas-fn", "env-1", {"faas_function": "env"}, native=False)),
        EVENTS: listed(),
        GATEWAY_PROXY: CUT,
        ENV_PROXY: CUT,
        **more,
    }


def mesh(
    kube: dict[str, Any] | None = None, reply: Any = REPLY, *, function: str = "env", strict: bool = True
) -> tuple[Mesh, Table]:
    """A mesh, and the transport to its ingress."""
    ingress = Table({"/function/env": reply, "/healthz": "OK"})
    made = cluster(answers() if kube is None else kube)
    return Mesh(made, ingress, "http://ingress.test", "openfaas", "openfaas-fn", function, strict), ingress


def look(*args: Any, **options: Any) -> Findings:
    """One look at such a mesh."""
    return mesh(*args, **options)[0].look()


def test_a_mesh_that_works() -> None:
    whole, ingress = mesh()
    findings = whole.look()
    assert findings.failures == []
    assert [check.name for check in findings.checks] == [
        "sidecar of openfaas/gateway-1",
        "sidecar of openfaas-fn/env-1",
        "ingress",
        "identities",
        "plain text to openfaas/gateway-1",
        "plain text to openfaas-fn/env-1",
    ]
    assert findings.source == "spiffe://td/ns/openfaas/sa/openfaas-controller"
    assert findings.destination == "spiffe://td/ns/openfaas-fn/sa/default"
    assert findings.reply == REPLY
    assert ingress.headers[identities.HEADER] == identities.FORGED


def test_without_a_function_the_gateways_health_is_asked_for() -> None:
    whole, ingress = mesh(function="")
    findings = whole.look()
    assert findings.failures == []
    assert ingress.asked == ["GET /healthz"]
    assert "identities" not in [check.name for check in findings.checks]


def test_a_pod_without_a_sidecar_is_named() -> None:
    bare = pod("openfaas-fn", "env-1", {"faas_function": "env"})
    bare["spec"] = {"containers": bare["spec"]["containers"]}
    failures = look(answers(**{FUNCTIONS: listed(bare)})).failures
    assert failures == [
        "Pod openfaas-fn/env-1 has no sidecar: label its namespace for injection, then make the pod anew."
    ]


def test_a_pod_that_fails_gives_its_reason_and_is_not_sent_plain_text() -> None:
    waiting = {"reason": "ImagePullBackOff", "message": "example/main:1: manifest unknown"}
    failing = pod(
        "openfaas-fn",
        "env-1",
        {"faas_function": "env"},
        conditions=[{"type": "Ready", "status": "False"}],
        containerStatuses=[{"name": "main", "image": "example/main:1", "state": {"waiting": waiting}}],
    )
    whole, _ingress = mesh(answers(**{FUNCTIONS: listed(failing)}))
    findings = whole.look()
    assert findings.failures == ["Pod openfaas-fn/env-1: ImagePullBackOff: example/main:1: manifest unknown."]
    assert "plain text to openfaas-fn/env-1" not in [check.name for check in findings.checks]
    (env,) = whole.functions(findings)
    assert env["reason"] == "openfaas-fn/env-1: ImagePullBackOff: example/main:1: manifest unknown"


def test_pods_that_go_or_are_done_do_not_count() -> None:
    going = pod("openfaas", "gateway-0", {"app": "gateway"})
    going["metadata"]["deletionTimestamp"] = "2026-11-22T10:00:00Z"
    done = pod("openfaas", "job-1", {}, phase="Succeeded")
    running = pod("openfaas", "gateway-1", {"app": "gateway"})
    findings = look(answers(**{SYSTEM: listed(going, done, running)}))
    assert [each["name"] for each in findings.pod_facts()] == ["gateway-1", "env-1"]


def test_an_empty_namespace_is_no_openfaas() -> None:
    assert look(answers(**{SYSTEM: listed()})).failures == ["There is no pod in namespace openfaas."]


@pytest.mark.parametrize(
    ("answer", "did"),
    [
        ("hello", "it answered"),
        ((404, "no such page"), "it answered with HTTP 404"),
        ((503, "upstream said 503"), "it answered: upstream said 503"),
        ((503, {"message": "error trying to reach service: dial tcp: connection refused"}), "it could not be reached"),
    ],
)
def test_only_a_cut_connection_is_a_refusal(answer: Any, did: str) -> None:
    failures = look(answers(**{ENV_PROXY: answer})).failures
    assert len(failures) == 1
    assert f"Pod openfaas-fn/env-1 was sent plain text and {did}" in failures[0]


def test_without_strict_nobody_is_sent_plain_text() -> None:
    assert look(answers(**{ENV_PROXY: "hello", GATEWAY_PROXY: "hello"}), strict=False).failures == []


def test_without_strict_a_function_may_be_called_in_plain_text() -> None:
    # What the function sees then is the header of the hop before it, from the ingress to the gateway.
    earlier_hop = "Http_X_Forwarded_Client_Cert=By=spiffe://td/ns/openfaas/sa/c;URI=spiffe://td/ns/istio-system/sa/i\n"
    findings = look(None, earlier_hop, strict=False)
    assert findings.failures == []
    assert (findings.source, findings.destination) == (None, None)
    assert "plain text" in next(check.detail for check in findings.checks if check.name == "identities")


def test_a_missing_right_is_no_refusal() -> None:
    forbidden = (403, {"message": 'pods "env-1" is forbidden: User "u" cannot get resource "pods/proxy"'})
    with pytest.raises(MeshError, match="cannot get resource"):
        look(answers(**{ENV_PROXY: forbidden}))


def test_an_api_server_that_goes_away_is_no_answer_of_a_pod() -> None:
    gone = PassingFault("https://cluster.test cannot be reached: Connection refused.")
    with pytest.raises(PassingFault, match="cannot be reached"):
        look(answers(**{ENV_PROXY: gone}))


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (
            (503, "no healthy upstream"),
            "GET http://ingress.test/function/env was answered with HTTP 503 and not 200: no healthy upstream.",
        ),
        (PassingFault("No answer from http://ingress.test."), "No answer from http://ingress.test."),
    ],
)
def test_while_the_ingress_fails_nobody_is_sent_plain_text(reply: Any, failure: str) -> None:
    findings = look(None, reply)
    assert findings.failures == [failure]
    assert not [check.name for check in findings.checks if check.name.startswith("plain text")]


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("HOSTNAME=env-1\n", "was called without mutual TLS"),
        (f"Http_X_Forwarded_Client_Cert={identities.FORGED}\n", "was not called by an identity of openfaas"),
        (
            "Http_X_Forwarded_Client_Cert=By=spiffe://td/ns/openfaas-fn/sa/default;URI=spiffe://td/ns/other/sa/x\n",
            "URI=spiffe://td/ns/other/sa/x",
        ),
        (
            REPLY.replace("Cert=", "Cert=x,").rpartition(",")[0] + ",By=spiffe://td/ns/other/sa/y\n",
            "says By=spiffe://td/ns/other",
        ),
    ],
)
def test_wrong_identities_are_told(reply: str, told: str) -> None:
    failures = look(None, reply).failures
    assert len(failures) == 1
    assert told in failures[0]


def test_a_mesh_that_settles_is_waited_for() -> None:
    whole, ingress = mesh(None, (404, "no route yet"))

    class Route(StillClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            ingress.answers["/function/env"] = REPLY

    assert whole.settled(Route(), 60).failures == []
    assert len(ingress.asked) == 2


def test_a_mesh_that_does_not_settle_is_told_as_last_seen() -> None:
    whole, ingress = mesh(None, (404, "no route"))
    assert "HTTP 404" in whole.settled(StillClock(), 10).failures[0]
    assert len(ingress.asked) == 6


def test_a_function_is_described_with_its_start() -> None:
    def event(reason: str, time: str, uid: str = "uid-of-env-1", **more: Any) -> dict[str, Any]:
        source = {"component": "kubelet"}
        return {
            "metadata": {"creationTimestamp": time},
            "involvedObject": {"uid": uid},
            "type": "Normal",
            "reason": reason,
            "source": source,
            "message": f"{reason} it",
            **more,
        }

    events = [
        event("Started", "2026-11-22T10:00:03Z"),
        event("Scheduled", "2026-11-22T10:00:01Z", source={}, reportingComponent="default-scheduler"),
        event("Pulled", "2026-11-22T10:00:02Z", firstTimestamp="2026-11-22T10:00:02Z"),
        event("Started", "2026-11-22T10:00:02Z", uid="another"),
        event("Killing", "2026-11-22T10:00:09Z"),
    ]
    whole, _ingress = mesh(answers(**{EVENTS: listed(*events)}))
    (env,) = whole.functions(whole.look())
    assert env["name"] == "env"
    assert env["pod"] == "env-1"
    assert env["ready"] == "2/2"
    assert env["proxy_image"] == "docker.io/istio/proxyv2:1.31.1"
    assert [each["name"] for each in env["containers"]] == ["main", "istio-proxy"]
    assert [(each["reason"], each["from"]) for each in env["events"]] == [
        ("Scheduled", "default-scheduler"),
        ("Pulled", "kubelet"),
        ("Started", "kubelet"),
    ]
    assert env["reason"] is None
