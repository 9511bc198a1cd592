"""``python3 -m tests.lab``: see :mod:`tests.lab.cli`."""

from tests.lab.cli import main

main()
