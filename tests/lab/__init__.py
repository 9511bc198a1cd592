"""A real Kubernetes cluster on a bare Linux machine, built from source, without an image registry.

``python3 -m tests.lab build`` makes the programs and images, ``up`` starts an instance, ``down`` leaves nothing of it.
README.md beside this file says what an instance consists of and where it differs from a cluster of the field.
"""
