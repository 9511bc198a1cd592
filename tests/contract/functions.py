"""The functions that a test deploys."""

from __future__ import annotations

import uuid
from typing import Any

from tests.contract.client import Client, Reply, eventually

IMAGE = "ghcr.io/openfaas/alpine:latest"
CORES_OF_NO_NODE = "1000"


class Functions:
    """Deploys functions with names of their own, and removes them in the end."""

    def __init__(self, gateway: Client) -> None:
        self._gateway = gateway
        self._made: list[str] = []

    def name(self) -> str:
        """A name that is free."""
        name = f"contract-{uuid.uuid4().hex[:8]}"
        self._made.append(name)
        return name

    def document(self, name: str, **fields: Any) -> dict[str, Any]:
        """A deployment that prints its environment."""
        return {"service": name, "image": IMAGE, "envProcess": "env", **fields}

    def deploy(self, *, ready: bool = True, **fields: Any) -> str:
        """A function that is deployed and, unless told otherwise, answers."""
        name = self.name()
        reply = self._gateway.call("POST", "/system/functions", self.document(name, **fields))
        assert (reply.status, reply.text) == (202, "")
        self.listed(name)
        if ready:
            self.ready(name)
        return name

    def pending(self, **fields: Any) -> str:
        """A deployed function that no node can run, and that costs a cluster next to nothing."""
        return self.deploy(ready=False, requests={"cpu": CORES_OF_NO_NODE}, **fields)

    def status(self, name: str) -> dict[str, Any] | None:
        """Its status, None where there is none."""
        reply = self._gateway.call("GET", f"/system/function/{name}")
        assert reply.status in (200, 404)
        found: dict[str, Any] | None = reply.json if reply.status == 200 else None
        return found

    def listed(self, name: str) -> dict[str, Any]:
        """Its status, waited for."""
        found: dict[str, Any] = eventually(lambda: self.status(name), f"function {name} has a status")
        return found

    def ready(self, name: str) -> None:
        """Wait until it answers."""

        def answers() -> bool:
            available = self.listed(name).get("availableReplicas", 0) > 0
            return bool(available and self._gateway.call("GET", f"/function/{name}").status == 200)

        eventually(answers, f"function {name} answers")

    def replace(self, name: str, **fields: Any) -> None:
        """Replace one that nothing is wrong with.

        A PUT that meets a change of the cluster's own (a conflict) is an empty 200 as any other failure, so it is
        sent until it is taken.
        """
        eventually(lambda: self.put(name, **fields).status == 202, f"function {name} is replaced")

    def put(self, name: str, **fields: Any) -> Reply:
        """Try to replace one."""
        return self._gateway.call("PUT", "/system/functions", self.document(name, **fields))

    def delete(self, name: str) -> Reply:
        """Delete one."""
        return self._gateway.call("DELETE", "/system/functions", {"functionName": name})

    def clean(self) -> None:
        """Delete all that were made, and wait until they are gone."""
        for name in self._made:
            assert self.delete(name).status in (202, 404)
        for name in self._made:
            self.gone(name)

    def gone(self, name: str) -> None:
        """Wait until it is deleted."""
        eventually(lambda: self.status(name) is None, f"function {name} is gone")
