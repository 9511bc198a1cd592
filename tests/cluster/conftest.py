"""What the tests on a running cluster share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.site import Site
from tests.cluster.trial import Trial
from tests.conftest import Lab


@pytest.fixture
def trial(lab: Lab) -> Iterator[Trial]:
    """Names of the test's own on the lab; what is left of them is removed."""
    trial = Trial(lab.state)
    yield trial
    trial.clean()


@pytest.fixture(scope="session")
def site(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The collection's playbooks on the lab; in the end the lab is empty again."""
    site = Site(lab, tmp_path_factory.mktemp("site"))
    yield site
    site.empty()
