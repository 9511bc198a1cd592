"""A stand-in for the OpenFaaS Community Edition, of the standard library alone.

It follows the behaviour, warts included, of the gateway `faas` 0.27 and its Kubernetes provider `faas-netes` 0.18. It
shares no code with them, and none with the collection under test.
"""
