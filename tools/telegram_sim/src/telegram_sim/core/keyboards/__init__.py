"""Keyboards and their buttons."""
