"""Stack files: read as faas-cli reads them, and told of with the line where something is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.gateway.testing import GatewayHandle
from tests.unit.faas.conftest import Modules
from tests.unit.faas.test_function_module import ENV

STACK = """\
version: 1.0
provider:
  name: openfaas
  gateway: http://127.0.0.1:8080

functions:
  # Ask for ${NOBODY} in a comment and nothing happens.
  resize:
    lang: python3-http
    handler: ./resize
    image: ${REGISTRY:-registry.example.com}/resize:${TAG}
    fprocess: python index.py
    environment:
      write_debug: yes
      version: 1.10
      mode: 0644
      literal: $${TAG}
      STAGE: none
    environment_file: [env/first.yml, env/last.yml]
    labels: {com.openfaas.scale.min: 2}
    annotations: {topic: images}
    secrets: [b, a]
    limits: {memory: 128Mi, cpu: 100m}
    requests: {memory: 64Mi}
    constraints: ["disk = ssd"]
    readonly_root_filesystem: true
    build_args: {GO111MODULE: on}
  thumbnail:
    image: ${REGISTRY:-registry.example.com}/thumbnail:1
configuration:
  templates: [{name: python3-http}]
"""


@pytest.fixture
def stack(tmp_path: Path, gateway: GatewayHandle) -> Path:
    """The stack above in a file, with its environment files beside it."""
    gateway.functions.secret_values.update(a=b"1", b=b"2")
    folder = tmp_path / "project"
    (folder / "env").mkdir(parents=True)
    (folder / "env" / "first.yml").write_text("environment: {STAGE: first, ONLY: first}\n")
    (folder / "env" / "last.yml").write_text("environment: {STAGE: last}\n")
    (folder / "stack.yaml").write_text(STACK)
    return folder / "stack.yaml"


def write(stack: Path, old: str, new: str) -> None:
    """Change the stack's text."""
    text = stack.read_text()
    assert old in text
    stack.write_text(text.replace(old, new))


def test_a_stack_is_deployed_as_faas_cli_reads_it(modules: Modules, gateway: GatewayHandle, stack: Path) -> None:
    run = modules.function(stack_file=str(stack), stack_variables={"TAG": "1.4"})
    assert run.verbs == {"resize": "created", "thumbnail": "created"}
    held = gateway.functions.records["resize"].deployment
    assert held.image == "registry.example.com/resize:1.4"
    assert held.env_process == "python index.py"
    assert held.env_vars == {
        "write_debug": "yes",
        "version": "1.10",
        "mode": "0644",
        "literal": "${TAG}",
        "STAGE": "last",
        "ONLY": "first",
    }
    assert held.labels == {"com.openfaas.scale.min": "2"}
    assert held.annotations["topic"] == "images"
    assert held.secrets == ("a", "b")
    assert (held.limits, held.requests) == ({"memory": "128Mi", "cpu": "100m"}, {"memory": "64Mi"})
    assert held.constraints == ("disk = ssd",)
    assert held.read_only_root_filesystem
    gateway.counters.reset()
    assert not modules.function(stack_file=str(stack), stack_variables={"TAG": "1.4"}).result["changed"]
    assert gateway.counters.total == 1


def test_variables_come_from_the_options_then_from_the_environment(
    modules: Modules, gateway: GatewayHandle, stack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAG", "2")
    monkeypatch.setenv("REGISTRY", "mirror.example.com")
    modules.function(stack_file=str(stack), stack_variables={"TAG": 3}, wait=False)
    assert gateway.functions.records["resize"].deployment.image == "mirror.example.com/resize:3"
    assert gateway.functions.records["thumbnail"].deployment.image == "mirror.example.com/thumbnail:1"


@pytest.mark.parametrize("as_text", [True, False], ids=["text", "mapping"])
def test_a_stack_may_be_given_inline(modules: Modules, gateway: GatewayHandle, as_text: bool) -> None:
    content: Any = {"functions": {"env": {"image": "example.com/alpine:${TAG:-1}", "environment": {"DEBUG": True}}}}
    if as_text:
        content = "functions: {env: {image: 'example.com/alpine:${TAG:-1}', environment: {DEBUG: true}}}"
    assert modules.function(stack_content=content).verbs == {"env": "created"}
    held = gateway.functions.records["env"].deployment
    assert (held.image, held.env_vars) == ("example.com/alpine:1", {"DEBUG": "true"})


def test_a_list_and_a_stack_go_together(modules: Modules, stack: Path) -> None:
    options: dict[str, Any] = {"stack_file": str(stack), "stack_variables": {"TAG": "1"}, "check": True}
    assert list(modules.function(functions=[ENV], **options).verbs) == ["env", "resize", "thumbnail"]
    twice = modules.function(functions=[{**ENV, "name": "resize"}], **options)
    assert twice.message == "Function 'resize' is listed twice: give each function once."


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        ({"filter": "*"}, ["resize", "thumbnail"]),
        ({"filter": "thumb*"}, ["thumbnail"]),
        ({"filter": "*size"}, ["resize"]),
        ({"regex": "^re|il"}, ["resize", "thumbnail"]),
        ({"regex": "mb"}, ["thumbnail"]),
    ],
)
def test_functions_are_selected_by_name(
    modules: Modules, stack: Path, selection: dict[str, str], names: list[str]
) -> None:
    options: dict[str, Any] = {"stack_file": str(stack), "stack_variables": {"TAG": "1"}}
    assert list(modules.function(check=True, **options, **selection).verbs) == names


def test_a_stack_removes_what_it_lists(modules: Modules, gateway: GatewayHandle, stack: Path) -> None:
    options: dict[str, Any] = {"stack_file": str(stack), "stack_variables": {"TAG": "1"}}
    modules.function(**options)
    run = modules.function(**options, state="absent", filter="resize")
    assert run.verbs == {"resize": "deleted"}
    assert list(gateway.functions.records) == ["thumbnail"]


def test_the_gateway_of_the_file_counts_where_no_other_is_given(
    modules: Modules, gateway: GatewayHandle, stack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {"stack_file": str(stack), "stack_variables": {"TAG": "1"}, "gateway": ...}
    write(stack, "http://127.0.0.1:8080", gateway.url)
    assert modules.function(**options, check=True).verbs == {"resize": "created", "thumbnail": "created"}
    assert gateway.counters.total == 1
    monkeypatch.setenv("OPENFAAS_URL", "https://faas.example.com:0x")
    assert "URL cannot be read" in modules.function(**options, check=True).message


def test_a_part_may_be_repeated_with_a_merge_key(modules: Modules, gateway: GatewayHandle) -> None:
    text = """\
functions:
  one: &base
    image: example.com/one:1
    environment: {A: "1"}
  two:
    <<: *base
    image: example.com/two:1
"""
    modules.function(stack_content=text)
    held = gateway.functions.records["two"].deployment
    assert (held.image, held.env_vars) == ("example.com/two:1", {"A": "1"})


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("${TAG}\n", "${OTHER}\n", "line 11: the variable OTHER is not set: set it, or give it a default"),
        ("${TAG}\n", "${TAG\n", "line 11: this use of a variable is not supported"),
        ("${TAG}\n", "${TAG:-1\n", "line 11: a variable's closing brace is missing."),
        ("${TAG}\n", "${TAG/a/b}\n", "line 11: this use of a variable is not supported"),
        (
            "    environment:",
            "    enviroment:",
            "line 13: functions.resize.enviroment is no key of a function: write env",
        ),
        ("functions:", "function:", "line 6: function is no key of a stack: write functions."),
        ("      version: 1.10", "      version: [1, 10]", "line 15: functions.resize.environment.version must be text"),
        ("  thumbnail:", "  resize:", "line 28: functions.resize is there twice."),
        ("      mode: 0644", "      version: 2", "line 16: functions.resize.environment.version is there twice."),
        (
            "cpu: 100m",
            "gpu: 1",
            "line 23: functions.resize.limits.gpu is no key of functions.resize.limits: write cpu.",
        ),
        ("[b, a]", "b", "line 22: functions.resize.secrets must be a list."),
        ("filesystem: true", "filesystem: maybe", "line 26: functions.resize.readonly_root_filesystem must be true or"),
        ("name: openfaas", "name: lambda", "line 3: provider.name must be openfaas, not 'lambda'."),
        ("env/first.yml", "env/none.yml", "env/none.yml cannot be read (No such file or directory)."),
        ("    fprocess", "   fprocess", "line 12: this is no YAML ("),
        (STACK, "", " is empty: list the functions under the key functions."),
        (STACK, "- one\n", "line 1: the document must be a mapping of keys to values."),
        (STACK, "functions:\n  a: &a\n    <<: *a\n", "line 3: functions.a.<< merges itself into itself."),
    ],
)
def test_what_is_wrong_with_a_stack_is_one_sentence_with_its_line(
    modules: Modules, gateway: GatewayHandle, stack: Path, old: str, new: str, sentence: str
) -> None:
    write(stack, old, new)
    run = modules.function(stack_file=str(stack), stack_variables={"TAG": "1"})
    assert run.failed
    assert sentence in run.message
    assert str(stack.parent) in run.message
    assert "Traceback" not in run.text
    assert gateway.counters.total == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"stack_file": "/none.yaml"}, "The file /none.yaml cannot be read (No such file or directory)."),
        (
            {"stack_content": {"functions": {"f": {"imag": "x"}}}},
            "stack_content: functions.f.imag is no key of a function",
        ),
        ({"stack_content": "functions: {f: {}}"}, "Function 'f' has no image"),
        (
            {"stack_content": "functions: {f: {image: x, environment_file: [e]}}"},
            "stack_content, line 1: functions.f.envi",
        ),
        (
            {"stack_content": "functions: {f: {image: x}}", "filter": "g*"},
            "None of the 1 functions listed matches the filter",
        ),
        ({"stack_content": "functions: {f: {image: x}}", "regex": "("}, "The regex '(' is no regular expression"),
        ({"stack_content": "functions: {f: {image: x}}", "owner": "o", "purge": True, "regex": "f"}, "leave regex out"),
        ({"stack_content": "functions: {f: {image: x}}", "name": "g"}, "mutually exclusive"),
        ({"functions": [], "filter": "*", "regex": "."}, "mutually exclusive"),
    ],
)
def test_options_for_a_stack_that_do_not_fit_are_one_sentence(
    modules: Modules, gateway: GatewayHandle, options: dict[str, Any], sentence: str
) -> None:
    run = modules.function(**options)
    assert run.failed
    assert sentence in run.message
    assert gateway.counters.total == 0


def test_a_key_of_a_later_faas_cli_is_warned_of(modules: Modules) -> None:
    text = "functions:\n  f:\n    image: example.com/f:1\n    quantum: true\n    x-note: mine\n"
    run = modules.function(stack_content=text, check=True)
    assert run.verbs == {"f": "created"}
    assert len(run.result["warnings"]) == 1
    assert "stack_content, line 4: functions.f.quantum is not known and has no effect." in run.warnings
