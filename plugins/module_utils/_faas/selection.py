# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which of the functions that are listed a run is about, chosen by name as faas-cli does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from .._errors import MeshError

Options = dict[str, Any]


def select(functions: Iterable[Options], filter: str | None, regex: str | None) -> list[Options]:
    """Those of ``functions`` whose name matches; all where nothing is asked for.

    :param filter: a name in which each ``*`` stands for any text. :param regex: found anywhere in the name.
    :raises MeshError: the regular expression is none, or no name matches.
    """
    listed = list(functions)
    if not filter and not regex:
        return listed
    matches = _by_glob(filter) if filter else _by_regex(str(regex))
    chosen = [options for options in listed if matches(options["name"])]
    if not chosen:
        asked = f"filter '{filter}'" if filter else f"regex '{regex}'"
        raise MeshError(f"None of the {len(listed)} functions listed matches the {asked}: check both.")
    return chosen


def _by_glob(pattern: str) -> Callable[[str], object]:
    # Only the star is special, unlike in a shell's patterns.
    expression = re.compile(".*".join(re.escape(part) for part in pattern.split("*")))
    return expression.fullmatch


def _by_regex(pattern: str) -> Callable[[str], object]:
    try:
        return re.compile(pattern).search
    except re.error as error:
        raise MeshError(f"The regex '{pattern}' is no regular expression ({error}).") from error
