"""`make site`: the whole job on the lab, counted."""
