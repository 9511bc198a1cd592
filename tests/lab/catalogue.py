"""All parts of the lab, and the images made of them."""

from __future__ import annotations

from pathlib import Path

from tests.lab.cache import Part
from tests.lab.charts import Chart
from tests.lab.debian import BaseLayer
from tests.lab.images import Content, FilesLayer, Image
from tests.lab.loading import ImageStore
from tests.lab.programs import GoPrograms, ModuleFiles
from tests.lab.versions import ISTIO, ISTIO_NEXT, ISTIO_REVISION, KUBERNETES, PAUSE
from tests.lab.wheels import WheelPrograms

PROJECT = Path(__file__).resolve().parents[2]
PAUSE_IMAGE = f"registry.k8s.io/pause:{PAUSE}"


def _kubernetes_version() -> dict[str, str]:
    major, minor, _ = KUBERNETES.split(".")
    component, client = "k8s.io/component-base/version", "k8s.io/client-go/pkg/version"
    return {
        f"{component}.gitVersion": f"v{KUBERNETES}",
        f"{component}.gitMajor": major,
        f"{component}.gitMinor": minor,
        f"{client}.gitVersion": f"v{KUBERNETES}",
        f"{client}.gitMajor": major,
        f"{client}.gitMinor": minor,
    }


def _istio_version(version: str) -> dict[str, str]:
    package = "istio.io/istio/pkg/version"
    return {
        f"{package}.buildVersion": version,
        f"{package}.buildTag": version,
        f"{package}.buildHub": "docker.io/istio",
        f"{package}.buildStatus": "Clean",
        f"{package}.buildGitRevision": ISTIO_REVISION,
    }


ETCD = GoPrograms("etcd", renamed={"server": "etcd"})
KUBERNETES_PROGRAMS = GoPrograms("kubernetes", version=_kubernetes_version())
CONTAINERD = GoPrograms("containerd", tags="no_btrfs no_zfs no_devmapper")
ISTIO_PROGRAMS = GoPrograms("istio", version=_istio_version(ISTIO))
NEXT_ISTIO_PROGRAMS = GoPrograms(
    "istio-next",
    module="istio",
    version=_istio_version(ISTIO_NEXT),
    renamed={name: f"{name}-{ISTIO_NEXT}" for name in ("istioctl", "pilot-agent", "pilot-discovery")},
    after=ISTIO_PROGRAMS,
)
HELM = GoPrograms("helm")
CRANE = GoPrograms("crane")
COREDNS = GoPrograms("coredns", packages=".")
METRICS_SERVER = GoPrograms("metrics-server")
CERT_MANAGER = GoPrograms("cert-manager")
CERT_MANAGER_CHART = Chart(
    "cert-manager-chart", "cert-manager", "cert-manager", "github.com/cert-manager/cert-manager", "deploy/crds"
)
PEBBLE = GoPrograms("pebble")
FORTIO = GoPrograms("fortio")
FUNCTIONS = GoPrograms("functions", packages="./cmd/...")
WHEELS = WheelPrograms((("envoy/_bin/envoy", "envoy"), ("/scripts/nats-server", "nats-server")))
ENVOY_BOOTSTRAP = ModuleFiles(
    "envoy-bootstrap", "istio", "istio.io/istio", "tools/packaging/common/envoy_bootstrap.json"
)
GATEWAY_API = ModuleFiles("gateway-api", "istio", "sigs.k8s.io/gateway-api", "config/crd/standard/gateway*.yaml")
"""What a release's standard-install.yaml has, a file each."""

BASE_LAYER = BaseLayer(("iptables", "python3"))
PROXY_LAYER = FilesLayer(
    "proxyv2-layer",
    (
        Content(ISTIO_PROGRAMS, "pilot-agent", "/usr/local/bin/pilot-agent"),
        Content(WHEELS, "envoy", "/usr/local/bin/envoy"),
        Content(ENVOY_BOOTSTRAP, "envoy_bootstrap.json", "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json"),
    ),
)
WATCHDOG_LAYER = FilesLayer(
    "watchdog-layer",
    (
        Content(FUNCTIONS, "watchdog", "/usr/bin/fwatchdog"),
        Content(FUNCTIONS, "nodeinfo", "/usr/bin/nodeinfo"),
    ),
)


def _program(name: str, part: Part, path: str, target: str) -> FilesLayer:
    return FilesLayer(f"{name}-layer", (Content(part, path, target),))


def _next_program(name: str) -> FilesLayer:
    return _program(f"{name}-next", NEXT_ISTIO_PROGRAMS, f"{name}-{ISTIO_NEXT}", f"/usr/local/bin/{name}")


def _pilot(version: str, layer: FilesLayer) -> Image:
    return Image(
        (f"docker.io/istio/pilot:{version}",),
        (BASE_LAYER, layer),
        ("/usr/local/bin/pilot-discovery",),
        user="1337:1337",
    )


def _proxy(version: str, *layers: FilesLayer) -> Image:
    return Image((f"docker.io/istio/proxyv2:{version}",), (BASE_LAYER, *layers), ("/usr/local/bin/pilot-agent",))


def _function(name: str, fprocess: str | None = None) -> Image:
    """A function's image: the watchdog and, unless the deployment names it, the program that it runs."""
    env = {"fprocess": fprocess} if fprocess else {}
    return Image((name,), (BASE_LAYER, WATCHDOG_LAYER), ("/usr/bin/fwatchdog",), env, user="100:101")


IMAGES = (
    Image((PAUSE_IMAGE,), (_program("pause", FUNCTIONS, "pause", "/pause"),), ("/pause",), user="65535:65535"),
    Image(
        ("docker.io/faasmesh/coredns:lab",),
        (_program("coredns", COREDNS, "coredns", "/coredns"),),
        ("/coredns",),
    ),
    Image(
        ("docker.io/faasmesh/metrics-server:lab",),
        (_program("metrics-server", METRICS_SERVER, "metrics-server", "/metrics-server"),),
        ("/metrics-server",),
        user="65534:65534",
    ),
    _pilot(ISTIO, _program("pilot", ISTIO_PROGRAMS, "pilot-discovery", "/usr/local/bin/pilot-discovery")),
    _pilot(ISTIO_NEXT, _next_program("pilot-discovery")),
    _proxy(ISTIO, PROXY_LAYER),
    # Only the agent is another; Envoy's layer is shared.
    _proxy(ISTIO_NEXT, PROXY_LAYER, _next_program("pilot-agent")),
    Image(
        ("docker.io/faasmesh/nats:lab",),
        (BASE_LAYER, _program("nats", WHEELS, "nats-server", "/usr/local/bin/nats-server")),
        ("/usr/local/bin/nats-server",),
        user="65534:65534",
    ),
    _function("ghcr.io/openfaas/alpine:latest"),
    _function("ghcr.io/openfaas/nodeinfo:latest", "nodeinfo"),
    _function("docker.io/faasmesh/echo:lab", "cat"),
    _function("docker.io/faasmesh/slow:lab", "sleep 5"),
    _function("docker.io/faasmesh/failing:lab", "false"),
)


def _alone(name: str, part: Part, program: str) -> Image:
    """An image of ours with one program, which is not root's."""
    layer = _program(name, part, program, f"/{program}")
    return Image((f"docker.io/faasmesh/{name}:lab",), (layer,), (f"/{program}",), user="65534:65534")


CERTIFICATE_IMAGES = (
    *(
        _alone(f"cert-manager-{program}", CERT_MANAGER, program)
        for program in ("controller", "webhook", "cainjector", "acmesolver")
    ),
    _alone("pebble", PEBBLE, "pebble"),
)
"""For what needs certificates: they take long to build, so an instance gets them only when it is asked to."""

LOAD_IMAGES = (_alone("fortio", FORTIO, "fortio"),)
"""What sends calls and answers them, for those who measure."""

GATEWAY_IMAGE = Image(
    ("docker.io/faasmesh/gateway:lab",),
    (BASE_LAYER, FilesLayer("gateway-layer", (Content(PROJECT / "tests" / "gateway", "", "/srv/gateway"),))),
    ("/usr/bin/python3", "-m", "gateway"),
    {"PYTHONPATH": "/srv", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"},
    user="65534:65534",
)
"""The test gateway: it changes with this project, so it is imported on its own."""

IMAGE_STORE = ImageStore(CONTAINERD, IMAGES)

API_PARTS: tuple[Part, ...] = (ETCD, KUBERNETES_PROGRAMS)
"""What an instance without a node needs."""

PARTS: tuple[Part, ...] = (
    *API_PARTS,
    ISTIO_PROGRAMS,
    NEXT_ISTIO_PROGRAMS,
    HELM,
    CRANE,
    *GATEWAY_IMAGE.layers,
    IMAGE_STORE,
)
