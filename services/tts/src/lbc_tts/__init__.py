"""Makes speech once, keeps it, and passes commands on with a signed link to it."""
