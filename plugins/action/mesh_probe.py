# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the module mesh_probe and shows where it is when that takes long."""

from __future__ import annotations

from ansible_collections.faas.mesh.plugins.plugin_utils.progress import WatchedAction


class ActionModule(WatchedAction):
    """The action of the module."""
