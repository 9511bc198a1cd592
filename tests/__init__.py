"""Tests, and the programs that tests stand on."""
