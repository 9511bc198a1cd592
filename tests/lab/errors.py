"""The one failure of the lab that its user sees."""

from __future__ import annotations


class LabError(Exception):
    """A failure to print as one sentence: what, where, and what to do about it."""
