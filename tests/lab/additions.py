"""What few instances need and what takes long to build: certificates, and a generator of load."""

from __future__ import annotations

import shutil

from tests.lab import catalogue, control
from tests.lab.cache import Cache
from tests.lab.errors import LabError
from tests.lab.instance import Instance
from tests.lab.loading import load


def provide_certificates(instance: Instance, cache: Cache) -> list[str]:
    """Give an instance that is up cert-manager's images and its chart, in ``charts/cert-manager``, and pebble's image.

    :return: the names of the images that it lacked. :raises LabError: it is not up, or something does not build.
    """
    _require_up(instance)
    chart = cache.get(catalogue.CERT_MANAGER_CHART)
    with instance.locked():
        loaded = load(instance, catalogue.CERTIFICATE_IMAGES, cache)
        shutil.rmtree(instance.charts, ignore_errors=True)
        shutil.copytree(chart, instance.charts)
    return loaded


def provide_load(instance: Instance, cache: Cache) -> list[str]:
    """Give an instance that is up the image of fortio. See ``provide_certificates`` for the rest."""
    _require_up(instance)
    with instance.locked():
        return load(instance, catalogue.LOAD_IMAGES, cache)


def _require_up(instance: Instance) -> None:
    if not control.is_up(instance):
        raise LabError(f"{instance.name} is not up: python3 -m tests.lab up --name {instance.name}")
