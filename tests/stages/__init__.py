"""The stages of `make test`: what each runs, and how its tests are counted."""
