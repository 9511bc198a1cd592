"""The filter that makes routes of what an inventory says about functions' calls, as a playbook sees it."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.stages.workspace import Workspace


def shown(traffic: Any) -> str:
    """What Ansible prints of the routes, or of why there are none, on one line."""
    argv = ["ansible", "localhost", "-m", "ansible.builtin.debug", "-e", json.dumps({"traffic": traffic}), "-a"]
    argv.append("msg={{ 'ROUTES' ~ (traffic | faas.mesh.function_routes | to_json) }}")
    environment = Workspace().environment(ANSIBLE_NOCOLOR="1", ANSIBLE_LOCALHOST_WARNING="0", COLUMNS="1000")
    told = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False).stdout
    return " ".join(told.split())


def test_numbers_alone_are_weights() -> None:
    traffic = {"env": {"env-v1": 90, "env-v2": 10}, "resize": {"weights": {"resize": 100}, "timeout": "5s"}}
    routes = [
        {"name": "env", "weights": {"env-v1": 90, "env-v2": 10}},
        {"weights": {"resize": 100}, "timeout": "5s", "name": "resize"},
    ]
    assert "ROUTES" + json.dumps(routes) in shown(traffic)


@pytest.mark.parametrize(
    ("traffic", "sentence"),
    [
        (["env"], "The routes of functions are ['env']: give a mapping"),
        ({"env": 90}, "The route of function env is 90: give weights, such as {env: 100}, or options of a route."),
    ],
)
def test_what_is_no_route_is_refused(traffic: Any, sentence: str) -> None:
    assert sentence in shown(traffic)
