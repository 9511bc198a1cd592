"""The stand-in's programs, one role each: `python3 -m gateway ROLE --help`."""

from __future__ import annotations

import argparse
import platform
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from .control import Control
from .credentials import Credentials
from .forward import Upstream
from .gateway import Gateway
from .kubeapi import ApiError, KubeApi
from .kubernetes import KubernetesBackend, by_pod_address, by_service_name
from .message import Request
from .metrics import Metrics
from .nats import NatsConnection, NatsQueue
from .provider import Provider
from .queue import MemoryQueue, Worker, post
from .scraper import Scraper, annotated_pods, counts_from, fetch
from .server import Server
from .testing import running_gateway
from .workload import PodSettings

_ANY = "0.0.0.0"
_GRACE = 20.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one role until SIGTERM or SIGINT; 1 with one sentence where it cannot start."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = options.run
    try:
        run(options)
    except (OSError, ApiError) as error:
        print(f"{options.role}: cannot start: {error}", file=sys.stderr)
        return 1
    return 0


def _gateway(options: argparse.Namespace) -> None:
    """The gateway; without its NATS server it does not start, as the real one."""
    metrics = Metrics()
    gateway = Gateway(
        Upstream(options.provider),
        logs=Upstream(options.provider, streamed=True, timeout=3600),
        credentials=_mounted(options),
        metrics=metrics,
        counts=counts_from(Upstream(options.prometheus, timeout=5, kept=False)),
        queue=NatsQueue(options.nats, options.subject) if options.nats else None,
        namespace=options.namespace,
        machine=platform.machine(),
    )
    _serve(Server(gateway, _ANY, options.port), Server(metrics, _ANY, options.metrics_port))


def _provider(options: argparse.Namespace) -> None:
    """The provider; without a way out (by default to the API server) it does not start, as the real one."""
    api = KubeApi.in_cluster()
    if options.egress:
        Upstream(options.egress, timeout=10, kept=False)(Request("GET", "/"))
    else:
        api.request("GET", "/version")
    direct = by_service_name(options.namespace, options.domain)
    backend = KubernetesBackend(
        api,
        options.namespace,
        direct if options.direct_functions else by_pod_address(api, options.namespace),
        PodSettings(options.image_pull_policy, options.http_probe, options.probe_period),
    )
    provider = Provider(
        backend,
        limit=options.function_limit or None,
        private_images=tuple(options.private_image),
        credentials=_mounted(options),
    )
    _serve(Server(provider, _ANY, options.port))


def _queue_worker(options: argparse.Namespace) -> None:
    """The queue worker: takes messages one after the other and makes their calls through the gateway."""
    calls = MemoryQueue(Worker(Upstream(options.gateway), post).handle)
    connection = NatsConnection(options.nats, name="queue-worker")
    connection.work(options.subject, options.group, calls.publish)
    _on_signal(connection.closed.set)
    connection.closed.wait()
    connection.close()
    calls.close()


def _metrics(options: argparse.Namespace) -> None:
    """The scraper in the place of Prometheus."""
    scraper = Scraper(annotated_pods(KubeApi.in_cluster(), tuple(options.namespace)), fetch)
    _serve(Server(scraper, _ANY, options.port))


def _memory(options: argparse.Namespace) -> None:
    """A whole gateway in this process, with its control on a second port."""
    handle = running_gateway(
        user=options.user,
        password=options.password_file.read_text().strip(),
        function_limit=options.function_limit or None,
        host=options.host,
        port=options.port,
    )
    control = Server(Control(handle), options.host, options.control_port)
    print(f"gateway {handle.url}, control {control.url}", flush=True)
    with handle:
        _serve(control)


def _mounted(options: argparse.Namespace) -> Credentials | None:
    return Credentials.mounted(options.secrets) if options.secrets else None


def _serve(*servers: Server) -> None:
    """Serve until told to end, then let what is under way end."""
    ended = threading.Event()
    _on_signal(ended.set)
    for server in servers:
        server.start()
    ended.wait()
    for server in servers:
        server.close(_GRACE)


def _on_signal(action: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: action())


def _address(text: str) -> tuple[str, int]:
    """HOST:PORT."""
    host, _, port = text.rpartition(":")
    return host, int(port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gateway", description="A stand-in for the OpenFaaS Community Edition.")
    roles = parser.add_subparsers(dest="role", required=True, metavar="ROLE")

    def role(name: str, run: Callable[[argparse.Namespace], None], port: int | None) -> argparse.ArgumentParser:
        added = roles.add_parser(name, help=run.__doc__, description=run.__doc__)
        added.set_defaults(run=run)
        if port is not None:
            added.add_argument("--port", type=int, default=port, help="default %(default)s")
        return added

    gateway = role("gateway", _gateway, 8080)
    gateway.add_argument("--metrics-port", type=int, default=8082)
    gateway.add_argument("--provider", default="http://127.0.0.1:8081", metavar="URL")
    gateway.add_argument("--prometheus", default="http://prometheus:9090", metavar="URL")

    provider = role("provider", _provider, 8081)
    provider.add_argument("--direct-functions", action="store_true", help="call functions by Service name")
    provider.add_argument("--domain", default="cluster.local", help="the cluster's DNS domain")
    provider.add_argument("--function-limit", type=int, default=15, help="most functions, 0 for no limit")
    provider.add_argument("--private-image", action="append", default=[], metavar="PREFIX")
    provider.add_argument("--image-pull-policy", default="IfNotPresent")
    provider.add_argument("--http-probe", action=argparse.BooleanOptionalAction, default=True)
    provider.add_argument("--probe-period", type=int, default=2, metavar="SECONDS")
    provider.add_argument("--egress", metavar="URL", help="what must be reachable at the start")

    worker = role("queue-worker", _queue_worker, None)
    worker.add_argument("--gateway", default="http://gateway:8080", metavar="URL")
    worker.add_argument("--group", default="faas", help="the queue group")

    metrics = role("metrics", _metrics, 9090)
    metrics.add_argument("--namespace", action="append", required=True, help="whose pods to look at; may be repeated")

    memory = role("memory", _memory, 8080)
    memory.add_argument("--host", default="127.0.0.1")
    memory.add_argument("--control-port", type=int, default=0)
    memory.add_argument("--user", default="admin")
    memory.add_argument("--password-file", type=Path, required=True)
    memory.add_argument("--function-limit", type=int, default=15, help="most functions, 0 for no limit")

    for added in (gateway, provider):
        added.add_argument("--namespace", default="openfaas-fn", help="where functions live")
        added.add_argument("--secrets", type=Path, metavar="FOLDER", help="the mounted Secret basic-auth")
    for added in (gateway, worker):
        added.add_argument("--nats", type=_address, metavar="HOST:PORT", required=added is worker)
        added.add_argument("--subject", default="faas-request")
    return parser


if __name__ == "__main__":
    sys.exit(main())
