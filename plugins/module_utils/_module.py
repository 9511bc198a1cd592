# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The frame of every module: one place where a result leaves and where a failure becomes a sentence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ._errors import MeshError

Result = dict[str, Any]


def run_module(
    argument_spec: dict[str, Any],
    flow: Callable[[AnsibleModule], Result],
    *,
    withheld: Collection[str] = (),
    **constraints: Any,
) -> None:
    """Run ``flow`` as an Ansible module and exit with its result.

    :param flow: takes the module and returns the result (``changed``, ``diff`` and the module's own
        values); it raises MeshError to fail. ``warnings`` in it are shown as Ansible's warnings.
    :param withheld: options that hold documents. They may contain Secret values anywhere, so the
        printed invocation says only that they were given.
    :param constraints: ``mutually_exclusive``, ``required_if`` and the like, as AnsibleModule takes them.

    Arguments are never logged: syslog would get whole documents.
    """
    module = _UnloggedModule(argument_spec=argument_spec, supports_check_mode=True, no_log=True, **constraints)
    invocation = {"module_args": _shown(module.params, withheld)}
    try:
        result = flow(module)
    except MeshError as error:
        module.fail_json(msg=str(error), invocation=invocation, **_warned(module, error.result))
    module.exit_json(invocation=invocation, **_warned(module, result))


class _UnloggedModule(AnsibleModule):  # type: ignore[misc]  # ansible-core has no types
    """A module that writes nothing to the machine's log.

    ``no_log=True`` alone does not see to it: the task's own no_log, false unless a user sets it, takes its place.
    """

    def log(self, msg: Any, log_args: Any = None) -> None:
        """Log nothing."""


def hide(module: AnsibleModule, values: Iterable[str]) -> None:
    """Blank ``values`` wherever the module's output would show them."""
    module.no_log_values.update(value for value in values if value)


def _warned(module: AnsibleModule, result: Result) -> Result:
    """The result without its warnings, which Ansible wants to be told by ``warn`` (ansible-core 2.19)."""
    for warning in result.get("warnings") or []:
        module.warn(warning)
    return {name: value for name, value in result.items() if name != "warnings"}


def _shown(params: dict[str, Any], withheld: Collection[str]) -> dict[str, Any]:
    return {name: "(given, not shown)" if name in withheld and value else value for name, value in params.items()}
