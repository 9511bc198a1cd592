"""What the tests on a running cluster share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.trial import Trial
from tests.conftest import Lab


@pytest.fixture
def trial(lab: Lab) -> Iterator[Trial]:
    """Names of the test's own on the lab; what is left of them is removed."""
    trial = Trial(lab.state)
    yield trial
    trial.clean()
