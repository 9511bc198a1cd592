"""Deploying, replacing, listing, scaling and deleting functions."""

from __future__ import annotations

import http.client
from typing import Any

import pytest

from tests.contract.client import Client, eventually
from tests.contract.functions import Functions
from tests.gateway.testing import GatewayHandle

LIMIT = 15
PRIVATE_IMAGE = "registry.example.com/private/function:1"
REFUSED_LABELS = [
    {"com.openfaas.scale.zero": "true"},
    {"com.openfaas.scale.zero-duration": "5m"},
    {"com.openfaas.scale.target": "10"},
    {"com.openfaas.scale.type": "rps"},
    {"com.openfaas.scale.min": "6"},
    {"com.openfaas.scale.max": "6"},
]


def _listed(gateway: Client) -> dict[str, dict[str, Any]]:
    reply = gateway.call("GET", "/system/functions")
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    return {function["name"]: function for function in reply.json}


def test_list_shows_a_function_as_its_status_does(gateway: Client, functions: Functions) -> None:
    name = functions.pending()
    assert _listed(gateway)[name] == functions.listed(name)


def test_list_of_another_namespace_is_refused(gateway: Client) -> None:
    assert gateway.call("GET", "/system/functions?namespace=elsewhere").status == 400
    assert gateway.call("GET", "/system/functions?namespace=openfaas-fn").status == 200


def test_status_of_no_function_is_404_without_a_body(gateway: Client) -> None:
    reply = gateway.call("GET", "/system/function/contract-none")
    assert (reply.status, reply.body) == (404, b"")


def test_status_may_be_asked_for_as_faas_cli_does(gateway: Client, functions: Functions) -> None:
    name = functions.pending()
    for query in ("usage=1", "namespace=openfaas-fn"):
        assert gateway.call("GET", f"/system/function/{name}?{query}").json["name"] == name


def test_status_has_quantities_in_one_spelling_and_secrets_in_order(
    gateway: Client, functions: Functions, secret: str
) -> None:
    first, second = sorted((secret, f"{secret}-a"))
    for name in (first, second):
        assert gateway.call("POST", "/system/secrets", {"name": name, "value": "x"}).status == 202
    try:
        name = functions.pending(secrets=[second, first], limits={"memory": "0.5Gi", "cpu": "1000.1"})
        status = functions.listed(name)
    finally:
        assert gateway.call("DELETE", "/system/secrets", {"name": f"{secret}-a"}).status == 202
    assert status["secrets"] == [first, second]
    assert status["limits"] == {"memory": "512Mi", "cpu": "1000100m"}


def test_the_document_that_faas_cli_sends_is_taken(gateway: Client, functions: Functions, secret: str) -> None:
    assert gateway.call("POST", "/system/secrets", {"name": secret, "value": "x"}).status == 202
    sent = {
        "envVars": {"A": "1"},
        "constraints": ["kubernetes.io/arch = amd64"],
        "secrets": [secret],
        "labels": {"l": "v"},
        "annotations": {"a": "b"},
        "limits": {"memory": "64Mi", "cpu": "100m"},
        "readOnlyRootFilesystem": True,
    }
    name = functions.name()
    assert functions.put(name, **sent).status == 404
    assert gateway.call("POST", "/system/functions", functions.document(name, **sent)).status == 202
    assert functions.listed(name)["limits"] == sent["limits"]


def test_status_says_what_was_deployed_and_not_the_rest(gateway: Client, functions: Functions, secret: str) -> None:
    assert gateway.call("POST", "/system/secrets", {"name": secret, "value": "x"}).status == 202
    name = functions.pending(
        namespace="openfaas-fn",
        envVars={"COLOUR": "green"},
        constraints=["kubernetes.io/arch=amd64"],
        secrets=[secret],
        labels={"team": "blue"},
        annotations={"note": "as it is, verbatim"},
        limits={"memory": "1024Mi", "cpu": "2000"},
        readOnlyRootFilesystem=True,
    )
    status = functions.listed(name)
    assert status["name"] == name
    assert status["namespace"] == "openfaas-fn"
    assert status["image"] == "ghcr.io/openfaas/alpine:latest"
    assert status["envProcess"] == "env"
    assert status["secrets"] == [secret]
    assert status["labels"] == {"faas_function": name, "team": "blue"}
    assert status["annotations"] == {"note": "as it is, verbatim", "prometheus.io.scrape": "false"}
    assert status["limits"] == {"memory": "1Gi", "cpu": "2k"}
    assert status["requests"] == {"memory": "0", "cpu": "1k"}
    assert status["replicas"] == 1
    assert status["createdAt"].endswith("Z")
    assert not {"service", "envVars", "constraints", "readOnlyRootFilesystem"} & set(status)


def test_status_leaves_out_what_is_empty_or_zero(functions: Functions) -> None:
    status = functions.listed(functions.pending())
    assert not {"availableReplicas", "invocationCount", "secrets", "limits"} & set(status)


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    "change",
    [
        {"service": "Upper"},
        {"service": "with.dot"},
        {"service": "-dash"},
        {"service": ""},
        {"image": ""},
        {"namespace": "elsewhere"},
        {"envVars": {"COUNT": 1}},
        {"secrets": ["contract-no-such-secret"]},
        *({"labels": labels} for labels in REFUSED_LABELS),
    ],
    ids=str,
)
def test_what_is_not_valid_is_refused(
    gateway: Client, functions: Functions, method: str, change: dict[str, Any]
) -> None:
    name = functions.pending() if method == "PUT" else functions.name()
    before = functions.status(name)
    reply = gateway.call(method, "/system/functions", functions.document(name, **change))
    assert reply.status == 400
    assert reply.text.strip()
    assert functions.status(name) == before


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_is_not_json_is_refused(gateway: Client, method: str) -> None:
    assert gateway.call(method, "/system/functions", body=b"service: env").status == 400


@pytest.mark.parametrize("change", [{"image": PRIVATE_IMAGE}, {"limits": {"memory": "much"}}], ids=str)
def test_post_refuses_private_images_and_bad_quantities(
    gateway: Client, functions: Functions, change: dict[str, Any]
) -> None:
    name = functions.name()
    reply = gateway.call("POST", "/system/functions", functions.document(name, **change))
    assert (reply.status, bool(reply.text.strip())) == (400, True)
    assert functions.status(name) is None


@pytest.mark.parametrize("change", [{"image": PRIVATE_IMAGE}, {"limits": {"memory": "much"}}], ids=str)
def test_put_says_200_to_them_and_changes_nothing(functions: Functions, change: dict[str, Any]) -> None:
    name = functions.pending()
    before = functions.listed(name)
    reply = functions.put(name, **change)
    assert (reply.status, reply.body) == (200, b"")
    assert functions.listed(name) == before


@pytest.mark.stand_in
def test_put_that_fails_in_the_cluster_says_200_and_changes_nothing(
    functions: Functions, controls: GatewayHandle
) -> None:
    name = functions.pending()
    controls.functions.failing_replacements = 1
    before = functions.listed(name)
    reply = functions.put(name, envProcess="cat")
    assert (reply.status, reply.body) == (200, b"")
    assert functions.listed(name) == before
    functions.replace(name, envProcess="cat")


def test_post_of_one_that_exists_is_500(gateway: Client, functions: Functions) -> None:
    name = functions.pending()
    reply = gateway.call("POST", "/system/functions", functions.document(name))
    assert reply.status == 500
    assert "already exists" in reply.text


def test_put_of_none_is_404(functions: Functions) -> None:
    assert functions.put(functions.name()).status == 404


def test_put_replaces_the_whole_function(functions: Functions) -> None:
    name = functions.pending(labels={"team": "blue"}, annotations={"note": "old"}, limits={"cpu": "2000"})
    created = functions.listed(name)["createdAt"]
    functions.replace(name, envProcess="cat", annotations={"other": "new"})
    status = eventually(
        lambda: (found := functions.listed(name)).get("envProcess") == "cat" and found, "the change shows"
    )
    assert set(status["labels"]) == {"faas_function", "uid"}
    assert status["annotations"] == {"other": "new", "prometheus.io.scrape": "false"}
    assert not {"limits", "requests"} & set(status)
    assert status["createdAt"] == created


def test_every_put_stamps_a_new_uid(functions: Functions) -> None:
    name = functions.pending()
    uids: list[str | None] = [None]
    for _ in range(2):
        functions.replace(name, requests={"cpu": "1000"})
        eventually(lambda: functions.listed(name)["labels"].get("uid") not in uids, "a new uid shows")
        uids.append(functions.listed(name)["labels"]["uid"])
    assert len(set(uids)) == 3


def test_delete_is_202_and_404_for_none(gateway: Client, functions: Functions) -> None:
    name = functions.pending()
    assert functions.delete(name).status == 202
    functions.gone(name)
    assert functions.delete(name).status == 404


def test_delete_wants_a_name_and_the_right_namespace(gateway: Client, functions: Functions) -> None:
    name = functions.pending()
    assert gateway.call("DELETE", "/system/functions", {}).status == 400
    reply = gateway.call("DELETE", "/system/functions?namespace=elsewhere", {"functionName": name})
    assert reply.status == 400
    assert functions.status(name) is not None


@pytest.mark.stand_in
def test_delete_of_what_is_no_function_is_400(functions: Functions, controls: GatewayHandle) -> None:
    controls.functions.foreign.add("database")
    assert functions.delete("database").status == 400


@pytest.mark.stand_in
def test_post_is_500_until_a_deletion_is_over(gateway: Client, functions: Functions, controls: GatewayHandle) -> None:
    controls.functions.ending_reads = 3
    name = functions.pending()
    assert functions.delete(name).status == 202
    reply = gateway.call("POST", "/system/functions", functions.document(name))
    assert (reply.status, "being deleted" in reply.text) == (500, True)
    functions.gone(name)
    assert gateway.call("POST", "/system/functions", functions.document(name)).status == 202


@pytest.mark.stand_in
def test_a_new_function_may_take_a_moment_to_show(
    gateway: Client, functions: Functions, controls: GatewayHandle
) -> None:
    controls.functions.unseen_reads = 1
    name = functions.name()
    assert gateway.call("POST", "/system/functions", functions.document(name)).status == 202
    assert [functions.status(name) is None for _ in range(2)] == [True, False]


def test_one_more_than_the_limit_is_refused(gateway: Client, functions: Functions) -> None:
    for _ in range(LIMIT - len(_listed(gateway))):
        name = functions.pending()
    eventually(lambda: len(_listed(gateway)) == LIMIT, "all functions show")
    reply = gateway.call("POST", "/system/functions", functions.document(functions.name()))
    assert (reply.status, f"maximum: {LIMIT}" in reply.text) == (400, True)
    again = gateway.call("POST", "/system/functions", functions.document(name))
    assert again.status == 400  # before anything looks whether it exists
    functions.replace(name, requests={"cpu": "1000"})


@pytest.mark.parametrize(("asked", "given"), [(3, 3), (9, 5), (0, 1)])
def test_scaling_is_clamped(gateway: Client, functions: Functions, asked: int, given: int) -> None:
    name = functions.pending()
    document = {"serviceName": name, "replicas": asked}
    path = f"/system/scale-function/{name}"
    # A conflict with the cluster's own changes is a 500, so the call is made until it is taken.
    eventually(lambda: gateway.call("POST", path, document).status == 202, "the new scale is taken")
    eventually(lambda: functions.listed(name)["replicas"] == given, f"{given} replicas are asked for")


def test_scaling_may_name_the_namespace(gateway: Client, functions: Functions) -> None:
    name = functions.pending()
    document = {"serviceName": name, "replicas": 2, "namespace": "openfaas-fn"}
    path = f"/system/scale-function/{name}"
    eventually(lambda: gateway.call("POST", f"{path}?namespace=openfaas-fn", document).status == 202, "it is taken")
    assert gateway.call("POST", f"{path}?namespace=elsewhere", document).status == 400


def test_scaling_of_none_is_500(gateway: Client) -> None:
    document = {"serviceName": "contract-none", "replicas": 2}
    assert gateway.call("POST", "/system/scale-function/contract-none", document).status == 500


def test_the_least_replicas_of_a_label_are_deployed(functions: Functions) -> None:
    name = functions.pending(labels={"com.openfaas.scale.min": "2"})
    assert functions.listed(name)["replicas"] == 2


def test_calls_are_counted(gateway: Client, functions: Functions) -> None:
    name = functions.deploy()
    before = _listed(gateway)[name].get("invocationCount", 0)
    for _ in range(3):
        assert gateway.call("GET", f"/function/{name}").status == 200
    eventually(lambda: _listed(gateway)[name].get("invocationCount", 0) >= before + 3, "three more calls are counted")


@pytest.mark.stand_in
def test_without_the_metrics_server_the_list_breaks_once_there_is_a_function(
    gateway: Client, functions: Functions, controls: GatewayHandle
) -> None:
    controls.prometheus.up = False
    assert _listed(gateway) == {}
    name = functions.pending()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        gateway.call("GET", "/system/functions")
    assert functions.listed(name)["name"] == name
    controls.prometheus.up = True
    assert list(_listed(gateway)) == [name]
