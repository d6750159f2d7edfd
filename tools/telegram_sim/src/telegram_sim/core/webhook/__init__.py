"""A webhook: what it may be, when it is sent what, and when again."""
