# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables in the text of a stack file: ``${VAR}`` and its forms with a default."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from .._errors import MeshError

# What has a meaning of its own: an escaped dollar, a comment that has its lines to itself, and the start of a variable.
_MARK = re.compile(r"\$\$(?=\{)|^[ \t]*#.*$|\$\{", re.MULTILINE)
# The name, then the end or the sign before a default; with a colon the default stands in for an empty value too.
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:(\})|(:?)[-=])")
# A default ends on its line: else a brace that was forgotten would be found far below.
_IN_DEFAULT = re.compile(r"\$\$(?=\{)|\$\{|\}|\n")


def substitute(text: str, variables: Mapping[str, str], where: Callable[[int], str]) -> str:
    """``text`` with every variable replaced, by the rules of faas-cli (https://github.com/drone/envsubst).

    ``${VAR:-default}`` and ``${VAR:=default}`` take the default where VAR is unset or empty, ``${VAR-default}`` and
    ``${VAR=default}`` where it is unset; a default may hold variables itself. ``$${VAR}`` is the text ``${VAR}``.
    Comments that have a line to themselves stay as they are.

    :param where: names the place of a line, counted from 1, for messages.
    :raises MeshError: a variable is unset and has no default (faas-cli would leave its place empty), or an expression
        is none of these.
    """
    return _Substitution(text, variables, where).upto(None)


class _Substitution:
    """One pass over a text; ``_at`` is how far it has come, ``_unused`` in how many defaults that nobody needs."""

    def __init__(self, text: str, variables: Mapping[str, str], where: Callable[[int], str]) -> None:
        self._text = text
        self._variables = variables
        self._where = where
        self._at = 0
        self._unused = 0

    def upto(self, start: int | None) -> str:
        """The replaced text to the end, or to the brace that ends the default of the variable at ``start``."""
        parts: list[str] = []
        while mark := (_MARK if start is None else _IN_DEFAULT).search(self._text, self._at):
            parts.append(self._text[self._at : mark.start()])
            self._at = mark.end()
            if mark[0] == "${":
                parts.append(self._variable(mark.start()))
            elif mark[0] == "}":
                return "".join(parts)
            elif mark[0] == "\n":
                break
            elif mark[0] == "$$":
                # The brace goes along, or it would be taken for the start of a variable.
                parts.append("${")
                self._at += 1
            else:
                parts.append(mark[0])
        if start is not None:
            raise self._error(start, "a variable's closing brace is missing")
        parts.append(self._text[self._at :])
        self._at = len(self._text)
        return "".join(parts)

    def _variable(self, start: int) -> str:
        found = _VARIABLE.match(self._text, self._at)
        if found is None:
            raise self._error(
                start, "this use of a variable is not supported: write ${VAR}, ${VAR:-default}, or $${ for the text ${"
            )
        name, ends, colon = found.groups()
        self._at = found.end()
        value = self._variables.get(name)
        if not ends:
            used = value is None or bool(colon and not value)
            self._unused += not used
            default = self.upto(start)
            self._unused -= not used
            return default if used else str(value)
        if value is None and not self._unused:
            raise self._error(
                start, f"the variable {name} is not set: set it, or give it a default with ${{{name}:-default}}"
            )
        return value or ""

    def _error(self, position: int, what: str) -> MeshError:
        return MeshError(f"{self._where(self._text.count(chr(10), 0, position) + 1)}: {what}.")
