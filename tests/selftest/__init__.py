"""`make selftest`: whether each stage of `make test` can fail."""
