"""The function store: read by itself, and in functions that are taken from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.message import Request, Response, text
from tests.gateway.server import Server
from tests.gateway.testing import GatewayHandle
from tests.unit.faas.conftest import Modules

ENTRIES: list[dict[str, Any]] = [
    {
        "name": "nodeinfo",
        "title": "NodeInfo",
        "description": "Tells about the machine",
        "images": dict.fromkeys(("x86_64", "arm64", "armhf"), "example.com/nodeinfo:latest"),
        "readOnlyRootFilesystem": True,
    },
    {
        "name": "figlet",
        "title": "ASCII art",
        "fprocess": "figlet",
        "environment": {"FONT": "big", "WIDTH": "80"},
        "labels": {"kind": "text"},
        "annotations": {"topic": "art"},
        "images": {"x86_64": "example.com/figlet:amd", "arm64": "example.com/figlet:arm"},
    },
]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A copy of a store."""
    path = tmp_path / "functions.json"
    path.write_text(json.dumps({"version": "0.2.1", "functions": ENTRIES}))
    return path


class StoreServer:
    """Serves ``body``, after failing ``faults`` times, and counts."""

    def __init__(self, body: str) -> None:
        self.body = body
        self.faults = 0
        self.requests = 0

    def __call__(self, request: Request) -> Response:
        self.requests += 1
        self.faults -= 1
        return text(503, "later") if self.faults >= 0 else text(200, self.body)


@pytest.fixture
def served(store: Path) -> Iterator[tuple[StoreServer, str]]:
    """A store with its URL."""
    application = StoreServer(store.read_text())
    server = Server(application, "127.0.0.1", 0, None).start()
    yield application, f"{server.url}/functions.json"
    server.close()


def read(modules: Modules, **options: Any) -> Any:
    """A run of faas_store_info, which takes no gateway."""
    return modules.run("faas_store_info", gateway=..., password=..., **options)


def test_a_store_is_read_from_a_file_or_a_url(
    modules: Modules, store: Path, served: tuple[StoreServer, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    application, url = served
    application.faults = 1
    by_file, by_url = read(modules, store_file=str(store)), read(modules, store_url=url)
    assert by_file.result["functions"] == by_url.result["functions"]
    assert application.requests == 2
    monkeypatch.setenv("OPENFAAS_STORE", url)
    (entry,) = read(modules, name="ASCII art").result["functions"]
    assert entry == {
        "name": "figlet",
        "title": "ASCII art",
        "description": "",
        "author": "",
        "repo_url": "",
        "icon": "",
        "images": ENTRIES[1]["images"],
        "fprocess": "figlet",
        "env": {"FONT": "big", "WIDTH": "80"},
        "labels": {"kind": "text"},
        "annotations": {"topic": "art"},
        "readonly_root_filesystem": False,
    }


def test_a_function_of_the_store_is_deployed_with_its_settings(
    modules: Modules, gateway: GatewayHandle, store: Path
) -> None:
    options: dict[str, Any] = {"store_file": str(store), "functions": [{"name": "info", "store": "NodeInfo"}]}
    assert modules.function(**options).verbs == {"info": "created"}
    held = gateway.functions.records["info"].deployment
    assert held.image == "example.com/nodeinfo:latest"
    assert held.read_only_root_filesystem
    gateway.counters.reset()
    assert not modules.function(**options).result["changed"]
    assert gateway.counters.total == 1


def test_the_users_settings_go_on_top_of_the_stores(modules: Modules, gateway: GatewayHandle, store: Path) -> None:
    modules.function(
        name="art",
        store="figlet",
        store_file=str(store),
        architecture="arm64",
        env={"WIDTH": 40, "fprocess": "figlet -c"},
        labels={"team": "a"},
        annotations={"topic": "mine"},
        readonly_root_filesystem=True,
    )
    held = gateway.functions.records["art"].deployment
    assert held.image == "example.com/figlet:arm"
    assert held.env_process == "figlet -c"
    assert held.env_vars == {"FONT": "big", "WIDTH": "40"}
    assert held.labels == {"kind": "text", "team": "a"}
    assert held.annotations["topic"] == "mine"
    assert held.read_only_root_filesystem
    modules.function(name="art", store="figlet", store_file=str(store), image="mirror.example.com/figlet:1")
    assert gateway.functions.records["art"].deployment.image == "mirror.example.com/figlet:1"


def test_the_image_of_the_store_is_pulled_from_the_mirror(
    modules: Modules, gateway: GatewayHandle, store: Path
) -> None:
    mirror = "mirror.example.com/m"
    options: dict[str, Any] = {"name": "art", "store": "figlet", "store_file": str(store), "image_registry": mirror}
    modules.function(**options)
    assert gateway.functions.records["art"].deployment.image == "mirror.example.com/m/figlet:amd"
    assert modules.function(**options).verbs == {"art": "unchanged"}


def test_without_a_cluster_the_gateway_tells_the_architecture(
    modules: Modules, gateway: GatewayHandle, store: Path
) -> None:
    modules.function(name="art", store="figlet", store_file=str(store))
    assert gateway.functions.records["art"].deployment.image == "example.com/figlet:amd"
    assert gateway.counters.of("GET", "/system/info") == 1


def test_before_there_is_a_gateway_check_mode_leaves_the_image_open(modules: Modules, store: Path) -> None:
    options: dict[str, Any] = {"name": "art", "store": "figlet", "store_file": str(store), "gateway": "", "check": True}
    (difference,) = modules.function(**options).result["diff"]
    assert difference["after"]["image"] == "(the store's image for the architecture of the nodes)"
    (difference,) = modules.function(**options, architecture="amd64").result["diff"]
    assert difference["after"]["image"] == "example.com/figlet:amd"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"store": "figlett"}, "has no 'figlett': the nearest are figlet."),
        ({"store": "Nodeinfo"}, "has no 'Nodeinfo': the nearest are nodeinfo, NodeInfo."),
        ({"store": "x"}, "has no 'x': faas_store_info lists what it has."),
        (
            {"store": "figlet", "architecture": "arm"},
            "Function 'f': the store has no image of 'figlet' for arm, but for arm64, x86_64: give an image",
        ),
        ({"store": "figlet", "store_file": "/none.json"}, "store_file /none.json cannot be read (No such file or dir"),
    ],
)
def test_what_the_store_does_not_have_is_one_sentence(
    modules: Modules, gateway: GatewayHandle, store: Path, options: dict[str, Any], sentence: str
) -> None:
    run = modules.function(**{"name": "f", "store_file": str(store), **options})
    assert run.failed
    assert sentence in run.message
    assert gateway.counters.total == 0


def test_a_name_that_is_the_title_too_is_offered_once(modules: Modules, tmp_path: Path) -> None:
    """As many entries of stores have it."""
    path = tmp_path / "same.json"
    path.write_text(json.dumps({"functions": [{**ENTRIES[0], "title": "nodeinfo"}]}))
    run = modules.function(name="f", store_file=str(path), store="nodeinf")
    assert "the nearest are nodeinfo." in run.message


@pytest.mark.parametrize("body", ["<html>", "[]", '{"functions": {}}', '{"functions": [{"title": "x"}]}', '"text"'])
def test_what_is_no_store_is_one_sentence(modules: Modules, served: tuple[StoreServer, str], body: str) -> None:
    application, url = served
    application.body = body
    run = read(modules, store_url=url)
    assert run.failed
    assert (
        run.message
        == f"{url} is no function store: it must be a JSON object with a list of functions, each with a name."
    )


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://127.0.0.1:1/", "The function store http://127.0.0.1:1/ cannot be had ("),
        ("nowhere", "The function store nowhere cannot be had ("),
    ],
)
def test_a_store_that_cannot_be_reached_is_one_sentence(modules: Modules, url: str, sentence: str) -> None:
    run = read(modules, store_url=url)
    assert run.failed
    assert run.message.startswith(sentence)
    assert run.message.endswith("check store_url and the way there, or give a copy as store_file.")
