# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a module's options to an open gateway."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any, Protocol

from .._errors import MeshError
from .._kube.argspec import is_given
from .._kube.connection import Cluster, connect
from .._retry import Clock
from . import credentials
from .address import Address
from .credentials import Credentials
from .gateway import Gateway
from .http import HttpTransport
from .login import LoginFile


class Module(Protocol):
    """What is used here of AnsibleModule."""

    params: dict[str, Any]
    check_mode: bool
    no_log_values: set[str]

    def warn(self, warning: str) -> None:
        """Show a warning to the user."""


def address_of(module: Module) -> Address | None:
    """The gateway's address, or None in check mode where none is known yet (it may be one that a real run finds out).

    :raises MeshError: it cannot be read, or is missing in a real run.
    """
    if str(module.params["gateway"] or "").strip():
        return Address.parse(module.params["gateway"])
    if not module.check_mode:
        raise MeshError("No gateway is given: set gateway to its URL, or the environment variable OPENFAAS_URL.")
    module.warn("The gateway has no address yet, so nothing was sent: told is what a run on a new gateway would do.")
    return None


def login_file() -> LoginFile:
    """The login file of whoever runs this module."""
    return LoginFile.of_user(os.environ)


@contextlib.contextmanager
def open_gateway(module: Module, clock: Clock) -> Iterator[Gateway | None]:
    """The gateway of a module's options, logged in; None in check mode where there is none yet, or no login.

    :raises MeshError: no address, no login, or a password that would go over the wire in plain text.
    """
    address = address_of(module)
    proof = _credentials(module, address, clock) if address else None
    if address is None or proof is None:
        yield None
        return
    with connected(module, address, proof, clock) as gateway:
        yield gateway


@contextlib.contextmanager
def connected(module: Module, address: Address, proof: Credentials, clock: Clock) -> Iterator[Gateway]:
    """A gateway to which ``proof`` is shown; no output of the module will show it."""
    module.no_log_values.update(secret for secret in proof.secrets if secret)
    params = module.params
    address.refuse_plain_text(params["allow_insecure"])
    with HttpTransport(address, verify=params["gateway_validate_certs"], ca_path=params["ca_path"]) as transport:
        yield Gateway(address, transport, proof, clock)


def cluster_of(module: Module, clock: Clock) -> Cluster | None:
    """The cluster that the options name, if they do. The ``kubernetes`` library is imported only then."""
    return connect(module.params, clock) if is_given(module.params) else None


def of_secret(module: Module, clock: Clock) -> Credentials | None:
    """What the cluster's Secret ``password_secret`` holds; None in check mode where it is not there yet.

    :raises MeshError: no cluster is given, it does not give the Secret out, or has none in a real run.
    """
    namespace, name = (module.params["password_secret"][part] for part in ("namespace", "name"))
    cluster = cluster_of(module, clock)
    if cluster is None:
        raise MeshError("password_secret needs a cluster: give kubeconfig, context or host.")
    proof = Credentials.of_secret(cluster, namespace, name)
    if proof is None:
        absent = f"There is no Secret {namespace}/{name} at {cluster.server}"
        if not module.check_mode:
            raise MeshError(f"{absent}: install OpenFaaS first, or give the password in another way.")
        module.warn(f"{absent} yet, so nothing was sent: told is what a run on a new gateway would do.")
    return proof


def _credentials(module: Module, address: Address, clock: Clock) -> Credentials | None:
    try:
        return credentials.find(module.params, address, login_file())
    except credentials.NoLogin as error:
        if module.params["password_secret"]:
            return of_secret(module, clock)
        if not module.check_mode:
            raise
        module.warn(f"{error} Nothing was sent: told is what a run on a new gateway would do.")
        return None
