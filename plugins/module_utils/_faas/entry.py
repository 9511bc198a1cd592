# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logging in to a gateway and out again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .._errors import MeshError, PassingFault
from .._retry import Clock
from .address import Address
from .credentials import Credentials
from .gateway import Gateway
from .login import Login, LoginFile
from .session import Module, address_of, connected, login_file, of_secret


def log_in(module: Module, clock: Clock) -> dict[str, Any]:
    """Show the gateway the login that the options of the module faas_login give, and keep it; the module's result.

    :raises MeshError: the login cannot be had, the gateway does not take it, or the file cannot be written.
    """
    file = login_file()
    address = address_of(module)
    proof = _proof(module, clock)
    if address is None or proof is None:
        return {
            "changed": True,
            "gateway": address.key if address else None,
            "user": None,
            "config_path": str(file.path),
        }
    with connected(module, address, proof, clock) as gateway:
        _verify(gateway, module)
    before = file.find(address.key)
    changed = file.store(address.key, proof.login, check=module.check_mode)
    return _result(file, address, changed, before, proof.login)


def log_out(module: Module) -> dict[str, Any]:
    """Remove the gateway's login from the file; the module's result.

    :raises MeshError: the file cannot be understood or written.
    """
    file = login_file()
    address = address_of(module)
    if address is None:
        return {"changed": False, "gateway": None, "user": None, "config_path": str(file.path)}
    before = file.find(address.key)
    changed = file.store(address.key, None, check=module.check_mode)
    return _result(file, address, changed, before, None)


def _proof(module: Module, clock: Clock) -> Credentials | None:
    """The login that the options give; None in check mode where its Secret is not there yet."""
    params = module.params
    if params["token"]:
        return Credentials(Login("oauth2", params["token"]), "the option token")
    if params["password_file"]:
        path = Path(params["password_file"])
        try:
            password = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            said = getattr(error, "strerror", None) or "it is no UTF-8 text"
            raise MeshError(f"The password file {path} cannot be read ({said}).") from error
        if not password:
            raise MeshError(f"The password file {path} is empty.")
        return Credentials.basic(params["user"], password, f"the file {path}")
    if params["password_secret"]:
        return of_secret(module, clock)
    if not params["password"]:
        raise MeshError("The password is empty: give one, or name the cluster's Secret in password_secret.")
    return Credentials.basic(params["user"], params["password"], "the option password")


def _verify(gateway: Gateway, module: Module) -> None:
    """Ask for something that only a known user gets, first what faas-cli asks for."""
    try:
        gateway.functions(None)
    except PassingFault as fault:
        gateway.info()
        module.warn(f"The login works, but the gateway does not list its functions now: {fault}")


def _result(
    file: LoginFile, address: Address, changed: bool, before: Login | None, after: Login | None
) -> dict[str, Any]:
    same = before == after
    return {
        "changed": changed,
        "gateway": address.key,
        "user": Credentials(after, "").user if after else None,
        "config_path": str(file.path),
        "diff": {
            "before_header": str(file.path),
            "after_header": str(file.path),
            "before": _shown(address, before, "(not shown)" if same or not after else "(another one, not shown)"),
            "after": _shown(address, after, "(not shown)"),
        },
    }


def _shown(address: Address, login: Login | None, secret: str) -> dict[str, str | None] | str:
    if login is None:
        return ""
    return {"gateway": address.key, "auth": login.auth, "user": Credentials(login, "").user, "token": secret}
