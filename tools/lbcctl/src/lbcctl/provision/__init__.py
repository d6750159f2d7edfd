"""Provisioning: safe to repeat, changes only what differs, and says what it changed."""
