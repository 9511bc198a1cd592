"""The example inventory of thirty functions, on the lab's gateway with its limit lifted."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cluster.site import Site
from tests.contract.client import Client
from tests.stages.workspace import CHECKOUT

MANY = ("-i", str(CHECKOUT / "inventories" / "functions" / "hosts.yml"))


@pytest.fixture
def many(site: Site) -> Iterator[Site]:
    """The site, from which the thirty functions and their secrets are removed in the end."""
    site.converge()
    yield site
    done = site.role("functions", "teardown", *MANY)
    assert done.code == 0, done.output
    assert functions(site) == {"echo"}
    secrets = json.loads(site.kubectl("get", "secrets", "-n", "openfaas-fn", "-o", "json"))["items"]
    assert not {item["metadata"]["name"] for item in secrets} & {"api-key", "sorting-key", "salt"}


def functions(site: Site) -> set[str]:
    """The names of the functions' Deployments that are not on their way out."""
    found = json.loads(site.kubectl("get", "deployments", "-n", "openfaas-fn", "-o", "json"))["items"]
    return {item["metadata"]["name"] for item in found if "deletionTimestamp" not in item["metadata"]}


def test_thirty_functions_come_as_foretold_and_rest(many: Site) -> None:
    """Functions of a list, of a stack file and of the store, with secrets; a second run changes nothing."""
    foretold = many.run("site.yml", "--check", *MANY)
    first = many.run("site.yml", *MANY)
    assert first.functions == foretold.functions
    # Two of the lab's own three are among the thirty; the third belongs to nobody here, and stays.
    expected = {"nodeinfo": "updated", "env": "updated"}
    assert first.functions == {name: expected.get(name, "created") for name in functions(many) - {"echo"}}
    assert len(first.functions) == 30

    caller = Client(many.ingress, "admin", many.password)
    assert caller.call("POST", "/function/upper-case", body=b"loud", authorization=None).text.strip() == "LOUD"
    assert "api-key" in caller.call("POST", "/function/salted", body=b"", authorization=None).text.split()

    second = many.run("site.yml", *MANY)
    assert [name for name, changed in second.executed if changed] == []
    assert second.writes == []
    assert set(second.functions.values()) == {"unchanged"}
