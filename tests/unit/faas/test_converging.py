"""For any functions there are and are asked for: one run gets there, check mode foretold it, and a second rests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.faas.mesh.plugins.module_utils._faas import plan
from ansible_collections.faas.mesh.plugins.module_utils._faas.address import Address
from ansible_collections.faas.mesh.plugins.module_utils._faas.converge import Options, converge
from ansible_collections.faas.mesh.plugins.module_utils._faas.credentials import Credentials
from ansible_collections.faas.mesh.plugins.module_utils._faas.function import Function, Key
from ansible_collections.faas.mesh.plugins.module_utils._faas.gateway import Gateway
from ansible_collections.faas.mesh.plugins.module_utils._faas.http import HttpTransport
from ansible_collections.faas.mesh.plugins.module_utils._faas.observe import observe_all
from ansible_collections.faas.mesh.plugins.module_utils._kube.quantity import canonical
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock
from tests.gateway.testing import GatewayHandle, running_gateway

WORD = st.sampled_from(["a", "b", "fprocess-like", "Ünïcode", "with = sign", ""])
TEXTS = st.dictionaries(st.sampled_from(["A", "B", "example.com/c"]), WORD, max_size=2)
# No request above its limit, which is refused before anything is asked.
LIMITS = st.fixed_dictionaries(
    {},
    optional={"memory": st.sampled_from(["1G", "1000M", "1Gi"]), "cpu": st.sampled_from(["0.5", "500m", ""])},
)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={"memory": st.sampled_from(["0", "64Mi", "65536Ki"]), "cpu": st.sampled_from(["0.1", "100m", ""])},
)
FUNCTION = st.fixed_dictionaries(
    {"image": st.sampled_from(["example.com/one:1", "example.com/one:2"])},
    optional={
        "fprocess": WORD,
        "env": TEXTS,
        "labels": TEXTS,
        "annotations": TEXTS,
        "secrets": st.lists(st.sampled_from(["s", "t"])),
        "limits": LIMITS,
        "requests": REQUESTS,
        "constraints": st.lists(st.sampled_from(["x = y", "z = w"])),
        "readonly_root_filesystem": st.booleans(),
    },
)
FUNCTIONS = st.dictionaries(st.sampled_from(["f", "g", "h"]), FUNCTION)


@contextmanager
def opened(handle: GatewayHandle) -> Iterator[Gateway]:
    address = Address.parse(handle.url)
    proof = Credentials.basic(handle.user, handle.password, "the test")
    with HttpTransport(address) as transport:
        yield Gateway(address, transport, proof, SystemClock())


def run(
    gateway: Gateway, wanted: dict[str, dict[str, Any]], check: bool, owner: str = "us", purge: bool = True
) -> dict[str, Any]:
    functions = [Function.of_options(Key.checked(name), options, owner) for name, options in wanted.items()]
    seen = observe_all(gateway, [function.key for function in functions], None)
    changes = plan.deployments(functions, seen.statuses) + (plan.purges(owner, seen.others) if purge else [])
    return converge(gateway, changes, Options(check, wait=None, connect=lambda: None, warn=lambda warning: None))


def quantities(given: dict[str, str]) -> dict[str, str]:
    """What a gateway gets of limits or requests: nothing of what is zero or empty."""
    found = {name: canonical(text, name) for name, text in given.items() if text}
    return {name: text for name, text in found.items() if text != "0"}


@given(ours=FUNCTIONS, theirs=FUNCTIONS, wanted=FUNCTIONS)
@settings(max_examples=40, deadline=None)
def test_one_run_gets_there_as_foretold_and_a_second_rests(
    ours: dict[str, dict[str, Any]], theirs: dict[str, dict[str, Any]], wanted: dict[str, dict[str, Any]]
) -> None:
    with running_gateway() as handle, opened(handle) as gateway:
        handle.functions.secret_values.update(s=b"1", t=b"2")
        run(gateway, ours, check=False)
        run(gateway, theirs, check=False, owner="them", purge=False)
        handle.counters.reset()
        foretold = run(gateway, wanted, check=True)
        assert handle.counters.writes == 0
        assert run(gateway, wanted, check=False) == foretold
        assert handle.counters.writes == sum(row["verb"] != "unchanged" for row in foretold["functions"])
        assert set(handle.functions.records) == {*wanted, *theirs}
        for name, options in wanted.items():
            held = handle.functions.records[name].deployment
            assert held.image == options["image"]
            assert held.env_process == options.get("fprocess", "")
            assert held.env_vars == options.get("env", {})
            assert options.get("annotations", {}).items() <= held.annotations.items()
            assert held.limits == quantities(options.get("limits", {}))
            assert held.requests == quantities(options.get("requests", {}))
            assert set(held.constraints) == set(options.get("constraints", ()))
            assert set(held.secrets) == set(options.get("secrets", ()))
            assert held.labels == {**options.get("labels", {}), "faas.mesh/owner": "us"}
            assert held.read_only_root_filesystem == options.get("readonly_root_filesystem", False)
        rest = run(gateway, wanted, check=False)
        assert rest["changed"] is False
        assert rest["diff"] == []
