"""`make bench`: how many requests and how much time functions cost, beside other ways to deploy them."""
