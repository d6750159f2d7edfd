"""Adds a signed link to commands that show a video, and passes them on."""
