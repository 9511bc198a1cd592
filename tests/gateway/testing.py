"""A whole gateway in the test's own process, on a loopback port, over functions in memory or in a cluster."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from .backend import Backend
from .credentials import Credentials
from .deployment import MOST_REPLICAS
from .faults import Counters, Faults, Watched
from .gateway import Gateway
from .memory import MemoryBackend
from .message import Request, Response
from .metrics import Metrics
from .namespaces import Namespaces
from .provider import Provider
from .queue import MemoryQueue, Worker, post
from .server import Server

B = TypeVar("B", bound=Backend)


@dataclass
class MetricsServer:
    """Stands where Prometheus stands: `up` False makes it unreachable."""

    metrics: Metrics
    up: bool = True

    def counts(self) -> Mapping[str, float]:
        """Calls by NAME.NAMESPACE; raises OSError while it is down."""
        if not self.up:
            raise ConnectionRefusedError("the metrics server is down")
        return self.metrics.invocations()


@dataclass
class ProviderSwitch:
    """The way from the gateway to its provider: `up` False makes the provider unreachable (502)."""

    provider: Provider
    up: bool = True

    def __call__(self, request: Request) -> Response:
        if not self.up:
            raise ConnectionRefusedError("the provider is down")
        return self.provider(request)


@dataclass
class Running(Generic[B]):
    """A running gateway: where it is, and what a test may see and change while it runs.

    `functions` is the back end (in memory its attributes bend its behaviour, and `functions.records` says what it
    holds), `counters` and `faults` are the public port's; `prometheus.up` and `provider.up` take those parts down; the
    limit of functions is `provider.provider.limit`.
    """

    url: str
    user: str
    password: str
    functions: B
    counters: Counters
    faults: Faults
    prometheus: MetricsServer
    provider: ProviderSwitch
    metrics: Metrics
    server: Server
    queue: MemoryQueue | None
    namespaces: Namespaces | None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def lift_limit(self) -> None:
        """Take any number of functions from now on, which the Community Edition does not."""
        self.provider.provider.limit = None

    def close(self) -> None:
        """Stop serving; a client's open connections are cut."""
        self.server.close()
        if self.queue is not None:
            self.queue.close()


GatewayHandle = Running[MemoryBackend]
"""A gateway with functions in memory."""


def running_gateway(
    *,
    user: str = "admin",
    password: str = "not-a-real-password",
    namespace: str = "openfaas-fn",
    function_limit: int | None = 15,
    private_images: tuple[str, ...] = ("registry.example.com/private/",),
    latency: float = 0.0,
    asynchronous: bool = True,
    pro: bool = False,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> GatewayHandle:
    """Start a gateway with functions in memory, for a `with` block at whose end it is gone.

    `function_limit` None lifts the limit, `latency` is seconds a request, `asynchronous` False leaves out the queue
    (and with it /async-function), `pro` has the further namespaces and the free scaling of OpenFaaS Pro, `tls` is a
    server context for HTTPS, `port` 0 takes any free one.
    """
    return gateway_over(
        MemoryBackend(namespace),
        credentials=Credentials(user, password),
        function_limit=function_limit,
        private_images=private_images,
        latency=latency,
        asynchronous=asynchronous,
        pro=pro,
        host=host,
        port=port,
        tls=tls,
    )


def gateway_over(
    backend: B,
    *,
    credentials: Credentials,
    function_limit: int | None = 15,
    private_images: tuple[str, ...] = (),
    latency: float = 0.0,
    asynchronous: bool = True,
    pro: bool = False,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> Running[B]:
    """Start a gateway with the functions of any back end; the rest is as with `running_gateway`."""
    namespaces = Namespaces(backend.namespace) if pro else None
    metrics = Metrics()
    prometheus = MetricsServer(metrics)
    provider = ProviderSwitch(
        Provider(
            backend,
            limit=function_limit,
            private_images=private_images,
            credentials=credentials,
            namespaces=namespaces,
        )
    )
    queue = MemoryQueue(lambda message: worker.handle(message)) if asynchronous else None
    gateway = Gateway(
        provider,
        credentials=credentials,
        metrics=metrics,
        counts=prometheus.counts,
        queue=queue,
        namespace=backend.namespace,
        most_replicas=None if pro else MOST_REPLICAS,
    )
    worker = Worker(gateway, post)
    counters, faults = Counters(), Faults(latency)
    server = Server(Watched(gateway, counters, faults), host, port, tls).start()
    return Running(
        url=server.url,
        user=credentials.user,
        password=credentials.password,
        functions=backend,
        counters=counters,
        faults=faults,
        prometheus=prometheus,
        provider=provider,
        metrics=metrics,
        server=server,
        queue=queue,
        namespaces=namespaces,
    )
