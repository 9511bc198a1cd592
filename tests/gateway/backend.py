"""What a provider asks of the place where functions live, and the ways in which that can fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from .deployment import Deployment
from .message import Request, Response


class BackendError(Exception):
    """A back end could not do as asked; its text is what a client may read."""


class Unknown(BackendError):
    """No such function or secret."""


class SecretMissing(BackendError):
    """A deployment names a secret that is not there."""


class Exists(BackendError):
    """There is one of that name already, or still."""


class NotAFunction(BackendError):
    """Something of that name is there, but is no function."""


class NoEndpoints(BackendError):
    """The function has no pod that is ready."""


class Unreachable(BackendError):
    """The function's pod does not answer."""


@dataclass(frozen=True)
class LogQuery:
    """Which log lines are wanted: of one `instance` or all, the last `tail` (-1: all), later ones too with `follow`."""

    name: str
    instance: str = ""
    tail: int = -1
    follow: bool = False
    since: str = ""


class Backend(Protocol):
    """The functions and secrets of one namespace. Statuses have the keys of the gateway's FunctionStatus."""

    namespace: str

    def count(self) -> int:
        """How many functions there are."""

    def statuses(self) -> list[dict[str, Any]]:
        """The status of every function."""

    def status(self, name: str) -> dict[str, Any] | None:
        """The status of one function, None where there is none."""

    def exists(self, name: str) -> bool:
        """Whether there is such a function, looked up without the cache that statuses come from."""

    def check_secrets(self, names: tuple[str, ...]) -> None:
        """Raise SecretMissing unless all of them are there."""

    def create(self, deployment: Deployment) -> None:
        """Deploy a new function; raises Exists."""

    def replace(self, deployment: Deployment) -> None:
        """Deploy a function anew and restart its pods; raises Unknown, or anything else if it cannot."""

    def delete(self, name: str) -> None:
        """Begin to remove a function; raises Unknown, NotAFunction."""

    def scale(self, name: str, replicas: int) -> None:
        """Ask for so many replicas; raises Unknown."""

    def secrets(self) -> list[str]:
        """The names of the secrets made through the gateway."""

    def create_secret(self, name: str, value: bytes) -> None:
        """Keep a secret; raises Exists."""

    def replace_secret(self, name: str, value: bytes) -> None:
        """Change a secret; raises Unknown."""

    def delete_secret(self, name: str) -> None:
        """Drop a secret; raises Unknown."""

    def logs(self, query: LogQuery) -> Iterator[dict[str, str]]:
        """Log messages: `name`, `namespace`, `instance`, `timestamp`, `text`; raises NotImplementedError."""

    def call(self, name: str, request: Request) -> Response:
        """Let the function answer; raises Unknown, NoEndpoints, Unreachable."""
