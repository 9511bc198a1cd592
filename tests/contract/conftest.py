"""The gateway under contract: a real one given by option or variable, else the stand-in in memory.

    pytest tests/contract --gateway URL [--gateway-user USER] [--gateway-password-file FILE]

OPENFAAS_URL, OPENFAAS_USER and OPENFAAS_PASSWORD do the same; the password never stands on a command line.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.client import Client
from tests.contract.functions import Functions
from tests.gateway.testing import GatewayHandle, running_gateway


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that name a real gateway."""
    group = parser.getgroup("contract")
    group.addoption("--gateway", help="URL of the gateway under contract (OPENFAAS_URL)")
    group.addoption("--gateway-user", help="its user (OPENFAAS_USER, admin)")
    group.addoption("--gateway-password-file", help="a file with its password (OPENFAAS_PASSWORD)")
    group.addoption("--callback-host", help="an address of this machine that the gateway's queue worker can reach")


def pytest_configure(config: pytest.Config) -> None:
    """The marker of tests that bring the stand-in into a state of which a real gateway cannot be asked."""
    config.addinivalue_line("markers", "stand_in: needs the stand-in's own controls; skipped against a real gateway")


@pytest.fixture(scope="session")
def given_url(pytestconfig: pytest.Config) -> str:
    """The URL of a real gateway, empty for the stand-in."""
    return str(pytestconfig.getoption("--gateway", default=None) or os.environ.get("OPENFAAS_URL", ""))


@pytest.fixture
def stand_in(given_url: str) -> Iterator[GatewayHandle | None]:
    """The stand-in, fresh for each test; None where a real gateway is given."""
    if given_url:
        yield None
        return
    with running_gateway() as handle:
        yield handle


@pytest.fixture
def controls(stand_in: GatewayHandle | None) -> GatewayHandle:
    """The stand-in's controls, for the tests that are marked so."""
    if stand_in is None:
        pytest.skip("a real gateway cannot be brought into this state from outside")
    return stand_in


@pytest.fixture
def gateway(stand_in: GatewayHandle | None, given_url: str, pytestconfig: pytest.Config) -> Client:
    """A client of the gateway under contract."""
    if stand_in is not None:
        return Client(stand_in.url, stand_in.user, stand_in.password)
    user = pytestconfig.getoption("--gateway-user") or os.environ.get("OPENFAAS_USER", "admin")
    file = pytestconfig.getoption("--gateway-password-file")
    password = Path(file).read_text().strip() if file else os.environ["OPENFAAS_PASSWORD"]
    return Client(given_url, user, password)


@pytest.fixture
def functions(gateway: Client) -> Iterator[Functions]:
    """Functions that the test makes."""
    made = Functions(gateway)
    yield made
    made.clean()


@pytest.fixture
def secret(gateway: Client) -> Iterator[str]:
    """A name for a secret, which is gone afterwards."""
    name = f"contract-{uuid.uuid4().hex[:8]}"
    yield name
    assert gateway.call("DELETE", "/system/secrets", {"name": name}).status in (202, 404)
