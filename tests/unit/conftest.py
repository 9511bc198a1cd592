"""What unit tests share: each module that a test runs starts as a process of its own would."""

from __future__ import annotations

import pytest
from ansible.module_utils.common import warnings


@pytest.fixture(autouse=True)
def no_earlier_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the warnings of earlier tests: Ansible keeps them for the life of the process."""
    for name in ("_global_warnings", "_global_deprecations"):
        monkeypatch.setattr(warnings, name, type(getattr(warnings, name))())
