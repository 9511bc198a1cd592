"""Calls on the site: later and measured under STRICT, and by name in the place of by address."""

from __future__ import annotations

import time
from queue import Queue
from typing import Any

from tests.cluster.site import Run, Site
from tests.contract.client import Client
from tests.gateway.message import Request, Response, empty
from tests.gateway.server import Server

PRO: dict[str, Any] = {"openfaas_edition": "pro", "openfaas_direct_functions": True}
BY_ADDRESS = {("DestinationRule", "function-pods"), ("ServiceEntry", "function-pods"), ("Sidecar", "gateway")}
CALLS = 100
SECONDS = 60.0


def environment(text: str) -> dict[str, str]:
    """The reply of a function that prints its environment."""
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def assert_identities(certificates: str) -> None:
    """Both identities in one element of the header that the function's sidecar wrote."""
    last = certificates.split(",")[-1]
    assert "By=spiffe://cluster.local/ns/openfaas-fn/sa/default" in last
    assert "URI=spiffe://cluster.local/ns/openfaas/sa/" in last


def assert_proven(run: Run) -> None:
    """The site's own proof: the two identities of the call, and nobody takes plain text."""
    proof = run.result("Prove that OpenFaaS answers inside the mesh")
    assert proof["source"].startswith("spiffe://cluster.local/ns/openfaas/")
    assert proof["destination"].startswith("spiffe://cluster.local/ns/openfaas-fn/")
    refused = {check["name"] for check in proof["checks"] if check["name"].startswith("plain text")}
    assert len(refused) == 4
    assert all(check["passed"] for check in proof["checks"])


def by_address(run: Run) -> dict[str, set[tuple[str, str]]]:
    """What a run did with the three objects for calls by address, by verb."""
    done: dict[str, set[tuple[str, str]]] = {}
    for entry in run.result("Have OpenFaaS with its place in the mesh")["objects"]:
        key = (entry["kind"], entry["name"])
        if key in BY_ADDRESS:
            done.setdefault(entry["verb"], set()).add(key)
    return done


def client(site: Site) -> Client:
    """OpenFaaS through the ingress, as its administrator."""
    return Client(site.ingress, "admin", site.password)


def calls_of(gateway: Client, function: str) -> float:
    """How many calls of a function were measured."""
    functions = gateway.call("GET", "/system/functions").json
    (found,) = [entry for entry in functions if entry["name"] == function]
    return float(found.get("invocationCount", 0))


def until_measured(gateway: Client, function: str, before: float) -> None:
    """Wait until more calls of a function were measured than ``before``."""
    deadline = time.monotonic() + SECONDS
    while calls_of(gateway, function) <= before:
        assert time.monotonic() < deadline, f"no call of {function} was measured"
        time.sleep(0.2)


def test_an_asynchronous_call_goes_through_the_mesh_and_is_measured(site: Site) -> None:
    """The queue worker's call reaches the function with both identities; the metrics' scraper sees it."""
    site.converge()
    gateway = client(site)
    before = calls_of(gateway, "env")
    reports: Queue[Request] = Queue()

    def take(request: Request) -> Response:
        reports.put(request)
        return empty(200)

    listener = Server(take, site.host).start()
    try:
        callback = f"http://{site.host}:{listener.server_address[1]}/report"
        reply = gateway.call(
            "POST", "/async-function/env", body=b"", headers={"X-Callback-Url": callback}, authorization=None
        )
        assert reply.status == 202
        report = reports.get(timeout=SECONDS)
    finally:
        listener.close()
    assert report.headers.get("X-Function-Status") == "200"
    assert_identities(environment(report.body.decode())["Http_X_Forwarded_Client_Cert"])
    until_measured(gateway, "env", before)


def test_calls_by_name_reach_every_replica_and_back_to_calls_by_address(site: Site) -> None:
    """OpenFaaS Pro's way goes without the three objects; the Community Edition's gets them back."""
    site.converge()
    pro = site.run(**PRO)
    assert by_address(pro) == {"deleted": BY_ADDRESS}
    assert_proven(pro)

    site.kubectl("scale", "deployment/env", "-n", "openfaas-fn", "--replicas=2")
    site.kubectl("rollout", "status", "deployment/env", "-n", "openfaas-fn", "--timeout=120s")
    gateway = client(site)
    replies = [gateway.call("GET", "/function/env", authorization=None) for _call in range(CALLS)]
    assert {reply.status for reply in replies} == {200}
    seen = [environment(reply.text) for reply in replies]
    assert len({call["HOSTNAME"] for call in seen}) == 2
    for call in seen:
        assert_identities(call["Http_X_Forwarded_Client_Cert"])
    site.kubectl("scale", "deployment/env", "-n", "openfaas-fn", "--replicas=1")

    community = site.run()
    assert by_address(community) == {"created": BY_ADDRESS}
    assert_proven(community)
    site.is_now("converged")
