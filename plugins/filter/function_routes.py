# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter function_routes."""

from __future__ import annotations

DOCUMENTATION = r"""
name: function_routes
short_description: Routes of functions as the module istio_traffic takes them
description:
  - Gives each entry of C(functions_traffic) as an element of O(faas.mesh.istio_traffic#module:functions). An entry that
    has numbers only is the weights of a route.
version_added: 0.1.0
author: The faas.mesh authors (!UNKNOWN)
options:
  _input:
    description:
      - By the name of each function its weights, percent by version, or the options of its route.
    type: dict
    required: true
seealso:
  - plugin: faas.mesh.istio_traffic
    plugin_type: module
"""

EXAMPLES = r"""
- name: Have the routes of a variable
  faas.mesh.istio_traffic:
    functions: "{{ functions_traffic | faas.mesh.function_routes }}"
  vars:
    functions_traffic:
      env: {env-v1: 90, env-v2: 10}
      resize: {weights: {resize: 100}, timeout: 5s}
"""

RETURN = r"""
_value:
  description: The routes, in the order of the entries.
  type: list
  elements: dict
  sample:
    - {name: env, weights: {env-v1: 90, env-v2: 10}}
    - {name: resize, weights: {resize: 100}, timeout: 5s}
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError


def function_routes(traffic: Any) -> list[dict[str, Any]]:
    """The routes of a mapping of functions. :raises AnsibleFilterError: it is none, or an entry is none."""
    if not isinstance(traffic, Mapping):
        raise AnsibleFilterError(f"The routes of functions are {traffic!r}: give a mapping of functions to weights.")
    return [_route(str(name), wanted) for name, wanted in traffic.items()]


def _route(name: str, wanted: Any) -> dict[str, Any]:
    if not isinstance(wanted, Mapping):
        raise AnsibleFilterError(
            f"The route of function {name} is {wanted!r}: give weights, such as {{{name}: 100}}, or options of a route."
        )
    is_weights = all(isinstance(weight, int | float) for weight in wanted.values())
    return {"name": name, "weights": dict(wanted)} if is_weights else {**wanted, "name": name}


class FilterModule:
    """The filter, as Ansible loads it."""

    def filters(self) -> dict[str, Callable[[Any], list[dict[str, Any]]]]:
        """The filter by its name."""
        return {"function_routes": function_routes}
