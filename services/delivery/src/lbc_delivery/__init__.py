"""Delivery: the only service that calls the Bot API."""
