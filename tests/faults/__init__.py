"""Faults between us and the cluster, and in the cluster itself."""
