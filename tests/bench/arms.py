"""The ways to deploy functions that are compared: what each runs for a list of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.gateway.testing import GatewayHandle

Function = dict[str, Any]
PLAYBOOK = str(Path(sys.executable).with_name("ansible-playbook"))


@dataclass(frozen=True)
class Arm:
    """One way. :param command: writes what it needs into a folder and gives the command to run there.
    :param most: the most functions with which it is still bearable, None for any number."""

    name: str
    command: Callable[[Path, GatewayHandle, Sequence[Function]], list[str]]
    most: int | None = None


def one_task(folder: Path, gateway: GatewayHandle, functions: Sequence[Function]) -> list[str]:
    """One task of faas_function for all functions."""
    return _playbook(folder, gateway, {"functions": list(functions), "wait": False})


def one_task_in_series(folder: Path, gateway: GatewayHandle, functions: Sequence[Function]) -> list[str]:
    """The same, with one request at a time."""
    return _playbook(folder, gateway, {"functions": list(functions), "wait": False, "concurrency": 1})


def task_loop(folder: Path, gateway: GatewayHandle, functions: Sequence[Function]) -> list[str]:
    """A loop of faas_function, for one function each."""
    each = {"name": "{{ item.name }}", "image": "{{ item.image }}", "env": "{{ item.env }}", "wait": False}
    return _playbook(folder, gateway, each, loop=functions)


def uri_loop(folder: Path, gateway: GatewayHandle, functions: Sequence[Function]) -> list[str]:
    """A loop of the module uri that sends each function with PUT, as playbooks without a module for OpenFaaS do."""
    task = {
        "ansible.builtin.uri": {
            "url": f"{gateway.url}/system/functions",
            "method": "PUT",
            "user": gateway.user,
            "password": gateway.password,
            "force_basic_auth": True,
            "body_format": "json",
            "body": {"service": "{{ item.name }}", "image": "{{ item.image }}", "envVars": "{{ item.env }}"},
            "status_code": 202,
        },
    }
    return _play(folder, task, functions)


def faas_cli(program: str) -> Callable[[Path, GatewayHandle, Sequence[Function]], list[str]]:
    """``faas-cli deploy`` with a stack file. :param program: its path."""

    def command(folder: Path, gateway: GatewayHandle, functions: Sequence[Function]) -> list[str]:
        stack = {
            "version": "1.0",
            "provider": {"name": "openfaas", "gateway": gateway.url},
            "functions": {
                function["name"]: {"image": function["image"], "environment": function["env"], "skip_build": True}
                for function in functions
            },
        }
        (folder / "stack.yaml").write_text(yaml.safe_dump(stack))
        (folder / "password").write_text(gateway.password)
        login = f'"$0" login -g {gateway.url} -s < password'
        return ["sh", "-c", f'{login} && "$0" deploy -f stack.yaml --read-template=false', program]

    return command


def _playbook(
    folder: Path, gateway: GatewayHandle, options: dict[str, Any], loop: Sequence[Function] | None = None
) -> list[str]:
    given = {"gateway": gateway.url, "password": gateway.password, **options}
    return _play(folder, {"faas.mesh.faas_function": given}, loop)


def _play(folder: Path, task: dict[str, Any], loop: Sequence[Function] | None) -> list[str]:
    looped = {"loop": list(loop), "loop_control": {"label": "{{ item.name }}"}} if loop is not None else {}
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": [{"name": "Deploy", **task, **looped}],
    }
    (folder / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False))
    return [PLAYBOOK, "-i", "localhost,", "play.yml"]
