# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The login file that faas-cli and this collection share."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._errors import MeshError
from .._libraries import required

FILE_NAME = "config.yml"

_TEXT = "tag:yaml.org,2002:str"


@dataclass(frozen=True)
class Login:
    """One entry: how to log in to one gateway.

    :param auth: ``basic``, or ``oauth2`` for a bearer token. :param token: base64 of ``user:password``, or that token.
    """

    auth: str
    token: str


class LoginFile:
    """A login file; entries of other gateways, and what is not known here, stay as they are.

    :param path: the file. It need not exist. A symbolic link is followed and kept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of_user(cls, environ: Mapping[str, str]) -> LoginFile:
        """The file that faas-cli would use in this environment (openfaas/faas-cli, config package).

        Its folder is ``$OPENFAAS_CONFIG``, else ``.openfaas`` in the working folder where ``CI`` is ``true`` or ``1``,
        else ``~/.openfaas``.
        """
        folder = environ.get("OPENFAAS_CONFIG") or (
            ".openfaas" if environ.get("CI") in ("true", "1") else "~/.openfaas"
        )
        return cls(Path(folder).expanduser() / FILE_NAME)

    def find(self, key: str) -> Login | None:
        """The login for the gateway named ``key`` (``Address.key``), if there is one.

        :raises MeshError: the file cannot be read or understood.
        """
        document = self._document()
        for entry in _entries(document):
            if _value(entry, "gateway") == key:
                return Login(_value(entry, "auth"), _value(entry, "token"))
        return None

    def store(self, key: str, login: Login | None, *, check: bool) -> bool:
        """Write the login for ``key``, or remove it where ``login`` is None, and say whether that changes the file.

        :param check: only say so. A file that others may read is a change too: it is closed to them.
        :raises MeshError: the file cannot be read, understood or written; it is then as it was.
        """
        if check or (login is None and not self.path.exists()):
            return self._altered(key, login)[1]
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            target = self.path.resolve()
            with _locked(target.parent):
                document, altered = self._altered(key, login)
                if altered:
                    _replace(target, _rendered(document))
        except OSError as error:
            raise MeshError(f"The login file {self.path} cannot be written ({error.strerror}).") from error
        return altered

    def _altered(self, key: str, login: Login | None) -> tuple[Any, bool]:
        document = self._document()
        before = [_value(entry, "gateway") == key and _login(entry) for entry in _entries(document)]
        if login is None:
            return _without(document, key), any(before)
        if login not in before:
            return _with(document, key, login), True
        return document, bool(stat.S_IMODE(self.path.stat().st_mode) & 0o077)

    def _document(self) -> Any:
        """The file's YAML as nodes, which keep what a round trip through Python values would lose."""
        yaml = _yaml()
        try:
            document = yaml.compose(self.path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
            _entries(document)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise MeshError(f"The login file {self.path} cannot be read ({error.strerror}).") from error
        except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
            mark = getattr(error, "problem_mark", None)
            line = f", line {mark.line + 1}," if mark else ""
            raise MeshError(
                f"The login file {self.path}{line} is not as faas-cli writes it, and is left as it was: "
                "mend it or move it away."
            ) from error
        return document


def _yaml() -> Any:
    # Imported late: who gives a password needs no login file, and no PyYAML.
    return required("yaml", "PyYAML")


def _entries(document: Any) -> list[Any]:
    """The entry nodes of a file's root node. Raises ValueError where the file has another shape."""
    yaml = _yaml()
    if document is None or document.tag.endswith(":null"):
        return []
    if not isinstance(document, yaml.MappingNode):
        raise ValueError
    auths = _child(document, "auths")
    if auths is None or auths.tag.endswith(":null"):
        return []
    if not isinstance(auths, yaml.SequenceNode) or not all(isinstance(e, yaml.MappingNode) for e in auths.value):
        raise ValueError
    return list(auths.value)


def _child(mapping: Any, name: str) -> Any:
    return next((value for key, value in mapping.value if key.value == name), None)


def _value(entry: Any, name: str) -> str:
    node = _child(entry, name)
    return node.value if node is not None and isinstance(node.value, str) else ""


def _login(entry: Any) -> Login:
    return Login(_value(entry, "auth"), _value(entry, "token"))


def _with(document: Any, key: str, login: Login) -> Any:
    entries = _entries(document)
    entry = next((entry for entry in entries if _value(entry, "gateway") == key), None)
    if entry is None:
        entry = _yaml().MappingNode("tag:yaml.org,2002:map", [])
        entries.append(entry)
    for name, value in (("gateway", key), ("auth", login.auth), ("token", login.token)):
        _set(entry, name, _scalar(value))
    return _holding(document, entries)


def _without(document: Any, key: str) -> Any:
    return _holding(document, [entry for entry in _entries(document) if _value(entry, "gateway") != key])


def _holding(document: Any, entries: list[Any]) -> Any:
    yaml = _yaml()
    if document is None or document.tag.endswith(":null"):
        document = yaml.MappingNode("tag:yaml.org,2002:map", [])
    _set(document, "auths", yaml.SequenceNode("tag:yaml.org,2002:seq", entries))
    _write_in_blocks(document)
    return document


def _write_in_blocks(node: Any) -> None:
    """One line a key and an entry, as faas-cli has it, however the file was written before.

    Texts that would be numbers or truth values without quotes get double ones, as Go's encoder gives them.
    """
    if node.tag == _TEXT:
        plain = _yaml().resolver.Resolver().resolve(_yaml().ScalarNode, node.value, (True, False))
        node.style = None if plain == _TEXT else '"'
    if isinstance(node.value, list):
        # Nothing at all has no lines.
        node.flow_style = not node.value
        for child in node.value:
            for inner in child if isinstance(child, tuple) else (child,):
                _write_in_blocks(inner)


def _set(mapping: Any, name: str, node: Any) -> None:
    pairs = [(key, node if key.value == name else value) for key, value in mapping.value]
    if _child(mapping, name) is None:
        pairs.append((_scalar(name), node))
    mapping.value = pairs


def _scalar(value: str) -> Any:
    return _yaml().ScalarNode(_TEXT, value)


def _rendered(document: Any) -> str:
    yaml = _yaml()

    def increase_indent(self: Any, flow: bool = False, indentless: bool = False) -> None:
        yaml.SafeDumper.increase_indent(self, flow, False)

    # Two spaces before the dash of a list in a mapping, as faas-cli writes it.
    indented = type("Indented", (yaml.SafeDumper,), {"increase_indent": increase_indent})
    return str(yaml.serialize(document, Dumper=indented, width=float("inf"), allow_unicode=True))


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Alone among the processes that take this lock. The folder itself is locked, so that no lock file stays behind."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(target: Path, text: str) -> None:
    """Put ``text`` at ``target`` in one step, readable by its owner alone."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            if target.exists() and os.geteuid() == 0:
                owner = target.stat()
                os.fchown(stream.fileno(), owner.st_uid, owner.st_gid)
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
