"""Sockets: what fetches, posts, serves and waits."""
