# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""YAML that knows where it stands: text as it was written, and the line of every value for messages."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from .._errors import MeshError
from .._libraries import required


@dataclass(frozen=True)
class Source:
    """Where a document comes from.

    :param name: the path of its file, or the option that holds it.
    :param numbered: whether its lines are ones that the user wrote, so that their numbers mean something.
    """

    name: str
    numbered: bool = True

    def at(self, line: int) -> str:
        """The place of a line, counted from 1."""
        return f"{self.name}, line {line}" if self.numbered else self.name


@dataclass(frozen=True)
class Located:
    """A value of a document.

    :param node: PyYAML's. :param path: the keys on the way, such as ``functions.env``.
    :param key: the node of its key, where it has one: a mapping begins on the line after.
    """

    node: Any
    source: Source
    path: str
    key: Any = None

    def error(self, what: str) -> MeshError:
        """A failure of this value."""
        place = self.source.at((self.key or self.node).start_mark.line + 1)
        return MeshError(f"{place}: {self.path or 'the document'} {what}.")

    @property
    def is_null(self) -> bool:
        """Whether nothing was written for it."""
        return str(self.node.tag) == "tag:yaml.org,2002:null"

    def text(self) -> str:
        """A scalar as it was written: ``yes``, ``1.10`` and ``0644`` stay so, as faas-cli takes them for text."""
        if self.node.id != "scalar":
            raise self.error("must be text, a number or a truth value")
        return "" if self.is_null else str(self.node.value)

    def flag(self) -> bool:
        """A truth value. :raises MeshError: it is none."""
        text = self.text().lower()
        if text not in ("true", "false", "yes", "no", "on", "off", ""):
            raise self.error(f"must be true or false, not '{self.node.value}'")
        return text in ("true", "yes", "on")

    def items(self) -> list[Located]:
        """The values of a list. :raises MeshError: it is none."""
        if self.is_null:
            return []
        if self.node.id != "sequence":
            raise self.error("must be a list")
        return [Located(item, self.source, f"{self.path}[{index}]") for index, item in enumerate(self.node.value)]

    def fields(self) -> dict[str, Located]:
        """The values of a mapping by their keys. :raises MeshError: it is none, or has a key twice."""
        return self._fields(())

    def _fields(self, inside: tuple[Any, ...]) -> dict[str, Located]:
        if self.is_null:
            return {}
        if self.node.id != "mapping":
            raise self.error("must be a mapping of keys to values")
        if any(self.node is outer for outer in inside):
            raise self.error("merges itself into itself")
        found: dict[str, Located] = {}
        for key, value in self.node.value:
            name = Located(key, self.source, f"{self.path}: a key").text()
            if name in found:
                raise Located(key, self.source, self._below(name)).error("is there twice")
            found[name] = Located(value, self.source, self._below(name), key)
        # YAML's merge key, with which a document repeats parts of itself.
        merged = found.pop("<<", None)
        for part in merged.items() if merged and merged.node.id == "sequence" else [merged] if merged else []:
            found = {**part._fields((*inside, self.node)), **found}
        return found

    def texts(self) -> dict[str, str]:
        """A mapping whose values are scalars."""
        return {key: value.text() for key, value in self.fields().items()}

    def _below(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def compose(text: str, source: Source) -> Located | None:
    """The one document in ``text``, or None where it is empty. :raises MeshError: it is no YAML."""
    yaml = required("yaml", "PyYAML")
    try:
        node = yaml.compose(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = " ".join(str(getattr(error, "problem", None) or "it cannot be read").split())
        place = source.at(mark.line + 1) if mark else source.name
        raise MeshError(f"{place}: this is no YAML ({said}).") from error
    return None if node is None else Located(node, source, "")


def nearest(name: str, known: Collection[str], most: int = 3) -> list[str]:
    """The names of ``known`` that ``name`` was probably meant to be, the likeliest first."""
    return difflib.get_close_matches(name, known, most)
